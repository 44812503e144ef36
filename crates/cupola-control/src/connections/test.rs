//! `POST …/connections/{name}/testconnection`: this server calls nobody's endpoint but the backends that it serves.

use super::{id, require};
use crate::dispatch::{Call, Reply};
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem};

pub(super) async fn test(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let found = require(reader.resources(), &id(&call), grant.principal()).await?;
    Err(Problem::new(
        Code::NotSupported,
        format!(
            "The connection '{}' cannot be tested from here: this server opens no connections to other people's targets. \
             Read its key with listsecrets and call the target.",
            found.id.name()
        ),
    ))
}
