//! The directory, as the cloud's command line asks about it.

use super::authorization::holder;
use super::browser::user;
use super::platform::{ORIGIN, Platform};
use serde_json::json;

const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

#[tokio::test]
async fn a_service_principal_is_made_the_way_the_command_line_does_it() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let none = admin
        .get("/v1.0/servicePrincipals?$filter=displayName%20eq%20'ci'")
        .await
        .is(200);
    assert_eq!(none.body["value"], json!([]));
    let app = admin
        .post(
            "/v1.0/applications",
            json!({"displayName": "ci", "keyCredentials": []}),
        )
        .await
        .is(201)
        .body;
    assert_eq!(app["passwordCredentials"], json!([]));
    let id = app["id"].as_str().expect("an id");
    let app_id = app["appId"].as_str().expect("an id");
    let dates = json!({"passwordCredential": {"displayName": "rbac", "endDateTime": "2030-01-01T00:00:00Z"}});
    let password = admin
        .post(&format!("/v1.0/applications/{id}/addPassword"), dates)
        .await
        .is(200);
    assert_eq!(password.header("cache-control"), "no-store");
    let secret = password.body["secretText"].as_str().expect("a secret").to_owned();
    let made = admin
        .post(
            "/v1.0/servicePrincipals",
            json!({"appId": app_id, "accountEnabled": true}),
        )
        .await
        .is(201)
        .body;
    let again = admin
        .post("/v1.0/servicePrincipals", json!({"appId": app_id}))
        .await;
    assert_eq!(again.summary(), "409 Request_MultipleObjectsWithSameKeyValue");
    for name in [app_id, made["id"].as_str().expect("an id")] {
        let filter = format!(
            "/v1.0/servicePrincipals?$filter=servicePrincipalNames%2Fany%28c%3Ac%20eq%20%27{name}%27%29"
        );
        let found = admin.get(&filter).await.is(200);
        if name == app_id {
            assert_eq!(found.body["value"][0]["id"], made["id"], "{}", found.text);
        }
        admin
            .get(&format!("/v1.0/servicePrincipals/{name}"))
            .await
            .is(200);
    }
    let stubs = admin
        .post(
            "/v1.0/directoryObjects/getByIds",
            json!({"ids": [made["id"]], "types": ["user", "servicePrincipal"]}),
        )
        .await
        .is(200);
    assert_eq!(
        stubs.body["value"][0]["@odata.type"],
        "#microsoft.graph.servicePrincipal"
    );
    let form = format!(
        "grant_type=client_credentials&client_id={app_id}&client_secret={secret}&scope={ORIGIN}/.default"
    );
    let token = format!("/{}/oauth2/v2.0/token", platform.report.tenant_id);
    admin.send("POST", &token, Some(form), &[]).await.is(200);
    let shown = admin.get(&format!("/v1.0/applications/{id}")).await.is(200);
    assert!(!shown.text.contains(&secret));
    let key = &shown.body["passwordCredentials"][0]["keyId"];
    admin
        .post(
            &format!("/v1.0/applications/{id}/removePassword"),
            json!({"keyId": key}),
        )
        .await
        .is(204);
    admin
        .delete(&format!("/v1.0/servicePrincipals/{app_id}"))
        .await
        .is(204);
    let gone = admin.get(&format!("/v1.0/servicePrincipals/{app_id}")).await;
    assert_eq!(gone.summary(), "404 Request_ResourceNotFound");
    admin.delete(&format!("/v1.0/applications/{id}")).await.is(204);
}

#[tokio::test]
async fn people_are_made_named_and_removed_and_no_password_is_shown() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let body = |upn: &str, password: &str| {
        json!({"accountEnabled": true, "displayName": "Ann", "mailNickname": "ann", "userPrincipalName": upn,
            "passwordProfile": {"password": password, "forceChangePasswordNextSignIn": false}})
    };
    let weak = admin.post("/v1.0/users", body("ann@example.com", "short")).await;
    assert_eq!(weak.summary(), "400 Request_BadRequest");
    let made = admin
        .post("/v1.0/users", body("Ann@example.com", "correct horse battery"))
        .await
        .is(201);
    assert!(!made.text.contains("correct horse"), "{}", made.text);
    assert_eq!(
        admin
            .post("/v1.0/users", body("ann@EXAMPLE.com", "correct horse battery"))
            .await
            .summary(),
        "409 Request_MultipleObjectsWithSameKeyValue"
    );
    let found = admin
        .get("/v1.0/users?$filter=userPrincipalName%20eq%20'ann@example.com'")
        .await
        .is(200);
    assert_eq!(found.body["value"][0]["id"], made.body["id"]);
    let starts = admin
        .get("/v1.0/users?$filter=startswith(displayName,'an')&$top=1")
        .await
        .is(200);
    assert_eq!(starts.body["value"].as_array().map(Vec::len), Some(1));
    admin
        .patch("/v1.0/users/ann@example.com", json!({"displayName": "Anna"}))
        .await
        .is(204);
    assert_eq!(
        admin.get("/v1.0/users/ann@example.com").await.body["displayName"],
        "Anna"
    );
    let odd = admin.get("/v1.0/users?$filter=endswith(mail,'x')").await;
    assert_eq!(odd.summary(), "400 Request_BadRequest");
    admin.delete("/v1.0/users/ann@example.com").await.is(204);
    assert_eq!(admin.get("/v1.0/groups").await.is(200).body["value"], json!([]));
    assert_eq!(admin.get("/v1.0/me").await.summary(), "400 Request_BadRequest");
}

#[tokio::test]
async fn nobody_becomes_mightier_through_the_directory() {
    let platform = Platform::start().await;
    let admin_app = platform.report.client_id.clone();
    let path = format!("/v1.0/servicePrincipals/{admin_app}/addPassword");
    let contributor = platform.someone(&[("Contributor", "/")]).await;
    assert_eq!(
        contributor.post(&path, json!({})).await.summary(),
        "403 Authorization_RequestDenied"
    );
    let helper = holder(&platform, &["Cupola.Identity/principals/*"], "/").await;
    helper
        .post("/v1.0/applications", json!({"displayName": "x"}))
        .await
        .is(201);
    let refused = helper.post(&path, json!({})).await;
    assert_eq!(
        refused.summary(),
        "403 Authorization_RequestDenied",
        "the administrator may give roles"
    );
    // Neither does it help to have less than everything: what counts is whether the other one has more.
    let user = user(&platform, "ann@example.com", &[("Owner", "/")]).await;
    for change in [
        json!({"passwordProfile": {"password": "correct horse battery"}}),
        json!({"passwordProfile": {"forceChangePasswordNextSignIn": true}}),
        json!({"userPrincipalName": "eve@example.com"}),
        json!({"accountEnabled": false}),
    ] {
        let refused = helper
            .patch(&format!("/v1.0/users/{}", user.id), change.clone())
            .await;
        assert_eq!(refused.summary(), "403 Authorization_RequestDenied", "{change}");
    }
    let mightier = platform
        .principal("Deployer", "secret", &[("Contributor", &platform.group())])
        .await;
    let secret = format!("/v1.0/servicePrincipals/{}/addPassword", mightier.id);
    assert_eq!(
        helper.post(&secret, json!({})).await.summary(),
        "403 Authorization_RequestDenied",
        "the helper may not deploy"
    );
    let plain = platform.principal("Plain", "secret", &[]).await;
    let own = format!("/v1.0/servicePrincipals/{}/addPassword", plain.id);
    helper.post(&own, json!({})).await.is(200);
    let second = platform.someone(&[("Owner", "/")]).await;
    second.post(&secret, json!({})).await.is(200);
    second.post(&path, json!({})).await.is(200);
    let admin = platform.admin().await;
    let id = admin
        .get(&format!("/v1.0/servicePrincipals/{admin_app}"))
        .await
        .is(200)
        .body["id"]
        .clone();
    let list = format!(
        "/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=principalId%20eq%20'{}'",
        id.as_str().expect("an id")
    );
    assert_eq!(
        admin.get(&list).await.is(200).body["value"][0]["properties"]["roleDefinitionId"],
        format!("/providers/Microsoft.Authorization/roleDefinitions/{OWNER}")
    );
    second
        .delete(&format!("/v1.0/servicePrincipals/{admin_app}"))
        .await
        .is(204);
    let alone = second.get("/v1.0/applications").await.is(200);
    assert!(alone.text.contains("passwordCredentials"));
}

#[tokio::test]
async fn a_federated_credential_is_kept_with_its_application() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let app = admin
        .post("/v1.0/applications", json!({"displayName": "x"}))
        .await
        .is(201)
        .body;
    let path = format!(
        "/v1.0/applications/{}/federatedIdentityCredentials",
        app["id"].as_str().expect("an id")
    );
    let body = |issuer: &str| json!({"name": "gh", "issuer": issuer, "subject": "repo:a/b", "audiences": ["api://AzureADTokenExchange"]});
    assert_eq!(
        admin.post(&path, body("http://plain")).await.summary(),
        "400 Request_BadRequest"
    );
    admin.post(&path, body("https://issuer.test")).await.is(201);
    assert_eq!(
        admin.post(&path, body("https://issuer.test")).await.summary(),
        "409 Request_MultipleObjectsWithSameKeyValue"
    );
    admin
        .patch(&format!("{path}/gh"), json!({"subject": "repo:a/c"}))
        .await
        .is(204);
    assert_eq!(
        admin.get(&format!("{path}/gh")).await.is(200).body["subject"],
        "repo:a/c"
    );
    assert_eq!(
        admin.get(&path).await.is(200).body["value"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    admin.delete(&format!("{path}/gh")).await.is(204);
    assert_eq!(
        admin.get(&format!("{path}/gh")).await.summary(),
        "404 Request_ResourceNotFound"
    );
}
