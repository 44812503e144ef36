//! What happens to a request: by the rules of the binding, or by what the request itself says.

use super::chance::Chance;
use super::settings::{Rule, SimulatorSettings};
use crate::Call;
use cupola_core::Operation;
use serde_json::{Map, Value};

const OPEN: &str = "[[simulate:";
const CLOSE: &str = "]]";

/// The rule for one request; the error says what is wrong with the request's directive.
pub(super) fn rule(
    settings: &SimulatorSettings,
    call: &Call<'_>,
    number: u64,
    chance: &mut Chance,
) -> Result<Rule, String> {
    let reads = settings.directives || settings.rules.iter().any(|rule| rule.contains.is_some());
    let body = if reads {
        serde_json::from_slice(&call.body).unwrap_or_default()
    } else {
        Value::Null
    };
    let texts = texts(&body, call.operation);
    // Every rule draws, so that a request that one rule takes does not move the draws of the others.
    let fits: Vec<bool> = settings
        .rules
        .iter()
        .map(|rule| fits(rule, call, number, &texts, chance))
        .collect();
    if settings.directives
        && let Some(directive) = texts.iter().rev().find_map(|text| directive(text))
    {
        return read(directive)
            .map_err(|why| format!("The directive {OPEN}{directive}{CLOSE} cannot be used: {why}."));
    }
    let first = settings.rules.iter().zip(fits).find(|(_, fits)| *fits);
    Ok(first.map(|(rule, _)| rule.clone()).unwrap_or_default())
}

fn fits(rule: &Rule, call: &Call<'_>, number: u64, texts: &[&str], chance: &mut Chance) -> bool {
    let drawn = chance.share();
    rule.nth.as_ref().is_none_or(|numbers| numbers.contains(&number))
        && rule.every.is_none_or(|every| number.is_multiple_of(every))
        && rule.probability.is_none_or(|share| drawn < share)
        && rule
            .operation
            .as_ref()
            .is_none_or(|name| name == call.operation.as_str())
        && rule
            .contains
            .as_ref()
            .is_none_or(|wanted| texts.iter().any(|text| text.contains(wanted.as_str())))
}

// What people wrote, and not what a model or a tool said: an answer that quotes a directive gives no orders.
fn texts(body: &Value, operation: Operation) -> Vec<&str> {
    let mut found = Vec::new();
    if operation == Operation::Chat {
        let messages = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
        let by_people =
            |message: &&Value| matches!(message["role"].as_str(), Some("system" | "developer" | "user"));
        for message in messages.iter().filter(by_people) {
            match &message["content"] {
                Value::Array(parts) => found.extend(parts.iter().filter_map(|part| part["text"].as_str())),
                content => found.extend(content.as_str()),
            }
        }
        return found;
    }
    for field in ["prompt", "input", "query"] {
        match &body[field] {
            Value::Array(many) => found.extend(many.iter().filter_map(Value::as_str)),
            one => found.extend(one.as_str()),
        }
    }
    found
}

fn directive(text: &str) -> Option<&str> {
    let (_, rest) = text.rsplit_once(OPEN)?;
    rest.split_once(CLOSE).map(|(directive, _)| directive)
}

/// `status=429 retry_after=3 message="come back" empty`
fn read(directive: &str) -> Result<Rule, String> {
    let mut fields = Map::new();
    let mut rest = directive.trim();
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| c == '=' || c.is_whitespace())
            .unwrap_or(rest.len());
        let name = rest[..end].to_owned();
        rest = &rest[end..];
        let value = match rest.strip_prefix('=') {
            None => Value::Bool(true),
            Some(after) => {
                let (value, after) = value(after);
                rest = after;
                value
            }
        };
        if name.is_empty() {
            return Err("a field has no name".to_owned());
        }
        fields.insert(name, value);
        rest = rest.trim_start();
    }
    let rule: Rule = serde_json::from_value(Value::Object(fields)).map_err(|error| error.to_string())?;
    rule.check()?;
    Ok(rule)
}

// JSON where it is, and a bare word otherwise.
fn value(text: &str) -> (Value, &str) {
    let mut json = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    if let Some(Ok(value)) = json.next() {
        let rest = &text[json.byte_offset()..];
        if rest.is_empty() || rest.starts_with(char::is_whitespace) {
            return (value, rest);
        }
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (Value::from(&text[..end]), &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<Rule, &str>) {
        match (read(text), expected) {
            (Ok(found), Ok(wanted)) => assert_eq!(found, wanted),
            (Err(found), Err(wanted)) if found.contains(wanted) => {}
            (found, _) => panic!("{text}: {found:?}"),
        }
    }

    #[test]
    fn directives_are_fields_of_a_rule() {
        let throttled = Rule {
            status: Some(429),
            retry_after: Some(3),
            ..Rule::default()
        };
        check(" status=429 retry_after=3", Ok(throttled));
        check(
            "empty",
            Ok(Rule {
                empty: true,
                ..Rule::default()
            }),
        );
        check(
            r#"text="two words" tokens=2"#,
            Ok(Rule {
                text: Some("two words".into()),
                tokens: Some(2),
                ..Rule::default()
            }),
        );
        check(
            "tool=get_weather",
            Ok(Rule {
                tool: Some("get_weather".into()),
                ..Rule::default()
            }),
        );
        check("", Ok(Rule::default()));
        check("status=200", Err("from 400 to 599"));
        check("sttus=429", Err("unknown field `sttus`"));
        check("=3", Err("no name"));
        check("status=429x", Err("invalid type"));
    }

    #[test]
    fn the_last_directive_counts() {
        assert_eq!(
            directive("a [[simulate: empty]] b [[simulate: status=500]] c"),
            Some(" status=500")
        );
        assert_eq!(directive("[[simulate: empty"), None);
    }
}
