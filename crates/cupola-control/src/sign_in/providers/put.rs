//! `PUT /providers/Cupola.Identity/identityProviders/{name}`

use super::{Provider, find};
use crate::audit;
use crate::dispatch::{Call, Reply};
use crate::json::Document;
use cupola_backend::fetch::{check_roots, check_url};
use cupola_core::name::printable;
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem, Secret};
use http::StatusCode;
use serde_json::{Value, json};

const PROVIDERS_MAX: usize = 50;
const ITEMS_MAX: usize = 50;

pub(super) async fn put(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let name = call.param("name").to_owned();
    check_name(&name)?;
    let body = call.json()?;
    let before = find(&mut call.control.store().reader().await?, &name).await?;
    let mut provider = read(&name, &body)?;
    provider.sealed_secret = match body.text("properties.clientSecret")? {
        Some(secret) => Some(
            call.control
                .keyring()
                .seal(&Secret::new(secret), call.control.entropy()),
        ),
        // A secret that is not sent again stays, because it cannot be read out to be sent.
        None => before
            .as_ref()
            .filter(|before| before.issuer == provider.issuer && before.client_id == provider.client_id)
            .and_then(|before| before.sealed_secret.clone()),
    };
    let mut work = call.control.store().begin().await?;
    let all = work.sign_ins().providers().await?;
    let others = all.iter().filter(|other| !is_named(other, &name));
    if others.clone().count() >= PROVIDERS_MAX {
        return Err(refused(
            "name",
            &format!("there may be at most {PROVIDERS_MAX} identity providers"),
        ));
    }
    // A person is known by issuer and subject, so two providers of one issuer could let in what the other keeps out.
    if others
        .clone()
        .any(|other| other["issuer"] == provider.issuer.as_str())
    {
        return Err(refused(
            "properties.issuer",
            "another identity provider has this issuer already",
        ));
    }
    work.sign_ins()
        .put_provider(&grant, &name, &json!(provider))
        .await?;
    let shown = provider.shown();
    audit::change(&mut work, &call, &grant, "Succeeded", shown["properties"].clone()).await?;
    work.save().await?;
    call.control.sign_in().forget_issuer(&provider.issuer);
    let status = if before.is_some() {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok(cupola_edge::json(status, &shown))
}

fn is_named(document: &Value, name: &str) -> bool {
    document["name"]
        .as_str()
        .is_some_and(|known| known.eq_ignore_ascii_case(name))
}

fn check_name(name: &str) -> Result<(), Problem> {
    let good = (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if good {
        return Ok(());
    }
    Err(Problem::new(
        Code::InvalidResourceName,
        format!(
            "The identity provider name '{}' is not valid: use at most 64 letters, digits and hyphens.",
            printable(name)
        ),
    )
    .target("name"))
}

fn read(name: &str, body: &Document) -> Result<Provider, Problem> {
    let issuer = body.required("properties.issuer", "the iss of its tokens, an https address")?;
    let provider = Provider {
        name: name.to_owned(),
        display_name: body.text("properties.displayName")?.unwrap_or(name).to_owned(),
        issuer: issuer.to_owned(),
        client_id: body
            .required(
                "properties.clientId",
                "the id under which this server is registered there",
            )?
            .to_owned(),
        sealed_secret: None,
        scopes: body
            .text("properties.scopes")?
            .unwrap_or("openid profile email")
            .to_owned(),
        user_name_claims: texts(body, "properties.userNameClaims")?
            .unwrap_or_else(|| ["upn", "preferred_username", "email"].map(str::to_owned).to_vec()),
        display_name_claim: body
            .text("properties.displayNameClaim")?
            .unwrap_or("name")
            .to_owned(),
        allowed_domains: texts(body, "properties.allowedDomains")?.unwrap_or_default(),
        required_claims: body
            .object("properties.requiredClaims")?
            .cloned()
            .unwrap_or_default(),
        create_users: body.truth("properties.createUsers")?.unwrap_or(true),
        enabled: body.truth("properties.enabled")?.unwrap_or(true),
        allow_private_network: body.truth("properties.allowPrivateNetwork")?.unwrap_or(false),
        allow_insecure_loopback: body.truth("properties.allowInsecureLoopback")?.unwrap_or(false),
        ca_bundle: body.text("properties.caBundle")?.map(str::to_owned),
    };
    check_url(&provider.issuer, &provider.reach()).map_err(|why| refused("properties.issuer", &why))?;
    if provider.issuer.contains('?') {
        return Err(refused("properties.issuer", "an issuer has no query"));
    }
    if let Some(bundle) = &provider.ca_bundle {
        check_roots(bundle).map_err(|why| refused("properties.caBundle", &why))?;
    }
    if !provider.scopes.split_whitespace().any(|scope| scope == "openid") {
        return Err(refused("properties.scopes", "it must contain openid"));
    }
    if provider.required_claims.len() > ITEMS_MAX {
        return Err(refused(
            "properties.requiredClaims",
            "at most 50 claims can be required",
        ));
    }
    Ok(provider)
}

fn texts(body: &Document, path: &str) -> Result<Option<Vec<String>>, Problem> {
    let rule = || refused(path, "it must be a list of at most 50 texts");
    let Some(value) = body.get(path) else {
        return Ok(None);
    };
    let items = value
        .as_array()
        .filter(|items| items.len() <= ITEMS_MAX)
        .ok_or_else(rule)?;
    let texts: Option<Vec<String>> = items
        .iter()
        .map(|item| item.as_str().map(str::to_owned))
        .collect();
    texts.map(Some).ok_or_else(rule)
}

fn refused(field: &str, why: &str) -> Problem {
    Problem::new(
        Code::InvalidRequestContent,
        format!("The field {field} is not usable: {}.", why.trim_end_matches('.')),
    )
    .target(field)
}
