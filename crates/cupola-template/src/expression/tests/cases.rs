//! Functions, family by family.

use serde_json::json;

use super::super::{Place, evaluate_text};
use super::{SUBSCRIPTION, World, check, needs, refused};

#[test]
fn reading() {
    check("['a''b']", json!("a'b"));
    check("['']", json!(""));
    check("['''']", json!("'"));
    check("[42]", json!(42));
    check("[-7]", json!(-7));
    check("[+7]", json!(7));
    check("[-9223372036854775808]", json!(i64::MIN));
    check("[9223372036854775807]", json!(i64::MAX));
    check("[\n  concat(\r\n\t'a' ,'b'\n)\n]", json!("ab"));
    check("[CONCAT('a', 'b')]", json!("ab"));
    check("[ns.twice('ab')]", json!("abab"));
    check("[NS . Twice ('ab')]", json!("abab"));
    check("['[brackets]']", json!("[brackets]"));
    check("plain", json!("plain"));
    check("[[plain]", json!("[plain]"));
    check("['ünï😀']", json!("ünï😀"));
}

#[test]
fn what_cannot_be_read() {
    refused(
        "[]",
        "expected token 'LiteralString', 'Integer' or 'Identifier' and actual 'RightSquareBracket'",
    );
    refused("[concat(]", "actual 'RightSquareBracket'");
    refused(
        "[concat('a']",
        "expected token 'RightParenthesis' and actual 'RightSquareBracket'",
    );
    refused("[concat('a',)]", "actual 'RightParenthesis'");
    refused("['open]", "no closing one");
    refused("[true]", "write 'true()'");
    refused("[name]", "neither a call");
    refused("[a.b]", "neither a call");
    refused("[9223372036854775808]", "does not fit 64 bits");
    refused("[1.5]", "expected token 'Identifier'");
    refused("[12ab]", "not an integer");
    refused("[-]", "not an integer");
    refused(
        "[concat('a') 'b']",
        "expected token 'RightSquareBracket' and actual 'LiteralString'",
    );
    refused(
        "[a()]]",
        "expected token 'EndOfData' and actual 'RightSquareBracket'",
    );
    refused("[parameters('object').]", "expected token 'Identifier'");
    refused(
        "[parameters('object')['a']",
        "expected token 'RightSquareBracket' and actual 'EndOfData'",
    );
    refused("[#]", "actual 'Unknown'");
    refused("[a().1]", "expected token 'Identifier' and actual 'Integer'");
}

#[test]
fn accessors() {
    check("[parameters('object').Name]", json!("n"));
    check("[parameters('object').name]", json!("n"));
    check("[parameters('object')['NAME']]", json!("n"));
    check("[parameters('object').inner.list[0]]", json!(1));
    check("[parameters('object').inner.list[1][add(0, 1)]]", json!(3));
    check(
        "[parameters('object')[concat('in', 'ner')].list[1]]",
        json!([2, 3]),
    );
    check("[parameters('object').nothing]", json!(null));
    check("[parameters('object').?nope]", json!(null));
    check("[parameters('object').?nope.deeper[3]]", json!(null));
    check("[parameters('object')[?'inner'].list[?7]]", json!(null));
    check("[parameters('object').nothing.?x]", json!(null));
    check("[resourceGroup().name]", json!("rg"));
    refused(
        "[parameters('object').nope]",
        "The language expression property 'nope' doesn't exist, available properties are 'Name, inner, nothing'.",
    );
    refused(
        "[parameters('object').inner.list[2]]",
        "The language expression property array index '2' is out of bounds.",
    );
    refused(
        "[parameters('object').inner.list[-1]]",
        "array index '-1' is out of bounds",
    );
    refused("[parameters('object').inner.list.x]", "can't be evaluated");
    refused(
        "[parameters('object').nothing.x]",
        "'x' can't be evaluated on a value of type 'Null'",
    );
    refused("[parameters('text').x]", "on a value of type 'String'");
    refused("[parameters('object')[0]]", "can't be evaluated");
}

#[test]
fn names_and_numbers_of_arguments() {
    refused("[foo('a')]", "The template function 'foo' is not valid.");
    refused("[ns.other()]", "The template function 'ns.other' is not valid.");
    refused(
        "[utcNow()]",
        "The template function 'utcNow' is not expected at this location.",
    );
    refused("[newGuid()]", "not expected at this location");
    refused("[lambda('x', 1)]", "not expected at this location");
    refused(
        "[resourceGroup('x')]",
        "function requires 0 argument(s) while 1 were provided.",
    );
    refused(
        "[add(1)]",
        "function requires 2 argument(s) while 1 were provided.",
    );
    refused(
        "[substring('a')]",
        "function requires 2 to 3 argument(s) while 1 were provided.",
    );
    refused(
        "[concat()]",
        "function requires at least 1 argument(s) while 0 were provided.",
    );
    refused("[if(true(), 1)]", "function requires 3 argument(s)");
}

#[test]
fn logic() {
    check("[true()]", json!(true));
    check("[false()]", json!(false));
    check("[null()]", json!(null));
    check("[not(true())]", json!(false));
    check("[and(true(), true(), true())]", json!(true));
    check("[and(true(), false())]", json!(false));
    check("[or(false(), false())]", json!(false));
    check("[if(false(), 1, 2)]", json!(2));
    check("[coalesce(null(), null())]", json!(null));
    check("[coalesce(null(), 0)]", json!(0));
    check("[bool('True')]", json!(true));
    check("[bool('false')]", json!(false));
    check("[bool(0)]", json!(false));
    check("[bool(2)]", json!(true));
    check("[bool(true())]", json!(true));
    refused("[bool('x')]", "neither 'true' nor 'false'");
    refused(
        "[bool(null())]",
        "type of one of the provided parameters is not valid",
    );
    refused(
        "[not('true')]",
        "Unable to evaluate template language function 'not': the type of one of the provided parameters is not valid.",
    );
    refused(
        "[if('true', 1, 2)]",
        "'if': the type of one of the provided parameters is not valid.",
    );
    refused("[and(1, true())]", "'and': the type");
    refused("[fail('because')]", "because");
}

#[test]
fn comparison() {
    check("[equals('a', 'a')]", json!(true));
    check("[equals('a', 'A')]", json!(false));
    check("[equals(toLower('a'), toLower('A'))]", json!(true));
    check("[equals(1, 1)]", json!(true));
    check("[equals(1, '1')]", json!(false));
    check("[equals(null(), null())]", json!(true));
    check("[equals(createArray(1, 2), createArray(1, 2))]", json!(true));
    check("[equals(createArray(1, 2), createArray(2, 1))]", json!(false));
    check(
        "[equals(json('{\"a\":1,\"b\":{\"c\":[1]}}'), json('{\"b\":{\"c\":[1]},\"a\":1}'))]",
        json!(true),
    );
    check("[less(1, 2)]", json!(true));
    check("[less(2, 2)]", json!(false));
    check("[lessOrEquals(2, 2)]", json!(true));
    check("[greater(3, 2)]", json!(true));
    check("[greaterOrEquals(1, 2)]", json!(false));
    check("[less('a', 'b')]", json!(true));
    check("[greater('b', 'a')]", json!(true));
    check("[less(parameters('float'), 3)]", json!(true));
    check("[greater(9223372036854775807, 9223372036854775806)]", json!(true));
    refused(
        "[less(1, 'a')]",
        "Parameter 2 is of type 'String' and has to be 'Integer'",
    );
    refused("[less(true(), false())]", "the type");
}

#[test]
fn numbers() {
    check("[add(5, 3)]", json!(8));
    check("[sub(5, 7)]", json!(-2));
    check("[mul(5, -3)]", json!(-15));
    check("[div(8, 3)]", json!(2));
    check("[div(-8, 3)]", json!(-2));
    check("[mod(7, 3)]", json!(1));
    check("[mod(-7, 3)]", json!(-1));
    check("[min(3, 1, 2)]", json!(1));
    check("[max(createArray(3, 1, 2))]", json!(3));
    check("[min(4)]", json!(4));
    check("[int('42')]", json!(42));
    check("[int(' -42 ')]", json!(-42));
    check("[int(42)]", json!(42));
    check("[int(parameters('float'))]", json!(2));
    check("[float('1.5')]", json!(1.5));
    check("[float(3)]", json!(3.0));
    refused(
        "[add(9223372036854775807, 1)]",
        "Unable to evaluate template language function 'add': the result does not fit 64 bits.",
    );
    refused("[sub(-9223372036854775808, 1)]", "does not fit");
    refused("[mul(9223372036854775807, 2)]", "does not fit");
    refused("[div(-9223372036854775808, -1)]", "does not fit");
    refused("[mod(-9223372036854775808, -1)]", "does not fit");
    refused("[div(1, 0)]", "the divisor is zero");
    refused("[mod(1, 0)]", "the divisor is zero");
    refused(
        "[add(1, 'a')]",
        "Unable to evaluate template language function 'add': the type of one of the provided parameters is not valid.",
    );
    refused("[int('1.5')]", "'1.5' is not an integer");
    refused("[int('99999999999999999999')]", "not an integer of 64 bits");
    refused("[int(float('1e300'))]", "not an integer");
    refused("[float('x')]", "not a number");
    refused("[float('inf')]", "not a number");
    refused("[max(createArray())]", "the array is empty");
    refused("[max(createArray('a'))]", "have to be integers");
}

#[test]
fn arrays() {
    check("[array('a')]", json!(["a"]));
    check("[array(createArray(1))]", json!([1]));
    check("[createArray()]", json!([]));
    check("[createArray(1, 'a', null())]", json!([1, "a", null]));
    check("[concat(createArray(1), createArray(2, 3))]", json!([1, 2, 3]));
    check("[contains(createArray('a', 'b'), 'b')]", json!(true));
    check("[contains(createArray('a', 'b'), 'B')]", json!(false));
    check("[contains(createArray(1, 2), 2)]", json!(true));
    check(
        "[contains(createArray(createArray(1)), createArray(1))]",
        json!(true),
    );
    check("[empty(createArray())]", json!(true));
    check("[empty(createArray(0))]", json!(false));
    check("[empty(null())]", json!(true));
    check("[first(createArray(1, 2))]", json!(1));
    check("[first(createArray())]", json!(null));
    check("[last(createArray(1, 2))]", json!(2));
    check("[indexOf(createArray('a', 'B', 'b'), 'b')]", json!(2));
    check("[indexOf(createArray(1), 2)]", json!(-1));
    check("[lastIndexOf(createArray(1, 2, 1), 1)]", json!(2));
    check(
        "[intersection(createArray(1, 2, 2, 3), createArray(2, 3, 4))]",
        json!([2, 3]),
    );
    check(
        "[intersection(createArray(1, 2), createArray(2, 1), createArray(2))]",
        json!([2]),
    );
    check(
        "[union(createArray(1, 2, 2), createArray(2, 3))]",
        json!([1, 2, 3]),
    );
    check("[join(createArray('a', 1, true()), '-')]", json!("a-1-True"));
    check("[join(createArray(), ',')]", json!(""));
    check("[length(createArray(1, 2))]", json!(2));
    check("[range(5, 3)]", json!([5, 6, 7]));
    check("[range(-2, 2)]", json!([-2, -1]));
    check("[range(0, 0)]", json!([]));
    check("[length(range(0, 10000))]", json!(10000));
    check("[skip(createArray(1, 2, 3), 1)]", json!([2, 3]));
    check("[skip(createArray(1), 5)]", json!([]));
    check("[skip(createArray(1), -5)]", json!([1]));
    check("[take(createArray(1, 2, 3), 2)]", json!([1, 2]));
    check("[take(createArray(1), 9)]", json!([1]));
    check("[take(createArray(1), -1)]", json!([]));
    check(
        "[flatten(createArray(createArray(1), createArray(2, createArray(3))))]",
        json!([1, 2, [3]]),
    );
    check("[indexFromEnd(createArray(1, 2, 3), 1)]", json!(3));
    check("[tryIndexFromEnd(createArray(1, 2, 3), 4)]", json!(null));
    check("[tryIndexFromEnd(createArray(1, 2, 3), 0)]", json!(null));
    refused("[indexFromEnd(createArray(1), 2)]", "out of bounds");
    refused(
        "[concat(createArray(1), 'a')]",
        "Parameter 2 is of type 'String' and has to be 'Array'",
    );
    refused("[concat('a', createArray(1))]", "the type");
    refused("[concat('a', null())]", "the type");
    refused("[range(2147483647, 1)]", "does not fit 32 bits");
    refused("[range(0, -1)]", "between 0 and 10000");
    refused(
        "[join(createArray(createArray()), ',')]",
        "item 0 of the array is of type 'Array'",
    );
    refused("[flatten(createArray(1))]", "has to be an array");
    refused("[first(1)]", "the type");
    refused("[length(1)]", "the type");
    refused("[skip(createArray(), 'a')]", "the type");
}

#[test]
fn objects() {
    check("[createObject()]", json!({}));
    check(
        "[createObject('a', 1, 'b', createArray())]",
        json!({"a": 1, "b": []}),
    );
    check("[contains(parameters('object'), 'NAME')]", json!(true));
    check("[contains(parameters('object'), 'nope')]", json!(false));
    check("[empty(createObject())]", json!(true));
    check("[length(parameters('object'))]", json!(3));
    check(
        "[items(createObject('b', 2, 'A', 1))]",
        json!([{"key": "A", "value": 1}, {"key": "b", "value": 2}]),
    );
    check("[objectKeys(createObject('b', 2, 'a', 1))]", json!(["b", "a"]));
    check(
        "[shallowMerge(createArray(createObject('a', createObject('x', 1)), createObject('A', createObject('y', 2))))]",
        json!({"a": {"y": 2}}),
    );
    check(
        "[union(createObject('a', createObject('x', 1), 'l', createArray(1)), createObject('a', createObject('y', 2), 'l', createArray(2)))]",
        json!({"a": {"x": 1, "y": 2}, "l": [2]}),
    );
    check(
        "[intersection(createObject('a', 1, 'b', 2), createObject('a', 1, 'b', 3))]",
        json!({"a": 1}),
    );
    check("[tryGet(parameters('object'), 'inner', 'list', 1, 0)]", json!(2));
    check("[tryGet(parameters('object'), 'nope', 'x')]", json!(null));
    check("[tryGet(null(), 'x')]", json!(null));
    check("[tryGet(createArray(1), 4)]", json!(null));
    check(
        "[string(createObject('a', createArray(1, 'x')))]",
        json!("{\"a\":[1,\"x\"]}"),
    );
    refused("[createObject('a')]", "the last name has no value");
    refused("[createObject(1, 2)]", "has to be 'String'");
    refused("[items('x')]", "has to be 'Object'");
    refused("[union(createObject(), createArray())]", "has to be 'Object'");
    refused("[tryGet(createArray(), null())]", "the type");
}

#[test]
fn texts() {
    check("[concat('a', 1, true())]", json!("a1True"));
    check("[contains('abc', 'b')]", json!(true));
    check("[contains('abc', 'B')]", json!(false));
    check("[endsWith('abcdef', 'EF')]", json!(true));
    check("[startsWith('abcdef', 'AB')]", json!(true));
    check("[startsWith('abcdef', 'b')]", json!(false));
    check("[empty('')]", json!(true));
    check("[first('abc')]", json!("a"));
    check("[last('abc')]", json!("c"));
    check("[last('')]", json!(""));
    check("[indexOf('test', 'T')]", json!(0));
    check("[lastIndexOf('test', 't')]", json!(3));
    check("[indexOf('abcdef', 'CD')]", json!(2));
    check("[indexOf('abc', 'z')]", json!(-1));
    check("[indexOf('😀x', 'x')]", json!(2));
    check("[indexOf('ÀÉx', 'éX')]", json!(1));
    check("[lastIndexOf('azureml://a/b/model', '/')]", json!(13));
    check(
        "[substring('azureml://a/model', add(lastIndexOf('azureml://a/model', '/'), 1))]",
        json!("model"),
    );
    check("[length('some')]", json!(4));
    check("[length('😀é')]", json!(3));
    check("[padLeft('123', 10, '0')]", json!("0000000123"));
    check("[padLeft(5, 3)]", json!("  5"));
    check("[padLeft('abc', 2)]", json!("abc"));
    check("[replace('123-123-1234', '-', '')]", json!("1231231234"));
    check("[replace('aXa', 'x', 'y')]", json!("aXa"));
    check("[skip('one two', 4)]", json!("two"));
    check("[take('one two', 3)]", json!("one"));
    check("[take('ab', 10)]", json!("ab"));
    check("[split('one,two,three', ',')]", json!(["one", "two", "three"]));
    check(
        "[split('one;two,three', createArray(',', ';'))]",
        json!(["one", "two", "three"]),
    );
    check("[split('a', '')]", json!(["a"]));
    check("[split('', ',')]", json!([""]));
    check(
        "[split('a--b-c', createArray('--', '-'))]",
        json!(["a", "b", "c"]),
    );
    check("[string('a')]", json!("a"));
    check("[string(5)]", json!("5"));
    check("[string(true())]", json!("True"));
    check("[string(createArray('a', 1))]", json!("[\"a\",1]"));
    check("[substring('one two three', 4, 3)]", json!("two"));
    check("[substring('abc', 1)]", json!("bc"));
    check("[substring('abc', 3)]", json!(""));
    check("[substring('a😀b', 1, 2)]", json!("😀"));
    check("[substring('a😀b', 1, 1)]", json!("\u{fffd}"));
    check("[toLower('One TWO Ü')]", json!("one two ü"));
    check("[toUpper('One two ß')]", json!("ONE TWO ß"));
    check("[trim('  a b \t')]", json!("a b"));
    check("[uniqueString('hello', 'world')]", json!("a7wkljktk6wne"));
    check(
        "[equals(uniqueString(resourceGroup().id), uniqueString(resourceGroup().id))]",
        json!(true),
    );
    check("[guid('a', 'b')]", json!(super::super::name_guid("a-b")));
    refused(
        "[substring('abc', 0, 10)]",
        "the index and length parameters must refer to a location within the string. The index parameter: '0', the length parameter: '10', the length of the string parameter: '3'.",
    );
    refused(
        "[substring('abc', 4)]",
        "must refer to a location within the string",
    );
    refused(
        "[substring('abc', -1)]",
        "must refer to a location within the string",
    );
    refused(
        "[substring('abc', 9223372036854775807, 9223372036854775807)]",
        "must refer to",
    );
    refused("[substring('abc', -9223372036854775808)]", "must refer to");
    refused("[replace('a', '', 'b')]", "is empty");
    refused("[padLeft('a', -1)]", "negative");
    refused("[padLeft('a', 5, 'xy')]", "exactly one character");
    refused("[split('a', 1)]", "the type");
    refused("[split('a', createArray(1))]", "have to be strings");
    refused("[toLower(1)]", "the type");
    refused("[uniqueString(1)]", "the type");
}

#[test]
fn formats() {
    check(
        "[format('{0}-subscription', 'model')]",
        json!("model-subscription"),
    );
    check("[format('{0}/{1}', 'a', 'b')]", json!("a/b"));
    check("[format('{1}{0}{1}', 'a', 2)]", json!("2a2"));
    check("[format('{{{0}}}', 'x')]", json!("{x}"));
    check("[format('plain')]", json!("plain"));
    check("[format('{0}', true())]", json!("True"));
    check("[format('{0}', null())]", json!(""));
    check("[format('{0}', createArray(1, 'a'))]", json!("[1,\"a\"]"));
    check("[format('{0,5}|{0,-5}|', 'ab')]", json!("   ab|ab   |"));
    check("[format('{0:D3}', 7)]", json!("007"));
    check("[format('{0:D3}', -7)]", json!("-007"));
    check("[format('{0:d}', 7)]", json!("7"));
    check("[format('{0:X}', 255)]", json!("FF"));
    check("[format('{0:x4}', 255)]", json!("00ff"));
    check("[format('{0:X}', -1)]", json!("FFFFFFFFFFFFFFFF"));
    check("[format('{0:N0}', 8175133)]", json!("8,175,133"));
    check("[format('{0:N}', 1234)]", json!("1,234.00"));
    check("[format('{0:N1}', -1234567)]", json!("-1,234,567.0"));
    check("[format('{0:F1}', parameters('float'))]", json!("2.5"));
    check("[format('{0:F0}', parameters('float'))]", json!("3"));
    check("[format('{0:P0}', parameters('float'))]", json!("250 %"));
    check("[format('{0:C}', 1234)]", json!("¤1,234.00"));
    check("[format('{0:E2}', 12345)]", json!("1.23E+004"));
    check("[format('{0:G}', 12345)]", json!("12345"));
    check("[format('{0:B8}', 5)]", json!("00000101"));
    check("[format('{0:000}', 7)]", json!("007"));
    check("[format('{0:00}', 123)]", json!("123"));
    check("[format('{0:#,##0.00}', 1234567)]", json!("1,234,567.00"));
    check("[format('{0:0.##}', parameters('float'))]", json!("2.5"));
    check("[format('{0:#}', 0)]", json!(""));
    check("[format('{0:node-00}', 5)]", json!("node-05"));
    check("[format('{0:0;minus 0;none}', -4)]", json!("minus 4"));
    check("[format('{0:0;minus 0;none}', 0)]", json!("none"));
    check("[format('{0,6:D3}|', 7)]", json!("   007|"));
    check("[format('{0:D3}', 'text')]", json!("text"));
    refused("[format('{0}')]", "it names the argument 0");
    refused("[format('{2}', 'a', 'b')]", "the last one is 1");
    refused("[format('{x}', 'a')]", "'{x}' is not an index");
    refused("[format('{', 'a')]", "a brace is alone");
    refused("[format('a}', 'a')]", "a brace is alone");
    refused("[format('{-1}', 'a')]", "is not an index");
    refused(
        "[format('{0:D3}', parameters('float'))]",
        "'D3' is not a format of the number 2.5",
    );
    refused("[format('{0:N100}', 1)]", "is not a format");
    refused("[format('{18446744073709551615}', 1)]", "it names the argument");
}

#[test]
fn encodings() {
    check("[base64('one, two, three')]", json!("b25lLCB0d28sIHRocmVl"));
    check(
        "[base64ToString('b25lLCB0d28sIHRocmVl')]",
        json!("one, two, three"),
    );
    check("[base64ToJson(base64('{\"a\":1}')).a]", json!(1));
    check(
        "[dataUri('Hello')]",
        json!("data:text/plain;charset=utf8;base64,SGVsbG8="),
    );
    check(
        "[dataUriToString('data:;base64,SGVsbG8sIFdvcmxkIQ==')]",
        json!("Hello, World!"),
    );
    check("[dataUriToString('data:,a%20b')]", json!("a b"));
    check(
        "[base64ToJson(base64('{''one'': ''a'', ''two'': ''b''}'))]",
        json!({"one": "a", "two": "b"}),
    );
    check(
        "[json('{a: [1, ''x'',], /* b */ ''c'': null, // d\n}')]",
        json!({"a": [1, "x"], "c": null}),
    );
    check(
        r#"[json('["\u00e9\ud83d\ude00", ''\n\''\\'',]')]"#,
        json!(["é😀", "\n'\\"]),
    );
    check("[json('[true, -1.5e1,]')]", json!([true, -15.0]));
    refused("[json('{a}')]", "not valid JSON");
    refused("[json('[1 2]')]", "not valid JSON");
    refused("[json('[,]')]", "not valid JSON");
    refused("[json('''open')]", "not valid JSON");
    refused("[json('''a'' b')]", "not valid JSON");
    refused(r"[json('''\u+123''')]", "not valid JSON");
    refused("[json('undefined')]", "not valid JSON");
    check("[json('null')]", json!(null));
    check("[json('{\"a\":[1,2.5]}')]", json!({"a": [1, 2.5]}));
    check("[json('0.5')]", json!(0.5));
    check(
        "[uriComponent('http://contoso.com/resources/nested/azuredeploy.json')]",
        json!("http%3A%2F%2Fcontoso.com%2Fresources%2Fnested%2Fazuredeploy.json"),
    );
    check("[uriComponent('a b~é')]", json!("a%20b~%C3%A9"));
    check(
        "[uriComponentToString('http%3A%2F%2Fcontoso.com%2Fa%20%zz')]",
        json!("http://contoso.com/a %zz"),
    );
    check(
        "[uri('http://contoso.com/resources/', 'nested/azuredeploy.json')]",
        json!("http://contoso.com/resources/nested/azuredeploy.json"),
    );
    check(
        "[uri('http://contoso.org/firstpath', 'myscript.sh')]",
        json!("http://contoso.org/myscript.sh"),
    );
    check(
        "[uri('http://contoso.org/firstpath/azuredeploy.json', 'myscript.sh')]",
        json!("http://contoso.org/firstpath/myscript.sh"),
    );
    check(
        "[uri('http://contoso.org/a/b/', '../c')]",
        json!("http://contoso.org/a/c"),
    );
    check(
        "[uri('http://contoso.org/a/b/', '/c?d=1')]",
        json!("http://contoso.org/c?d=1"),
    );
    check("[uri('http://contoso.org', 'c')]", json!("http://contoso.org/c"));
    check(
        "[uri('http://contoso.org/a', 'https://x/y')]",
        json!("https://x/y"),
    );
    check(
        "[uri('http://contoso.org/a?sig=1', '')]",
        json!("http://contoso.org/a?sig=1"),
    );
    refused("[uri('nothing', 'c')]", "not an absolute URI");
    refused("[json('{')]", "not valid JSON");
    refused("[json('')]", "not valid JSON");
    refused("[base64ToString('***')]", "not valid base64");
    refused("[dataUriToString('x')]", "not a data URI");
}

#[test]
fn dates() {
    check(
        "[dateTimeAdd('2020-04-07 14:53:14Z', 'P3Y')]",
        json!("2023-04-07 14:53:14Z"),
    );
    check(
        "[dateTimeAdd('2020-04-07 14:53:14Z', '-P9D')]",
        json!("2020-03-29 14:53:14Z"),
    );
    check(
        "[dateTimeAdd('2020-04-07 14:53:14Z', 'PT1H')]",
        json!("2020-04-07 15:53:14Z"),
    );
    check(
        "[dateTimeAdd('20200407T145314Z', 'P1D')]",
        json!("20200408T145314Z"),
    );
    check(
        "[dateTimeAdd('2020-04-07T14:53:14.1230000Z', 'PT1M')]",
        json!("2020-04-07T14:54:14.1230000Z"),
    );
    check(
        "[dateTimeAdd('2020-04-07T14:53:14+02:00', 'PT1M')]",
        json!("2020-04-07T12:54:14Z"),
    );
    check("[dateTimeAdd('2020-01-31', 'P1M')]", json!("2020-02-29"));
    check(
        "[dateTimeAdd('2020-04-07T14:53:14Z', 'P1D', 'yyyy-MM')]",
        json!("2020-04"),
    );
    check("[dateTimeFromEpoch(1683040573)]", json!("2023-05-02T15:16:13Z"));
    check("[dateTimeToEpoch('2023-05-02T15:16:13Z')]", json!(1683040573));
    check("[dateTimeToEpoch(dateTimeFromEpoch(-1))]", json!(-1));
    refused(
        "[dateTimeAdd('yesterday', 'P1D')]",
        "'yesterday' is not a date and time",
    );
    refused(
        "[dateTimeAdd('2020-04-07', 'tomorrow')]",
        "not an ISO 8601 duration",
    );
    refused("[dateTimeAdd('2020-04-07', 'P9000Y')]", "beyond the dates");
    refused("[dateTimeFromEpoch(9223372036854775807)]", "beyond the dates");
    refused("[dateTimeAdd('2020-04-07', 'P1D', 'q')]", "not a valid format");
}

#[test]
fn address_ranges() {
    check(
        "[parseCidr('10.144.0.0/20')]",
        json!({
            "network": "10.144.0.0", "netmask": "255.255.240.0", "broadcast": "10.144.15.255",
            "firstUsable": "10.144.0.1", "lastUsable": "10.144.15.254", "cidr": 20,
        }),
    );
    check(
        "[parseCidr('fdad:3236:5555::/48')]",
        json!({
            "network": "fdad:3236:5555::", "netmask": "ffff:ffff:ffff::", "firstUsable": "fdad:3236:5555::",
            "lastUsable": "fdad:3236:5555:ffff:ffff:ffff:ffff:ffff", "cidr": 48,
        }),
    );
    check("[parseCidr('10.144.3.7/20').network]", json!("10.144.0.0"));
    check("[parseCidr('0.0.0.0/0').broadcast]", json!("255.255.255.255"));
    check(
        "[parseCidr('::/0').lastUsable]",
        json!("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    );
    check("[parseCidr('10.0.0.1/32').firstUsable]", json!("10.0.0.1"));
    check(
        "[parseCidr('::1/128').netmask]",
        json!("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    );
    check("[cidrSubnet('10.144.0.0/20', 24, 0)]", json!("10.144.0.0/24"));
    check("[cidrSubnet('10.144.0.0/20', 24, 15)]", json!("10.144.15.0/24"));
    check(
        "[cidrSubnet('fdad:3236:5555::/48', 52, 2)]",
        json!("fdad:3236:5555:2000::/52"),
    );
    check("[cidrSubnet('0.0.0.0/0', 0, 0)]", json!("0.0.0.0/0"));
    check("[cidrSubnet('::/0', 0, 0)]", json!("::/0"));
    check(
        "[cidrSubnet('::/0', 128, 9223372036854775807)]",
        json!("::7fff:ffff:ffff:ffff/128"),
    );
    check("[cidrHost('10.144.3.0/24', 0)]", json!("10.144.3.1"));
    check("[cidrHost('10.144.3.0/24', 253)]", json!("10.144.3.254"));
    refused("[cidrHost('10.144.3.0/24', 254)]", "no host with the index 254");
    refused(
        "[cidrSubnet('10.144.0.0/20', 24, 16)]",
        "no subnet with the index 16",
    );
    refused("[cidrSubnet('10.144.0.0/20', 16, 0)]", "between 20 and 32");
    refused("[cidrSubnet('10.144.0.0/20', 24, -1)]", "no subnet");
    refused("[parseCidr('10.144.0.0')]", "not an address range");
    refused("[parseCidr('10.144.0.0/33')]", "not an address range");
}

#[test]
fn resource_ids() {
    let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg");
    check(
        "[resourceId('N.S/types', 'x')]",
        json!(format!("{group}/providers/N.S/types/x")),
    );
    check(
        "[resourceId('N.S/a/b', 'x', 'y')]",
        json!(format!("{group}/providers/N.S/a/x/b/y")),
    );
    check(
        "[resourceId('other', 'N.S/a', 'x')]",
        json!(format!(
            "/subscriptions/{SUBSCRIPTION}/resourceGroups/other/providers/N.S/a/x"
        )),
    );
    check(
        "[resourceId('sub', 'other', 'N.S/a', 'x')]",
        json!("/subscriptions/sub/resourceGroups/other/providers/N.S/a/x"),
    );
    check(
        "[extensionResourceId('/base/id', 'N.S/locks', 'l')]",
        json!("/base/id/providers/N.S/locks/l"),
    );
    check(
        "[subscriptionResourceId('N.S/a', 'x')]",
        json!(format!("/subscriptions/{SUBSCRIPTION}/providers/N.S/a/x")),
    );
    check(
        "[subscriptionResourceId('sub', 'N.S/a', 'x')]",
        json!("/subscriptions/sub/providers/N.S/a/x"),
    );
    check(
        "[subscriptionResourceId('Microsoft.Resources/resourceGroups', 'g')]",
        json!(format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/g")),
    );
    check(
        "[tenantResourceId('N.S/a/b', 'x', 'y')]",
        json!("/providers/N.S/a/x/b/y"),
    );
    check(
        "[managementGroupResourceId('mg', 'N.S/a', 'x')]",
        json!("/providers/Microsoft.Management/managementGroups/mg/providers/N.S/a/x"),
    );
    refused(
        "[resourceId('N.S/a/b', 'x')]",
        "the type 'N.S/a/b' requires '2' resource name argument(s)",
    );
    refused(
        "[resourceId('N.S/a', 'x', 'y')]",
        "requires '1' resource name argument(s) while 2 were provided",
    );
    refused("[resourceId('nothing', 'x')]", "fully qualified resource type");
    refused(
        "[resourceId('N.S/a', '')]",
        "a resource name of type 'N.S/a' is empty",
    );
    refused("[resourceId('N.S//a', 'x', 'y')]", "is not a resource type");
    refused(
        "[resourceId('N.S/a', 1)]",
        "the type of one of the provided parameters",
    );
    refused(
        "[managementGroupResourceId('N.S/a', 'x')]",
        "not within a management group",
    );
    let wide = World::at(Place {
        subscription: Some("s"),
        ..Place::default()
    });
    let id = evaluate_text("[resourceId('N.S/a', 'x')]", &wide);
    assert_eq!(id, Ok(json!("/subscriptions/s/providers/N.S/a/x")));
    let tenant = World::at(Place::default());
    assert_eq!(
        evaluate_text("[resourceId('N.S/a', 'x')]", &tenant),
        Ok(json!("/providers/N.S/a/x"))
    );
    assert!(evaluate_text("[subscriptionResourceId('N.S/a', 'x')]", &tenant).is_err());
}

#[test]
fn lambdas() {
    check(
        "[filter(range(0, 5), lambda('x', greater(lambdaVariables('x'), 2)))]",
        json!([3, 4]),
    );
    check(
        "[filter(createArray('a', 'b', 'c'), lambda('x', 'i', equals(lambdaVariables('i'), 1)))]",
        json!(["b"]),
    );
    check(
        "[map(createArray('a', 'b'), lambda('x', concat(lambdaVariables('x'), '!')))]",
        json!(["a!", "b!"]),
    );
    check(
        "[map(createArray('a', 'b'), lambda('x', 'i', lambdaVariables('I')))]",
        json!([0, 1]),
    );
    check(
        "[map(createArray(1, 2), lambda('x', map(createArray(10, 20), lambda('y', add(lambdaVariables('x'), lambdaVariables('y'))))))]",
        json!([[11, 21], [12, 22]]),
    );
    check(
        "[map(createArray(1), lambda('x', map(createArray(2), lambda('x', lambdaVariables('x')))))]",
        json!([[2]]),
    );
    check(
        "[sort(createArray(3, 1, 2), lambda('a', 'b', less(lambdaVariables('a'), lambdaVariables('b'))))]",
        json!([1, 2, 3]),
    );
    check("[sort(createArray(), lambda('a', 'b', true()))]", json!([]));
    check(
        "[length(sort(range(0, 100), lambda('a', 'b', true())))]",
        json!(100),
    );
    check(
        "[sort(createArray('b1', 'a1', 'b2', 'a2'), lambda('a', 'b', less(take(lambdaVariables('a'), 1), take(lambdaVariables('b'), 1))))]",
        json!(["a1", "a2", "b1", "b2"]),
    );
    check(
        "[reduce(range(1, 4), 0, lambda('sum', 'x', add(lambdaVariables('sum'), lambdaVariables('x'))))]",
        json!(10),
    );
    check(
        "[reduce(range(1, 3), 0, lambda('sum', 'x', 'i', add(lambdaVariables('sum'), lambdaVariables('i'))))]",
        json!(3),
    );
    check(
        "[reduce(createArray(), 7, lambda('a', 'x', fail('no')))]",
        json!(7),
    );
    check(
        "[toObject(createArray('a', 'b'), lambda('x', lambdaVariables('x')), lambda('x', toUpper(lambdaVariables('x'))))]",
        json!({"a": "A", "b": "B"}),
    );
    check(
        "[toObject(createArray('a'), lambda('x', lambdaVariables('x')))]",
        json!({"a": "a"}),
    );
    check(
        "[groupBy(createArray('foo', 'bar', 'baz'), lambda('x', take(lambdaVariables('x'), 1)))]",
        json!({"f": ["foo"], "b": ["bar", "baz"]}),
    );
    check(
        "[mapValues(createObject('a', 1, 'b', 2), lambda('v', mul(lambdaVariables('v'), 2)))]",
        json!({"a": 2, "b": 4}),
    );
    refused(
        "[lambdaVariables('x')]",
        "The template lambda variable 'x' is not found.",
    );
    refused(
        "[map(createArray(1), lambda('x', lambdaVariables('y')))]",
        "'y' is not found",
    );
    refused(
        "[concat(map(createArray(1), lambda('x', 1)), lambdaVariables('x'))]",
        "'x' is not found",
    );
    refused("[map('a', lambda('x', 1))]", "has to be 'Array'");
    refused("[map(createArray(1), 1)]", "must be a call of 'lambda'");
    refused("[map(createArray(1), concat('x', 'y'))]", "written in place");
    refused(
        "[map(createArray(1), lambda(1))]",
        "takes 1 to 2 variables and names 0",
    );
    refused(
        "[map(createArray(1), lambda('a', 'b', 'c', 1))]",
        "takes 1 to 2 variables and names 3",
    );
    refused(
        "[map(createArray(1), lambda(concat('a'), 1))]",
        "must be literal strings",
    );
    refused(
        "[filter(createArray(1), lambda('x', 1))]",
        "has to result in a boolean",
    );
    refused(
        "[sort(createArray(1, 2), lambda('a', 'b', 1))]",
        "has to result in a boolean",
    );
    refused("[toObject(createArray(1), lambda('x', 1))]", "has to be 'String'");
    refused("[mapValues(createArray(), lambda('x', 1))]", "has to be 'Object'");
    needs(
        "[filter(createArray('a', 'b'), lambda('x', reference(lambdaVariables('x')).ok))]",
        &["a", "b"],
    );
}

#[test]
fn deep_json_is_refused() {
    let nested = format!("[json('{}1{}')]", "[".repeat(5_000), ",]".repeat(5_000));
    refused(&nested, "not valid JSON");
    let bearable = format!("[length(json('{}1{}'))]", "[".repeat(120), ",]".repeat(120));
    check(&bearable, json!(1));
}

/// The examples of the published reference, with the outputs that it prints.
#[test]
fn documented_examples() {
    check(
        "[format('{0}, {1}. Formatted number: {2:N0}', 'Hello', 'User', 8175133)]",
        json!("Hello, User. Formatted number: 8,175,133"),
    );
    check(
        r#"[union(json('{"property":{"one":"a","two":"b","three":"c1"},"nestedArray":[1,2]}'), json('{"property":{"three":"c2","four":"d","five":"e"},"nestedArray":[3,4]}'))]"#,
        json!({"property": {"one": "a", "two": "b", "three": "c2", "four": "d", "five": "e"}, "nestedArray": [3, 4]}),
    );
    check(
        r#"[union(json('[["one","two"],["three"]]'), json('[["three"],["four","two"]]'))]"#,
        json!([["one", "two"], ["three"], ["four", "two"]]),
    );
    check(
        "[intersection(json('{\"one\":\"a\",\"two\":\"b\",\"three\":\"c\"}'), json('{\"one\":\"a\",\"two\":\"z\",\"three\":\"c\"}'))]",
        json!({"one": "a", "three": "c"}),
    );
    check(
        "[filter(range(0, 10), lambda('i', equals(0, mod(lambdaVariables('i'), 2))))]",
        json!([0, 2, 4, 6, 8]),
    );
    check(
        "[reduce(createArray(createObject('foo', 123), createObject('bar', 456), createObject('baz', 789)), createObject(), lambda('cur', 'next', union(lambdaVariables('cur'), lambdaVariables('next'))))]",
        json!({"foo": 123, "bar": 456, "baz": 789}),
    );
    check("[empty(json('null'))]", json!(true));
    check("[replace('123-123-1234', '1234', 'xxxx')]", json!("123-123-xxxx"));
    check("[indexOf('abcdef', 'zzz')]", json!(-1));
    check("[lastIndexOf('abcdef', 'AB')]", json!(0));
}

/// What documented templates, Bicep and the SDK's templates say.
#[test]
fn expressions_from_real_templates() {
    check(
        "[not(startsWith('azureml://registries/azureml/models/x', 'azureml://registries/azureml/'))]",
        json!(false),
    );
    check("[replace('meta.llama', '.', '-')]", json!("meta-llama"));
    check("[split(format('{0}/{1}', 'w', 'e'), '/')[1]]", json!("e"));
    needs(
        "[reference(resourceId('Microsoft.MachineLearningServices/workspaces/serverlessEndpoints', split(format('{0}/{1}', 'w', 'e'), '/')[0], split(format('{0}/{1}', 'w', 'e'), '/')[1]), '2024-04-01-preview').inferenceEndpoint.uri]",
        &[&format!(
            "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/w/serverlessEndpoints/e"
        )],
    );
    check(
        "[if(equals(toLower('Hub'), toLower('hub')), json('null'), createObject('a', 1))]",
        json!(null),
    );
    check(
        "[union(createObject('a', 1), if(empty(''), createObject(), createObject('b', 2)))]",
        json!({"a": 1}),
    );
}
