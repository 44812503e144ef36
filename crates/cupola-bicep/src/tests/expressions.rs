//! One expression a line: Bicep on the left, what the template has on the right.

use super::{compiled, said, template};

const DECLARATIONS: &str = "
param p string
param n int
param b bool
param o object
param list array
var v = 'x'
resource plain 'My.Rp/parents@2020-12-01' = { name: p }
resource child 'My.Rp/parents/children@2020-12-01' = { parent: plain, name: 'c' }
resource slashed 'My.Rp/parents/children@2020-12-01' = { name: '${p}/c' }
resource known 'My.Rp/parents@2021-01-01' existing = { name: 'k' }
resource each 'My.Rp/parents@2020-12-01' = [for (item, i) in list: { name: '${item.name}-${i}' }]
";

#[track_caller]
fn check(expression: &str, expected: &str) {
    let text = format!("{DECLARATIONS}\noutput result array = any({expression})\n");
    let template = template(&[("main.bicep", &text)]);
    let value = &template["outputs"]["result"]["value"];
    let found = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    assert_eq!(found, expected, "{expression}");
}

#[test]
fn literals() {
    check("null", "null");
    check("-3", "-3");
    check(r"'it\'s'", "it's");
    check("'[looks like one]'", "[[looks like one]");
    check("[]", "[]");
    check("[1, 'a', p]", r#"[1,"a","[parameters('p')]"]"#);
    check(
        "{ a: 1, 'b-c': { d: v } }",
        r#"{"a":1,"b-c":{"d":"[variables('v')]"}}"#,
    );
    check("{ '${p}': 1 }", r#"{"[format('{0}', parameters('p'))]":1}"#);
    check("'''\nas ${is}\n'''", "as ${is}\n");
}

#[test]
fn operators() {
    check("n + 1 * 2 - 3", "[sub(add(parameters('n'), mul(1, 2)), 3)]");
    check(
        "(n + 1) * 2 / 3 % 4",
        "[mod(div(mul(add(parameters('n'), 1), 2), 3), 4)]",
    );
    check("-n", "[sub(0, parameters('n'))]");
    check(
        "b && !b || b",
        "[or(and(parameters('b'), not(parameters('b'))), parameters('b'))]",
    );
    check("p == 'a'", "[equals(parameters('p'), 'a')]");
    check("p != 'a'", "[not(equals(parameters('p'), 'a'))]");
    check("p =~ 'A'", "[equals(toLower(parameters('p')), toLower('A'))]");
    check(
        "p !~ 'A'",
        "[not(equals(toLower(parameters('p')), toLower('A')))]",
    );
    check("n < 1", "[less(parameters('n'), 1)]");
    check(
        "n >= 1 && n <= 2",
        "[and(greaterOrEquals(parameters('n'), 1), lessOrEquals(parameters('n'), 2))]",
    );
    check("o.a ?? 'none'", "[coalesce(parameters('o').a, 'none')]");
    check("b ? p : null", "[if(parameters('b'), parameters('p'), null())]");
    check("b\n ? 1\n : 2", "[if(parameters('b'), 1, 2)]");
}

#[test]
fn text_that_is_filled_in() {
    check(
        "'a${p}b${n}'",
        "[format('a{0}b{1}', parameters('p'), parameters('n'))]",
    );
    check("'{${p}}'", "[format('{{{0}}}', parameters('p'))]");
    check("'${p}'", "[format('{0}', parameters('p'))]");
    check("'${'${p}!'}'", "[format('{0}', format('{0}!', parameters('p')))]");
    check("$'''<${p}>'''", "[format('<{0}>', parameters('p'))]");
}

#[test]
fn accesses() {
    check("o.a.b", "[parameters('o').a.b]");
    check("o['a'].b", "[parameters('o').a.b]");
    check("o['a-b']", "[parameters('o')['a-b']]");
    check("o[p]", "[parameters('o')[parameters('p')]]");
    check("list[n]", "[parameters('list')[parameters('n')]]");
    check("list[0].a", "[parameters('list')[0].a]");
    check("o.?a", "[tryGet(parameters('o'), 'a')]");
    check("o.?a.b.c", "[tryGet(parameters('o'), 'a', 'b', 'c')]");
    check("o.?a.?b", "[tryGet(tryGet(parameters('o'), 'a'), 'b')]");
    check("(o.?a)!.b", "[tryGet(parameters('o'), 'a').b]");
    check("list[?0]", "[tryGet(parameters('list'), 0)]");
    check("resourceGroup().location", "[resourceGroup().location]");
}

#[test]
fn calls() {
    check("toUpper(p)", "[toUpper(parameters('p'))]");
    check("sys.toUpper(p)", "[toUpper(parameters('p'))]");
    check("az.subscription().id", "[subscription().id]");
    check("any(any(p))", "[parameters('p')]");
    check("nameof(plain.properties)", "properties");
    check("contains(list, true)", "[contains(parameters('list'), true())]");
    check(
        "union(o, { a: [p] })",
        "[union(parameters('o'), createObject('a', createArray(parameters('p'))))]",
    );
    check(
        "map(list, x => x.a)",
        "[map(parameters('list'), lambda('x', lambdaVariables('x').a))]",
    );
    check(
        "reduce(list, 0, (sum, x) => sum + x)",
        "[reduce(parameters('list'), 0, lambda('sum', 'x', add(lambdaVariables('sum'), lambdaVariables('x'))))]",
    );
    check(
        "[...list, 1]",
        "[flatten(createArray(parameters('list'), createArray(1)))]",
    );
    check(
        "{ a: 1, ...o }",
        "[shallowMerge(createArray(createObject('a', 1), parameters('o')))]",
    );
}

#[test]
fn resources() {
    check("plain.id", "[resourceId('My.Rp/parents', parameters('p'))]");
    check("plain.name", "[parameters('p')]");
    check("plain.type", "My.Rp/parents");
    check("plain.apiVersion", "2020-12-01");
    check(
        "plain.properties",
        "[reference(resourceId('My.Rp/parents', parameters('p')), '2020-12-01')]",
    );
    check(
        "plain.properties.a",
        "[reference(resourceId('My.Rp/parents', parameters('p')), '2020-12-01').a]",
    );
    check(
        "plain.location",
        "[reference(resourceId('My.Rp/parents', parameters('p')), '2020-12-01', 'full').location]",
    );
    check(
        "plain",
        "[reference(resourceId('My.Rp/parents', parameters('p')), '2020-12-01', 'full')]",
    );
    check(
        "plain.listKeys().a",
        "[listKeys(resourceId('My.Rp/parents', parameters('p')), '2020-12-01').a]",
    );
    check(
        "known.listKeys('2022-01-01', o)",
        "[listKeys(resourceId('My.Rp/parents', 'k'), '2022-01-01', parameters('o'))]",
    );
    check(
        "child.id",
        "[resourceId('My.Rp/parents/children', parameters('p'), 'c')]",
    );
    check("child.name", "c");
    check(
        "slashed.id",
        "[resourceId('My.Rp/parents/children', split(format('{0}/c', parameters('p')), '/')[0], split(format('{0}/c', parameters('p')), '/')[1])]",
    );
    check(
        "known.properties.a",
        "[reference(resourceId('My.Rp/parents', 'k'), '2021-01-01').a]",
    );
    check(
        "each[n].id",
        "[resourceId('My.Rp/parents', format('{0}-{1}', parameters('list')[parameters('n')].name, parameters('n')))]",
    );
}

#[test]
fn what_is_only_known_later_stands_where_it_is_used() {
    let text = "
resource r 'My.Rp/parents@2020-12-01' = { name: 'r' }
var now = r.name
var later = r.properties.x
var chain = { a: later }
output o object = chain
output n string = now
";
    let template = template(&[("main.bicep", text)]);
    insta::assert_json_snapshot!(template["variables"], @r#"
    {
      "now": "r"
    }
    "#);
    insta::assert_json_snapshot!(template["outputs"], @r#"
    {
      "o": {
        "type": "object",
        "value": {
          "a": "[reference(resourceId('My.Rp/parents', 'r'), '2020-12-01').x]"
        }
      },
      "n": {
        "type": "string",
        "value": "[variables('now')]"
      }
    }
    "#);
}

#[test]
fn a_template_does_not_grow_without_bound() {
    let mut text = String::from("resource r 'My.Rp/a@2020-12-01' = { name: 'r' }\nvar v0 = r.properties.x\n");
    for next in 1..40 {
        text.push_str(&format!("var v{next} = [v{0}, v{0}]\n", next - 1));
    }
    text.push_str("output o array = v39\n");
    insta::assert_snapshot!(said(&compiled(&text)), @"main.bicep(1,1) : Error too-large: The template would be larger than 8388608 bytes.");
}
