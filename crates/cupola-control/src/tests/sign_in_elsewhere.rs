//! Another issuer: its people sign in there and come back; and who runs the keys here.

use super::browser::{Browser, PASSWORD, authorize, claims, hidden, redeem, user};
use super::platform::{ORIGIN, Platform};
use crate::Control;
use crate::dispatch::{Query, encode};
use crate::sign_in::{Fetching, Outbound};
use cupola_backend::fetch::{Fetch, FetchError, Fetched, Fetcher, Reach};
use cupola_core::Secret;
use cupola_identity::{SigningKey, challenge_of};
use cupola_testkit::{Answer, CountingEntropy, FakeUpstream};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

pub(crate) const ISSUER: &str = "https://id.example.com/realms/x";
const PROVIDER: &str = "/providers/Cupola.Identity/identityProviders/corp";

/// The key of the other issuer.
pub(crate) fn key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate(&CountingEntropy::default()).expect("a key"))
}

/// The other issuer, without a network.
#[derive(Clone, Default)]
pub(crate) struct Elsewhere(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    asked: Vec<String>,
    fails: bool,
    id_token: Value,
    userinfo: Value,
    challenge: String,
}

impl Elsewhere {
    /// A platform whose way out ends here.
    pub(crate) async fn platform(&self) -> Platform {
        let mut platform = Platform::start().await;
        platform.control = Control::with_outbound(platform.deps.clone(), Arc::new(self.clone()))
            .await
            .expect("a control plane");
        platform
    }

    /// How often something with this word in its address was asked for.
    pub(crate) fn asked(&self, word: &str) -> usize {
        let inner = self.0.lock().expect("a lock");
        inner.asked.iter().filter(|url| url.contains(word)).count()
    }

    /// Answers nothing any more.
    pub(crate) fn fail(&self) {
        self.0.lock().expect("a lock").fails = true;
    }

    fn answer(&self, request: &Fetch) -> Result<Value, FetchError> {
        let mut inner = self.0.lock().expect("a lock");
        inner.asked.push(request.url.clone());
        if inner.fails {
            return Err(FetchError::Refused("it is down".to_owned()));
        }
        let public = key().public();
        Ok(match request.url.strip_prefix(ISSUER) {
            Some("/.well-known/openid-configuration") => json!({
                "issuer": ISSUER,
                "authorization_endpoint": format!("{ISSUER}/auth"),
                "token_endpoint": format!("{ISSUER}/token"),
                "userinfo_endpoint": format!("{ISSUER}/me"),
                "jwks_uri": format!("{ISSUER}/jwks"),
            }),
            Some("/jwks") => {
                json!({"keys": [{"kty": "RSA", "use": "sig", "kid": public.id, "n": public.n, "e": public.e}]})
            }
            Some("/token") => {
                let fields = Query::parse(request.form.as_ref().expect("a form").expose());
                assert_eq!(fields.get("code"), Some("there"));
                assert_eq!(
                    fields.get("redirect_uri"),
                    Some(format!("{ORIGIN}/sign-in/callback").as_str())
                );
                assert_eq!(
                    challenge_of(fields.get("code_verifier").expect("a verifier")),
                    inner.challenge
                );
                let basic = request.authorization.as_ref().expect("basic").expose();
                assert_eq!(basic, "Basic Y2xpZW50OnMlMjZjcmV0", "client:s%26cret");
                let header = json!({"alg": "RS256", "kid": public.id});
                let id_token = key().sign(&header, &inner.id_token).expect("signed");
                json!({"id_token": id_token.expose(), "access_token": "opaque"})
            }
            Some("/me") => {
                assert_eq!(
                    request.authorization.as_ref().expect("a token").expose(),
                    "Bearer opaque"
                );
                inner.userinfo.clone()
            }
            _ => return Err(FetchError::Refused(request.url.clone())),
        })
    }
}

impl Outbound for Elsewhere {
    fn send<'a>(&'a self, request: &'a Fetch) -> Fetching<'a> {
        let answer = self.answer(request);
        Box::pin(async move {
            answer.map(|value| Fetched {
                status: 200,
                body: value.to_string().into(),
            })
        })
    }
}

fn provider(more: Value) -> Value {
    let mut properties = json!({
        "displayName": "Corp & Co", "issuer": ISSUER, "clientId": "client", "clientSecret": "s&cret",
    });
    for (name, value) in more.as_object().expect("an object") {
        properties[name] = value.clone();
    }
    json!({"properties": properties})
}

/// Goes there and comes back with what `change` makes of the id token.
async fn visit(
    platform: &Platform,
    elsewhere: &Elsewhere,
    browser: &mut Browser<'_>,
    change: impl FnOnce(&mut Value),
) -> super::platform::Seen {
    let text = authorize(&[]);
    let away = browser
        .get(&format!("/sign-in/external/corp?continue={}", encode(&text)))
        .await
        .is(303);
    let place = away.header("location").to_owned();
    assert!(
        place.starts_with(&format!("{ISSUER}/auth?response_type=code&client_id=client&")),
        "{place}"
    );
    let query = Query::parse(place.split_once('?').expect("a query").1);
    let now = cupola_core::Clock::now(&platform.clock).as_second();
    let mut id_token = json!({
        "iss": ISSUER, "aud": "client", "sub": "s-1", "exp": now + 60, "nonce": query.get("nonce"),
        "preferred_username": "dora@corp.example", "name": "Dora", "groups": ["staff"],
    });
    change(&mut id_token);
    {
        let mut inner = elsewhere.0.lock().expect("a lock");
        inner.id_token = id_token;
        inner.challenge = query.get("code_challenge").expect("PKCE").to_owned();
    }
    let state = query.get("state").expect("a state").to_owned();
    browser
        .get(&format!("/sign-in/callback?code=there&state={state}"))
        .await
}

#[tokio::test]
async fn people_of_another_issuer_sign_in_there() {
    let elsewhere = Elsewhere::default();
    let platform = elsewhere.platform().await;
    let admin = platform.admin().await;
    let put = admin
        .put(PROVIDER, provider(json!({"allowedDomains": ["corp.example"]})))
        .await
        .is(201);
    assert!(!put.text.contains("s&cret") && put.body["properties"]["hasClientSecret"] == true);
    let mut browser = Browser::new(&platform);
    let page = browser.get(&authorize(&[])).await.is(200);
    assert!(page.text.contains("Sign in with Corp &amp; Co"));
    let back = visit(&platform, &elsewhere, &mut browser, |_| {}).await.is(200);
    let code = hidden(&back.text).remove("code").expect("a code");
    let tokens = redeem(&platform, &code, &[]).await.is(200);
    let access = claims(&tokens.body["access_token"]);
    assert_eq!(
        (&access["upn"], &access["name"]),
        (&json!("dora@corp.example"), &json!("Dora"))
    );
    // The same subject is the same user, whatever the name is meanwhile.
    let mut other = Browser::new(&platform);
    let back = visit(&platform, &elsewhere, &mut other, |token| {
        token["preferred_username"] = json!("dora.new@corp.example");
    })
    .await
    .is(200);
    let code = hidden(&back.text).remove("code").expect("a code");
    let renamed = claims(&redeem(&platform, &code, &[]).await.is(200).body["access_token"]);
    assert_eq!(
        (&renamed["oid"], &renamed["upn"]),
        (&access["oid"], &json!("dora.new@corp.example"))
    );
    // She has no password here.
    let page = other.get("/sign-in").await.is(200);
    assert!(page.text.contains("You are signed in"));
    let fields = [("username", "dora.new@corp.example"), ("password", PASSWORD)];
    let mut third = Browser::new(&platform);
    let page = third.get("/sign-in").await.is(200);
    assert_eq!(third.submit(&page, &fields).await.status, 401);
}

#[tokio::test]
async fn what_the_other_issuer_says_is_verified() {
    let elsewhere = Elsewhere::default();
    let platform = elsewhere.platform().await;
    let admin = platform.admin().await;
    let settings = json!({"allowedDomains": ["corp.example"], "requiredClaims": {"groups": "staff"}});
    admin.put(PROVIDER, provider(settings)).await.is(201);
    user(&platform, "taken@corp.example", &[]).await;
    type Change = fn(&mut Value);
    let cases: [(Change, &str); 10] = [
        (|token| token["nonce"] = json!("other"), "nonce"),
        (|token| token["aud"] = json!("other"), "another application (aud)"),
        (|token| token["azp"] = json!("other"), "another application (azp)"),
        (|token| token["iss"] = json!("https://evil.test"), "another one"),
        (|token| token["exp"] = json!(1), "expired"),
        (|token| token["sub"] = Value::Null, "no subject"),
        (|token| token["groups"] = json!(["guests"]), "the claim groups"),
        (
            |token| token["preferred_username"] = json!("dora@evil.test"),
            "are not let in",
        ),
        (|token| token["preferred_username"] = json!("<b>"), "NAME@DOMAIN"),
        (
            |token| token["preferred_username"] = json!("taken@corp.example"),
            "somebody else",
        ),
    ];
    for (change, expected) in cases {
        let mut browser = Browser::new(&platform);
        let seen = visit(&platform, &elsewhere, &mut browser, change).await.is(400);
        assert!(seen.text.contains(expected), "{expected}: {}", seen.text);
        assert!(!browser.cookies.contains_key("__Host-cupola-session"));
    }
    // A way back that is not this browser's, or that was used.
    let mut browser = Browser::new(&platform);
    visit(&platform, &elsewhere, &mut browser, |_| {}).await.is(200);
    let state = browser.cookies["__Host-cupola-transit"].clone();
    let callback = format!("/sign-in/callback?code=there&state={state}");
    assert_eq!(browser.get(&callback).await.status, 400, "good once");
    assert_eq!(
        Browser::new(&platform).get(&callback).await.status,
        400,
        "another browser"
    );
    let error = browser
        .get(&format!(
            "/sign-in/external/corp?continue={}",
            encode("https://evil.test")
        ))
        .await;
    assert_eq!(error.status, 400);
    assert_eq!(browser.get("/sign-in/external/nobody").await.status, 400);
    elsewhere.fail();
    browser
        .get("/sign-in/external/corp?continue=/sign-in")
        .await
        .is(303);
    platform.clock.advance(Duration::from_secs(601));
    let down = browser
        .get("/sign-in/external/corp?continue=/sign-in")
        .await
        .is(400);
    assert!(down.text.contains("it is down"));
    assert!(
        platform
            .audit()
            .await
            .iter()
            .any(|entry| entry.outcome == "AADSTS50107")
    );
}

#[tokio::test]
async fn a_name_may_come_from_userinfo_and_new_people_may_be_kept_out() {
    let elsewhere = Elsewhere::default();
    let platform = elsewhere.platform().await;
    let admin = platform.admin().await;
    admin
        .put(PROVIDER, provider(json!({"createUsers": false})))
        .await
        .is(201);
    let mut browser = Browser::new(&platform);
    let refused = visit(&platform, &elsewhere, &mut browser, |_| {}).await.is(400);
    assert!(refused.text.contains("administrator has to make one first"));
    admin.put(PROVIDER, provider(json!({}))).await.is(200);
    elsewhere.0.lock().expect("a lock").userinfo = json!({"sub": "s-1", "email": "dora@corp.example"});
    let nameless = |token: &mut Value| {
        token
            .as_object_mut()
            .expect("an object")
            .remove("preferred_username");
    };
    visit(&platform, &elsewhere, &mut browser, nameless).await.is(200);
    elsewhere.0.lock().expect("a lock").userinfo = json!({"sub": "s-2", "email": "dora@corp.example"});
    let unverified = visit(&platform, &elsewhere, &mut Browser::new(&platform), |token| {
        nameless(token);
        token["email"] = json!("boss@corp.example");
        token["email_verified"] = json!(false);
    })
    .await
    .is(400);
    assert!(
        unverified.text.contains("email_verified"),
        "anybody can write any address into a profile: {}",
        unverified.text
    );
    let other = visit(&platform, &elsewhere, &mut Browser::new(&platform), nameless)
        .await
        .is(400);
    assert!(
        other.text.contains("NAME@DOMAIN"),
        "userinfo of somebody else counts for nothing"
    );
}

#[tokio::test]
async fn identity_providers_are_an_administrators() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    for (change, expected) in [
        (json!({"issuer": "http://id.example.com"}), "https://"),
        (json!({"issuer": "https://10.0.0.1/"}), "private address"),
        (
            json!({"issuer": "http://example.com", "allowInsecureLoopback": true}),
            "another machine",
        ),
        (json!({"scopes": "profile"}), "openid"),
        (json!({"caBundle": "x"}), "PEM"),
        (json!({"allowedDomains": "x"}), "list"),
        (json!({"clientId": null}), "clientId"),
    ] {
        let seen = admin.put(PROVIDER, provider(change.clone())).await;
        assert_eq!(seen.summary(), "400 InvalidRequestContent", "{change}");
        assert!(seen.message().contains(expected), "{change}: {}", seen.message());
    }
    let odd = PROVIDER.replace("corp", "a%20b");
    assert_eq!(
        admin.put(&odd, provider(json!({}))).await.summary(),
        "400 InvalidResourceName"
    );
    let loopback = json!({"issuer": "http://127.0.0.1:9", "allowInsecureLoopback": true});
    admin.put(PROVIDER, provider(loopback)).await.is(201);
    admin.put(PROVIDER, provider(json!({}))).await.is(200);
    let again = admin
        .put(&PROVIDER.replace("corp", "other"), provider(json!({})))
        .await;
    assert!(again.message().contains("has this issuer already"));
    // A secret that is not sent again stays, and goes with the issuer that it is for.
    let silent = |issuer: &str| json!({"properties": {"issuer": issuer, "clientId": "client"}});
    let kept = admin.put(PROVIDER, silent(ISSUER)).await.is(200);
    assert_eq!(kept.body["properties"]["hasClientSecret"], true);
    let moved = admin.put(PROVIDER, silent("https://evil.test")).await.is(200);
    assert_eq!(moved.body["properties"]["hasClientSecret"], false);
    assert_eq!(
        admin
            .get("/providers/Cupola.Identity/identityProviders")
            .await
            .is(200)
            .names(),
        ["corp"]
    );
    admin.get(PROVIDER).await.is(200);
    admin.delete(PROVIDER).await.is(200);
    admin.delete(PROVIDER).await.is(204);
    assert_eq!(admin.get(PROVIDER).await.summary(), "404 ResourceNotFound");
}

#[tokio::test]
async fn an_administrator_rotates_the_signing_key() {
    let platform = Platform::start().await;
    let old = platform.admin().await;
    let rotate = "/providers/Cupola.Identity/rotateSigningKey?api-version=2026-11-01";
    let seen = old.post(rotate, json!({})).await.is(200);
    assert_eq!(seen.body["publishedKeyIds"].as_array().map(Vec::len), Some(2));
    old.get(&platform.workspace()).await.is(200);
    let keys = platform.anonymous().get("/adfs/discovery/keys").await.is(200);
    assert_eq!(keys.body["keys"][0]["kid"], seen.body["keyId"]);
    assert_eq!(
        platform
            .someone(&[("Contributor", "/subscriptions/x")])
            .await
            .post(rotate, json!({}))
            .await
            .status,
        403
    );
    platform.clock.advance(Duration::from_secs(3600 + 301));
    let keys = platform.anonymous().get("/adfs/discovery/keys").await.is(200);
    assert_eq!(keys.body["keys"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn the_way_out_asks_real_servers_and_is_bounded() {
    let server = FakeUpstream::start(|received| {
        let body = match received.target.as_str() {
            "/v1/form" => json!({
                "method": if received.body.is_empty() { "GET" } else { "POST" },
                "body": received.body,
                "authorization": received.headers.get("authorization").and_then(|value| value.to_str().ok()),
            })
            .to_string(),
            "/v1/large" => "x".repeat(300 * 1024),
            _ => return Answer::failure(302, "{}"),
        };
        Answer::failure(200, &body)
    })
    .await
    .expect("a server");
    let reach = Reach {
        insecure_loopback: true,
        ..Reach::default()
    };
    let ask = async |path: &str, reach: &Reach| {
        let request = Fetch {
            url: format!("{}{path}", server.url()),
            form: Some(Secret::new("a=b")),
            authorization: Some(Secret::new("Basic x")),
            reach: reach.clone(),
        };
        Fetcher::default().send(&request).await
    };
    let seen = ask("/form", &reach).await.expect("an answer");
    let told: Value = serde_json::from_slice(&seen.body).expect("json");
    assert_eq!(
        told,
        json!({"method": "POST", "body": "a=b", "authorization": "Basic x"})
    );
    assert_eq!(
        ask("/moved", &reach).await.expect("an answer").status,
        302,
        "redirects are not followed"
    );
    assert!(matches!(
        ask("/large", &reach).await,
        Err(FetchError::Failed { .. })
    ));
    let inside = Reach {
        private: true,
        ..Reach::default()
    };
    for refused in [Reach::default(), inside] {
        assert!(matches!(
            ask("/form", &refused).await,
            Err(FetchError::Refused(_))
        ));
    }
    assert_eq!(server.received().len(), 3);
}
