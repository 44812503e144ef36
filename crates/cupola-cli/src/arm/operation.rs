//! What to do next about a long-running operation. Pure: an answer in, a step out.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::Value;

use crate::failure::Failure;
use crate::transport::Reply;

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// It has ended, with this.
    Done(Option<Value>),
    /// It has ended; this URL has the result.
    Fetch(String),
    /// It goes on; ask there.
    Poll(Poll),
}

/// A question to repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Poll {
    pub(crate) url: String,
    kind: Kind,
    wait: Duration,
    // Where a POST leaves its result.
    location: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `Azure-AsyncOperation`: the body's `status` says it.
    Status,
    /// `Location`: 202 until the result is there.
    Location,
    /// The resource itself: `properties.provisioningState` says it.
    Resource,
}

impl Poll {
    /// How long to wait before question number `asked`. Most operations here take milliseconds, so the first
    /// questions come quickly and the pauses grow to what the server asks for.
    pub(crate) fn pause(&self, asked: u32) -> Duration {
        self.wait
            .min(Duration::from_millis(25) * 2_u32.pow(asked.min(10)))
    }
}

/// What the answer to the change itself says.
pub(crate) fn first(method: &Method, url: &str, reply: &Reply) -> Result<Step, Failure> {
    let wait = reply.retry_after().unwrap_or(Duration::from_secs(1));
    let location = reply.header("location").map(str::to_owned);
    let body = body(reply);
    let poll = |url: &str, kind| {
        Step::Poll(Poll {
            url: url.into(),
            kind,
            wait,
            location: location.clone(),
        })
    };
    if let Some(status) = reply.header("azure-asyncoperation") {
        return Ok(poll(status, Kind::Status));
    }
    // A 200 may carry a Location that only names the resource.
    if let Some(location) = &location
        && matches!(reply.status, StatusCode::ACCEPTED | StatusCode::CREATED)
    {
        return Ok(poll(location, Kind::Location));
    }
    if method == Method::PUT && body.as_ref().is_some_and(|body| !has_ended(body)) {
        return Ok(poll(url, Kind::Resource));
    }
    ended(body)
}

/// What the answer to a poll says; `note` hears how far it is.
pub(crate) fn next(
    method: &Method,
    url: &str,
    poll: &Poll,
    reply: &Reply,
    note: impl Fn(&str),
) -> Result<Step, Failure> {
    let gone = reply.status == StatusCode::NOT_FOUND && method == Method::DELETE;
    if gone && poll.kind != Kind::Status {
        return Ok(Step::Done(None));
    }
    crate::arm::good(reply)?;
    let again = || {
        let wait = reply.retry_after().unwrap_or(poll.wait);
        let url = reply
            .header("location")
            .filter(|_| poll.kind == Kind::Location)
            .unwrap_or(&poll.url);
        Step::Poll(Poll {
            url: url.into(),
            wait,
            ..poll.clone()
        })
    };
    let body = body(reply);
    match poll.kind {
        Kind::Location if reply.status == StatusCode::ACCEPTED => Ok(again()),
        Kind::Location => ended(body),
        Kind::Resource if body.as_ref().is_some_and(|body| !has_ended(body)) => Ok(again()),
        Kind::Resource => ended(body),
        Kind::Status => {
            let body = body.unwrap_or_default();
            let status = body["status"].as_str().unwrap_or_default();
            match status {
                "Succeeded" if method == Method::PUT => Ok(Step::Fetch(url.to_owned())),
                "Succeeded" if method == Method::POST => Ok(poll
                    .location
                    .clone()
                    .map_or(Step::Done(Some(body.clone())), Step::Fetch)),
                "Succeeded" => Ok(Step::Done(None)),
                "Failed" | "Canceled" => Err(Failure::from_operation(status, &body["error"])),
                running => {
                    match body["percentComplete"].as_f64() {
                        Some(percent) => note(&format!("{running}, {percent:.0} %")),
                        None if !running.is_empty() => note(running),
                        None => {}
                    }
                    Ok(again())
                }
            }
        }
    }
}

fn body(reply: &Reply) -> Option<Value> {
    serde_json::from_slice(&reply.body).ok()
}

fn has_ended(resource: &Value) -> bool {
    resource["properties"]["provisioningState"]
        .as_str()
        .is_none_or(|state| matches!(state, "Succeeded" | "Failed" | "Canceled"))
}

fn ended(body: Option<Value>) -> Result<Step, Failure> {
    let state = body
        .as_ref()
        .and_then(|body| body["properties"]["provisioningState"].as_str());
    match (state, &body) {
        (Some(state @ ("Failed" | "Canceled")), Some(body)) => {
            let properties = &body["properties"];
            Err(Failure::from_operation(
                state,
                properties.get("error").unwrap_or(&body["error"]),
            ))
        }
        _ => Ok(Step::Done(body)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::HeaderMap;
    use serde_json::json;

    fn reply(status: u16, headers: &[(&'static str, &'static str)], body: &Value) -> Reply {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, http::HeaderValue::from_static(value));
        }
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        Reply {
            status: StatusCode::from_u16(status).expect("a status"),
            headers: map,
            body: Bytes::from(body),
        }
    }

    fn begun(method: &Method, status: u16, headers: &[(&'static str, &'static str)], body: &Value) -> String {
        shown(first(method, "U", &reply(status, headers, body)))
    }

    fn polled(method: &Method, kind: Kind, status: u16, body: &Value) -> String {
        let poll = Poll {
            url: "P".into(),
            kind,
            wait: Duration::from_secs(1),
            location: Some("L".into()),
        };
        shown(next(method, "U", &poll, &reply(status, &[], body), |_| ()))
    }

    fn shown(step: Result<Step, Failure>) -> String {
        match step {
            Ok(Step::Done(body)) => format!("done {}", body.unwrap_or_default()),
            Ok(Step::Fetch(url)) => format!("fetch {url}"),
            Ok(Step::Poll(poll)) => format!("{:?} {} {}s", poll.kind, poll.url, poll.wait.as_secs()),
            Err(failure) => format!("failed {}: {}", failure.code.unwrap_or_default(), failure.message),
        }
    }

    #[test]
    fn where_to_look_after_the_change() {
        let (put, delete) = (Method::PUT, Method::DELETE);
        let creating = json!({"properties": {"provisioningState": "Creating"}});
        let ready = json!({"properties": {"provisioningState": "Succeeded"}});
        let both = [
            ("azure-asyncoperation", "A"),
            ("location", "L"),
            ("retry-after", "3"),
        ];
        assert_eq!(begun(&put, 201, &both, &creating), "Status A 3s");
        assert_eq!(begun(&put, 201, &[("location", "L")], &creating), "Location L 1s");
        assert_eq!(
            begun(&put, 200, &[("location", "L")], &ready),
            format!("done {ready}")
        );
        assert_eq!(begun(&put, 200, &[], &creating), "Resource U 1s");
        assert_eq!(begun(&put, 201, &[], &json!({"id": 1})), r#"done {"id":1}"#);
        assert_eq!(begun(&delete, 202, &both, &Value::Null), "Status A 3s");
        assert_eq!(begun(&delete, 204, &[], &Value::Null), "done null");
        assert_eq!(
            begun(&Method::POST, 200, &[], &json!({"k": 1})),
            r#"done {"k":1}"#
        );
    }

    #[test]
    fn where_to_look_after_a_poll() {
        let status = |status: &str| json!({"status": status, "error": {"code": "X", "message": "why"}});
        assert_eq!(
            polled(&Method::PUT, Kind::Status, 200, &status("InProgress")),
            "Status P 1s"
        );
        assert_eq!(
            polled(&Method::PUT, Kind::Status, 200, &status("Succeeded")),
            "fetch U"
        );
        assert_eq!(
            polled(&Method::POST, Kind::Status, 200, &status("Succeeded")),
            "fetch L"
        );
        assert_eq!(
            polled(&Method::DELETE, Kind::Status, 200, &status("Succeeded")),
            "done null"
        );
        assert_eq!(
            polled(&Method::PUT, Kind::Status, 200, &status("Failed")),
            "failed X: why"
        );
        assert_eq!(
            polled(&Method::PUT, Kind::Status, 200, &json!({"status": "Canceled"})),
            "failed Canceled: The operation ended as Canceled."
        );
        assert_eq!(
            polled(&Method::DELETE, Kind::Location, 202, &Value::Null),
            "Location P 1s"
        );
        assert_eq!(
            polled(&Method::DELETE, Kind::Location, 404, &Value::Null),
            "done null"
        );
        assert_eq!(
            polled(&Method::POST, Kind::Location, 200, &json!({"k": 1})),
            r#"done {"k":1}"#
        );
        let failed = json!({"properties": {"provisioningState": "Failed"}});
        assert_eq!(
            polled(&Method::PUT, Kind::Resource, 200, &failed),
            "failed Failed: The operation ended as Failed."
        );
    }

    #[test]
    fn pauses_grow_to_what_the_server_asks_for() {
        let poll = Poll {
            url: "P".into(),
            kind: Kind::Status,
            wait: Duration::from_secs(1),
            location: None,
        };
        let pauses: Vec<u128> = [0, 1, 3, 9, 99]
            .iter()
            .map(|asked| poll.pause(*asked).as_millis())
            .collect();
        assert_eq!(pauses, [25, 50, 200, 1000, 1000]);
    }
}
