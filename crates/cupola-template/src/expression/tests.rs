//! One-line cases: an expression and its value, or a part of what is said against it.

use serde_json::{Value, json};

use super::*;

struct Nothing;

impl Scope for Nothing {
    fn call(&self, _: &str, _: &[Value]) -> Option<Result<Value, Stop>> {
        None
    }

    fn place(&self) -> Place<'_> {
        Place::default()
    }
}

fn check(text: &str, expected: Value) {
    match evaluate_text(text, &Nothing) {
        Ok(value) => assert_eq!(value, expected, "{text}"),
        Err(stop) => panic!("{text}: {stop:?}"),
    }
}

#[test]
fn logic() {
    check("[if(true(), 'a', fail('no'))]", json!("a"));
    check("[and(false(), fail('no'))]", json!(false));
}
