//! `update`: who may use an endpoint, how much, and its tags.

use clap::Args;
use serde_json::{Map, Value, json};

use super::{COLUMNS, LIST, described, url};
use crate::edit::EditFlags;
use crate::failure::Failure;
use crate::output::Answer;
use crate::output::table::cell;
use crate::session::{Session, WorkspaceFlags};

const KNOWN: [&str; 3] = ["auth_mode", "rate_limits", "tags"];

/// The flags of `update`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola ml serverless-endpoint update -n hello --set tags.team=blue auth_mode=aad\n  \
    cupola ml serverless-endpoint update -n hello --set rate_limits.tokens_per_minute=20000\n  \
    cupola ml serverless-endpoint update -n hello --set rate_limits.keys.secondary.requests_per_minute=5\n  \
    cupola ml serverless-endpoint update -n hello --add tags cost=42 --remove rate_limits")]
pub struct Update {
    /// Name of the endpoint.
    #[arg(short = 'n', long)]
    name: String,
    #[command(flatten)]
    edit: EditFlags,
    #[command(flatten)]
    place: WorkspaceFlags,
    /// Do not wait until the change is made.
    #[arg(long)]
    no_wait: bool,
}

impl Update {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        if self.edit.is_empty() {
            return Err(
                Failure::usage("Nothing would change: use --set, --add or --remove")
                    .hint("cupola ml serverless-endpoint update -n hello --set tags.team=blue"),
            );
        }
        let arm = session.connect()?;
        let place = session.place(&self.place, &arm)?;
        let url = url(&arm, &place, Some(&self.name), None);
        let found = arm.get(&url).await;
        let found = found.map_err(|failure| failure.hint_when_missing(LIST))?;
        let body = changed(&found, &self.edit)?;
        let progress = session.progress(&format!("Updating serverless endpoint '{}'", self.name));
        let begun = arm.begin_replacing(&url, &cell(&found["etag"]), &body).await?;
        if self.no_wait {
            return Ok(Answer::Nothing);
        }
        let resource = arm.finish(begun, &progress).await?;
        Ok(Answer::with_columns(
            described(&resource.unwrap_or_default()),
            COLUMNS,
        ))
    }
}

// The whole endpoint as it should be: what nobody named is sent as it was read.
fn changed(found: &Value, edit: &EditFlags) -> Result<Value, Failure> {
    let shown = described(found);
    let mut fields: Map<String, Value> = KNOWN
        .into_iter()
        .filter_map(|key| Some((key.to_owned(), shown.get(key)?.clone())))
        .collect();
    edit.apply(&mut fields)?;
    if let Some(other) = fields.keys().find(|key| !KNOWN.contains(&key.as_str())) {
        return Err(Failure::usage(format!(
            "'{other}' of a serverless endpoint cannot be changed; what can is {}",
            KNOWN.join(", ")
        )));
    }
    let mut properties = json!({"modelSettings": found["properties"]["modelSettings"]});
    if let Some(mode) = fields.get("auth_mode") {
        properties["authMode"] = auth_mode(mode)?.into();
    }
    // Null takes limits away; a field that is left out would keep them.
    properties["rateLimits"] = match fields.get("rate_limits") {
        Some(limits) => on_the_wire("rate_limits", limits)?,
        None => Value::Null,
    };
    Ok(json!({
        "location": found["location"],
        "sku": found["sku"],
        "tags": fields.get("tags").cloned().unwrap_or_else(|| json!({})),
        "properties": properties,
    }))
}

fn auth_mode(wanted: &Value) -> Result<&'static str, Failure> {
    let word = cell(wanted).to_ascii_lowercase().replace('_', "");
    match word.as_str() {
        "key" => Ok("Key"),
        "aad" => Ok("AAD"),
        "keyandaad" => Ok("KeyAndAAD"),
        _ => Err(Failure::usage(format!(
            "auth_mode cannot be '{}': it is key, aad or key_and_aad",
            cell(wanted)
        ))),
    }
}

// `tokens_per_minute` is `tokensPerMinute` there. What limits there are is for the server to say.
fn on_the_wire(path: &str, limits: &Value) -> Result<Value, Failure> {
    match limits {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| Ok((camel(key), on_the_wire(&format!("{path}.{key}"), value)?)))
            .collect(),
        Value::Number(_) | Value::Null => Ok(limits.clone()),
        other => cell(other).parse::<u64>().map(Value::from).map_err(|_| {
            Failure::usage(format!("'{path}' must be a whole number, not '{}'", cell(other)))
                .hint("--set rate_limits.tokens_per_minute=20000")
        }),
    }
}

fn camel(key: &str) -> String {
    let mut words = key.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(set: &[&str], remove: &[&str], expected: Result<&str, &str>) {
        let found = json!({
            "etag": "e", "location": "eastus2", "sku": {"name": "Consumption"}, "tags": {"a": "1"},
            "properties": {"authMode": "Key", "modelSettings": {"modelId": "m"}, "endpointState": "Online",
                "rateLimits": {"tokensPerMinute": 5, "keys": {"primary": {"requestsPerMinute": 2}}}},
        });
        let texts = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let edit = EditFlags {
            set: texts(set),
            add: Vec::new(),
            remove: texts(remove),
        };
        let mut body = changed(&found, &edit).map_err(|failure| failure.message);
        if let Ok(body) = &mut body {
            body["properties"]["modelSettings"].take();
        }
        assert_eq!(
            body.map(|body| format!("{} {}", body["tags"], body["properties"])),
            expected
                .map(|text| text.replace("PROPERTIES", r#""modelSettings":null,"authMode""#))
                .map_err(str::to_owned)
        );
    }

    #[test]
    fn what_nobody_named_stays() {
        let limits = r#""rateLimits":{"tokensPerMinute":5,"keys":{"primary":{"requestsPerMinute":2}}}"#;
        check(
            &["auth_mode=Key_And_AAD"],
            &[],
            Ok(&format!(r#"{{"a":"1"}} {{PROPERTIES:"KeyAndAAD",{limits}}}"#)),
        );
        check(
            &["tags={}"],
            &[],
            Ok(&format!(r#"{{}} {{PROPERTIES:"Key",{limits}}}"#)),
        );
        check(
            &["rate_limits.keys.primary.requests_per_minute=9"],
            &["rate_limits.tokens_per_minute", "tags.a"],
            Ok(r#"{} {PROPERTIES:"Key","rateLimits":{"keys":{"primary":{"requestsPerMinute":9}}}}"#),
        );
        check(
            &[],
            &["rate_limits"],
            Ok(r#"{"a":"1"} {PROPERTIES:"Key","rateLimits":null}"#),
        );
    }

    #[test]
    fn what_cannot_be_is_said() {
        check(
            &["model_id=x"],
            &[],
            Err(
                "'model_id' of a serverless endpoint cannot be changed; what can is auth_mode, rate_limits, tags",
            ),
        );
        check(
            &["auth_mode=none"],
            &[],
            Err("auth_mode cannot be 'none': it is key, aad or key_and_aad"),
        );
        check(
            &["rate_limits.tokens_per_minute=many"],
            &[],
            Err("'rate_limits.tokens_per_minute' must be a whole number, not 'many'"),
        );
    }
}
