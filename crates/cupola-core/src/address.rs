//! Where this server is reached, and how Target URIs are written.

/// The public addresses, without a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// Where management and identity answer, such as `https://127.0.0.1:8443`.
    pub https: String,
    /// Plain HTTP on loopback, such as `http://127.0.0.1:8080`.
    pub http: Option<String>,
    /// With a base domain such as `models.example.com`, endpoints have hosts of their own: `NAME.REGION.BASE`.
    pub base_domain: Option<String>,
}

impl Addresses {
    /// The Target URI of an endpoint; clients append `/chat/completions` (decision 0005).
    pub fn target_uri(&self, region: &str, name: &str) -> String {
        match &self.base_domain {
            Some(base) => format!("https://{name}.{region}.{base}"),
            None => format!("{}/endpoints/{region}/{name}", self.https),
        }
    }

    /// The endpoint of an account, by the name that the data plane finds it by; it ends with a slash, as clients expect.
    pub fn account_uri(&self, domain: &str) -> String {
        match &self.base_domain {
            Some(base) => format!("https://{domain}.{base}/"),
            None => format!("{}/accounts/{domain}/", self.https),
        }
    }
}
