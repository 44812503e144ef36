//! What a client asks of a connection, and the rules of its category.

use super::credentials;
use crate::json::Document;
use crate::tags;
use cupola_core::name::printable;
use cupola_core::{Code, Problem, Timestamp};
use cupola_wire::arm::{AUTH_TYPES, AuthType, ConnectionProperties, category};
use serde_json::{Map, Value};

const TARGET_BYTES_MAX: usize = 8 * 1024;
const CATEGORY_CHARS_MAX: usize = 100;
const USERS_MAX: usize = 1000;
const METADATA_MAX: usize = 100;

/// The parts of a body; absent ones are `None`. It has no `Debug`: credentials are in it.
pub(super) struct Spec {
    pub(super) auth: Option<&'static AuthType>,
    pub(super) credentials: Option<Value>,
    category: Option<String>,
    target: Option<String>,
    metadata: Option<Map<String, Value>>,
    is_shared_to_all: Option<bool>,
    shared_user_list: Option<Vec<String>>,
    expiry_time: Option<String>,
    use_workspace_managed_identity: Option<bool>,
    pe_requirement: Option<String>,
    pe_status: Option<String>,
}

impl Spec {
    /// Reads a body. `known` is how the connection signs in where it is there already and the body does not say.
    pub(super) fn read(body: &Document, known: Option<&str>) -> Result<Self, Problem> {
        let auth = auth_type(body)?;
        let credentials = match auth.or_else(|| AuthType::find(known?)) {
            Some(auth) => credentials::read(body, auth)?,
            None => None,
        };
        let text = |path: &str| Ok::<_, Problem>(body.text(path)?.map(str::to_owned));
        let category = body
            .text("properties.category")?
            .filter(|text| !text.is_empty())
            .map(named)
            .transpose()?;
        let target = text("properties.target")?;
        if target
            .as_ref()
            .is_some_and(|target| target.len() > TARGET_BYTES_MAX || target.contains(char::is_control))
        {
            return Err(wrong(
                "properties.target",
                &format!("at most {TARGET_BYTES_MAX} bytes without control characters"),
            ));
        }
        Ok(Self {
            auth,
            credentials,
            category,
            target,
            metadata: metadata(body)?,
            is_shared_to_all: body.truth("properties.isSharedToAll")?,
            shared_user_list: users(body)?,
            expiry_time: expiry(body)?,
            use_workspace_managed_identity: body.truth("properties.useWorkspaceManagedIdentity")?,
            pe_requirement: text("properties.peRequirement")?,
            pe_status: text("properties.peStatus")?,
        })
    }

    /// The properties of a new connection.
    pub(super) fn create(self, workspace: &str) -> Result<ConnectionProperties, Problem> {
        let auth = self.auth.ok_or_else(missing_auth_type)?;
        let category = self.category.clone().ok_or_else(|| {
            wrong(
                "properties.category",
                "given: say what is connected, such as Serverless or AzureOpenAI",
            )
        })?;
        let empty = ConnectionProperties {
            auth_type: auth.name.to_owned(),
            category,
            target: String::new(),
            group: None,
            is_shared_to_all: false,
            shared_user_list: Vec::new(),
            metadata: Map::new(),
            expiry_time: None,
            created_by_workspace_arm_id: Some(workspace.to_owned()),
            use_workspace_managed_identity: None,
            pe_requirement: None,
            pe_status: None,
        };
        self.change(empty)
    }

    /// The properties as they are with what was sent.
    pub(super) fn change(self, mut body: ConnectionProperties) -> Result<ConnectionProperties, Problem> {
        if let Some(auth) = self.auth {
            auth.name.clone_into(&mut body.auth_type);
        }
        body.category = self.category.unwrap_or(body.category);
        body.group = category(&body.category).1.map(str::to_owned);
        body.target = self.target.unwrap_or(body.target);
        body.metadata = self.metadata.unwrap_or(body.metadata);
        body.is_shared_to_all = self.is_shared_to_all.unwrap_or(body.is_shared_to_all);
        body.shared_user_list = self.shared_user_list.unwrap_or(body.shared_user_list);
        body.expiry_time = self.expiry_time.or(body.expiry_time);
        body.use_workspace_managed_identity = self
            .use_workspace_managed_identity
            .or(body.use_workspace_managed_identity);
        body.pe_requirement = self.pe_requirement.or(body.pe_requirement);
        body.pe_status = self.pe_status.or(body.pe_status);
        check_category(&body)?;
        Ok(body)
    }
}

// What would make a client fail while it reads the list is refused while it is written.
fn check_category(body: &ConnectionProperties) -> Result<(), Problem> {
    match body.category.as_str() {
        "Serverless" if body.auth_type != "ApiKey" => Err(wrong(
            "properties.authType",
            "ApiKey for the category Serverless: clients read no other",
        )),
        "Serverless" if !body.target.starts_with("https://") && !body.target.starts_with("http://") => {
            Err(wrong(
                "properties.target",
                "the URI of the endpoint for the category Serverless; 'az ml serverless-endpoint show' prints it",
            ))
        }
        "AIServices"
            if !body
                .metadata
                .keys()
                .any(|name| name.eq_ignore_ascii_case("ResourceId")) =>
        {
            Err(wrong(
                "properties.metadata",
                "an object with ResourceId, the id of the account, for the category AIServices",
            ))
        }
        _ => Ok(()),
    }
}

fn auth_type(body: &Document) -> Result<Option<&'static AuthType>, Problem> {
    let Some(text) = body.text("properties.authType")? else {
        return Ok(None);
    };
    match AuthType::find(text) {
        Some(auth) => Ok(Some(auth)),
        None => Err(Problem::new(
            Code::InvalidRequestContent,
            format!(
                "The value '{}' of properties.authType is not allowed: use {}.",
                printable(text),
                names()
            ),
        )
        .target("properties.authType")),
    }
}

fn missing_auth_type() -> Problem {
    wrong("properties.authType", &format!("given: use {}", names()))
}

fn names() -> String {
    AUTH_TYPES.map(|auth| auth.name).join(" or ")
}

fn named(text: &str) -> Result<String, Problem> {
    if text.chars().count() > CATEGORY_CHARS_MAX || text.contains(char::is_control) {
        return Err(wrong(
            "properties.category",
            &format!("at most {CATEGORY_CHARS_MAX} characters"),
        ));
    }
    Ok(category(text).0)
}

// Metadata is texts to every client; some send numbers and truths, as with tags.
fn metadata(body: &Document) -> Result<Option<Map<String, Value>>, Problem> {
    let path = "properties.metadata";
    let Some(metadata) = body.texts_at(path)? else {
        return Ok(None);
    };
    tags::fits(path, &metadata, METADATA_MAX, 8 * 1024)?;
    Ok(Some(metadata))
}

fn users(body: &Document) -> Result<Option<Vec<String>>, Problem> {
    let path = "properties.sharedUserList";
    let Some(list) = body.get(path) else {
        return Ok(None);
    };
    let texts: Option<Vec<String>> = list
        .as_array()
        .filter(|list| list.len() <= USERS_MAX)
        .and_then(|list| list.iter().map(|item| item.as_str().map(str::to_owned)).collect());
    match texts {
        Some(texts) => Ok(Some(texts)),
        None => Err(wrong(path, &format!("a list of at most {USERS_MAX} texts"))),
    }
}

fn expiry(body: &Document) -> Result<Option<String>, Problem> {
    let path = "properties.expiryTime";
    let Some(text) = body.text(path)?.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    match text.parse::<Timestamp>() {
        Ok(at) => Ok(Some(cupola_core::time::iso8601(at))),
        Err(_) => Err(wrong(path, "a time such as 2026-12-31T00:00:00Z")),
    }
}

fn wrong(path: &str, rule: &str) -> Problem {
    Problem::new(
        Code::InvalidRequestContent,
        format!("The field {path} must be {rule}."),
    )
    .target(path)
}
