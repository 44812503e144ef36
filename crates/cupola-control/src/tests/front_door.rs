//! What holds for every request: paths, versions, headers, bodies.

use super::platform::{HOST, ORIGIN, Platform, Seen};
use bytes::Bytes;
use cupola_edge::Peer;
use http::Request;
use http_body_util::Full;
use serde_json::json;

#[tokio::test]
async fn paths_are_read_as_real_clients_write_them() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let workspace = platform.workspace();
    for path in [
        workspace.to_ascii_uppercase(),
        workspace.replace("/providers/", "//providers//"),
        format!("{workspace}/"),
        workspace.replace("hello-project", "HELLO%2Dproject"),
    ] {
        assert_eq!(
            admin.get(&path).await.is(200).body["id"],
            workspace.as_str(),
            "{path}"
        );
    }
    let hidden = workspace.replace("/workspaces/hello-project", "//workspaces/hello-project%2Fep");
    assert_eq!(admin.get(&hidden).await.summary(), "404 InvalidResourceType");
    assert_eq!(admin.delete(&hidden).await.status, 404);
    assert_eq!(
        admin
            .get(&format!("{}/providers/Microsoft.SaaS/things/x", platform.group()))
            .await
            .summary(),
        "404 InvalidResourceType"
    );
    assert_eq!(admin.get("/nowhere").await.summary(), "404 ResourceNotFound");
    let post = admin.post(&workspace, json!({})).await;
    assert_eq!(
        (post.summary().as_str(), post.header("allow")),
        ("405 MethodNotAllowed", "DELETE, GET, PATCH, PUT")
    );
}

#[tokio::test]
async fn any_version_will_do_and_none_will_not() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let workspace = platform.workspace();
    for version in [
        "2020-06-01",
        "2024-01-01-preview",
        "2026-06-01",
        "2021-10-01-dataplanepreview",
    ] {
        admin
            .get(&format!("{workspace}?API-VERSION={version}"))
            .await
            .is(200);
    }
    let missing = admin.get(&format!("{workspace}?x=y")).await;
    assert_eq!(missing.summary(), "400 MissingApiVersionParameter");
    assert_eq!(
        missing.message(),
        "The api-version query parameter (?api-version=) is required for all requests."
    );
    assert_eq!(
        admin.get(&format!("{workspace}?api-version=new")).await.summary(),
        "400 InvalidApiVersionParameter"
    );
}

#[tokio::test]
async fn every_answer_can_be_traced() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let id = "11111111-2222-3333-4444-555555555555";
    let headers = [
        ("x-ms-client-request-id", "mine"),
        ("x-ms-return-client-request-id", "true"),
        ("x-ms-correlation-request-id", id),
    ];
    let seen = admin
        .send("GET", &platform.workspace(), None, &headers)
        .await
        .is(200);
    assert_eq!(seen.header("x-ms-client-request-id"), "mine");
    assert_eq!(seen.header("x-ms-correlation-request-id"), id);
    assert_eq!(seen.header("x-ms-request-id").len(), 36);
    assert!(
        seen.header("x-ms-routing-request-id")
            .starts_with("EASTUS2:20260105T")
    );
    assert_eq!(
        seen.header("x-ms-ratelimit-remaining-subscription-reads"),
        "11999"
    );
    let plain = admin
        .send(
            "DELETE",
            &platform.endpoint("x"),
            None,
            &[("x-ms-client-request-id", "mine")],
        )
        .await;
    assert_eq!(plain.header("x-ms-client-request-id"), "");
    assert_eq!(
        plain.header("x-ms-ratelimit-remaining-subscription-deletes"),
        "14999"
    );
    let missing = admin.get(&platform.endpoint("x")).await;
    assert_eq!(
        (missing.status.as_u16(), missing.header("x-ms-failure-cause")),
        (404, "service")
    );
}

#[tokio::test]
async fn bodies_are_bounded_and_strict() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let group = format!("{}/resourceGroups/g", platform.subscription());
    let put = async |body: String| admin.send("PUT", &group, Some(body), &[]).await;
    assert_eq!(
        put("x".repeat(2 * 1024 * 1024)).await.summary(),
        "413 RequestBodyTooLarge"
    );
    assert_eq!(put(String::new()).await.summary(), "400 InvalidRequestContent");
    assert_eq!(
        put("{'location': 'x'}".to_owned()).await.summary(),
        "400 InvalidRequestContent"
    );
    put("\u{feff}{\"location\": \"eastus2\", \"unknown\": [1]}".to_owned())
        .await
        .is(201);
    // Strangers do not get as far as the body.
    let huge = Some("x".repeat(2 * 1024 * 1024));
    assert_eq!(
        platform.anonymous().send("PUT", &group, huge, &[]).await.status,
        401
    );
}

async fn ask(platform: &Platform, path: &str, host: &str, secure: bool, address: [u8; 4]) -> Seen {
    let request = Request::get(path)
        .header("host", host)
        .body(Full::new(Bytes::new()))
        .expect("a request");
    let peer = Peer {
        secure,
        address: (address, 5000).into(),
    };
    Seen::read(platform.control.handle(request, peer).await).await
}

#[tokio::test]
async fn links_lead_where_the_client_already_is() {
    let platform = Platform::start().await;
    let path = "/metadata/endpoints?api-version=2022-09-01";
    let manager = async |host: &str, secure: bool| {
        let seen = ask(&platform, path, host, secure, [127, 0, 0, 1]).await.is(200);
        seen.body["resourceManager"]
            .as_str()
            .expect("an address")
            .to_owned()
    };
    assert_eq!(manager(HOST, true).await, ORIGIN);
    assert_eq!(
        manager("management.azure.com", true).await,
        "https://management.azure.com"
    );
    assert_eq!(manager("127.0.0.1:8080", false).await, "http://127.0.0.1:8080");
    assert_eq!(
        manager("cupola.example.com", false).await,
        ORIGIN,
        "a proxy ended the TLS"
    );
    assert_eq!(manager("evil\"host", true).await, ORIGIN);
}

#[tokio::test]
async fn plain_http_is_for_this_machine_alone() {
    let platform = Platform::start().await;
    let afar = [10, 0, 0, 1];
    let refused = ask(&platform, "/metadata/endpoints", "127.0.0.1:8080", false, afar).await;
    assert_eq!(refused.summary(), "403 AuthorizationFailed");
    ask(&platform, "/healthz", "127.0.0.1:8080", false, afar)
        .await
        .is(200);
}

#[tokio::test]
async fn metadata_has_the_two_forms_that_clients_demand() {
    let platform = Platform::start().await;
    let nobody = platform.anonymous();
    let list = nobody
        .get("/metadata/endpoints?api-version=2019-05-01")
        .await
        .is(200);
    let one = nobody
        .get("//metadata/endpoints?api-version=2022-09-01")
        .await
        .is(200);
    assert_eq!(list.body[0], one.body);
    assert_eq!(
        one.body["authentication"],
        json!({
            "loginEndpoint": ORIGIN, "audiences": [format!("{ORIGIN}/")], "tenant": "common", "identityProvider": "AAD",
        })
    );
    for needed in ["name", "portal", "resourceManager", "microsoftGraphResourceId"] {
        assert!(one.body[needed].is_string(), "{needed}");
    }
    assert!(one.body["suffixes"]["storage"].is_string());
}
