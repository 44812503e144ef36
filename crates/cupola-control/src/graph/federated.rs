//! `/v1.0/applications/{id}/federatedIdentityCredentials`: another issuer whose tokens stand for the application.

use super::{guard, objects, page, problem};
use crate::dispatch::{Call, Caller, Reply};
use crate::json::Document;
use crate::{answer, audit};
use cupola_backend::fetch::{Reach, check_url};
use cupola_core::Problem;
use cupola_core::name::printable;
use cupola_core::rbac::Granted;
use cupola_store::UnitOfWork;
use cupola_store::apps::{App, FederatedCredential};
use http::StatusCode;
use serde_json::{Value, json};

const CREDENTIALS_MAX: usize = 20;
const CHARS_MAX: usize = 600;

pub(super) async fn list(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let found = reader.apps().find(call.param("id")).await?;
    let app = found.ok_or_else(|| problem::not_found(call.param("id")))?;
    let held = reader.apps().federated(&app.principal_id).await?;
    let value = held.iter().map(objects::federated).collect();
    Ok(page::reply(&call, "federatedIdentityCredentials", value, None))
}

pub(super) async fn get(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let found = reader.apps().find(call.param("id")).await?;
    let app = found.ok_or_else(|| problem::not_found(call.param("id")))?;
    let held = reader.apps().federated(&app.principal_id).await?;
    let one = named(held, call.param("credential"))?;
    Ok(answer::ok(&page::one(
        &call,
        "federatedIdentityCredentials",
        objects::federated(&one),
    )))
}

pub(super) async fn create(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let body = call.json()?;
    let credential = FederatedCredential {
        id: call.new_id(),
        name: text(&body, "name")?,
        issuer: text(&body, "issuer")?,
        subject: text(&body, "subject")?,
        audiences: audiences(&body)?,
        description: body.text("description")?.map(printable),
    };
    refuse_odd_issuers(&credential.issuer)?;
    let mut work = call.control.store().begin().await?;
    let app = application(&mut work, &call, &grant).await?;
    let held = work.apps().federated(&app.principal_id).await?;
    if held
        .iter()
        .any(|one| one.name.eq_ignore_ascii_case(&credential.name))
    {
        return Err(problem::taken(
            format!(
                "FederatedIdentityCredential with name {} already exists.",
                printable(&credential.name)
            ),
            "name",
        ));
    }
    if held.len() >= CREDENTIALS_MAX {
        return Err(problem::bad(
            format!("There are {CREDENTIALS_MAX} federated credentials already, which is the limit."),
            "name",
        ));
    }
    work.apps()
        .put_federated(&grant, &app.principal_id, &credential)
        .await?;
    let shown = objects::federated(&credential);
    let detail = json!({"application": app.id, "after": shown});
    audit::change(&mut work, &call, &grant, "Succeeded", detail).await?;
    work.save().await?;
    Ok(cupola_edge::json(
        StatusCode::CREATED,
        &page::one(&call, "federatedIdentityCredentials", shown),
    ))
}

pub(super) async fn update(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let body = call.json()?;
    let mut work = call.control.store().begin().await?;
    let app = application(&mut work, &call, &grant).await?;
    let held = work.apps().federated(&app.principal_id).await?;
    let before = named(held, call.param("credential"))?;
    let mut after = before.clone();
    for (path, field) in [("issuer", &mut after.issuer), ("subject", &mut after.subject)] {
        if body.get(path).is_some() {
            *field = text(&body, path)?;
        }
    }
    refuse_odd_issuers(&after.issuer)?;
    if body.get("audiences").is_some() {
        after.audiences = audiences(&body)?;
    }
    after.description = body.text("description")?.map(printable).or(after.description);
    work.apps()
        .put_federated(&grant, &app.principal_id, &after)
        .await?;
    let detail = json!({
        "application": app.id, "before": objects::federated(&before), "after": objects::federated(&after),
    });
    audit::change(&mut work, &call, &grant, "Succeeded", detail).await?;
    work.save().await?;
    Ok(answer::bare(StatusCode::NO_CONTENT))
}

pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut work = call.control.store().begin().await?;
    let app = application(&mut work, &call, &grant).await?;
    let held = work.apps().federated(&app.principal_id).await?;
    let gone = named(held, call.param("credential"))?;
    work.apps()
        .remove_federated(&grant, &app.principal_id, &gone.id)
        .await?;
    let detail = json!({"application": app.id, "before": objects::federated(&gone)});
    audit::change(&mut work, &call, &grant, "Succeeded", detail).await?;
    work.save().await?;
    Ok(answer::bare(StatusCode::NO_CONTENT))
}

async fn application(work: &mut UnitOfWork, call: &Call, grant: &Granted) -> Result<App, Problem> {
    let found = work.apps().find(call.param("id")).await?;
    let app = found.ok_or_else(|| problem::not_found(call.param("id")))?;
    guard::may_become(work, grant, &app.principal_id).await?;
    Ok(app)
}

fn named(held: Vec<FederatedCredential>, id: &str) -> Result<FederatedCredential, Problem> {
    held.into_iter()
        .find(|one| one.id.eq_ignore_ascii_case(id) || one.name == id)
        .ok_or_else(|| problem::not_found(id))
}

fn text(body: &Document, path: &str) -> Result<String, Problem> {
    let text = body.required(path, "text that the tokens of the other issuer carry")?;
    if text.chars().count() > CHARS_MAX || text.chars().any(char::is_control) {
        return Err(problem::bad(
            format!("The field {path} must be at most {CHARS_MAX} characters without control characters."),
            path,
        ));
    }
    Ok(text.to_owned())
}

// Keys are fetched from the issuer, so it must be one that proves its name. Plain http to this machine is fetched only where
// an identity provider of that issuer allows it, which is asked when a token comes.
fn refuse_odd_issuers(issuer: &str) -> Result<(), Problem> {
    let anywhere = Reach {
        private: true,
        insecure_loopback: true,
        roots: None,
    };
    check_url(issuer, &anywhere)
        .map_err(|_| problem::bad("The field issuer must be an https:// address.", "issuer"))
}

fn audiences(body: &Document) -> Result<Vec<String>, Problem> {
    let wrong = || {
        problem::bad(
            "The field audiences must be a list with one audience.",
            "audiences",
        )
    };
    let list = body
        .get("audiences")
        .and_then(Value::as_array)
        .ok_or_else(wrong)?;
    let texts: Option<Vec<String>> = list
        .iter()
        .map(|item| {
            item.as_str()
                .filter(|text| text.len() <= CHARS_MAX)
                .map(str::to_owned)
        })
        .collect();
    texts
        .filter(|texts| (1..=10).contains(&texts.len()))
        .ok_or_else(wrong)
}
