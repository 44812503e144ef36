//! `PUT …/projects/{project}`

use super::super::{check_name, require_parent, steps, wrong};
use super::{ACCOUNT_DOMAIN, id};
use crate::dispatch::{Call, Reply};
use crate::json::Document;
use crate::workspaces::body::identity;
use crate::{etag, identities, owned};
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem, Region};
use cupola_store::Resource;
use cupola_store::resources::Below;
use cupola_wire::arm::cognitive::{AccountProperties, PROJECT_TYPE, ProjectProperties};
use serde_json::json;

// What is read by itself, and what only the server says.
const KNOWN: [&str; 6] = [
    "displayName",
    "description",
    "isDefault",
    "endpoints",
    "provisioningState",
    ACCOUNT_DOMAIN,
];

pub(super) async fn put(call: Call, grant: Granted) -> Result<Reply, Problem> {
    check_name("project", call.param("project"), 2)?;
    let body = call.json()?;
    let id = id(&call);
    let mut work = call.control.store().begin().await?;
    let account = require_parent(work.resources(), &id).await?;
    let existing = work.resources().find(&id).await?;
    etag::check(&call, existing.as_ref())?;
    let holder: AccountProperties = owned::body(&account)?;
    if !holder.allow_project_management {
        return Err(wrong(
            "properties.allowProjectManagement",
            format!(
                "The account '{}' may have no projects: set its properties.allowProjectManagement to true first.",
                account.id.name()
            ),
        ));
    }
    let location = location(&body, &account)?;
    let before = existing
        .as_ref()
        .map(owned::body::<ProjectProperties>)
        .transpose()?;
    let is_default = match before {
        Some(before) => before.is_default,
        None => {
            let siblings = Below::Children(&account.id, PROJECT_TYPE);
            work.resources().list(siblings, None, 1).await?.is_empty()
        }
    };
    let text = |path: &str| Ok::<_, Problem>(body.text(path)?.unwrap_or_default().to_owned());
    let mut rest = steps::rest(&body, &KNOWN)?;
    rest.insert(ACCOUNT_DOMAIN.to_owned(), holder.custom_sub_domain_name.into());
    let properties = ProjectProperties {
        display_name: text("properties.displayName")?,
        description: text("properties.description")?,
        is_default,
        rest,
    };
    let status = steps::status(existing.as_ref());
    let project = existing.unwrap_or_else(|| Resource::new(id, call.stamp(&grant)));
    let mut project = Resource {
        location,
        kind: Some("AIServices".to_owned()),
        tags: body.tags()?.unwrap_or_default(),
        identity: identity(&body)?,
        properties: json!(properties),
        ..project
    };
    identities::settle(&mut work, &call, &grant, &mut project).await?;
    steps::write(work, (&call, &grant), project, status).await
}

// A project is where its account is.
fn location(body: &Document, account: &Resource) -> Result<Option<String>, Problem> {
    let given = body.text("location")?.filter(|text| !text.is_empty());
    let given: Option<Region> = given.map(str::parse).transpose()?;
    match (given, account.location.as_deref()) {
        (Some(given), Some(place)) if given.as_str() != place => Err(Problem::new(
            Code::InvalidResourceLocation,
            format!(
                "A project is in the region of its account: '{}' is in {place}, so location cannot be '{given}'.",
                account.id.name()
            ),
        )
        .target("location")),
        _ => Ok(account.location.clone()),
    }
}
