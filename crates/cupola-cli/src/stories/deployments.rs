//! Templates: sent as they were written, followed to their end, refused with every complaint.

use super::*;

const BASE: &str = "/providers/Microsoft.Resources/deployments/main";

fn deployed(state: &str) -> Value {
    json!({"id": "/subscriptions/SUB/resourceGroups/cupola/providers/Microsoft.Resources/deployments/main", "name": "main",
        "properties": {"provisioningState": state, "outputs": {"uri": {"type": "String", "value": "https://hello"}}}})
}

fn file(server: &Server, name: &str, text: &str) -> String {
    let path = server.data_dir.path().join(name);
    std::fs::write(&path, text).expect("writes");
    path.to_str().expect("text").to_owned()
}

fn at(action: &'static str) -> &'static str {
    match action {
        "validate" => {
            "POST /subscriptions/SUB/resourceGroups/cupola/providers/Microsoft.Resources/deployments/main/validate"
        }
        "put" => {
            "PUT /subscriptions/SUB/resourceGroups/cupola/providers/Microsoft.Resources/deployments/main"
        }
        "whatIf" => {
            "POST /subscriptions/SUB/resourceGroups/cupola/providers/Microsoft.Resources/deployments/main/whatIf"
        }
        _ => "GET /subscriptions/SUB/resourceGroups/cupola/providers/Microsoft.Resources/deployments/main",
    }
}

#[test]
fn a_template_is_validated_deployed_and_waited_for() {
    let server = Server::playing(vec![
        part(at("validate"), 200, deployed("Succeeded")),
        part(at("put"), 201, deployed("Accepted"))
            .header("azure-asyncoperation", "http://HERE/op/1")
            .header("retry-after", "0"),
        part("GET /op/1", 200, json!({"status": "Running"})),
        part("GET /op/1", 200, json!({"status": "Succeeded"})),
        part(at("get"), 200, deployed("Succeeded")),
    ]);
    let template = "{\n  // mine\n  \"parameters\": {\"n\": {\"type\": \"int\"}, \"s\": {\"type\": \"string\"}},\n  \"resources\": []\n}";
    let path = file(&server, "main.json", template);
    let line = [
        "deployment",
        "group",
        "create",
        "-f",
        &path,
        "-p",
        "n=5",
        "s=5",
        "--query",
        "[resourceGroup, properties.outputs.uri.value]",
        "-o",
        "tsv",
    ];
    let outcome = server.run(&line);
    assert_eq!(
        (outcome.text.as_str(), outcome.exit),
        ("cupola\nhttps://hello\n", None)
    );
    let heard = server
        .heard()
        .replace("/subscriptions/SUB/resourceGroups/cupola", "G")
        .replace(BASE, "/D");
    insta::assert_snapshot!(heard, @r#"
    POST G/D/validate {"properties": {"parameters": {"n":{"value":5},"s":{"value":"5"}}, "mode": "Incremental", template:{
      // mine
      "parameters": {"n": {"type": "int"}, "s": {"type": "string"}},
      "resources": []
    }}}
    PUT G/D {"properties": {"parameters": {"n":{"value":5},"s":{"value":"5"}}, "mode": "Incremental", template:{
      // mine
      "parameters": {"n": {"type": "int"}, "s": {"type": "string"}},
      "resources": []
    }}}
    GET /op/1
    GET /op/1
    GET G/D
    "#);
}

#[test]
fn every_complaint_is_shown_and_nothing_is_begun() {
    let error = json!({"error": {"code": "InvalidTemplate", "message": "Deployment template validation failed: 2 complaints.",
        "details": [{"code": "InvalidTemplate", "message": "The parameter 'x' is not defined.", "target": "line 3, column 7"},
            {"code": "InvalidTemplate", "message": "The function 'nope' is unknown.", "target": "line 9, column 1"}]}});
    let server = Server::playing(vec![part(at("validate"), 400, error)]);
    let path = file(&server, "main.json", "{}");
    let outcome = server.run(&["deployment", "group", "create", "-f", &path]);
    assert_eq!(outcome.exit, Some(Exit::Error));
    insta::assert_snapshot!(outcome.text, @r"
    ERROR: (InvalidTemplate) Deployment template validation failed: 2 complaints.
    Code: InvalidTemplate
    Message: Deployment template validation failed: 2 complaints.
    Exception Details: (InvalidTemplate) The parameter 'x' is not defined.
        Target: line 3, column 7
    Exception Details: (InvalidTemplate) The function 'nope' is unknown.
        Target: line 9, column 1
    ");
    assert!(!server.heard().contains("PUT"));
}

#[test]
fn a_deployment_that_fails_says_which_resource() {
    let error = json!({"code": "DeploymentFailed", "message": "At least one resource deployment operation failed.",
        "details": [{"code": "Conflict", "message": "The name is taken.", "target": "/x/serverlessEndpoints/e"}]});
    let server = Server::playing(vec![
        part(at("validate"), 200, json!({})),
        part(at("put"), 201, deployed("Accepted")).header("azure-asyncoperation", "http://HERE/op/1"),
        part("GET /op/1", 200, json!({"status": "Failed", "error": error})),
    ]);
    let path = file(&server, "main.json", "{}");
    let outcome = server.run(&["deployment", "group", "create", "-f", &path]);
    insta::assert_snapshot!(outcome.text, @r"
    ERROR: (DeploymentFailed) At least one resource deployment operation failed.
    Code: DeploymentFailed
    Message: At least one resource deployment operation failed.
    Exception Details: (Conflict) The name is taken.
        Target: /x/serverlessEndpoints/e
    ");
}

#[test]
fn a_file_that_is_no_template_names_its_line_before_anything_is_asked() {
    let server = Server::playing(Vec::new());
    let path = file(&server, "main.json", "{\n  \"a\": [1,\n}");
    let outcome = server.run(&["deployment", "group", "validate", "-f", &path]);
    assert_eq!(outcome.exit, Some(Exit::Error));
    assert!(outcome.text.contains("main.json(3,1): "), "{}", outcome.text);
    assert_eq!(server.heard(), "");
}

#[test]
fn what_would_change_is_drawn_and_asked_about() {
    let changes = json!({"status": "Succeeded", "properties": {"changes": [
        {"resourceId": "/subscriptions/SUB/resourceGroups/cupola/providers/N/w/a", "changeType": "Create", "after": {}}]}});
    let parts = || {
        vec![
            part(at("whatIf"), 202, Value::Null).header("location", "http://HERE/result"),
            part("GET /result", 202, Value::Null).header("retry-after", "0"),
            part("GET /result", 200, changes.clone()),
        ]
    };
    let server = Server::playing(parts());
    let path = file(&server, "main.json", "{}");
    let outcome = server.run(&["deployment", "group", "what-if", "-f", &path]);
    assert_eq!(outcome.text, "+ N/w/a\n\n1 to create\n");
    let outcome = server.run(&[
        "deployment",
        "group",
        "create",
        "-w",
        "-f",
        &path,
        "--query",
        "changes[].changeType",
        "-o",
        "tsv",
    ]);
    assert_eq!(outcome.text, "Create\n");
    let outcome = server.run(&["deployment", "group", "create", "-c", "-f", &path]);
    assert_eq!(outcome.exit, Some(Exit::Error));
    assert!(outcome.text.contains("Use --yes"), "{}", outcome.text);
    assert!(!server.heard().contains("PUT"));
}

#[test]
fn bicep_is_compiled_before_it_is_sent() {
    let server = Server::playing(vec![part(at("validate"), 200, deployed("Succeeded"))]);
    file(&server, "main.bicep", "param n int\noutput twice int = n * 2\n");
    let values = file(&server, "main.bicepparam", "using 'main.bicep'\nparam n = 4\n");
    let outcome = server.run(&["deployment", "group", "validate", "-p", &values, "n=5"]);
    assert_eq!(outcome.exit, None, "{}", outcome.text);
    let heard = server.heard();
    assert!(
        heard.contains(
            r#"{"properties": {"parameters": {"n":{"value":5}}, "mode": "Incremental", template:{"#
        ),
        "{heard}"
    );
    assert!(heard.contains("[mul(parameters('n'), 2)]"), "{heard}");
    let broken = file(&server, "main.bicep", "output x string = nope\n");
    let outcome = server.run(&["deployment", "group", "validate", "-f", &broken]);
    assert!(
        outcome.text.contains("main.bicep does not compile: 1 error"),
        "{}",
        outcome.text
    );
}

#[test]
fn at_a_subscription_the_record_has_a_region() {
    let server = Server::playing(vec![part("/deployments/main/validate", 200, json!({}))]);
    let path = file(&server, "main.json", "{}");
    let outcome = server.run(&["deployment", "sub", "validate", "-l", "eastus2", "-f", &path]);
    assert_eq!(outcome.exit, None, "{}", outcome.text);
    insta::assert_snapshot!(server.heard(), @r#"POST /subscriptions/SUB/providers/Microsoft.Resources/deployments/main/validate {"location": "eastus2", "properties": {"parameters": {}, "mode": "Incremental", template:{}}}"#);
}

#[test]
fn history_is_listed_shown_exported_and_waited_for() {
    let operation = json!({"properties": {"provisioningOperation": "Create", "provisioningState": "Failed",
        "targetResource": {"resourceType": "N/w", "resourceName": "a"}, "statusMessage": {"error": {"message": "No."}}}});
    let server = Server::playing(vec![
        part("/deployments/", 200, json!({"value": [deployed("Failed")]})),
        part("/deployments/main/operations", 200, json!({"value": [operation]})),
        part(
            "/deployments/main/exportTemplate",
            200,
            json!({"template": {"resources": []}}),
        ),
        part("/deployments/main/cancel", 204, Value::Null),
        part(at("get"), 200, deployed("Running")),
        part(at("get"), 200, deployed("Failed")),
    ]);
    let outcome = server.run(&[
        "deployment",
        "group",
        "list",
        "--query",
        "[].properties.provisioningState",
        "-o",
        "tsv",
    ]);
    assert_eq!(outcome.text, "Failed\n");
    let outcome = server.run(&[
        "deployment",
        "operation",
        "group",
        "list",
        "-n",
        "main",
        "-o",
        "table",
    ]);
    insta::assert_snapshot!(outcome.text, @r"
    Operation    State    Type    Name    Message
    -----------  -------  ------  ------  ---------
    Create       Failed   N/w     a       No.
    ");
    let outcome = server.run(&[
        "deployment",
        "group",
        "export",
        "-n",
        "main",
        "--query",
        "resources",
        "-o",
        "json",
    ]);
    assert_eq!(outcome.text, "[]\n");
    assert_eq!(
        server.run(&["deployment", "group", "cancel", "-n", "main"]).exit,
        None
    );
    let outcome = server.run(&["deployment", "group", "wait", "-n", "main", "--created"]);
    assert_eq!(outcome.exit, Some(Exit::Error));
    insta::assert_snapshot!(outcome.text, @r"
    ERROR: The deployment 'main' ended as Failed
    Try: cupola deployment group show -n main --query properties.error
    ");
}
