//! Where the server is and who we are: the environment, else the file that the server wrote.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::failure::Failure;
use crate::transport::Address;

/// The names of the variables, each once.
pub(crate) mod variable {
    pub(crate) const URL: &str = "CUPOLA_URL";
    pub(crate) const DATA_DIR: &str = "CUPOLA_DATA_DIR";
    pub(crate) const PORTAL_URL: &str = "CUPOLA_PORTAL_URL";
    pub(crate) const AUTHORITY: &str = "AZURE_AUTHORITY_HOST";
    pub(crate) const TENANT: &str = "AZURE_TENANT_ID";
    pub(crate) const CLIENT_ID: &str = "AZURE_CLIENT_ID";
    pub(crate) const CLIENT_SECRET: &str = "AZURE_CLIENT_SECRET";
    pub(crate) const SUBSCRIPTION: &str = "AZURE_SUBSCRIPTION_ID";
    pub(crate) const CA_BUNDLE: &str = "SSL_CERT_FILE";
    pub(crate) const NO_COLOR: &str = "NO_COLOR";
}

/// The variables that the binary read.
pub(crate) type Environment = BTreeMap<String, String>;

/// `client.json`: how to reach and use the server of this data directory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct ClientFile {
    pub(crate) url: Option<String>,
    pub(crate) http_url: Option<String>,
    pub(crate) portal_url: Option<String>,
    pub(crate) authority: Option<String>,
    pub(crate) tenant_id: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<Secret>,
    pub(crate) subscription_id: Option<String>,
    pub(crate) resource_group: Option<String>,
    pub(crate) workspace: Option<String>,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) ca_bundle_file: Option<PathBuf>,
}

/// Text that is never shown by accident.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Secret(String);

/// What every request needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) url: String,
    pub(crate) authority: String,
    pub(crate) tenant: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: Secret,
    pub(crate) subscription: String,
    pub(crate) ca_files: Vec<PathBuf>,
    pub(crate) resource_group: Option<String>,
    pub(crate) workspace: Option<String>,
    /// Whether the environment named the server or the caller: it may be from yesterday.
    pub(crate) from_environment: bool,
}

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that sends it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// The data directory that the environment names, else the usual one.
pub(crate) fn data_dir(environment: &Environment, usual: &Path) -> PathBuf {
    set(environment, variable::DATA_DIR).map_or_else(|| usual.to_owned(), PathBuf::from)
}

/// Reads `client.json`; a file that is not there is no error, because the environment may say it all.
pub(crate) fn read_client_file(data_dir: &Path) -> Result<Option<ClientFile>, Failure> {
    let path = data_dir.join("client.json");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(Failure::new(format!("{} cannot be read: {error}", path.display()))
                .hint("the same command as the user who runs the server, or set CUPOLA_URL and the AZURE_ variables"));
        }
    };
    serde_json::from_str(&text).map(Some).map_err(|error| {
        Failure::new(format!(
            "{} is not what cupola serve writes: {error}",
            path.display()
        ))
        .hint("script/server (or cupola serve), which writes it anew")
    })
}

/// Puts the environment over the file, value by value.
pub(crate) fn resolve(environment: &Environment, file: Option<&ClientFile>) -> Result<Settings, Failure> {
    let named = set(environment, variable::URL);
    // The file's secret belongs to the file's server: it must not fill the gaps for another one.
    let file = file
        .filter(|file| named.is_none_or(|url| speaks_of(file, url)))
        .cloned()
        .unwrap_or_default();
    let Some(url) = named.map(trimmed).or_else(|| file.url.as_deref().map(trimmed)) else {
        return Err(nothing_running());
    };
    let authority = match set(environment, variable::AUTHORITY) {
        // azure-identity takes a bare host name here, so we do as well.
        Some(host) if !host.contains("://") => trimmed(&format!("https://{host}")),
        Some(host) => trimmed(host),
        None => file.authority.as_deref().map_or_else(|| url.clone(), trimmed),
    };
    let mut missing = Vec::new();
    let mut value = |name: &'static str, recorded: Option<&String>| {
        set(environment, name)
            .map(Into::into)
            .or_else(|| recorded.cloned())
            .unwrap_or_else(|| {
                missing.push(name);
                String::new()
            })
    };
    let tenant = value(variable::TENANT, file.tenant_id.as_ref());
    let subscription = value(variable::SUBSCRIPTION, file.subscription_id.as_ref());
    // An id and its secret belong together: half of a pair from each side can only be refused.
    let pair = (
        set(environment, variable::CLIENT_ID),
        set(environment, variable::CLIENT_SECRET),
    );
    let (client_id, client_secret) = match (pair, file.client_id, file.client_secret) {
        ((Some(id), Some(secret)), _, _) => (id.to_owned(), Secret::new(secret)),
        (_, Some(id), Some(secret)) => (id, secret),
        ((id, secret), _, _) => {
            missing.extend(id.is_none().then_some(variable::CLIENT_ID));
            missing.extend(secret.is_none().then_some(variable::CLIENT_SECRET));
            (String::new(), Secret::new(""))
        }
    };
    if !missing.is_empty() {
        return Err(Failure::new(format!(
            "The server is {url}, but {} is not set.",
            missing.join(" and ")
        ))
        .hint("eval \"$(cupola env)\" on the machine of the server, or set it to what its administrator gave you"));
    }
    // Both, because SSL_CERT_FILE is often the distribution's and does not know a local CA.
    let named_bundle = set(environment, variable::CA_BUNDLE).map(PathBuf::from);
    Ok(Settings {
        url,
        authority,
        tenant,
        client_id,
        client_secret,
        subscription,
        ca_files: named_bundle
            .into_iter()
            .chain(file.ca_file)
            .filter(|path| !path.as_os_str().is_empty())
            .collect(),
        resource_group: file.resource_group,
        workspace: file.workspace,
        from_environment: named.is_some() || pair.0.is_some(),
    })
}

/// The error for a machine on which nothing was ever started.
pub(crate) fn nothing_running() -> Failure {
    Failure::new(
        "No Cupola server is known here: start it with script/server (or cupola serve), \
         or set CUPOLA_URL, AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET and AZURE_SUBSCRIPTION_ID.",
    )
    .hint("script/server")
}

/// A variable's value; an empty variable counts as absent, as shells make them so.
pub(crate) fn set<'a>(environment: &'a Environment, name: &str) -> Option<&'a str> {
    environment
        .get(name)
        .map(String::as_str)
        .filter(|value| !value.is_empty())
}

fn trimmed(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}

fn speaks_of(file: &ClientFile, url: &str) -> bool {
    let Ok(wanted) = Address::parse(url) else {
        return false;
    };
    [&file.url, &file.http_url]
        .into_iter()
        .flatten()
        .filter_map(|recorded| Address::parse(recorded).ok())
        .any(|recorded| recorded.origin == wanted.origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> ClientFile {
        let text = r#"{"url":"https://127.0.0.1:8443","http_url":"http://127.0.0.1:8080","authority":"https://127.0.0.1:8443",
            "tenant_id":"T","client_id":"C","client_secret":"S","subscription_id":"U","resource_group":"cupola","workspace":"w",
            "ca_file":"/d/tls/ca.pem","ca_bundle_file":"/d/tls/bundle.pem","later":1}"#;
        serde_json::from_str(text).expect("parses")
    }

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        pairs
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect()
    }

    #[test]
    fn the_file_alone_is_enough() {
        let settings = resolve(&environment(&[]), Some(&file())).expect("resolves");
        assert_eq!(settings.url, "https://127.0.0.1:8443");
        assert_eq!(settings.client_secret.reveal(), "S");
        assert_eq!(settings.ca_files, [PathBuf::from("/d/tls/ca.pem")]);
        assert_eq!(settings.workspace.as_deref(), Some("w"));
        assert!(!settings.from_environment);
    }

    #[test]
    fn the_environment_wins_value_by_value() {
        let vars = environment(&[
            ("CUPOLA_URL", "http://127.0.0.1:8080/"),
            ("AZURE_TENANT_ID", "adfs"),
            ("AZURE_CLIENT_ID", ""),
        ]);
        let settings = resolve(&vars, Some(&file())).expect("resolves");
        assert_eq!(
            (settings.url.as_str(), settings.tenant.as_str()),
            ("http://127.0.0.1:8080", "adfs")
        );
        assert_eq!(
            (settings.client_id.as_str(), settings.subscription.as_str()),
            ("C", "U")
        );
    }

    #[test]
    fn half_a_credential_is_not_mixed_with_the_other_half() {
        let vars = environment(&[("AZURE_CLIENT_ID", "mine")]);
        assert_eq!(resolve(&vars, Some(&file())).expect("resolves").client_id, "C");
        let vars = environment(&[("AZURE_CLIENT_ID", "mine"), ("AZURE_CLIENT_SECRET", "s")]);
        assert_eq!(resolve(&vars, Some(&file())).expect("resolves").client_id, "mine");
    }

    #[test]
    fn another_server_gets_nothing_from_the_file() {
        let vars = environment(&[("CUPOLA_URL", "https://cupola.example.test")]);
        let failure = resolve(&vars, Some(&file())).expect_err("fails");
        assert_eq!(
            failure.message,
            "The server is https://cupola.example.test, but AZURE_TENANT_ID and AZURE_SUBSCRIPTION_ID and AZURE_CLIENT_ID and AZURE_CLIENT_SECRET is not set."
        );
    }

    #[test]
    fn nothing_at_all_says_how_to_start() {
        let failure = resolve(&environment(&[]), None).expect_err("fails");
        assert!(
            failure
                .message
                .contains("start it with script/server (or cupola serve), or set CUPOLA_URL"),
            "{failure:?}"
        );
    }

    #[test]
    fn an_authority_may_be_a_bare_host() {
        let vars = environment(&[("AZURE_AUTHORITY_HOST", "login.example.test/")]);
        assert_eq!(
            resolve(&vars, Some(&file())).expect("resolves").authority,
            "https://login.example.test"
        );
    }

    #[test]
    fn secrets_are_not_shown() {
        assert!(!format!("{:?}", file()).contains("\"S\""));
    }

    #[test]
    fn a_broken_file_names_itself() {
        let dir = tempfile::tempdir().expect("a directory");
        assert_eq!(read_client_file(dir.path()).expect("absent is fine"), None);
        std::fs::write(dir.path().join("client.json"), "{").expect("writes");
        assert!(
            read_client_file(dir.path())
                .expect_err("fails")
                .message
                .contains("client.json is not what")
        );
    }
}
