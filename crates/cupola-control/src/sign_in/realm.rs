//! `GET /common/userrealm/{user}`: how this person signs in; the command line asks before it sends a password. The answer is
//! the same for everybody, so that it tells nobody who there is.

use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_core::name::printable;
use serde_json::json;

pub(super) async fn get(call: Call) -> Result<Reply, Problem> {
    let user = call.param("user");
    let domain = user.split_once('@').map_or("", |(_, domain)| domain);
    let host = call.origin.split_once("://").map_or("", |(_, host)| host);
    Ok(answer::ok(&json!({
        "ver": "1.0",
        "account_type": "Managed",
        "domain_name": printable(domain),
        "cloud_instance_name": host,
        "cloud_audience_urn": format!("urn:federation:{host}"),
    })))
}
