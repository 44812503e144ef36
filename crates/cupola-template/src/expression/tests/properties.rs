//! Rules that hold for any text.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{Expression, Kind, Scope, Stop, evaluate, evaluate_text, format_time, functions, parse};
use super::World;

/// Text in which expressions are likely.
fn near_expressions() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        Just("'".to_owned()),
        Just("(".to_owned()),
        Just(")".to_owned()),
        Just("[".to_owned()),
        Just("]".to_owned()),
        Just(",".to_owned()),
        Just(".".to_owned()),
        Just("?".to_owned()),
        Just("concat".to_owned()),
        Just("-1".to_owned()),
        Just("parameters('object')".to_owned()),
        Just(" \n".to_owned()),
        "\\PC{0,3}",
    ];
    prop::collection::vec(pieces, 0..20).prop_map(|pieces| format!("[{}]", pieces.concat()))
}

fn expression() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        any::<String>().prop_map(Expression::text),
        any::<i64>().prop_map(Expression::number)
    ];
    let name = prop_oneof![
        "[a-z_][A-Za-z0-9_]{0,6}",
        Just("concat".to_owned()),
        Just("ns.fn".to_owned())
    ];
    leaf.prop_recursive(6, 40, 4, move |inner| {
        let call = (name.clone(), prop::collection::vec(inner.clone(), 0..4))
            .prop_map(|(name, arguments)| Expression::call(name, arguments));
        prop_oneof![
            call.clone(),
            (call.clone(), any::<String>()).prop_map(|(of, key)| of.property(key)),
            (call.clone(), inner.clone()).prop_map(|(of, key)| of.index(key)),
            (call, inner).prop_map(|(of, key)| of.try_index(key)),
        ]
    })
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-9_i64..9).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        Just(json!("10.0.0.0/8")),
        Just(json!("2024-02-29T00:00:00Z")),
        Just(json!("P1Y")),
        Just(json!("N.S/a")),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-c]", inner), 0..4)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// Gives its values as the parameters 0, 1, 2 and so on.
struct Given(Vec<Value>);

impl Scope for Given {
    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, Stop>> {
        let at = usize::try_from(arguments.first()?.as_u64()?).ok()?;
        (name == "parameters").then_some(())?;
        self.0.get(at).cloned().map(Ok)
    }

    fn place(&self) -> super::super::Place<'_> {
        super::super::Place {
            subscription: Some("s"),
            group: Some("g"),
            tenant: "t",
            management_group: Some("m"),
        }
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC*") {
        let _ = evaluate_text(&text, &World::group());
        let _ = evaluate_text(&format!("[{text}]"), &World::group());
    }

    #[test]
    fn no_near_expression_makes_it_panic(text in near_expressions()) {
        if let Err(Stop::Fault(fault)) = evaluate_text(&text, &World::group()) {
            prop_assert!(text.get(fault.at).is_some());
        }
    }

    #[test]
    fn no_json_makes_it_panic(text in r#"[\[\]{}a1'",:/*\\u\-. \n]{0,24}"#) {
        let call = Expression::call("json", vec![Expression::text(text)]);
        let _ = evaluate(&call, &World::group());
    }

    #[test]
    fn what_is_printed_reads_the_same(expression in expression()) {
        let text = expression.to_string();
        prop_assert_eq!(parse(&text), Ok(expression));
    }

    #[test]
    fn no_argument_makes_a_function_panic(values in prop::collection::vec(any_value(), 0..5)) {
        let arguments: Vec<Expression> = (0..values.len())
            .map(|at| Expression::call("parameters", vec![Expression::number(at as i64)]))
            .collect();
        let given = Given(values);
        for function in functions() {
            let _ = evaluate(&Expression::call(function.name, arguments.clone()), &given);
        }
    }

    #[test]
    fn no_format_makes_it_panic(format in "\\PC{0,12}", number in any::<i64>(), float in any::<f64>()) {
        for (pattern, value) in [("{0:F}", json!(number)), ("{0,4:F}", json!(float))] {
            let pattern = pattern.replace('F', &format);
            let call = Expression::call("format", vec![Expression::text(pattern), Expression::call("parameters", vec![Expression::number(0)])]);
            let _ = evaluate(&call, &Given(vec![value]));
        }
    }

    #[test]
    fn digits_and_signs_format_as_numbers(number in any::<i64>(), pattern in "[0#.,;%]{1,8}") {
        let call = Expression::call("format", vec![Expression::text(format!("{{0:{pattern}}}")), Expression::number(number)]);
        prop_assert!(evaluate(&call, &World::group()).is_ok());
    }

    #[test]
    fn fixed_formats_keep_the_digits(number in any::<i64>()) {
        let call = |format: &str| Expression::call("format", vec![Expression::text(format), Expression::number(number)]);
        let show = |format: &str| evaluate(&call(format), &World::group());
        prop_assert_eq!(show("{0:F0}"), Ok(number.to_string().into()));
        prop_assert_eq!(show("{0:D}"), Ok(number.to_string().into()));
        let grouped = show("{0:N0}").unwrap();
        prop_assert_eq!(grouped.as_str().unwrap().replace(',', ""), number.to_string());
    }

    #[test]
    fn no_time_format_makes_it_panic(format in "\\PC{0,12}", dense in "[dfFghHKmMstyz'\"\\\\%:/]{0,12}", second in -10_000_000_000_i64..100_000_000_000) {
        let at = jiff::Timestamp::from_second(second).unwrap();
        let _ = format_time(at, &format);
        let _ = format_time(at, &dense);
    }

    #[test]
    fn arithmetic_agrees_with_wider_arithmetic(left in any::<i64>(), right in any::<i64>()) {
        let result = |name: &str| evaluate(&Expression::call(name, vec![Expression::number(left), Expression::number(right)]), &World::group()).ok();
        let (wide_left, wide_right) = (i128::from(left), i128::from(right));
        let narrow = |wide: i128| i64::try_from(wide).ok().map(Value::from);
        prop_assert_eq!(result("add"), narrow(wide_left + wide_right));
        prop_assert_eq!(result("sub"), narrow(wide_left - wide_right));
        prop_assert_eq!(result("mul"), narrow(wide_left * wide_right));
        prop_assert_eq!(result("div"), wide_left.checked_div(wide_right).and_then(narrow));
    }

    #[test]
    fn sorting_agrees_with_the_library(numbers in prop::collection::vec(-50_i64..50, 0..40)) {
        let text = "[sort(parameters(0), lambda('a', 'b', less(lambdaVariables('a'), lambdaVariables('b'))))]";
        let mut sorted = numbers.clone();
        sorted.sort();
        prop_assert_eq!(evaluate_text(text, &Given(vec![json!(numbers)])), Ok(json!(sorted)));
    }

    #[test]
    fn splitting_and_joining_give_the_text_back(text in "[a-c,]{0,20}", delimiter in "[a,]{1,2}") {
        let given = Given(vec![json!(text), json!(delimiter)]);
        let back = evaluate_text("[join(split(parameters(0), parameters(1)), parameters(1))]", &given);
        prop_assert_eq!(back, Ok(json!(text)));
    }
}

#[test]
fn long_chains_are_no_deep_ones() {
    let expression = parse(&format!("[a(){}]", ".b".repeat(5_000))).unwrap();
    assert!(matches!(&expression.kind, Kind::Path { steps, .. } if steps.len() == 5_000));
}
