//! Which site, which deployment and which route a request is for: by its path and its host, never by its client.

use crate::forms::Form;
use crate::kept;
use crate::place::{Place, Segments};
use crate::query;
use crate::refusal::Refusal;
use cupola_wire::cohere::Version;
use cupola_wire::openai::Surface;
use cupola_wire::timegen;
use http::Method;
use http::request::Parts;

/// Where a request goes.
#[derive(Debug)]
pub(crate) struct Address<'a> {
    pub(crate) place: Place,
    pub(crate) route: Route<'a>,
}

/// A route below a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Route<'a> {
    /// Whose rules and whose errors.
    pub(crate) surface: Surface,
    /// What to do; `None` for what there is not.
    pub(crate) action: Option<Action<'a>>,
    /// The deployment that the path names; without one it is the body's `model`, or the only one there is.
    pub(crate) deployment: Option<&'a str>,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action<'a> {
    /// Ask the model.
    Infer(Form),
    /// Ask the model for a response, or for one that is kept.
    Responses(kept::Route<'a>),
    /// Weigh a prompt.
    CountTokens,
    /// Ask for a forecast.
    Forecast(timegen::Route),
    /// What the model is.
    Info,
    /// Which models there are.
    Models,
    /// One of them.
    Model(&'a str),
    /// What the site's clients used.
    Usage,
}

impl<'a> Address<'a> {
    /// Reads path and host. Repeated and trailing slashes are forgiven; names compare without case. `None` for what is not
    /// the data plane's.
    pub(crate) fn read(head: &'a Parts, base_domain: Option<&str>) -> Option<Self> {
        let segments = Segments::of(head.uri.path());
        let (place, rest) = Place::read(head, segments.as_slice(), base_domain)?;
        Some(Self {
            place,
            route: Route::read(rest),
        })
    }
}

impl<'a> Route<'a> {
    fn read(segments: &[&'a str]) -> Self {
        use Surface::{Anthropic, AzureOpenAi, Cohere, ModelInference, OpenAi, TimeGen};
        let (surface, action, deployment) = match segments {
            // Model Inference, on an endpoint's own root and below `/models` of an account.
            ["models", rest @ ..] => (ModelInference, model_inference(rest), None),
            ["openai", "deployments", name, rest @ ..] | ["openai", "v1", "deployments", name, rest @ ..] => {
                (AzureOpenAi, openai(rest), Some(*name))
            }
            ["openai", "v1", rest @ ..] => (AzureOpenAi, openai(rest), None),
            ["openai", rest @ ..] => (AzureOpenAi, azure_undeployed(rest), None),
            ["api", "projects", _, "openai", "v1", rest @ ..]
            | ["api", "projects", _, "openai", rest @ ..] => (AzureOpenAi, openai(rest), None),
            ["anthropic", rest @ ..] => (Anthropic, anthropic(rest), None),
            ["providers", "cohere", rest @ ..] => (Cohere, cohere(rest), None),
            ["v1", "messages", ..] => (Anthropic, anthropic(segments), None),
            ["v1" | "v2", "chat" | "embed" | "rerank"] => (Cohere, cohere(segments), None),
            ["forecast" | "model_params"] | ["v2", "forecast" | "cross_validation" | "anomaly_detection"] => {
                (TimeGen, forecast(segments), None)
            }
            ["v1", rest @ ..] => (OpenAi, openai(rest), None),
            rest => (ModelInference, model_inference(rest), None),
        };
        Self {
            surface,
            action,
            deployment,
        }
    }

    /// The action, if it is there and asked for by its method.
    pub(crate) fn check(&self, method: &Method) -> Result<Action<'a>, Refusal> {
        let action = self.action.ok_or_else(|| Refusal::no_route(self.surface))?;
        const GET: &[Method] = &[Method::GET];
        const POST: &[Method] = &[Method::POST];
        let allowed = match action {
            Action::Forecast(timegen::Route::ModelParameters) => &[Method::GET, Method::POST],
            Action::Responses(route) => route.allowed(),
            Action::Infer(_) | Action::Forecast(_) | Action::CountTokens => POST,
            Action::Info | Action::Models | Action::Model(_) | Action::Usage => GET,
        };
        if allowed.contains(method) {
            return Ok(action);
        }
        Err(Refusal::wrong_method(self.surface, method, allowed))
    }
}

fn model_inference<'a>(segments: &[&'a str]) -> Option<Action<'a>> {
    Some(match segments {
        ["chat", "completions"] => Action::Infer(Form::Chat),
        ["completions"] => Action::Infer(Form::Text),
        ["embeddings"] => Action::Infer(Form::Embeddings),
        ["images", "embeddings"] => Action::Infer(Form::ImageEmbeddings),
        ["images", "generations"] => Action::Infer(Form::Images),
        ["usage"] => Action::Usage,
        ["info"] => Action::Info,
        _ => return None,
    })
}

fn openai<'a>(segments: &[&'a str]) -> Option<Action<'a>> {
    Some(match segments {
        ["chat", "completions"] => Action::Infer(Form::Chat),
        ["completions"] => Action::Infer(Form::Text),
        ["embeddings"] => Action::Infer(Form::Embeddings),
        ["images", "generations"] => Action::Infer(Form::Images),
        ["responses"] => Action::Responses(kept::Route::Create),
        ["responses", id] => Action::Responses(kept::Route::One(id)),
        ["responses", id, "input_items"] => Action::Responses(kept::Route::InputItems(id)),
        ["responses", id, "cancel"] => Action::Responses(kept::Route::Cancel(id)),
        ["models"] => Action::Models,
        ["models", name] => Action::Model(name),
        _ => return None,
    })
}

// What stands beside `/openai/deployments` even where a client is set up with a deployment.
fn azure_undeployed<'a>(segments: &[&'a str]) -> Option<Action<'a>> {
    match segments {
        ["models" | "responses", ..] => openai(segments),
        _ => None,
    }
}

fn forecast<'a>(segments: &[&'a str]) -> Option<Action<'a>> {
    use timegen::Route;
    Some(Action::Forecast(match segments {
        ["forecast"] => Route::Forecast,
        ["model_params"] => Route::ModelParameters,
        [_, "forecast"] => Route::ForecastV2,
        [_, "cross_validation"] => Route::CrossValidation,
        [_, "anomaly_detection"] => Route::AnomalyDetection,
        _ => return None,
    }))
}

fn anthropic<'a>(segments: &[&'a str]) -> Option<Action<'a>> {
    Some(match segments {
        ["v1", "messages"] => Action::Infer(Form::Messages),
        ["v1", "messages", "count_tokens"] => Action::CountTokens,
        _ => return None,
    })
}

fn cohere<'a>(segments: &[&'a str]) -> Option<Action<'a>> {
    let version = match segments.first() {
        Some(&"v1") => Version::V1,
        Some(&"v2") => Version::V2,
        _ => return None,
    };
    Some(Action::Infer(match segments {
        [_, "chat"] => Form::CohereChat(version),
        [_, "embed"] => Form::Embed(version),
        [_, "rerank"] => Form::Rerank(version),
        _ => return None,
    }))
}

/// Checks `?api-version=`: absent is the latest, anything that looks like a version is taken. Says whether the version
/// knows `user_security_context`, which came in 2025.
pub(crate) fn api_version(head: &Parts) -> Result<bool, Refusal> {
    let query = head.uri.query().unwrap_or_default();
    let version = query::pairs(query)
        .find(|(name, _)| name.eq_ignore_ascii_case("api-version"))
        .map(|(_, value)| value);
    match version {
        None | Some("") => Ok(true),
        Some(version) if is_version(version) => Ok(version >= "2025"),
        Some(version) => Err(Refusal::bad_api_version(version)),
    }
}

fn is_version(text: &str) -> bool {
    let date = text.strip_suffix("-preview").unwrap_or(text).as_bytes();
    date.len() == 10
        && date.iter().enumerate().all(|(at, byte)| {
            if at == 4 || at == 7 {
                *byte == b'-'
            } else {
                byte.is_ascii_digit()
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn check(uri: &str, host: &str, expected: Option<(&str, Surface, Option<Action<'_>>, Option<&str>)>) {
        let (head, ()) = Request::builder()
            .uri(uri)
            .header("host", host)
            .body(())
            .expect("a request")
            .into_parts();
        let address = Address::read(&head, Some("models.Example.com"));
        let found = address.as_ref().map(|address| {
            let Route {
                surface,
                action,
                deployment,
            } = address.route;
            (address.place.to_string(), surface, action, deployment)
        });
        let expected = expected
            .map(|(place, surface, action, deployment)| (place.to_owned(), surface, action, deployment));
        assert_eq!(found, expected, "{host} {uri}");
    }

    const CHAT: Option<Action<'_>> = Some(Action::Infer(Form::Chat));

    #[test]
    fn endpoints_are_found_by_path_and_by_host() {
        use Surface::{ModelInference, OpenAi};
        let at = |place, surface, action| Some((place, surface, action, None));
        check(
            "/endpoints/eastus2/Hello/chat/completions?api-version=x",
            "h",
            at("endpoint eastus2/hello", ModelInference, CHAT),
        );
        check(
            "//Endpoints//EastUS2/hello//v1/chat/completions/",
            "h",
            at("endpoint eastus2/hello", OpenAi, CHAT),
        );
        let info = Some(Action::Info);
        check(
            "/endpoints/eastus2/hello/info/",
            "h",
            at("endpoint eastus2/hello", ModelInference, info),
        );
        check(
            "/endpoints/eastus2/hello",
            "h",
            at("endpoint eastus2/hello", ModelInference, None),
        );
        check(
            "/endpoints/eastus2/hello/a/b/c/d/e/f/g/h/i/chat/completions",
            "h",
            at("endpoint eastus2/hello", ModelInference, None),
        );
        check("/endpoints/eastus2", "h", at("endpoint ", ModelInference, None));
        let long = format!("/endpoints/e/{}/info", "x".repeat(200));
        check(&long, "h", at("endpoint ", ModelInference, info));
        check("/subscriptions/s", "h", None);
        check("/", "h", None);
        let host = "Hello.eastus2.MODELS.example.com:8443";
        check(
            "/chat/completions",
            host,
            at("endpoint eastus2/hello", ModelInference, CHAT),
        );
        check(
            "/info",
            "hello.eastus2.models.example.com",
            at("endpoint eastus2/hello", ModelInference, info),
        );
        check("/info", "a.hello.eastus2.models.example.com", None);
        check("/info", "hello.eastus2.models.example.org", None);
        check("/info", "é.é.models.example.com", None);
        let whole = "http://hello.eastus2.models.example.com/info";
        check(whole, "h", at("endpoint eastus2/hello", ModelInference, info));
    }

    #[test]
    fn accounts_are_found_by_path_by_host_and_by_key() {
        use Surface::{AzureOpenAi, ModelInference, OpenAi};
        check(
            "/accounts/Lab/models/chat/completions",
            "h",
            Some(("account lab", ModelInference, CHAT, None)),
        );
        check(
            "/openai/deployments/Gpt-4/chat/completions",
            "lab.models.example.com",
            Some(("account lab", AzureOpenAi, CHAT, Some("Gpt-4"))),
        );
        check(
            "/openai/v1/chat/completions",
            "lab.openai.azure.com",
            Some(("account lab", AzureOpenAi, CHAT, None)),
        );
        check(
            "/api/projects/p/openai/v1/models/m",
            "lab.services.ai.azure.com",
            Some(("account lab", AzureOpenAi, Some(Action::Model("m")), None)),
        );
        let usage = Some(("account lab", ModelInference, Some(Action::Usage), None));
        for host in ["lab.models.example.com", "lab.openai.azure.com"] {
            check("/usage", host, usage);
            check("/models/usage", host, usage);
            check("/usage/x", host, None);
        }
        check("/usage", "h", None);
        check("/v1/chat/completions", "h", Some(("key", OpenAi, CHAT, None)));
        check(
            "/openai/v1/models",
            "h",
            Some(("key", AzureOpenAi, Some(Action::Models), None)),
        );
        check("/accounts", "h", Some(("account ", ModelInference, None, None)));
    }

    #[test]
    fn api_versions_are_well_formed_or_absent() {
        let check = |query: &str| {
            let (head, ()) = Request::builder()
                .uri(format!("/x?{query}"))
                .body(())
                .expect("a request")
                .into_parts();
            api_version(&head).ok()
        };
        assert_eq!(check(""), Some(true));
        assert_eq!(check("a=b&API-Version=2024-05-01-preview"), Some(false));
        assert_eq!(check("api-version=2025-04-01"), Some(true));
        for wrong in ["latest", "2024-5-1", "2024-05-01-beta", "2024/05/01"] {
            assert_eq!(check(&format!("api-version={wrong}")), None, "{wrong}");
        }
    }
}
