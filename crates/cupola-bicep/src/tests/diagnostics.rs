//! What is said against a file: the codes and words that Bicep has for it.

use super::{files, said};
use crate::{compile, compile_parameters};

/// The remarks, without the path in front and the link behind.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    check_files(&[("main.bicep", text)], expected);
}

#[track_caller]
fn check_files(entries: &[(&str, &str)], expected: &[&str]) {
    let all = said(&compile("main.bicep", &files(entries)));
    compare(&all, expected);
}

#[track_caller]
fn check_parameters(entries: &[(&str, &str)], expected: &[&str]) {
    let compiled = compile_parameters("main.bicepparam", &files(entries));
    let all: Vec<String> = compiled.diagnostics.iter().map(ToString::to_string).collect();
    compare(&all.join("\n"), expected);
}

#[track_caller]
fn compare(all: &str, expected: &[&str]) {
    let short: Vec<&str> = all
        .lines()
        .map(|line| line.split(" [https://aka.ms").next().unwrap_or(line))
        .map(|line| line.split_once('(').map_or(line, |(_, rest)| rest))
        .collect();
    assert_eq!(short, expected);
}

#[test]
fn what_cannot_be_read() {
    check(
        "parameter x",
        &[
            "1,1) : Error BCP007: This declaration type is not recognized. Specify a metadata, parameter, variable, resource, or output declaration.",
        ],
    );
    check(
        "@description('x')\n",
        &["2,1) : Error BCP132: Expected a declaration after the decorator."],
    );
    check(
        "output x int = \n",
        &[
            "1,16) : Error BCP009: Expected a literal value, an array, an object, a parenthesized expression, or a function call at this location.",
        ],
    );
    check(
        "output x int = (1\n",
        &["2,1) : Error BCP018: Expected the \")\" character at this location."],
    );
    check(
        "output x object = { a 1 }\n",
        &["1,23) : Error BCP018: Expected the \":\" character at this location."],
    );
    check(
        "output x int = 1 2\n",
        &["1,18) : Error BCP019: Expected a new line character at this location."],
    );
    check(
        "output x int = 99999999999999999999\n",
        &["1,16) : Error BCP010: Expected a valid 64-bit signed integer."],
    );
    check(
        "output x array = [for y of []: 1]\n",
        &["1,25) : Error BCP012: Expected the \"in\" keyword at this location."],
    );
    check(
        "param\n",
        &["1,6) : Error BCP013: Expected a parameter identifier at this location."],
    );
    check(
        "output x string = 'a\n",
        &[
            "1,19) : Error BCP004: The string at this location is not terminated due to an unexpected new line character.",
        ],
    );
    check(
        "resource a 'My.Rp/a@2020-01-01' = 1\n",
        &[
            "1,35) : Error BCP118: Expected the \"{\" character, the \"[\" character, or the \"if\" keyword at this location.",
        ],
    );
}

#[test]
fn one_fault_is_one_remark_and_the_rest_is_judged() {
    check(
        "resource a 'My.Rp/a@2020-01-01' = {\n  name 'a'\n  properties: {\n    b: c\n  }\n}\noutput o string = d\n",
        &[
            "1,10) : Error BCP035: The specified \"resource\" declaration is missing the following required properties: \"name\".",
            "2,8) : Error BCP018: Expected the \":\" character at this location.",
            "4,8) : Error BCP057: The name \"c\" does not exist in the current context.",
            "7,19) : Error BCP057: The name \"d\" does not exist in the current context.",
        ],
    );
}

#[test]
fn names() {
    check(
        "output x string = nothing\n",
        &["1,19) : Error BCP057: The name \"nothing\" does not exist in the current context."],
    );
    check(
        "param location string\noutput x string = lcation\n",
        &[
            "1,7) : Warning no-unused-params: Parameter \"location\" is declared but never used.",
            "2,19) : Error BCP082: The name \"lcation\" does not exist in the current context. Did you mean \"location\"?",
        ],
    );
    check(
        "output x string = toUper('a')\n",
        &[
            "1,19) : Error BCP082: The name \"toUper\" does not exist in the current context. Did you mean \"toUpper\"?",
        ],
    );
    check(
        "param a string\nvar a = 1\noutput o string = any(a)\n",
        &[
            "1,7) : Error BCP028: Identifier \"a\" is declared multiple times. Remove or rename the duplicates.",
            "2,5) : Error BCP028: Identifier \"a\" is declared multiple times. Remove or rename the duplicates.",
        ],
    );
    check(
        "var a = 1\n",
        &["1,5) : Warning no-unused-vars: Variable \"a\" is declared but never used."],
    );
    check("#disable-next-line no-unused-vars\nvar a = 1\n", &[]);
    check(
        "output o int = 1\noutput o int = 2\n",
        &[
            "1,8) : Error BCP145: Output \"o\" is declared multiple times. Remove or rename the duplicates.",
            "2,8) : Error BCP145: Output \"o\" is declared multiple times. Remove or rename the duplicates.",
        ],
    );
    check(
        "param p string = v\nvar v = 'x'\noutput o string = p\n",
        &[
            "1,18) : Error BCP072: This symbol cannot be referenced here. Only other parameters can be referenced in parameter default values.",
        ],
    );
    check(
        "type t = string\noutput o string = t\n",
        &["2,19) : Error BCP288: 't' refers to a type but is being used as a value here."],
    );
    check(
        "param p strng\n",
        &[
            "1,7) : Warning no-unused-params: Parameter \"p\" is declared but never used.",
            "1,9) : Error BCP302: The name \"strng\" is not a valid type. Please specify one of the following types: \"array\", \"bool\", \"int\", \"object\", \"string\".",
        ],
    );
    check(
        "var x = 1\noutput o int = x()\n",
        &["2,16) : Error BCP059: The name \"x\" is not a function."],
    );
    check(
        "@descripton('x')\nparam p string\noutput o string = p\n",
        &[
            "1,2) : Error BCP082: The name \"descripton\" does not exist in the current context. Did you mean \"description\"?",
        ],
    );
}

#[test]
fn types() {
    check(
        "param p int = 'a'\noutput o int = p\n",
        &[
            "1,15) : Error BCP033: Expected a value of type \"int\" but the provided value is of type \"'a'\".",
        ],
    );
    check(
        "output o string = 1\n",
        &[
            "1,19) : Error BCP033: Expected a value of type \"string\" but the provided value is of type \"1\".",
        ],
    );
    check(
        "output o int = 1 + 'a'\n",
        &[
            "1,16) : Error BCP045: Cannot apply operator \"+\" to operands of type \"1\" and \"'a'\". Use string interpolation instead.",
        ],
    );
    check(
        "output o bool = !1\n",
        &["1,17) : Error BCP044: Cannot apply operator \"!\" to operand of type \"1\"."],
    );
    check(
        "output o int = 1 ? 2 : 3\n",
        &["1,16) : Error BCP046: Expected a value of type \"bool\"."],
    );
    check(
        "output o string = toUpper(1)\n",
        &["1,27) : Error BCP070: Argument of type \"1\" is not assignable to parameter of type \"string\"."],
    );
    check(
        "output o string = toUpper()\n",
        &["1,26) : Error BCP071: Expected 1 argument, but got 0."],
    );
    check(
        "output o string = padLeft('a')\n",
        &["1,26) : Error BCP071: Expected 2 to 3 arguments, but got 1."],
    );
    check(
        "output o string = 'a'.b\n",
        &["1,23) : Error BCP055: Cannot access properties of type \"'a'\". An \"object\" type is required."],
    );
    check(
        "var v = { a: 1 }\noutput o int = v.b\n",
        &[
            "2,18) : Error BCP053: The type \"object\" does not contain property \"b\". Available properties include \"a\".",
        ],
    );
    check(
        "output o int = [1, 2][2]\n",
        &[
            "1,23) : Error BCP311: The provided index value of \"2\" is not valid for type \"[1, 2]\". Indexes for this type must be between 0 and 1.",
        ],
    );
    check(
        "output o array = [for x in 'a': x]\n",
        &[
            "1,28) : Error BCP137: Loop expected an expression of type \"array\" but the provided value is of type \"'a'\".",
        ],
    );
    check(
        "output o int = 1 + [for x in []: x]\n",
        &[
            "1,16) : Error BCP045: Cannot apply operator \"+\" to operands of type \"1\" and \"array\".",
            "1,20) : Error BCP138: For-expressions are not supported in this context. For-expressions may be used as values of resource, module, variable, and output declarations, or values of resource and module properties.",
        ],
    );
    check(
        "@allowed(['a', 'b'])\nparam p string = 'c'\noutput o string = p\n",
        &[
            "2,18) : Error BCP033: Expected a value of type \"'a' | 'b'\" but the provided value is of type \"'c'\".",
        ],
    );
    check(
        "type t = { a: int, b: string? }\nparam p t = { a: 'x', c: 1 }\noutput o t = p\n",
        &[
            "2,18) : Error BCP036: The property \"a\" expected a value of type \"int\" but the provided value is of type \"'x'\".",
            "2,23) : Error BCP037: The property \"c\" is not allowed on objects of type \"{ a: int, b: null | string }\". Permissible properties include \"b\".",
        ],
    );
    check(
        "var v = { a: 1, a: 2 }\noutput o object = v\n",
        &[
            "1,11) : Error BCP025: The property \"a\" is declared multiple times in this object. Remove or rename the duplicate properties.",
            "1,17) : Error BCP025: The property \"a\" is declared multiple times in this object. Remove or rename the duplicate properties.",
        ],
    );
}

#[test]
fn circles() {
    check(
        "var a = b\nvar b = a\noutput o int = any(a)\n",
        &[
            "1,5) : Error BCP080: The expression is involved in a cycle (\"a\" -> \"b\" -> \"a\").",
            "2,5) : Error BCP080: The expression is involved in a cycle (\"b\" -> \"a\" -> \"b\").",
        ],
    );
    check(
        "resource r 'My.Rp/a@2020-01-01' = {\n  name: r.name\n}\n",
        &["1,10) : Error BCP079: This expression is referencing its own declaration, which is not allowed."],
    );
    check_files(
        &[("main.bicep", "module m 'main.bicep' = { name: 'm' }\n")],
        &["1,10) : Error BCP094: This module references itself, which is not allowed."],
    );
    check_files(
        &[
            ("main.bicep", "module m 'a.bicep' = { name: 'm' }\n"),
            ("a.bicep", "module m 'main.bicep' = { name: 'm' }\n"),
        ],
        &[
            "1,10) : Error BCP104: The referenced module has errors.",
            "1,10) : Error BCP095: The file is involved in a cycle (\"main.bicep\" -> \"a.bicep\" -> \"main.bicep\").",
        ],
    );
}

#[test]
fn resources() {
    check(
        "resource a 'My.Rp/a' = { name: 'a' }\n",
        &[
            "1,12) : Error BCP029: The resource type is not valid. Specify a valid resource type of format \"<type-name>@<apiVersion>\".",
        ],
    );
    check(
        "resource a 'My.Rp/a@2020-01-01' = {}\n",
        &[
            "1,10) : Error BCP035: The specified \"resource\" declaration is missing the following required properties: \"name\".",
        ],
    );
    check(
        "resource a 'My.Rp/a@2020-01-01' = { name: 1 }\n",
        &[
            "1,43) : Error BCP036: The property \"name\" expected a value of type \"string\" but the provided value is of type \"1\".",
        ],
    );
    check(
        "resource a 'My.Rp/a/b@2020-01-01' = { name: 'x' }\n",
        &[
            "1,45) : Error BCP169: Expected resource name to contain 1 \"/\" character(s). The number of name segments must match the number of segments in the resource type.",
        ],
    );
    check(
        "resource a 'My.Rp/a@2020-01-01' existing = {\n  name: 'a'\n  location: 'x'\n}\noutput o string = a.id\n",
        &[
            "3,3) : Error BCP173: The property \"location\" cannot be used in an existing resource declaration.",
        ],
    );
    check(
        "resource a 'My.Rp/a@2020-01-01' = { name: 'a' }\nresource b 'My.Rp/a@2020-01-01' = { name: a.properties.x }\n",
        &[
            "2,43) : Error BCP120: This expression is being used in an assignment to the \"name\" property of the \"My.Rp/a\" type, which requires a value that can be calculated at the start of the deployment. Properties of a which can be calculated at the start include \"apiVersion\", \"id\", \"name\", \"type\".",
        ],
    );
    check(
        "resource a 'My.Rp/a@2020-01-01' = {\n  name: 'a'\n  dependsOn: ['b']\n}\n",
        &[
            "3,15) : Error BCP034: The enclosing array expected an item of type \"module[] | (resource | module) | resource[]\", but the provided item was of type \"'b'\".",
        ],
    );
    check(
        "resource a 'My.Rp/a@2020-01-01' = [for i in [1]: { name: 'a${i}' }]\noutput o object = a\n",
        &[
            "2,19) : Error BCP144: Directly referencing a resource or module collection is not currently supported here. Apply an array indexer to the expression.",
        ],
    );
    check(
        "resource a 'My.Rp/a@2020-01-01' = { name: 'a' }\nresource b 'My.Rp/c/b@2020-01-01' = {\n  parent: a\n  name: 'b'\n}\n",
        &[
            "3,11) : Error BCP171: Resource type \"My.Rp/c/b\" is not a valid child resource of parent \"My.Rp/a\".",
        ],
    );
}

#[test]
fn modules() {
    let part = (
        "part.bicep",
        "param name string\nparam size int = 1\noutput label string = '${name}${size}'\n",
    );
    check_files(
        &[("main.bicep", "module m 'none.bicep' = { name: 'm' }\n")],
        &["1,10) : Error BCP091: An error occurred reading file. Could not find file 'none.bicep'."],
    );
    check_files(
        &[("main.bicep", "module m 'br:x.example/a:1' = { name: 'm' }\n")],
        &["1,10) : Error BCP190: The artifact with reference \"br:x.example/a:1\" has not been restored."],
    );
    check_files(
        &[("main.bicep", "module m 'part.bicep' = { name: 'm' }\n"), part],
        &[
            "1,8) : Error BCP035: The specified \"module\" declaration is missing the following required properties: \"params\".",
        ],
    );
    check_files(
        &[
            (
                "main.bicep",
                "module m 'part.bicep' = {\n  name: 'm'\n  params: {\n    size: 'x'\n    colour: 1\n  }\n}\noutput o string = m.outputs.labe\noutput p string = m.outputs.x\n",
            ),
            part,
        ],
        &[
            "3,3) : Error BCP035: The specified \"params\" declaration is missing the following required properties: \"name\".",
            "4,11) : Error BCP036: The property \"size\" expected a value of type \"int | null\" but the provided value is of type \"'x'\".",
            "5,5) : Error BCP037: The property \"colour\" is not allowed on objects of type \"params\". Permissible properties include \"name\".",
            "8,29) : Error BCP083: The type \"outputs\" does not contain property \"labe\". Did you mean \"label\"?",
            "9,29) : Error BCP053: The type \"outputs\" does not contain property \"x\". Available properties include \"label\".",
        ],
    );
    check_files(
        &[
            ("main.bicep", "module m 'sub.bicep' = { name: 'm' }\n"),
            ("sub.bicep", "targetScope = 'subscription'\n"),
        ],
        &[
            "1,10) : Error BCP134: Scope \"resourceGroup\" is not valid for this module. Permitted scopes: \"subscription\".",
        ],
    );
    check_files(
        &[
            (
                "main.bicep",
                "import { a, b } from 'shared.bicep'\noutput o string = a\noutput p string = b\n",
            ),
            ("shared.bicep", "@export()\nvar a = 'x'\nvar b = 'y'\n"),
        ],
        &[
            "1,13) : Error BCP360: The 'b' symbol was not found in (or was not exported by) the imported template.",
            "3,5) : Warning no-unused-vars: Variable \"b\" is declared but never used.",
        ],
    );
}

#[test]
fn parameters_files() {
    let main = (
        "main.bicep",
        "param a string\nparam b int = 1\noutput o string = '${a}${b}'\n",
    );
    check_parameters(
        &[("main.bicepparam", "using 'main.bicep'\nparam a = 'x'\n"), main],
        &[],
    );
    check_parameters(
        &[("main.bicepparam", "param a = 'x'\n"), main],
        &["1,1) : Error BCP261: A using declaration must be present in this parameters file."],
    );
    check_parameters(
        &[
            (
                "main.bicepparam",
                "using 'main.bicep'\nparam b = 'x'\nparam c = 1\n",
            ),
            main,
        ],
        &[
            "1,1) : Error BCP258: The following parameters are declared in the Bicep file but are missing an assignment in the params file: \"a\".",
            "2,11) : Error BCP033: Expected a value of type \"int | null\" but the provided value is of type \"'x'\".",
            "3,7) : Error BCP259: The parameter \"c\" is assigned in the params file without being declared in the Bicep file.",
        ],
    );
    check_parameters(
        &[
            (
                "main.bicepparam",
                "using 'main.bicep'\nparam a = readEnvironmentVariable('NAME')\n",
            ),
            main,
        ],
        &[
            "2,11) : Error BCP338: Failed to evaluate parameter \"a\": Environment variable \"NAME\" does not exist, and no default value set.",
        ],
    );
}

#[test]
fn values_of_parameters_files() {
    let main =
        "param a string\nparam b array\nparam c object\nparam d string\noutput o array = [a, b, c, d]\n";
    let text = "using 'main.bicep'\nvar name = 'x'\nvar upper = toUpper('${name}-y')\nparam a = '${upper}!'\nparam d = a\nparam b = [for (x, i) in ['p', 'q']: '${x}${i + 1}']\nparam c = {\n  '${name}': readEnvironmentVariable('NAME', 'none')\n  list: map([1, 2], n => n * 2)\n}\n";
    let compiled = compile_parameters(
        "main.bicepparam",
        &files(&[("main.bicepparam", text), ("main.bicep", main)]),
    );
    assert_eq!(compiled.diagnostics, []);
    assert!(compiled.template.is_some());
    insta::assert_snapshot!(compiled.parameters.map_or(String::new(), |it| it.to_string()), @r#"{"$schema":"https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#","contentVersion":"1.0.0.0","parameters":{"a":{"value":"X-Y!"},"d":{"value":"X-Y!"},"b":{"value":["p1","q2"]},"c":{"value":{"x":"none","list":[2,4]}}}}"#);
}

#[test]
fn unions_and_nulls() {
    check(
        "type t = string | int\nparam p t\noutput o string = any(p)\n",
        &[
            "1,10) : Error BCP293: All members of a union type declaration must be literal values.",
            "1,19) : Error BCP293: All members of a union type declaration must be literal values.",
        ],
    );
    check(
        "param b bool\noutput o string = b ? 'x' : null\n",
        &[
            "2,29) : Warning BCP321: Expected a value of type \"string\" but the provided value is of type \"null | string\".",
        ],
    );
}

#[test]
fn secrets() {
    let vault = "resource v 'Microsoft.KeyVault/vaults@2023-07-01' existing = { name: 'v' }\n";
    check(
        &format!("{vault}output o string = v.getSecret('a')\n"),
        &[
            "2,21) : Error BCP180: Function \"getSecret\" is not valid at this location. It can only be used when directly assigning to a module parameter with a secure decorator.",
        ],
    );
    check(
        "@secure()\nparam p string = 'abc'\noutput o string = p\n",
        &[
            "2,18) : Warning secure-parameter-default: Secure parameters should not have hardcoded defaults (except for empty or newGuid()).",
        ],
    );
    check(
        &format!("{vault}output o object = v.listKeys()\n"),
        &[
            "2,19) : Warning outputs-should-not-contain-secrets: Outputs should not contain secrets. Found possible secret: function 'listKeys'",
        ],
    );
}
