//! Sign-in: discovery, tokens, and what a token opens.

use super::platform::{ORIGIN, Platform, Seen};
use cupola_core::{Secret, rbac::Granted};
use cupola_identity::digest_secret;
use cupola_store::access::StoredSecret;
use std::time::Duration;

async fn token(platform: &Platform, tenant: &str, form: &str, headers: &[(&str, &str)]) -> Seen {
    let path = if tenant == "adfs" {
        "/adfs/oauth2/token".to_owned()
    } else {
        format!("/{tenant}/oauth2/v2.0/token")
    };
    platform
        .anonymous()
        .send("POST", &format!("{path}?"), Some(form.to_owned()), headers)
        .await
}

fn form(client: &str, secret: &str, scope: &str) -> String {
    let secret = crate::dispatch::encode(secret);
    format!(
        "client_id={client}&client_secret={secret}&grant_type=client_credentials&client_info=1&scope={}",
        crate::dispatch::encode(scope)
    )
}

fn secret(platform: &Platform) -> String {
    platform
        .report
        .client_secret
        .as_ref()
        .expect("just made")
        .expose()
        .to_owned()
}

#[tokio::test]
async fn a_principal_signs_in_and_calls() {
    let platform = Platform::start().await;
    let (client, secret) = (platform.report.client_id.clone(), secret(&platform));
    let tenant = platform.report.tenant_id.clone();
    for (tenant, scope) in [
        (tenant.as_str(), format!("{ORIGIN}/.default")),
        ("adfs", format!("{ORIGIN}//.default")),
        (
            "organizations",
            "https://management.azure.com/.default".to_owned(),
        ),
        (
            "common",
            "https://management.core.windows.net//.default".to_owned(),
        ),
    ] {
        let seen = token(&platform, tenant, &form(&client, &secret, &scope), &[])
            .await
            .is(200);
        assert_eq!(
            (seen.body["token_type"].as_str(), seen.body["expires_in"].as_i64()),
            (Some("Bearer"), Some(3600))
        );
        assert_eq!(seen.header("cache-control"), "no-store");
        let bearer = seen.body["access_token"].as_str().expect("a token");
        platform
            .with_token(bearer)
            .get(&platform.workspace())
            .await
            .is(200);
    }
    let other = token(
        &platform,
        &tenant,
        &form(&client, &secret, "https://graph.microsoft.com/.default"),
        &[],
    )
    .await
    .is(200);
    let refused = platform
        .with_token(other.body["access_token"].as_str().expect("a token"))
        .get(&platform.workspace())
        .await;
    assert_eq!(refused.summary(), "401 InvalidAuthenticationToken");
    let encoded = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        format!("{client}:{}", crate::dispatch::encode(&secret)),
    );
    let form = format!("grant_type=client_credentials&scope={ORIGIN}/.default");
    token(
        &platform,
        &tenant,
        &form,
        &[("authorization", &format!("Basic {encoded}"))],
    )
    .await
    .is(200);
}

#[tokio::test]
async fn a_refused_sign_in_says_why() {
    let platform = Platform::start().await;
    let (client, good) = (platform.report.client_id.clone(), secret(&platform));
    let tenant = platform.report.tenant_id.clone();
    let scope = format!("{ORIGIN}/.default");
    let summary = |seen: Seen| {
        let error = seen.body["error"].as_str().unwrap_or_default().to_owned();
        format!("{} {error} {}", seen.status.as_u16(), seen.body["error_codes"][0])
    };
    let ask = async |tenant: &str, body: String| summary(token(&platform, tenant, &body, &[]).await);
    assert_eq!(
        ask(&tenant, form(&client, "wrong", &scope)).await,
        "401 invalid_client 7000215"
    );
    assert_eq!(
        ask(&tenant, form("nobody", &good, &scope)).await,
        "400 unauthorized_client 700016"
    );
    assert_eq!(
        ask("elsewhere", form(&client, &good, &scope)).await,
        "400 invalid_tenant 90002"
    );
    assert_eq!(
        ask(&tenant, form(&client, &good, "openid")).await,
        "400 invalid_scope 1002012"
    );
    assert_eq!(
        ask(&tenant, "grant_type=implicit&client_id=a".to_owned()).await,
        "400 unsupported_grant_type 70003"
    );
    assert_eq!(ask(&tenant, String::new()).await, "400 invalid_request 900144");
    let audit = platform.audit().await;
    assert_eq!(
        (audit[0].action.as_str(), audit[0].outcome.as_str()),
        ("signIn", "AADSTS7000215")
    );
    let wrong = token(&platform, &tenant, &form(&client, "wrong", &scope), &[]).await;
    assert!(
        wrong.body["error_description"]
            .as_str()
            .is_some_and(|text| text.starts_with("AADSTS7000215: Invalid client secret provided."))
    );

    let grant = Granted::to_platform("test");
    let principal = platform.principal("Old", "other", &[]).await;
    let mut work = platform.store.begin().await.expect("a unit of work");
    let digest = digest_secret(&platform.deps.keyring, &Secret::new("old"));
    let stored = StoredSecret {
        id: "old".into(),
        digest,
        expires_at: Some(cupola_core::Timestamp::UNIX_EPOCH),
        ..StoredSecret::default()
    };
    work.access()
        .add_secret(&grant, &principal.id, &stored)
        .await
        .expect("added");
    work.save().await.expect("saved");
    let app = principal.app_id.expect("an app");
    assert_eq!(
        ask(&tenant, form(&app, "old", &scope)).await,
        "401 invalid_client 7000222"
    );
    assert_eq!(ask(&tenant, form(&app, "other", &scope)).await, "200  null");
}

#[tokio::test]
async fn a_bad_token_gets_a_challenge() {
    let platform = Platform::start().await;
    let path = platform.workspace();
    let nobody = platform.anonymous().get(&path).await;
    assert_eq!(nobody.summary(), "401 AuthenticationFailed");
    let challenge = nobody.header("www-authenticate");
    assert!(
        challenge.starts_with(&format!(
            "Bearer authorization_uri=\"{ORIGIN}/{}\", error=",
            platform.report.tenant_id
        )),
        "{challenge}"
    );
    assert_eq!(
        platform.with_token("a.b.c").get(&path).await.summary(),
        "401 InvalidAuthenticationToken"
    );
    let admin = platform.admin().await;
    platform.clock.advance(Duration::from_secs(3600 + 299));
    admin.get(&path).await.is(200);
    platform.clock.advance(Duration::from_secs(2));
    let late = admin.get(&path).await;
    assert_eq!(late.summary(), "401 ExpiredAuthenticationToken");
    assert!(
        late.header("www-authenticate")
            .contains("error=\"invalid_token\"")
    );
    assert_eq!(platform.audit().await[0].outcome, "ExpiredAuthenticationToken");
}

#[tokio::test]
async fn keys_rotate_and_old_tokens_stay_good() {
    let platform = Platform::start().await;
    let old = platform.admin().await;
    platform.control.rotate_signing_key().await.expect("rotated");
    old.get(&platform.workspace()).await.is(200);
    platform.admin().await.get(&platform.workspace()).await.is(200);
    let keys = platform.anonymous().get("/adfs/discovery/keys").await.is(200);
    assert_eq!(keys.body["keys"].as_array().map(Vec::len), Some(2));
    assert_eq!(keys.body["keys"][0]["alg"], "RS256");
    // A restart knows both.
    let again = crate::Control::new(platform.deps.clone())
        .await
        .expect("a control plane");
    assert_eq!(
        again
            .issuer()
            .public_keys(cupola_core::Clock::now(&platform.clock))
            .len(),
        2
    );
}

#[tokio::test]
async fn discovery_leads_to_the_endpoints() {
    let platform = Platform::start().await;
    let nobody = platform.anonymous();
    let tenant = &platform.report.tenant_id;
    for name in [tenant.as_str(), "common", "organizations"] {
        let seen = nobody
            .get(&format!("/{name}/v2.0/.well-known/openid-configuration?"))
            .await
            .is(200);
        assert_eq!(
            seen.body["token_endpoint"],
            format!("{ORIGIN}/{name}/oauth2/v2.0/token")
        );
        assert_eq!(seen.body["issuer"], format!("{ORIGIN}/{tenant}/v2.0"));
    }
    let adfs = nobody.get("/adfs/.well-known/openid-configuration").await.is(200);
    assert_eq!(adfs.body["token_endpoint"], format!("{ORIGIN}/adfs/oauth2/token"));
    let unknown = nobody
        .get("/elsewhere/v2.0/.well-known/openid-configuration")
        .await
        .is(400);
    assert!(
        unknown.body["error_description"]
            .as_str()
            .is_some_and(|text| text.starts_with("AADSTS90002"))
    );
    let instance = nobody
        .get("/common/discovery/instance?api-version=1.1&authorization_endpoint=x")
        .await
        .is(200);
    assert_eq!(
        instance.body["tenant_discovery_endpoint"],
        format!("{ORIGIN}/{tenant}/v2.0/.well-known/openid-configuration")
    );
}
