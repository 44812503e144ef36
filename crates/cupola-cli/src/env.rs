//! `cupola env`: point the real clients here.

use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;
use crate::settings::{ClientFile, Environment, nothing_running, set, variable};

/// The flags of `cupola env`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  \
    eval \"$(cupola env)\"\n  \
    cupola env --shell fish | source\n  \
    cupola env --shell powershell | Out-String | Invoke-Expression\n  \
    cupola env -o json --query AZURE_TENANT_ID")]
pub struct Env {
    /// The shell that will read the lines; bash is also for zsh and sh.
    #[arg(long, value_enum, default_value = "bash")]
    shell: Shell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Fish,
    Powershell,
}

impl Env {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let data_dir = session.data_dir();
        let data_dir = std::path::absolute(&data_dir).unwrap_or(data_dir);
        let file = session.client_file()?;
        let variables = variables(&data_dir.to_string_lossy(), file.as_ref(), session.environment())?;
        // Asked for a format or a part, the variables are an answer like any other.
        if session.globals.output.is_some() || session.globals.query.is_some() {
            let fields = variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), Value::from(value)));
            return Ok(Answer::value(Value::Object(fields.collect())));
        }
        Ok(Answer::Text(
            variables
                .iter()
                .map(|(name, value)| line(self.shell, name, value))
                .collect(),
        ))
    }
}

// Here the file wins over the environment: this command replaces what an earlier one left in the shell.
pub(crate) fn variables(
    data_dir: &str,
    file: Option<&ClientFile>,
    environment: &Environment,
) -> Result<Vec<(&'static str, String)>, Failure> {
    let file = file.cloned().unwrap_or_default();
    let old = |name: &str| set(environment, name).map(str::to_owned);
    let path = |path: Option<std::path::PathBuf>| path.map(|path| path.to_string_lossy().into_owned());
    let url = file
        .url
        .or_else(|| old(variable::URL))
        .ok_or_else(nothing_running)?;
    let url = url.trim_end_matches('/').to_owned();
    let bundle = path(file.ca_bundle_file)
        .or_else(|| path(file.ca_file.clone()))
        .or_else(|| old(variable::CA_BUNDLE));
    let known = [
        (variable::URL, Some(url.clone())),
        (variable::DATA_DIR, Some(data_dir.to_owned())),
        (
            variable::PORTAL_URL,
            Some(file.portal_url.unwrap_or_else(|| format!("{url}/portal"))),
        ),
        (
            variable::AUTHORITY,
            file.authority
                .or_else(|| old(variable::AUTHORITY))
                .or_else(|| Some(url.clone())),
        ),
        // This tenant makes azure-identity skip instance discovery; any other asks the public cloud first.
        (variable::TENANT, Some("adfs".to_owned())),
        (
            variable::CLIENT_ID,
            file.client_id.or_else(|| old(variable::CLIENT_ID)),
        ),
        (
            variable::CLIENT_SECRET,
            file.client_secret
                .map(|secret| secret.reveal().to_owned())
                .or_else(|| old(variable::CLIENT_SECRET)),
        ),
        (
            variable::SUBSCRIPTION,
            file.subscription_id.or_else(|| old(variable::SUBSCRIPTION)),
        ),
        (
            "ARM_CLOUD_METADATA_URL",
            Some(format!("{url}/metadata/endpoints?api-version=2019-05-01")),
        ),
        // Versions of azure-ai-ml from before 1.20 take the cloud of this name from the document; later ones find it.
        ("AZUREML_CURRENT_CLOUD", Some("Cupola".to_owned())),
        ("REGISTRY_DISCOVERY_ENDPOINT_URL", Some(format!("{url}/"))),
        ("REQUESTS_CA_BUNDLE", bundle.clone()),
        (variable::CA_BUNDLE, bundle.clone()),
        ("NODE_EXTRA_CA_CERTS", path(file.ca_file).or(bundle)),
    ];
    Ok(known
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect())
}

pub(crate) fn line(shell: Shell, name: &str, value: &str) -> String {
    match shell {
        Shell::Bash => format!("export {name}='{}'\n", value.replace('\'', r"'\''")),
        Shell::Fish => format!(
            "set -gx {name} '{}'\n",
            value.replace('\\', r"\\").replace('\'', r"\'")
        ),
        Shell::Powershell => format!("$env:{name} = '{}'\n", value.replace('\'', "''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_gets_back_what_was_put_in() {
        let value = r"a'b\c $x `y` é";
        assert_eq!(line(Shell::Bash, "K", value), "export K='a'\\''b\\c $x `y` é'\n");
        assert_eq!(line(Shell::Fish, "K", value), "set -gx K 'a\\'b\\\\c $x `y` é'\n");
        assert_eq!(
            line(Shell::Powershell, "K", value),
            "$env:K = 'a''b\\c $x `y` é'\n"
        );
    }

    #[test]
    fn a_real_shell_agrees() {
        let value = "it's \"$HOME\"\n\\ `x` $(y)";
        let script = format!("{}printf %s \"$K\"", line(Shell::Bash, "K", value));
        let output = std::process::Command::new("sh")
            .args(["-c", &script])
            .output()
            .expect("sh runs");
        assert_eq!(String::from_utf8_lossy(&output.stdout), value);
    }

    #[test]
    fn exactly_these_variables() {
        let file: ClientFile = serde_json::from_str(
            r#"{"url":"https://127.0.0.1:8443","portal_url":"https://127.0.0.1:8443/portal","authority":"https://127.0.0.1:8443",
                "tenant_id":"T","client_id":"C","client_secret":"it's","subscription_id":"U","ca_file":"/d/ca.pem","ca_bundle_file":"/d/bundle.pem"}"#,
        )
        .expect("parses");
        let stale = Environment::from([("CUPOLA_URL".into(), "https://127.0.0.1:1".into())]);
        let text: String = variables("/d", Some(&file), &stale)
            .expect("all known")
            .iter()
            .map(|(name, value)| line(Shell::Bash, name, value))
            .collect();
        insta::assert_snapshot!(text, @r"
        export CUPOLA_URL='https://127.0.0.1:8443'
        export CUPOLA_DATA_DIR='/d'
        export CUPOLA_PORTAL_URL='https://127.0.0.1:8443/portal'
        export AZURE_AUTHORITY_HOST='https://127.0.0.1:8443'
        export AZURE_TENANT_ID='adfs'
        export AZURE_CLIENT_ID='C'
        export AZURE_CLIENT_SECRET='it'\''s'
        export AZURE_SUBSCRIPTION_ID='U'
        export ARM_CLOUD_METADATA_URL='https://127.0.0.1:8443/metadata/endpoints?api-version=2019-05-01'
        export AZUREML_CURRENT_CLOUD='Cupola'
        export REGISTRY_DISCOVERY_ENDPOINT_URL='https://127.0.0.1:8443/'
        export REQUESTS_CA_BUNDLE='/d/bundle.pem'
        export SSL_CERT_FILE='/d/bundle.pem'
        export NODE_EXTRA_CA_CERTS='/d/ca.pem'
        ");
        assert!(variables("/d", None, &Environment::new()).is_err());
    }
}
