//! `create`: deploy a model.

use clap::Args;
use http::Method;
use serde_json::{Value, json};

use super::{COLUMNS, described, url};
use crate::arm::{Arm, version};
use crate::definition::{Definition, DefinitionFlags};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::{Place, Session, WorkspaceFlags};

// `auth_mode`, `description` and `properties` are known to the documents, and the service reads none of them.
const KNOWN: &[&str] = &[
    "name",
    "model_id",
    "tags",
    "auth_mode",
    "description",
    "properties",
    "location",
];

/// The flags of `create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola ml serverless-endpoint create -f endpoint.yml\n  \
    cupola ml serverless-endpoint create -n hello --set model_id=azureml://registries/cupola/models/tiny-chat\n\n\
    endpoint.yml:\n  \
    name: hello\n  \
    model_id: azureml://registries/cupola/models/tiny-chat")]
pub struct Create {
    /// Name of the endpoint.
    #[arg(short = 'n', long)]
    name: Option<String>,
    #[command(flatten)]
    definition: DefinitionFlags,
    #[command(flatten)]
    place: WorkspaceFlags,
    /// Do not wait until the endpoint is online.
    #[arg(long)]
    no_wait: bool,
}

impl Create {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let definition = Definition::read(&self.definition, KNOWN)?;
        for key in &definition.unknown {
            session.warn(&format!(
                "Unknown key '{key}' of a serverless endpoint is ignored."
            ));
        }
        let wanted = Wanted::from(self.name, &definition)?;
        let arm = session.connect()?;
        let place = session.place(&self.place, &arm)?;
        let progress = session.progress(&format!("Creating serverless endpoint '{}'", wanted.name));
        let begun = {
            let location = location(&arm, &place).await?;
            let url = url(&arm, &place, Some(&wanted.name), None);
            arm.begin(Method::PUT, &url, Some(&wanted.body(&location)))
                .await
                .map_err(|failure| helpful(failure, &wanted))?
        };
        if self.no_wait {
            drop(progress);
            session.suggest(&format!("cupola ml serverless-endpoint show -n {}", wanted.name));
            return Ok(Answer::Nothing);
        }
        let resource = arm
            .finish(begun, &progress)
            .await
            .map_err(|failure| helpful(failure, &wanted))?;
        drop(progress);
        session.suggest(&format!("cupola chat -n {}", wanted.name));
        Ok(Answer::with_columns(
            described(&resource.unwrap_or_default()),
            COLUMNS,
        ))
    }
}

struct Wanted {
    name: String,
    model_id: String,
    tags: Option<Value>,
}

impl Wanted {
    fn from(name: Option<String>, definition: &Definition) -> Result<Self, Failure> {
        let example = "cupola ml serverless-endpoint create -n hello --set model_id=azureml://registries/cupola/models/tiny-chat";
        let name = name.map_or_else(|| definition.text("name"), |name| Ok(Some(name)))?;
        let name = name.ok_or_else(|| {
            Failure::usage("The endpoint has no name: use -n, or 'name' in the file").hint(example)
        })?;
        let model_id = definition.text("model_id")?.ok_or_else(|| {
            Failure::usage("The endpoint has no model: use --set model_id=..., or 'model_id' in the file")
                .hint(example)
        })?;
        Ok(Self {
            name,
            model_id,
            tags: definition.texts("tags")?,
        })
    }

    // Exactly what the SDK sends.
    fn body(&self, location: &str) -> Value {
        let mut body = json!({"properties": {"modelSettings": {"modelId": self.model_id}}});
        if let Some(tags) = &self.tags {
            body["tags"] = tags.clone();
        }
        body["sku"] = json!({"name": "Consumption"});
        body["location"] = json!(location);
        body
    }
}

// Endpoints live in the region of their workspace.
async fn location(arm: &Arm, place: &Place) -> Result<String, Failure> {
    let workspace = arm
        .get(&arm.url(&place.path(arm), version::MACHINE_LEARNING))
        .await;
    let workspace =
        workspace.map_err(|failure| failure.hint_when_missing("cupola ml workspace list -o table"))?;
    Ok(workspace["location"].as_str().unwrap_or_default().to_owned())
}

fn helpful(failure: Failure, wanted: &Wanted) -> Failure {
    let says = |word: &str| failure.message.to_ascii_lowercase().contains(word);
    if failure.says_what_to_type() {
        failure
    } else if says("marketplace subscription") {
        let command = format!(
            "cupola ml marketplace-subscription create -n {} --set model_id={}",
            wanted.name, wanted.model_id
        );
        failure.hint(command)
    } else if says("bind") || says("bound") {
        let command = format!("cupola catalog bind {} --simulator", wanted.model_id);
        failure.hint(command)
    } else {
        failure.hint_when_missing("cupola catalog list -o table")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(set: &[&str], name: Option<&str>) -> Result<Wanted, Failure> {
        let set = set.iter().map(|text| (*text).to_owned()).collect();
        let definition = Definition::read(&DefinitionFlags { file: None, set }, KNOWN).expect("reads");
        Wanted::from(name.map(Into::into), &definition)
    }

    #[test]
    fn the_body_is_what_the_sdk_sends() {
        let body = |set: &[&str]| {
            wanted(set, None)
                .map(|wanted| wanted.body("eastus2").to_string())
                .expect("wanted")
        };
        insta::assert_snapshot!(body(&["name=a", "model_id=m"]), @r#"{"properties":{"modelSettings":{"modelId":"m"}},"sku":{"name":"Consumption"},"location":"eastus2"}"#);
        insta::assert_snapshot!(body(&["name=a", "model_id=m", "tags.t=1"]), @r#"{"properties":{"modelSettings":{"modelId":"m"}},"tags":{"t":"1"},"sku":{"name":"Consumption"},"location":"eastus2"}"#);
    }

    #[test]
    fn the_flag_wins_and_both_are_needed() {
        assert_eq!(
            wanted(&["name=a", "model_id=m"], Some("b")).expect("wanted").name,
            "b"
        );
        assert!(wanted(&["name=a"], None).is_err_and(|failure| failure.message.contains("no model")));
        assert!(wanted(&["model_id=a"], None).is_err_and(|failure| failure.message.contains("no name")));
    }
}
