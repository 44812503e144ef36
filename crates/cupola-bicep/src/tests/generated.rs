//! Whatever the text: no panic, and what is printed is read back the same.

use proptest::prelude::*;

use super::print::{print, shape};
use super::samples::SAMPLES;
use super::{compiled, files};
use crate::syntax::{
    ArrayItem, BinaryOperator, Expression, ExpressionKind as K, For, Key, Name, Object, ObjectItem, Span,
    StatementKind, Text, UnaryOperator,
};
use crate::{Level, compile_parameters, parse};

fn node(kind: K) -> Expression {
    Expression {
        kind,
        span: Span::default(),
        depth: 1,
    }
}

fn name(text: &str) -> Name {
    Name {
        text: text.into(),
        span: Span::default(),
    }
}

// `for` and `if` are names of properties only; elsewhere they begin a loop and a condition.
fn members() -> impl Strategy<Value = String> {
    prop_oneof![names(), Just("for".to_owned()), Just("if".to_owned())]
}

fn names() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "in", "resource", "param", "existing", "x1", "_y"])
        .prop_map(str::to_owned)
}

fn pieces() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,6}",
        Just("${".to_owned()),
        Just("'''\n\t\\".to_owned()),
        "\\PC{0,4}"
    ]
}

fn expressions() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        Just(node(K::Null)),
        any::<bool>().prop_map(|value| node(K::Bool(value))),
        any::<i64>().prop_map(|value| node(K::Int(value))),
        pieces().prop_map(|piece| node(K::Text(Text {
            pieces: vec![piece],
            values: vec![]
        }))),
        names().prop_map(|name| node(K::Name(name))),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        prop_oneof![
            (boxed.clone(), boxed.clone(), 0..BinaryOperator::ALL.len())
                .prop_map(|(a, b, at)| node(K::Binary(BinaryOperator::ALL[at], a, b))),
            (boxed.clone(), any::<bool>()).prop_filter_map("a literal has its own sign", |(a, not)| {
                let operator = if not {
                    UnaryOperator::Not
                } else {
                    UnaryOperator::Minus
                };
                let sign = operator == UnaryOperator::Minus && matches!(a.kind, K::Int(_));
                (!sign).then(|| node(K::Unary(operator, a)))
            }),
            (boxed.clone(), boxed.clone(), boxed.clone()).prop_map(|(a, b, c)| node(K::Ternary(a, b, c))),
            (boxed.clone(), members(), any::<bool>()).prop_map(|(base, text, safe)| node(K::Property {
                base,
                name: name(&text),
                safe
            })),
            (boxed.clone(), boxed.clone(), any::<bool>()).prop_map(|(base, index, safe)| node(K::Index {
                base,
                index,
                safe
            })),
            (boxed.clone(), members()).prop_map(|(base, text)| node(K::Nested {
                base,
                name: name(&text)
            })),
            boxed.clone().prop_map(|base| node(K::NotNull(base))),
            (names(), prop::collection::vec(inner.clone(), 0..3)).prop_map(|(text, arguments)| node(
                K::Call {
                    name: name(&text),
                    arguments
                }
            )),
            (boxed.clone(), names(), prop::collection::vec(inner.clone(), 0..3)).prop_map(
                |(base, text, arguments)| node(K::Method {
                    base,
                    name: name(&text),
                    arguments
                })
            ),
            (prop::collection::vec(names(), 0..3), boxed.clone()).prop_map(|(list, body)| {
                node(K::Lambda {
                    parameters: list.iter().map(|text| name(text)).collect(),
                    body,
                })
            }),
            prop::collection::vec((inner.clone(), any::<bool>()), 0..4).prop_map(|items| {
                let item = |(value, spread)| match spread {
                    true => ArrayItem::Spread(value),
                    false => ArrayItem::Value(value),
                };
                node(K::Array(items.into_iter().map(item).collect()))
            }),
            prop::collection::vec((pieces(), inner.clone()), 0..4).prop_map(|items| {
                let item = |(piece, value)| {
                    let text = Text {
                        pieces: vec![piece],
                        values: vec![],
                    };
                    ObjectItem::Property(
                        Key {
                            text,
                            span: Span::default(),
                        },
                        value,
                    )
                };
                node(K::Object(Object {
                    items: items.into_iter().map(item).collect(),
                }))
            }),
            (pieces(), inner.clone(), pieces()).prop_map(|(a, value, b)| node(K::Text(Text {
                pieces: vec![a, b],
                values: vec![value]
            }))),
            (names(), prop::option::of(names()), inner.clone(), inner).prop_map(
                |(item, index, source, body)| {
                    let index = index.as_deref().map(name);
                    node(K::For(Box::new(For {
                        item: name(&item),
                        index,
                        source,
                        body,
                    })))
                }
            ),
        ]
    })
}

fn value_of(text: &str) -> Option<Expression> {
    let (tree, said) = parse(text);
    assert!(
        said.iter().all(|remark| remark.level != Level::Error),
        "{text}\n{said:?}"
    );
    match tree.statements.into_iter().next()?.kind {
        StatementKind::Variable { value, .. } => Some(value),
        _ => None,
    }
}

fn mutated() -> impl Strategy<Value = String> {
    (
        0..SAMPLES.len(),
        prop::collection::vec((any::<prop::sample::Index>(), 0..4u8, "[ -~\\n]{1,3}"), 1..8),
    )
        .prop_map(|(sample, edits)| {
            let mut text: Vec<char> = SAMPLES[sample].1.chars().collect();
            for (at, kind, insert) in edits {
                if text.is_empty() {
                    break;
                }
                let at = at.index(text.len());
                match kind {
                    0 => drop(text.remove(at)),
                    1 => drop(text.splice(at..at, insert.chars())),
                    2 => text.truncate(at),
                    _ => {
                        let end = (at + 40).min(text.len());
                        let piece: Vec<char> = text[at..end].to_vec();
                        text.extend(piece);
                    }
                }
            }
            text.into_iter().collect()
        })
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(expression in expressions()) {
        let text = format!("var x = {}", print(&expression));
        let read = value_of(&text).map(|value| shape(&value));
        prop_assert_eq!(read, Some(shape(&expression)), "{}", text);
    }

    #[test]
    fn no_text_is_too_strange(text in "\\PC{0,80}") {
        compiled(&text);
        compile_parameters("a.bicepparam", &files(&[("a.bicepparam", &text)]));
    }

    #[test]
    fn no_tokens_are_too_strange(words in prop::collection::vec(prop::sample::select(WORDS.to_vec()), 0..60)) {
        let text = words.concat();
        let result = compiled(&text);
        prop_assert_eq!(result.template.is_none(), result.diagnostics.iter().any(|it| it.level == Level::Error));
    }

    #[test]
    fn damaged_samples_do_not_panic(text in mutated()) {
        let result = compiled(&text);
        prop_assert_eq!(result.template.is_none(), result.diagnostics.iter().any(|it| it.level == Level::Error));
    }
}

const WORDS: [&str; 48] = [
    "param ",
    "var ",
    "resource ",
    "module ",
    "output ",
    "type ",
    "func ",
    "import ",
    "a ",
    "b ",
    "c ",
    "string ",
    "object ",
    "= ",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "'",
    "${",
    "\n",
    "\n",
    ": ",
    ":: ",
    "? ",
    ".",
    ".?",
    "!",
    "=> ",
    "for ",
    "in ",
    "if ",
    "'My.Rp/t@2020-01-01' ",
    "existing ",
    "name: ",
    "parent: ",
    "scope: ",
    "'x'",
    "1 ",
    "-",
    "+ ",
    "@",
    "description(",
    "...",
    ", ",
    "'''",
];

#[test]
fn what_is_nested_is_bounded() {
    for (open, close) in [
        ("[", "]"),
        ("(", ")"),
        ("{a:", "}"),
        ("'${", "}'"),
        ("!", ""),
        ("-", ""),
        ("f(", ")"),
    ] {
        let text = format!("var x = {}1{}", open.repeat(20_000), close.repeat(20_000));
        let result = compiled(&text);
        assert!(
            result.diagnostics.iter().any(|it| it.code == "nested-too-deep"),
            "{open}: {:?}",
            result.diagnostics
        );
    }
    for (link, end) in [("1 + ", "1"), ("a.", "a"), ("true ? 1 : ", "2")] {
        let text = format!("param a object\nvar x = {}{end}", link.repeat(20_000));
        let result = compiled(&text);
        assert!(
            result.diagnostics.iter().any(|it| it.code == "nested-too-deep"),
            "{link}"
        );
    }
    for (open, close) in [("[", "]"), ("(", ")"), ("{a:", "}")] {
        let text = format!("type x = {}int{}", open.repeat(20_000), close.repeat(20_000));
        let result = compiled(&text);
        assert!(
            result.diagnostics.iter().any(|it| it.code == "nested-too-deep"),
            "{open}"
        );
    }
}

#[test]
fn chains_of_declarations_are_bounded() {
    let mut text = String::new();
    for next in (1..5_000).rev() {
        text.push_str(&format!("var v{next} = v{}\n", next - 1));
    }
    text.push_str("var v0 = 1\noutput o int = v4999\n");
    assert!(compiled(&text).template.is_some());

    let mut text = String::new();
    for next in (1..5_000).rev() {
        text.push_str(&format!("type t{next} = t{}[]\n", next - 1));
    }
    text.push_str("type t0 = int\nparam p t4999\noutput o array = p\n");
    assert!(compiled(&text).template.is_some());

    let mut text = String::from("resource r0 'My.Rp/a@2020-01-01' = { name: 'x' }\n");
    for next in 1..2_000 {
        text.push_str(&format!(
            "resource r{next} 'My.Rp/a@2020-01-01' = {{ name: r{}.name }}\n",
            next - 1
        ));
    }
    let result = compiled(&text);
    assert!(result.diagnostics.iter().any(|it| it.code == "nested-too-deep"));
}
