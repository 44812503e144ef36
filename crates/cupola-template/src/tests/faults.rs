//! What is wrong, and how it is told.

use super::{planned, template};
use serde_json::{Value, json};

/// The complaints about sections of a template: `line:column target: message`.
fn check(sections: &str, parameters: Value, expected: &[&str]) {
    check_text(&template(sections), parameters, expected);
}

fn check_text(text: &str, parameters: Value, expected: &[&str]) {
    let (_, complaints) = planned(text, &parameters);
    let told: Vec<String> = complaints
        .iter()
        .map(|complaint| {
            let place = complaint
                .line
                .zip(complaint.column)
                .map_or("-".to_owned(), |(line, column)| format!("{line}:{column}"));
            let message = complaint
                .message
                .strip_prefix("Deployment template validation failed: '")
                .and_then(|rest| rest.strip_suffix("'."))
                .unwrap_or(&complaint.message);
            format!("{place} {}: {message}", complaint.target).replace(super::SUBSCRIPTION, "SUB")
        })
        .collect();
    assert_eq!(told, expected, "{text}");
}

#[test]
fn the_undeclared_location_of_the_documents() {
    let (_, complaints) = planned(
        &template(
            r#"resources: [{type: "N.X/a", apiVersion: "1", name: "a", location: "[parameters('location')]"}]"#,
        ),
        &Value::Null,
    );
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert_eq!(complaints[0].code, "InvalidTemplate");
    assert_eq!(
        complaints[0].message,
        "Deployment template validation failed: 'The template parameter 'location' is not found. Please see \
         https://aka.ms/arm-syntax-parameters for usage details.'."
    );
}

#[test]
fn places_count_from_the_beginning_of_the_template() {
    let body = "{\"properties\": {\"mode\": \"Incremental\",\n\"parameters\": {}, template:{ // as the file has it\n  \"$schema\": \"s\", \"contentVersion\": \"1\",\n  \"resources\": [ {\"type\": \"N.X/a/b\", \"name\": \"x\", \"apiVersion\": \"1\"} ]\n}\n}}";
    let body = crate::read(body).expect("readable");
    let template = body.get("properties.template").expect("a template");
    let (_, complaints) = crate::evaluate(template, &Value::Null, &super::known());
    assert_eq!(
        (complaints[0].line, complaints[0].column),
        (Some(3), Some(27)),
        "{complaints:?}"
    );
    assert!(
        complaints[0]
            .message
            .contains("at line '3' and column '27' has incorrect segment lengths")
    );
}

#[test]
fn templates_have_a_schema_a_version_and_resources() {
    check_text(
        "{}",
        Value::Null,
        &[
            "1:1 $schema: The template property '$schema' is required and not there. Please see https://aka.ms/arm-syntax for usage details.",
            "1:1 contentVersion: The template property 'contentVersion' is required and not there. Please see https://aka.ms/arm-syntax for usage details.",
            "1:1 resources: The template property 'resources' is required and not there; an empty array will do. Please see https://aka.ms/arm-syntax-resources for usage details.",
        ],
    );
    check_text(
        "[]",
        Value::Null,
        &[
            "1:1 : The template must be an object; it is an array. Please see https://aka.ms/arm-syntax for usage details.",
        ],
    );
    check(
        "resources: [], parameters: []",
        Value::Null,
        &[
            "2:28 parameters: The template section 'parameters' at line '2' and column '28' must be an object; it is an array. Please see https://aka.ms/arm-syntax for usage details.",
        ],
    );
    check(
        "resources: 1",
        Value::Null,
        &[
            "2:12 resources: The template section 'resources' at line '2' and column '12' must be an array, or an object with symbolic names; it is a number. Please see https://aka.ms/arm-syntax-resources for usage details.",
        ],
    );
    check(
        "resources: [7]",
        Value::Null,
        &[
            "2:13 resources[0]: The template resource at line '2' and column '13' must be an object; it is a number. Please see https://aka.ms/arm-syntax-resources for usage details.",
        ],
    );
    check("resources: [], metadata: {}, whatever: 1", Value::Null, &[]);
}

#[test]
fn parameters_are_supplied_as_declared() {
    check(
        "parameters: {a: {type: \"string\"}, b: {type: \"int\", defaultValue: 1}}, resources: []",
        json!({"c": {"value": 1}, "d": {"value": 2}}),
        &[
            "- parameters: The following parameters were supplied, but do not correspond to any parameters defined in the template: 'c, d'. The parameters defined in the template are: 'a, b'. Please see https://aka.ms/arm-pass-parameter-values for usage details.",
            "2:17 parameters.a: The value for the template parameter 'a' at line '2' and column '17' is not provided. Please see https://aka.ms/arm-create-parameter-file for usage details.",
        ],
    );
    check(
        "parameters: {a: {type: \"string\"}, b: {type: \"bool\"}, c: {type: \"securestring\", allowedValues: [\"x\"]}, d: {type: \"int\", minValue: 3}, e: {type: \"string\", allowedValues: [\"one\", \"two\"]}, f: {type: \"array\", allowedValues: [1, 2], maxLength: 1}}, resources: []",
        json!({"a": {"value": 1}, "b": {"value": "true"}, "c": {"value": "secret"}, "d": {"value": 2}, "e": {"value": "three"}, "f": {"value": [1, 2]}}),
        &[
            "2:17 parameters.a: The provided value for the template parameter 'a' is not valid. Expected a value of type 'String, Uri', but received a value of type 'Integer'. Please see https://aka.ms/arm-create-parameter-file for usage details.",
            "2:38 parameters.b: The provided value for the template parameter 'b' is not valid. Expected a value of type 'Boolean', but received a value of type 'String'. Please see https://aka.ms/arm-create-parameter-file for usage details.",
            "2:57 parameters.c: The provided value for the template parameter 'c' at line '2' and column '57' is not valid. The parameter value is not part of the allowed value(s): 'x'.",
            "2:106 parameters.d: The provided value for the template parameter 'd' at line '2' and column '106' is not valid. The value should be greater than or equal to '3'. Please see https://aka.ms/arm-create-parameter-file for usage details.",
            "2:137 parameters.e: The provided value 'three' for the template parameter 'e' at line '2' and column '137' is not valid. The parameter value is not part of the allowed value(s): 'one,two'.",
            "2:189 parameters.f: The provided value for the template parameter 'f' at line '2' and column '189' is not valid. Number of items should be less than or equal to '1'. Please see https://aka.ms/arm-create-parameter-file for usage details.",
        ],
    );
    check(
        "parameters: {a: {type: \"text\"}, b: {}, c: {type: \"string\"}, d: {type: \"string\"}}, resources: []",
        json!({"c": {"reference": {"keyVault": {"id": "/x"}, "secretName": "s"}}, "d": "plain"}),
        &[
            "- parameters.c: The parameter 'c' takes the secret 's' from a key vault. Key vaults are not read here; give the value itself: {\"c\": {\"value\": …}}.",
            "- parameters.d: The deployment parameter 'd' is not an object; write {\"d\": {\"value\": …}}. Please see https://aka.ms/arm-create-parameter-file for usage details.",
            "2:17 parameters.a: The template parameter 'a' at line '2' and column '17' has the type 'text', which there is not; it is one of string, securestring, int, bool, object, secureobject and array.",
            "2:36 parameters.b: The template parameter 'b' at line '2' and column '36' has no 'type'; it is one of string, securestring, int, bool, object, secureobject and array.",
        ],
    );
}

#[test]
fn defaults_and_variables_know_their_place() {
    check(
        "parameters: {a: {type: \"string\", defaultValue: \"[variables('v')]\"}, b: {type: \"string\", defaultValue: \"[parameters('c')]\"}, c: {type: \"string\", defaultValue: \"[parameters('b')]\"}}, variables: {v: 1, w: \"[newGuid()]\", x: \"[variables('y')]\", y: [\"[variables('x')]\"], z: \"[concat(variables('x'), 'z')]\", r: \"[reference('q')]\"}, resources: []",
        Value::Null,
        &[
            "2:50 parameters.a: The template parameter 'a' at line '2' and column '50' is not valid: The template function 'variables' is not expected at this location.",
            "2:72 parameters.b: The template parameter 'b' takes its default value from itself: b -> c -> b. Please see https://aka.ms/arm-syntax-parameters for usage details.",
            "2:205 variables.w: The template variable 'w' at line '2' and column '205' is not valid: The template function 'newGuid' is not expected at this location.",
            "2:221 variables.x: The template variable 'x' is built from itself: x -> y -> x. Please see https://aka.ms/arm-syntax-variables for usage details.",
            "2:307 variables.r: The template variable 'r' at line '2' and column '307' is not valid: The template function 'reference' is not expected at this location.",
        ],
    );
}

#[test]
fn a_fault_of_a_variable_is_told_once() {
    check(
        "variables: {v: \"[nope()]\", w: \"[concat(variables('v'), 'x')]\"}, resources: [{type: \"N.X/a\", apiVersion: \"1\", name: \"[variables('w')]\", properties: {p: \"[variables('v')]\"}}], outputs: {o: {type: \"string\", value: \"[variables('w')]\"}}",
        Value::Null,
        &[
            "2:18 variables.v: The template variable 'v' at line '2' and column '18' is not valid: The template function 'nope' is not valid.",
        ],
    );
}

#[test]
fn resources_have_a_type_a_name_and_a_version() {
    check(
        "resources: [{}, {type: \"N.X/a\", name: \"\", apiVersion: 7}, {type: \"N.X/a/b\", name: \"x\", apiVersion: \"1\"},\n{type: \"N.X/a\", name: \"x/\", apiVersion: \"1\", condition: 3}]",
        Value::Null,
        &[
            "2:13 resources[0]: The template resource '' at line '2' and column '13' is not valid: The name property cannot be null or empty. Please see https://aka.ms/arm-syntax-resources for usage details.",
            "2:13 resources[0]: The template resource '' at line '2' and column '13' is not valid: The type property cannot be null or empty. Please see https://aka.ms/arm-syntax-resources for usage details.",
            "2:13 resources[0]: The template resource '' at line '2' and column '13' is not valid: The apiVersion property cannot be null or empty. Please see https://aka.ms/arm-syntax-resources for usage details.",
            "2:39 resources[1]: The template resource '' at line '2' and column '39' is not valid: The name property cannot be null or empty. Please see https://aka.ms/arm-syntax-resources for usage details.",
            "2:55 resources[1]: The template resource '' at line '2' and column '55' is not valid: The apiVersion property must be a string; it is of type 'Integer'.",
            "2:66 resources[2].type: The template resource 'x' for type 'N.X/a/b' at line '2' and column '66' has incorrect segment lengths. A nested resource type must have identical number of segments as its resource name. A root resource type must have segment length one greater than its resource name. Please see https://aka.ms/arm-syntax-resources for usage details.",
            "3:57 resources[3]: The template resource 'x/' at line '3' and column '57' is not valid: The condition must be a boolean; it is of type 'Integer'.",
        ],
    );
}

#[test]
fn dependencies_lead_somewhere_and_not_in_circles() {
    check(
        "resources: [{type: \"N.X/a\", apiVersion: \"1\", name: \"a\", dependsOn: [\"b\", \"[resourceId('N.X/z', 'z')]\", \"zz\"]},\n{type: \"N.X/b\", apiVersion: \"1\", name: \"b\", dependsOn: [\"c\"]},\n{type: \"N.X/c\", apiVersion: \"1\", name: \"c\", properties: {p: \"[reference('a').x]\"}}]",
        Value::Null,
        &[
            "2:13 resources[0]: Circular dependency detected on resource: '/subscriptions/SUB/resourceGroups/rg/providers/N.X/a/a': a -> b -> c -> a. Please see https://aka.ms/arm-syntax-resources for usage details.",
            "2:74 resources[0].dependsOn: The resource 'N.X/z/z' is not defined in the template. Please see https://aka.ms/arm-syntax for usage details.",
            "2:104 resources[0].dependsOn: The resource 'zz' is not defined in the template. Please see https://aka.ms/arm-syntax for usage details.",
        ],
    );
    check(
        "resources: [{type: \"N.X/a\", apiVersion: \"1\", name: \"a\", properties: {p: \"[reference('a').x]\"}}]",
        Value::Null,
        &[
            "2:13 resources[0]: Circular dependency detected on resource: '/subscriptions/SUB/resourceGroups/rg/providers/N.X/a/a': a -> a. Please see https://aka.ms/arm-syntax-resources for usage details.",
        ],
    );
}

#[test]
fn ids_are_there_once() {
    check(
        "resources: [{type: \"N.X/a\", apiVersion: \"1\", name: \"a\"},\n{type: \"n.x/A\", apiVersion: \"1\", name: \"A\"}, {type: \"N.X/a\", apiVersion: \"1\", name: \"a\", condition: false}]",
        Value::Null,
        &[
            "3:1 resources[1]: The resource 'n.x/A/A' at line '3' and column '1' is defined multiple times in a template. Please see https://aka.ms/arm-syntax-resources for usage details.",
        ],
    );
}

#[test]
fn every_fault_of_a_body_is_told_once_for_all_rounds() {
    check(
        "resources: [{type: \"N.X/a\", apiVersion: \"1\", name: \"[concat('a', copyIndex())]\", copy: {name: \"l\", count: 3}, properties: {a: \"[concat('x']\", b: \"[add('x', 1)]\", c: \"[reference('nope')]\",\nd: \"[if(true(), 1, nope())]\"}}]",
        Value::Null,
        &[
            "2:139 resources[0]: The template resource 'a0' at line '2' and column '139' is not valid: Unable to parse language expression '[concat('x']': expected token 'RightParenthesis' and actual 'RightSquareBracket'.",
            "2:148 resources[0]: The template resource 'a0' at line '2' and column '148' is not valid: Unable to evaluate template language function 'add': the type of one of the provided parameters is not valid. Parameter 1 is of type 'String' and has to be 'Integer'.",
            "2:168 resources[0]: The template resource 'a0' at line '2' and column '168' is not valid: The template reference 'nope' is not valid: could not find template resource or resource copy with this name. Please see https://aka.ms/arm-function-reference for usage details.",
        ],
    );
}

#[test]
fn branches_that_are_not_taken_are_read_too() {
    check(
        "resources: [{type: \"N.X/a\", apiVersion: \"1\", name: \"a\", properties: {d: \"[if(true(), 1, nope())]\", e: \"[if(true(), 1, parameters('none'))]\"}}]",
        Value::Null,
        &[
            "2:89 resources[0]: The template resource 'a' at line '2' and column '89' is not valid: The template function 'nope' is not valid.",
            "2:130 resources[0]: The template parameter 'none' is not found. Please see https://aka.ms/arm-syntax-parameters for usage details.",
        ],
    );
}

#[test]
fn loops_have_a_name_a_count_and_a_bound() {
    check(
        "resources: [{type: \"N.X/a\", apiVersion: \"1\", name: \"a\", copy: {count: -1}}, {type: \"N.X/b\", apiVersion: \"1\", name: \"b\", copy: {name: \"l\", count: 801, mode: \"slow\", batchSize: 0}}, {type: \"N.X/c\", apiVersion: \"1\", name: \"[concat('c', copyIndex())]\"}]",
        Value::Null,
        &[
            "2:63 resources[0]: The template resource '' at line '2' and column '63' is not valid: The name of a copy cannot be null or empty.",
            "2:71 resources[0]: The template resource '' at line '2' and column '71' is not valid: The copy count '-1' is not valid; it must be between 0 and 800.",
            "2:127 resources[1]: The template resource 'l' at line '2' and column '127' is not valid: The mode of a copy is 'serial' or 'parallel'.",
            "2:127 resources[1]: The template resource 'l' at line '2' and column '127' is not valid: The batchSize of a copy is an integer of at least 1.",
            "2:146 resources[1]: The template resource 'l' at line '2' and column '146' is not valid: The copy count '801' is not valid; it must be between 0 and 800.",
            "2:234 resources[2]: The template resource '' at line '2' and column '234' is not valid: The template function 'copyIndex' is not expected at this location. The function can only be used in a resource with copy specified. Please see https://aka.ms/arm-copy for usage details.",
        ],
    );
}

#[test]
fn the_number_of_resources_has_a_bound() {
    let (plan, complaints) = planned(
        &template(
            "resources: [{type: \"N.X/a\", apiVersion: \"1\", name: \"[concat('a', copyIndex())]\", copy: {name: \"l\", count: 800}}, {type: \"N.X/b\", apiVersion: \"1\", name: \"b\"}]",
        ),
        &Value::Null,
    );
    assert_eq!(plan.resources.len(), 800);
    assert!(complaints[0].message.contains("Limit: 800"), "{complaints:?}");
}

#[test]
fn loops_within_loops_run_out_of_fuel() {
    let (_, complaints) = planned(
        &template(
            "resources: [], variables: {copy: [{name: \"a\", count: 800, input: {copy: [{name: \"b\", count: 800, input: {copy: [{name: \"c\", count: 800, input: {x: \"[copyIndex('c')]\"}}]}}]}}]}",
        ),
        &Value::Null,
    );
    assert!(
        complaints[0].message.contains("more than 1000000 values"),
        "{complaints:?}"
    );
}

#[test]
fn outputs_are_of_their_type() {
    check(
        "resources: [], outputs: {a: {type: \"int\", value: \"x\"}, b: {type: \"what\", value: 1}, c: {type: \"string\"}, d: {type: \"string\", value: \"[parameters('x')]\"}}",
        Value::Null,
        &[
            "2:29 outputs.a: The template output 'a' at line '2' and column '29' is not valid: Expected a value of type 'Integer', but received a value of type 'String'.",
            "2:59 outputs.b: The template output 'b' at line '2' and column '59' is not valid: its type 'what' is not one of string, securestring, int, bool, object, secureobject and array. Please see https://aka.ms/arm-syntax-outputs for usage details.",
            "2:88 outputs.c: The template output 'c' at line '2' and column '88' is not valid: it has neither a 'value' nor a 'copy'. Please see https://aka.ms/arm-syntax-outputs for usage details.",
            "2:135 outputs.d: The template parameter 'x' is not found. Please see https://aka.ms/arm-syntax-parameters for usage details.",
        ],
    );
}

#[test]
fn functions_that_call_themselves_end() {
    check(
        "functions: [{namespace: \"n\", members: {f: {parameters: [], output: {type: \"string\", value: \"[n.f()]\"}}, g: {parameters: [{name: \"a\", type: \"int\"}], output: {type: \"int\", value: \"[parameters('b')]\"}}}}], variables: {a: \"[n.f()]\", b: \"[n.g('x')]\", c: \"[n.g(1)]\", d: \"[n.g()]\"}, resources: []",
        Value::Null,
        &[
            "2:221 variables.a: The template variable 'a' at line '2' and column '221' is not valid: The template function 'n.f' calls itself without end, or too deeply.",
            "2:235 variables.b: The template variable 'b' at line '2' and column '235' is not valid: The argument 'a' of 'n.g' is not valid: Expected a value of type 'Integer', but received a value of type 'String'.",
            "2:252 variables.c: The template parameter 'b' is not found. Please see https://aka.ms/arm-syntax-parameters for usage details.",
            "2:267 variables.d: The template variable 'd' at line '2' and column '267' is not valid: The template function 'n.g' takes 1 argument(s) while 0 were provided.",
        ],
    );
}

#[test]
fn symbolic_names_and_extensions_have_their_conditions() {
    check(
        "resources: {}",
        Value::Null,
        &[
            "2:12 resources: The template section 'resources' at line '2' and column '12' is an object of symbolic names, which takes \"languageVersion\": \"2.0\" at the top of the template. Please see https://aka.ms/arm-syntax-resources for usage details.",
        ],
    );
    check(
        "languageVersion: \"2.0\", resources: {g: {extension: \"graph\", type: \"T\", properties: {}}}",
        Value::Null,
        &[
            "2:40 resources.g: The template resource at line '2' and column '40' belongs to the extension 'graph'. Extensions are not available here; resources of providers are.",
        ],
    );
}

#[test]
fn one_circle_through_computed_names_is_found() {
    check(
        "variables: {a: \"[variables(concat('b', ''))]\", b: \"[variables(concat('a', ''))]\"}, resources: []",
        Value::Null,
        &[
            "2:53 variables.b: The template variable 'a' is built from itself: a -> a. Please see https://aka.ms/arm-syntax-variables for usage details.",
        ],
    );
}
