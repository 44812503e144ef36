//! Resource providers: which types there are, and in which versions. Everything is registered until somebody says
//! otherwise, and nothing is refused because of it.

mod get;
mod list;
mod nearest;
mod register;
mod table;

use crate::dispatch::{Route, action, list, route};
use cupola_core::Problem;
use cupola_core::name::{REGIONS, fold};
use cupola_store::Reader;
use serde_json::{Value, json};
use table::{PROVIDERS, Provider};

pub(crate) use nearest::unknown_type;

pub(crate) const ROUTES: &[Route] = &[
    route(
        "GET",
        "/subscriptions/{subscription}/providers",
        list!("Microsoft.Resources/subscriptions/providers/read", list::list),
    ),
    route(
        "GET",
        "/subscriptions/{subscription}/providers/{namespace}",
        list!("Microsoft.Resources/subscriptions/providers/read", get::get),
    ),
    route(
        "POST",
        "/subscriptions/{subscription}/providers/{namespace}/register",
        action!(
            "Microsoft.Resources/subscriptions/providers/register/action",
            register::register
        ),
    ),
    route(
        "POST",
        "/subscriptions/{subscription}/providers/{namespace}/unregister",
        action!(
            "Microsoft.Resources/subscriptions/providers/unregister/action",
            register::unregister
        ),
    ),
];

// Types that nobody listed, but that something is kept of, are shown in this version: every version gets the same answer.
const KEPT_VERSION: &str = "2024-10-01";

fn find(namespace: &str) -> Option<&'static Provider> {
    PROVIDERS
        .iter()
        .find(|provider| provider.namespace.eq_ignore_ascii_case(namespace))
}

/// Where the registration of a namespace is remembered.
fn fact(subscription: &str, namespace: &str) -> String {
    fold(&format!("registration/{subscription}/{namespace}"))
}

async fn state(reader: &mut Reader, subscription: &str, namespace: &str) -> Result<String, Problem> {
    let known = reader.access().fact(&fact(subscription, namespace)).await?;
    Ok(known.unwrap_or_else(|| "Registered".to_owned()))
}

/// A namespace with the types that are listed and those that something is kept of; `None` where there are neither.
async fn read(reader: &mut Reader, subscription: &str, namespace: &str) -> Result<Option<Value>, Problem> {
    let listed = find(namespace);
    let kept = reader.resources().types(namespace).await?;
    let name = listed.map(|provider| provider.namespace.to_owned());
    let kept_name = kept
        .first()
        .and_then(|kind| kind.split('/').next())
        .map(str::to_owned);
    let Some(name) = name.or(kept_name) else {
        return Ok(None);
    };
    let state = state(reader, subscription, &name).await?;
    let mut types: Vec<(String, Vec<&str>)> = listed
        .map(|provider| provider.types)
        .unwrap_or_default()
        .iter()
        .map(|(kind, versions)| ((*kind).to_owned(), versions.to_vec()))
        .collect();
    for kind in kept {
        let kind = kind.split_once('/').map_or("", |(_, kind)| kind);
        // Generic clients look for the parent type first.
        let parent = kind.split('/').next().unwrap_or_default();
        for kind in [parent, kind] {
            if !types.iter().any(|(known, _)| known.eq_ignore_ascii_case(kind)) {
                types.push((kind.to_owned(), vec![KEPT_VERSION]));
            }
        }
    }
    Ok(Some(shown(subscription, &name, &state, &types)))
}

fn shown(subscription: &str, namespace: &str, state: &str, types: &[(String, Vec<&str>)]) -> Value {
    let regions: Vec<&str> = REGIONS.iter().map(|(_, display)| *display).collect();
    let types: Vec<Value> = types
        .iter()
        .map(|(name, versions)| {
            let newest = versions
                .iter()
                .find(|version| version.len() == 10)
                .or(versions.first());
            json!({
                "resourceType": name,
                "locations": regions,
                "apiVersions": versions,
                "defaultApiVersion": newest,
                "capabilities": "SupportsTags, SupportsLocation",
            })
        })
        .collect();
    json!({
        "id": format!("/subscriptions/{subscription}/providers/{namespace}"),
        "namespace": namespace,
        "registrationState": state,
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": types,
    })
}
