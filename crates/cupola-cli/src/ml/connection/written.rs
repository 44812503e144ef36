//! A connection as people write it: the YAML of the documents, in the words of the wire.

use serde_json::{Map, Value, json};

use crate::definition::Definition;
use crate::failure::Failure;

/// The keys that a document may have.
pub(super) const KNOWN: &[&str] = &[
    "name",
    "type",
    "target",
    "endpoint",
    "azure_endpoint",
    "api_base",
    "url",
    "api_key",
    "credentials",
    "metadata",
    "tags",
    "is_shared",
    "expiry_time",
    "api_version",
    "api_type",
    "deployment_name",
    "description",
];

// The words of the documents whose letters do not follow from those of the wire.
const TYPES: &[(&str, &str)] = &[
    ("azure_open_ai", "AzureOpenAI"),
    ("open_ai", "OpenAI"),
    ("azure_ai_services", "AIServices"),
    ("ai_services", "AIServices"),
    ("azure_ai_search", "CognitiveSearch"),
    ("cognitive_search", "CognitiveSearch"),
    ("azure_content_safety", "CognitiveService"),
    ("azure_speech_services", "CognitiveService"),
    ("cognitive_service", "CognitiveService"),
    ("custom", "CustomKeys"),
    ("s3", "S3"),
    ("azure_sql_db", "AzureSqlDb"),
    ("azure_synapse_analytics", "AzureSynapseAnalytics"),
    ("azure_my_sql_db", "AzureMySqlDb"),
    ("azure_postgres_db", "AzurePostgresDb"),
    ("adls_gen_2", "ADLSGen2"),
];

// What a way of signing in is called in documents and at the wire, and its fields.
struct Way {
    word: &'static str,
    wire: &'static str,
    fields: &'static [(&'static str, &'static str)],
}

const WAYS: &[Way] = &[
    Way {
        word: "api_key",
        wire: "ApiKey",
        fields: &[("key", "key"), ("api_key", "key")],
    },
    Way {
        word: "none",
        wire: "None",
        fields: &[],
    },
    Way {
        word: "aad",
        wire: "AAD",
        fields: &[],
    },
    Way {
        word: "pat",
        wire: "PAT",
        fields: &[("pat", "pat")],
    },
    Way {
        word: "sas",
        wire: "SAS",
        fields: &[("sas_token", "sas"), ("sas", "sas")],
    },
    Way {
        word: "account_key",
        wire: "AccountKey",
        fields: &[("account_key", "key"), ("key", "key")],
    },
    Way {
        word: "access_key",
        wire: "AccessKey",
        fields: &[
            ("access_key_id", "accessKeyId"),
            ("secret_access_key", "secretAccessKey"),
        ],
    },
    Way {
        word: "username_password",
        wire: "UsernamePassword",
        fields: &[
            ("username", "username"),
            ("password", "password"),
            ("security_token", "securityToken"),
        ],
    },
    Way {
        word: "service_principal",
        wire: "ServicePrincipal",
        fields: &[
            ("client_id", "clientId"),
            ("client_secret", "clientSecret"),
            ("tenant_id", "tenantId"),
        ],
    },
    Way {
        word: "managed_identity",
        wire: "ManagedIdentity",
        fields: &[("client_id", "clientId"), ("resource_id", "resourceId")],
    },
    Way {
        word: "custom",
        wire: "CustomKeys",
        fields: &[],
    },
];

/// `AzureOpenAI` as the documents write it.
pub(super) fn type_word(category: &str) -> String {
    let known = TYPES.iter().find(|(_, wire)| wire.eq_ignore_ascii_case(category));
    known.map_or_else(|| super::snake(category), |(word, _)| (*word).to_owned())
}

/// `ApiKey` as the documents write it.
pub(super) fn credential_word(auth: &str) -> String {
    let known = WAYS.iter().find(|way| way.wire.eq_ignore_ascii_case(auth));
    known.map_or_else(|| super::snake(auth), |way| way.word.to_owned())
}

/// The properties that a document asks for: only what it says.
pub(super) fn properties(definition: &Definition) -> Result<Map<String, Value>, Failure> {
    let mut properties = Map::new();
    if let Some(kind) = definition.text("type")? {
        properties.insert("category".into(), category(&kind).into());
    }
    for key in ["target", "endpoint", "azure_endpoint", "api_base", "url"] {
        if let Some(target) = definition.text(key)? {
            properties.insert("target".into(), target.into());
            break;
        }
    }
    let mut metadata = Map::new();
    for key in ["metadata", "tags"] {
        if let Some(Value::Object(more)) = definition.texts(key)? {
            metadata.extend(more);
        }
    }
    for (key, wire) in [
        ("api_version", "ApiVersion"),
        ("api_type", "ApiType"),
        ("deployment_name", "DeploymentName"),
    ] {
        if let Some(text) = definition.text(key)? {
            metadata.insert(wire.into(), text.into());
        }
    }
    if !metadata.is_empty() {
        properties.insert("metadata".into(), metadata.into());
    }
    if let Some(shared) = definition.text("is_shared")? {
        let shared = shared.parse::<bool>();
        let shared = shared.map_err(|_| Failure::usage("'is_shared' must be true or false"))?;
        properties.insert("isSharedToAll".into(), shared.into());
    }
    if let Some(end) = definition.text("expiry_time")? {
        properties.insert("expiryTime".into(), end.into());
    }
    sign_in(definition, &mut properties)?;
    Ok(properties)
}

/// What a new connection needs and most documents leave out.
pub(super) fn complete(properties: &mut Map<String, Value>) -> Result<(), Failure> {
    if !properties.contains_key("category") {
        return Err(
            Failure::usage("The connection has no type: use --set type=..., or 'type' in the file")
                .hint("cupola ml connection create -n hello --set type=serverless endpoint=URL api_key=KEY"),
        );
    }
    if !properties.contains_key("target") {
        return Err(Failure::usage(
            "The connection has no target: use --set endpoint=..., or 'endpoint' in the file",
        )
        .hint("cupola ml connection create -n hello --set type=serverless endpoint=URL api_key=KEY"));
    }
    for (key, value) in [
        ("metadata", json!({})),
        ("isSharedToAll", json!(true)),
        ("authType", json!("None")),
    ] {
        properties.entry(key).or_insert(value);
    }
    Ok(())
}

fn category(word: &str) -> String {
    let known = TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(word));
    match known {
        Some((_, wire)) => (*wire).to_owned(),
        // Somebody who writes capitals writes the words of the wire.
        None if word.contains(char::is_uppercase) => word.to_owned(),
        None => word
            .split('_')
            .map(|part| {
                let mut letters = part.chars();
                let first = letters.next().map(|first| first.to_uppercase().to_string());
                first.unwrap_or_default() + letters.as_str()
            })
            .collect(),
    }
}

// `api_key: K` says it all; `credentials:` has a type, or only keys of one's own.
fn sign_in(definition: &Definition, properties: &mut Map<String, Value>) -> Result<(), Failure> {
    if let Some(key) = definition.text("api_key")? {
        properties.insert("authType".into(), "ApiKey".into());
        properties.insert("credentials".into(), json!({"key": key}));
        return Ok(());
    }
    let Some(Value::Object(mut given)) = definition.texts("credentials")? else {
        return Ok(());
    };
    let word = given
        .remove("type")
        .and_then(|word| word.as_str().map(str::to_lowercase));
    let way = match word.as_deref() {
        None => WAYS.iter().find(|way| way.word == "custom"),
        Some(word) => WAYS
            .iter()
            .find(|way| way.word == word || way.wire.eq_ignore_ascii_case(word)),
    };
    let Some(way) = way else {
        let known: Vec<&str> = WAYS.iter().map(|way| way.word).collect();
        return Err(Failure::usage(format!(
            "'credentials.type' must be one of {}",
            known.join(", ")
        )));
    };
    properties.insert("authType".into(), way.wire.into());
    if way.wire == "CustomKeys" {
        properties.insert("credentials".into(), json!({"keys": given}));
        return Ok(());
    }
    let mut credentials = Map::new();
    for (key, value) in given {
        let known = way
            .fields
            .iter()
            .find(|(word, wire)| *word == key || *wire == key);
        let Some((_, wire)) = known else {
            return Err(Failure::usage(format!(
                "'credentials.{key}' is not known for {}",
                way.word
            )));
        };
        credentials.insert((*wire).to_owned(), value);
    }
    if !credentials.is_empty() {
        properties.insert("credentials".into(), credentials.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::DefinitionFlags;

    fn check(set: &[&str], expected: &str) {
        let set = set.iter().map(|text| (*text).to_owned()).collect();
        let definition = Definition::read(&DefinitionFlags { file: None, set }, KNOWN).expect("reads");
        let found = properties(&definition).map_or_else(
            |failure| failure.message,
            |found| Value::Object(found).to_string(),
        );
        assert_eq!(found, expected);
    }

    #[test]
    fn documents_become_bodies() {
        check(
            &["type=serverless", "endpoint=https://h", "api_key=k"],
            r#"{"category":"Serverless","target":"https://h","authType":"ApiKey","credentials":{"key":"k"}}"#,
        );
        check(
            &[
                "type=azure_open_ai",
                "azure_endpoint=https://h",
                "api_version=v",
                "credentials.type=api_key",
                "credentials.key=k",
            ],
            r#"{"category":"AzureOpenAI","target":"https://h","metadata":{"ApiVersion":"v"},"authType":"ApiKey","credentials":{"key":"k"}}"#,
        );
        check(
            &["type=custom", "target=x", "credentials.one=1", "is_shared=false"],
            r#"{"category":"CustomKeys","target":"x","isSharedToAll":false,"authType":"CustomKeys","credentials":{"keys":{"one":"1"}}}"#,
        );
        check(
            &["type=Git", "credentials.type=PAT", "credentials.pat=p"],
            r#"{"category":"Git","authType":"PAT","credentials":{"pat":"p"}}"#,
        );
        check(
            &["type=azure_blob", "tags.a=1"],
            r#"{"category":"AzureBlob","metadata":{"a":"1"}}"#,
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        check(&["is_shared=perhaps"], "'is_shared' must be true or false");
        check(
            &["credentials.type=api_key", "credentials.pat=p"],
            "'credentials.pat' is not known for api_key",
        );
        check(
            &["credentials.type=magic"],
            "'credentials.type' must be one of api_key, none, aad, pat, sas, account_key, access_key, username_password, service_principal, managed_identity, custom",
        );
        let complaint = complete(&mut Map::new()).expect_err("fails").message;
        assert!(complaint.starts_with("The connection has no type"));
    }

    #[test]
    fn words_go_there_and_back() {
        for (word, _) in TYPES
            .iter()
            .filter(|(word, _)| !word.starts_with("azure_") && *word != "cognitive_service")
        {
            let wire = category(word);
            assert_eq!(category(&type_word(&wire)), wire);
        }
        assert_eq!(type_word("Serverless"), "serverless");
        assert_eq!(credential_word("UsernamePassword"), "username_password");
    }
}
