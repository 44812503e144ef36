//! Limits that an operator sets, read and checked: those of an endpoint and of each key.

use crate::json::Document;
use cupola_core::name::printable;
use cupola_core::quota::SERVERLESS;
use cupola_core::{Code, Problem};
use cupola_wire::arm::{KeyLimits, Rate, RateLimits};
use serde_json::Value;

const ENDPOINT: &str = "properties.rateLimits";
const ACCOUNT: &str = "properties.keyLimits";
const RATE: [&str; 2] = ["tokensPerMinute", "requestsPerMinute"];

/// What a body says of an endpoint's limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Nothing: they stay.
    #[default]
    Keep,
    /// Null: as published, and none for the keys.
    Published,
    /// These.
    Set(RateLimits),
}

impl Wish {
    /// The limits as they will be.
    pub(crate) fn of(self, before: Option<RateLimits>) -> Option<RateLimits> {
        match self {
            Self::Keep => before,
            Self::Published => None,
            Self::Set(limits) => Some(limits),
        }
    }
}

/// `properties.rateLimits` of an endpoint. Under strict fidelity they can only be lower than the published ones.
pub(crate) fn of_endpoint(body: &Document, strict: bool) -> Result<Wish, Problem> {
    let properties = body.object("properties")?;
    if properties.is_some_and(|fields| fields.get("rateLimits") == Some(&Value::Null)) {
        return Ok(Wish::Published);
    }
    if body.object(ENDPOINT)?.is_none() {
        return Ok(Wish::Keep);
    }
    known(body, ENDPOINT, &[RATE[0], RATE[1], "keys"])?;
    let limits = RateLimits {
        rate: rate(body, ENDPOINT)?,
        keys: keys(body, &format!("{ENDPOINT}.keys"))?,
    };
    if strict {
        let published = [SERVERLESS.tokens_per_minute, SERVERLESS.requests_per_minute];
        let wanted = [limits.rate.tokens_per_minute, limits.rate.requests_per_minute];
        for ((name, published), wanted) in RATE.iter().zip(published).zip(wanted) {
            if let Some(wanted) = wanted.filter(|wanted| *wanted > published) {
                return Err(wrong(
                    &format!("{ENDPOINT}.{name}"),
                    format!(
                        "is {wanted}, and fidelity is strict: an endpoint has at most {published} a minute. Use less, or \
                         start the server with --fidelity relaxed"
                    ),
                ));
            }
        }
    }
    Ok(Wish::Set(limits))
}

/// `properties.keyLimits` of an account: refuses what could not be kept.
pub(crate) fn check_account(body: &Document) -> Result<(), Problem> {
    keys(body, ACCOUNT).map(|_| ())
}

fn keys(body: &Document, path: &str) -> Result<Option<KeyLimits>, Problem> {
    if body.object(path)?.is_none() {
        return Ok(None);
    }
    known(body, path, &["primary", "secondary"])?;
    let of = |name: &str| {
        let path = format!("{path}.{name}");
        if body.object(&path)?.is_none() {
            return Ok(None);
        }
        known(body, &path, &RATE)?;
        rate(body, &path).map(Some)
    };
    Ok(Some(KeyLimits {
        primary: of("primary")?,
        secondary: of("secondary")?,
    }))
}

fn rate(body: &Document, path: &str) -> Result<Rate, Problem> {
    let read = |name: &str| {
        let path = format!("{path}.{name}");
        match body.number(&path)? {
            Some(0) => Err(wrong(
                &path,
                "is 0, which would let nothing through. Use at least 1, or delete what should not answer"
                    .to_owned(),
            )),
            other => Ok(other),
        }
    };
    Ok(Rate {
        tokens_per_minute: read(RATE[0])?,
        requests_per_minute: read(RATE[1])?,
    })
}

// A limit that is misspelled would limit nothing, and nobody would know.
fn known(body: &Document, path: &str, names: &[&str]) -> Result<(), Problem> {
    let given = body.object(path)?.into_iter().flatten();
    match given
        .map(|(name, _)| name)
        .find(|name| !names.contains(&name.as_str()))
    {
        Some(other) => Err(wrong(
            path,
            format!(
                "has '{}', which is no limit: use {}",
                printable(other),
                names.join(", ")
            ),
        )),
        None => Ok(()),
    }
}

fn wrong(path: &str, why: String) -> Problem {
    Problem::new(Code::InvalidRequestContent, format!("The field {path} {why}.")).target(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(limits: Value, strict: bool) -> Result<Wish, String> {
        let body = json!({"properties": {"rateLimits": limits}});
        of_endpoint(&Document::of(body), strict).map_err(|problem| problem.message)
    }

    #[test]
    fn limits_are_kept_taken_away_or_set() {
        let nothing = Document::of(json!({"properties": {}}));
        assert_eq!(of_endpoint(&nothing, false).expect("nothing"), Wish::Keep);
        assert_eq!(read(Value::Null, false), Ok(Wish::Published));
        let whole = json!({
            "tokensPerMinute": 5, "requestsPerMinute": 4,
            "keys": {"primary": {"tokensPerMinute": 3}, "secondary": {"requestsPerMinute": 2}},
        });
        let Ok(Wish::Set(limits)) = read(whole.clone(), true) else {
            panic!("set")
        };
        assert_eq!(json!(limits), whole);
        assert_eq!(Wish::Keep.of(Some(limits)), Some(limits));
        assert_eq!(Wish::Published.of(Some(limits)), None);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let check = |limits: Value, strict: bool, part: &str| {
            let message = read(limits, strict).expect_err("refused");
            assert!(message.contains(part), "{message}");
        };
        check(json!(5), false, "properties.rateLimits must be an object");
        check(
            json!({"tokensPerMinut": 5}),
            false,
            "'tokensPerMinut', which is no limit",
        );
        check(json!({"tokensPerMinute": 0}), false, "tokensPerMinute is 0");
        check(json!({"tokensPerMinute": -1}), false, "whole number");
        check(json!({"keys": {"third": {}}}), false, "'third'");
        check(
            json!({"keys": {"primary": {"tokens": 1}}}),
            false,
            "keys.primary has 'tokens'",
        );
        check(
            json!({"tokensPerMinute": 200_001}),
            true,
            "at most 200000 a minute",
        );
        check(json!({"requestsPerMinute": 1_001}), true, "--fidelity relaxed");
        assert!(read(json!({"tokensPerMinute": 200_001}), false).is_ok());
        let account =
            Document::of(json!({"properties": {"keyLimits": {"primary": {"requestsPerMinute": 0}}}}));
        assert!(check_account(&account).is_err());
    }
}
