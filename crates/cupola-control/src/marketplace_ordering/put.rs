//! `PUT …/plans/{plan}/agreements/current`: accepts the terms that were read, or takes that back.

use super::agreement::{plan, say, signature};
use crate::dispatch::{Call, Reply};
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem};

pub(super) async fn put(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let body = call.json()?;
    let accepted = body.truth("properties.accepted")?.unwrap_or(false);
    let (model, offer) = plan(&call)?;
    let wanted = signature(&call.control, call.param("subscription"), model, offer);
    match body.text("properties.signature")? {
        Some(given) if given != wanted => Err(Problem::new(
            Code::InvalidRequestContent,
            "The field properties.signature is of other terms: they changed, or are of another plan or subscription. \
             Read them again and send them back with \"accepted\": true.",
        )
        .target("properties.signature")),
        _ => say(&call, &grant, accepted).await,
    }
}
