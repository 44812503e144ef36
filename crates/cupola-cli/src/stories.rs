//! Whole commands against a server that plays a part: what is asked, what is answered, how it ends.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use clap::Parser;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};

use crate::failure::Exit;
use crate::output::paint::Paint;
use crate::session::Session;
use crate::{Command, Surroundings, answered};

#[derive(Debug, Parser)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

/// One line of the part: a request, and the answer to it. Lines are used up in order for each request.
struct Part {
    request: &'static str,
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

fn part(request: &'static str, status: u16, body: Value) -> Part {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    Part {
        request,
        status,
        headers: Vec::new(),
        body,
    }
}

impl Part {
    // The request ends so, or begins so where a star stands for what the client chooses.
    fn fits(&self, asked: &str) -> bool {
        match self.request.strip_suffix('*') {
            Some(beginning) => asked.starts_with(beginning),
            None => asked.ends_with(self.request),
        }
    }

    fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

struct Server {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
    data_dir: tempfile::TempDir,
}

struct Outcome {
    text: String,
    exit: Option<Exit>,
}

impl Server {
    /// Plays `parts`, and the token endpoint besides. `HERE` in headers and bodies is its own address.
    fn playing(parts: Vec<Part>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (script, log) = (Arc::new(Mutex::new(parts)), heard.clone());
        std::thread::spawn(move || play(listener, address, &script, &log));
        let data_dir = tempfile::tempdir().expect("a directory");
        let url = format!("http://{address}");
        let file = json!({"url": url, "authority": url, "tenant_id": "T", "client_id": "C", "client_secret": "S&S",
            "subscription_id": "SUB", "resource_group": "cupola", "workspace": "w"});
        std::fs::write(data_dir.path().join("client.json"), file.to_string()).expect("writes");
        Self {
            address,
            heard,
            data_dir,
        }
    }

    fn run(&self, line: &[&str]) -> Outcome {
        self.run_in(BTreeMap::new(), line)
    }

    fn run_in(&self, environment: BTreeMap<String, String>, line: &[&str]) -> Outcome {
        let line = Line::try_parse_from([&["cupola"], line].concat()).expect("parses");
        let surroundings = Surroundings {
            environment,
            default_data_dir: self.data_dir.path().to_owned(),
            stdout_is_terminal: false,
            stderr_is_terminal: false,
            stdin_is_terminal: false,
            now: "2026-11-21T10:00:00Z".parse().expect("a time"),
            executable: None,
        };
        let session = Session::new(surroundings, line.command.globals().clone());
        match answered(&session, line.command) {
            Ok(text) => Outcome {
                text: self.anonymous(&text),
                exit: None,
            },
            Err(failure) => Outcome {
                text: self.anonymous(&failure.render(Paint::PLAIN)),
                exit: Some(failure.exit),
            },
        }
    }

    /// What was asked, without the ways to a token and without api-versions.
    fn heard(&self) -> String {
        let heard = self.heard.lock().expect("a lock");
        let asked: Vec<String> = heard
            .iter()
            .filter(|line| !line.contains("/T/"))
            .cloned()
            .collect();
        self.anonymous(&asked.join("\n"))
            .replace("/subscriptions/SUB/resourceGroups/cupola/providers/Microsoft.MachineLearningServices/workspaces/w", "WS")
    }

    fn anonymous(&self, text: &str) -> String {
        text.replace(&self.address.to_string(), "HERE")
    }
}

fn play(
    listener: std::net::TcpListener,
    address: SocketAddr,
    script: &Arc<Mutex<Vec<Part>>>,
    log: &Arc<Mutex<Vec<String>>>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        listener.set_nonblocking(true).expect("non-blocking");
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
        while let Ok((stream, _)) = listener.accept().await {
            let (script, log) = (script.clone(), log.clone());
            let service = service_fn(move |request| answer(request, address, script.clone(), log.clone()));
            tokio::spawn(
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
            );
        }
    });
}

async fn answer(
    request: Request<Incoming>,
    address: SocketAddr,
    script: Arc<Mutex<Vec<Part>>>,
    log: Arc<Mutex<Vec<String>>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let asked = format!("{} {path}", request.method());
    let bearer = request
        .headers()
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let query: Vec<&str> = request
        .uri()
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.starts_with("api-version"))
        .collect();
    let query = query.join("&");
    let mut line = asked.clone();
    if !query.is_empty() {
        line += &format!("?{query}");
    }
    let body = request.into_body().collect().await.expect("a body").to_bytes();
    if !body.is_empty() {
        line += &format!(" {}", String::from_utf8_lossy(&body));
    }
    log.lock().expect("a lock").push(line);
    let respond = |status: u16, headers: &[(&str, String)], body: String| {
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, value.replace("HERE", &address.to_string()));
        }
        Ok(response
            .body(Full::new(Bytes::from(body.replace("HERE", &address.to_string()))))
            .expect("a response"))
    };
    match path.as_str() {
        "/T/v2.0/.well-known/openid-configuration" => {
            return respond(
                200,
                &[],
                json!({"token_endpoint": "http://HERE/T/token"}).to_string(),
            );
        }
        "/T/token" => {
            return respond(
                200,
                &[],
                json!({"access_token": "TOKEN", "token_type": "Bearer"}).to_string(),
            );
        }
        _ => {}
    }
    let mut script = script.lock().expect("a lock");
    let Some(at) = script.iter().position(|part| part.fits(&asked)) else {
        return respond(
            404,
            &[],
            json!({"error": {"code": "ResourceNotFound", "message": format!("No {asked}.")}}).to_string(),
        );
    };
    // The last line for a request goes on answering it.
    let more = script.iter().skip(at + 1).any(|part| part.fits(&asked));
    let expected = if path.ends_with("/chat/completions") {
        "Bearer k1"
    } else {
        "Bearer TOKEN"
    };
    if bearer.as_deref() != Some(expected) {
        return respond(
            403,
            &[],
            json!({"error": {"code": "AuthorizationFailed", "message": "Wrong credential."}}).to_string(),
        );
    }
    if more {
        let part = script.remove(at);
        return respond(part.status, &part.headers, part.body);
    }
    let part = &script[at];
    respond(part.status, &part.headers, part.body.clone())
}

fn endpoint(state: &str) -> Value {
    json!({"id": "/e/hello", "name": "hello", "location": "eastus2", "tags": {},
        "properties": {"authMode": "Key", "modelSettings": {"modelId": "azureml://registries/cupola/models/tiny-chat"},
            "inferenceEndpoint": {"uri": "http://HERE/hello", "headers": {}}, "endpointState": state, "provisioningState": "Succeeded"}})
}

fn workspace() -> Part {
    part("/workspaces/w", 200, json!({"location": "eastus2"}))
}

#[test]
fn an_endpoint_is_created_and_waited_for() {
    let server = Server::playing(vec![
        workspace(),
        part("/serverlessEndpoints/hello", 201, endpoint("Creating"))
            .header("azure-asyncoperation", "http://HERE/op/1?api-version=1")
            .header("retry-after", "1"),
        part("GET /op/1", 200, json!({"status": "InProgress"})),
        // A server that restarts in the middle is waited for.
        part("GET /op/1", 503, Value::Null).header("retry-after", "0"),
        part("GET /op/1", 200, json!({"status": "Succeeded"})),
        part("/serverlessEndpoints/hello", 200, endpoint("Online")),
    ]);
    let outcome = server.run(&[
        "ml",
        "serverless-endpoint",
        "create",
        "-n",
        "hello",
        "--set",
        "model_id=azureml://registries/cupola/models/tiny-chat",
    ]);
    insta::assert_snapshot!(outcome.text, @r#"
    {
      "auth_mode": "Key",
      "endpoint_state": "online",
      "headers": {},
      "id": "/e/hello",
      "location": "eastus2",
      "model_id": "azureml://registries/cupola/models/tiny-chat",
      "name": "hello",
      "provisioning_state": "succeeded",
      "scoring_uri": "http://HERE/hello",
      "tags": {}
    }
    "#);
    insta::assert_snapshot!(server.heard(), @r#"
    GET WS
    PUT WS/serverlessEndpoints/hello {"properties":{"modelSettings":{"modelId":"azureml://registries/cupola/models/tiny-chat"}},"sku":{"name":"Consumption"},"location":"eastus2"}
    GET /op/1
    GET /op/1
    GET /op/1
    GET WS/serverlessEndpoints/hello
    "#);
}

#[test]
fn the_token_is_asked_for_with_the_secret_and_used_for_all() {
    let server = Server::playing(vec![part(
        "/serverlessEndpoints/hello/listKeys",
        200,
        json!({"primaryKey": "k1", "secondaryKey": "k2"}),
    )]);
    let outcome = server.run(&[
        "ml",
        "serverless-endpoint",
        "get-credentials",
        "-n",
        "hello",
        "--query",
        "secondaryKey",
        "-o",
        "tsv",
    ]);
    assert_eq!((outcome.text.as_str(), outcome.exit), ("k2\n", None));
    let heard = server.heard.lock().expect("a lock").join("\n");
    insta::assert_snapshot!(server.anonymous(&heard.replace("%3A", ":")), @r"
    GET /T/v2.0/.well-known/openid-configuration
    POST /T/token grant_type=client_credentials&client_id=C&client_secret=S%26S&scope=http:%2F%2FHERE%2F.default
    POST /subscriptions/SUB/resourceGroups/cupola/providers/Microsoft.MachineLearningServices/workspaces/w/serverlessEndpoints/hello/listKeys
    ");
}

#[test]
fn what_is_not_there_ends_with_3_and_is_not_deleted() {
    let server = Server::playing(Vec::new());
    let outcome = server.run(&["ml", "serverless-endpoint", "delete", "-n", "nope", "--yes"]);
    assert_eq!(outcome.exit, Some(Exit::NotFound));
    insta::assert_snapshot!(outcome.text, @r"
    ERROR: (ResourceNotFound) No GET /subscriptions/SUB/resourceGroups/cupola/providers/Microsoft.MachineLearningServices/workspaces/w/serverlessEndpoints/nope.
    Code: ResourceNotFound
    Message: No GET /subscriptions/SUB/resourceGroups/cupola/providers/Microsoft.MachineLearningServices/workspaces/w/serverlessEndpoints/nope.
    Try: cupola ml serverless-endpoint list -o table
    ");
    assert!(!server.heard().contains("DELETE"));
}

#[test]
fn without_a_terminal_only_yes_deletes() {
    let server = Server::playing(vec![part("/workspaces/w", 200, json!({}))]);
    let outcome = server.run(&["ml", "workspace", "delete", "-n", "w"]);
    assert_eq!(outcome.exit, Some(Exit::Error));
    insta::assert_snapshot!(outcome.text, @"ERROR: Unable to prompt for confirmation as no tty available. Use --yes.");
}

#[test]
fn a_delete_is_waited_for() {
    let server = Server::playing(vec![
        part("GET /subscriptions/SUB/resourceGroups/g", 200, json!({})),
        part("DELETE /subscriptions/SUB/resourceGroups/g", 202, Value::Null)
            .header("location", "http://HERE/done"),
        part("GET /done", 202, Value::Null).header("retry-after", "0"),
        part("GET /done", 200, Value::Null),
    ]);
    let outcome = server.run(&["group", "delete", "-n", "g", "-y"]);
    assert_eq!((outcome.text.as_str(), outcome.exit), ("", None));
    insta::assert_snapshot!(server.heard(), @r"
    DELETE /subscriptions/SUB/resourceGroups/g
    GET /done
    GET /done
    ");
}

#[test]
fn a_failed_operation_tells_why() {
    let server = Server::playing(vec![
        part("/marketplaceSubscriptions/s", 201, json!({}))
            .header("azure-asyncoperation", "http://HERE/op/1"),
        part(
            "GET /op/1",
            200,
            json!({"status": "Failed", "error": {"code": "UserError", "message": "Not for sale here."}}),
        ),
    ]);
    let outcome = server.run(&[
        "ml",
        "marketplace-subscription",
        "create",
        "-n",
        "s",
        "--set",
        "model_id=m",
    ]);
    assert_eq!(outcome.exit, Some(Exit::Error));
    insta::assert_snapshot!(outcome.text, @r"
    ERROR: (UserError) Not for sale here.
    Code: UserError
    Message: Not for sale here.
    ");
}

#[test]
fn a_key_is_replaced_by_naming_it() {
    let server = Server::playing(vec![
        part(
            "/serverlessEndpoints/hello/listKeys",
            200,
            json!({"primaryKey": "k1", "secondaryKey": "k2"}),
        ),
        part("/serverlessEndpoints/hello/regenerateKeys", 202, Value::Null)
            .header("location", "http://HERE/done"),
        part(
            "GET /done",
            200,
            json!({"primaryKey": "k1", "secondaryKey": "k3"}),
        ),
    ]);
    let outcome = server.run(&[
        "ml",
        "serverless-endpoint",
        "regenerate-keys",
        "-n",
        "hello",
        "--key-type",
        "secondary",
        "-o",
        "tsv",
    ]);
    assert_eq!(outcome.text, "k1\tk3\n");
    assert!(
        server
            .heard()
            .contains(r#"regenerateKeys {"keyType":"Secondary","keyValue":"k2"}"#),
        "{}",
        server.heard()
    );
}

#[test]
fn pages_are_followed_and_busy_servers_asked_again() {
    let server = Server::playing(vec![
        part(
            "/serverlessEndpoints",
            429,
            json!({"error": {"code": "TooManyRequests", "message": "Slow."}}),
        )
        .header("retry-after", "0"),
        part(
            "/serverlessEndpoints",
            401,
            json!({"error": {"code": "ExpiredAuthenticationToken", "message": "Old."}}),
        ),
        part(
            "/serverlessEndpoints",
            200,
            json!({"value": [endpoint("Online")], "nextLink": "http://HERE/next"}),
        ),
        part("/next", 200, json!({"value": [endpoint("Suspended")]})),
    ]);
    let outcome = server.run(&[
        "ml",
        "serverless-endpoint",
        "list",
        "--query",
        "[].endpoint_state",
        "-o",
        "tsv",
    ]);
    assert_eq!(outcome.text, "online\nsuspended\n");
    let heard = server.heard.lock().expect("a lock");
    assert_eq!(
        heard
            .iter()
            .filter(|line| line.starts_with("POST /T/token"))
            .count(),
        2
    );
}

#[test]
fn the_token_stays_with_its_server() {
    let server = Server::playing(vec![part(
        "/resourceGroups",
        200,
        json!({"value": [], "nextLink": "https://elsewhere.example.test/next"}),
    )]);
    let outcome = server.run(&["group", "list"]);
    insta::assert_snapshot!(outcome.text, @r"
    ERROR: The server points to another one, https://elsewhere.example.test/next; the token was not sent there
    Try: export CUPOLA_URL=https://elsewhere.example.test, if that is its right name
    ");
}

#[test]
fn a_model_is_bound() {
    let server = Server::playing(vec![
        part(
            "/models",
            200,
            json!({"value": [{"registry": "azureml-cohere", "name": "command-r"}]}),
        ),
        part(
            "/bindings/command-r",
            200,
            json!({"name": "command-r", "properties": {"kind": "upstream", "url": "http://127.0.0.1:1/v1", "apiKey": "leak"}}),
        ),
    ]);
    let outcome = server.run(&[
        "catalog",
        "bind",
        "command-r",
        "--upstream",
        "http://127.0.0.1:1/v1",
        "--allow-private-network",
    ]);
    assert!(!outcome.text.contains("leak"));
    insta::assert_snapshot!(server.heard(), @r#"
    GET /providers/Cupola.Catalog/models
    PUT /providers/Cupola.Catalog/registries/azureml-cohere/bindings/command-r {"properties":{"kind":"upstream","url":"http://127.0.0.1:1/v1","allowPrivateNetwork":true}}
    "#);
}

#[test]
fn one_question_one_answer() {
    let stream = "data: {\"model\":\"tiny\",\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"Hel\"}}]}\n\n\
        data: {\"choices\":[{\"delta\":{\"content\":\"lo.\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5}}\n\n\
        data: [DONE]\n\n";
    let answer = Part {
        request: "/hello/chat/completions",
        status: 200,
        headers: vec![("content-type", "text/event-stream".into())],
        body: stream.into(),
    };
    let server = Server::playing(vec![
        part("/serverlessEndpoints/hello", 200, endpoint("Online")),
        part(
            "/serverlessEndpoints/hello/listKeys",
            200,
            json!({"primaryKey": "k1", "secondaryKey": "k2"}),
        ),
        answer,
    ]);
    let outcome = server.run(&[
        "chat",
        "-n",
        "hello",
        "--system",
        "Be kind.",
        "Hi",
        "-o",
        "json",
        "--query",
        "[content, usage.total_tokens]",
    ]);
    insta::assert_snapshot!(outcome.text, @r#"
    [
      "Hello.",
      5
    ]
    "#);
    assert!(server.heard().ends_with(r#"{"messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Hi"}],"stream":true}"#));
}

#[test]
fn over_the_rate_limit_a_script_is_told_how_long() {
    let server = Server::playing(vec![
        part("/serverlessEndpoints/hello", 200, endpoint("Online")),
        part(
            "/serverlessEndpoints/hello/listKeys",
            200,
            json!({"primaryKey": "k1"}),
        ),
        part(
            "/hello/chat/completions",
            429,
            json!({"error": {"code": "429", "message": "Rate limit is exceeded. Try again in 50 seconds."}}),
        )
        .header("retry-after", "50"),
    ]);
    let outcome = server.run(&["chat", "-n", "hello", "Hi"]);
    insta::assert_snapshot!(outcome.text, @r"
    ERROR: (429) Rate limit is exceeded. Try again in 50 seconds.
    Code: 429
    Message: Rate limit is exceeded. Try again in 50 seconds.
    Try: the same again in 50 seconds
    ");
}

#[test]
fn a_server_that_is_not_there_says_how_to_start_it() {
    let server = Server::playing(Vec::new());
    let file = json!({"url": "http://127.0.0.1:1", "tenant_id": "T", "client_id": "C", "client_secret": "S", "subscription_id": "SUB"});
    std::fs::write(server.data_dir.path().join("client.json"), file.to_string()).expect("writes");
    let outcome = server.run(&["account", "show"]);
    insta::assert_snapshot!(outcome.text, @r"
    ERROR: Nothing listens at 127.0.0.1:1: start it with script/server (or cupola serve), or set CUPOLA_URL to where it runs
    Try: script/server
    ");
}

#[test]
fn a_shell_that_was_pointed_at_yesterdays_server_can_be_pointed_anew() {
    let server = Server::playing(Vec::new());
    let names = [
        "AZURE_TENANT_ID",
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
        "AZURE_SUBSCRIPTION_ID",
    ];
    let mut environment: BTreeMap<String, String> =
        names.map(|name| (name.to_owned(), "x".to_owned())).into();
    environment.insert("CUPOLA_URL".into(), "http://127.0.0.1:1".into());
    let outcome = server.run_in(environment, &["account", "show"]);
    insta::assert_snapshot!(outcome.text, @r#"
    ERROR: Nothing listens at 127.0.0.1:1: start it with script/server (or cupola serve), or set CUPOLA_URL to where it runs
    Try: script/server
    Try: eval "$(cupola env)"
    "#);
}

#[test]
fn models_of_a_registry() {
    let server = Server::playing(vec![
        part(
            "/registries/cupola/discovery",
            200,
            json!({"registryName": "cupola", "primaryRegionResourceProviderUri": "http://HERE/", "resourceGroup": "rg", "subscriptionId": "s"}),
        ),
        part(
            "/registries/cupola/models",
            200,
            json!({"value": [{"name": "tiny-chat", "properties": {"latestVersion": "1", "tags": {"task": "chat-completion"}}}]}),
        ),
    ]);
    let outcome = server.run(&["ml", "model", "list", "--registry-name", "cupola", "-o", "table"]);
    insta::assert_snapshot!(outcome.text, @r"
    Name       Registry    Version    Task             Id
    ---------  ----------  ---------  ---------------  --------------------------------------------
    tiny-chat  cupola      1          chat-completion  azureml://registries/cupola/models/tiny-chat
    ");
}

mod access;
mod accounts;
mod deployments;
mod endpoints;
mod resources;
