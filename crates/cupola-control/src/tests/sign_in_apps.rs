//! Applications that prove themselves without a secret: with a certificate, and with a token of an issuer that is trusted
//! for them.

use super::browser::{PASSWORD, token, user, verdict};
use super::platform::{ORIGIN, Platform, Seen};
use super::sign_in_elsewhere::{Elsewhere, ISSUER, key};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use cupola_core::rbac::{Granted, Principal};
use cupola_core::{Secret, chance};
use cupola_identity::{SigningKey, read_der};
use cupola_store::apps::{Certificate, FederatedCredential, Registration};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use serde_json::{Value, json};
use std::sync::OnceLock;
use std::time::Duration;

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

// An RSA key takes a moment; one pair is enough for all tests.
fn certificate() -> &'static (Vec<u8>, Vec<u8>) {
    static MADE: OnceLock<(Vec<u8>, Vec<u8>)> = OnceLock::new();
    MADE.get_or_init(|| {
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256).expect("a key");
        let certificate = CertificateParams::new(vec!["app.test".to_owned()])
            .expect("parameters")
            .self_signed(&key)
            .expect("a certificate");
        (certificate.der().to_vec(), key.serialize_der())
    })
}

struct App {
    principal: Principal,
    key: SigningKey,
    sha256: String,
    sha1: String,
}

impl App {
    async fn new(platform: &Platform) -> Self {
        let principal = platform.principal("App", "secret", &[("Reader", "/")]).await;
        let (der, private) = certificate();
        let facts = read_der(der).expect("a certificate");
        let sealed = platform.deps.keyring.seal(
            &Secret::new(STANDARD_NO_PAD.encode(private)),
            &*platform.deps.entropy,
        );
        let key = SigningKey::open("k", &sealed, None, &platform.deps.keyring).expect("a key");
        let certificate = Certificate {
            id: chance::uuid(&*platform.deps.entropy),
            name: None,
            sha1: facts.sha1.clone(),
            sha256: facts.sha256.clone(),
            der: der.clone(),
            starts_at: facts.starts_at,
            expires_at: facts.expires_at,
        };
        let mut work = platform.store.begin().await.expect("a unit of work");
        let grant = Granted::to_platform("test");
        work.apps()
            .add_certificate(&grant, &principal.id, &certificate)
            .await
            .expect("added");
        work.save().await.expect("saved");
        Self {
            principal,
            key,
            sha256: facts.sha256,
            sha1: facts.sha1,
        }
    }

    fn id(&self) -> &str {
        self.principal.app_id.as_deref().expect("an application")
    }

    fn assertion(&self, platform: &Platform, header: Value, change: impl FnOnce(&mut Value)) -> String {
        let now = cupola_core::Clock::now(&platform.clock).as_second();
        let mut claims = json!({
            "iss": self.id(), "sub": self.id(), "aud": format!("{ORIGIN}/organizations/oauth2/v2.0/token"),
            "exp": now + 600, "nbf": now, "jti": chance::uuid(&*platform.deps.entropy),
        });
        change(&mut claims);
        self.key
            .sign(&header, &claims)
            .expect("signed")
            .expose()
            .to_owned()
    }

    fn header(&self) -> Value {
        json!({"alg": "RS256", "typ": "JWT", "x5t#S256": self.sha256})
    }
}

async fn present(platform: &Platform, client: &str, assertion: &str, scope: &str) -> Seen {
    let fields = [
        ("client_id", client),
        ("grant_type", "client_credentials"),
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion),
        ("scope", scope),
    ];
    token(platform, &fields).await
}

#[tokio::test]
async fn an_application_signs_in_with_its_certificate() {
    let platform = Platform::start().await;
    let app = App::new(&platform).await;
    let scope = format!("{ORIGIN}/.default");
    let good = app.assertion(&platform, app.header(), |_| {});
    let seen = present(&platform, app.id(), &good, &scope).await.is(200);
    let bearer = seen.body["access_token"].as_str().expect("a token");
    platform
        .with_token(bearer)
        .get(&platform.workspace())
        .await
        .is(200);
    // The libraries use one assertion for all that they need; the same twice is a replay.
    present(&platform, app.id(), &good, "https://graph.microsoft.com/.default")
        .await
        .is(200);
    let replay = present(&platform, app.id(), &good, &scope).await;
    assert_eq!(verdict(&replay), "401 invalid_client 700027");
    assert!(
        replay.body["error_description"]
            .as_str()
            .is_some_and(|text| text.contains("used before"))
    );
    for (client, scope) in [
        (app.id().to_uppercase(), scope.clone()),
        (app.principal.id.clone(), scope.clone()),
        (app.id().to_owned(), format!("{ORIGIN}//.default")),
        (app.id().to_owned(), format!("{}/.default", ORIGIN.to_uppercase())),
    ] {
        let again = present(&platform, &client, &good, &scope).await;
        assert_ne!(
            again.status, 200,
            "the same in another spelling: {client} {scope}"
        );
    }
    for header in [
        json!({"alg": "RS256", "x5t": app.sha1}),
        json!({"alg": "RS256", "kid": app.sha256}),
        json!({"alg": "RS256"}),
    ] {
        let assertion = app.assertion(&platform, header.clone(), |claims| {
            claims["aud"] = json!([format!("{ORIGIN}/adfs/oauth2/token")]);
        });
        assert_eq!(
            verdict(&present(&platform, app.id(), &assertion, &scope).await),
            "200",
            "{header}"
        );
    }
    let now = cupola_core::Clock::now(&platform.clock).as_second();
    type Change = Box<dyn FnOnce(&mut Value)>;
    let wrong: [(&str, Value, Change, &str); 8] = [
        (
            "expired",
            app.header(),
            Box::new(move |c| c["exp"] = json!(now - 301)),
            "401 invalid_client 700024",
        ),
        (
            "endless",
            app.header(),
            Box::new(|c| c["exp"] = json!(9_999_999_999i64)),
            "401 invalid_client 700027",
        ),
        (
            "no exp",
            app.header(),
            Box::new(|c| c["exp"] = Value::Null),
            "401 invalid_client 700027",
        ),
        (
            "no jti",
            app.header(),
            Box::new(|c| c["jti"] = Value::Null),
            "401 invalid_client 700027",
        ),
        (
            "aud",
            app.header(),
            Box::new(|c| c["aud"] = json!("https://evil.test")),
            "401 invalid_client 700212",
        ),
        (
            "sub",
            app.header(),
            Box::new(|c| c["sub"] = json!("other")),
            "401 invalid_client 700027",
        ),
        (
            "alg",
            json!({"alg": "none"}),
            Box::new(|_| {}),
            "401 invalid_client 700027",
        ),
        (
            "x5t",
            json!({"alg": "RS256", "x5t": "AAAA"}),
            Box::new(|_| {}),
            "401 invalid_client 700027",
        ),
    ];
    for (name, header, change, expected) in wrong {
        let assertion = app.assertion(&platform, header, change);
        assert_eq!(
            verdict(&present(&platform, app.id(), &assertion, &scope).await),
            expected,
            "{name}"
        );
    }
    let other = platform.principal("Other", "secret", &[]).await;
    let foreign = app.assertion(&platform, app.header(), |claims| {
        claims["iss"] = json!(other.app_id);
        claims["sub"] = json!(other.app_id);
    });
    let refused = present(
        &platform,
        other.app_id.as_deref().expect("an app"),
        &foreign,
        &scope,
    )
    .await;
    assert_eq!(
        verdict(&refused),
        "401 invalid_client 700027",
        "a key that is not this application's"
    );
    let untyped = token(
        &platform,
        &[
            ("client_id", app.id()),
            ("grant_type", "client_credentials"),
            ("client_assertion", &good),
            ("scope", &scope),
        ],
    )
    .await;
    assert_eq!(verdict(&untyped), "400 invalid_request 900144");
    assert!(
        platform
            .audit()
            .await
            .iter()
            .any(|entry| entry.outcome == "AADSTS700027" && entry.principal == app.principal.id)
    );
}

#[tokio::test]
async fn one_assertion_serves_everybody_who_signs_in_while_it_lasts() {
    let platform = Platform::start().await;
    let app = App::new(&platform).await;
    user(&platform, "ann@example.com", &[]).await;
    let registered = cupola_store::apps::App {
        id: chance::uuid(&*platform.deps.entropy),
        app_id: app.id().to_owned(),
        principal_id: app.principal.id.clone(),
        service_principal: true,
        enabled: true,
        display_name: "Web".to_owned(),
        registration: Registration::default(),
        created_at: cupola_core::Clock::now(&platform.clock),
    };
    let mut work = platform.store.begin().await.expect("a unit of work");
    let grant = Granted::to_platform("test");
    work.apps().put(&grant, &registered).await.expect("put");
    work.save().await.expect("saved");
    let assertion = app.assertion(&platform, app.header(), |_| {});
    let fields = [
        ("client_id", app.id()),
        ("grant_type", "password"),
        ("username", "ann@example.com"),
        ("password", PASSWORD),
        ("client_assertion_type", TYPE),
        ("client_assertion", &assertion),
        ("scope", "openid"),
    ];
    for turn in 0..2 {
        assert_eq!(verdict(&token(&platform, &fields).await), "200", "{turn}");
    }
}

#[tokio::test]
async fn a_trusted_issuer_vouches_for_an_application() {
    let elsewhere = Elsewhere::default();
    let platform = elsewhere.platform().await;
    let app = platform.principal("Workload", "secret", &[("Reader", "/")]).await;
    let id = app.app_id.clone().expect("an application");
    let federated = FederatedCredential {
        id: chance::uuid(&*platform.deps.entropy),
        name: "cluster".into(),
        issuer: ISSUER.into(),
        subject: "system:serviceaccount:a:b".into(),
        audiences: vec!["api://AzureADTokenExchange".into()],
        description: None,
    };
    let mut work = platform.store.begin().await.expect("a unit of work");
    work.apps()
        .put_federated(&Granted::to_platform("test"), &app.id, &federated)
        .await
        .expect("put");
    work.save().await.expect("saved");
    let now = cupola_core::Clock::now(&platform.clock).as_second();
    let scope = format!("{ORIGIN}/.default");
    let ask = async |change: &dyn Fn(&mut Value, &mut Value)| {
        let mut header = json!({"alg": "RS256", "kid": key().public().id});
        let mut claims = json!({
            "iss": ISSUER, "sub": "system:serviceaccount:a:b", "aud": ["api://AzureADTokenExchange"], "exp": now + 600,
        });
        change(&mut header, &mut claims);
        let assertion = key().sign(&header, &claims).expect("signed");
        present(&platform, &id, assertion.expose(), &scope).await
    };
    let seen = ask(&|_, _| {}).await.is(200);
    let bearer = seen.body["access_token"].as_str().expect("a token");
    platform
        .with_token(bearer)
        .get(&platform.workspace())
        .await
        .is(200);
    ask(&|_, _| {}).await.is(200);
    assert_eq!(elsewhere.asked("jwks"), 1, "the keys are kept");
    for (name, change, expected) in [
        (
            "subject",
            (&|_: &mut Value, c: &mut Value| c["sub"] = json!("system:serviceaccount:a:c"))
                as &dyn Fn(&mut Value, &mut Value),
            "401 invalid_client 700213",
        ),
        (
            "issuer",
            &|_, c| c["iss"] = json!("https://evil.test"),
            "401 invalid_client 700213",
        ),
        (
            "audience",
            &|_, c| c["aud"] = json!("other"),
            "401 invalid_client 700212",
        ),
        (
            "expired",
            &|_, c| c["exp"] = json!(1),
            "401 invalid_client 700024",
        ),
        (
            "none",
            &|h, _| h["alg"] = json!("none"),
            "401 invalid_client 700027",
        ),
        (
            "key",
            &|h, _| h["kid"] = json!("other"),
            "401 invalid_client 700027",
        ),
    ] {
        assert_eq!(verdict(&ask(change).await), expected, "{name}");
    }
    assert_eq!(
        elsewhere.asked("evil"),
        0,
        "nothing is fetched that no administrator named"
    );
    assert_eq!(
        elsewhere.asked("jwks"),
        1,
        "a forged key name costs the issuer nothing"
    );
    // The keys of another day are read anew, and an issuer that does not answer is named.
    platform.clock.advance(Duration::from_secs(601));
    elsewhere.fail();
    assert_eq!(
        verdict(&ask(&|_, c| c["exp"] = json!(now + 6000)).await),
        "400 invalid_request 50166"
    );
}

#[tokio::test]
async fn a_disabled_service_principal_neither_signs_in_nor_calls() {
    let platform = Platform::start().await;
    let mut work = platform.store.begin().await.expect("a unit of work");
    let mut app = work
        .apps()
        .find(&platform.report.client_id)
        .await
        .expect("read")
        .expect("there");
    app.enabled = false;
    let admin = platform.admin().await;
    admin.get(&platform.workspace()).await.is(200);
    work.apps()
        .put(&Granted::to_platform("test"), &app)
        .await
        .expect("put");
    work.save().await.expect("saved");
    assert_eq!(
        admin.get(&platform.workspace()).await.summary(),
        "401 InvalidAuthenticationToken"
    );
    let secret = platform.report.client_secret.clone().expect("just made");
    let fields = [
        ("client_id", platform.report.client_id.as_str()),
        ("grant_type", "client_credentials"),
        ("client_secret", secret.expose()),
        ("scope", "https://management.azure.com/.default"),
    ];
    assert_eq!(
        verdict(&token(&platform, &fields).await),
        "401 unauthorized_client 7000112"
    );
}
