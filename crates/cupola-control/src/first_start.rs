//! The first start: a tenant, a subscription, a group, a project and an administrator, all in one unit of work. Every
//! later start finds them and changes nothing.

use crate::catalog_bindings::check_model_file;
use crate::control::{Control, ControlDeps, ControlError};
use crate::dispatch::stamp;
use crate::roles::OWNER;
use crate::{sign_in, workspaces};
use cupola_core::rbac::{Granted, Principal, RoleAssignment};
use cupola_core::{Country, ModelId, Region, ResourceId, Secret, chance};
use cupola_identity::{digest_secret, new_secret};
use cupola_store::access::StoredSecret;
use cupola_store::apps::{App, Registration};
use cupola_store::audit::Entry;
use cupola_store::bindings::{Backend, Binding};
use cupola_store::{Resource, StoreError, UnitOfWork};
use serde_json::{Value, json};
use std::path::Path;

const TINY_CHAT: &str = "azureml://registries/cupola/models/tiny-chat";
const GROUP: &str = "cupola";
const WORKSPACE: &str = "hello-project";

// Facts of the store.
const TENANT: &str = "tenant";
const SUBSCRIPTION: &str = "subscription";
const ADMINISTRATOR: &str = "administrator";
const REGION: &str = "region";
const TINY_CHAT_PATH: &str = "tiny-chat-path";
const SEALED_SECRET: &str = "administrator-secret";

/// What the first start makes.
#[derive(Debug, Clone)]
pub struct FirstStart {
    /// Where the group and the project are.
    pub region: Region,
    /// Where the subscription is billed.
    pub country: Country,
}

impl Default for FirstStart {
    fn default() -> Self {
        let built_in = "these texts are constants that fit their types";
        Self {
            region: "eastus2".parse().expect(built_in),
            country: "US".parse().expect(built_in),
        }
    }
}

/// What there is after a start.
#[derive(Debug, Clone)]
pub struct FirstStartReport {
    /// The tenant.
    pub tenant_id: String,
    /// The application id of the administrator.
    pub client_id: String,
    /// Its secret, until somebody has signed in with it: a crash between making it and keeping it must not lose it.
    pub client_secret: Option<Secret>,
    /// The subscription.
    pub subscription_id: String,
    /// The group.
    pub resource_group: String,
    /// The project.
    pub workspace: String,
    /// The path and token of a link, good once and for 24 hours, with which a person becomes the first administrator: to be
    /// shown behind the address of this server. Only the start that made it knows it.
    pub invitation: Option<Secret>,
    /// Did this call make them?
    pub created: bool,
}

/// Makes what a new installation needs; where it is there already, reads it. `tiny_chat` is the model file of the demo
/// model, which is bound to it unless an operator has decided about that model.
pub async fn first_start(
    deps: &ControlDeps,
    tiny_chat: Option<&Path>,
) -> Result<FirstStartReport, ControlError> {
    first_start_as(deps, tiny_chat, &FirstStart::default()).await
}

/// The same, in another region or country.
pub async fn first_start_as(
    deps: &ControlDeps,
    tiny_chat: Option<&Path>,
    wishes: &FirstStart,
) -> Result<FirstStartReport, ControlError> {
    let mut reader = deps.store.reader().await?;
    let known = reader.access().fact(TENANT).await?.is_some();
    drop(reader);
    let invitation = if known { None } else { create(deps, wishes).await? };
    if let Some(path) = tiny_chat {
        bind_tiny_chat(deps, path).await?;
    }
    report(deps, !known, invitation).await
}

/// Makes a new invitation for an administrator and voids the ones before it, for an operator who lost the first one and
/// sits at the machine.
pub async fn invite_administrator(deps: &ControlDeps) -> Result<Secret, ControlError> {
    let grant = Granted::to_platform("inviteAdministrator");
    let mut work = deps.store.begin().await?;
    work.sign_ins().void_tickets("invitation").await?;
    let invitation = sign_in::first_invitation(deps, &mut work).await?;
    work.audit().add(&entry(deps, &grant, json!({}))).await?;
    work.save().await?;
    Ok(link(&invitation))
}

fn link(invitation: &Secret) -> Secret {
    Secret::new(format!("{}#{}", sign_in::INVITATION_PAGE, invitation.expose()))
}

async fn create(deps: &ControlDeps, wishes: &FirstStart) -> Result<Option<Secret>, StoreError> {
    let grant = Granted::to_platform("firstStart");
    let id = || chance::uuid(&*deps.entropy);
    let (tenant, subscription) = (id(), id());
    let administrator = Principal {
        id: id(),
        app_id: Some(id()),
        display_name: "Cupola administrator".to_owned(),
        kind: "Application",
    };
    let mut work = deps.store.begin().await?;
    // Somebody else may have been faster; their facts stand.
    if work.access().fact(TENANT).await?.is_some() {
        return Ok(None);
    }
    for (name, value) in [
        (TENANT, tenant.as_str()),
        (SUBSCRIPTION, &subscription),
        (ADMINISTRATOR, administrator.app_id.as_deref().unwrap_or_default()),
        (REGION, wishes.region.as_str()),
    ] {
        work.access().set_fact(name, value).await?;
    }
    put_administrator(&mut work, deps, &grant, &administrator).await?;
    for resource in resources(deps, &grant, wishes, &tenant, &subscription) {
        work.resources().put(&grant, &resource).await?;
    }
    work.audit()
        .add(&entry(
            deps,
            &grant,
            json!({"tenant": tenant, "subscription": subscription}),
        ))
        .await?;
    let invitation = sign_in::first_invitation(deps, &mut work).await?;
    work.save().await?;
    Ok(Some(link(&invitation)))
}

async fn put_administrator(
    work: &mut UnitOfWork,
    deps: &ControlDeps,
    grant: &Granted,
    administrator: &Principal,
) -> Result<(), StoreError> {
    let app = App {
        id: chance::uuid(&*deps.entropy),
        app_id: administrator.app_id.clone().unwrap_or_default(),
        principal_id: administrator.id.clone(),
        service_principal: true,
        enabled: true,
        display_name: administrator.display_name.clone(),
        registration: Registration::default(),
        created_at: deps.clock.now(),
    };
    work.apps().put(grant, &app).await?;
    let secret = new_secret(&*deps.entropy);
    let stored = StoredSecret {
        id: chance::uuid(&*deps.entropy),
        digest: digest_secret(&deps.keyring, &secret),
        expires_at: None,
        ..StoredSecret::default()
    };
    work.access()
        .add_secret(grant, &administrator.id, &stored)
        .await?;
    work.access()
        .set_fact(SEALED_SECRET, &deps.keyring.seal(&secret, &*deps.entropy))
        .await?;
    let owner = RoleAssignment {
        id: chance::uuid(&*deps.entropy),
        scope: "/".to_owned(),
        role: OWNER.to_owned(),
        principal: administrator.id.clone(),
        principal_type: "ServicePrincipal".to_owned(),
        created_at: deps.clock.now(),
    };
    work.access().assign(grant, &owner).await?;
    Ok(())
}

fn resources(
    deps: &ControlDeps,
    grant: &Granted,
    wishes: &FirstStart,
    tenant: &str,
    subscription: &str,
) -> [Resource; 3] {
    let stamp = stamp(grant.principal(), deps.clock.now());
    let group = ResourceId::group(subscription, GROUP);
    let resource = |id: ResourceId, properties: Value| Resource {
        location: Some(wishes.region.to_string()),
        properties,
        etag: format!("\"{}\"", chance::hex::<8>(&*deps.entropy)),
        ..Resource::new(id, stamp.clone())
    };
    let account = json!({
        "displayName": "Cupola",
        "state": "Enabled",
        "billingCountry": wishes.country.as_str(),
        "tenantId": tenant,
    });
    let project = workspaces::new_properties(WORKSPACE, &chance::uuid(&*deps.entropy));
    [
        Resource {
            location: None,
            ..resource(ResourceId::subscription(subscription), account)
        },
        resource(group.clone(), json!({})),
        Resource {
            kind: Some("Project".to_owned()),
            sku: Some(json!({"name": "Basic", "tier": "Basic"})),
            ..resource(
                group.resource(crate::kinds::ML, "workspaces", WORKSPACE),
                json!(project),
            )
        },
    ]
}

// Follows the file where it moves, as long as nobody else has decided what serves the model: whoever binds it to
// something else, or to nothing, keeps that.
async fn bind_tiny_chat(deps: &ControlDeps, path: &Path) -> Result<(), ControlError> {
    let model: ModelId = TINY_CHAT
        .parse()
        .map_err(|_| StoreError::Corrupt(TINY_CHAT.to_owned()))?;
    let text = path.display().to_string();
    if deps.catalog.find(&model).is_none() {
        return Ok(());
    }
    if let Err(problem) = check_model_file(&text) {
        tracing::warn!("the demo model is not bound: {}", problem.message);
        return Ok(());
    }
    let mut work = deps.store.begin().await?;
    let ours = work.access().fact(TINY_CHAT_PATH).await?;
    let bound = work.bindings().find(&model).await?;
    let untouched = match (&ours, &bound) {
        (None, None) => true,
        (Some(ours), Some(bound)) => match bound.only() {
            Some(Backend::Engine { path }) => ours == path && *ours != text,
            _ => false,
        },
        _ => false,
    };
    if untouched {
        let grant = Granted::to_platform("firstStart");
        let binding = Binding::of(model, Backend::Engine { path: text.clone() });
        work.bindings().put(&grant, &binding).await?;
        work.access().set_fact(TINY_CHAT_PATH, &text).await?;
        work.audit()
            .add(&entry(deps, &grant, json!({"model": TINY_CHAT, "path": text})))
            .await?;
        work.save().await?;
    }
    Ok(())
}

async fn report(
    deps: &ControlDeps,
    created: bool,
    invitation: Option<Secret>,
) -> Result<FirstStartReport, ControlError> {
    let mut reader = deps.store.reader().await?;
    let sealed = reader
        .access()
        .fact(SEALED_SECRET)
        .await?
        .filter(|sealed| !sealed.is_empty());
    // Opening it also tells at once when the key file belongs to another data directory.
    let client_secret = sealed
        .map(|sealed| deps.keyring.open(&sealed))
        .transpose()
        .map_err(ControlError::WrongKey)?;
    let mut fact = async |name: &str| reader.access().fact(name).await?.ok_or(ControlError::NoTenant);
    Ok(FirstStartReport {
        tenant_id: fact(TENANT).await?,
        client_id: fact(ADMINISTRATOR).await?,
        client_secret,
        subscription_id: fact(SUBSCRIPTION).await?,
        resource_group: GROUP.to_owned(),
        workspace: WORKSPACE.to_owned(),
        invitation,
        created,
    })
}

/// Forgets the administrator's secret once it was used: whoever signed in has kept it.
pub(crate) async fn secret_was_used(control: &Control, principal: &Principal) {
    let forget = async {
        let mut reader = control.store().reader().await?;
        let administrator = reader.access().fact(ADMINISTRATOR).await?;
        let kept = reader
            .access()
            .fact(SEALED_SECRET)
            .await?
            .is_some_and(|sealed| !sealed.is_empty());
        drop(reader);
        if kept && administrator == principal.app_id {
            let mut work = control.store().begin().await?;
            work.access().set_fact(SEALED_SECRET, "").await?;
            work.save().await?;
        }
        Ok::<_, StoreError>(())
    };
    if let Err(error) = forget.await {
        tracing::warn!(error = %error, "the administrator's first secret could not be forgotten");
    }
}

fn entry(deps: &ControlDeps, grant: &Granted, detail: Value) -> Entry {
    Entry {
        at: deps.clock.now(),
        principal: grant.principal().id.clone(),
        action: grant.action().to_owned(),
        scope: "/".to_owned(),
        outcome: "Succeeded".to_owned(),
        correlation: chance::uuid(&*deps.entropy),
        detail,
    }
}
