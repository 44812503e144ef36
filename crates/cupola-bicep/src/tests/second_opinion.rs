//! A parser that others wrote, on the same samples: what one accepts, the other accepts.

use super::samples::SAMPLES;
use crate::{Level, parse};

fn they_accept(text: &str) -> bool {
    let mut parser = tree_sitter::Parser::new();
    let language = tree_sitter_bicep::LANGUAGE;
    parser
        .set_language(&language.into())
        .expect("the grammar fits the library");
    let tree = parser.parse(text, None).expect("no time limit was set");
    !tree.root_node().has_error()
}

fn we_accept(text: &str) -> bool {
    parse(text).1.iter().all(|remark| remark.level != Level::Error)
}

/// What only we accept, and why the other one does not.
const NEWER_THAN_THE_GRAMMAR: &[(&str, &str)] = &[
    ("types", "the grammar has no variables with a declared type"),
    (
        "typed variable",
        "the grammar has no variables with a declared type",
    ),
    ("spread", "the grammar has no spread operator"),
];

/// What only they accept, and why we do not.
const LAXER_THAN_THE_LANGUAGE: &[(&str, &str)] = &[];

#[test]
fn the_samples_are_judged_alike() {
    let mut surprises = Vec::new();
    for (name, text) in SAMPLES {
        let newer = NEWER_THAN_THE_GRAMMAR.iter().any(|(known, _)| known == name);
        let laxer = LAXER_THAN_THE_LANGUAGE.iter().any(|(known, _)| known == name);
        match (we_accept(text), they_accept(text)) {
            (true, false) if !newer => surprises.push(format!("{name}: only we accept it")),
            (false, true) if !laxer => surprises.push(format!("{name}: only they accept it")),
            (ours, theirs) if ours == theirs && (newer || laxer) => {
                surprises.push(format!("{name}: is no exception any more"));
            }
            _ => {}
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}
