//! Foundry accounts, their keys and their deployments.

use super::*;

const ACCOUNT: [&str; 2] = ["cognitiveservices", "account"];

fn account() -> Value {
    json!({"id": "/subscriptions/SUB/resourceGroups/cupola/providers/Microsoft.CognitiveServices/accounts/blue",
        "name": "blue", "location": "eastus2", "kind": "AIServices", "sku": {"name": "S0"},
        "properties": {"provisioningState": "Succeeded", "endpoint": "https://cupola.test/blue/"}})
}

fn run(server: &Server, line: &[&str]) -> Outcome {
    server.run(&[&ACCOUNT, line].concat())
}

#[test]
fn an_account_is_made_in_the_region_of_its_group_and_replaced_as_somebody_says() {
    let server = Server::playing(vec![
        part(
            "GET /subscriptions/SUB/resourceGroups/cupola",
            200,
            json!({"location": "eastus2"}),
        ),
        part("PUT /*", 201, account()),
        part("PATCH /*", 200, account()),
        part("/accounts", 200, json!({"value": [account()]})),
    ]);
    let outcome = run(&server, &["create", "-n", "blue", "-o", "table"]);
    insta::assert_snapshot!(outcome.text, @r"
    Name    ResourceGroup    Location    Kind        State      Endpoint
    ------  ---------------  ----------  ----------  ---------  -------------------------
    blue    cupola           eastus2     AIServices  Succeeded  https://cupola.test/blue/
    ");
    let words = "create -n blue -g other -l westus --kind OpenAI --sku S0 --custom-domain b --tags a=1 --yes";
    let words: Vec<&str> = words.split(' ').collect();
    assert_eq!(run(&server, &words).exit, None);
    assert_eq!(
        run(&server, &["update", "-n", "blue", "--tags", "a=2"]).exit,
        None
    );
    let outcome = run(&server, &["list", "--query", "[].resourceGroup", "-o", "tsv"]);
    assert_eq!(outcome.text, "cupola\n");
    assert_eq!(run(&server, &["list", "-g", "other"]).exit, None);
    insta::assert_snapshot!(server.heard(), @r#"
    GET /subscriptions/SUB/resourceGroups/cupola
    PUT /subscriptions/SUB/resourceGroups/cupola/providers/Microsoft.CognitiveServices/accounts/blue {"kind":"AIServices","sku":{"name":"S0"},"location":"eastus2","properties":{"allowProjectManagement":true},"identity":{"type":"SystemAssigned"}}
    PUT /subscriptions/SUB/resourceGroups/other/providers/Microsoft.CognitiveServices/accounts/blue {"kind":"OpenAI","sku":{"name":"S0"},"location":"westus","properties":{"customSubDomainName":"b"},"tags":{"a":"1"}}
    PATCH /subscriptions/SUB/resourceGroups/cupola/providers/Microsoft.CognitiveServices/accounts/blue {"tags":{"a":"2"}}
    GET /subscriptions/SUB/providers/Microsoft.CognitiveServices/accounts
    GET /subscriptions/SUB/resourceGroups/other/providers/Microsoft.CognitiveServices/accounts
    "#);
}

#[test]
fn keys_are_shown_and_replaced() {
    let keys = json!({"key1": "k1", "key2": "k2"});
    let server = Server::playing(vec![
        part("/listKeys", 200, keys.clone()),
        part("/regenerateKey", 200, keys),
    ]);
    let outcome = run(
        &server,
        &["keys", "list", "-n", "blue", "--query", "key1", "-o", "tsv"],
    );
    assert_eq!(outcome.text, "k1\n");
    let outcome = run(
        &server,
        &["keys", "regenerate", "-n", "blue", "--key-name", "Key2"],
    );
    assert!(outcome.text.contains(r#""key2": "k2""#), "{}", outcome.text);
    insta::assert_snapshot!(server.heard(), @r#"
    POST /subscriptions/SUB/resourceGroups/cupola/providers/Microsoft.CognitiveServices/accounts/blue/listKeys
    POST /subscriptions/SUB/resourceGroups/cupola/providers/Microsoft.CognitiveServices/accounts/blue/regenerateKey {"keyName":"Key2"}
    "#);
}

#[test]
fn a_model_is_deployed_to_an_account() {
    let deployment = json!({"id": "/subscriptions/SUB/resourceGroups/cupola/x", "name": "chat",
        "sku": {"name": "GlobalStandard", "capacity": 20}, "properties": {"provisioningState": "Succeeded",
        "model": {"format": "Cupola", "name": "tiny-chat", "version": "1"}}});
    let server = Server::playing(vec![
        part("/deployments", 200, json!({"value": [deployment.clone()]})),
        part(
            "/models",
            200,
            json!({"value": [{"format": "Cupola", "name": "tiny-chat", "version": "1"}]}),
        ),
        part("PUT /*", 201, deployment.clone()),
        part("/deployments/chat", 200, deployment),
    ]);
    let words = "deployment create -n blue --deployment-name chat --model-format Cupola --model-name tiny-chat \
        --model-version 1 --sku-name GlobalStandard --sku-capacity 20 -o none";
    let words: Vec<&str> = words.split_whitespace().collect();
    assert_eq!(run(&server, &words).exit, None);
    let outcome = run(&server, &["deployment", "list", "-n", "blue", "-o", "table"]);
    insta::assert_snapshot!(outcome.text, @r"
    Name    Format    Model      Version    Sku             Capacity    State
    ------  --------  ---------  ---------  --------------  ----------  ---------
    chat    Cupola    tiny-chat  1          GlobalStandard  20          Succeeded
    ");
    let outcome = run(&server, &["list-models", "-n", "blue", "-o", "table"]);
    insta::assert_snapshot!(outcome.text, @r"
    Format    Name       Version
    --------  ---------  ---------
    Cupola    tiny-chat  1
    ");
    let chat = ["-n", "blue", "--deployment-name", "chat"];
    assert_eq!(
        run(&server, &[&["deployment", "show"], &chat[..]].concat()).exit,
        None
    );
    assert_eq!(
        run(&server, &[&["deployment", "delete"], &chat[..]].concat()).exit,
        None
    );
    insta::assert_snapshot!(server.heard(), @r#"
    PUT /subscriptions/SUB/resourceGroups/cupola/providers/Microsoft.CognitiveServices/accounts/blue/deployments/chat {"sku":{"name":"GlobalStandard","capacity":20},"properties":{"model":{"format":"Cupola","name":"tiny-chat","version":"1"}}}
    GET /subscriptions/SUB/resourceGroups/cupola/providers/Microsoft.CognitiveServices/accounts/blue/deployments
    GET /subscriptions/SUB/resourceGroups/cupola/providers/Microsoft.CognitiveServices/accounts/blue/models
    GET /subscriptions/SUB/resourceGroups/cupola/providers/Microsoft.CognitiveServices/accounts/blue/deployments/chat
    GET /subscriptions/SUB/resourceGroups/cupola/providers/Microsoft.CognitiveServices/accounts/blue/deployments/chat
    DELETE /subscriptions/SUB/resourceGroups/cupola/providers/Microsoft.CognitiveServices/accounts/blue/deployments/chat
    "#);
}

#[test]
fn what_is_not_there_is_said_with_the_list_to_look_at() {
    let server = Server::playing(Vec::new());
    let check = |line: &[&str], expected: &str| {
        let outcome = run(&server, line);
        assert_eq!(outcome.exit, Some(Exit::NotFound));
        assert!(outcome.text.contains(expected), "{}", outcome.text);
    };
    let accounts = "Try: cupola cognitiveservices account list -o table";
    check(&["show", "-n", "nobody"], accounts);
    check(&["delete", "-n", "nobody"], accounts);
    check(&["keys", "list", "-n", "nobody"], accounts);
    check(&["list-models", "-n", "nobody"], accounts);
    check(
        &["deployment", "delete", "-n", "blue", "--deployment-name", "x"],
        "Try: cupola cognitiveservices account deployment list -n blue -o table",
    );
    assert!(!server.heard().contains("DELETE"));
}
