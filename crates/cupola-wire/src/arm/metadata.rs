//! Cloud metadata: how clients learn where everything is.

use serde::Serialize;
use serde_json::{Value, json};

/// One cloud, as `GET /metadata/endpoints` describes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cloud {
    /// Its name.
    pub name: String,
    /// The portal. The SDK derives an audience from the text after its second dot.
    pub portal: String,
    /// The resource manager.
    pub resource_manager: String,
    /// Who signs in, and for which audience.
    pub authentication: Value,
    /// The directory.
    pub graph: String,
    /// The directory's audience.
    pub graph_audience: String,
    /// The directory's newer name.
    pub microsoft_graph_resource_id: String,
    /// Suffixes of hosts; `storage` must be there or the SDK drops the cloud.
    pub suffixes: Value,
    gallery: String,
    batch: String,
    media: String,
    active_directory_data_lake: String,
    sql_management: String,
    vm_image_alias_doc: String,
    log_analytics_resource_id: String,
}

impl Cloud {
    /// The cloud whose every service answers at `origin`, `https://HOST`.
    pub fn at(origin: &str) -> Self {
        let host = origin.split_once("://").map_or(origin, |(_, host)| host);
        // Suffixes are parts of host names: no port.
        let domain = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let suffixes = json!({
            "storage": format!("core.{domain}"),
            "keyVaultDns": format!("vault.{domain}"),
            "acrLoginServer": format!("azurecr.{domain}"),
            "sqlServerHostname": format!("database.{domain}"),
        });
        let authentication = json!({
            "loginEndpoint": origin,
            "audiences": [format!("{origin}/")],
            "tenant": "common",
            "identityProvider": "AAD",
        });
        Self {
            name: "Cupola".to_owned(),
            portal: format!("{origin}/portal"),
            resource_manager: origin.to_owned(),
            authentication,
            graph: origin.to_owned(),
            graph_audience: format!("{origin}/"),
            microsoft_graph_resource_id: format!("{origin}/"),
            suffixes,
            gallery: format!("{origin}/portal"),
            batch: origin.to_owned(),
            media: origin.to_owned(),
            active_directory_data_lake: origin.to_owned(),
            sql_management: origin.to_owned(),
            vm_image_alias_doc: format!("{origin}/portal/aliases.json"),
            log_analytics_resource_id: origin.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_have_no_port() {
        assert_eq!(
            Cloud::at("https://a.test:8443").suffixes["storage"],
            "core.a.test"
        );
        assert_eq!(Cloud::at("https://a.test").suffixes["storage"], "core.a.test");
        assert_eq!(
            Cloud::at("https://a.test:8443").resource_manager,
            "https://a.test:8443"
        );
    }
}
