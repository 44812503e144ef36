//! `POST …/deployments/{name}/validate`: everything that can be said of a deployment before it runs.

use super::put::errand;
use super::request::Request;
use super::{check_name, document, id, preflight, scope};
use crate::answer;
use crate::dispatch::{Call, Reply};
use crate::jobs::deploy_facts::Learnt;
use cupola_core::Problem;
use cupola_core::rbac::Granted;

pub(super) async fn post(call: Call, grant: Granted) -> Result<Reply, Problem> {
    check_name(&call)?;
    let request = Request::read(&call.body)?;
    let at = (call.param("name"), grant.principal(), call.origin.as_str());
    let judged = request.judge(&call.control, &scope(&call), at).await?;
    let errand = errand(&call, &grant);
    let name = call.param("name");
    preflight::rights(&call.control, &errand, name, &judged.plan).await?;
    let mut learnt = Learnt::new(judged.secrets.clone());
    preflight::dry_run(&call.control, &errand, name, &judged.plan, &mut learnt).await?;
    let document = judged.document(&call.correlation);
    let id = id(&call);
    Ok(answer::ok(&document::validated(
        &id.to_string(),
        id.name(),
        &document,
        call.now,
    )))
}
