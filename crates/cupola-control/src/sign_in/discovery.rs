//! OpenID discovery, under the tenant and under `/adfs`.

use super::is_tenant;
use super::refusal::{Refusal, refuse};
use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_wire::arm::identity::{self, Places};

pub(super) async fn tenant(call: Call) -> Result<Reply, Problem> {
    let name = call.param("tenant");
    if !is_tenant(&call.control, name) {
        return Ok(refuse(&call, &Refusal::unknown_tenant(name)));
    }
    let base = format!("{}/{name}", call.origin);
    Ok(answer::ok(&identity::discovery(&Places {
        issuer: call.control.issuer().name(),
        authorize: &format!("{base}/oauth2/v2.0/authorize"),
        token: &format!("{base}/oauth2/v2.0/token"),
        device: &format!("{base}/oauth2/v2.0/devicecode"),
        logout: &format!("{base}/oauth2/v2.0/logout"),
        keys: &format!("{base}/discovery/v2.0/keys"),
    })))
}

pub(super) async fn adfs(call: Call) -> Result<Reply, Problem> {
    let base = format!("{}/adfs", call.origin);
    Ok(answer::ok(&identity::discovery(&Places {
        issuer: call.control.issuer().name(),
        authorize: &format!("{base}/oauth2/authorize"),
        token: &format!("{base}/oauth2/token"),
        device: &format!("{base}/oauth2/devicecode"),
        logout: &format!("{base}/oauth2/logout"),
        keys: &format!("{base}/discovery/keys"),
    })))
}
