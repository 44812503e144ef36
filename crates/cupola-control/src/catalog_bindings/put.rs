//! `PUT /providers/Cupola.Catalog/registries/{registry}/bindings/{model}`

use super::{model, pool, shown};
use crate::audit;
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_store::bindings::Binding;
use http::StatusCode;

pub(super) async fn put(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let model = model(&call)?;
    call.control.catalog().require(&model)?;
    let task = call.control.catalog().find(&model).map(|model| model.task);
    let body = call.json()?;
    // A file may be looked at, which nobody who writes should wait for.
    let mut reader = call.control.store().reader().await?;
    let before = reader.bindings().find(&model).await?;
    drop(reader);
    let members = pool::read(&body, &model, task, before.as_ref(), |key| {
        call.control.keyring().seal(key, call.control.entropy())
    })?;
    let binding = Binding { model, members };
    let mut work = call.control.store().begin().await?;
    work.bindings().put(&grant, &binding).await?;
    let after = pool::properties(&binding);
    audit::change(&mut work, &call, &grant, "Succeeded", after).await?;
    work.save().await?;
    let status = if before.is_some() {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok(cupola_edge::json(status, &shown(&call.control, &binding)))
}
