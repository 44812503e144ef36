//! Signing in at another issuer and coming back: an authorization code with PKCE, bound to this browser by a state that is
//! good once, and an id token that says who it is.

use super::interact;
use super::invitations::is_upn;
use super::outbound;
use super::proof::{after, keys_for};
use super::providers::{self, Provider};
use super::record::{self, Attempt};
use super::refusal::Refusal;
use super::{authorize, session};
use crate::dispatch::{Call, Reply, encode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cupola_backend::fetch::Fetch;
use cupola_core::rbac::Granted;
use cupola_core::{Problem, Secret};
use cupola_identity::{ForeignToken, challenge_of, digest_handle, new_handle};
use cupola_store::sign_ins::{Taken, Ticket};
use cupola_store::users::User;
use serde_json::{Map, Value, json};

const KIND: &str = "external";
const LIFE_S: i64 = 600;
const WAITING_MAX: u64 = 10_000;

// In ten minutes from one address, which may stand for a whole office.
const BEGUN_MAX: u32 = 300;

const CALLBACK: &str = "/sign-in/callback";

/// The providers that the sign-in page offers: names, and what people read.
pub(super) async fn offered(call: &Call) -> Result<Vec<(String, String)>, Problem> {
    let all = providers::all(call).await?;
    Ok(all
        .into_iter()
        .filter(|provider| provider.enabled)
        .map(|provider| (provider.name, provider.display_name))
        .collect())
}

/// `GET /sign-in/external/{name}`: sends the person there.
pub(super) async fn begin(call: Call) -> Result<Reply, Problem> {
    let name = call.param("name").to_owned();
    let mut reader = call.control.store().reader().await?;
    let provider = providers::find(&mut reader, &name).await?;
    let waiting = reader.sign_ins().count_tickets(KIND, call.now).await?;
    drop(reader);
    let Some(provider) = provider.filter(|provider| provider.enabled) else {
        let refusal = Refusal::provider_failed(&name, "it is not set up here, or it is switched off");
        return Ok(interact::error(&call, &refusal));
    };
    let text = call.query.get("continue").unwrap_or("/sign-in").to_owned();
    if interact::Continue::read(&text).is_none() {
        return Ok(interact::error(
            &call,
            &Refusal::malformed("'continue' is not a page of this server"),
        ));
    }
    let address = &call.trace.address;
    if waiting >= WAITING_MAX
        || !call
            .control
            .sign_in()
            .spend("external", address, BEGUN_MAX, call.now)
    {
        return Ok(interact::error(
            &call,
            &Refusal::busy("too many people are on their way to other issuers"),
        ));
    }
    match leave(&call, &provider, &text).await? {
        Ok(reply) => Ok(reply),
        Err(why) => Ok(failed(&call, &provider, &why).await),
    }
}

async fn leave(call: &Call, provider: &Provider, text: &str) -> Result<Result<Reply, String>, Problem> {
    let memory = call.control.sign_in();
    let document = match outbound::discover(memory, &provider.issuer, &provider.reach(), call.now).await {
        Ok(document) => document,
        Err(why) => return Ok(Err(why)),
    };
    let Some(place) = document["authorization_endpoint"].as_str() else {
        return Ok(Err(
            "its discovery document names no authorization_endpoint".to_owned()
        ));
    };
    if let Err(why) = cupola_backend::fetch::check_url(place, &provider.reach()) {
        return Ok(Err(why));
    }
    let entropy = call.control.entropy();
    let (state, nonce, verifier) = (new_handle(entropy), new_handle(entropy), new_handle(entropy));
    let ticket = Ticket {
        kind: KIND,
        digest: digest_handle(call.control.keyring(), KIND, &state),
        principal: String::new(),
        document: json!({
            "provider": provider.name,
            "nonce": nonce.expose(),
            "verifier": call.control.keyring().seal(&verifier, entropy),
            "redirect": format!("{}{CALLBACK}", call.origin),
            "continue": text,
        }),
        expires_at: after(call.now, LIFE_S),
    };
    let mut work = call.control.store().begin().await?;
    work.sign_ins().add_ticket(&ticket).await?;
    work.save().await?;
    let fields = [
        ("response_type", "code"),
        ("client_id", &provider.client_id),
        (
            "redirect_uri",
            ticket.document["redirect"].as_str().unwrap_or_default(),
        ),
        ("scope", &provider.scopes),
        ("state", state.expose()),
        ("nonce", nonce.expose()),
        ("code_challenge", &challenge_of(verifier.expose())),
        ("code_challenge_method", "S256"),
    ];
    let pairs = fields.map(|(name, value)| format!("{name}={}", encode(value)));
    let join = if place.contains('?') { '&' } else { '?' };
    let mut reply = authorize::see(&format!("{place}{join}{}", pairs.join("&")));
    session::add_cookie(&mut reply, &session::set_transit(state.expose()));
    Ok(Ok(reply))
}

/// `GET /sign-in/callback`: the person is back.
pub(super) async fn callback(call: Call) -> Result<Reply, Problem> {
    let state = call.query.get("state").unwrap_or_default().to_owned();
    if state.is_empty() || !session::is_transit(&call, &state) {
        return Ok(interact::error(&call, &Refusal::stale_page()));
    }
    let digest = digest_handle(call.control.keyring(), KIND, &Secret::new(state));
    let mut work = call.control.store().begin().await?;
    let Taken::Now(ticket) = work.sign_ins().take_ticket(KIND, &digest, call.now).await? else {
        return Ok(interact::error(&call, &Refusal::stale_page()));
    };
    work.save().await?;
    let name = ticket.document["provider"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let mut reader = call.control.store().reader().await?;
    let Some(provider) = providers::find(&mut reader, &name)
        .await?
        .filter(|provider| provider.enabled)
    else {
        return Ok(interact::error(
            &call,
            &Refusal::provider_failed(&name, "it was switched off"),
        ));
    };
    drop(reader);
    let claims = match claims(&call, &provider, &ticket.document).await {
        Ok(claims) => claims,
        Err(why) => return Ok(failed(&call, &provider, &why).await),
    };
    let user = match admit(&call, &provider, &claims).await? {
        Ok(user) => user,
        Err(why) => return Ok(failed(&call, &provider, &why).await),
    };
    let text = ticket.document["continue"].as_str().unwrap_or("/sign-in");
    interact::signed_in(&call, &user, text, &format!("external:{name}")).await
}

/// What the issuer says of the person, verified.
async fn claims(call: &Call, provider: &Provider, ticket: &Value) -> Result<Map<String, Value>, String> {
    if let Some(error) = call.query.get("error") {
        let more = call.query.get("error_description").unwrap_or_default();
        return Err(format!(
            "it said {}: {}",
            cupola_core::name::printable(error),
            cupola_core::name::printable(more)
        ));
    }
    let code = call.query.get("code").ok_or("it sent no code")?;
    let (memory, reach) = (call.control.sign_in(), provider.reach());
    let document = outbound::discover(memory, &provider.issuer, &reach, call.now).await?;
    let tokens = outbound::json(
        &*memory.outbound,
        &redemption(call, provider, ticket, &document, code)?,
    )
    .await?;
    let id_token = tokens["id_token"]
        .as_str()
        .ok_or("its token endpoint gave no id_token")?;
    let token =
        ForeignToken::read(id_token).map_err(|error| format!("its id_token is not usable: {error}"))?;
    let keys = keys_for(call, &provider.issuer, &reach, &token).await?;
    check(call, provider, ticket, &token, &keys)
        .map_err(|why| format!("its id_token is not usable: {why}"))?;
    let mut claims = token.claims;
    let wants_more = !provider
        .user_name_claims
        .iter()
        .any(|name| claims.contains_key(name));
    if let (true, Some(place), Some(access)) = (
        wants_more,
        document["userinfo_endpoint"].as_str(),
        tokens["access_token"].as_str(),
    ) {
        let request = Fetch {
            url: place.to_owned(),
            authorization: Some(Secret::new(format!("Bearer {access}"))),
            reach,
            ..Fetch::default()
        };
        let more = outbound::json(&*memory.outbound, &request).await?;
        // It is only about the same person if it says so.
        if more["sub"] == claims["sub"] {
            for (name, value) in more.as_object().into_iter().flatten() {
                claims.entry(name).or_insert_with(|| value.clone());
            }
        }
    }
    Ok(claims)
}

fn redemption(
    call: &Call,
    provider: &Provider,
    ticket: &Value,
    document: &Value,
    code: &str,
) -> Result<Fetch, String> {
    let keyring = call.control.keyring();
    let url = document["token_endpoint"]
        .as_str()
        .ok_or("its discovery document names no token_endpoint")?;
    let unsealed = |sealed: &str| keyring.open(sealed).map_err(|error| error.to_string());
    let verifier = unsealed(ticket["verifier"].as_str().unwrap_or_default())?;
    let secret = provider.sealed_secret.as_deref().map(unsealed).transpose()?;
    let mut form = format!(
        "grant_type=authorization_code&code={}&redirect_uri={}&code_verifier={}",
        encode(code),
        encode(ticket["redirect"].as_str().unwrap_or_default()),
        encode(verifier.expose())
    );
    let offers = |method: &str| match document["token_endpoint_auth_methods_supported"].as_array() {
        Some(methods) => methods.iter().any(|known| known == method),
        // What holds where nothing is said (OpenID Connect Discovery, 3).
        None => method == "client_secret_basic",
    };
    let mut authorization = None;
    match secret {
        Some(secret) if offers("client_secret_basic") => {
            let pair = format!("{}:{}", encode(&provider.client_id), encode(secret.expose()));
            authorization = Some(Secret::new(format!("Basic {}", STANDARD.encode(pair))));
        }
        Some(secret) => {
            form.push_str(&format!(
                "&client_id={}&client_secret={}",
                encode(&provider.client_id),
                encode(secret.expose())
            ));
        }
        None => form.push_str(&format!("&client_id={}", encode(&provider.client_id))),
    }
    Ok(Fetch {
        url: url.to_owned(),
        form: Some(Secret::new(form)),
        authorization,
        reach: provider.reach(),
    })
}

fn check(
    call: &Call,
    provider: &Provider,
    ticket: &Value,
    token: &ForeignToken,
    keys: &[cupola_identity::WebKey],
) -> Result<(), String> {
    token.verify(keys).map_err(|error| error.to_string())?;
    token.check_time(call.now).map_err(|error| error.to_string())?;
    if token.text("iss") != Some(provider.issuer.as_str()) {
        return Err("its issuer (iss) is another one".to_owned());
    }
    if !token.is_for(|audience| audience == provider.client_id) {
        return Err("it is for another application (aud)".to_owned());
    }
    if token.text("azp").is_some_and(|azp| azp != provider.client_id) {
        return Err("it was given to another application (azp)".to_owned());
    }
    if token.text("nonce") != ticket["nonce"].as_str() {
        return Err("its nonce is not the one of this sign-in".to_owned());
    }
    if !token
        .text("sub")
        .is_some_and(|subject| (1..=255).contains(&subject.len()))
    {
        return Err("it has no subject (sub)".to_owned());
    }
    Ok(())
}

/// The user of these claims: known by issuer and subject, or new. A name alone never makes somebody a known user, because
/// whoever controls names at another issuer could become anybody here.
async fn admit(
    call: &Call,
    provider: &Provider,
    claims: &Map<String, Value>,
) -> Result<Result<User, String>, Problem> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let Some((claim, upn)) = provider
        .user_name_claims
        .iter()
        .find_map(|name| Some((name, text(name)?)))
        .filter(|(_, upn)| is_upn(upn))
    else {
        let names = provider.user_name_claims.join(", ");
        return Ok(Err(format!(
            "none of the claims {names} is a user name of the form NAME@DOMAIN"
        )));
    };
    // An address that nobody verified is one that anybody can write into their profile there.
    let unverified = |verified: &Value| *verified != true && *verified != "true";
    if claim == "email" && claims.get("email_verified").is_some_and(unverified) {
        return Ok(Err(
            "the address of the person was not verified there (email_verified)".to_owned(),
        ));
    }
    if let Some(why) = kept_out(provider, claims, upn) {
        return Ok(Err(why));
    }
    let subject = text("sub").unwrap_or_default();
    let mut work = call.control.store().begin().await?;
    let shown: String = text(&provider.display_name_claim)
        .unwrap_or(upn)
        .chars()
        .filter(|c| !c.is_control())
        .take(256)
        .collect();
    let known = work.users().find_external(&provider.issuer, subject).await?;
    let user = match known {
        Some(user) if !user.enabled => return Ok(Err("the user is disabled here".to_owned())),
        Some(user) => User {
            upn: upn.to_owned(),
            display_name: shown,
            ..user
        },
        None if !provider.create_users => {
            return Ok(Err(format!(
                "'{upn}' is not a user here, and an administrator has to make one first"
            )));
        }
        None => User {
            id: call.new_id(),
            upn: upn.to_owned(),
            display_name: shown,
            mail: text("email").map(str::to_owned),
            enabled: true,
            must_change: false,
            external: Some((provider.issuer.clone(), subject.to_owned())),
            created_at: call.now,
        },
    };
    let grant = Granted::to_platform("externalSignIn");
    if !work.users().put(&grant, &user).await? {
        return Ok(Err(format!("the user name '{upn}' is somebody else's here")));
    }
    work.save().await?;
    Ok(Ok(user))
}

fn kept_out(provider: &Provider, claims: &Map<String, Value>, upn: &str) -> Option<String> {
    let domain = upn.split_once('@').map_or("", |(_, domain)| domain);
    let domains = &provider.allowed_domains;
    if !domains.is_empty() && !domains.iter().any(|known| known.eq_ignore_ascii_case(domain)) {
        return Some(format!("people of '{domain}' are not let in here"));
    }
    let missing = provider
        .required_claims
        .iter()
        .find(|(name, wanted)| match claims.get(*name) {
            Some(Value::Array(held)) => !held.contains(wanted),
            Some(held) => held != *wanted,
            None => true,
        });
    missing.map(|(name, _)| format!("the claim {name} is not as it has to be to be let in here"))
}

async fn failed(call: &Call, provider: &Provider, why: &str) -> Reply {
    let refusal = Refusal::provider_failed(&provider.display_name, why.trim_end_matches('.'));
    let attempt = Attempt {
        principal: "",
        client: "",
        way: &format!("external:{}", provider.name),
    };
    record::refused(call, attempt, &refusal).await;
    interact::error(call, &refusal)
}
