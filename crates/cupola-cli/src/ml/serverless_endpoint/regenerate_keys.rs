//! `regenerate-keys`: replace one of the two keys.

use clap::{Args, ValueEnum};
use http::Method;
use serde_json::{Value, json};

use super::get_credentials::{keys, only_keys};
use super::url;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::{Session, WorkspaceFlags};

/// The flags of `regenerate-keys`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola ml serverless-endpoint regenerate-keys -n hello --key-type secondary")]
pub struct RegenerateKeys {
    /// Name of the endpoint.
    #[arg(short = 'n', long)]
    name: String,
    /// The key to replace.
    #[arg(long, value_enum, ignore_case = true, default_value = "primary")]
    key_type: KeyType,
    #[command(flatten)]
    place: WorkspaceFlags,
    /// Do not wait for the new key.
    #[arg(long)]
    no_wait: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KeyType {
    Primary,
    Secondary,
}

impl RegenerateKeys {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let place = session.place(&self.place, &arm)?;
        let current = keys(&arm, &place, &self.name).await?;
        let url = url(&arm, &place, Some(&self.name), Some("regenerateKeys"));
        let progress = session.progress(&format!("Replacing a key of '{}'", self.name));
        let begun = arm
            .begin(Method::POST, &url, Some(&body(self.key_type, &current)))
            .await?;
        if self.no_wait {
            return Ok(Answer::Nothing);
        }
        match arm.finish(begun, &progress).await? {
            Some(answer) if answer["primaryKey"].is_string() => Ok(Answer::value(only_keys(&answer))),
            // A server may end the operation without repeating its result.
            _ => Ok(Answer::value(keys(&arm, &place, &self.name).await?)),
        }
    }
}

// The service wants the key that is being replaced, so that two callers do not replace it twice.
fn body(key_type: KeyType, current: &Value) -> Value {
    match key_type {
        KeyType::Primary => json!({"keyType": "Primary", "keyValue": current["primaryKey"]}),
        KeyType::Secondary => json!({"keyType": "Secondary", "keyValue": current["secondaryKey"]}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_names_the_key_that_goes() {
        let current = json!({"primaryKey": "p", "secondaryKey": "s"});
        assert_eq!(
            body(KeyType::Primary, &current).to_string(),
            r#"{"keyType":"Primary","keyValue":"p"}"#
        );
        assert_eq!(
            body(KeyType::Secondary, &current).to_string(),
            r#"{"keyType":"Secondary","keyValue":"s"}"#
        );
    }
}
