//! `client.json`: what the command line needs to reach this server. Only the owner may read it; it holds a secret.

use crate::data_dir::{DataDir, write_private};
use anyhow::{Context as _, bail};
use cupola_control::FirstStartReport;
use cupola_core::address::Addresses;
use cupola_edge::tls::Tls;
use serde::{Deserialize, Serialize};

const NAME: &str = "client.json";

#[derive(Serialize, Deserialize)]
pub(crate) struct ClientFile {
    pub(crate) url: String,
    pub(crate) http_url: String,
    pub(crate) portal_url: String,
    pub(crate) authority: String,
    pub(crate) tenant_id: String,
    pub(crate) client_id: String,
    client_secret: String,
    pub(crate) subscription_id: String,
    pub(crate) resource_group: String,
    pub(crate) workspace: String,
    #[serde(default)]
    ca_file: String,
    #[serde(default)]
    ca_bundle_file: String,
}

impl ClientFile {
    /// Takes the secret that was just made, or the one that the file holds from an earlier start.
    pub(crate) fn new(
        data_dir: &DataDir,
        addresses: &Addresses,
        report: &FirstStartReport,
    ) -> anyhow::Result<Self> {
        let client_secret = match &report.client_secret {
            Some(secret) => secret.expose().to_owned(),
            None => kept_secret(data_dir, report)?,
        };
        Ok(Self {
            url: addresses.https.clone(),
            http_url: addresses.http.clone().unwrap_or_default(),
            portal_url: format!("{}/portal", addresses.https),
            authority: addresses.https.clone(),
            tenant_id: report.tenant_id.clone(),
            client_id: report.client_id.clone(),
            client_secret,
            subscription_id: report.subscription_id.clone(),
            resource_group: report.resource_group.clone(),
            workspace: report.workspace.clone(),
            ca_file: String::new(),
            ca_bundle_file: String::new(),
        })
    }

    /// Writes the file where it differs.
    pub(crate) fn write(&self, data_dir: &DataDir, tls: &Tls) -> anyhow::Result<()> {
        let mut text = serde_json::to_value(self)?;
        text["ca_file"] = tls.ca_file.display().to_string().into();
        text["ca_bundle_file"] = tls.bundle_file.display().to_string().into();
        let text = serde_json::to_string_pretty(&text)?;
        let path = data_dir.join(NAME);
        if std::fs::read_to_string(&path).is_ok_and(|old| old == text) {
            return Ok(());
        }
        write_private(&path, text.as_bytes())
    }
}

fn kept_secret(data_dir: &DataDir, report: &FirstStartReport) -> anyhow::Result<String> {
    let path = data_dir.join(NAME);
    let text = std::fs::read_to_string(&path).with_context(|| {
        format!(
            "{} holds the administrator's secret and cannot be read",
            path.display()
        )
    })?;
    let kept: ClientFile = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    if kept.client_id != report.client_id {
        bail!(
            "{} belongs to another installation; restore the one of this data directory",
            path.display()
        );
    }
    Ok(kept.client_secret)
}
