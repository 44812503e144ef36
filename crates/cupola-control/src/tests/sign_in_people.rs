//! People: the browser, the device, the password, what lasts and what ends.

use super::browser::{
    Browser, CLI, PASSWORD, authorize, claims, hidden, redeem, token, unescape, user, verdict,
};
use super::platform::{ORIGIN, Platform, Seen};
use cupola_core::rbac::Granted;
use cupola_store::apps::{App, Registration};
use cupola_store::users::User;
use serde_json::json;
use std::time::Duration;

const ANN: &str = "ann@example.com";

async fn code(platform: &Platform) -> String {
    let seen = Browser::new(platform)
        .sign_in(&authorize(&[]), ANN, PASSWORD)
        .await
        .is(200);
    hidden(&seen.text).remove("code").expect("a code")
}

async fn refresh(platform: &Platform, token_text: &str, scope: &str) -> Seen {
    let fields = [
        ("client_id", CLI),
        ("grant_type", "refresh_token"),
        ("refresh_token", token_text),
        ("scope", scope),
    ];
    token(platform, &fields).await
}

async fn password(platform: &Platform, name: &str, text: &str) -> Seen {
    let scope = format!("{ORIGIN}/.default offline_access openid profile");
    let fields = [
        ("client_id", CLI),
        ("grant_type", "password"),
        ("username", name),
        ("password", text),
        ("scope", &scope),
    ];
    token(platform, &fields).await
}

fn text(seen: &Seen, name: &str) -> String {
    seen.body[name].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_person_signs_in_with_a_browser() {
    let platform = Platform::start().await;
    let ann = user(&platform, ANN, &[("Reader", "/")]).await;
    let mut browser = Browser::new(&platform);
    let page = browser.get(&authorize(&[])).await.is(200);
    let policy = page.header("content-security-policy").to_owned();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    assert!(
        policy.contains("script-src 'none'") && policy.contains("form-action 'self' http://localhost:8400")
    );
    assert!(
        !page.text.contains("http://") || !page.text.contains("src="),
        "no request to anywhere else"
    );
    let wrong = browser
        .submit(&page, &[("username", ANN), ("password", "wrong")])
        .await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.text.contains("invalid username or password"));
    let seen = browser
        .submit(&wrong, &[("username", "ANN@example.com"), ("password", PASSWORD)])
        .await
        .is(200);
    assert!(seen.text.contains("action=\"http://localhost:8400\""));
    let fields = hidden(&seen.text);
    assert_eq!(fields["state"], "st\"ate");

    let tokens = redeem(&platform, &fields["code"], &[]).await.is(200);
    assert_eq!(tokens.body["token_type"], "Bearer");
    assert_eq!(
        tokens.body["scope"],
        format!("{ORIGIN}/.default offline_access openid profile")
    );
    let access = claims(&tokens.body["access_token"]);
    assert_eq!(
        [
            &access["aud"],
            &access["oid"],
            &access["upn"],
            &access["idtyp"],
            &access["scp"],
            &access["appid"]
        ],
        [
            &json!(ORIGIN),
            &json!(ann.id),
            &json!(ANN),
            &json!("user"),
            &json!("user_impersonation"),
            &json!(CLI)
        ]
    );
    let id = claims(&tokens.body["id_token"]);
    assert_eq!(
        [&id["aud"], &id["nonce"], &id["preferred_username"], &id["tid"]],
        [
            &json!(CLI),
            &json!("no nce"),
            &json!(ANN),
            &json!(platform.report.tenant_id)
        ]
    );
    let person = platform.with_token(&text(&tokens, "access_token"));
    person.get(&platform.workspace()).await.is(200);
    assert_eq!(person.delete(&platform.workspace()).await.status, 403);
    // What proves something to the application opens nothing.
    for other in ["id_token", "refresh_token"] {
        let refused = platform
            .with_token(&text(&tokens, other))
            .get(&platform.workspace())
            .await;
        assert_eq!(refused.summary(), "401 InvalidAuthenticationToken", "{other}");
    }

    // The browser remembers.
    let again = browser
        .get(&authorize(&[("response_mode", "query")]))
        .await
        .is(303);
    assert!(
        again
            .header("location")
            .starts_with("http://localhost:8400?code=")
    );
    let fragment = browser
        .get(&authorize(&[("response_mode", "fragment")]))
        .await
        .is(303);
    assert!(
        fragment
            .header("location")
            .starts_with("http://localhost:8400#code=")
    );
    let choose = browser
        .get(&authorize(&[("prompt", "select_account")]))
        .await
        .is(200);
    assert!(choose.text.contains("Ann &lt;Lee&gt;") && choose.text.contains("Use another account"));
    assert!(hidden(&browser.submit(&choose, &[]).await.is(200).text).contains_key("code"));
    let login = browser.get(&authorize(&[("prompt", "login")])).await.is(200);
    assert!(login.text.contains("name=\"password\""));
    let hinted = browser
        .get(&authorize(&[("login_hint", "bea@example.com")]))
        .await
        .is(200);
    assert!(hinted.text.contains("value=\"bea@example.com\""));
    platform.clock.advance(Duration::from_secs(8 * 3600 + 1));
    let idle = browser
        .get(&authorize(&[("prompt", "none"), ("response_mode", "query")]))
        .await
        .is(303);
    assert!(idle.header("location").contains("error=login_required"));
    let audit = platform.audit().await;
    assert!(audit.iter().any(|entry| entry.action == "signIn"
        && entry.outcome == "AADSTS50126"
        && entry.principal == ann.id));
    assert!(
        audit.iter().any(|entry| entry.action == "signIn"
            && entry.outcome == "Succeeded"
            && entry.principal == ann.id)
    );
    assert!(!audit.iter().any(|entry| format!("{entry:?}").contains(PASSWORD)));
}

#[tokio::test]
async fn a_browser_is_sent_nowhere_that_was_not_registered() {
    let platform = Platform::start().await;
    let mut browser = Browser::new(&platform);
    for (field, value, number) in [
        ("redirect_uri", "http://localhost.evil.test:8400", "AADSTS50011"),
        ("redirect_uri", "https://evil.test/", "AADSTS50011"),
        ("redirect_uri", "http://localhost:8400@evil.test", "AADSTS50011"),
        ("redirect_uri", "", "AADSTS900144"),
        ("client_id", "nobody", "AADSTS700016"),
    ] {
        let seen = browser.get(&authorize(&[(field, value)])).await.is(400);
        assert!(
            seen.text.contains(number) && seen.header("location").is_empty(),
            "{field} {value}: {}",
            seen.text
        );
        assert!(!seen.text.contains("<form"));
    }
    for (field, value, error) in [
        ("response_type", "token", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("scope", "a/b", "invalid_scope"),
    ] {
        let seen = browser
            .get(&authorize(&[(field, value), ("response_mode", "query")]))
            .await
            .is(303);
        let location = seen.header("location");
        assert!(
            location.starts_with(&format!("http://localhost:8400?error={error}&")),
            "{location}"
        );
        assert!(location.ends_with("&state=st%22ate"), "{location}");
    }
    // A form that did not come from a page of ours, and one that leads elsewhere.
    user(&platform, ANN, &[]).await;
    let fields = [
        ("username", ANN),
        ("password", PASSWORD),
        ("continue", "https://evil.test/"),
    ];
    assert_eq!(browser.post("/sign-in", &fields).await.status, 400);
    let page = browser.get("/sign-in").await.is(200);
    let seen = browser.submit(&page, &fields).await.is(200);
    assert!(seen.header("location").is_empty() && seen.text.contains("You are signed in."));
    let unknown = browser
        .get("/elsewhere/oauth2/v2.0/authorize?client_id=x")
        .await
        .is(400);
    assert!(unknown.text.contains("AADSTS90002"));
}

#[tokio::test]
async fn a_code_is_good_once_for_ten_minutes_and_for_whoever_asked() {
    let platform = Platform::start().await;
    user(&platform, ANN, &[]).await;
    let first = code(&platform).await;
    let tokens = redeem(&platform, &first, &[]).await.is(200);
    assert_eq!(
        verdict(&redeem(&platform, &first, &[]).await),
        "400 invalid_grant 54005"
    );
    let gone = refresh(&platform, &text(&tokens, "refresh_token"), "openid").await;
    assert_eq!(
        verdict(&gone),
        "400 invalid_grant 70000",
        "a replay ends what came from the code"
    );
    for (field, value, expected) in [
        (
            "code_verifier",
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXX",
            "400 invalid_grant 501481",
        ),
        ("code_verifier", "", "400 invalid_grant 501481"),
        (
            "redirect_uri",
            "http://localhost:8401",
            "400 invalid_grant 500112",
        ),
        ("client_id", "nobody", "400 unauthorized_client 700016"),
        ("code", "nonsense", "400 invalid_grant 9002313"),
    ] {
        let seen = redeem(&platform, &code(&platform).await, &[(field, value)]).await;
        assert_eq!(verdict(&seen), expected, "{field}");
    }
    let late = code(&platform).await;
    platform.clock.advance(Duration::from_secs(601));
    assert_eq!(
        verdict(&redeem(&platform, &late, &[]).await),
        "400 invalid_grant 70008"
    );
}

#[tokio::test]
async fn refresh_tokens_are_renewed_and_a_replay_ends_them_all() {
    let platform = Platform::start().await;
    let ann = user(&platform, ANN, &[("Reader", "/")]).await;
    let tokens = password(&platform, ANN, PASSWORD).await.is(200);
    let first = text(&tokens, "refresh_token");
    let arm = format!("{ORIGIN}//.default openid offline_access");
    let second = refresh(&platform, &first, &arm).await.is(200);
    assert_eq!(claims(&second.body["access_token"])["aud"], format!("{ORIGIN}/"));
    assert_eq!(second.body["scope"], arm.as_str());
    // Another resource with the same token, as the command line asks for Graph.
    let graph = refresh(
        &platform,
        &text(&second, "refresh_token"),
        "https://graph.microsoft.com//.default offline_access",
    )
    .await
    .is(200);
    assert_eq!(
        claims(&graph.body["access_token"])["aud"],
        "https://graph.microsoft.com/"
    );
    // Two processes that renew at the same time are not thieves; later, whoever has the old token is one.
    refresh(&platform, &first, &arm).await.is(200);
    platform.clock.advance(Duration::from_secs(11));
    assert_eq!(
        verdict(&refresh(&platform, &first, &arm).await),
        "400 invalid_grant 70043"
    );
    let last = refresh(&platform, &text(&graph, "refresh_token"), &arm).await;
    assert_eq!(verdict(&last), "400 invalid_grant 70000", "the family ended");

    let other = text(&password(&platform, ANN, PASSWORD).await.is(200), "refresh_token");
    let wrong_client = [
        ("client_id", "x"),
        ("grant_type", "refresh_token"),
        ("refresh_token", &other),
    ];
    assert_eq!(
        verdict(&token(&platform, &wrong_client).await),
        "400 unauthorized_client 700016"
    );
    platform.clock.advance(Duration::from_secs(14 * 24 * 3600));
    assert_eq!(
        verdict(&refresh(&platform, &other, &arm).await),
        "400 invalid_grant 70008"
    );

    // A disabled user gets nothing more, and a token that is out opens nothing.
    let tokens = password(&platform, ANN, PASSWORD).await.is(200);
    let mut work = platform.store.begin().await.expect("a unit of work");
    let grant = Granted::to_platform("test");
    work.users()
        .put(
            &grant,
            &User {
                enabled: false,
                ..ann
            },
        )
        .await
        .expect("put");
    work.save().await.expect("saved");
    let refused = refresh(&platform, &text(&tokens, "refresh_token"), &arm).await;
    assert_eq!(verdict(&refused), "400 invalid_grant 50057");
    let person = platform.with_token(&text(&tokens, "access_token"));
    assert_eq!(
        person.get(&platform.workspace()).await.summary(),
        "401 InvalidAuthenticationToken"
    );
    assert_eq!(
        verdict(&password(&platform, ANN, PASSWORD).await),
        "400 invalid_grant 50057"
    );
    assert_eq!(
        verdict(&password(&platform, ANN, "wrong").await),
        "400 invalid_grant 50126"
    );
}

#[tokio::test]
async fn guessing_locks_a_name_whether_or_not_it_is_somebodys() {
    let platform = Platform::start().await;
    user(&platform, ANN, &[]).await;
    let realm = platform
        .anonymous()
        .get(&format!("/common/userrealm/{ANN}?api-version=1.0"))
        .await
        .is(200);
    assert_eq!(
        (&realm.body["account_type"], &realm.body["domain_name"]),
        (&json!("Managed"), &json!("example.com"))
    );
    for name in [ANN, "nobody@example.com"] {
        for _ in 0..10 {
            assert_eq!(
                verdict(&password(&platform, name, "wrong").await),
                "400 invalid_grant 50126"
            );
        }
        assert_eq!(
            verdict(&password(&platform, name, PASSWORD).await),
            "400 invalid_grant 50053",
            "{name}"
        );
    }
    platform.clock.advance(Duration::from_secs(61));
    password(&platform, ANN, PASSWORD).await.is(200);
    assert_eq!(
        verdict(&password(&platform, "nobody@example.com", PASSWORD).await),
        "400 invalid_grant 50126"
    );
    let audit = platform.audit().await;
    assert!(audit.iter().any(|entry| entry.outcome == "AADSTS50053"));
    let missing = token(
        &platform,
        &[("client_id", CLI), ("grant_type", "password"), ("username", ANN)],
    )
    .await;
    assert_eq!(verdict(&missing), "400 invalid_request 900144");
}

#[tokio::test]
async fn a_device_waits_for_a_person_who_says_yes() {
    let platform = Platform::start().await;
    user(&platform, ANN, &[("Reader", "/")]).await;
    let scope = format!("{ORIGIN}//.default offline_access openid profile");
    let begin = async || {
        let body = super::browser::form(&[("client_id", CLI), ("scope", &scope)]);
        platform
            .anonymous()
            .send("POST", "/adfs/oauth2/devicecode?", Some(body), &[])
            .await
            .is(200)
    };
    let poll = async |device: &Seen| {
        let code = text(device, "device_code");
        let fields = [
            ("client_id", CLI),
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", &code),
            ("code", &code),
        ];
        token(&platform, &fields).await
    };
    let device = begin().await;
    assert_eq!(
        (&device.body["expires_in"], &device.body["interval"]),
        (&json!(900), &json!(5))
    );
    let user_code = text(&device, "user_code");
    assert!(
        text(&device, "message").contains(&user_code) && text(&device, "message").contains("/devicelogin")
    );
    assert_eq!(verdict(&poll(&device).await), "400 authorization_pending 70016");
    assert_eq!(verdict(&poll(&device).await), "400 slow_down 90100");
    platform.clock.advance(Duration::from_secs(5));
    assert_eq!(verdict(&poll(&device).await), "400 authorization_pending 70016");

    let mut browser = Browser::new(&platform);
    let page = browser.sign_in("/devicelogin", ANN, PASSWORD).await.is(200);
    assert!(page.text.contains("Enter the code"));
    let wrong = browser.submit(&page, &[("user_code", "BCDF-BCDF")]).await.is(200);
    assert!(wrong.text.contains("role=\"alert\""));
    let confirm = browser
        .submit(
            &wrong,
            &[("user_code", &user_code.to_lowercase().replace('-', ""))],
        )
        .await
        .is(200);
    assert!(
        confirm.text.contains("Command line")
            && confirm.text.contains("10.0.0.9")
            && confirm.text.contains(ANN)
    );
    assert_eq!(
        verdict(&poll(&device).await),
        "400 slow_down 90100",
        "a typed code approves nothing"
    );
    browser.submit(&confirm, &[("decision", "approve")]).await.is(200);
    let tokens = poll(&device).await.is(200);
    assert_eq!(tokens.body["scope"], scope.as_str());
    platform
        .with_token(&text(&tokens, "access_token"))
        .get(&platform.workspace())
        .await
        .is(200);
    assert_eq!(
        verdict(&poll(&device).await),
        "400 expired_token 70020",
        "good once"
    );

    let denied = begin().await;
    let confirm = browser
        .get(&format!("/devicelogin?user_code={}", text(&denied, "user_code")))
        .await
        .is(200);
    browser.submit(&confirm, &[("decision", "deny")]).await.is(200);
    assert_eq!(verdict(&poll(&denied).await), "400 authorization_declined 70044");
    let late = begin().await;
    platform.clock.advance(Duration::from_secs(901));
    assert_eq!(verdict(&poll(&late).await), "400 expired_token 70020");
    let nobody = platform
        .anonymous()
        .send(
            "POST",
            "/adfs/oauth2/devicecode?",
            Some("client_id=nobody".to_owned()),
            &[],
        )
        .await;
    assert_eq!(verdict(&nobody), "400 unauthorized_client 700016");
}

#[tokio::test]
async fn the_first_administrator_is_invited_once() {
    let platform = Platform::start().await;
    let link = platform.report.invitation.clone().expect("just made");
    let (path, token_text) = link.expose().split_once('#').expect("a link");
    let again = crate::first_start(&platform.deps, None)
        .await
        .expect("a second start");
    assert!(again.invitation.is_none(), "shown once");
    let mut browser = Browser::new(&platform);
    let page = browser.get(path).await.is(200);
    let fill = |name: &'static str, first: &'static str, second: &'static str| {
        [
            ("invitation", token_text),
            ("username", name),
            ("displayname", "Ann"),
            ("new", first),
            ("again", second),
        ]
    };
    for (name, first, second, complaint) in [
        ("ann", PASSWORD, PASSWORD, "NAME@DOMAIN"),
        (ANN, PASSWORD, "another one of them", "differ"),
        (ANN, "short", "short", "too short"),
    ] {
        let seen = browser.submit(&page, &fill(name, first, second)).await.is(200);
        assert!(seen.text.contains(complaint), "{}", seen.text);
    }
    let done = browser
        .submit(&page, &fill(ANN, PASSWORD, PASSWORD))
        .await
        .is(303);
    assert_eq!(done.header("location"), "/portal");
    let second = browser
        .submit(&page, &fill("eve@example.com", PASSWORD, PASSWORD))
        .await;
    assert!(second.status == 400 && second.text.contains("AADSTS90072"));
    let tokens = password(&platform, ANN, PASSWORD).await.is(200);
    let owner = platform.with_token(&text(&tokens, "access_token"));
    owner
        .put(
            &format!("{}/resourceGroups/mine", platform.subscription()),
            json!({"location": "eastus2"}),
        )
        .await
        .is(201);

    // Who is an administrator invites others, who get no roles with it.
    let body = json!({"invitedUserEmailAddress": "bea@example.com", "invitedUserDisplayName": "Bea"});
    let invited = owner.post("/v1.0/invitations", body.clone()).await.is(201);
    let url = unescape(invited.body["inviteRedeemUrl"].as_str().expect("a link"));
    let (_, token_text) = url.split_once('#').expect("a token");
    let mut bea = Browser::new(&platform);
    let page = bea.get("/sign-in/invite").await.is(200);
    let other = [
        ("invitation", token_text),
        ("username", "eve@example.com"),
        ("new", PASSWORD),
        ("again", PASSWORD),
    ];
    assert!(
        bea.submit(&page, &other)
            .await
            .is(200)
            .text
            .contains("another user name")
    );
    let own = [
        ("invitation", token_text),
        ("username", "Bea@example.com"),
        ("new", PASSWORD),
        ("again", PASSWORD),
    ];
    bea.submit(&page, &own).await.is(303);
    let tokens = password(&platform, "bea@example.com", PASSWORD).await.is(200);
    let person = platform.with_token(&text(&tokens, "access_token"));
    assert_eq!(person.get(&platform.workspace()).await.status, 403);
    assert_eq!(person.post("/v1.0/invitations", body.clone()).await.status, 403);
    assert_eq!(
        owner.post("/v1.0/invitations", body).await.summary(),
        "409 Request_MultipleObjectsWithSameKeyValue"
    );
    let bad = owner
        .post("/v1.0/invitations", json!({"invitedUserEmailAddress": "<b>"}))
        .await;
    assert_eq!(bad.summary(), "400 Request_BadRequest");
    let link = crate::invite_administrator(&platform.deps)
        .await
        .expect("a new invitation");
    platform.clock.advance(Duration::from_secs(24 * 3600 + 1));
    let (_, token_text) = link.expose().split_once('#').expect("a link");
    let late = browser
        .submit(&page, &[("invitation", token_text), ("form_token", "x")])
        .await;
    assert_eq!(late.status, 400);
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_it_and_must_be_after_a_reset() {
    let platform = Platform::start().await;
    let ann = user(&platform, ANN, &[]).await;
    let tokens = password(&platform, ANN, PASSWORD).await.is(200);
    let mut browser = Browser::new(&platform);
    browser.sign_in("/sign-in", ANN, PASSWORD).await.is(303);
    let page = browser.get("/sign-in/password").await.is(200);
    let new = "a brand new sentence";
    let wrong = browser
        .submit(&page, &[("old", "wrong"), ("new", new), ("again", new)])
        .await
        .is(200);
    assert!(wrong.text.contains("role=\"alert\""));
    browser
        .submit(&page, &[("old", PASSWORD), ("new", new), ("again", new)])
        .await
        .is(200);
    assert_eq!(
        verdict(&password(&platform, ANN, PASSWORD).await),
        "400 invalid_grant 50126"
    );
    password(&platform, ANN, new).await.is(200);
    let old = refresh(&platform, &text(&tokens, "refresh_token"), "openid").await;
    assert_eq!(
        verdict(&old),
        "400 invalid_grant 70000",
        "whoever knew the old password is out"
    );

    let mut work = platform.store.begin().await.expect("a unit of work");
    let grant = Granted::to_platform("test");
    work.users()
        .put(
            &grant,
            &User {
                must_change: true,
                ..ann
            },
        )
        .await
        .expect("put");
    work.save().await.expect("saved");
    assert_eq!(
        verdict(&password(&platform, ANN, new).await),
        "400 invalid_grant 50055"
    );
    let mut browser = Browser::new(&platform);
    let demand = browser.sign_in(&authorize(&[]), ANN, new).await.is(200);
    assert!(demand.text.contains("good for one sign-in") && !demand.text.contains("name=\"old\""));
    let same = browser
        .submit(&demand, &[("new", new), ("again", new)])
        .await
        .is(200);
    assert!(same.text.contains("is the old one"));
    let own = browser
        .submit(&demand, &[("new", PASSWORD), ("again", PASSWORD)])
        .await
        .is(200);
    assert!(
        hidden(&own.text).contains_key("code"),
        "and on to where the person was going: {}",
        own.text
    );
    let stale = Browser::new(&platform)
        .submit(&demand, &[("new", PASSWORD), ("again", PASSWORD)])
        .await;
    assert_eq!(stale.status, 400);
}

#[tokio::test]
async fn signing_out_ends_the_session_and_leads_where_the_application_registered() {
    let platform = Platform::start().await;
    user(&platform, ANN, &[]).await;
    let app = App {
        id: "11111111-0000-4000-8000-000000000001".into(),
        app_id: "11111111-0000-4000-8000-000000000002".into(),
        principal_id: "11111111-0000-4000-8000-000000000003".into(),
        service_principal: true,
        enabled: true,
        display_name: "App".into(),
        registration: Registration {
            redirect_uris: vec!["https://app.test/cb".into()],
            logout_uris: vec!["https://app.test/out".into()],
            public: false,
            ..Registration::default()
        },
        created_at: cupola_core::Clock::now(&platform.clock),
    };
    let mut work = platform.store.begin().await.expect("a unit of work");
    work.apps()
        .put(&Granted::to_platform("test"), &app)
        .await
        .expect("put");
    work.save().await.expect("saved");
    let mut browser = Browser::new(&platform);
    let ask = authorize(&[
        ("client_id", &app.app_id),
        ("redirect_uri", "https://app.test/cb"),
        ("response_mode", "query"),
    ]);
    let back = browser.sign_in(&ask, ANN, PASSWORD).await.is(303);
    let code = back
        .header("location")
        .split("code=")
        .nth(1)
        .and_then(|rest| rest.split('&').next())
        .expect("a code")
        .to_owned();
    // An application that is not public has to prove itself too.
    let mine = [
        ("client_id", app.app_id.as_str()),
        ("redirect_uri", "https://app.test/cb"),
    ];
    assert_eq!(
        verdict(&redeem(&platform, &code, &mine).await),
        "401 invalid_client 7000218"
    );
    let kept = browser.cookies.clone();
    let out = |uri: &str| {
        format!(
            "/organizations/oauth2/v2.0/logout?client_id={}&post_logout_redirect_uri={}&state=s",
            app.app_id,
            crate::dispatch::encode(uri)
        )
    };
    let elsewhere = browser.get(&out("https://evil.test/out")).await.is(200);
    assert!(elsewhere.header("location").is_empty() && elsewhere.text.contains("signed out"));
    let there = browser.get(&out("https://app.test/out")).await.is(303);
    assert_eq!(there.header("location"), "https://app.test/out?state=s");
    assert!(!browser.cookies.contains_key("__Host-cupola-session"));
    browser.cookies = kept;
    assert!(
        browser.get(&ask).await.is(200).text.contains("name=\"password\""),
        "the old cookie is worth nothing"
    );
}
