//! `PATCH` of a resource of any type that is not ours: tags and top fields are replaced, properties are merged.

use super::body::Spec;
use super::put::stays;
use super::{id, require};
use crate::dispatch::{Call, Reply};
use crate::{etag, identities, write};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use http::StatusCode;

pub(super) async fn patch(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let id = id(&call)?;
    let spec = Spec::read(&call.json()?, &id.resource_type())?;
    let mut work = call.control.store().begin().await?;
    let mut resource = require(work.resources(), &id).await?;
    etag::check(&call, Some(&resource))?;
    stays(&resource, spec.location.as_ref())?;
    spec.merge(&mut resource);
    identities::settle(&mut work, &call, &grant, &mut resource).await?;
    write::resource(work, (&call, &grant), resource, StatusCode::OK).await
}
