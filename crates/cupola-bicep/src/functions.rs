//! The functions of the namespaces `sys` and `az`: how many arguments they take, of which types, what comes
//! back, and where they may stand.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::types::Ty;

#[derive(Clone, Debug)]
pub(crate) struct Signature {
    pub(crate) name: &'static str,
    pub(crate) namespace: &'static str,
    pub(crate) parameters: Vec<Ty>,
    pub(crate) required: usize,
    /// Whether the last parameter may be repeated.
    pub(crate) repeats: bool,
    pub(crate) returns: Ty,
    pub(crate) place: Place,
}

/// Where a function may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Anywhere,
    ParameterDefault,
    /// It says something of deployed resources, so that it is not known at the start of the deployment.
    Runtime,
    /// Only in a parameters file.
    ParametersFile,
}

// name, parameters and result. `s`tring `i`nt `b`ool `a`rray `o`bject `l`ambda; `x` is any of them, `c` is a
// string, an array or an object; `?` may be left out, `*` may be repeated.
const SYS: &str = "\
any x x
array x a
base64 s s
base64ToJson s x
base64ToString s s
bool x b
buildUri o s
cidrHost si s
cidrSubnet sii s
concat x* x
contains xx b
dataUri s s
dataUriToString s s
dateTimeAdd sss? s
dateTimeFromEpoch i s
dateTimeToEpoch s i
distinct a a
empty x b
endsWith ss b
fail s x
filter al a
first x x
flatten a a
format sx*? s
groupBy all? o
guid x* s
indexOf xx i
int x i
intersection xx* x
items o a
join as s
json s x
last x x
lastIndexOf xx i
length c i
like ss b
loadDirectoryFileInfo ss? a
loadFileAsBase64 s s
loadJsonContent ss?s? x
loadTextContent ss? s
loadYamlContent ss?s? x
map al a
mapValues ol o
max x* i
min x* i
nameof x s
newGuid  s
objectKeys o a
padLeft xis? s
parseCidr s o
parseUri s o
range ii a
reduce axl x
replace sss s
shallowMerge a o
skip xi x
sort al a
split sx a
startsWith ss b
string x s
substring sii? s
take xi x
toLower s s
toObject all? o
toUpper s s
trim s s
union xx* x
uniqueString x* s
uri ss s
uriComponent s s
uriComponentToString s s
utcNow s? s
externalInput sx? x
readCliArg s s
readEnvironmentVariable ss? s";

const AZ: &str = "\
deployer  o
deployment  o
environment  o
extensionResourceId sss* s
getSecret sssss? s
managementGroup s? o
managementGroupResourceId ss* s
pickZones sssi?i? a
providers ss? o
reference xs?s? o
resourceGroup s?s? o
resourceId ss* s
roleDefinitions s o
subscription s? o
subscriptionResourceId ss* s
tenant  o
tenantResourceId ss* s
toLogicalZone sss s
toLogicalZones sas a
toPhysicalZone sss s
toPhysicalZones sas a";

static TABLE: LazyLock<HashMap<&'static str, Signature>> = LazyLock::new(|| {
    [("sys", SYS), ("az", AZ)]
        .into_iter()
        .flat_map(|(namespace, lines)| lines.lines().map(move |line| signature(namespace, line)))
        .map(|signature| (signature.name, signature))
        .collect()
});

fn signature(namespace: &'static str, line: &'static str) -> Signature {
    let mut parts = line.split(' ');
    let mut next = || parts.next().unwrap_or_default();
    let (name, codes, returns) = (next(), next(), next());
    let mut parameters = Vec::new();
    let mut required = 0;
    let mut repeats = false;
    for code in codes.chars() {
        match code {
            '?' => required -= 1,
            '*' => repeats = true,
            code => {
                parameters.push(of_code(code));
                required += 1;
            }
        }
    }
    Signature {
        name,
        namespace,
        parameters,
        required,
        repeats,
        returns: returns.chars().next().map_or(Ty::Any, of_code),
        place: place(name),
    }
}

fn of_code(code: char) -> Ty {
    match code {
        's' => Ty::Text,
        'i' => Ty::Int,
        'b' => Ty::Bool,
        'a' => Ty::Array(None),
        'o' => Ty::Object(None),
        'l' => Ty::Lambda,
        'c' => Ty::union([Ty::Array(None), Ty::Object(None), Ty::Text]),
        _ => Ty::Any,
    }
}

fn place(name: &str) -> Place {
    match name {
        "newGuid" | "utcNow" => Place::ParameterDefault,
        "reference" => Place::Runtime,
        "readEnvironmentVariable" | "readCliArg" | "externalInput" | "getSecret" => Place::ParametersFile,
        _ => Place::Anywhere,
    }
}

pub(crate) fn find(name: &str) -> Option<Signature> {
    if let Some(signature) = TABLE.get(name) {
        return Some(signature.clone());
    }
    // Each resource provider has list functions of its own.
    let verb = name.strip_prefix("list")?;
    let lists = verb
        .chars()
        .next()
        .is_some_and(|first| first.is_ascii_uppercase());
    lists.then(|| Signature {
        name: "list*",
        namespace: "az",
        parameters: vec![Ty::Text, Ty::Text, Ty::Object(None)],
        required: 2,
        repeats: false,
        returns: Ty::Any,
        place: Place::Runtime,
    })
}

pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.keys().copied()
}

/// Functions of JSON templates for which Bicep has something better.
pub(crate) fn replaced(name: &str) -> Option<(&'static str, String)> {
    let operator = |sign: &str| {
        Some((
            "BCP069",
            format!("The function \"{name}\" is not supported. Use the \"{sign}\" operator instead."),
        ))
    };
    match name {
        "variables" => Some(("BCP060", "The \"variables\" function is not supported. Directly reference variables by their symbolic names.".into())),
        "parameters" => Some(("BCP061", "The \"parameters\" function is not supported. Directly reference parameters by their symbolic names.".into())),
        "if" => Some(("BCP100", "The function \"if\" is not supported. Use the \"?:\" (ternary conditional) operator instead, e.g. condition ? ValueIfTrue : ValueIfFalse".into())),
        "createArray" => Some(("BCP101", "The \"createArray\" function is not supported. Construct an array literal using [].".into())),
        "createObject" => Some(("BCP102", "The \"createObject\" function is not supported. Construct an object literal using {}.".into())),
        "add" => operator("+"),
        "sub" => operator("-"),
        "mul" => operator("*"),
        "div" => operator("/"),
        "mod" => operator("%"),
        "less" => operator("<"),
        "lessOrEquals" => operator("<="),
        "greater" => operator(">"),
        "greaterOrEquals" => operator(">="),
        "equals" => operator("=="),
        "not" => operator("!"),
        "and" => operator("&&"),
        "or" => operator("||"),
        "coalesce" => operator("??"),
        _ => None,
    }
}

/// How many arguments a lambda may take, by function and by the argument's place.
pub(crate) fn lambda_arity(function: &str, argument: usize) -> Option<(usize, usize)> {
    match (function, argument) {
        ("map" | "filter", 1) => Some((1, 2)),
        ("sort", 1) => Some((2, 2)),
        ("reduce", 2) => Some((2, 3)),
        ("toObject" | "groupBy", 1 | 2) | ("mapValues", 1) => Some((1, 1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, required: usize, most: Option<usize>) {
        let found = find(name).expect("it is in the table");
        let limit = (!found.repeats).then_some(found.parameters.len());
        assert_eq!((found.required, limit), (required, most), "{name}");
    }

    #[test]
    fn arities() {
        check("substring", 2, Some(3));
        check("concat", 1, None);
        check("resourceId", 2, None);
        check("resourceGroup", 0, Some(2));
        check("newGuid", 0, Some(0));
        check("listKeys", 2, Some(3));
        check("pickZones", 3, Some(5));
        assert!(find("listing").is_none());
    }
}
