//! A browser for stories: it keeps cookies, and fills in the forms of our pages.

use super::platform::{HOST, ORIGIN, Platform, Seen};
use crate::dispatch::encode;
use bytes::Bytes;
use cupola_core::rbac::{Granted, RoleAssignment};
use cupola_core::{Secret, chance};
use cupola_edge::Peer;
use cupola_identity::digest_password;
use cupola_store::users::User;
use http::Request;
use http_body_util::Full;
use serde_json::Value;
use std::collections::BTreeMap;

pub(crate) const CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(crate) const PASSWORD: &str = "purple tree on 7 hills";

pub(crate) struct Browser<'a> {
    platform: &'a Platform,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) address: [u8; 4],
}

impl<'a> Browser<'a> {
    pub(crate) fn new(platform: &'a Platform) -> Self {
        Self {
            platform,
            cookies: BTreeMap::new(),
            address: [10, 0, 0, 9],
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Seen {
        self.send("GET", path, String::new(), &[]).await
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        self.send("POST", path, form(fields), &[]).await
    }

    /// Fills in the form of a page: its hidden fields, and these.
    pub(crate) async fn submit(&mut self, page: &Seen, fields: &[(&str, &str)]) -> Seen {
        let action = attribute(&page.text, "action=").expect("a form");
        let hidden = hidden(&page.text);
        let mut all: Vec<(&str, &str)> = hidden
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(name, _)| !fields.iter().any(|(known, _)| known == name))
            .collect();
        all.extend_from_slice(fields);
        self.post(&action, &all).await
    }

    /// Sends anything, with the cookies that the browser has.
    pub(crate) async fn send(
        &mut self,
        method: &str,
        path: &str,
        body: String,
        fields: &[(&str, &str)],
    ) -> Seen {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = Request::builder()
            .method(method)
            .uri(path.strip_prefix(ORIGIN).unwrap_or(path));
        request = request.header("host", HOST);
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from(body))).expect("a request");
        let peer = Peer {
            secure: true,
            address: (self.address, 5000).into(),
        };
        let seen = Seen::read(self.platform.control.handle(request, peer).await).await;
        for cookie in seen.headers.get_all("set-cookie") {
            let text = cookie.to_str().expect("text");
            assert!(
                text.contains("; Path=/; Secure; HttpOnly; SameSite=Lax") && text.starts_with("__Host-"),
                "{text}"
            );
            let (name, value) = text
                .split(';')
                .next()
                .and_then(|pair| pair.split_once('='))
                .expect("a pair");
            if text.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        seen
    }

    /// Signs in on the page that a request for a code meets; the answer carries the code.
    pub(crate) async fn sign_in(&mut self, path: &str, name: &str, password: &str) -> Seen {
        let page = self.get(path).await.is(200);
        self.submit(&page, &[("username", name), ("password", password)])
            .await
    }
}

pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    pairs.join("&")
}

pub(crate) fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

pub(crate) fn attribute(html: &str, before: &str) -> Option<String> {
    let rest = html.split_once(&format!("{before}\""))?.1;
    Some(unescape(rest.split('"').next()?))
}

/// The hidden fields of a page.
pub(crate) fn hidden(html: &str) -> BTreeMap<String, String> {
    html.split("<input type=\"hidden\"")
        .skip(1)
        .filter_map(|rest| Some((attribute(rest, "name=")?, attribute(rest, "value=")?)))
        .collect()
}

/// A request for a code of the command line.
pub(crate) fn authorize(more: &[(&str, &str)]) -> String {
    let scope = format!("{ORIGIN}/.default offline_access openid profile");
    let mut fields = BTreeMap::from([
        ("client_id", CLI),
        ("response_type", "code"),
        ("redirect_uri", "http://localhost:8400"),
        ("scope", &scope),
        ("state", "st\"ate"),
        ("response_mode", "form_post"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("nonce", "no nce"),
        ("client_info", "1"),
    ]);
    fields.extend(more.iter().copied());
    let fields: Vec<(&str, &str)> = fields
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    format!("/organizations/oauth2/v2.0/authorize?{}", form(&fields))
}

/// Redeems a code as the command line does.
pub(crate) async fn redeem(platform: &Platform, code: &str, more: &[(&str, &str)]) -> Seen {
    let scope = format!("{ORIGIN}/.default offline_access openid profile");
    let mut fields = BTreeMap::from([
        ("client_id", CLI),
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", "http://localhost:8400"),
        ("code_verifier", VERIFIER),
        ("scope", &scope),
        ("client_info", "1"),
    ]);
    fields.extend(more.iter().copied());
    let fields: Vec<(&str, &str)> = fields
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    token(platform, &fields).await
}

pub(crate) async fn token(platform: &Platform, fields: &[(&str, &str)]) -> Seen {
    platform
        .anonymous()
        .send(
            "POST",
            "/organizations/oauth2/v2.0/token?",
            Some(form(fields)),
            &[],
        )
        .await
}

/// `400 invalid_grant 70008`, or `200`.
pub(crate) fn verdict(seen: &Seen) -> String {
    match seen.body["error"].as_str() {
        Some(error) => format!("{} {error} {}", seen.status.as_u16(), seen.body["error_codes"][0]),
        None => seen.status.as_u16().to_string(),
    }
}

/// What a token says; nothing is verified.
pub(crate) fn claims(token: &Value) -> Value {
    use base64::Engine as _;
    let part = token
        .as_str()
        .and_then(|token| token.split('.').nth(1))
        .expect("a token");
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(part)
        .expect("base64url");
    serde_json::from_slice(&bytes).expect("json")
}

/// A user with `PASSWORD` and these roles.
pub(crate) async fn user(platform: &Platform, upn: &str, roles: &[(&str, &str)]) -> User {
    let grant = Granted::to_platform("test");
    let entropy = &*platform.deps.entropy;
    let user = User {
        id: chance::uuid(entropy),
        upn: upn.to_owned(),
        display_name: "Ann <Lee>".to_owned(),
        mail: None,
        enabled: true,
        must_change: false,
        external: None,
        created_at: cupola_core::Clock::now(&platform.clock),
    };
    let mut work = platform.store.begin().await.expect("a unit of work");
    assert!(work.users().put(&grant, &user).await.expect("put"));
    let digest = digest_password(&Secret::new(PASSWORD), entropy);
    work.users()
        .set_password(&grant, &user.id, &digest, false, user.created_at)
        .await
        .expect("set");
    for (role, scope) in roles {
        let role = crate::roles::built_in()
            .iter()
            .find(|known| known.name == *role)
            .expect("a role");
        let held = RoleAssignment {
            id: chance::uuid(entropy),
            scope: (*scope).to_owned(),
            role: role.id.clone(),
            principal: user.id.clone(),
            principal_type: "User".to_owned(),
            created_at: user.created_at,
        };
        work.access().assign(&grant, &held).await.expect("assigned");
    }
    work.save().await.expect("saved");
    user
}
