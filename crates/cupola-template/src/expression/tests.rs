//! One-line cases: an expression and its value, or a part of what is said against it.

#![allow(clippy::unwrap_used, reason = "a test that fails tells where")]

mod cases;
mod properties;

use std::cell::Cell;

use serde_json::{Value, json};

use super::*;

const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";

/// Surroundings with a few parameters, one user function, and one resource whose state is there.
struct World {
    place: Place<'static>,
    budget: Option<Budget>,
    /// How often the scope was asked.
    asked: Cell<usize>,
}

impl World {
    fn group() -> Self {
        Self::at(Place {
            subscription: Some(SUBSCRIPTION),
            group: Some("rg"),
            tenant: "t",
            management_group: None,
        })
    }

    fn at(place: Place<'static>) -> Self {
        Self {
            place,
            budget: None,
            asked: Cell::new(0),
        }
    }
}

impl Scope for World {
    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, Stop>> {
        self.asked.set(self.asked.get() + 1);
        let first = arguments.first().and_then(Value::as_str).unwrap_or_default();
        Some(match (name, first) {
            ("parameters", "text") => Ok(json!("some text")),
            ("parameters", "object") => {
                Ok(json!({"Name": "n", "inner": {"list": [1, [2, 3]]}, "nothing": null}))
            }
            ("parameters", "float") => Ok(json!(2.5)),
            ("parameters", "large") => Ok("x".repeat(1 << 20).into()),
            ("parameters", "missing") => Err(Stop::fault("The template parameter 'missing' is not found.")),
            ("resourcegroup", _) => Ok(json!({"id": "/subscriptions/s/resourceGroups/rg", "name": "rg"})),
            ("reference", "ready") => Ok(json!({"uri": "http://x"})),
            ("reference", id) => {
                let full = arguments.get(2).and_then(Value::as_str) == Some("Full");
                Err(Stop::need(Need::Reference {
                    id: id.to_owned(),
                    api_version: None,
                    full,
                }))
            }
            ("listkeys", id) => Err(Stop::need(Need::List {
                function: name.to_owned(),
                id: id.to_owned(),
                api_version: None,
                body: None,
            })),
            ("ns.deeper", text) => evaluate_text(text, self),
            ("ns.twice", first) => Ok(format!("{first}{first}").into()),
            _ => return None,
        })
    }

    fn place(&self) -> Place<'_> {
        self.place
    }

    fn budget(&self) -> Option<&Budget> {
        self.budget.as_ref()
    }
}

fn check(text: &str, expected: Value) {
    match evaluate_text(text, &World::group()) {
        Ok(value) => assert_eq!(value, expected, "{text}"),
        Err(stop) => panic!("{text}: {stop:?}"),
    }
}

/// The fault says this, and points into the text.
#[track_caller]
fn refused(text: &str, expected: &str) {
    match evaluate_text(text, &World::group()) {
        Err(Stop::Fault(fault)) => {
            assert!(
                fault.message.contains(expected),
                "{}: {}",
                &text[..text.len().min(200)],
                fault.message
            );
            assert!(
                text.get(fault.at.clone())
                    .is_some_and(|part| !part.is_empty() || fault.at.start == text.len()),
                "{text}: {:?}",
                fault.at
            );
        }
        other => panic!("{text}: {other:?}"),
    }
}

/// The ids of the resources whose state is needed, in order.
fn needs(text: &str, expected: &[&str]) {
    let Err(Stop::Needs(needs)) = evaluate_text(text, &World::group()) else {
        panic!("{text} needs nothing")
    };
    let ids = needs.iter().map(|need| match need {
        Need::Reference { id, .. } | Need::List { id, .. } => id.as_str(),
    });
    assert_eq!(ids.collect::<Vec<_>>(), expected, "{text}");
}

#[test]
fn what_is_an_expression() {
    let check = |text: &str, expected: bool| assert_eq!(is_expression(text), expected, "{text}");
    check("[a()]", true);
    check("[[a()]", false);
    check("[a()", false);
    check("a()]", false);
    check(" [a()]", false);
    check("[]", true);
    check("[", false);
    check("", false);
}

#[test]
fn literals_lose_one_bracket_and_get_it_back() {
    let check = |text: &str, expected: &str| assert_eq!(literal(text), expected, "{text}");
    check("[[x]", "[x]");
    check("[[[x]", "[[x]");
    check("plain", "plain");
    check("[[x", "[[x");
    for text in ["[x]", "[[x]", "x", "[", "[]", "[x", "[[x"] {
        assert_eq!(literal(&escape(text)), text);
        assert!(!is_expression(&escape(text)));
    }
}

#[test]
fn faults_point_at_the_part_that_is_wrong() {
    let check = |text: &str, part: &str| match evaluate_text(text, &World::group()) {
        Err(Stop::Fault(fault)) => assert_eq!(&text[fault.at], part, "{text}"),
        other => panic!("{text}: {other:?}"),
    };
    check("[concat('a', add(1, 'b'))]", "add(1, 'b')");
    check("[concat('a', parameters('missing'))]", "parameters('missing')");
    check("[parameters('object').inner.nope.x]", "nope");
    check("[if(foo(), 1, 2)]", "foo()");
    check("[if('yes', 1, 2)]", "if('yes', 1, 2)");
    check("[concat('a' 'b')]", "'");
    check("[map(range(0, 2), lambda('x', div(1, 0)))]", "div(1, 0)");
    check("[map(range(0, 2), 'x')]", "'x'");
}

#[test]
fn calls_are_visited_with_their_arguments() {
    let expression = parse("[Concat(ns.Fn(1).x[add(1, 2)], Reference('r').y)]").unwrap();
    let mut calls = Vec::new();
    expression.calls(&mut |name, arguments| calls.push((name.to_owned(), arguments.len())));
    let calls: Vec<(&str, usize)> = calls
        .iter()
        .map(|(name, count)| (name.as_str(), *count))
        .collect();
    assert_eq!(calls, [("concat", 2), ("ns.fn", 1), ("add", 2), ("reference", 1)]);
}

#[test]
fn literal_parts_are_seen_without_evaluating() {
    let literal = |text: &str| parse(text).unwrap().as_literal().cloned();
    assert_eq!(literal("['a''b']"), Some(json!("a'b")));
    assert_eq!(literal("[-3]"), Some(json!(-3)));
    assert_eq!(literal("[concat('a')]"), None);
}

#[test]
fn checking_names_every_fault_at_once() {
    let text = "[concat(foo(), ns.fn(), other.fn(), add(1), listWhatever('x').y[bar()])]";
    let faults = parse(text).unwrap().check(&|name| name == "ns.fn");
    let parts: Vec<&str> = faults.iter().map(|fault| &text[fault.at.clone()]).collect();
    assert_eq!(parts, ["foo()", "other.fn()", "add(1)", "bar()"]);
    assert_eq!(faults[0].message, "The template function 'foo' is not valid.");
}

#[test]
fn built_expressions_print_as_templates_write_them() {
    let name = Expression::call("parameters", vec![Expression::text("it's")]);
    let whole = Expression::call(
        "FORMAT",
        vec![Expression::text("{0}"), name.property("a").property("b-c")],
    );
    assert_eq!(whole.to_string(), "[format('{0}', parameters('it''s').a['b-c'])]");
    assert_eq!(parse(&whole.to_string()), Ok(whole));
    let safe = Expression::call("ns.Fn", vec![])
        .try_index(Expression::number(0))
        .index(Expression::number(-1));
    assert_eq!(safe.to_string(), "[ns.Fn()[?0][-1]]");
}

#[test]
fn printing_is_canonical() {
    let check = |text: &str, expected: &str| assert_eq!(parse(text).unwrap().to_string(), expected);
    check("[ RESOURCEID( 'a/b' ,\n 'c' ) ]", "[resourceId('a/b', 'c')]");
    check(
        "[listKEYS('x', '1').keys[0]['value']]",
        "[listKEYS('x', '1').keys[0].value]",
    );
    check("[a.b.c() . ?d [ ? 'e f' ]]", "[a.b.c().?d[?'e f']]");
}

#[test]
fn facts_that_are_needed_are_gathered() {
    needs("[reference('a').x]", &["a"]);
    needs(
        "[concat(reference('a').x, reference('b').y, reference('a').z)]",
        &["a", "b"],
    );
    needs(
        "[concat(reference('a').x, listKeys('k', '1').keys[0].value)]",
        &["a", "k"],
    );
    needs(
        "[map(createArray('a', 'b'), lambda('x', reference(lambdaVariables('x')).y))]",
        &["a", "b"],
    );
    needs("[coalesce(null(), reference('a'), reference('b'))]", &["a"]);
    check("[reference('ready').uri]", json!("http://x"));
    refused("[concat(reference('a').x, foo())]", "'foo' is not valid");
}

#[test]
fn untaken_branches_need_nothing() {
    check("[if(true(), 'a', reference('a'))]", json!("a"));
    check("[if(false(), foo(), 'b')]", json!("b"));
    check("[if(equals(1, 2), parameters('missing'), 'b')]", json!("b"));
    check("[and(false(), reference('a'))]", json!(false));
    check("[or(false(), true(), reference('a'))]", json!(true));
    check("[coalesce('x', reference('a'))]", json!("x"));
    let world = World::group();
    evaluate_text("[if(true(), 1, parameters('text'))]", &world).unwrap();
    assert_eq!(world.asked.get(), 0);
}

#[test]
fn nothing_eats_memory() {
    let double = |inner: &str| format!("concat({inner}, {inner})");
    let doubled = (0..5).fold("parameters('large')".to_owned(), |inner, _| double(&inner));
    refused(&format!("[{doubled}]"), "longer than the limit");
    refused("[padLeft('x', 2147483647)]", "longer than the limit");
    refused(
        "[padLeft('x', 9223372036854775807, '😀')]",
        "longer than the limit",
    );
    refused("[format('{0,2147483647}', 'x')]", "longer than the limit");
    refused(
        "[replace(parameters('large'), 'x', parameters('large'))]",
        "longer than the limit",
    );
    refused(
        "[join(map(range(0, 10), lambda('i', parameters('large'))), '')]",
        "larger than",
    );
    refused(
        "[length(map(range(0, 9000), lambda('i', parameters('large'))))]",
        "moves more than",
    );
    refused("[range(0, 10001)]", "between 0 and 10000");
    let wrap = "[reduce(range(0, 1000), 1, lambda('a', 'i', createArray(lambdaVariables('a'))))]";
    refused(wrap, "nests deeper");
    let twice = "[reduce(range(0, 100), createArray(1), lambda('a', 'i', createArray(lambdaVariables('a'), lambdaVariables('a'))))]";
    refused(twice, "larger than");
    let nested = "[map(range(0, 10000), lambda('i', map(range(0, 10000), lambda('j', 1))))]";
    refused(nested, "steps to evaluate");
    refused(
        "[split(parameters('large'), createArray(parameters('large'), 'y'))]",
        "too long together",
    );
}

#[test]
fn depth_and_length_are_bounded() {
    let nest = |depth: usize| format!("[{}1{}]", "array(".repeat(depth), ")".repeat(depth));
    assert!(evaluate_text(&nest(63), &World::group()).is_ok());
    refused(&nest(64), "nests deeper");
    refused(&nest(3_000), "nests deeper");
    refused(
        &format!("['{}']", "x".repeat(24_576)),
        "longer than the limit of 24576",
    );
    let long_chain = format!("[parameters('object'){}]", ".?a".repeat(6_000));
    check(&long_chain, Value::Null);
}

#[test]
fn signatures_are_found_by_name_and_named_once() {
    let mut names: Vec<String> = functions()
        .iter()
        .map(|signature| signature.name.to_lowercase())
        .collect();
    assert!(names.len() > 100, "{}", names.len());
    names.sort();
    let before = names.len();
    names.dedup();
    assert_eq!(names.len(), before);
    assert_eq!(
        signature("resourceid").map(|known| known.name),
        Some("resourceId")
    );
    assert_eq!(signature("listkeys").map(|known| known.name), Some("list*"));
    assert_eq!(signature("nope"), None);
}

#[test]
fn a_shared_budget_is_used_up_together() {
    let world = World {
        budget: Some(Budget::default()),
        ..World::group()
    };
    let heavy = "[length(map(range(0, 9000), lambda('i', length(map(range(0, 90), lambda('j', 1))))))]";
    let results: Vec<bool> = (0..10).map(|_| evaluate_text(heavy, &world).is_ok()).collect();
    assert_eq!((results[0], results[9]), (true, false));
    let Err(Stop::Fault(fault)) = evaluate_text("[add(1, 2)]", &world) else {
        panic!("the budget is not spent")
    };
    assert!(fault.message.contains("too many steps"), "{fault}");
}

#[test]
fn expressions_in_each_others_values_are_bounded_together() {
    // Each evaluates the next: thirty levels, then a call of the scope.
    let nest = |inner: &str| {
        format!(
            "[{}ns.deeper('{}'){}]",
            "array(".repeat(30),
            inner.replace('\'', "''"),
            ")".repeat(30)
        )
    };
    let chain = |length: usize| (0..length).fold("[1]".to_owned(), |inner, _| nest(&inner));
    let world = World {
        budget: Some(Budget::default()),
        ..World::group()
    };
    assert!(evaluate_text(&chain(6), &world).is_ok());
    let Err(Stop::Fault(fault)) = evaluate_text(&chain(7), &world) else {
        panic!("nothing bounds it")
    };
    assert!(fault.message.contains("levels deep in each other"), "{fault}");
    assert!(
        evaluate_text(&chain(6), &world).is_ok(),
        "the way out is counted, too"
    );
}
