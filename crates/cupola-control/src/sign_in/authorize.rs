//! `GET …/authorize`: an application sends a person here, and gets the person back with a code.
//!
//! Client and redirect are compared before anything else: until both are known to be good, nothing is sent anywhere but to
//! a page of ours.

use super::clients::{self, Client};
use super::interact::{self, Continue};
use super::pages::{self, Page, escape, hidden_inputs};
use super::proof::after;
use super::record::{self, Attempt};
use super::refusal::{Refusal, described, trace};
use super::{is_tenant, scope, session};
use crate::dispatch::{Call, Query, Reply, encode};
use cupola_core::{Problem, chance};
use cupola_identity::{digest_handle, new_handle};
use cupola_store::UnitOfWork;
use cupola_store::sign_ins::Ticket;
use cupola_store::users::User;
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

const CODE_LIFE_S: i64 = 600;
const FIELD_BYTES_MAX: usize = 2048;

/// `GET /{tenant}/oauth2/v2.0/authorize`
pub(super) async fn tenant(call: Call) -> Result<Reply, Problem> {
    begin(call).await
}

/// `GET /adfs/oauth2/authorize`
pub(super) async fn adfs(call: Call) -> Result<Reply, Problem> {
    begin(call).await
}

async fn begin(call: Call) -> Result<Reply, Problem> {
    let pairs = call
        .query
        .without(&[])
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    let query = pairs.collect::<Vec<_>>().join("&");
    let text = format!("{}?{query}", call.path);
    match Continue::read(&text) {
        Some(Continue::Authorize { tenant, query, text }) => enter(&call, &tenant, &query, &text).await,
        _ => Ok(interact::error(
            &call,
            &Refusal::malformed("the request is too long"),
        )),
    }
}

/// A request for a code that can be answered.
pub(super) struct Request {
    client: Client,
    redirect: String,
    mode: &'static str,
    state: Option<String>,
    scope: String,
    nonce: Option<String>,
    challenge: String,
    prompt: String,
    hint: String,
}

/// Why it cannot: told on a page, or sent back to the application.
pub(super) enum Stop {
    Page(Refusal),
    Back(Box<Request>, Refusal),
}

impl Request {
    /// Reads a request. Whatever is wrong with the client or the redirect is told to the person alone.
    pub(super) async fn read(
        call: &Call,
        tenant: &str,
        query: &Query,
    ) -> Result<Result<Self, Stop>, Problem> {
        let page = |refusal| Ok(Err(Stop::Page(refusal)));
        if !is_tenant(&call.control, tenant) {
            return page(Refusal::unknown_tenant(tenant));
        }
        let Some(id) = query.get("client_id") else {
            return page(Refusal::missing("client_id", "the application id"));
        };
        let Some(client) = clients::find(&call.control, id).await? else {
            return page(Refusal::unknown_client(id, call.control.tenant()));
        };
        let Some(redirect) = query.get("redirect_uri") else {
            return page(Refusal::missing("redirect_uri", "where the code goes"));
        };
        if !client.allows_redirect(redirect) {
            return page(Refusal::wrong_redirect(redirect, id));
        }
        let text = |name: &str| {
            query
                .get(name)
                .filter(|text| text.len() <= FIELD_BYTES_MAX)
                .map(str::to_owned)
        };
        let request = Self {
            redirect: redirect.to_owned(),
            mode: match query.get("response_mode") {
                Some("form_post") => "form_post",
                Some("fragment") => "fragment",
                _ => "query",
            },
            state: text("state"),
            scope: text("scope").unwrap_or_default(),
            nonce: text("nonce"),
            challenge: text("code_challenge").unwrap_or_default(),
            prompt: text("prompt").unwrap_or_default(),
            hint: text("login_hint").unwrap_or_default(),
            client,
        };
        let wrong = request.fault(query);
        Ok(match wrong {
            None => Ok(request),
            Some(refusal) => Err(Stop::Back(Box::new(request), refusal)),
        })
    }

    fn fault(&self, query: &Query) -> Option<Refusal> {
        if query.get("response_type") != Some("code") {
            return Some(Refusal::malformed("response_type must be 'code'"));
        }
        if query.get("code_challenge_method") != Some("S256") || self.challenge.len() != 43 {
            return Some(Refusal::challenge_needed());
        }
        if query.get("state").is_some() && self.state.is_none() {
            return Some(Refusal::malformed("state is too long"));
        }
        if query.get("nonce").is_some() && self.nonce.is_none() {
            return Some(Refusal::malformed("nonce is too long"));
        }
        scope::of_person(&self.scope).err()
    }

    /// Where the person goes in the end.
    pub(super) fn redirect(&self) -> &str {
        &self.redirect
    }

    /// The name of the application.
    pub(super) fn client_name(&self) -> &str {
        &self.client.name
    }

    /// The user name that the application expects.
    pub(super) fn hint(&self) -> &str {
        &self.hint
    }
}

/// What a request meets: a page, or at once a code.
pub(super) async fn enter(call: &Call, tenant: &str, query: &Query, text: &str) -> Result<Reply, Problem> {
    let request = match Request::read(call, tenant, query).await? {
        Ok(request) => request,
        Err(Stop::Page(refusal)) => return Ok(interact::error(call, &refusal)),
        Err(Stop::Back(request, refusal)) => return Ok(refused(call, &request, &refusal)),
    };
    let signed_in = session::find(call).await?;
    let asks = |word: &str| request.prompt.split_whitespace().any(|part| part == word);
    let other = |user: &User| !request.hint.is_empty() && !request.hint.eq_ignore_ascii_case(&user.upn);
    match signed_in {
        None if asks("none") => Ok(refused(call, &request, &Refusal::sign_in_needed())),
        Some(user) if asks("none") && other(&user) => Ok(refused(call, &request, &Refusal::sign_in_needed())),
        Some(user) if asks("select_account") => Ok(interact::choose_account(call, &user, &request, text)),
        Some(user) if !asks("login") && !other(&user) => {
            let work = call.control.store().begin().await?;
            finish(call, work, &request, &user, None).await
        }
        _ => interact::sign_in_page(call, Some(&request), text, None).await,
    }
}

/// Sends the person back with a code.
pub(super) async fn finish(
    call: &Call,
    mut work: UnitOfWork,
    request: &Request,
    user: &User,
    cookie: Option<String>,
) -> Result<Reply, Problem> {
    let handle = new_handle(call.control.entropy());
    let ticket = Ticket {
        kind: "code",
        digest: digest_handle(call.control.keyring(), "code", &handle),
        principal: user.id.clone(),
        document: json!({
            "client": request.client.id,
            "redirect": request.redirect,
            "scope": request.scope,
            "nonce": request.nonce,
            "challenge": request.challenge,
        }),
        expires_at: after(call.now, CODE_LIFE_S),
    };
    work.sign_ins().add_ticket(&ticket).await?;
    let attempt = Attempt {
        principal: &user.id,
        client: &request.client.id,
        way: "authorize",
    };
    record::success(&mut work, call, attempt).await?;
    work.save().await?;
    let session = chance::uuid(call.control.entropy());
    let mut reply = back(
        call,
        request,
        &[("code", handle.expose()), ("session_state", &session)],
    );
    if let Some(cookie) = cookie {
        session::add_cookie(&mut reply, &cookie);
    }
    Ok(reply)
}

fn refused(call: &Call, request: &Request, refusal: &Refusal) -> Reply {
    let description = described(refusal, &trace(call));
    back(
        call,
        request,
        &[("error", refusal.error), ("error_description", &description)],
    )
}

fn back(call: &Call, request: &Request, fields: &[(&str, &str)]) -> Reply {
    let state = request.state.as_deref().map(|state| ("state", state));
    let fields: Vec<(&str, &str)> = fields.iter().copied().chain(state).collect();
    if request.mode == "form_post" {
        return post_back(call, request, &fields);
    }
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    let join = match (request.mode, request.redirect.contains('?')) {
        ("fragment", _) => '#',
        (_, true) => '&',
        (_, false) => '?',
    };
    see(&format!("{}{join}{}", request.redirect, pairs.join("&")))
}

fn post_back(call: &Call, request: &Request, fields: &[(&str, &str)]) -> Reply {
    let hidden = hidden_inputs(fields);
    let body = format!(
        "<p>{} goes on by itself. If it does not, use the button.</p>\
         <form method=\"post\" action=\"{}\">{hidden}<button autofocus>Continue</button></form>",
        escape(&request.client.name),
        escape(&request.redirect)
    );
    Page::new("Signed in", body)
        .script("document.forms[0].submit()")
        .leads_to(Some(&request.redirect))
        .reply(call)
}

/// Sends a browser to another address with a GET.
pub(super) fn see(address: &str) -> Reply {
    let mut reply = crate::answer::bare(StatusCode::SEE_OTHER);
    if let Ok(value) = HeaderValue::from_str(address) {
        reply.headers_mut().insert(header::LOCATION, value);
    }
    crate::answer::set(&mut reply, "cache-control", "no-store");
    crate::answer::set(&mut reply, "referrer-policy", "no-referrer");
    reply
}

/// The same request with a sign-in of its own, for somebody who is not the one that is signed in.
pub(super) fn as_another(text: &str) -> String {
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let query = Query::parse(query);
    let pairs = query
        .without(&["prompt", "login_hint"])
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    let pairs = pairs
        .chain(["prompt=login".to_owned()])
        .collect::<Vec<_>>()
        .join("&");
    pages::escape(&format!("{path}?{pairs}"))
}
