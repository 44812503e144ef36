//! `GET /tenants`: the one tenant of this server, for everybody who can sign in.

use crate::answer;
use crate::dispatch::{Call, Caller, Reply, Route, route, signed_in};
use cupola_core::Problem;
use cupola_wire::arm::Page;
use serde_json::json;

pub(crate) const ROUTES: &[Route] = &[route("GET", "/tenants", signed_in!(list))];

async fn list(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    let tenant = call.control.tenant();
    Ok(answer::ok(&Page::whole(vec![json!({
        "id": format!("/tenants/{tenant}"),
        "tenantId": tenant,
        "displayName": "Cupola",
        "defaultDomain": "cupola.local",
        "tenantCategory": "Home",
        "domains": ["cupola.local"],
    })])))
}
