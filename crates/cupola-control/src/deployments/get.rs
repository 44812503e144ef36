//! `GET` and `HEAD …/deployments/{name}`

use super::{look_up, shown_reply};
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use http::StatusCode;

pub(super) async fn get(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    shown_reply(StatusCode::OK, &look_up(&call).await?)
}
