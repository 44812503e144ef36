//! Which models should have a worker: those that are bound to an engine and that some endpoint or some account serves.

use crate::supervision::Wanted;
use cupola_store::bindings::Binding;
use cupola_store::resources::Below;
use cupola_store::{Store, StoreError};
use cupola_wire::arm::cognitive::{DEPLOYMENT_TYPE, DeploymentProperties};
use cupola_wire::arm::{ENDPOINT_TYPE, EndpointProperties};
use std::collections::HashSet;
use std::time::Duration;
use tokio::sync::watch;

const PAGE: u32 = 500;
const RETRY: Duration = Duration::from_secs(1);

/// Keeps `wanted` as the store has it, until `shutdown` turns true.
pub async fn follow(store: Store, wanted: watch::Sender<Vec<Wanted>>, mut shutdown: watch::Receiver<bool>) {
    let mut changes = store.changes();
    loop {
        changes.mark_unchanged();
        match read(&store).await {
            Ok(now) => {
                wanted.send_if_modified(|before| {
                    let differs = *before != now;
                    *before = now;
                    differs
                });
                tokio::select! {
                    changed = changes.changed() => if changed.is_err() { return },
                    _ = shutdown.wait_for(|stop| *stop) => return,
                }
            }
            Err(error) => {
                // Workers go on as they are: a store that is away must not stop what serves.
                tracing::warn!(error = %error, "the node could not read what is wanted");
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

async fn read(store: &Store) -> Result<Vec<Wanted>, StoreError> {
    let mut reader = store.reader().await?;
    let bindings = reader.bindings().list().await?;
    let mut served = HashSet::new();
    let mut after: Option<String> = None;
    loop {
        let page = reader
            .resources()
            .list(Below::Type(ENDPOINT_TYPE), after.as_deref(), PAGE)
            .await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id.folded());
        for endpoint in page {
            if let Ok(properties) = serde_json::from_value::<EndpointProperties>(endpoint.properties) {
                served.insert(properties.model_settings.model_id.to_ascii_lowercase());
            }
        }
    }
    let mut after: Option<String> = None;
    loop {
        let page = reader
            .resources()
            .list(Below::Type(DEPLOYMENT_TYPE), after.as_deref(), PAGE)
            .await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id.folded());
        for deployment in page {
            if let Ok(properties) = serde_json::from_value::<DeploymentProperties>(deployment.properties) {
                served.insert(properties.model_id.to_ascii_lowercase());
            }
        }
    }
    Ok(wanted(&bindings, &served))
}

fn wanted(bindings: &[Binding], served: &HashSet<String>) -> Vec<Wanted> {
    bindings
        .iter()
        .filter(|binding| served.contains(&binding.model.folded()))
        .filter_map(|binding| {
            Some(Wanted {
                model: binding.model.folded(),
                served_name: binding.model.model().to_owned(),
                path: binding.engine()?.to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cupola_store::bindings::Backend;

    #[test]
    fn only_engine_models_that_an_endpoint_serves_are_wanted() {
        let model = |name: &str| {
            format!("azureml://registries/r/models/{name}")
                .parse()
                .expect("a model id")
        };
        let bindings = [
            Binding::of(model("Used"), Backend::Engine { path: "/a".into() }),
            Binding::of(model("idle"), Backend::Engine { path: "/b".into() }),
            Binding::of(
                model("sim"),
                Backend::Simulator {
                    settings: serde_json::Map::new(),
                },
            ),
        ];
        let served = ["used", "sim"]
            .map(|name| format!("azureml://registries/r/models/{name}"))
            .into_iter()
            .collect();
        let wanted = wanted(&bindings, &served);
        assert_eq!(wanted.len(), 1);
        assert_eq!(
            (wanted[0].served_name.as_str(), wanted[0].path.as_str()),
            ("Used", "/a")
        );
    }
}
