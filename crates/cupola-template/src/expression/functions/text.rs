//! Texts. Positions and lengths count UTF-16 units, as the service's strings do.

use serde_json::Value;

use super::super::Fault;
use super::arguments::scalar;
use super::{Answer, Arguments, Function, MANY, format, name_guid, pure, unique_string};

/// What `split` may compare: bytes of the text, times bytes of all delimiters.
const SPLIT_WORK_MAX: usize = 1 << 28;

pub(super) const TABLE: &[Function] = &[
    pure("endsWith", 2, 2, |arguments| {
        Ok(fold(arguments.text(0)?)
            .ends_with(&fold(arguments.text(1)?))
            .into())
    }),
    pure("startsWith", 2, 2, |arguments| {
        Ok(fold(arguments.text(0)?)
            .starts_with(&fold(arguments.text(1)?))
            .into())
    }),
    pure("format", 1, MANY, format::composite),
    pure("guid", 1, MANY, |arguments| {
        Ok(name_guid(&dashed(arguments)?).into())
    }),
    pure("uniqueString", 1, MANY, |arguments| {
        Ok(unique_string(&dashed(arguments)?).into())
    }),
    pure("padLeft", 2, 3, pad_left),
    pure("replace", 3, 3, replace),
    pure("split", 2, 2, split),
    pure("string", 1, 1, string),
    pure("substring", 2, 3, substring),
    pure("toLower", 1, 1, |arguments| {
        Ok(map(arguments.text(0)?, lower).into())
    }),
    pure("toUpper", 1, 1, |arguments| {
        Ok(map(arguments.text(0)?, upper).into())
    }),
    pure("trim", 1, 1, |arguments| Ok(arguments.text(0)?.trim().into())),
];

fn dashed(arguments: &Arguments<'_>) -> Result<String, Fault> {
    let parts = (0..arguments.len())
        .map(|position| arguments.text(position))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(parts.join("-"))
}

fn pad_left(arguments: &Arguments<'_>) -> Answer {
    let (whole, wanted) = (arguments.scalar(0)?, arguments.integer(1)?);
    let padding = match arguments.get(2) {
        None => ' ',
        Some(_) => single(arguments.text(2)?)
            .ok_or_else(|| arguments.fault("the padding character must be exactly one character"))?,
    };
    let wanted = usize::try_from(wanted).map_err(|_| arguments.fault("the total length is negative"))?;
    let missing = wanted.saturating_sub(length(&whole));
    arguments.fits(
        missing
            .saturating_mul(padding.len_utf8())
            .saturating_add(whole.len()),
    )?;
    let mut padded: String = std::iter::repeat_n(padding, missing).collect();
    padded.push_str(&whole);
    Ok(padded.into())
}

fn single(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

fn replace(arguments: &Arguments<'_>) -> Answer {
    let (whole, old, new) = (arguments.text(0)?, arguments.text(1)?, arguments.text(2)?);
    if old.is_empty() {
        return Err(arguments.fault("the string to replace is empty"));
    }
    let found = whole.matches(old).count();
    arguments.fits((whole.len() - found * old.len()).saturating_add(found.saturating_mul(new.len())))?;
    Ok(whole.replace(old, new).into())
}

fn split(arguments: &Arguments<'_>) -> Answer {
    let whole = arguments.text(0)?;
    let delimiters: Vec<&str> = match arguments.value(1) {
        Value::String(delimiter) => vec![delimiter],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => return Err(arguments.mistyped(1, "String' or 'Array")),
    };
    if arguments
        .value(1)
        .as_array()
        .is_some_and(|items| items.len() != delimiters.len())
    {
        return Err(arguments.fault("all delimiters have to be strings"));
    }
    let work = whole
        .len()
        .saturating_mul(delimiters.iter().map(|delimiter| delimiter.len()).sum());
    if delimiters.len() > 1 && work > SPLIT_WORK_MAX {
        return Err(arguments.fault("the text and the delimiters are too long together"));
    }
    Ok(match delimiters.as_slice() {
        [delimiter] if !delimiter.is_empty() => whole.split(delimiter).map(Value::from).collect(),
        delimiters => split_at_any(whole, delimiters),
    })
}

/// At each place the first delimiter that fits counts; empty ones never do.
fn split_at_any(whole: &str, delimiters: &[&str]) -> Value {
    let (mut parts, mut start, mut at) = (Vec::new(), 0, 0);
    while at < whole.len() {
        let rest = &whole[at..];
        match delimiters
            .iter()
            .find(|delimiter| !delimiter.is_empty() && rest.starts_with(**delimiter))
        {
            Some(delimiter) => {
                parts.push(Value::from(&whole[start..at]));
                at += delimiter.len();
                start = at;
            }
            None => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    parts.push(Value::from(&whole[start..]));
    parts.into()
}

fn string(arguments: &Arguments<'_>) -> Answer {
    let text = shown(arguments.value(0));
    arguments.fits(text.len())?;
    Ok(text.into())
}

/// Any value as text: structures as compact JSON, null as nothing.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        value => scalar(value).unwrap_or_else(|| value.to_string()),
    }
}

fn substring(arguments: &Arguments<'_>) -> Answer {
    let (whole, start) = (arguments.text(0)?, arguments.integer(1)?);
    let available = length(whole);
    let wanted = match arguments.get(2) {
        None => i64::try_from(available).unwrap_or(i64::MAX).saturating_sub(start),
        Some(_) => arguments.integer(2)?,
    };
    let (from, count) = (usize::try_from(start).ok(), usize::try_from(wanted).ok());
    let inside = from
        .zip(count)
        .filter(|(from, count)| from.checked_add(*count).is_some_and(|end| end <= available));
    let (from, count) = inside.ok_or_else(|| {
        arguments.fault(format!(
            "the index and length parameters must refer to a location within the string. The index parameter: '{start}', the length parameter: '{wanted}', the length of the string parameter: '{available}'"
        ))
    })?;
    Ok(part(whole, from, count).into())
}

pub(super) fn length(text: &str) -> usize {
    match text.is_ascii() {
        true => text.len(),
        false => text.encode_utf16().count(),
    }
}

/// What lies between two positions; less where the text is shorter.
pub(super) fn part(text: &str, start: usize, count: usize) -> String {
    if text.is_ascii() {
        let start = start.min(text.len());
        return text[start..start.saturating_add(count).min(text.len())].to_owned();
    }
    // A position can be within a character outside the basic plane; half of one becomes a replacement character.
    let units: Vec<u16> = text.encode_utf16().skip(start).take(count).collect();
    String::from_utf16_lossy(&units)
}

/// The position of a text in another without regard to case.
pub(super) fn find(text: &str, wanted: &str) -> Option<usize> {
    let folded = fold(text);
    folded.find(&fold(wanted)).map(|at| length(&folded[..at]))
}

pub(super) fn find_last(text: &str, wanted: &str) -> Option<usize> {
    let folded = fold(text);
    folded.rfind(&fold(wanted)).map(|at| length(&folded[..at]))
}

/// For comparing: character by character, so that positions stay what they were.
fn fold(text: &str) -> String {
    map(text, upper)
}

fn map(text: &str, change: fn(char) -> char) -> String {
    text.chars().map(change).collect()
}

fn upper(from: char) -> char {
    same_size(from, from.to_uppercase())
}

fn lower(from: char) -> char {
    same_size(from, from.to_lowercase())
}

/// Only changes of one character to one are made, as invariant culture does.
fn same_size(from: char, mut to: impl Iterator<Item = char>) -> char {
    match (to.next(), to.next()) {
        (Some(to), None) if to.len_utf16() == from.len_utf16() => to,
        _ => from,
    }
}
