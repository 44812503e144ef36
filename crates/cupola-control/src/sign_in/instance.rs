//! `GET /common/discovery/instance`: yes, this host is an authority.

use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use serde_json::json;

pub(super) async fn get(call: Call) -> Result<Reply, Problem> {
    let host = call
        .origin
        .split_once("://")
        .map_or(call.origin.as_str(), |(_, host)| host);
    Ok(answer::ok(&json!({
        "tenant_discovery_endpoint":
            format!("{}/{}/v2.0/.well-known/openid-configuration", call.origin, call.control.tenant()),
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    })))
}
