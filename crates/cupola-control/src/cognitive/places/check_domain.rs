//! `POST …/checkDomainAvailability`: may an account have this name on the data plane?

use super::super::accounts::domain_claim;
use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use serde_json::json;

pub(super) async fn check(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let body = call.json()?;
    let name = body.required("subdomainName", "the name to be checked")?;
    let kind = body
        .text("type")?
        .unwrap_or(cupola_wire::arm::cognitive::ACCOUNT_TYPE);
    let mut reader = call.control.store().reader().await?;
    let taken = reader.resources().is_claimed(&domain_claim(name)).await?;
    let mut shown = json!({
        "isSubdomainAvailable": !taken,
        "subdomainName": name,
        "type": kind,
        "kind": body.text("kind")?,
    });
    if taken {
        shown["reason"] =
            format!("Sub domain name '{name}' is already used. Please pick a different name.").into();
    }
    Ok(answer::ok(&shown))
}
