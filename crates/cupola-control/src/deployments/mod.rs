//! Template deployments: `Microsoft.Resources/deployments` of a resource group and of a subscription.
//!
//! A request is judged here: read, planned, and checked as far as that is possible without changing anything. What is
//! left is a job (`crate::jobs::deploy`) that does nothing but make requests on behalf of the caller.

mod calculate_template_hash;
mod cancel;
mod compile_bicep;
mod delete;
mod export_group;
mod export_template;
mod get;
mod list;
mod operations;
mod preflight;
mod put;
mod result;
mod secrets;
mod status;
mod validate;
mod what_if;

pub(crate) mod document;
pub(crate) mod ended;
pub(crate) mod request;
pub(crate) mod runs;

pub(crate) use document::Document;
pub(crate) use put::again;
pub(crate) use runs::Runs;
pub(crate) use secrets::Secrets;

use crate::dispatch::{Call, Reply, Route, action, list, route, signed_in};
use cupola_core::name::printable;
use cupola_core::{Code, Problem, ResourceId};
use cupola_store::UnitOfWork;
use cupola_store::deployments::Deployment;
use http::StatusCode;

pub(crate) const TYPE: &str = "Microsoft.Resources/deployments";

/// What a request with a template may weigh, as the service has it.
const TEMPLATE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How many runs the history of a scope keeps, as the service has it.
const HISTORY_MAX: u32 = 800;

const READ: &str = "Microsoft.Resources/deployments/read";
const WRITE: &str = "Microsoft.Resources/deployments/write";
const DELETE: &str = "Microsoft.Resources/deployments/delete";
const CANCEL: &str = "Microsoft.Resources/deployments/cancel/action";
const VALIDATE: &str = "Microsoft.Resources/deployments/validate/action";
const WHAT_IF: &str = "Microsoft.Resources/deployments/whatIf/action";
const EXPORT: &str = "Microsoft.Resources/deployments/exportTemplate/action";
const OPERATIONS: &str = "Microsoft.Resources/deployments/operations/read";
const STATUS: &str = "Microsoft.Resources/deployments/operationstatuses/read";
const EXPORT_GROUP: &str = "Microsoft.Resources/subscriptions/resourceGroups/exportTemplate/action";

// The same for a group and for a subscription; clients ask for operations without the provider too.
macro_rules! scope_routes {
    ($scope:literal) => {
        [
            route(
                "GET",
                concat!($scope, "/providers/Microsoft.Resources/deployments"),
                list!(READ, list::list),
            ),
            route(
                "GET",
                concat!($scope, "/providers/Microsoft.Resources/deployments/{name}"),
                action!(READ, get::get),
            ),
            route(
                "PUT",
                concat!($scope, "/providers/Microsoft.Resources/deployments/{name}"),
                action!(WRITE, put::put),
            )
            .up_to(TEMPLATE_BYTES_MAX),
            route(
                "DELETE",
                concat!($scope, "/providers/Microsoft.Resources/deployments/{name}"),
                action!(DELETE, delete::delete),
            ),
            route(
                "POST",
                concat!(
                    $scope,
                    "/providers/Microsoft.Resources/deployments/{name}/validate"
                ),
                action!(VALIDATE, validate::post),
            )
            .up_to(TEMPLATE_BYTES_MAX),
            route(
                "POST",
                concat!($scope, "/providers/Microsoft.Resources/deployments/{name}/whatIf"),
                action!(WHAT_IF, what_if::post),
            )
            .up_to(TEMPLATE_BYTES_MAX),
            route(
                "GET",
                concat!(
                    $scope,
                    "/providers/Microsoft.Resources/deployments/{name}/operationResults/{operation}"
                ),
                signed_in!(result::get),
            ),
            route(
                "POST",
                concat!(
                    $scope,
                    "/providers/Microsoft.Resources/deployments/{name}/exportTemplate"
                ),
                action!(EXPORT, export_template::post),
            ),
            route(
                "POST",
                concat!($scope, "/providers/Microsoft.Resources/deployments/{name}/cancel"),
                action!(CANCEL, cancel::post),
            ),
            route(
                "GET",
                concat!(
                    $scope,
                    "/providers/Microsoft.Resources/deployments/{name}/operationStatuses/{operation}"
                ),
                action!(STATUS, status::get),
            ),
            route(
                "GET",
                concat!(
                    $scope,
                    "/providers/Microsoft.Resources/deployments/{name}/operations"
                ),
                action!(OPERATIONS, operations::list),
            ),
            route(
                "GET",
                concat!(
                    $scope,
                    "/providers/Microsoft.Resources/deployments/{name}/operations/{operation}"
                ),
                action!(OPERATIONS, operations::get),
            ),
            route(
                "GET",
                concat!($scope, "/deployments/{name}/operations"),
                action!(OPERATIONS, operations::list),
            ),
            route(
                "GET",
                concat!($scope, "/deployments/{name}/operations/{operation}"),
                action!(OPERATIONS, operations::get),
            ),
        ]
    };
}

const IN_GROUP: [Route; 14] = scope_routes!("/subscriptions/{subscription}/resourceGroups/{group}");
const IN_SUBSCRIPTION: [Route; 14] = scope_routes!("/subscriptions/{subscription}");

pub(crate) const GROUP_ROUTES: &[Route] = &IN_GROUP;
pub(crate) const SUBSCRIPTION_ROUTES: &[Route] = &IN_SUBSCRIPTION;

pub(crate) const OTHER_ROUTES: &[Route] = &[
    route(
        "POST",
        "/subscriptions/{subscription}/resourceGroups/{group}/exportTemplate",
        action!(EXPORT_GROUP, export_group::post),
    ),
    route(
        "POST",
        "/providers/Microsoft.Resources/calculateTemplateHash",
        signed_in!(calculate_template_hash::post),
    )
    .up_to(TEMPLATE_BYTES_MAX),
    route(
        "POST",
        "/providers/Cupola.Resources/compileBicep",
        signed_in!(compile_bicep::post),
    )
    .up_to(compile_bicep::BYTES_MAX),
];

/// The group or subscription that is deployed into.
fn scope(call: &Call) -> ResourceId {
    let (subscription, group) = (call.param("subscription"), call.param("group"));
    if group.is_empty() {
        ResourceId::subscription(subscription)
    } else {
        ResourceId::group(subscription, group)
    }
}

fn id(call: &Call) -> ResourceId {
    scope(call).resource("Microsoft.Resources", "deployments", call.param("name"))
}

/// The name in the path, or the refusal with the rule.
fn check_name(call: &Call) -> Result<(), Problem> {
    let name = call.param("name");
    let fits = (1..=64).contains(&name.chars().count())
        && name.chars().all(|c| c.is_alphanumeric() || "-_.()".contains(c));
    if fits {
        return Ok(());
    }
    Err(Problem::new(
        Code::InvalidResourceName,
        format!(
            "The deployment name '{}' is not valid: use 1 to 64 letters, digits and -_.().",
            printable(name)
        ),
    )
    .target("name"))
}

/// The deployment in the path, or the refusal.
async fn require(work: &mut UnitOfWork, call: &Call) -> Result<Deployment, Problem> {
    match work.deployments().find(&id(call)).await? {
        Some(found) => Ok(found),
        None => Err(missing(call)),
    }
}

/// The same, to be looked at only; a missing group or subscription is told first.
async fn look_up(call: &Call) -> Result<Deployment, Problem> {
    let mut reader = call.control.store().reader().await?;
    if let Some(found) = reader.deployments().find(&id(call)).await? {
        return Ok(found);
    }
    crate::kinds::require_scope(reader.resources(), &scope(call)).await?;
    Err(missing(call))
}

fn missing(call: &Call) -> Problem {
    Problem::new(
        Code::DeploymentNotFound,
        format!(
            "Deployment '{}' could not be found.",
            printable(call.param("name"))
        ),
    )
}

fn shown_reply(status: StatusCode, deployment: &Deployment) -> Result<Reply, Problem> {
    Ok(cupola_edge::json(status, &document::shown(deployment)?))
}
