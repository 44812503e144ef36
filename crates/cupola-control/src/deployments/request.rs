//! What a client asks to be deployed: the body as clients really send it, judged against the surroundings.
//!
//! The text of the body is what is kept (sealed), with the instant and the seed of its evaluation: evaluating it again
//! gives the same plan, after a restart and for an export.

use super::document::{Document, OnError};
use super::secrets::Secrets;
use crate::control::Control;
use crate::json::Document as Json;
use crate::kinds;
use bytes::Bytes;
use cupola_core::rbac::Principal;
use cupola_core::{Code, Problem, Region, ResourceId, Secret, Timestamp, chance};
use cupola_store::{Reader, Resource};
use cupola_template::{Complaint, Deployer, Known, Mode, Node, Plan, ResourceGroup, Subscription};
use cupola_wire::arm::Cloud;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A body, read. It cannot be printed: parameters may be secrets.
pub(crate) struct Request {
    /// As it was sent.
    text: String,
    pub(crate) template: Node,
    pub(crate) parameters: Value,
    pub(crate) mode: Mode,
    pub(crate) on_error: Option<OnError>,
    pub(crate) location: Option<String>,
    pub(crate) tags: Map<String, Value>,
    /// What the answer to `whatIf` carries.
    pub(crate) ids_only: bool,
}

/// What a request comes to.
pub(crate) struct Judged {
    pub(crate) request: Request,
    pub(crate) plan: Plan,
    pub(crate) secrets: Secrets,
    surroundings: Surroundings,
}

/// Everything outside of the body that the evaluation depends on.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Surroundings {
    name: String,
    subscription: (String, String, String),
    group: Option<(String, String, Map<String, Value>)>,
    origin: String,
    deployer: (String, String),
    at: Timestamp,
    seed: String,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    text: String,
    surroundings: Surroundings,
}

impl Request {
    /// Reads a body. What it says about itself wrongly is refused; what the template says wrongly is found later.
    pub(crate) fn read(body: &Bytes) -> Result<Self, Problem> {
        let text = std::str::from_utf8(body).map_err(|_| {
            unreadable("The request content was invalid and could not be deserialized: it is not UTF-8.")
        })?;
        Self::of(text.to_owned())
    }

    fn of(text: String) -> Result<Self, Problem> {
        if text.trim_start_matches('\u{feff}').trim().is_empty() {
            return Err(unreadable(
                "The request body is empty; send {\"properties\": {\"mode\", \"template\", \"parameters\"}}.",
            ));
        }
        let body = cupola_template::read(&text).map_err(|complaint| {
            unreadable(format!(
                "The request content was invalid and could not be deserialized: '{}'.",
                complaint.message
            ))
        })?;
        let Some(properties) = body.property("properties").filter(|node| node.is_object()) else {
            return Err(unreadable(
                "The request content is invalid: the field properties is required, an object with mode, template and parameters.",
            )
            .target("properties"));
        };
        // Only the small fields are copied: the template may be large.
        let field = |name: &str| properties.property(name).filter(|node| !node.is_null());
        for (link, instead) in [("templateLink", "template"), ("parametersLink", "parameters")] {
            if field(link).is_some() {
                return Err(unreadable(format!(
                    "The field properties.{link} is not supported: this server fetches nothing. Send the content itself \
                     in properties.{instead}."
                ))
                .target(format!("properties.{link}")));
            }
        }
        let template = field("template").cloned().map(inline).transpose()?;
        let template = template.filter(Node::is_object).ok_or_else(|| {
            unreadable(
                "The request content is invalid: the field properties.template is required, an object.",
            )
            .target("properties.template")
        })?;
        let parameters = field("parameters").cloned().map(inline).transpose()?;
        let small = |node: Option<&Node>, name: &str| json!({name: node.map(Node::to_value)});
        let mode = Json::of(small(field("mode"), "mode"));
        let settings = Json::of(json!({
            "location": body.property("location").map(Node::to_value),
            "tags": body.property("tags").map(Node::to_value),
            "onErrorDeployment": field("onErrorDeployment").map(Node::to_value),
            "whatIfSettings": field("whatIfSettings").map(Node::to_value),
        }));
        Ok(Self {
            template,
            parameters: parameters.map_or_else(|| json!({}), |node| parameters_of(node.to_value())),
            mode: match mode.choice("mode", &["Incremental", "Complete"])? {
                Some("Complete") => Mode::Complete,
                _ => Mode::Incremental,
            },
            on_error: on_error(&settings)?,
            location: settings
                .text("location")?
                .filter(|text| !text.is_empty())
                .map(|text| text.parse::<Region>().map(|region| region.to_string()))
                .transpose()?,
            tags: settings.tags()?.unwrap_or_default(),
            ids_only: settings.choice(
                "whatIfSettings.resultFormat",
                &["ResourceIdOnly", "FullResourcePayloads"],
            )? == Some("ResourceIdOnly"),
            text,
        })
    }

    /// Evaluates the template where it is to be deployed. Every complaint is in the refusal.
    pub(crate) async fn judge(
        self,
        control: &Control,
        scope: &ResourceId,
        (name, principal, origin): (&str, &Principal, &str),
    ) -> Result<Judged, Problem> {
        let mut reader = control.store().reader().await?;
        let surroundings = Surroundings::look(control, &mut reader, scope, (name, principal, origin)).await?;
        drop(reader);
        self.check_scope(scope)?;
        self.evaluate(surroundings)
    }

    fn check_scope(&self, scope: &ResourceId) -> Result<(), Problem> {
        if scope.group.is_some() {
            return Ok(());
        }
        if self.mode == Mode::Complete {
            return Err(Problem::new(
                Code::InvalidRequestContent,
                "The mode Complete is for deployments into a resource group; use Incremental for one into a subscription.",
            )
            .target("properties.mode"));
        }
        if self.location.is_none() {
            return Err(Problem::new(
                Code::LocationRequired,
                "The location property is required for this definition: a deployment into a subscription is kept there.",
            )
            .target("location"));
        }
        Ok(())
    }

    fn evaluate(self, surroundings: Surroundings) -> Result<Judged, Problem> {
        let known = surroundings.known(self.mode, self.location.clone());
        let (plan, complaints) = cupola_template::evaluate(&self.template, &self.parameters, &known);
        let secrets = Secrets::of(&plan, &self.parameters).with_defaults(&self.template);
        if let Some(problem) = refusal(&complaints, &secrets) {
            return Err(problem);
        }
        Ok(Judged {
            request: self,
            plan,
            secrets,
            surroundings,
        })
    }
}

impl Judged {
    /// What is remembered of the run.
    pub(crate) fn document(&self, correlation: &str) -> Document {
        let mut document = Document::planned(&self.plan, self.surroundings.at);
        correlation.clone_into(&mut document.correlation);
        self.surroundings.origin.clone_into(&mut document.origin);
        document.tags = self.request.tags.clone();
        document.on_error = self.request.on_error.clone();
        document
    }

    /// The request and its surroundings, sealed.
    pub(crate) fn seal(&self, control: &Control) -> Result<String, Problem> {
        let kept = Kept {
            text: self.request.text.clone(),
            surroundings: self.surroundings.clone(),
        };
        let text = serde_json::to_string(&kept).map_err(|_| Problem::internal())?;
        Ok(control.keyring().seal(&Secret::new(text), control.entropy()))
    }
}

/// Reads and evaluates again what was sealed.
pub(crate) fn unseal(control: &Control, sealed: &str) -> Result<Judged, Problem> {
    let kept = open(control, sealed)?;
    Request::of(kept.text)?.evaluate(kept.surroundings)
}

/// The request of a run, as it was sent.
pub(crate) fn unseal_request(control: &Control, sealed: &str) -> Result<Request, Problem> {
    Request::of(open(control, sealed)?.text)
}

fn open(control: &Control, sealed: &str) -> Result<Kept, Problem> {
    let plain = control.keyring().open(sealed).map_err(|error| {
        tracing::error!(error = %error, "the request of a deployment cannot be unsealed");
        Problem::internal()
    })?;
    serde_json::from_str(plain.expose()).map_err(|error| {
        tracing::error!(error = %error, "the request of a deployment cannot be read");
        Problem::internal()
    })
}

impl Surroundings {
    async fn look(
        control: &Control,
        reader: &mut Reader,
        scope: &ResourceId,
        (name, principal, origin): (&str, &Principal, &str),
    ) -> Result<Self, Problem> {
        let id = scope.subscription.as_deref().unwrap_or_default();
        let subscription = kinds::require_subscription(reader.resources(), id).await?;
        let group = match &scope.group {
            Some(group) => Some(kinds::require_group(reader.resources(), id, group).await?),
            None => None,
        };
        let text = |resource: &Resource, name: &str| {
            resource.properties[name].as_str().unwrap_or_default().to_owned()
        };
        let tenant = Some(text(&subscription, "tenantId")).filter(|tenant| !tenant.is_empty());
        let person = principal.kind == "User";
        Ok(Self {
            name: name.to_owned(),
            subscription: (
                subscription.id.name().to_owned(),
                text(&subscription, "displayName"),
                tenant.unwrap_or_else(|| control.tenant().to_owned()),
            ),
            group: group.map(|group| {
                let location = group.location.clone().unwrap_or_default();
                (group.id.name().to_owned(), location, group.tags)
            }),
            origin: origin.to_owned(),
            deployer: (
                principal.id.clone(),
                if person {
                    principal.display_name.clone()
                } else {
                    String::new()
                },
            ),
            at: control.now(),
            seed: chance::uuid(control.entropy()),
        })
    }

    fn known(&self, mode: Mode, location: Option<String>) -> Known {
        let (id, display_name, tenant_id) = self.subscription.clone();
        let (object_id, user_principal_name) = self.deployer.clone();
        Known {
            subscription: Subscription {
                id,
                display_name,
                tenant_id,
            },
            location: location.filter(|_| self.group.is_none()),
            resource_group: self.group.clone().map(|(name, location, tags)| ResourceGroup {
                name,
                location,
                tags,
            }),
            deployment: self.name.clone(),
            mode,
            environment: json!(Cloud::at(&self.origin)),
            now: self.at,
            deployer: Deployer {
                object_id,
                user_principal_name,
            },
            seed: self.seed.clone(),
        }
    }
}

/// The refusal of a template: the one message as the service says it, or the first with all of them in the details.
fn refusal(complaints: &[Complaint], secrets: &Secrets) -> Option<Problem> {
    let first = complaints.first()?;
    let mut problem = told(first, secrets, false);
    if complaints.len() > 1 {
        problem.details = complaints
            .iter()
            .map(|complaint| told(complaint, secrets, true))
            .collect();
    }
    Some(problem)
}

/// A complaint as a problem; `placed` puts its line in front.
pub(crate) fn told(complaint: &Complaint, secrets: &Secrets, placed: bool) -> Problem {
    let code = Code::ALL.iter().find(|code| code.as_str() == complaint.code);
    let message = secrets.hide(complaint.message.clone().into());
    let message = message.as_str().unwrap_or_default();
    let message = match (complaint.line, complaint.column) {
        (Some(line), Some(column)) if placed => format!("Line {line}, column {column}: {message}"),
        _ => message.to_owned(),
    };
    let problem = Problem::new(code.copied().unwrap_or(Code::InvalidTemplate), message);
    if complaint.target.is_empty() {
        problem
    } else {
        problem.target(complaint.target.clone())
    }
}

fn on_error(settings: &Json) -> Result<Option<OnError>, Problem> {
    if settings.object("onErrorDeployment")?.is_none() {
        return Ok(None);
    }
    let kinds = ["LastSuccessful", "SpecificDeployment"];
    let kind = settings
        .choice("onErrorDeployment.type", &kinds)?
        .unwrap_or("LastSuccessful");
    let name = settings
        .text("onErrorDeployment.deploymentName")?
        .map(str::to_owned);
    if kind == "SpecificDeployment" && name.is_none() {
        return Err(Problem::new(
            Code::InvalidRequestContent,
            "The field properties.onErrorDeployment.deploymentName is required for the type SpecificDeployment.",
        )
        .target("properties.onErrorDeployment.deploymentName"));
    }
    Ok(Some(OnError {
        kind: kind.to_owned(),
        name: name.filter(|_| kind == "SpecificDeployment"),
        state: None,
        run: None,
    }))
}

// Some clients send the template as text within the JSON.
fn inline(node: Node) -> Result<Node, Problem> {
    match node.text() {
        Some(text) => cupola_template::read(text).map_err(|complaint| {
            Problem::new(
                Code::InvalidTemplate,
                format!("Deployment template parse failed: '{}'.", complaint.message),
            )
        }),
        None => Ok(node),
    }
}

// A whole parameter file in the place of its section.
fn parameters_of(mut value: Value) -> Value {
    let is_file = value.get("$schema").is_some_and(Value::is_string)
        && value.get("parameters").is_some_and(Value::is_object);
    if is_file {
        value["parameters"].take()
    } else {
        value
    }
}

fn unreadable(why: impl Into<String>) -> Problem {
    Problem::new(Code::InvalidRequestContent, why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Request, String> {
        Request::read(&Bytes::from(text.to_owned())).map_err(|problem| problem.to_string())
    }

    fn check_refusal(text: &str, expected: &str) {
        let refusal = read(text).map(|_| ()).expect_err("refused");
        assert!(refusal.contains(expected), "{text}: {refusal}");
    }

    #[test]
    fn the_body_of_the_command_line_is_read() {
        let request = read(
            "{\"properties\": {\"parameters\": {\"p\": {\"value\": 1}}, \"mode\": \"complete\", template:{ // why\n\
             \"resources\": [] /* none */ }}}",
        )
        .expect("read");
        assert_eq!(request.mode, Mode::Complete);
        assert_eq!(request.parameters, json!({"p": {"value": 1}}));
        assert!(request.template.property("resources").is_some());
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        check_refusal("", "empty");
        check_refusal("{", "InvalidRequestContent");
        check_refusal("[]", "properties is required");
        check_refusal("{\"properties\": {}}", "properties.template");
        check_refusal("{\"properties\": {\"template\": []}}", "properties.template");
        check_refusal("{\"properties\": {\"template\": \"{\"}}", "InvalidTemplate");
        check_refusal(
            "{\"properties\": {\"templateLink\": {\"uri\": \"https://x.test\"}}}",
            "properties.template.",
        );
        check_refusal(
            "{\"properties\": {\"template\": {}, \"mode\": \"Some\"}}",
            "Incremental or Complete",
        );
        check_refusal(
            "{\"properties\": {\"template\": {}, \"onErrorDeployment\": {\"type\": \"SpecificDeployment\"}}}",
            "deploymentName",
        );
        assert!(Request::read(&Bytes::from_static(b"{\"a\": \"\xff\"}")).is_err());
    }

    proptest! {
        #[test]
        fn no_body_makes_reading_panic(text in "[{}\\[\\]\"':,a-c/*\\\\ \\n]{0,80}") {
            let _ = read(&text);
            let _ = read(&format!("{{\"properties\": {{\"template\": {text}}}}}"));
        }
    }
}
