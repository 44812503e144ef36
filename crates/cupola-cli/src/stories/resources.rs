//! Subscriptions, resources of every type, tags, connections, and requests as people write them.

use super::*;

const BLUE: &str = "0c0c0c0c-0000-4000-8000-000000000003";

fn subscriptions() -> Part {
    part(
        "GET /subscriptions",
        200,
        json!({"value": [
        {"id": "/subscriptions/SUB", "subscriptionId": "SUB", "displayName": "First", "state": "Enabled", "tenantId": "T"},
        {"id": format!("/subscriptions/{BLUE}"), "subscriptionId": BLUE, "displayName": "Team Blue", "state": "Enabled", "tenantId": "T"}]}),
    )
}

#[test]
fn a_subscription_is_chosen_by_name_for_all_commands_or_for_one() {
    let server = Server::playing(vec![
        subscriptions(),
        part("/resourceGroups", 200, json!({"value": []})),
    ]);
    server.run(&["group", "list"]);
    server.run(&["group", "list", "--subscription", "team blue"]);
    assert_eq!(server.run(&["account", "set", "-s", "Team Blue"]).exit, None);
    // What was chosen wins over what `cupola env` put into the environment.
    let environment = BTreeMap::from([("AZURE_SUBSCRIPTION_ID".to_owned(), "SUB".to_owned())]);
    server.run_in(environment, &["group", "list"]);
    server.run(&["group", "list", "--subscription", "First"]);
    let outcome = server.run(&[
        "account",
        "list",
        "--refresh",
        "--query",
        "[?isDefault].name",
        "-o",
        "tsv",
    ]);
    assert_eq!(outcome.text, "Team Blue\n");
    let heard = server.heard();
    let groups: Vec<&str> = heard
        .lines()
        .filter(|line| line.ends_with("/resourceGroups"))
        .collect();
    let blue = format!("GET /subscriptions/{BLUE}/resourceGroups");
    let first = "GET /subscriptions/SUB/resourceGroups";
    assert_eq!(groups, [first, &blue, &blue, first]);
    let outcome = server.run(&["group", "list", "--subscription", "Nobody"]);
    insta::assert_snapshot!(outcome.text, @r"
    ERROR: The subscription of 'Nobody' doesn't exist here, or you cannot see it.
    Try: cupola account list -o table
    ");
}

#[test]
fn a_subscription_is_made_with_the_country_of_its_bill() {
    let alias = json!({"name": "team-blue", "properties": {"subscriptionId": BLUE, "provisioningState": "Succeeded"}});
    let server = Server::playing(vec![
        part(
            "PUT /providers/Microsoft.Subscription/aliases/team-blue",
            201,
            alias,
        ),
        part(
            "/providers/Microsoft.Subscription/rename",
            200,
            json!({"subscriptionId": BLUE}),
        ),
        part(
            "/locations",
            200,
            json!({"value": [{"name": "eastus2", "displayName": "East US 2"}]}),
        ),
    ]);
    let line = [
        "account",
        "create",
        "-n",
        "team-blue",
        "--display-name",
        "Team Blue",
        "--billing-country",
        "DE",
        "--query",
        "properties.subscriptionId",
        "-o",
        "tsv",
    ];
    assert_eq!(server.run(&line).text, format!("{BLUE}\n"));
    assert_eq!(
        server
            .run(&["account", "subscription", "rename", "--id", BLUE, "-n", "Red"])
            .exit,
        None
    );
    assert!(
        server
            .run(&["account", "list-locations", "-o", "table"])
            .text
            .contains("East US 2")
    );
    insta::assert_snapshot!(server.heard(), @r#"
    PUT /providers/Microsoft.Subscription/aliases/team-blue {"properties":{"workload":"Production","displayName":"Team Blue","billingCountry":"DE"}}
    POST /subscriptions/0c0c0c0c-0000-4000-8000-000000000003/providers/Microsoft.Subscription/rename {"subscriptionName":"Red"}
    GET /subscriptions/SUB/locations
    "#);
}

#[test]
fn a_token_for_other_tools() {
    let server = Server::playing(Vec::new());
    let outcome = server.run(&["account", "get-access-token"]);
    insta::assert_snapshot!(outcome.text, @r#"
    {
      "accessToken": "TOKEN",
      "expiresOn": "2026-11-21 10:00:00.000000",
      "expires_on": 1795255200,
      "subscription": "SUB",
      "tenant": "T",
      "tokenType": "Bearer"
    }
    "#);
}

#[test]
fn resources_are_listed_shown_tagged_asked_and_deleted() {
    let id = "/subscriptions/SUB/resourceGroups/g/providers/N/w/a";
    let resource = json!({"id": id, "name": "a", "type": "N/w", "location": "eastus2"});
    let server = Server::playing(vec![
        part(
            "GET /subscriptions/SUB/resources",
            200,
            json!({"value": [resource.clone()]}),
        ),
        part(
            "/providers/N/w/a/providers/Microsoft.Resources/tags/default",
            200,
            json!({"properties": {"tags": {"cost": "42"}}}),
        ),
        part(
            "POST /subscriptions/SUB/resourceGroups/g/providers/N/w/a/listKeys",
            200,
            json!({"key": "k"}),
        ),
        part(
            "DELETE /subscriptions/SUB/resourceGroups/g/providers/N/w/a",
            202,
            Value::Null,
        )
        .header("location", "http://HERE/done"),
        part("GET /done", 200, Value::Null),
        part("/providers/N/w/a", 200, resource),
        part(
            "GET /subscriptions/SUB/resourceGroups/cupola",
            200,
            json!({"location": "eastus2"}),
        ),
    ]);
    let outcome = server.run(&[
        "resource",
        "list",
        "-g",
        "g",
        "--resource-type",
        "N/w",
        "--query",
        "[].resourceGroup",
        "-o",
        "tsv",
    ]);
    assert_eq!(outcome.text, "g\n");
    let outcome = server.run(&[
        "resource",
        "show",
        "-g",
        "g",
        "-n",
        "a",
        "--resource-type",
        "N/w",
        "--query",
        "location",
        "-o",
        "tsv",
    ]);
    assert_eq!(outcome.text, "eastus2\n");
    assert_eq!(
        server
            .run(&["resource", "tag", "--ids", id, "--tags", "cost=42", "-i"])
            .exit,
        None
    );
    let outcome = server.run(&[
        "resource",
        "invoke-action",
        "--action",
        "listKeys",
        "--ids",
        id,
        "--query",
        "key",
        "-o",
        "tsv",
    ]);
    assert_eq!(outcome.text, "k\n");
    assert_eq!(
        server
            .run(&[
                "resource",
                "create",
                "-n",
                "a",
                "--resource-type",
                "N/w",
                "-p",
                "{\"x\": 1}"
            ])
            .exit,
        None
    );
    assert_eq!(server.run(&["resource", "delete", "--ids", id]).exit, None);
    assert_eq!(
        server
            .run(&[
                "tag",
                "update",
                "--resource-id",
                id,
                "--operation",
                "merge",
                "--tags",
                "cost=42"
            ])
            .exit,
        None
    );
    assert_eq!(server.run(&["resource", "show"]).exit, Some(Exit::Usage));
    let heard = server
        .heard()
        .replace("%20", " ")
        .replace("%27", "'")
        .replace("%2F", "/")
        .replace("%2C", ",");
    insta::assert_snapshot!(heard.replace(id, "A"), @r#"
    GET /subscriptions/SUB/resources?$filter=resourceGroup eq 'g' and resourceType eq 'N/w'&$expand=createdTime,changedTime,provisioningState
    GET A
    PATCH A/providers/Microsoft.Resources/tags/default {"operation":"Merge","properties":{"tags":{"cost":"42"}}}
    GET A
    POST A/listKeys
    GET /subscriptions/SUB/resourceGroups/cupola
    PUT /subscriptions/SUB/resourceGroups/cupola/providers/N/w/a {"properties":{"x":1},"location":"eastus2"}
    DELETE A
    GET /done
    PATCH A/providers/Microsoft.Resources/tags/default {"operation":"Merge","properties":{"tags":{"cost":"42"}}}
    "#);
}

#[test]
fn groups_change_exist_and_become_templates() {
    let group = json!({"id": "/subscriptions/SUB/resourceGroups/g", "name": "g", "tags": {"a": "1"}});
    let server = Server::playing(vec![
        part("HEAD /subscriptions/SUB/resourceGroups/g", 204, Value::Null),
        part(
            "/resourceGroups/g/exportTemplate",
            200,
            json!({"template": {"resources": []}}),
        ),
        part("/resourceGroups/g", 200, group),
    ]);
    assert_eq!(server.run(&["group", "exists", "-n", "g"]).text, "true\n");
    assert_eq!(server.run(&["group", "exists", "-n", "h"]).text, "false\n");
    assert_eq!(
        server
            .run(&["group", "update", "-n", "g", "--set", "tags.b=2"])
            .exit,
        None
    );
    assert_eq!(
        server
            .run(&["group", "export", "-n", "g", "--query", "length(resources)"])
            .text,
        "0\n"
    );
    insta::assert_snapshot!(server.heard(), @r#"
    HEAD /subscriptions/SUB/resourceGroups/g
    HEAD /subscriptions/SUB/resourceGroups/h
    GET /subscriptions/SUB/resourceGroups/g
    PATCH /subscriptions/SUB/resourceGroups/g {"tags":{"a":"1","b":"2"}}
    POST /subscriptions/SUB/resourceGroups/g/exportTemplate {"resources":["*"]}
    "#);
}

#[test]
fn a_connection_keeps_its_key_to_itself() {
    let connection = |secret: bool| {
        let mut resource = json!({"id": "/c", "name": "elsewhere", "properties": {"category": "Serverless", "authType": "ApiKey",
            "target": "https://h", "metadata": {}, "isSharedToAll": true}});
        if secret {
            resource["properties"]["credentials"] = json!({"key": "k"});
        }
        resource
    };
    let server = Server::playing(vec![
        part("/connections/elsewhere/listsecrets", 200, connection(true)),
        part("/connections/elsewhere", 200, connection(false)),
        part("/connections", 200, json!({"value": [connection(false)]})),
    ]);
    let outcome = server.run(&[
        "ml",
        "connection",
        "create",
        "-n",
        "elsewhere",
        "--set",
        "type=serverless",
        "endpoint=https://h",
        "api_key=k",
    ]);
    insta::assert_snapshot!(outcome.text, @r#"
    {
      "name": "elsewhere",
      "type": "serverless",
      "target": "https://h",
      "credentials": {
        "type": "api_key"
      },
      "metadata": {},
      "is_shared": true,
      "id": "/c"
    }
    "#);
    let outcome = server.run(&[
        "ml",
        "connection",
        "show",
        "-n",
        "elsewhere",
        "--populate-secrets",
        "--query",
        "credentials.key",
        "-o",
        "tsv",
    ]);
    assert_eq!(outcome.text, "k\n");
    assert_eq!(
        server.run(&["ml", "connection", "list", "--type", "git"]).text,
        "[]\n"
    );
    assert_eq!(
        server
            .run(&[
                "ml",
                "connection",
                "update",
                "-n",
                "elsewhere",
                "--set",
                "endpoint=https://i"
            ])
            .exit,
        None
    );
    assert_eq!(
        server
            .run(&["ml", "connection", "delete", "-n", "elsewhere", "-y"])
            .exit,
        None
    );
    insta::assert_snapshot!(server.heard(), @r#"
    PUT WS/connections/elsewhere {"properties":{"category":"Serverless","target":"https://h","authType":"ApiKey","credentials":{"key":"k"},"metadata":{},"isSharedToAll":true}}
    POST WS/connections/elsewhere/listsecrets
    GET WS/connections
    GET WS/connections/elsewhere
    PATCH WS/connections/elsewhere {"properties":{"target":"https://i","authType":"ApiKey"}}
    GET WS/connections/elsewhere
    DELETE WS/connections/elsewhere
    "#);
}

#[test]
fn a_request_as_it_is_written() {
    let server = Server::playing(vec![
        part("POST /subscriptions/SUB/x", 200, json!({"a": 1})),
        part("GET /refused", 409, json!({"error": {"code": "Conflict"}})).header("x-ms-request-id", "R"),
        part("GET /v1.0/me", 200, json!({"id": "me"})),
    ]);
    let line = [
        "rest",
        "-m",
        "POST",
        "-u",
        "/subscriptions/{subscriptionId}/x?api-version=1",
        "-b",
        "{\"b\": 2}",
        "--headers",
        "If-Match=*",
        "--uri-parameters",
        "q=a b",
        "--query",
        "a",
    ];
    assert_eq!(server.run(&line).text, "1\n");
    let outcome = server.run(&["rest", "-u", "/refused"]);
    insta::assert_snapshot!(outcome.text, @r#"
    ERROR: Conflict({"error":{"code":"Conflict"}})
    Request id: R
    Try: cupola explain R
    "#);
    assert_eq!(
        server
            .run(&["rest", "-u", "/v1.0/me", "--query", "id", "-o", "tsv"])
            .text,
        "me\n"
    );
    assert!(
        server
            .run(&["rest", "-u", "https://elsewhere.contoso.test/"])
            .text
            .contains("the token was not sent there")
    );
    insta::assert_snapshot!(server.heard(), @r#"
    POST /subscriptions/SUB/x?q=a%20b {"b": 2}
    GET /refused
    GET /v1.0/me
    "#);
}

#[test]
fn the_azure_cli_is_made_ready_by_lines() {
    let server = Server::playing(Vec::new());
    let outcome = server.run(&["az-setup"]);
    assert!(
        outcome
            .text
            .contains("export AZURE_CORE_INSTANCE_DISCOVERY='false'\n"),
        "{}",
        outcome.text
    );
    assert!(
        outcome
            .text
            .contains("az cloud register -n 'Cupola' --endpoint-resource-manager 'http://HERE'"),
        "{}",
        outcome.text
    );
    assert!(outcome.text.contains("--tenant 'T'"), "{}", outcome.text);
    assert_eq!(server.heard(), "");
}
