//! `Microsoft.SaaS/resources`: marketplace subscriptions as the marketplace shows them. They come and go with those.

mod delete;
mod get;
mod list;
mod patch;

use crate::dispatch::{Call, Route, action, list, route};
use crate::kinds::SAAS;
use cupola_core::ResourceId;

const IN_SUBSCRIPTION: &str = "/subscriptions/{subscription}/providers/Microsoft.SaaS/resources";
const IN_GROUP: &str =
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.SaaS/resources";
const ONE: &str =
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.SaaS/resources/{name}";

const READ: &str = "Microsoft.SaaS/resources/read";

pub(crate) const ROUTES: &[Route] = &[
    route("GET", IN_SUBSCRIPTION, list!(READ, list::in_subscription)),
    route("GET", IN_GROUP, list!(READ, list::in_group)),
    route("GET", ONE, action!(READ, get::get)),
    route(
        "PATCH",
        ONE,
        action!("Microsoft.SaaS/resources/write", patch::patch),
    ),
    route(
        "DELETE",
        ONE,
        action!("Microsoft.SaaS/resources/delete", delete::delete),
    ),
];

fn id(call: &Call) -> ResourceId {
    ResourceId::group(call.param("subscription"), call.param("group")).resource(
        SAAS,
        "resources",
        call.param("name"),
    )
}
