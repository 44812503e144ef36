//! `/sign-in`: the person's side of every way in. A page, a form, and then on to where the person was going.

use super::authorize::{self, Request, Stop};
use super::pages::{Field, Page, complaint, escape, form, password_field};
use super::record::{self, Attempt};
use super::refusal::{Refusal, described, trace};
use super::{change_password, device, external, people, session};
use crate::dispatch::{Call, Query, Reply, encode};
use cupola_core::{Problem, Secret};
use cupola_store::UnitOfWork;
use cupola_store::users::User;

const CONTINUE_BYTES_MAX: usize = 8 * 1024;

/// Where people go who were going nowhere in particular.
pub(super) const PORTAL: &str = "/portal";

/// Where a person goes on after signing in: one of our own pages, read from a form and never believed.
pub(super) enum Continue {
    /// To the application that asked.
    Authorize {
        tenant: String,
        query: Query,
        text: String,
    },
    /// To the device that waits.
    Device { code: String },
    /// To a page of the portal.
    Portal { text: String },
    /// Nowhere in particular.
    Home,
}

impl Continue {
    /// Reads a path with its query. `None` where it is none of ours.
    pub(super) fn read(text: &str) -> Option<Self> {
        if text.len() > CONTINUE_BYTES_MAX {
            return None;
        }
        if is_of_portal(text) {
            let text = text.to_owned();
            return Some(Self::Portal { text });
        }
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let is = |at: usize, word: &str| {
            segments
                .get(at)
                .is_some_and(|part| part.eq_ignore_ascii_case(word))
        };
        let authorize = |tenant: &str| Self::Authorize {
            tenant: tenant.to_owned(),
            query: Query::parse(query),
            text: text.to_owned(),
        };
        match segments.len() {
            0 => Some(Self::Home),
            1 if is(0, "devicelogin") => Some(Self::Device {
                code: Query::parse(query)
                    .get("user_code")
                    .unwrap_or_default()
                    .to_owned(),
            }),
            1 if is(0, "sign-in") => Some(Self::Home),
            3 if is(0, "adfs") && is(1, "oauth2") && is(2, "authorize") => Some(authorize("adfs")),
            4 if is(1, "oauth2") && is(2, "v2.0") && is(3, "authorize") => Some(authorize(segments[0])),
            _ => None,
        }
    }
}

// It is sent back to the browser as a place to go, so it is one of this server whoever wrote it: it begins with our folder, and
// nothing in it leads out of there or means something else to a browser than to us.
fn is_of_portal(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(PORTAL) else {
        return false;
    };
    let path = rest.split('?').next().unwrap_or_default();
    let leads_out = |segment: &str| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        plain == "." || plain == ".."
    };
    (rest.is_empty() || rest.starts_with(['/', '?']))
        && rest
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\\\"'<>`#".contains(&byte))
        && !path.split('/').any(leads_out)
        && !path.starts_with("/session/")
}

/// `GET /sign-in`
pub(super) async fn get(call: Call) -> Result<Reply, Problem> {
    let wanted = call.query.get("continue").filter(|text| is_of_portal(text));
    match (session::find(&call).await?, wanted) {
        (Some(_), Some(text)) => Ok(authorize::see(text)),
        (Some(user), None) => Ok(home(&call, &user)),
        (None, wanted) => sign_in_page(&call, None, wanted.unwrap_or(PORTAL), None).await,
    }
}

/// `POST /sign-in`: a user name and a password.
pub(super) async fn post(call: Call) -> Result<Reply, Problem> {
    let fields = Query::parse(&String::from_utf8_lossy(&call.body));
    if !session::is_our_form(&call, fields.get("form_token")) {
        return Ok(error(&call, &Refusal::stale_page()));
    }
    let text = fields.get("continue").unwrap_or("/sign-in").to_owned();
    let (name, password) = (
        fields.get("username").unwrap_or_default().trim(),
        Secret::new(fields.get("password").unwrap_or_default()),
    );
    let user = match people::check(&call, name, &password).await? {
        Ok(user) => user,
        Err((refusal, principal)) => {
            let attempt = Attempt {
                principal: &principal,
                client: "",
                way: "page",
            };
            record::refused(&call, attempt, &refusal).await;
            return again(&call, &text, &refusal).await;
        }
    };
    if user.must_change {
        return change_password::demand(&call, &user, &text).await;
    }
    signed_in(&call, &user, &text, "page").await
}

/// `POST /sign-in/continue`: goes on as the person who is signed in already.
pub(super) async fn go_on(call: Call) -> Result<Reply, Problem> {
    let fields = Query::parse(&String::from_utf8_lossy(&call.body));
    if !session::is_our_form(&call, fields.get("form_token")) {
        return Ok(error(&call, &Refusal::stale_page()));
    }
    let text = fields.get("continue").unwrap_or("/sign-in").to_owned();
    match session::find(&call).await? {
        Some(user) => {
            let work = call.control.store().begin().await?;
            arrive(&call, work, &user, &text, None).await
        }
        None => again(&call, &text, &Refusal::sign_in_needed()).await,
    }
}

/// Begins a session for somebody who proved who they are, and lets them go on.
pub(super) async fn signed_in(call: &Call, user: &User, text: &str, way: &str) -> Result<Reply, Problem> {
    let mut work = call.control.store().begin().await?;
    let cookie = session::begin(call, &mut work, user).await?;
    let attempt = Attempt {
        principal: &user.id,
        client: "",
        way,
    };
    record::success(&mut work, call, attempt).await?;
    arrive(call, work, user, text, Some(cookie)).await
}

async fn arrive(
    call: &Call,
    work: UnitOfWork,
    user: &User,
    text: &str,
    cookie: Option<String>,
) -> Result<Reply, Problem> {
    match Continue::read(text) {
        Some(Continue::Authorize { tenant, query, .. }) => {
            match Request::read(call, &tenant, &query).await? {
                Ok(request) => authorize::finish(call, work, &request, user, cookie).await,
                Err(Stop::Page(refusal) | Stop::Back(_, refusal)) => Ok(error(call, &refusal)),
            }
        }
        Some(Continue::Device { code }) => {
            work.save().await?;
            device::page(call, user, &code, None, cookie).await
        }
        Some(Continue::Portal { text }) => {
            work.save().await?;
            let mut reply = authorize::see(&text);
            if let Some(cookie) = cookie {
                session::add_cookie(&mut reply, &cookie);
            }
            Ok(reply)
        }
        Some(Continue::Home) | None => {
            work.save().await?;
            let mut reply = home(call, user);
            if let Some(cookie) = cookie {
                session::add_cookie(&mut reply, &cookie);
            }
            Ok(reply)
        }
    }
}

/// The page again, with what was wrong.
async fn again(call: &Call, text: &str, refusal: &Refusal) -> Result<Reply, Problem> {
    let request = match Continue::read(text) {
        Some(Continue::Authorize { tenant, query, .. }) => Request::read(call, &tenant, &query).await?.ok(),
        _ => None,
    };
    sign_in_page(call, request.as_ref(), text, Some(refusal)).await
}

/// Where the browser goes in the end, for the policy of the pages on the way there.
pub(super) async fn leads_to(call: &Call, text: &str) -> Option<String> {
    let Some(Continue::Authorize { tenant, query, .. }) = Continue::read(text) else {
        return None;
    };
    let request = Request::read(call, &tenant, &query).await.ok()?.ok()?;
    Some(request.redirect().to_owned())
}

/// The page that asks who it is.
pub(super) async fn sign_in_page(
    call: &Call,
    request: Option<&Request>,
    text: &str,
    wrong: Option<&Refusal>,
) -> Result<Reply, Problem> {
    let (token, cookie) = session::form_token(call);
    let hint = request.map(Request::hint).unwrap_or_default();
    let lead = request.map_or_else(String::new, |request| {
        format!(
            "<p class=\"soft\">to continue to {}</p>",
            escape(request.client_name())
        )
    });
    let name = Field {
        name: "username",
        label: "User name",
        kind: "text",
        complete: "username",
        value: hint,
        focus: true,
    };
    let inside = format!(
        "{}{}<button>Sign in</button>",
        name.html(),
        password_field("password", "Password", "current-password")
    );
    let others: String = external::offered(call)
        .await?
        .iter()
        .map(|(name, shown)| {
            format!(
                "<a class=\"button second\" href=\"/sign-in/external/{}?continue={}\">Sign in with {}</a>",
                encode(name),
                encode(text),
                escape(shown)
            )
        })
        .collect();
    let body = format!(
        "{lead}{}{}{others}",
        complaint(wrong.map(|refusal| refusal.text.as_str())),
        form("/sign-in", &token, &[("continue", text)], &inside)
    );
    let status = wrong.map_or(http::StatusCode::OK, |_| http::StatusCode::UNAUTHORIZED);
    let page = Page::new("Sign in", body).status(status).cookie(cookie);
    Ok(page.leads_to(request.map(Request::redirect)).reply(call))
}

/// The page that asks whether to go on as somebody who is signed in.
pub(super) fn choose_account(call: &Call, user: &User, request: &Request, text: &str) -> Reply {
    let (token, cookie) = session::form_token(call);
    let inside = format!(
        "<p><strong>{}</strong><br><span class=\"soft\">{}</span></p><button autofocus>Continue</button>",
        escape(&user.display_name),
        escape(&user.upn)
    );
    let body = format!(
        "<p class=\"soft\">to continue to {}</p>{}<a class=\"button second\" href=\"{}\">Use another account</a>",
        escape(request.client_name()),
        form("/sign-in/continue", &token, &[("continue", text)], &inside),
        authorize::as_another(text)
    );
    Page::new("Choose an account", body)
        .cookie(cookie)
        .leads_to(Some(request.redirect()))
        .reply(call)
}

fn home(call: &Call, user: &User) -> Reply {
    let body = format!(
        "<p><strong>{}</strong><br><span class=\"soft\">{}</span></p>\
         <p>You are signed in. This page can be closed.</p>\
         <a class=\"button\" href=\"{PORTAL}\">Open the portal</a>\
         <a class=\"button second\" href=\"/devicelogin\">Enter the code of a device</a>\
         <a class=\"button second\" href=\"/sign-in/password\">Change password</a>\
         <a class=\"button second\" href=\"/{}/oauth2/v2.0/logout\">Sign out</a>",
        escape(&user.display_name),
        escape(&user.upn),
        escape(call.control.tenant())
    );
    Page::new("Signed in", body).reply(call)
}

/// A page that says what is wrong and what to do.
pub(super) fn error(call: &Call, refusal: &Refusal) -> Reply {
    let body = format!(
        "{}<small>{}</small>",
        complaint(Some(&refusal.text)),
        escape(&described(refusal, &trace(call)))
    );
    Page::new("This did not work", body)
        .status(refusal.status)
        .reply(call)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_go_on_to_our_own_pages_alone() {
        let name = |text: &str| match Continue::read(text) {
            Some(Continue::Authorize { tenant, .. }) => format!("authorize {tenant}"),
            Some(Continue::Device { code }) => format!("device {code}"),
            Some(Continue::Portal { text }) => format!("portal {text}"),
            Some(Continue::Home) => "home".to_owned(),
            None => "nowhere".to_owned(),
        };
        assert_eq!(name("/T/oauth2/v2.0/authorize?x=y"), "authorize T");
        assert_eq!(name("/adfs/oauth2/authorize?x=y"), "authorize adfs");
        assert_eq!(name("/devicelogin?user_code=A"), "device A");
        assert_eq!(name("/sign-in"), "home");
        for page in [
            "/portal",
            "/portal/",
            "/portal?a=b",
            "/portal/endpoints/a.b?scope=%2Fsubscriptions%2Fs&x=../..",
        ] {
            assert_eq!(name(page), format!("portal {page}"));
        }
        for elsewhere in [
            "https://evil.test/",
            "//evil.test/x",
            "/subscriptions",
            "javascript:x",
            "/a/b/c/authorize",
            "/portal.evil.test/",
            "/portal@evil.test",
            "//portal/x",
            "/portal/../sign-in/password",
            "/portal/a/%2e%2E/%2E./x",
            "/portal/\\evil.test",
            "/portal/x\r\nset-cookie: a=b",
            "/portal/\"><script>",
            "/portal/ä",
            "/portal/session/end",
        ] {
            assert_eq!(name(elsewhere), "nowhere", "{elsewhere}");
        }
        assert_eq!(
            name(&format!("/T/oauth2/v2.0/authorize?{}", "x".repeat(9000))),
            "nowhere"
        );
    }
}
