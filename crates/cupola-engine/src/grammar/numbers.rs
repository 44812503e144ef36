//! Numbers between bounds, as rules over their digits.

use super::json::{DIGITS_MAX, Json};
use super::{Builder, RuleId, Sequence, Symbol, literal};

/// The greatest whole number that is written, and the greatest that a double counts without gaps.
const WHOLE_MAX: i64 = 10i64.pow(15) - 1;

/// What a schema demands of a number.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Bounds {
    pub(super) least: Option<f64>,
    pub(super) most: Option<f64>,
    /// Excludes the number itself.
    pub(super) above: Option<f64>,
    /// Excludes the number itself.
    pub(super) below: Option<f64>,
}

impl Bounds {
    pub(super) fn are_none(&self) -> bool {
        *self == Self::default()
    }

    /// The whole numbers inside.
    fn whole(&self) -> (i64, i64) {
        let mut least = -WHOLE_MAX;
        let mut most = WHOLE_MAX;
        if let Some(bound) = self.least {
            least = least.max(bound.ceil() as i64);
        }
        if let Some(bound) = self.above {
            least = least.max((bound.floor() as i64).saturating_add(1));
        }
        if let Some(bound) = self.most {
            most = most.min(bound.floor() as i64);
        }
        if let Some(bound) = self.below {
            most = most.min((bound.ceil() as i64).saturating_sub(1));
        }
        (least, most)
    }

    /// The whole numbers between which every fraction is inside as well.
    fn steps(&self) -> (i64, i64) {
        let mut least = -WHOLE_MAX;
        let mut most = WHOLE_MAX;
        for bound in [self.least, self.above].into_iter().flatten() {
            least = least.max(bound.ceil() as i64);
        }
        for bound in [self.most, self.below].into_iter().flatten() {
            most = most.min(bound.floor() as i64);
        }
        (least, most)
    }
}

/// Whole numbers inside the bounds; `None` if there is none.
pub(super) fn integers(builder: &mut Builder, json: &Json, bounds: &Bounds) -> Option<RuleId> {
    let (least, most) = bounds.whole();
    between(builder, json, least, most)
}

/// Numbers inside the bounds, with fractions where all of them are inside; `None` if there is none.
pub(super) fn numbers(builder: &mut Builder, json: &Json, bounds: &Bounds) -> Option<RuleId> {
    let mut alternatives: Vec<Sequence> = Vec::new();
    let (least, most) = bounds.whole();
    if let Some(whole) = between(builder, json, least, most) {
        let zero = builder.rule(vec![literal("0")]);
        let zeros = builder.rule(vec![
            Sequence::new(),
            vec![Symbol::Byte(b'.'), Symbol::Repeat(zero, 1, Some(2))],
        ]);
        alternatives.push(vec![Symbol::Rule(whole), Symbol::Rule(zeros)]);
    }
    let (least, most) = bounds.steps();
    // The last digit is not 0, so the number is no whole one, which may be excluded.
    let fraction = [
        Symbol::Byte(b'.'),
        Symbol::Repeat(json.digit, 0, Some(DIGITS_MAX - 1)),
        Symbol::Range(b'1', b'9'),
    ];
    if let Some(positive) = magnitudes(builder, json, least.max(0), most - 1) {
        alternatives.push([&[Symbol::Rule(positive)], &fraction[..]].concat());
    }
    if let Some(negative) = magnitudes(builder, json, (-most).max(0), -least - 1) {
        alternatives.push([&[Symbol::Byte(b'-'), Symbol::Rule(negative)], &fraction[..]].concat());
    }
    (!alternatives.is_empty()).then(|| builder.rule(alternatives))
}

fn between(builder: &mut Builder, json: &Json, least: i64, most: i64) -> Option<RuleId> {
    let positive = magnitudes(builder, json, least.max(0), most);
    let negative = magnitudes(builder, json, (-most).max(1), -least);
    let alternatives: Vec<Sequence> = positive
        .map(|rule| vec![Symbol::Rule(rule)])
        .into_iter()
        .chain(negative.map(|rule| vec![Symbol::Byte(b'-'), Symbol::Rule(rule)]))
        .collect();
    (!alternatives.is_empty()).then(|| builder.rule(alternatives))
}

/// Whole numbers from `least` to `most`, neither of which is negative.
fn magnitudes(builder: &mut Builder, json: &Json, least: i64, most: i64) -> Option<RuleId> {
    if least > most {
        return None;
    }
    let mut alternatives = Vec::new();
    let mut begin = least;
    // One alternative for each count of digits.
    while begin <= most {
        let digits = begin.to_string();
        let end = (10i64.pow(digits.len() as u32) - 1).min(most);
        let rule = same_length(builder, json, digits.as_bytes(), end.to_string().as_bytes());
        alternatives.push(vec![Symbol::Rule(rule)]);
        begin = end + 1;
    }
    Some(builder.rule(alternatives))
}

/// Digits from `least` to `most`, which are of one length.
fn same_length(builder: &mut Builder, json: &Json, least: &[u8], most: &[u8]) -> RuleId {
    let (Some((first, least)), Some((last, most))) = (least.split_first(), most.split_first()) else {
        return builder.rule(vec![Sequence::new()]);
    };
    let rest = least.len() as u32;
    let any = Symbol::Repeat(json.digit, rest, Some(rest));
    let least_is_free = least.iter().all(|digit| *digit == b'0');
    let most_is_free = most.iter().all(|digit| *digit == b'9');
    if least_is_free && most_is_free {
        return builder.rule(vec![vec![Symbol::Range(*first, *last), any]]);
    }
    if first == last {
        let rest = same_length(builder, json, least, most);
        return builder.rule(vec![vec![Symbol::Byte(*first), Symbol::Rule(rest)]]);
    }
    let from = same_length(builder, json, least, &vec![b'9'; least.len()]);
    let to = same_length(builder, json, &vec![b'0'; most.len()], most);
    let mut alternatives = vec![
        vec![Symbol::Byte(*first), Symbol::Rule(from)],
        vec![Symbol::Byte(*last), Symbol::Rule(to)],
    ];
    if first + 1 < *last {
        alternatives.push(vec![Symbol::Range(first + 1, last - 1), any]);
    }
    builder.rule(alternatives)
}
