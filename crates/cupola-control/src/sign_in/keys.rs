//! The key set: with which keys our tokens are verified.

use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_wire::arm::identity::web_key;
use serde_json::json;

pub(super) async fn get(call: Call) -> Result<Reply, Problem> {
    let keys = call.control.issuer().public_keys(call.now);
    let keys: Vec<_> = keys.iter().map(|key| web_key(&key.id, &key.n, &key.e)).collect();
    Ok(answer::ok(&json!({"keys": keys})))
}
