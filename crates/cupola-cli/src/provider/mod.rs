//! `cupola provider`: the namespaces of resource types.

mod list;
mod register;
mod show;
mod unregister;

use http::Method;
use serde_json::Value;

use crate::arm::{Arm, version};
use crate::failure::Failure;
use crate::output::table::Column;
use crate::progress::Progress;
use crate::transport::segment;
use crate::verbs::{columns, verbs};

verbs! {
    /// List providers.
    List(list::List),
    /// Show a provider: its types, their regions and versions.
    Show(show::Show),
    /// Register a provider.
    Register(register::Register),
    /// Unregister a provider.
    Unregister(unregister::Unregister),
}

const LIST: &str = "cupola provider list -o table";

const COLUMNS: &[Column] = columns! {
    "Namespace" => "/namespace",
    "RegistrationPolicy" => "/registrationPolicy",
    "RegistrationState" => "/registrationState",
};

fn url(arm: &Arm, namespace: &str, action: &str) -> String {
    let path = format!("{}/providers/{}{action}", arm.subscription(), segment(namespace));
    arm.url(&path, version::RESOURCES)
}

async fn act(arm: &Arm, namespace: &str, action: &str) -> Result<Value, Failure> {
    let url = url(arm, namespace, action);
    let done = arm.change(Method::POST, &url, None, &Progress::hidden()).await;
    Ok(done
        .map_err(|failure| failure.hint_when_missing(LIST))?
        .unwrap_or_default())
}
