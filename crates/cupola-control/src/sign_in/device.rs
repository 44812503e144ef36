//! Signing in on a device without a browser: it shows a code, and a person types it on a page of ours.

use super::clients;
use super::interact;
use super::pages::{Field, Page, complaint, escape, form};
use super::proof::after;
use super::record;
use super::refusal::{Refusal, refuse};
use super::{is_tenant, scope, session};
use crate::answer;
use crate::dispatch::{Call, Query, Reply, encode};
use cupola_core::Problem;
use cupola_identity::{digest_handle, new_handle, new_user_code, read_user_code};
use cupola_store::sign_ins::{DeviceCode, SignIns};
use cupola_store::users::User;
use serde_json::json;

const LIFE_S: i64 = 900;
const INTERVAL_S: u32 = 5;
const WAITING_MAX: u32 = 10_000;
const DRAWS_MAX: u32 = 3;

// In ten minutes from one address, which may stand for a whole office.
const BEGUN_MAX: u32 = 300;

/// `POST /{tenant}/oauth2/v2.0/devicecode`
pub(super) async fn tenant(call: Call) -> Result<Reply, Problem> {
    let name = call.param("tenant");
    if !is_tenant(&call.control, name) {
        return Ok(refuse(&call, &Refusal::unknown_tenant(name)));
    }
    begin(call).await
}

/// `POST /adfs/oauth2/devicecode`
pub(super) async fn adfs(call: Call) -> Result<Reply, Problem> {
    begin(call).await
}

async fn begin(call: Call) -> Result<Reply, Problem> {
    let fields = Query::parse(&String::from_utf8_lossy(&call.body));
    let Some(id) = fields.get("client_id") else {
        return Ok(refuse(
            &call,
            &Refusal::missing("client_id", "the application id"),
        ));
    };
    let Some(client) = clients::find(&call.control, id).await? else {
        return Ok(refuse(&call, &Refusal::unknown_client(id, call.control.tenant())));
    };
    if !client.public {
        return Ok(refuse(&call, &Refusal::public_client_needed(id)));
    }
    let scope = fields.get("scope").unwrap_or_default();
    if let Err(refusal) = scope::of_person(scope) {
        return Ok(refuse(&call, &refusal));
    }
    if !call
        .control
        .sign_in()
        .spend("device", &call.trace.address, BEGUN_MAX, call.now)
    {
        return Ok(refuse(&call, &Refusal::too_many_devices()));
    }
    let handle = new_handle(call.control.entropy());
    for _ in 0..DRAWS_MAX {
        let code = DeviceCode {
            digest: digest_handle(call.control.keyring(), "device", &handle),
            user_code: new_user_code(call.control.entropy()),
            client: client.id.clone(),
            scope: scope.to_owned(),
            address: call.trace.address.clone(),
            state: "pending".to_owned(),
            principal: String::new(),
            interval_s: INTERVAL_S,
            polled_at: after(call.now, -i64::from(INTERVAL_S)),
            expires_at: after(call.now, LIFE_S),
        };
        let mut work = call.control.store().begin().await?;
        if work.sign_ins().add_device_code(&code, WAITING_MAX).await? {
            work.save().await?;
            let page = format!("{}/devicelogin", call.origin);
            let mut reply = answer::ok(&json!({
                "user_code": code.user_code,
                "device_code": handle.expose(),
                "verification_uri": page,
                "verification_uri_complete": format!("{page}?user_code={}", code.user_code),
                "expires_in": LIFE_S,
                "interval": INTERVAL_S,
                "message": format!(
                    "To sign in, use a web browser to open the page {page} and enter the code {} to authenticate.",
                    code.user_code
                ),
            }));
            answer::set(&mut reply, "cache-control", "no-store");
            return Ok(reply);
        }
    }
    Ok(refuse(&call, &Refusal::too_many_devices()))
}

/// `GET /devicelogin`
pub(super) async fn get(call: Call) -> Result<Reply, Problem> {
    let code = call.query.get("user_code").unwrap_or_default().to_owned();
    match session::find(&call).await? {
        Some(user) => page(&call, &user, &code, None, None).await,
        None => {
            let text = format!("/devicelogin?user_code={}", encode(&code));
            interact::sign_in_page(&call, None, &text, None).await
        }
    }
}

/// The page for somebody who signed in: it asks for the code, and with a code whether that device is theirs. Typing or
/// following a code never approves it: the button on the page that names the device does.
pub(super) async fn page(
    call: &Call,
    user: &User,
    code: &str,
    wrong: Option<&str>,
    cookie: Option<String>,
) -> Result<Reply, Problem> {
    if code.is_empty() {
        return Ok(ask(call, wrong, cookie));
    }
    let memory = call.control.sign_in();
    if memory.is_blocked(&call.trace.address, call.now) {
        return Ok(interact::error(call, &Refusal::locked()));
    }
    let mut reader = call.control.store().reader().await?;
    let found = pending(reader.sign_ins(), call, code).await?;
    drop(reader);
    let Some(device) = found else {
        memory.failed(&call.trace.address, call.now);
        let wrong = "There is no such code, or it is older than 15 minutes. Look at the device again.";
        return Ok(ask(call, Some(wrong), cookie));
    };
    let name = match clients::find(&call.control, &device.client).await? {
        Some(client) => client.name,
        None => {
            return Ok(ask(
                call,
                Some("The application of this code is not there any more."),
                cookie,
            ));
        }
    };
    let (token, form_cookie) = session::form_token(call);
    let audience = scope::of_person(&device.scope).unwrap_or_default();
    let inside = format!(
        "<dl><dt>Application</dt><dd>{}</dd><dt>Asks for</dt><dd>{}</dd><dt>Asks from the address</dt><dd>{}</dd>\
         <dt>You are</dt><dd>{}</dd></dl>\
         <p>Only go on if you started this yourself, on a device of yours, just now.</p>\
         <button name=\"decision\" value=\"approve\">Yes, sign in there</button>\
         <button class=\"second\" name=\"decision\" value=\"deny\">No</button>",
        escape(&name),
        escape(&audience),
        escape(&device.address),
        escape(&user.upn)
    );
    let body = format!(
        "<p class=\"code\">{}</p>{}",
        escape(&device.user_code),
        form(
            "/devicelogin",
            &token,
            &[("user_code", &device.user_code)],
            &inside
        )
    );
    Ok(Page::new("Is this your device?", body)
        .cookie(form_cookie)
        .cookie(cookie)
        .reply(call))
}

fn ask(call: &Call, wrong: Option<&str>, cookie: Option<String>) -> Reply {
    let (token, form_cookie) = session::form_token(call);
    let code = Field {
        name: "user_code",
        label: "The code that the device shows",
        kind: "text",
        complete: "one-time-code",
        value: "",
        focus: true,
    };
    let inside = format!("{}<button>Next</button>", code.html());
    let body = format!(
        "{}{}",
        complaint(wrong),
        form("/devicelogin", &token, &[], &inside)
    );
    Page::new("Enter the code", body)
        .cookie(form_cookie)
        .cookie(cookie)
        .reply(call)
}

/// `POST /devicelogin`
pub(super) async fn post(call: Call) -> Result<Reply, Problem> {
    let fields = Query::parse(&String::from_utf8_lossy(&call.body));
    if !session::is_our_form(&call, fields.get("form_token")) {
        return Ok(interact::error(&call, &Refusal::stale_page()));
    }
    let code = fields.get("user_code").unwrap_or_default();
    let Some(user) = session::find(&call).await? else {
        let text = format!("/devicelogin?user_code={}", encode(code));
        return interact::sign_in_page(&call, None, &text, None).await;
    };
    let state = match fields.get("decision") {
        Some("approve") => "approved",
        Some("deny") => "denied",
        _ => return page(&call, &user, code, None, None).await,
    };
    // Who guesses codes is stopped here as well as on the page.
    if call.control.sign_in().is_blocked(&call.trace.address, call.now) {
        return Ok(interact::error(&call, &Refusal::locked()));
    }
    // Of two that decide at once, the first one does.
    let mut work = call.control.store().begin().await?;
    let Some(device) = pending(work.sign_ins(), &call, code).await? else {
        drop(work);
        return page(&call, &user, code, None, None).await;
    };
    let decided = DeviceCode {
        state: state.to_owned(),
        principal: user.id.clone(),
        ..device
    };
    work.sign_ins().update_device_code(&decided).await?;
    record::change(&mut work, &call, &user.id, &format!("signIn/device/{state}")).await?;
    work.save().await?;
    let (title, text) = if state == "approved" {
        (
            "Signed in on the device",
            "The device goes on by itself. This page can be closed.",
        )
    } else {
        (
            "Not signed in",
            "The device was told no. This page can be closed.",
        )
    };
    Ok(Page::new(title, format!("<p>{text}</p>")).reply(&call))
}

async fn pending(mut sign_ins: SignIns<'_>, call: &Call, code: &str) -> Result<Option<DeviceCode>, Problem> {
    let Some(code) = read_user_code(code) else {
        return Ok(None);
    };
    let found = sign_ins.device_code(&code).await?;
    Ok(found.filter(|device| {
        device.user_code == code && device.state == "pending" && call.now < device.expires_at
    }))
}
