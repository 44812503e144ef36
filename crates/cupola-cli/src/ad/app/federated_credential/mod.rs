//! `cupola ad app federated-credential`.

mod create;
mod delete;
mod list;

use crate::arm::Arm;
use crate::failure::Failure;
use crate::graph;
use crate::output::table::{Column, cell};
use crate::transport::segment;
use crate::verbs::{columns, verbs};

verbs! {
    /// Let an identity of another issuer sign in as the application.
    Create(create::Create),
    /// List them.
    List(list::List),
    /// Delete one.
    Delete(delete::Delete),
}

const COLUMNS: &[Column] = columns! {
    "Name" => "/name",
    "Issuer" => "/issuer",
    "Subject" => "/subject",
    "Id" => "/id",
};

async fn path(graph: &Arm, app: &str, one: Option<&str>) -> Result<String, Failure> {
    let app = graph::required_application(graph, app).await?;
    let base = format!("applications/{}/federatedIdentityCredentials", cell(&app["id"]));
    Ok(one.map_or_else(|| base.clone(), |one| format!("{base}/{}", segment(one))))
}
