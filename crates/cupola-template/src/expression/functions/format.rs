//! `format`: .NET's composite formats, such as `{0}-{1,5}-{2:D3}`, in the invariant culture.

use serde_json::{Number, Value};

use super::super::Fault;
use super::{Answer, Arguments, text};

/// Digits that a format may ask for.
const PRECISION_MAX: usize = 99;
/// Characters of a custom format of numbers.
const PATTERN_MAX: usize = 1_000;

pub(super) fn composite(arguments: &Arguments<'_>) -> Answer {
    let mut rest = arguments.text(0)?;
    let mut shown = String::new();
    while let Some(at) = rest.find(['{', '}']) {
        let (before, brace) = (&rest[..at], &rest[at..at + 1]);
        rest = &rest[at + 1..];
        push(arguments, &mut shown, before)?;
        if rest.starts_with(brace) {
            push(arguments, &mut shown, brace)?;
            rest = &rest[1..];
            continue;
        }
        let end = rest.find('}').filter(|_| brace == "{");
        let end = end.ok_or_else(|| malformed(arguments, "a brace is alone: write '{{' or '}}' for one"))?;
        let item = Item::read(&rest[..end]).ok_or_else(|| {
            malformed(
                arguments,
                &format!(
                    "'{{{}}}' is not an index, an alignment and a format",
                    &rest[..end]
                ),
            )
        })?;
        item.write(arguments, &mut shown)?;
        rest = &rest[end + 1..];
    }
    push(arguments, &mut shown, rest)?;
    Ok(shown.into())
}

fn malformed(arguments: &Arguments<'_>, reason: &str) -> Fault {
    arguments.fault(format!("the format string is not valid: {reason}"))
}

fn push(arguments: &Arguments<'_>, shown: &mut String, part: &str) -> Result<(), Fault> {
    arguments.fits(shown.len() + part.len())?;
    shown.push_str(part);
    Ok(())
}

/// `index[,alignment][:format]`; a negative alignment pads on the right.
struct Item<'f> {
    index: usize,
    alignment: i64,
    format: Option<&'f str>,
}

impl<'f> Item<'f> {
    fn read(item: &'f str) -> Option<Self> {
        let (place, format) = match item.split_once(':') {
            Some((place, format)) => (place, Some(format)),
            None => (item, None),
        };
        let (index, alignment) = match place.split_once(',') {
            Some((index, alignment)) => (index, alignment.trim().parse().ok()?),
            None => (place, 0),
        };
        let index = index.trim_end();
        let digits = index.bytes().all(|digit| digit.is_ascii_digit());
        Some(Self {
            index: digits.then(|| index.parse().ok()).flatten()?,
            alignment,
            format,
        })
    }

    fn write(&self, arguments: &Arguments<'_>, shown: &mut String) -> Result<(), Fault> {
        let value = self
            .index
            .checked_add(1)
            .and_then(|position| arguments.get(position))
            .ok_or_else(|| {
                let last = arguments.len() as i64 - 2;
                let index = self.index;
                malformed(
                    arguments,
                    &format!("it names the argument {index}, and the last one is {last}"),
                )
            })?;
        let part = match (value, self.format) {
            (Value::Number(number), Some(format)) if !format.is_empty() => number_in(number, format)
                .ok_or_else(|| {
                    malformed(
                        arguments,
                        &format!("'{format}' is not a format of the number {number}"),
                    )
                })?,
            (value, _) => text::shown(value),
        };
        let width = usize::try_from(self.alignment.unsigned_abs()).unwrap_or(usize::MAX);
        let padding = width.saturating_sub(text::length(&part));
        arguments.fits(shown.len().saturating_add(part.len()).saturating_add(padding))?;
        let padding = " ".repeat(padding);
        let (left, right) = if self.alignment < 0 {
            ("", padding.as_str())
        } else {
            (padding.as_str(), "")
        };
        shown.extend([left, &part, right]);
        Ok(())
    }
}

/// A number in a standard format (a letter and digits) or in a custom one (`000`, `#,##0.00`).
fn number_in(number: &Number, format: &str) -> Option<String> {
    let mut chars = format.chars();
    let letter = chars.next()?;
    let digits = chars.as_str();
    if !letter.is_ascii_alphabetic() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Decimal::of(number).custom(format);
    }
    let precision = match digits {
        "" => None,
        digits => Some(
            digits
                .parse()
                .ok()
                .filter(|precision| *precision <= PRECISION_MAX)?,
        ),
    };
    let decimal = Decimal::of(number);
    let whole = number.as_i64();
    Some(match letter {
        'D' | 'd' => {
            whole?;
            let sign = if decimal.negative { "-" } else { "" };
            format!("{sign}{:0>width$}", decimal.whole, width = precision.unwrap_or(0))
        }
        'X' => format!("{:0width$X}", whole?, width = precision.unwrap_or(0)),
        'x' => format!("{:0width$x}", whole?, width = precision.unwrap_or(0)),
        'B' | 'b' => format!("{:0width$b}", whole?, width = precision.unwrap_or(0)),
        'F' | 'f' => decimal.rounded(precision.unwrap_or(2)).plain(false),
        'N' | 'n' => decimal.rounded(precision.unwrap_or(2)).plain(true),
        'P' | 'p' => format!(
            "{} %",
            decimal
                .times_hundred()
                .rounded(precision.unwrap_or(2))
                .plain(true)
        ),
        'C' | 'c' => {
            let rounded = decimal.rounded(precision.unwrap_or(2));
            let (before, after) = if rounded.negative { ("(", ")") } else { ("", "") };
            let amount = Decimal {
                negative: false,
                ..rounded
            }
            .plain(true);
            format!("{before}¤{amount}{after}")
        }
        'E' | 'e' => exponential(number.as_f64()?, letter, precision.unwrap_or(6)),
        'G' | 'g' | 'R' | 'r' if precision.is_none_or(|most| most == 0 || most >= decimal.significant()) => {
            number.to_string()
        }
        _ => return None,
    })
}

/// At least three digits of exponent and always its sign.
fn exponential(number: f64, letter: char, precision: usize) -> String {
    let shown = format!("{number:.precision$e}");
    let (digits, exponent) = shown.split_once('e').unwrap_or((&shown, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    format!("{digits}{letter}{sign}{exponent:0>3}")
}

/// A number as its digits.
struct Decimal {
    negative: bool,
    whole: String,
    fraction: String,
}

impl Decimal {
    fn of(number: &Number) -> Self {
        // A float prints all its digits and no exponent this way; an integer too large for i64 prints as it is.
        let shown = match number.as_f64() {
            Some(float) if number.is_f64() => float.to_string(),
            _ => number.to_string(),
        };
        let (negative, digits) = match shown.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, shown.as_str()),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        Self {
            negative,
            whole: whole.to_owned(),
            fraction: fraction.to_owned(),
        }
    }

    fn significant(&self) -> usize {
        (self.whole.trim_start_matches('0').len() + self.fraction.len()).max(1)
    }

    fn times_hundred(mut self) -> Self {
        while self.fraction.len() < 2 {
            self.fraction.push('0');
        }
        let rest = self.fraction.split_off(2);
        let whole = format!("{}{}", self.whole, self.fraction);
        let whole = whole.trim_start_matches('0');
        Self {
            whole: if whole.is_empty() { "0" } else { whole }.to_owned(),
            fraction: rest,
            ..self
        }
    }

    /// To so many digits of fraction, half away from zero.
    fn rounded(mut self, digits: usize) -> Self {
        let up = self
            .fraction
            .as_bytes()
            .get(digits)
            .is_some_and(|next| *next >= b'5');
        self.fraction.truncate(digits);
        while self.fraction.len() < digits {
            self.fraction.push('0');
        }
        if up {
            self.increment();
        }
        let zero = |text: &str| text.bytes().all(|digit| digit == b'0');
        Self {
            negative: self.negative && !(zero(&self.whole) && zero(&self.fraction)),
            ..self
        }
    }

    fn increment(&mut self) {
        let mut carried = format!("{}{}", self.whole, self.fraction).into_bytes();
        let mut carry = true;
        for digit in carried.iter_mut().rev() {
            carry = *digit == b'9';
            *digit = if carry { b'0' } else { *digit + 1 };
            if !carry {
                break;
            }
        }
        let mut digits: String = carried.into_iter().map(char::from).collect();
        if carry {
            digits.insert(0, '1');
        }
        self.fraction = digits.split_off(digits.len() - self.fraction.len());
        self.whole = digits;
    }

    fn plain(&self, grouped: bool) -> String {
        let sign = if self.negative { "-" } else { "" };
        let whole = if grouped {
            group(&self.whole)
        } else {
            self.whole.clone()
        };
        let point = if self.fraction.is_empty() { "" } else { "." };
        format!("{sign}{whole}{point}{}", self.fraction)
    }

    /// Sections for positive, negative and zero are separated by `;`.
    fn custom(self, format: &str) -> Option<String> {
        if format.len() > PATTERN_MAX {
            return None;
        }
        let sections: Vec<&str> = format.split(';').collect();
        let zero = |text: &str| text.bytes().all(|digit| digit == b'0');
        let is_zero = zero(&self.whole) && zero(&self.fraction);
        let (section, negative) = match sections.as_slice() {
            [_, _, zero, ..] if is_zero => (*zero, false),
            [_, negative, ..] if self.negative && !negative.is_empty() => (*negative, false),
            [first, ..] => (*first, self.negative),
            [] => return None,
        };
        Pattern::read(section)?.apply(Self { negative, ..self })
    }
}

fn group(digits: &str) -> String {
    let mut grouped = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A section of a custom format.
struct Pattern {
    parts: Vec<Part>,
    grouped: bool,
    percent: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    /// `0` always shows a digit, `#` only one that counts.
    Digit {
        always: bool,
    },
    Point,
    Literal(char),
}

impl Pattern {
    fn read(section: &str) -> Option<Self> {
        let mut pattern = Self {
            parts: Vec::new(),
            grouped: false,
            percent: false,
        };
        let mut chars = section.chars();
        while let Some(next) = chars.next() {
            let part = match next {
                '0' => Part::Digit { always: true },
                '#' => Part::Digit { always: false },
                '.' if pattern.parts.contains(&Part::Point) => continue,
                '.' => Part::Point,
                ',' => {
                    pattern.grouped = true;
                    continue;
                }
                '%' => {
                    pattern.percent = true;
                    Part::Literal('%')
                }
                '\\' => Part::Literal(chars.next()?),
                '\'' | '"' => {
                    let rest = chars.as_str();
                    let (quoted, after) = rest.split_at(rest.find(next)?);
                    pattern.parts.extend(quoted.chars().map(Part::Literal));
                    chars = after[1..].chars();
                    continue;
                }
                other => Part::Literal(other),
            };
            pattern.parts.push(part);
        }
        Some(pattern)
    }

    fn apply(&self, number: Decimal) -> Option<String> {
        let point = self
            .parts
            .iter()
            .position(|part| *part == Part::Point)
            .unwrap_or(self.parts.len());
        let (before, after) = self.parts.split_at(point);
        let is_digit = |part: &&Part| matches!(part, Part::Digit { .. });
        let number = if self.percent {
            number.times_hundred()
        } else {
            number
        };
        let number = number.rounded(after.iter().filter(is_digit).count());

        let whole = self.whole_digits(before, &number);
        let slots = before.iter().filter(is_digit).count();
        let mut shown = String::from(if number.negative { "-" } else { "" });
        let mut slot = 0;
        for part in before {
            match part {
                Part::Literal(literal) => shown.push(*literal),
                _ => {
                    // The first slot takes all digits that have no slot of their own.
                    let end = whole.len().saturating_sub(slots - slot - 1);
                    let start = if slot == 0 {
                        0
                    } else {
                        whole.len().saturating_sub(slots - slot)
                    };
                    whole[start..end].iter().for_each(|digit| shown.push_str(digit));
                    slot += 1;
                }
            }
        }
        push_fraction(after, &number.fraction, &mut shown);
        Some(shown)
    }

    /// Each digit with the comma after it where there is one.
    fn whole_digits(&self, before: &[Part], number: &Decimal) -> Vec<String> {
        let digits = before.iter().filter_map(|part| match part {
            Part::Digit { always } => Some(*always),
            _ => None,
        });
        let least = digits.skip_while(|always| !always).count();
        let padded = format!("{:0>least$}", number.whole.trim_start_matches('0'));
        let length = padded.len();
        let comma = |position: usize| {
            self.grouped && position + 1 < length && (length - position - 1).is_multiple_of(3)
        };
        let digit =
            |(position, digit): (usize, char)| format!("{digit}{}", if comma(position) { "," } else { "" });
        padded.chars().enumerate().map(digit).collect()
    }
}

fn push_fraction(after: &[Part], fraction: &str, shown: &mut String) {
    let always = after.iter().filter(|part| matches!(part, Part::Digit { .. }));
    let least = always
        .enumerate()
        .filter(|(_, part)| **part == Part::Digit { always: true })
        .map(|(at, _)| at + 1)
        .last();
    let kept = fraction.trim_end_matches('0').len().max(least.unwrap_or(0));
    let mut digits = fraction[..kept.min(fraction.len())].chars();
    for part in after {
        match part {
            Part::Point if kept > 0 => shown.push('.'),
            Part::Point => {}
            Part::Digit { .. } => shown.extend(digits.next()),
            Part::Literal(literal) => shown.push(*literal),
        }
    }
}
