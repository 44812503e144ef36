//! `/v1.0/applications`: applications, each with the object id that its service principal will have.

use super::objects::Proofs;
use super::{filter, guard, objects, page, problem};
use crate::dispatch::{Call, Caller, Reply};
use crate::json::Document;
use crate::{answer, audit};
use cupola_core::name::printable;
use cupola_core::rbac::Granted;
use cupola_core::{Problem, chance};
use cupola_identity::read_certificate;
use cupola_store::apps::{App, Certificate, Registration};
use cupola_store::{Reader, UnitOfWork};
use http::StatusCode;
use serde_json::{Value, json};

const NAME_CHARS_MAX: usize = 256;
const URIS_MAX: usize = 256;
const URI_CHARS_MAX: usize = 2048;
const PROOFS_MAX: usize = 100;

// What Graph clients write here and read again, without meaning for this server. Bounded by the weight of a body.
const KEPT: [&str; 10] = [
    "web",
    "publicClient",
    "spa",
    "api",
    "appRoles",
    "optionalClaims",
    "requiredResourceAccess",
    "tags",
    "notes",
    "serviceManagementReference",
];

pub(super) async fn list(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    let conditions = filter::read(call.query.get("$filter").unwrap_or_default())?;
    let mut reader = call.control.store().reader().await?;
    let (found, next) = find(&call, &mut reader, &conditions, shown).await?;
    Ok(page::reply(&call, "applications", found, next.as_deref()))
}

/// A page of applications that fit, each shown by `show`; what identifies one is looked up, the rest is searched.
pub(super) async fn find(
    call: &Call,
    reader: &mut Reader,
    conditions: &[filter::Condition],
    show: fn(&Call, &App, &Proofs) -> Value,
) -> Result<(Vec<Value>, Option<String>), Problem> {
    let exact = ["appId", "id"]
        .iter()
        .find_map(|name| filter::wanted(conditions, name))
        .or_else(|| {
            filter::wanted(conditions, "servicePrincipalNames").filter(|name| crate::roles::is_guid(name))
        });
    let mut value = Vec::new();
    if let Some(exact) = exact {
        if let Some(app) = reader.apps().find(exact).await? {
            let shown = show(call, &app, &Proofs::read(reader, &app).await?);
            value.extend(filter::fits(conditions, &shown).then_some(shown));
        }
        return Ok((value, None));
    }
    let name = filter::wanted(conditions, "displayName");
    let (top, mut after, mut looked_at) = (page::top(call), page::after(call), 0);
    loop {
        let found = match name {
            Some(name) => reader.apps().named(name, &after, 200).await?,
            None => reader.apps().list(&after, 200).await?,
        };
        let last = found.len() < 200;
        for app in found {
            // Most of what is searched does not fit, so its proofs are read only where it does.
            if filter::fits(conditions, &show(call, &app, &Proofs::default())) {
                value.push(show(call, &app, &Proofs::read(reader, &app).await?));
            }
            looked_at += 1;
            after = app.id;
            if value.len() == top || looked_at == page::LOOKED_AT_MAX {
                return Ok((value, Some(after)));
            }
        }
        if last {
            return Ok((value, None));
        }
    }
}

fn shown(_call: &Call, app: &App, proofs: &Proofs) -> Value {
    objects::application(app, proofs)
}

pub(super) async fn get(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let found = reader.apps().find(call.param("id")).await?;
    let app = found.ok_or_else(|| problem::not_found(call.param("id")))?;
    let proofs = Proofs::read(&mut reader, &app).await?;
    let shown = objects::application(&app, &proofs);
    Ok(answer::ok(&page::one(&call, "applications", shown)))
}

pub(super) async fn create(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let body = call.json()?;
    body.required("displayName", "what people call the application")?;
    let mut app = App {
        id: call.new_id(),
        app_id: call.new_id(),
        principal_id: call.new_id(),
        service_principal: false,
        enabled: true,
        display_name: String::new(),
        registration: Registration::default(),
        created_at: call.now,
    };
    change(&mut app, &body)?;
    let mut work = call.control.store().begin().await?;
    refuse_taken_uris(&mut work, &app).await?;
    work.apps().put(&grant, &app).await?;
    set_certificates(&mut work, &call, &grant, &app, &body).await?;
    let proofs = Proofs::in_work(&mut work, &app).await?;
    let shown = objects::application(&app, &proofs);
    audit::change(&mut work, &call, &grant, "Succeeded", json!({"after": shown})).await?;
    work.save().await?;
    Ok(cupola_edge::json(
        StatusCode::CREATED,
        &page::one(&call, "applications", shown),
    ))
}

pub(super) async fn update(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let body = call.json()?;
    let mut work = call.control.store().begin().await?;
    let found = work.apps().find(call.param("id")).await?;
    let mut app = found.ok_or_else(|| problem::not_found(call.param("id")))?;
    guard::may_become(&mut work, &grant, &app.principal_id).await?;
    let proofs = Proofs::in_work(&mut work, &app).await?;
    let before = objects::application(&app, &proofs);
    change(&mut app, &body)?;
    refuse_taken_uris(&mut work, &app).await?;
    work.apps().put(&grant, &app).await?;
    set_certificates(&mut work, &call, &grant, &app, &body).await?;
    let proofs = Proofs::in_work(&mut work, &app).await?;
    let detail = json!({"before": before, "after": objects::application(&app, &proofs)});
    audit::change(&mut work, &call, &grant, "Succeeded", detail).await?;
    work.save().await?;
    Ok(answer::bare(StatusCode::NO_CONTENT))
}

pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut work = call.control.store().begin().await?;
    let found = work.apps().find(call.param("id")).await?;
    let app = found.ok_or_else(|| problem::not_found(call.param("id")))?;
    guard::take_everything(&mut work, &grant, &app.principal_id).await?;
    work.apps().delete(&grant, &app.id).await?;
    let detail = json!({"before": objects::application(&app, &Proofs::default())});
    audit::change(&mut work, &call, &grant, "Succeeded", detail).await?;
    work.save().await?;
    Ok(answer::bare(StatusCode::NO_CONTENT))
}

fn change(app: &mut App, body: &Document) -> Result<(), Problem> {
    if let Some(name) = body.text("displayName")? {
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
            return Err(problem::bad(
                format!(
                    "The field displayName must be 1 to {NAME_CHARS_MAX} characters without control characters."
                ),
                "displayName",
            ));
        }
        app.display_name = name.to_owned();
    }
    let registration = &mut app.registration;
    if let Some(uris) = uris(body, "identifierUris", false)? {
        registration.identifier_uris = uris;
    }
    let redirects = [
        "web.redirectUris",
        "publicClient.redirectUris",
        "spa.redirectUris",
    ];
    let mut given = Vec::new();
    for path in redirects {
        given.extend(uris(body, path, true)?.map(|uris| (path, uris)));
    }
    if let Some(public) = body.truth("isFallbackPublicClient")? {
        registration.public = public;
    }
    if let Some(logout) = body.text("web.logoutUrl")? {
        refuse_odd_redirects(logout, "web.logoutUrl")?;
        registration.logout_uris = vec![logout.to_owned()];
    }
    for name in KEPT {
        if let Some(value) = body.get(name) {
            registration.rest.insert(name.to_owned(), value.clone());
        }
    }
    if !given.is_empty() {
        // Where a browser may be sent is what all three lists say now.
        let all = redirects.iter().flat_map(|path| {
            let (object, list) = path.split_once('.').unwrap_or_default();
            let uris = registration
                .rest
                .get(object)
                .and_then(|object| object.get(list)?.as_array());
            uris.into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        });
        registration.redirect_uris = all.collect();
    }
    Ok(())
}

fn uris(body: &Document, path: &str, redirects: bool) -> Result<Option<Vec<String>>, Problem> {
    let Some(value) = body.get(path) else {
        return Ok(None);
    };
    let wrong = || {
        problem::bad(
            format!("The field {path} must be a list of at most {URIS_MAX} addresses."),
            path,
        )
    };
    let items = value
        .as_array()
        .filter(|items| items.len() <= URIS_MAX)
        .ok_or_else(wrong)?;
    let mut all = Vec::with_capacity(items.len());
    for item in items {
        let uri = item.as_str().ok_or_else(wrong)?;
        if redirects {
            refuse_odd_redirects(uri, path)?;
        } else if uri.is_empty()
            || uri.len() > URI_CHARS_MAX
            || uri.chars().any(|c| c.is_control() || c == ' ')
        {
            return Err(wrong());
        }
        all.push(uri.to_owned());
    }
    Ok(Some(all))
}

// A code that is sent to an open network or to a script belongs to whoever reads it there.
fn refuse_odd_redirects(uri: &str, path: &str) -> Result<(), Problem> {
    let (scheme, rest) = uri.split_once(':').unwrap_or_default();
    let scheme = scheme.to_ascii_lowercase();
    let host = rest
        .trim_start_matches('/')
        .split(['/', ':', '?'])
        .next()
        .unwrap_or_default();
    let fits = uri.len() <= URI_CHARS_MAX
        && !uri
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || "#*\\".contains(c))
        && !rest.is_empty()
        && match scheme.as_str() {
            "http" => ["localhost", "127.0.0.1"].contains(&host),
            "" | "javascript" | "data" | "file" | "vbscript" | "blob" | "about" => false,
            _ => true,
        };
    if fits {
        return Ok(());
    }
    Err(problem::bad(
        format!(
            "The redirect address '{}' is not valid: use https://, http://localhost or a scheme of your application, \
             without fragment and wildcard.",
            printable(uri)
        ),
        path,
    ))
}

async fn refuse_taken_uris(work: &mut UnitOfWork, app: &App) -> Result<(), Problem> {
    for uri in &app.registration.identifier_uris {
        // A name that looks like an id must not lead to somebody else's.
        let other = work.apps().find(uri).await?;
        if other.is_some_and(|other| other.id != app.id) {
            return Err(problem::taken(
                format!(
                    "Another object with the same value for property identifierUris already exists: '{}'.",
                    printable(uri)
                ),
                "identifierUris",
            ));
        }
    }
    Ok(())
}

// The list that a client sends is the list that is wanted: new ones come with their `key`, those that stay with their id.
async fn set_certificates(
    work: &mut UnitOfWork,
    call: &Call,
    grant: &Granted,
    app: &App,
    body: &Document,
) -> Result<(), Problem> {
    const PATH: &str = "keyCredentials";
    let Some(wanted) = body.get(PATH) else {
        return Ok(());
    };
    let wanted = wanted
        .as_array()
        .filter(|wanted| wanted.len() <= PROOFS_MAX)
        .ok_or_else(|| problem::bad(format!("The field {PATH} must be a list of certificates."), PATH))?;
    let held = work.apps().certificates(&app.principal_id).await?;
    let stays = |certificate: &Certificate| {
        wanted.iter().any(|one| {
            one["key"].is_null()
                && one["keyId"]
                    .as_str()
                    .is_some_and(|id| id.eq_ignore_ascii_case(&certificate.id))
        })
    };
    for gone in held.iter().filter(|one| !stays(one)) {
        work.apps()
            .remove_certificate(grant, &app.principal_id, &gone.id)
            .await?;
    }
    for new in wanted.iter().filter(|one| !one["key"].is_null()) {
        let text = new["key"].as_str().unwrap_or_default();
        let read = read_certificate(text)
            .map_err(|why| problem::bad(format!("The key of a certificate cannot be taken: {why}."), PATH))?;
        let certificate = Certificate {
            // The client's own id could be one that another application has.
            id: chance::uuid(call.control.entropy()),
            name: new["displayName"].as_str().map(printable),
            sha1: read.sha1,
            sha256: read.sha256,
            der: read.der,
            starts_at: read.starts_at,
            expires_at: read.expires_at,
        };
        work.apps()
            .add_certificate(grant, &app.principal_id, &certificate)
            .await?;
    }
    Ok(())
}
