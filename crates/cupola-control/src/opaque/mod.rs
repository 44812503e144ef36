//! Resources of types that this server knows nothing about: kept as they are, shown again, deleted. Nothing is made.
//!
//! Templates bring their storage accounts, vaults and networks along; what refers to them must find them. So any type
//! outside our own namespaces is taken, at a subscription, in a group, below another resource or as an extension of one.

mod body;
mod delete;
mod get;
mod invoke;
mod list;
mod patch;
mod put;

use crate::dispatch::{Call, Params, Route, derived, list, route, signed_in};
use crate::kinds::{not_found, require_group, require_subscription};
use cupola_core::name::printable;
use cupola_core::{Code, Problem, ResourceId};
use cupola_store::Resource;
use cupola_store::resources::Resources;
use http::Method;

// Every type in these is ours, or is refused: keeping a model deployment as it is would look like one.
const OURS: [&str; 8] = [
    "Microsoft.MachineLearningServices",
    "Microsoft.SaaS",
    "Microsoft.Resources",
    "Microsoft.Authorization",
    "Microsoft.Subscription",
    "Microsoft.MarketplaceOrdering",
    "Microsoft.CognitiveServices",
    "Microsoft.Graph",
];

// The activity log is ours although its namespace is not.
const OUR_TYPES: [&str; 1] = ["microsoft.insights/eventtypes"];

/// Types and names in turn, at most this many pairs: deeper than any published type.
const DEPTH_MAX: usize = 12;
/// As the resource manager has it.
const NAME_CHARS_MAX: usize = 260;

const ONE: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/{namespace}/{type}/{name}";
const LIST: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/{namespace}/{type}";
const INVOKE: &str =
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/{namespace}/{type}/{name}/{action}";

/// What can be done to any resource. The paths stand for all depths; [`find`] chooses.
pub(crate) const ROUTES: &[Route] = &[
    route("GET", ONE, derived!("read", get::get)),
    route("PUT", ONE, derived!("write", put::put)),
    route("PATCH", ONE, derived!("write", patch::patch)),
    route("DELETE", ONE, derived!("delete", delete::delete)),
    route(
        "GET",
        LIST,
        list!("Microsoft.Resources/subscriptions/resources/read", list::list),
    ),
    route("POST", INVOKE, signed_in!(invoke::invoke)),
];

/// The route for a path that no other route knows, where it names a resource, a list or an action of a type that is kept.
pub(crate) fn find(method: &Method, path: &[String]) -> Option<(&'static Route, Params)> {
    let provider = path
        .iter()
        .rposition(|segment| segment.eq_ignore_ascii_case("providers"))?;
    let (base, rest) = (&path[..provider], path.get(provider + 1..)?);
    let [namespace, rest @ ..] = rest else { return None };
    let held = ResourceId::parse(&base.join("/"))?;
    if held.subscription.is_none() || is_ours(namespace, rest.first()?) {
        return None;
    }
    let method = if *method == Method::HEAD {
        "GET"
    } else {
        method.as_str()
    };
    let (pattern, name, value) = match (method, rest.len() % 2) {
        ("POST", 1) if rest.len() > 2 => (INVOKE, "invoked", path.join("/")),
        ("GET", 1) => (LIST, "listed", path.join("/")),
        (_, 0) => (ONE, "scope", format!("/{}", path.join("/"))),
        _ => return None,
    };
    let route = ROUTES
        .iter()
        .find(|route| route.path == pattern && route.method == method)?;
    Some((route, Params::one(name, value)))
}

fn is_ours(namespace: &str, kind: &str) -> bool {
    OURS.iter().any(|ours| ours.eq_ignore_ascii_case(namespace))
        || namespace
            .get(..7)
            .is_some_and(|head| head.eq_ignore_ascii_case("Cupola."))
        || OUR_TYPES
            .iter()
            .any(|ours| ours.eq_ignore_ascii_case(&format!("{namespace}/{kind}")))
}

/// The resource that the path names, or the refusal of a name that could not be one.
fn id(call: &Call) -> Result<ResourceId, Problem> {
    let id = ResourceId::parse(call.param("scope")).ok_or_else(Problem::internal)?;
    let refuse = |why: String| Err(Problem::new(Code::InvalidResourceName, why).target("name"));
    if id.path.len() > DEPTH_MAX {
        return refuse(format!(
            "The id has {} pairs of types and names; {DEPTH_MAX} are the most there may be.",
            id.path.len()
        ));
    }
    for part in id.path.iter().flat_map(|(kind, name)| [kind, name]) {
        let too_long = part.chars().count() > NAME_CHARS_MAX;
        if too_long || part.ends_with(' ') || part.contains(|c: char| c.is_control() || "<>%&?\\".contains(c))
        {
            return refuse(format!(
                "The name '{}' is not valid: use at most {NAME_CHARS_MAX} characters, none of <>%&?\\, no control \
                 characters, and no space at the end.",
                printable(part)
            ));
        }
    }
    Ok(id)
}

/// The resource, or the refusal; a missing group or subscription is told first.
async fn require(mut resources: Resources<'_>, id: &ResourceId) -> Result<Resource, Problem> {
    if let Some(found) = resources.find(id).await? {
        return Ok(found);
    }
    let subscription = id.subscription.as_deref().unwrap_or_default();
    match id.group.as_deref() {
        Some(group) => require_group(resources, subscription, group).await?,
        None => require_subscription(resources, subscription).await?,
    };
    Err(not_found(id))
}

/// What holds a new resource must be there. A singleton named `default` is there as soon as its own parent is: the real
/// providers make it, and templates put children into it without declaring it.
async fn require_holder(work: &mut cupola_store::UnitOfWork, id: &ResourceId) -> Result<(), Problem> {
    let mut holder = id.parent();
    while let Some(at) = holder {
        if work.resources().find(&at).await?.is_some() {
            return Ok(());
        }
        if at.provider.is_some() && at.path.len() > 1 && at.name().eq_ignore_ascii_case("default") {
            holder = at.parent();
            continue;
        }
        let (subscription, group) = (
            at.subscription.as_deref().unwrap_or_default(),
            at.group.as_deref(),
        );
        if let Some(group) = group {
            require_group(work.resources(), subscription, group).await?;
        } else {
            require_subscription(work.resources(), subscription).await?;
        }
        return Err(Problem::new(
            Code::ParentResourceNotFound,
            format!(
                "Failed to perform 'write' on resource(s) of type '{}', because the parent resource '{at}' could not be \
                 found.",
                id.resource_type()
            ),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(method: &str, path: &str, expected: Option<&str>) {
        let path: Vec<String> = path
            .split('/')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect();
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let found =
            find(&method, &path).map(|(route, _)| format!("{} {}", route.method, &route.path[LIST.len()..]));
        assert_eq!(found.as_deref(), expected, "{method} {path:?}");
    }

    #[test]
    fn a_type_that_is_not_ours_is_kept_wherever_it_is() {
        let group = "/subscriptions/s/resourceGroups/g";
        let one = "/{name}";
        for (path, action) in [
            (
                format!("{group}/providers/Microsoft.Storage/storageAccounts/a"),
                one,
            ),
            ("/subscriptions/s/providers/Contoso.X/t/n".to_owned(), one),
            (format!("{group}/providers/Microsoft.Insights/components/c"), one),
            (
                format!(
                    "{group}/providers/Microsoft.MachineLearningServices/workspaces/w/providers/Microsoft.Insights/diagnosticSettings/d"
                ),
                one,
            ),
        ] {
            for method in ["GET", "PUT", "PATCH", "DELETE"] {
                check(method, &path, Some(&format!("{method} {action}")));
            }
            check("HEAD", &path, Some("GET /{name}"));
            check("POST", &path, None);
            check("POST", &format!("{path}/listKeys"), Some("POST /{name}/{action}"));
        }
        check("GET", &format!("{group}/providers/Contoso.X/t"), Some("GET "));
        check("POST", &format!("{group}/providers/Contoso.X/t"), None);
        for ours in [
            "Microsoft.MachineLearningServices/workspaces/w/computes/c",
            "microsoft.cognitiveservices/accounts/a",
            "Cupola.Catalog/x/y",
            "Microsoft.Insights/eventtypes/management",
            "Microsoft.Storage",
        ] {
            check("PUT", &format!("{group}/providers/{ours}"), None);
        }
        check("GET", "/providers/Contoso.X/t/n", None);
        check("GET", "/x/providers/Contoso.X/t/n", None);
    }

    proptest! {
        #[test]
        fn no_path_makes_the_search_panic(path in "[/a-c.]{0,40}(/providers/[a-c/]{0,20}){0,3}") {
            let path: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
            let _ = find(&Method::GET, &path);
        }
    }
}
