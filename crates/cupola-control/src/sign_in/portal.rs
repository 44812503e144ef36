//! The portal's session: its page, which cannot read the cookie, exchanges it for access tokens that last minutes and that
//! it keeps in memory alone. With these it asks what every client asks; there is no other way in for it.
//!
//! The cookie comes along by itself with whatever a browser sends here, so a request has to prove that a page of ours made
//! it: by where the browser says it comes from, and by a content type that no form of another site can have.

use super::{issue, record, session};
use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::{Code, Problem, Timestamp, time::iso8601};
use cupola_identity::Bearer;
use cupola_store::users::User;
use http::{StatusCode, header};
use serde_json::json;

/// The application id under which the cloud's own portal acts for people.
const PORTAL: &str = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c";

const LIFETIME_S: i64 = 900;

const INFERENCE: &str = "https://ml.azure.com";
const DIRECTORY: &str = "https://graph.microsoft.com";

/// `POST /portal/session/token`: a token of whoever is signed in with this browser, for one audience.
pub(super) async fn token(call: Call) -> Result<Reply, Problem> {
    prove_page_of_ours(&call)?;
    let body = call.json()?;
    let rule = "one of 'management', 'inference', 'directory'";
    let audience = match body.required("resource", rule)? {
        "management" => call.control.addresses().https.clone(),
        "inference" => INFERENCE.to_owned(),
        "directory" => DIRECTORY.to_owned(),
        _ => {
            return Err(Problem::new(
                Code::InvalidRequestContent,
                format!("The field 'resource' must be {rule}."),
            )
            .target("resource"));
        }
    };
    let Some(user) = session::find(&call).await? else {
        return Err(signed_out());
    };
    granted(&call, &user, &audience)
}

fn granted(call: &Call, user: &User, audience: &str) -> Result<Reply, Problem> {
    let principal = issue::principal_of(user);
    let bearer = Bearer {
        principal: &principal,
        upn: Some(&user.upn),
        client: Some(PORTAL),
        origin: &call.origin,
    };
    let token = call
        .control
        .issuer()
        .issue_lasting(bearer, audience, LIFETIME_S, call.now, call.control.entropy())
        .map_err(issue::unsigned)?;
    let expires_on = Timestamp::from_second(call.now.as_second() + LIFETIME_S).unwrap_or(call.now);
    let mut reply = answer::ok(&json!({
        "accessToken": token.expose(),
        "expiresOn": iso8601(expires_on),
        "user": {
            "name": user.display_name,
            "userPrincipalName": user.upn,
            "id": user.id,
            "tenantId": call.control.tenant(),
        },
    }));
    answer::set(&mut reply, "cache-control", "no-store");
    Ok(reply)
}

/// `POST /portal/session/end`: signs out of this browser. Tokens that a page still holds end by themselves within minutes.
pub(super) async fn end(call: Call) -> Result<Reply, Problem> {
    prove_page_of_ours(&call)?;
    let user = session::find(&call).await?;
    let mut work = call.control.store().begin().await?;
    let cookie = session::end(&call, &mut work).await?;
    if let Some(user) = &user {
        record::change(&mut work, &call, &user.id, "signOut").await?;
    }
    work.save().await?;
    let mut reply = answer::bare(StatusCode::NO_CONTENT);
    answer::set(&mut reply, "cache-control", "no-store");
    session::add_cookie(&mut reply, &cookie);
    Ok(reply)
}

fn signed_out() -> Problem {
    Problem::new(
        Code::AuthenticationFailed,
        "Nobody is signed in with this browser, or the session has ended. Sign in at /sign-in.",
    )
}

// Browsers say where a request comes from, and scripts cannot change it. Where both headers are there, both have to be
// right; where neither is, nobody knows.
fn prove_page_of_ours(call: &Call) -> Result<(), Problem> {
    let text = |name: &str| call.headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let kind = text(header::CONTENT_TYPE.as_str()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Problem::new(
            Code::InvalidRequestContent,
            "The header 'Content-Type' must be 'application/json'.",
        )
        .target("Content-Type"));
    }
    let site = text("sec-fetch-site").map(|site| site == "same-origin");
    let origin = text(header::ORIGIN.as_str()).map(|origin| origin == call.origin);
    match (site, origin) {
        (Some(false), _) | (_, Some(false)) | (None, None) => Err(Problem::new(
            Code::AuthorizationFailed,
            "Only a page of this server may use the session: 'Origin' must be this server's own, or 'Sec-Fetch-Site' \
             'same-origin'. Programs sign in at the token endpoint.",
        )),
        _ => Ok(()),
    }
}
