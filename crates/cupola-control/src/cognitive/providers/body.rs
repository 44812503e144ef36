//! What a client says of an external analyzer.

use super::super::{steps, wrong};
use super::questions::{NAME_BYTES_MAX, hazards, questions};
use crate::json::Document;
use cupola_backend::check_upstream_url;
use cupola_core::{Problem, Secret};
use cupola_wire::arm::cognitive::RaiExternalSafetyProviderProperties;
use cupola_wire::content_safety::TEXT_CHARACTERS_MAX;
use std::ops::RangeInclusive;

const SERVICE: &str = "ContentSafety";
const GUARD: &str = "GuardModel";
const TEMPLATES: [&str; 4] = ["LlamaGuard", "ShieldGemma", "GraniteGuardian", "Questions"];

const URL_BYTES_MAX: usize = 2000;
const KEY_BYTES_MAX: usize = 4096;
const LISTS_MAX: usize = 10;

// Read by itself, or for the server alone to say.
const KNOWN: [&str; 20] = [
    "providerName",
    "url",
    "kind",
    "apiKey",
    "apiVersion",
    "allowPrivateNetwork",
    "blocklistNames",
    "shieldPrompt",
    "deploymentId",
    "template",
    "hazards",
    "questions",
    "timeoutMs",
    "concurrencyMax",
    "charactersMax",
    "overlapCharacters",
    "stepCharacters",
    "createdAt",
    "lastModifiedAt",
    "provisioningState",
];

/// It has no `Debug`: a key may be in it.
pub(super) struct Spec {
    pub(super) properties: RaiExternalSafetyProviderProperties,
    pub(super) key: Option<Secret>,
}

impl Spec {
    pub(super) fn read(body: &Document) -> Result<Self, Problem> {
        refuse_key_vault(body)?;
        let usual = RaiExternalSafetyProviderProperties::default();
        let kind = body
            .choice("properties.kind", &[SERVICE, GUARD])?
            .unwrap_or(SERVICE);
        let is_service = kind == SERVICE;
        for (field, is_of_service) in [
            ("url", true),
            ("apiKey", true),
            ("apiVersion", true),
            ("allowPrivateNetwork", true),
            ("blocklistNames", true),
            ("shieldPrompt", true),
            ("deploymentId", false),
            ("template", false),
            ("hazards", false),
            ("questions", false),
        ] {
            let path = format!("properties.{field}");
            if is_of_service != is_service && body.get(&path).is_some_and(|value| !value.is_null()) {
                let other = if is_of_service { SERVICE } else { GUARD };
                return Err(wrong(
                    &path,
                    format!("The field {path} is for providers of kind {other}; this one is of kind {kind}."),
                ));
            }
        }
        let allow_private_network = body.truth("properties.allowPrivateNetwork")?.unwrap_or_default();
        let template = body.choice("properties.template", &TEMPLATES)?;
        let characters_most = TEXT_CHARACTERS_MAX as u32;
        let properties = RaiExternalSafetyProviderProperties {
            provider_name: text(body, "properties.providerName", NAME_BYTES_MAX)?,
            url: match is_service {
                true => Some(url(body, allow_private_network)?),
                false => None,
            },
            kind: kind.to_owned(),
            api_version: version(body)?,
            allow_private_network,
            blocklist_names: lists(body)?,
            shield_prompt: body.truth("properties.shieldPrompt")?.unwrap_or(true),
            deployment_id: match is_service {
                true => None,
                false => Some(
                    body.required(
                        "properties.deploymentId",
                        "the id of the deployment that serves the guard model",
                    )?
                    .to_owned(),
                ),
            },
            template: (!is_service).then(|| template.unwrap_or("LlamaGuard").to_owned()),
            hazards: hazards(body, template)?,
            questions: questions(body, template)?,
            timeout_ms: number(body, "timeoutMs", usual.timeout_ms, 100..=60_000)?,
            concurrency_max: number(body, "concurrencyMax", usual.concurrency_max, 1..=256)?,
            characters_max: number(body, "charactersMax", usual.characters_max, 200..=characters_most)?,
            overlap_characters: number(body, "overlapCharacters", usual.overlap_characters, 0..=1000)?,
            step_characters: number(
                body,
                "stepCharacters",
                usual.step_characters,
                20..=characters_most,
            )?,
            rest: steps::rest(body, &KNOWN)?,
        };
        if properties.overlap_characters * 2 >= properties.characters_max {
            return Err(wrong(
                "properties.overlapCharacters",
                "The field properties.overlapCharacters must be less than half of properties.charactersMax.",
            ));
        }
        Ok(Self {
            properties,
            key: text(body, "properties.apiKey", KEY_BYTES_MAX)?.map(Secret::new),
        })
    }
}

/// The published way to hand over the key. Nothing here reads key vaults, and a service that is asked without its key refuses.
fn refuse_key_vault(body: &Document) -> Result<(), Problem> {
    for field in ["keyVaultUri", "secretName", "managedIdentity"] {
        let path = format!("properties.{field}");
        if body.text(&path)?.is_some_and(|text| !text.is_empty()) {
            return Err(wrong(
                &path,
                format!(
                    "The field {path} is not taken: no key vault is read here. Give the key as properties.apiKey."
                ),
            ));
        }
    }
    Ok(())
}

fn text(body: &Document, path: &str, bytes_max: usize) -> Result<Option<String>, Problem> {
    let given = body.text(path)?.filter(|text| !text.is_empty());
    if given.is_some_and(|text| text.len() > bytes_max || text.contains(char::is_control)) {
        return Err(wrong(
            path,
            format!("The field {path} must have at most {bytes_max} bytes and no control characters."),
        ));
    }
    Ok(given.map(str::to_owned))
}

fn url(body: &Document, allow_private_network: bool) -> Result<String, Problem> {
    const PATH: &str = "properties.url";
    let url = text(body, PATH, URL_BYTES_MAX)?.ok_or_else(|| {
        wrong(
            PATH,
            format!("The field {PATH} is required: the service's base URL."),
        )
    })?;
    check_upstream_url(&url, allow_private_network).map_err(|why| {
        let why = why.replace("--allow-private-network", "properties.allowPrivateNetwork");
        wrong(PATH, format!("The field {PATH} cannot be used: {why}."))
    })?;
    Ok(url)
}

fn version(body: &Document) -> Result<Option<String>, Problem> {
    const PATH: &str = "properties.apiVersion";
    let version = text(body, PATH, NAME_BYTES_MAX)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    if version.as_ref().is_some_and(|text| !text.chars().all(plain)) {
        return Err(wrong(
            PATH,
            format!("The field {PATH} must be a version such as 2024-09-01."),
        ));
    }
    Ok(version)
}

fn lists(body: &Document) -> Result<Vec<String>, Problem> {
    const PATH: &str = "properties.blocklistNames";
    let Some(value) = body.get(PATH).filter(|value| !value.is_null()) else {
        return Ok(Vec::new());
    };
    let is_name = |name: &&str| !name.is_empty() && name.len() <= NAME_BYTES_MAX;
    let names: Option<Vec<String>> = value.as_array().and_then(|names| {
        names
            .iter()
            .map(|name| name.as_str().filter(is_name).map(str::to_owned))
            .collect()
    });
    names.filter(|names| names.len() <= LISTS_MAX).ok_or_else(|| {
        wrong(
            PATH,
            format!(
                "The field {PATH} must be a list of at most {LISTS_MAX} names of lists that the service has."
            ),
        )
    })
}

fn number(body: &Document, field: &str, usual: u32, range: RangeInclusive<u32>) -> Result<u32, Problem> {
    let path = format!("properties.{field}");
    let given = body.number(&path)?.unwrap_or(usual);
    if range.contains(&given) {
        return Ok(given);
    }
    Err(wrong(
        &path,
        format!(
            "The field {path} must be from {} to {}.",
            range.start(),
            range.end()
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check(properties: Value, expected: Result<Value, &str>) {
        let found = Spec::read(&Document::of(json!({"properties": properties})));
        match (found, expected) {
            (Ok(found), Ok(Value::Object(expected))) => {
                let written = json!(found.properties);
                for (name, value) in expected {
                    assert_eq!(written[&name], value, "{name} of {properties}");
                }
                assert!(written.get("apiKey").is_none());
            }
            (Err(problem), Err(part)) => assert!(problem.message.contains(part), "{}", problem.message),
            (Ok(_), Err(part)) => panic!("{properties} was taken, not refused with {part}"),
            (Err(problem), _) => panic!("{properties}: {}", problem.message),
            (Ok(_), Ok(other)) => panic!("{other} is no object"),
        }
    }

    #[test]
    fn a_service_is_read() {
        check(
            json!({"url": "https://x.cognitiveservices.azure.com", "apiKey": "k", "mode": "sync"}),
            Ok(json!({"kind": "ContentSafety", "shieldPrompt": true, "timeoutMs": 10_000, "mode": "sync"})),
        );
        check(json!({}), Err("properties.url is required"));
        check(json!({"url": "ftp://x"}), Err("https://"));
        check(
            json!({"url": "http://127.0.0.1/"}),
            Err("allow it explicitly with properties.allowPrivateNetwork"),
        );
        check(
            json!({"url": "http://127.0.0.1/", "allowPrivateNetwork": true}),
            Ok(json!({"allowPrivateNetwork": true})),
        );
        check(
            json!({"url": "https://x.example.com", "keyVaultUri": "https://v", "secretName": "s"}),
            Err("no key vault is read here"),
        );
        check(
            json!({"url": "https://x.example.com", "template": "LlamaGuard"}),
            Err("for providers of kind GuardModel"),
        );
        check(
            json!({"url": "https://x.example.com", "timeoutMs": 5}),
            Err("from 100 to 60000"),
        );
        check(
            json!({"url": "https://x.example.com", "charactersMax": 200, "overlapCharacters": 100}),
            Err("less than half"),
        );
        check(
            json!({"url": "https://x.example.com", "charactersMax": 20_000}),
            Err("to 10000"),
        );
        check(
            json!({"url": "https://x.example.com", "blocklistNames": ["a", 1]}),
            Err("list of at most 10 names"),
        );
        check(
            json!({"url": "https://x.example.com", "apiVersion": "a&b"}),
            Err("2024-09-01"),
        );
    }

    #[test]
    fn a_guard_model_is_read() {
        let with = |more: Value| {
            let mut all = json!({"kind": "guardmodel", "deploymentId": "/subscriptions/s/x"});
            if let (Value::Object(all), Value::Object(more)) = (&mut all, more) {
                all.extend(more);
            }
            all
        };
        check(
            with(json!({})),
            Ok(json!({"kind": "GuardModel", "template": "LlamaGuard"})),
        );
        check(json!({"kind": "GuardModel"}), Err("properties.deploymentId"));
        check(
            with(json!({"url": "https://x.example.com"})),
            Err("for providers of kind ContentSafety"),
        );
        check(with(json!({"template": "Other"})), Err("template"));
        check(
            with(json!({"hazards": [{"code": "S2", "category": "violence"}]})),
            Ok(json!({"hazards": [{"code": "S2", "category": "Violence", "severity": "Medium"}]})),
        );
        check(
            with(json!({"hazards": [{"code": "S2", "category": "Crime"}]})),
            Err("a filter of policies"),
        );
        check(
            with(json!({"template": "ShieldGemma", "hazards": [{"code": "S2", "category": "Hate"}]})),
            Err("LlamaGuard"),
        );
        check(
            with(json!({"template": "Questions"})),
            Err("goes with the template Questions"),
        );
        check(
            with(json!({"questions": [{"name": "q", "category": "Hate"}]})),
            Err("goes with the template Questions"),
        );
        check(
            with(
                json!({"template": "Questions", "questions": [{"name": "q", "category": "Jailbreak", "severity": "High"}]}),
            ),
            Ok(json!({"questions": [{"name": "q", "category": "Jailbreak", "user": "{text}"}]})),
        );
    }
}
