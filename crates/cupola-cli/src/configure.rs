//! `cupola configure`: remember what is the same in every command.

use clap::Args;
use serde_json::{Value, json};

use crate::defaults;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `cupola configure`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  \
    cupola configure --defaults group=cupola workspace=hello-project\n  \
    cupola configure --defaults workspace=          # forget the workspace\n  \
    cupola configure --list-defaults -o table")]
pub struct Configure {
    /// Defaults as name=value; the names are group, workspace and subscription; an empty value forgets.
    #[arg(short = 'd', long, num_args = 1.., value_name = "NAME=VALUE", required_unless_present = "list_defaults")]
    defaults: Vec<String>,
    /// List what is remembered.
    #[arg(short = 'l', long, conflicts_with = "defaults")]
    list_defaults: bool,
}

impl Configure {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let data_dir = session.data_dir();
        let mut remembered = defaults::read(&data_dir)?;
        if !self.list_defaults {
            for assignment in &self.defaults {
                remembered.apply(assignment)?;
            }
            defaults::write(&data_dir, remembered)?;
            return Ok(Answer::Nothing);
        }
        let source = data_dir.join("cli.toml").display().to_string();
        let rows = [
            ("group", remembered.group),
            ("workspace", remembered.workspace),
            ("subscription", remembered.subscription),
        ];
        let rows = rows
            .into_iter()
            .filter_map(|(name, value)| Some(json!({"name": name, "source": source, "value": value?})));
        Ok(Answer::value(Value::Array(rows.collect())))
    }
}
