//! What somebody tries who should not get in: tokens at the wrong door, old links, sessions that should be over.

use super::authorization::holder;
use super::browser::{Browser, CLI, PASSWORD, authorize, form, token, unescape, user, verdict};
use super::platform::{ORIGIN, Platform, Seen};
use super::sign_in_elsewhere::{Elsewhere, ISSUER};
use cupola_core::chance;
use cupola_core::rbac::{Granted, Permissions, RoleAssignment, RoleDefinition};
use cupola_store::apps::FederatedCredential;
use cupola_store::roles::CustomRole;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::timeout;

const ANN: &str = "ann@example.com";

async fn password(platform: &Platform, name: &str, text: &str, scope: &str) -> Seen {
    let fields = [
        ("client_id", CLI),
        ("grant_type", "password"),
        ("username", name),
        ("password", text),
        ("scope", scope),
    ];
    token(platform, &fields).await
}

fn text(seen: &Seen, name: &str) -> String {
    seen.body[name].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_token_for_another_service_opens_nothing_under_the_name_of_that_service() {
    let platform = Platform::start().await;
    user(&platform, ANN, &[("Reader", "/")]).await;
    let other = "https://api.example.com/.default";
    let got = password(&platform, ANN, PASSWORD, other).await.is(200);
    let stolen = platform.with_token(&text(&got, "access_token"));
    let path = platform.workspace();
    let host = [("host", "api.example.com")];
    for headers in [&host[..], &[]] {
        let seen = stolen.send("GET", &path, None, headers).await;
        assert_eq!(seen.summary(), "401 InvalidAuthenticationToken", "{headers:?}");
    }
    // A name that this server goes by and that nobody told it: whoever asks for the token there means this server.
    let fields = [
        ("client_id", CLI),
        ("grant_type", "password"),
        ("username", ANN),
        ("password", PASSWORD),
        ("scope", "https://api.example.com//.default"),
    ];
    let got = platform
        .anonymous()
        .send("POST", "/adfs/oauth2/token?", Some(form(&fields)), &host)
        .await
        .is(200);
    let own = platform.with_token(&text(&got, "access_token"));
    own.send("GET", &path, None, &host).await.is(200);
    assert_eq!(own.get(&path).await.status, 401, "under that name alone");
}

#[tokio::test]
async fn an_application_that_asks_who_somebody_is_cannot_act_for_them() {
    let platform = Platform::start().await;
    user(&platform, ANN, &[("Reader", "/")]).await;
    let got = password(&platform, ANN, PASSWORD, "openid profile").await.is(200);
    let person = platform.with_token(&text(&got, "access_token"));
    person.get("/v1.0/me").await.is(200);
    let seen = person.get(&platform.workspace()).await;
    assert_eq!(seen.summary(), "401 InvalidAuthenticationToken");
}

#[tokio::test]
async fn a_reset_password_ends_what_the_old_one_began() {
    let platform = Platform::start().await;
    let ann = user(&platform, ANN, &[]).await;
    let admin = platform.admin().await;
    let path = format!("/v1.0/users/{}", ann.id);
    let reset = json!({"passwordProfile": {
        "password": "correct horse battery", "forceChangePasswordNextSignIn": false,
    }});
    for change in [reset, json!({"accountEnabled": false})] {
        let known = if change["accountEnabled"].is_null() {
            PASSWORD
        } else {
            "correct horse battery"
        };
        let mut browser = Browser::new(&platform);
        browser.sign_in("/sign-in", ANN, known).await.is(303);
        let tokens = password(&platform, ANN, known, "openid offline_access")
            .await
            .is(200);
        admin.patch(&path, change.clone()).await.is(204);
        admin.patch(&path, json!({"accountEnabled": true})).await.is(204);
        let silent = browser
            .get(&authorize(&[("prompt", "none"), ("response_mode", "query")]))
            .await
            .is(303);
        assert!(silent.header("location").contains("login_required"), "{change}");
        let refresh = text(&tokens, "refresh_token");
        let fields = [
            ("client_id", CLI),
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.as_str()),
        ];
        let seen = token(&platform, &fields).await;
        assert_eq!(verdict(&seen), "400 invalid_grant 70000", "{change}");
    }
}

#[tokio::test]
async fn an_invitation_makes_nobody_somebody_mightier_and_old_links_are_dead() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let body = json!({"invitedUserEmailAddress": ANN});
    let invite = async || {
        let seen = admin.post("/v1.0/invitations", body.clone()).await.is(201);
        let link = unescape(seen.body["inviteRedeemUrl"].as_str().expect("a link"));
        (link.split_once('#').expect("a token").1.to_owned(), seen)
    };
    let (first, seen) = invite().await;
    let (second, _) = invite().await;
    let owner = json!({"properties": {
        "roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        "principalId": seen.body["invitedUser"]["id"], "principalType": "User",
    }});
    let id = "11111111-2222-4333-8444-555555555555";
    admin
        .put(
            &format!("/providers/Microsoft.Authorization/roleAssignments/{id}?api-version=2022-04-01"),
            owner,
        )
        .await
        .is(201);
    let inviter = holder(&platform, &["Cupola.Identity/users/invite/action"], "/").await;
    let refused = inviter.post("/v1.0/invitations", body.clone()).await;
    assert_eq!(refused.summary(), "403 Authorization_RequestDenied");
    let long = json!({"invitedUserEmailAddress": "b@x.test", "invitedUserDisplayName": "x".repeat(257)});
    assert_eq!(
        inviter.post("/v1.0/invitations", long).await.summary(),
        "400 Request_BadRequest"
    );

    let mut browser = Browser::new(&platform);
    let page = browser.get("/sign-in/invite").await.is(200);
    let fill = |token: &str, word: &str| {
        let mut fields = BTreeMap::new();
        for (name, value) in [
            ("invitation", token),
            ("username", ANN),
            ("new", word),
            ("again", word),
        ] {
            fields.insert(name.to_owned(), value.to_owned());
        }
        fields
    };
    let pairs = |fields: &BTreeMap<String, String>| -> Vec<(String, String)> {
        fields
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    for (token, word, status) in [(&second, PASSWORD, 303), (&first, "some other sentence", 400)] {
        let fields = pairs(&fill(token, word));
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        browser.submit(&page, &fields).await.is(status);
    }
    password(&platform, ANN, PASSWORD, "openid").await.is(200);
}

#[tokio::test]
async fn many_guesses_at_once_count_like_one_after_another() {
    let platform = Platform::start().await;
    user(&platform, ANN, &[]).await;
    for name in [ANN, "nobody@example.com"] {
        let guess = || password(&platform, name, "wrong", "openid");
        let seen: [Seen; 12] = tokio::join!(
            guess(),
            guess(),
            guess(),
            guess(),
            guess(),
            guess(),
            guess(),
            guess(),
            guess(),
            guess(),
            guess(),
            guess()
        )
        .into();
        let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
        for one in &seen {
            *verdicts.entry(verdict(one)).or_default() += 1;
        }
        let expected = BTreeMap::from([
            ("400 invalid_grant 50053".to_owned(), 2),
            ("400 invalid_grant 50126".to_owned(), 10),
        ]);
        assert_eq!(verdicts, expected, "{name}");
    }
}

#[tokio::test]
async fn passwords_are_digested_a_few_at_a_time_wherever_they_come_from() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let body = json!({"userPrincipalName": ANN, "passwordProfile": {"password": "correct horse battery"}});
    let checks = std::sync::Arc::clone(&platform.control.sign_in().checks);
    let taken = checks.acquire_many(2).await.expect("open");
    let waits = timeout(
        Duration::from_millis(300),
        admin.post("/v1.0/users", body.clone()),
    )
    .await;
    assert!(waits.is_err(), "it waits for its turn");
    drop(taken);
    admin.post("/v1.0/users", body).await.is(201);
}

#[tokio::test]
async fn who_guesses_the_codes_of_devices_is_stopped() {
    let platform = Platform::start().await;
    user(&platform, ANN, &[]).await;
    let body = form(&[("client_id", CLI), ("scope", "openid")]);
    let device = platform
        .anonymous()
        .send("POST", "/adfs/oauth2/devicecode?", Some(body), &[])
        .await
        .is(200);
    let mut browser = Browser::new(&platform);
    let page = browser.sign_in("/devicelogin", ANN, PASSWORD).await.is(200);
    for _ in 0..100 {
        let fields = [("user_code", "BCDF-BCDF"), ("decision", "approve")];
        browser.submit(&page, &fields).await;
    }
    let code = text(&device, "user_code");
    let fields = [("user_code", code.as_str()), ("decision", "approve")];
    let seen = browser.submit(&page, &fields).await;
    assert!(seen.text.contains("AADSTS50053"), "{}", seen.text);
}

#[tokio::test]
async fn an_expired_token_does_not_fill_the_record() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    platform.clock.advance(Duration::from_secs(2 * 3600));
    for _ in 0..105 {
        assert_eq!(admin.get("/subscriptions").await.status, 401);
    }
    let kept = platform.audit().await;
    let expired = kept
        .iter()
        .filter(|entry| entry.outcome == "ExpiredAuthenticationToken");
    assert_eq!(expired.count(), 100);
}

#[tokio::test]
async fn a_role_that_takes_the_directory_away_does_not_open_it() {
    let platform = Platform::start().await;
    let principal = platform.principal("Dev", "secret", &[("Contributor", "/")]).await;
    let id = || chance::uuid(&*platform.deps.entropy);
    let at = cupola_core::Clock::now(&platform.clock);
    let role = CustomRole {
        definition: RoleDefinition {
            id: id(),
            name: "Identity but people".to_owned(),
            description: String::new(),
            built_in: false,
            assignable_scopes: vec!["/".into()],
            permissions: vec![Permissions {
                actions: vec!["Cupola.Identity/*".into()],
                not_actions: vec!["Cupola.Identity/principals/*".into()],
                ..Permissions::default()
            }],
        },
        created_at: at,
        created_by: String::new(),
        updated_at: at,
        updated_by: String::new(),
    };
    let held = RoleAssignment {
        id: id(),
        scope: "/".to_owned(),
        role: role.definition.id.clone(),
        principal: principal.id.clone(),
        principal_type: "ServicePrincipal".into(),
        created_at: at,
    };
    let grant = Granted::to_platform("test");
    let mut work = platform.store.begin().await.expect("a unit of work");
    assert!(work.access().put_custom_role(&grant, &role).await.expect("put"));
    assert!(work.access().assign(&grant, &held).await.expect("assigned"));
    work.save().await.expect("saved");
    let dev = platform.with_token(&platform.token_of(&principal, ORIGIN));
    let seen = dev.post("/v1.0/applications", json!({"displayName": "x"})).await;
    assert_eq!(seen.summary(), "403 Authorization_RequestDenied");
}

#[tokio::test]
async fn strangers_cannot_make_this_server_ask_a_silent_issuer_again_and_again() {
    let elsewhere = Elsewhere::default();
    let platform = elsewhere.platform().await;
    let principal = platform.principal("App", "secret", &[]).await;
    let trusted = FederatedCredential {
        id: chance::uuid(&*platform.deps.entropy),
        name: "x".into(),
        issuer: ISSUER.into(),
        subject: "s".into(),
        audiences: vec!["a".into()],
        description: None,
    };
    let mut work = platform.store.begin().await.expect("a unit of work");
    let grant = Granted::to_platform("test");
    work.apps()
        .put_federated(&grant, &principal.id, &trusted)
        .await
        .expect("put");
    work.save().await.expect("saved");
    elsewhere.fail();
    let now = cupola_core::Clock::now(&platform.clock).as_second();
    let claims = json!({"iss": ISSUER, "sub": "s", "aud": "a", "exp": now + 60});
    let forged = super::sign_in_elsewhere::key()
        .sign(&json!({"alg": "RS256", "kid": "nobody's"}), &claims)
        .expect("signed");
    let ask = async || {
        let fields = [
            ("client_id", principal.id.as_str()),
            ("grant_type", "client_credentials"),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", forged.expose()),
            ("scope", "https://x.test/.default"),
        ];
        assert_ne!(token(&platform, &fields).await.status, 200);
    };
    for _ in 0..5 {
        ask().await;
    }
    assert_eq!(elsewhere.asked("openid-configuration"), 1);
    platform.clock.advance(Duration::from_secs(11));
    ask().await;
    assert_eq!(elsewhere.asked("openid-configuration"), 2);
}
