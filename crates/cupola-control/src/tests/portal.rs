//! The portal's session: who gets a token of it, for what, and who does not.

use super::browser::{Browser, PASSWORD, claims, user};
use super::platform::{ORIGIN, Platform, Seen};
use cupola_core::rbac::Granted;
use serde_json::json;
use std::time::Duration;

const ANN: &str = "ann@example.com";
const TOKEN: &str = "/portal/session/token";
const MANAGEMENT: &str = r#"{"resource":"management"}"#;

const PAGE: [(&str, &str); 2] = [("content-type", "application/json"), ("origin", ORIGIN)];

async fn signed_in(platform: &Platform) -> Browser<'_> {
    let mut browser = Browser::new(platform);
    browser.sign_in("/sign-in", ANN, PASSWORD).await.is(303);
    browser
}

async fn ask(browser: &mut Browser<'_>, fields: &[(&str, &str)]) -> Seen {
    browser.send("POST", TOKEN, MANAGEMENT.to_owned(), fields).await
}

#[tokio::test]
async fn a_page_of_ours_gets_a_token_that_lasts_minutes() {
    let platform = Platform::start().await;
    let ann = user(&platform, ANN, &[("Reader", "/")]).await;
    let mut browser = signed_in(&platform).await;
    let seen = ask(&mut browser, &PAGE).await.is(200);
    assert_eq!(seen.header("cache-control"), "no-store");
    assert_eq!(
        seen.body["user"],
        json!({
            "name": ann.display_name,
            "userPrincipalName": ANN,
            "id": ann.id,
            "tenantId": platform.report.tenant_id,
        })
    );
    let access = claims(&seen.body["accessToken"]);
    let lasts = access["exp"].as_i64().expect("exp") - access["iat"].as_i64().expect("iat");
    assert_eq!(
        (lasts, &access["oid"], &access["idtyp"]),
        (900, &json!(ann.id), &json!("user"))
    );
    let ends: cupola_core::Timestamp = seen.body["expiresOn"]
        .as_str()
        .expect("a time")
        .parse()
        .expect("RFC 3339");
    assert_eq!(Some(ends.as_second()), access["exp"].as_i64());

    // It is an ordinary token: what she may do, and nothing else.
    let person = platform.with_token(seen.body["accessToken"].as_str().expect("a token"));
    person.get(&platform.workspace()).await.is(200);
    assert_eq!(person.delete(&platform.workspace()).await.status, 403);
    platform.clock.advance(Duration::from_secs(900 + 301));
    assert_eq!(
        person.get(&platform.workspace()).await.status,
        401,
        "minutes, and what clocks may differ"
    );
}

#[tokio::test]
async fn each_audience_has_a_token_of_its_own() {
    let platform = Platform::start().await;
    user(&platform, ANN, &[("Reader", "/")]).await;
    let mut browser = signed_in(&platform).await;
    for (resource, audience) in [
        ("management", ORIGIN),
        ("inference", "https://ml.azure.com"),
        ("directory", "https://graph.microsoft.com"),
    ] {
        let body = json!({"resource": resource}).to_string();
        let seen = browser.send("POST", TOKEN, body, &PAGE).await.is(200);
        assert_eq!(claims(&seen.body["accessToken"])["aud"], audience);
        let person = platform.with_token(seen.body["accessToken"].as_str().expect("a token"));
        let manages = person.get(&platform.workspace()).await.status == 200;
        assert_eq!(manages, resource == "management", "{resource}");
        let knows = person.get("/v1.0/me").await.status == 200;
        assert_eq!(knows, resource != "inference", "{resource}");
    }
    for body in [
        r#"{"resource":"https://evil.test"}"#,
        r#"{"resource":1}"#,
        "{}",
        "",
        "resource=management",
    ] {
        let seen = browser.send("POST", TOKEN, body.to_owned(), &PAGE).await;
        assert_eq!(seen.status, 400, "{body}: {}", seen.text);
    }
}

#[tokio::test]
async fn a_request_has_to_prove_that_a_page_of_ours_made_it() {
    let platform = Platform::start().await;
    user(&platform, ANN, &[]).await;
    let mut browser = signed_in(&platform).await;
    let json = ("content-type", "application/json");
    let (ours, same) = (("origin", ORIGIN), ("sec-fetch-site", "same-origin"));
    for good in [
        &[json, ours][..],
        &[json, same],
        &[json, ours, same],
        &[("content-type", "application/json; charset=utf-8"), same],
    ] {
        ask(&mut browser, good).await.is(200);
    }
    for (bad, status) in [
        (&[json][..], 403),
        (&[json, ("origin", "https://evil.test")], 403),
        (&[json, ("origin", "null")], 403),
        (&[json, ("origin", "http://arm.test:8443")], 403),
        (&[json, ("origin", "https://arm.test:8443.evil.test")], 403),
        (&[json, ("sec-fetch-site", "same-site")], 403),
        (&[json, ("sec-fetch-site", "cross-site")], 403),
        (&[json, ("sec-fetch-site", "none")], 403),
        // Where both are there, both count.
        (&[json, ours, ("sec-fetch-site", "cross-site")], 403),
        (&[json, same, ("origin", "https://evil.test")], 403),
        // What a form of another site can send without being asked about it first.
        (&[ours, ("content-type", "text/plain")], 400),
        (
            &[same, ("content-type", "application/x-www-form-urlencoded")],
            400,
        ),
        (&[ours, ("content-type", "application/jsonp")], 400),
        (&[ours], 400),
    ] {
        for path in [TOKEN, "/portal/session/end"] {
            let seen = browser.send("POST", path, MANAGEMENT.to_owned(), bad).await;
            assert_eq!(seen.status, status, "{path} {bad:?}: {}", seen.text);
            assert!(!seen.text.contains("accessToken"));
        }
    }
    assert_eq!(browser.send("GET", TOKEN, String::new(), &PAGE).await.status, 405);
    ask(&mut browser, &PAGE).await.is(200);
}

#[tokio::test]
async fn without_a_session_there_is_no_token() {
    let platform = Platform::start().await;
    let ann = user(&platform, ANN, &[]).await;
    let nobody = ask(&mut Browser::new(&platform), &PAGE).await.is(401);
    assert_eq!(nobody.body["error"]["code"], "AuthenticationFailed");
    let mut forged = Browser::new(&platform);
    forged
        .cookies
        .insert("__Host-cupola-session".to_owned(), "x".repeat(43));
    ask(&mut forged, &PAGE).await.is(401);

    // Signed out: the cookie is gone, and a copy of it is worth nothing.
    let mut browser = signed_in(&platform).await;
    let mut copy = Browser::new(&platform);
    copy.cookies = browser.cookies.clone();
    ask(&mut copy, &PAGE).await.is(200);
    browser
        .send("POST", "/portal/session/end", "{}".to_owned(), &PAGE)
        .await
        .is(204);
    assert!(!browser.cookies.contains_key("__Host-cupola-session"));
    ask(&mut browser, &PAGE).await.is(401);
    ask(&mut copy, &PAGE).await.is(401);

    // Eight hours idle, or a day in all, however busy.
    let mut idle = signed_in(&platform).await;
    platform.clock.advance(Duration::from_secs(8 * 3600 - 1));
    ask(&mut idle, &PAGE).await.is(200);
    platform.clock.advance(Duration::from_secs(8 * 3600));
    ask(&mut idle, &PAGE).await.is(401);
    let mut busy = signed_in(&platform).await;
    for hour in 1..=24 {
        platform.clock.advance(Duration::from_secs(3600));
        let status = ask(&mut busy, &PAGE).await.status.as_u16();
        assert_eq!(status, if hour < 24 { 200 } else { 401 }, "hour {hour}");
    }

    // Whoever is disabled has no session from that moment, and a token that is out already opens nothing.
    let mut browser = signed_in(&platform).await;
    let out = ask(&mut browser, &PAGE).await.is(200);
    let disabled = cupola_store::users::User {
        enabled: false,
        ..ann
    };
    let mut work = platform.store.begin().await.expect("a unit of work");
    assert!(
        work.users()
            .put(&Granted::to_platform("test"), &disabled)
            .await
            .expect("put")
    );
    work.save().await.expect("saved");
    ask(&mut browser, &PAGE).await.is(401);
    let person = platform.with_token(out.body["accessToken"].as_str().expect("a token"));
    assert_eq!(person.get("/subscriptions").await.status, 401);
}

#[tokio::test]
async fn people_come_back_to_the_page_they_were_on() {
    let platform = Platform::start().await;
    user(&platform, ANN, &[]).await;
    let wanted = "/portal/endpoints?scope=%2Fsubscriptions%2Fs";
    let asked = "/sign-in?continue=%2Fportal%2Fendpoints%3Fscope%3D%252Fsubscriptions%252Fs";
    let mut browser = Browser::new(&platform);
    let page = browser.get(asked).await.is(200);
    let wrong = browser
        .submit(&page, &[("username", ANN), ("password", "wrong")])
        .await
        .is(401);
    let seen = browser
        .submit(&wrong, &[("username", ANN), ("password", PASSWORD)])
        .await
        .is(303);
    assert_eq!(seen.header("location"), wanted);
    // Signed in already, they go straight on.
    assert_eq!(browser.get(asked).await.is(303).header("location"), wanted);
    // Nowhere in particular is the portal, and so is anywhere else.
    for path in [
        "/sign-in",
        "/sign-in?continue=https%3A%2F%2Fevil.test%2F",
        "/sign-in?continue=%2F%2Fevil.test%2Fportal",
    ] {
        let mut browser = Browser::new(&platform);
        let seen = browser.sign_in(path, ANN, PASSWORD).await.is(303);
        assert_eq!(seen.header("location"), "/portal", "{path}");
        assert!(
            browser
                .get("/sign-in")
                .await
                .is(200)
                .text
                .contains("href=\"/portal\"")
        );
    }
}
