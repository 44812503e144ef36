//! `--template-file`: what is deployed, as the bytes that people wrote, so that complaints name their lines.

use std::path::{Path, PathBuf};

use clap::Args;
use cupola_template::Node;
use serde_json::{Map, Value};

use super::{Place, parameters};
use crate::bicep;
use crate::failure::Failure;
use crate::session::Session;

/// The flags that say what is deployed, how it is called, and with which values.
#[derive(Debug, Clone, Args)]
pub(super) struct Source {
    /// ARM template or Bicep file.
    #[arg(short = 'f', long, value_name = "FILE")]
    template_file: Option<PathBuf>,
    /// Values: key=value, @FILE.json, FILE.bicepparam or JSON. Later ones win.
    #[arg(short = 'p', long, value_name = "KEY=VALUE", num_args = 1..)]
    parameters: Vec<String>,
    /// Name of the deployment; default: the name of the file.
    #[arg(short = 'n', long)]
    name: Option<String>,
    /// Complete also deletes what is in the group and not in the template.
    #[arg(long, value_enum, ignore_case = true, default_value = "Incremental")]
    mode: Mode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "PascalCase")]
enum Mode {
    Incremental,
    Complete,
}

/// A deployment that is ready to be sent.
pub(super) struct Ready {
    pub(super) name: String,
    template: String,
    parameters: Map<String, Value>,
    mode: &'static str,
    location: Option<String>,
}

impl Source {
    /// Reads and compiles what the flags name. `place` says where the record is kept.
    pub(super) fn read<P: Place>(&self, session: &Session, place: &P) -> Result<Ready, Failure> {
        let given = parameters::Given::sort(&self.parameters);
        let from_file = given.bicep_file(session)?;
        let path = self.template_file.as_deref();
        let (template, stem) = match (path, &from_file) {
            (Some(path), _) => (text(session, path)?, stem(path)),
            (None, Some(file)) => (file.template.clone(), stem(&file.path)),
            (None, None) => {
                return Err(Failure::usage(
                    "There is no template: use --template-file FILE, or a .bicepparam file",
                )
                .hint("cupola deployment group create --template-file main.bicep --parameters name=hello"));
            }
        };
        let shown = path.map_or_else(|| stem.clone(), |path| path.display().to_string());
        let node = cupola_template::read(&template).map_err(|complaint| {
            let place = complaint.line.map_or(String::new(), |line| {
                format!("({line},{})", complaint.column.unwrap_or(1))
            });
            Failure::new(format!("{shown}{place}: {}", complaint.message))
        })?;
        let mut values = from_file.map(|file| file.values).unwrap_or_default();
        given.apply(&types(&node), &mut values)?;
        Ok(Ready {
            name: self.name.clone().unwrap_or(stem),
            template,
            parameters: values,
            mode: match self.mode {
                Mode::Incremental => "Incremental",
                Mode::Complete => "Complete",
            },
            location: place.spot().location(),
        })
    }
}

impl Ready {
    /// The body as `az` sends it: the template in the bytes of its file, comments and all.
    pub(super) fn body(&self, more: &[(&str, Value)]) -> String {
        let mut fields = vec![
            ("parameters", Value::Object(self.parameters.clone())),
            ("mode", self.mode.into()),
        ];
        fields.extend(more.iter().cloned());
        let fields: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("\"{name}\": {value}, "))
            .collect();
        let location = match &self.location {
            Some(location) => format!("\"location\": {}, ", Value::from(location.as_str())),
            None => String::new(),
        };
        format!(
            "{{{location}\"properties\": {{{}template:{}}}}}",
            fields.concat(),
            self.template
        )
    }
}

fn text(session: &Session, path: &Path) -> Result<String, Failure> {
    if bicep::is_source(path) {
        let template = bicep::compiled(session, path)?;
        return Ok(format!("{template:#}"));
    }
    std::fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display())))
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(
        || "deployment".to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}

// The declared types of the parameters, by lower-case name.
fn types(template: &Node) -> Vec<(String, String)> {
    let value = template.to_value();
    let declared = value["parameters"].as_object();
    declared
        .into_iter()
        .flatten()
        .map(|(name, parameter)| {
            let kind = parameter["type"].as_str().unwrap_or("string");
            (name.to_lowercase(), kind.to_lowercase())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_travels_as_it_was_written() {
        let ready = Ready {
            name: "n".into(),
            template: "{ // mine\n}".into(),
            parameters: Map::from_iter([("p".to_owned(), serde_json::json!({"value": {"a": {}}}))]),
            mode: "Incremental",
            location: Some("eastus2".into()),
        };
        assert_eq!(
            ready.body(&[]),
            "{\"location\": \"eastus2\", \"properties\": {\"parameters\": {\"p\":{\"value\":{\"a\":{}}}}, \"mode\": \"Incremental\", \
             template:{ // mine\n}}}"
        );
    }
}
