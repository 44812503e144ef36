//! Who may do what: roles, the directory, locks, and the record of what was refused.

use super::*;

const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const OBJECT: &str = "0b0b0b0b-0000-4000-8000-000000000001";
const APP: &str = "0a0a0a0a-0000-4000-8000-000000000002";

fn role(name: &str) -> Value {
    json!({"id": format!("/subscriptions/SUB/providers/Microsoft.Authorization/roleDefinitions/{READER}"), "name": READER,
        "type": "Microsoft.Authorization/roleDefinitions",
        "properties": {"roleName": name, "type": "BuiltInRole", "description": "Looks.", "permissions": [], "assignableScopes": ["/"]}})
}

fn assignment(scope: &str) -> Value {
    json!({"id": format!("{scope}/providers/Microsoft.Authorization/roleAssignments/1"), "name": "1",
        "type": "Microsoft.Authorization/roleAssignments", "properties": {"scope": scope, "principalId": OBJECT,
            "principalType": "ServicePrincipal", "roleDefinitionId": role("Reader")["id"]}})
}

fn directory() -> Vec<Part> {
    let sp = json!({"id": OBJECT, "appId": APP, "displayName": "ci", "servicePrincipalNames": [APP]});
    vec![
        part("GET /v1.0/servicePrincipals", 200, json!({"value": [sp]})),
        part(
            "/v1.0/directoryObjects/getByIds",
            200,
            json!({"value": [{"@odata.type": "#microsoft.graph.servicePrincipal", "id": OBJECT, "appId": APP, "displayName": "ci"}]}),
        ),
        part("/roleDefinitions", 200, json!({"value": [role("Reader")]})),
    ]
}

#[test]
fn a_role_is_given_by_names() {
    let mut parts = directory();
    parts.push(part(
        "PUT /subscriptions/SUB*",
        201,
        assignment("/subscriptions/SUB/resourceGroups/cupola"),
    ));
    let server = Server::playing(parts);
    let scope = "/subscriptions/SUB/resourceGroups/cupola";
    let line = [
        "role",
        "assignment",
        "create",
        "--assignee",
        "ci",
        "--role",
        "reader",
        "--scope",
        scope,
    ];
    let outcome = server.run(&line);
    assert_eq!(outcome.exit, None, "{}", outcome.text);
    let shown: Value = serde_json::from_str(&outcome.text).expect("JSON");
    assert_eq!(
        (
            shown["principalName"].as_str(),
            shown["roleDefinitionName"].as_str()
        ),
        (Some(APP), Some("Reader"))
    );
    assert_eq!(shown["resourceGroup"], "cupola");
    let first = server.heard();
    insta::assert_snapshot!(first.replace("%20", " ").replace("%27", "'").replace("%28", "(").replace("%29", ")").replace("%3A", ":").replace("%2F", "/"), @r#"
    GET /v1.0/servicePrincipals?$filter=servicePrincipalNames/any(c:c eq 'ci')
    GET /subscriptions/SUB/resourceGroups/cupola/providers/Microsoft.Authorization/roleDefinitions?$filter=roleName eq 'reader'
    PUT /subscriptions/SUB/resourceGroups/cupola/providers/Microsoft.Authorization/roleAssignments/03fabaa5-3c1b-527d-a16d-31a7ef1759f1 {"properties":{"roleDefinitionId":"/subscriptions/SUB/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7","principalId":"0b0b0b0b-0000-4000-8000-000000000001","principalType":"ServicePrincipal"}}
    GET /subscriptions/SUB/providers/Microsoft.Authorization/roleDefinitions
    POST /v1.0/directoryObjects/getByIds {"ids":["0b0b0b0b-0000-4000-8000-000000000001"],"types":["user","group","servicePrincipal","directoryObjectPartnerReference"]}
    "#);
    // The same again is the same assignment.
    server.run(&line);
    let puts = |text: &str| {
        text.lines()
            .filter(|line| line.starts_with("PUT"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let both = puts(&server.heard());
    assert_eq!(both.len(), 2);
    assert_eq!(both[0], both[1]);
}

#[test]
fn assignments_are_listed_with_names_and_taken_away() {
    let mut parts = directory();
    let here = "/subscriptions/SUB";
    parts.push(part(
        "/roleAssignments",
        200,
        json!({"value": [assignment(here), assignment("/subscriptions/SUB/resourceGroups/cupola")]}),
    ));
    parts.push(part("/roleAssignments/1", 200, json!({})));
    let server = Server::playing(parts);
    let outcome = server.run(&["role", "assignment", "list", "-o", "table"]);
    insta::assert_snapshot!(outcome.text, @r"
    Principal                             Role    Scope
    ------------------------------------  ------  ------------------
    0a0a0a0a-0000-4000-8000-000000000002  Reader  /subscriptions/SUB
    ");
    let outcome = server.run(&["role", "assignment", "list", "--all", "--query", "length(@)"]);
    assert_eq!(outcome.text, "2\n");
    let outcome = server.run(&[
        "role",
        "assignment",
        "delete",
        "--assignee",
        "ci",
        "--role",
        "Reader",
        "-g",
        "cupola",
    ]);
    assert_eq!(outcome.exit, None, "{}", outcome.text);
    let heard = server.heard();
    let deleted: Vec<&str> = heard.lines().filter(|line| line.starts_with("DELETE")).collect();
    assert_eq!(
        deleted,
        [
            "DELETE /subscriptions/SUB/resourceGroups/cupola/providers/Microsoft.Authorization/roleAssignments/1"
        ]
    );
    assert_eq!(
        server.run(&["role", "assignment", "delete"]).exit,
        Some(Exit::Error)
    );
}

#[test]
fn a_name_that_nobody_has_is_said() {
    let server = Server::playing(vec![
        part("GET /v1.0/servicePrincipals", 200, json!({"value": []})),
        part("GET /v1.0/users", 200, json!({"value": []})),
        part("/roleDefinitions", 200, json!({"value": []})),
    ]);
    let assign = |assignee: &str| {
        let line = [
            "role",
            "assignment",
            "create",
            "--assignee",
            assignee,
            "--role",
            "Reader",
            "--scope",
            "/subscriptions/SUB",
        ];
        server.run(&line).text
    };
    assert!(assign("ada@contoso.test").starts_with(
        "ERROR: Cannot find user or service principal in graph database for 'ada@contoso.test'."
    ));
    let outcome = server.run(&[
        "role",
        "assignment",
        "create",
        "--assignee-object-id",
        OBJECT,
        "--role",
        "Rader",
        "--scope",
        "/subscriptions/SUB",
    ]);
    insta::assert_snapshot!(outcome.text, @r"
    ERROR: Role 'Rader' doesn't exist.
    Try: cupola role definition list --query '[].roleName' -o tsv
    ");
}

#[test]
fn a_role_of_ones_own_is_made_and_deleted() {
    let mut mine = role("Endpoint Reader");
    mine["properties"]["type"] = "CustomRole".into();
    let server = Server::playing(vec![
        part(
            "GET /subscriptions/SUB/providers/Microsoft.Authorization/roleDefinitions",
            200,
            json!({"value": []}),
        ),
        part(
            "GET /subscriptions/SUB/providers/Microsoft.Authorization/roleDefinitions",
            200,
            json!({"value": [mine.clone()]}),
        ),
        part(
            "DELETE /subscriptions/SUB/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7",
            200,
            mine.clone(),
        ),
        part("PUT /subscriptions/SUB*", 201, mine),
    ]);
    let text =
        r#"{"Name": "Endpoint Reader", "Actions": ["N/*/read"], "AssignableScopes": ["/subscriptions/SUB"]}"#;
    let outcome = server.run(&[
        "role",
        "definition",
        "create",
        "--role-definition",
        text,
        "--query",
        "[roleName, roleType]",
        "-o",
        "tsv",
    ]);
    assert_eq!(outcome.text, "Endpoint Reader\nCustomRole\n");
    let outcome = server.run(&["role", "definition", "create", "--role-definition", text]);
    assert!(outcome.text.contains("exists already"), "{}", outcome.text);
    assert_eq!(
        server
            .run(&["role", "definition", "delete", "-n", "Endpoint Reader"])
            .exit,
        None
    );
    assert!(server.heard().contains("DELETE "));
}

#[test]
fn a_program_gets_everything_that_it_needs_at_once() {
    let mut parts = directory();
    let app = json!({"id": "app-object", "appId": APP, "displayName": "ci", "passwordCredentials": [{"keyId": "old"}]});
    parts.extend([
        part("GET /v1.0/applications", 200, json!({"value": []})),
        part("GET /v1.0/applications", 200, json!({"value": [app.clone()]})),
        part(
            "POST /v1.0/applications",
            201,
            json!({"id": "app-object", "appId": APP}),
        ),
        part(
            "/v1.0/applications/app-object/addPassword",
            200,
            json!({"keyId": "new", "secretText": "p@ss"}),
        ),
        part("/v1.0/applications/app-object/removePassword", 204, Value::Null),
        part(
            "GET /subscriptions/SUB",
            200,
            json!({"subscriptionId": "SUB", "tenantId": "TENANT"}),
        ),
        part("PUT /subscriptions/SUB*", 201, assignment("/subscriptions/SUB")),
    ]);
    let server = Server::playing(parts);
    let line = [
        "ad",
        "sp",
        "create-for-rbac",
        "-n",
        "ci",
        "--role",
        "Reader",
        "--scopes",
        "/subscriptions/SUB",
        "--years",
        "2",
    ];
    let outcome = server.run(&line);
    insta::assert_snapshot!(outcome.text, @r#"
    {
      "appId": "0a0a0a0a-0000-4000-8000-000000000002",
      "displayName": "ci",
      "password": "p@ss",
      "tenant": "TENANT"
    }
    "#);
    assert!(
        server.heard().contains(
            r#"{"passwordCredential":{"displayName":"rbac","endDateTime":"2028-11-21T10:00:00Z"}}"#
        ),
        "{}",
        server.heard()
    );
    assert!(!server.heard().contains("removePassword"));
    // Asked again, it is the same program with a new secret.
    let outcome = server.run(
        &[
            &line[..],
            &["--json-auth", "--query", "[clientSecret, tenantId]", "-o", "tsv"],
        ]
        .concat(),
    );
    assert_eq!(outcome.text, "p@ss\nTENANT\n");
    assert!(server.heard().contains(r#"removePassword {"keyId":"old"}"#));
}

#[test]
fn a_role_that_is_held_already_does_not_lose_the_secret() {
    let mut parts = directory();
    let taken =
        json!({"error": {"code": "RoleAssignmentExists", "message": "The role assignment already exists."}});
    parts.extend([
        part(
            "GET /v1.0/applications",
            200,
            json!({"value": [{"id": "app-object", "appId": APP}]}),
        ),
        part(
            "/v1.0/applications/app-object/addPassword",
            200,
            json!({"secretText": "p"}),
        ),
        part(
            "GET /subscriptions/SUB",
            200,
            json!({"subscriptionId": "SUB", "tenantId": "TENANT"}),
        ),
        part("PUT /subscriptions/SUB*", 409, taken),
    ]);
    let server = Server::playing(parts);
    let outcome = server.run(&[
        "ad",
        "sp",
        "create-for-rbac",
        "-n",
        "ci",
        "--role",
        "acdd72a7-3385-48ef-bd42-f606fba81ae7",
        "--scopes",
        "/subscriptions/SUB",
        "--query",
        "password",
        "-o",
        "tsv",
    ]);
    assert_eq!(outcome.text, "p\n");
}

#[test]
fn the_directory_is_asked_with_a_token_of_its_own() {
    let server = Server::playing(vec![part("/v1.0/me", 200, json!({"id": OBJECT}))]);
    let outcome = server.run(&["ad", "signed-in-user", "show", "--query", "id", "-o", "tsv"]);
    assert_eq!(outcome.text, format!("{OBJECT}\n"));
    let heard = server.heard.lock().expect("a lock").join("\n");
    assert!(heard.contains("%2F%2F.default"), "{heard}");
}

#[test]
fn users_are_made_invited_changed_and_deleted() {
    let ada = json!({"id": OBJECT, "displayName": "Ada", "userPrincipalName": "ada@contoso.test"});
    let server = Server::playing(vec![
        part("POST /v1.0/users", 201, ada.clone()),
        part(
            "POST /v1.0/invitations",
            201,
            json!({"invitedUserEmailAddress": "ada@contoso.test", "inviteRedeemUrl": "https://HERE/once"}),
        ),
        part("PATCH /v1.0/users/ada%40contoso.test", 204, Value::Null),
        part("DELETE /v1.0/users/ada%40contoso.test", 204, Value::Null),
        part("GET /v1.0/users", 200, json!({"value": [ada]})),
    ]);
    let line = [
        "ad",
        "user",
        "create",
        "--display-name",
        "Ada",
        "--user-principal-name",
        "ada@contoso.test",
        "--password",
        "x",
    ];
    assert_eq!(server.run(&line).exit, None);
    let outcome = server.run(&[
        "ad",
        "user",
        "invite",
        "--email",
        "ada@contoso.test",
        "--query",
        "inviteRedeemUrl",
        "-o",
        "tsv",
    ]);
    assert_eq!(outcome.text, "https://HERE/once\n");
    assert_eq!(
        server
            .run(&["ad", "user", "update", "--id", "ada@contoso.test"])
            .exit,
        Some(Exit::Usage)
    );
    assert_eq!(
        server
            .run(&[
                "ad",
                "user",
                "update",
                "--id",
                "ada@contoso.test",
                "--account-enabled",
                "false"
            ])
            .exit,
        None
    );
    assert_eq!(
        server
            .run(&["ad", "user", "delete", "--id", "ada@contoso.test"])
            .exit,
        None
    );
    let outcome = server.run(&["ad", "user", "list", "-o", "table"]);
    assert!(outcome.text.contains("ada@contoso.test"), "{}", outcome.text);
    insta::assert_snapshot!(server.heard(), @r#"
    POST /v1.0/users {"accountEnabled":true,"displayName":"Ada","mailNickname":"ada","passwordProfile":{"forceChangePasswordNextSignIn":false,"password":"x"},"userPrincipalName":"ada@contoso.test"}
    POST /v1.0/invitations {"invitedUserEmailAddress":"ada@contoso.test"}
    PATCH /v1.0/users/ada%40contoso.test {"accountEnabled":false}
    DELETE /v1.0/users/ada%40contoso.test
    GET /v1.0/users
    "#);
}

#[test]
fn a_refusal_says_where_to_read_more() {
    let denied = json!({"error": {"code": "AuthorizationFailed", "message": "The client may not."}});
    let server = Server::playing(vec![
        part("PUT /subscriptions/SUB/resourceGroups/g", 403, denied)
            .header("x-ms-request-id", "R")
            .header("x-ms-correlation-request-id", "C"),
        part(
            "GET /providers/Cupola.Audit/events/R",
            200,
            json!({"value": [{"properties": {"outcome": "AuthorizationFailed", "status": 403,
            "action": "N/write", "scope": "/s", "callerName": "ci", "timestamp": "t", "explanation": ["Because."], "wouldAllow": ["Owner"]}}]}),
        ),
    ]);
    let outcome = server.run(&["group", "create", "-n", "g", "-l", "eastus2"]);
    insta::assert_snapshot!(outcome.text, @r"
    ERROR: (AuthorizationFailed) The client may not.
    Code: AuthorizationFailed
    Message: The client may not.
    Request id: R
    Correlation id: C
    Try: cupola explain R
    ");
    let outcome = server.run(&["explain", "R"]);
    assert!(outcome.text.contains("Allow    Owner"), "{}", outcome.text);
    let outcome = server.run(&[
        "explain",
        "R",
        "--query",
        "[].properties.wouldAllow[]",
        "-o",
        "tsv",
    ]);
    assert_eq!(outcome.text, "Owner\n");
    assert_eq!(server.run(&["explain", "X"]).exit, Some(Exit::NotFound));
}

#[test]
fn locks_are_made_and_taken_away() {
    let lock = json!({"id": "/subscriptions/SUB/resourceGroups/g/providers/Microsoft.Authorization/locks/keep", "name": "keep",
        "type": "Microsoft.Authorization/locks", "properties": {"level": "CanNotDelete", "notes": "mine"}});
    let server = Server::playing(vec![
        part("/locks/keep", 201, lock.clone()),
        part("/locks", 200, json!({"value": [lock]})),
    ]);
    let outcome = server.run(&[
        "lock",
        "create",
        "-n",
        "keep",
        "-t",
        "cannotdelete",
        "-g",
        "g",
        "--notes",
        "mine",
        "--query",
        "[level, resourceGroup]",
        "-o",
        "tsv",
    ]);
    assert_eq!(outcome.text, "CanNotDelete\ng\n");
    assert!(server.run(&["lock", "list", "-o", "table"]).text.contains("keep"));
    assert_eq!(
        server.run(&["lock", "delete", "-n", "keep", "-g", "g"]).exit,
        None
    );
    insta::assert_snapshot!(server.heard(), @r#"
    PUT /subscriptions/SUB/resourceGroups/g/providers/Microsoft.Authorization/locks/keep {"properties":{"level":"CanNotDelete","notes":"mine"}}
    GET /subscriptions/SUB/providers/Microsoft.Authorization/locks
    DELETE /subscriptions/SUB/resourceGroups/g/providers/Microsoft.Authorization/locks/keep
    "#);
}

#[test]
fn the_activity_log_is_asked_for_a_span_of_time() {
    let event = json!({"eventTimestamp": "2026-11-21T09:00:00.0000000Z", "status": {"value": "Failed"}, "caller": "ci",
        "operationName": {"value": "N/write"}, "resourceId": "/subscriptions/SUB/resourceGroups/g/providers/N/w/a", "correlationId": "C"});
    let server = Server::playing(vec![part(
        "/eventtypes/management/values",
        200,
        json!({"value": [event], "nextLink": "http://HERE/next"}),
    )]);
    let line = [
        "monitor",
        "activity-log",
        "list",
        "--offset",
        "1h",
        "--caller",
        "ci",
        "--max-events",
        "1",
        "-o",
        "table",
    ];
    let outcome = server.run(&line);
    insta::assert_snapshot!(outcome.text, @r"
    Time                 Status    Operation    Caller    Resource    CorrelationId
    -------------------  --------  -----------  --------  ----------  ---------------
    2026-11-21T09:00:00  Failed    N/write      ci        N/w/a       C
    ");
    let heard = server
        .heard()
        .replace("%20", " ")
        .replace("%27", "'")
        .replace("%3A", ":");
    insta::assert_snapshot!(heard, @r"GET /subscriptions/SUB/providers/Microsoft.Insights/eventtypes/management/values?$filter=eventTimestamp ge '2026-11-21T09:00:00Z' and eventTimestamp le '2026-11-21T10:00:00Z' and caller eq 'ci'");
}
