//! JSON as the service reads it: also with single quotes, bare names, comments and commas at the end, all of which its
//! own documents use. Tried only where strict reading fails.

use serde_json::{Map, Value};

/// As deep as strict reading goes.
const DEPTH_MAX: usize = 127;

/// The value of a text that is loosely JSON.
pub(super) fn read_loosely(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text, depth: 0 };
    let value = reader.value()?;
    reader.skip();
    reader.rest.is_empty().then_some(value)
}

struct Reader<'t> {
    rest: &'t str,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn value(&mut self) -> Option<Value> {
        self.skip();
        match self.rest.chars().next()? {
            '{' => self.nested(Self::object),
            '[' => self.nested(Self::array),
            '\'' | '"' => self.quoted().map(Value::String),
            _ => bare(self.word()),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Option<Value>) -> Option<Value> {
        self.depth += 1;
        self.rest = &self.rest[1..];
        let value = if self.depth > DEPTH_MAX { None } else { read(self) };
        self.depth -= 1;
        value
    }

    fn object(&mut self) -> Option<Value> {
        let mut object = Map::new();
        while !self.take('}') {
            let name = match self.rest.chars().next()? {
                '\'' | '"' => self.quoted()?,
                _ => Some(self.word()).filter(|name| !name.is_empty())?.to_owned(),
            };
            self.take(':').then_some(())?;
            object.insert(name, self.value()?);
            self.separated('}')?;
        }
        Some(object.into())
    }

    fn array(&mut self) -> Option<Value> {
        let mut items = Vec::new();
        while !self.take(']') {
            items.push(self.value()?);
            self.separated(']')?;
        }
        Some(items.into())
    }

    /// A comma, or the end comes next.
    fn separated(&mut self, end: char) -> Option<()> {
        (self.take(',') || self.rest.starts_with(end)).then_some(())
    }

    fn quoted(&mut self) -> Option<String> {
        let quote = self.rest.chars().next()?;
        let mut chars = self.rest[1..].chars();
        let mut units: Vec<u16> = Vec::new();
        loop {
            match chars.next()? {
                end if end == quote => break,
                '\\' => units.push(escaped(&mut chars)?),
                other => units.extend_from_slice(other.encode_utf16(&mut [0; 2])),
            }
        }
        self.rest = chars.as_str();
        // An escape may be half of a character.
        Some(String::from_utf16_lossy(&units))
    }

    fn word(&mut self) -> &'t str {
        let stops = |c: char| c.is_whitespace() || "{}[],:/'\"".contains(c);
        let (word, rest) = self
            .rest
            .split_at(self.rest.find(stops).unwrap_or(self.rest.len()));
        self.rest = rest;
        word
    }

    fn take(&mut self, wanted: char) -> bool {
        self.skip();
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                self.skip();
                true
            }
            None => false,
        }
    }

    /// White space and comments.
    fn skip(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            if let Some(comment) = self.rest.strip_prefix("/*") {
                self.rest = comment.split_once("*/").map_or("", |(_, rest)| rest);
            } else if let Some(comment) = self.rest.strip_prefix("//") {
                self.rest = comment.split_once('\n').map_or("", |(_, rest)| rest);
            } else {
                return;
            }
        }
    }
}

fn bare(word: &str) -> Option<Value> {
    match word {
        "true" => Some(true.into()),
        "false" => Some(false.into()),
        "null" => Some(Value::Null),
        number => serde_json::from_str(number).ok().filter(Value::is_number),
    }
}

fn escaped(chars: &mut std::str::Chars<'_>) -> Option<u16> {
    let unit = match chars.next()? {
        'b' => 8,
        't' => 9,
        'n' => 10,
        'f' => 12,
        'r' => 13,
        'u' => {
            let (digits, rest) = chars.as_str().split_at_checked(4)?;
            *chars = rest.chars();
            u16::from_str_radix(digits, 16)
                .ok()
                .filter(|_| !digits.starts_with('+'))?
        }
        same @ ('\'' | '"' | '\\' | '/') => same as u16,
        _ => return None,
    };
    Some(unit)
}
