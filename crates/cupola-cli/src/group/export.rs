//! `export`: what is in a group, as a template.

use clap::Args;
use http::Method;
use serde_json::json;

use super::LIST;
use crate::arm::version;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `export`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola group export -n cupola > cupola.json")]
pub struct Export {
    /// Name of the group.
    #[arg(short = 'n', long, visible_alias = "resource-group", short_alias = 'g')]
    name: String,
    /// Only these resources, by id.
    #[arg(long, num_args = 1.., value_name = "ID")]
    resource_ids: Vec<String>,
    /// Give parameters their values of today as defaults.
    #[arg(long)]
    include_parameter_default_value: bool,
    /// Write names and values out, without parameters for them.
    #[arg(long)]
    skip_all_params: bool,
}

impl Export {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let url = arm.url(
            &format!("{}/exportTemplate", arm.group(&self.name)),
            version::RESOURCES,
        );
        let chosen = [
            (
                self.include_parameter_default_value,
                "IncludeParameterDefaultValue",
            ),
            (self.skip_all_params, "SkipAllParameterization"),
        ];
        let options: Vec<&str> = chosen
            .iter()
            .filter(|(on, _)| *on)
            .map(|(_, name)| *name)
            .collect();
        let resources = if self.resource_ids.is_empty() {
            vec!["*".to_owned()]
        } else {
            self.resource_ids
        };
        let mut body = json!({"resources": resources});
        if !options.is_empty() {
            body["options"] = options.join(", ").into();
        }
        let progress = session.progress(&format!("Exporting '{}'", self.name));
        let found = arm.change(Method::POST, &url, Some(&body), &progress).await;
        let mut found = found
            .map_err(|failure| failure.hint_when_missing(LIST))?
            .unwrap_or_default();
        drop(progress);
        if let Some(message) = found["error"]["message"].as_str() {
            session.warn(message);
        }
        Ok(Answer::value(found["template"].take()))
    }
}
