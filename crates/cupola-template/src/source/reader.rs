//! The reader: one pass, no recursion deeper than its bound, every fault with line and column.

use super::{Member, Node, Shape, Span};
use crate::complaint::Complaint;
use std::collections::HashMap;

/// How deep arrays and objects may stand in each other.
pub const DEPTH_MAX: usize = 128;

/// How long a text may be. The service takes templates of 4 MB; a body holds parameters as well.
pub const TEXT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Objects with more properties than this find earlier ones of the same name by hash, smaller ones by looking.
const SMALL_OBJECT: usize = 16;

/// Reads a text: a template, a parameter file, or the body of a deployment request.
pub fn read(text: &str) -> Result<Node, Complaint> {
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: 0,
        line: 1,
        mark: (0, 1),
        depth: 0,
    };
    if text.len() > TEXT_BYTES_MAX {
        return Err(reader.fault(format!(
            "The text has {} bytes; at most {TEXT_BYTES_MAX} are read.",
            text.len()
        )));
    }
    if text.starts_with('\u{feff}') {
        reader.at = '\u{feff}'.len_utf8();
        reader.mark = (reader.at, 1);
    }
    reader.skip()?;
    let node = reader.value()?;
    reader.skip()?;
    if reader.at < reader.bytes.len() {
        return Err(reader.fault("Nothing may follow the value; remove what stands behind it.".to_owned()));
    }
    Ok(node)
}

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    line: u32,
    /// The last place whose column was counted, and that column; counting goes on from there.
    mark: (usize, u32),
    depth: usize,
}

impl Reader<'_> {
    fn value(&mut self) -> Result<Node, Complaint> {
        let span = self.here();
        let shape = match self.peek() {
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::list)?,
            Some(b'"') => Shape::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(byte) if is_word(byte) => self.word()?,
            Some(_) => return Err(self.fault(format!("A value cannot begin with '{}'.", self.character()))),
            None => return Err(self.fault("The text ends where a value should stand.".to_owned())),
        };
        Ok(Node {
            span: self.until(span),
            shape,
        })
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Shape, Complaint>) -> Result<Shape, Complaint> {
        if self.depth == DEPTH_MAX {
            return Err(self.fault(format!(
                "Arrays and objects stand more than {DEPTH_MAX} deep in each other."
            )));
        }
        self.depth += 1;
        self.step();
        let shape = read(self);
        self.depth -= 1;
        shape
    }

    fn object(&mut self) -> Result<Shape, Complaint> {
        let mut members: Vec<Member> = Vec::new();
        let mut seen: HashMap<String, usize> = HashMap::new();
        self.skip()?;
        if self.take(b'}') {
            return Ok(Shape::Object(members));
        }
        loop {
            let key_start = self.here();
            let key = self.key()?;
            let key_span = self.until(key_start);
            self.skip()?;
            if !self.take(b':') {
                return Err(self.fault(format!("A ':' is missing behind the property name '{key}'.")));
            }
            self.skip()?;
            let node = self.value()?;
            let member = Member { key, key_span, node };
            if members.len() == SMALL_OBJECT {
                seen.extend(
                    members
                        .iter()
                        .enumerate()
                        .map(|(at, member)| (member.key.clone(), at)),
                );
            }
            let earlier = if members.len() < SMALL_OBJECT {
                members.iter().position(|other| other.key == member.key)
            } else {
                seen.get(&member.key).copied()
            };
            match earlier {
                Some(at) => members[at] = member,
                None => {
                    if members.len() >= SMALL_OBJECT {
                        seen.insert(member.key.clone(), members.len());
                    }
                    members.push(member);
                }
            }
            self.skip()?;
            if self.take(b'}') {
                return Ok(Shape::Object(members));
            }
            if !self.take(b',') {
                return Err(self.fault("A ',' or '}' is missing behind a property.".to_owned()));
            }
            self.skip()?;
            if self.peek() == Some(b'}') {
                return Err(self.fault("A ',' stands behind the last property; remove it.".to_owned()));
            }
        }
    }

    fn list(&mut self) -> Result<Shape, Complaint> {
        let mut items = Vec::new();
        self.skip()?;
        if self.take(b']') {
            return Ok(Shape::List(items));
        }
        loop {
            items.push(self.value()?);
            self.skip()?;
            if self.take(b']') {
                return Ok(Shape::List(items));
            }
            if !self.take(b',') {
                return Err(self.fault("A ',' or ']' is missing behind an item.".to_owned()));
            }
            self.skip()?;
            if self.peek() == Some(b']') {
                return Err(self.fault("A ',' stands behind the last item; remove it.".to_owned()));
            }
        }
    }

    fn key(&mut self) -> Result<String, Complaint> {
        match self.peek() {
            Some(b'"') => self.string(),
            Some(byte) if is_word(byte) => {
                let start = self.at;
                while self.peek().is_some_and(is_word) {
                    self.at += 1;
                }
                Ok(self.text[start..self.at].to_owned())
            }
            Some(_) => Err(self.fault(format!(
                "A property name cannot begin with '{}'.",
                self.character()
            ))),
            None => Err(self.fault("The text ends where a property name should stand.".to_owned())),
        }
    }

    fn string(&mut self) -> Result<String, Complaint> {
        let opening = self.here();
        self.at += 1;
        let mut text = String::new();
        loop {
            let start = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | b'\n')) {
                self.at += 1;
            }
            text.push_str(&self.text[start..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    let escaped = self.escape()?;
                    text.push(escaped);
                }
                Some(_) => {
                    self.step();
                    text.push('\n');
                }
                None => {
                    return Err(Complaint::unreadable(
                        "The string that begins here never ends.".to_owned(),
                        opening,
                    ));
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, Complaint> {
        self.at += 1;
        let plain = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'\'') => '\'',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => {
                return Err(self.fault("A '\\' in a string is not followed by an escape of JSON.".to_owned()));
            }
        };
        self.at += 1;
        Ok(plain)
    }

    // A lone half of a surrogate pair is not a character; it becomes the replacement character.
    fn unicode(&mut self) -> Result<char, Complaint> {
        self.at += 1;
        let high = self.four_digits()?;
        if let Some(character) = char::from_u32(high) {
            return Ok(character);
        }
        let after = self.at;
        if high < 0xdc00 && self.bytes[self.at..].starts_with(b"\\u") {
            self.at += 2;
            let low = self.four_digits()?;
            if (0xdc00..0xe000).contains(&low) {
                let joined = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = after;
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn four_digits(&mut self) -> Result<u32, Complaint> {
        let digits = self.bytes.get(self.at..self.at + 4);
        let code = digits
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match code {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => Err(self.fault("'\\u' needs four hexadecimal digits.".to_owned())),
        }
    }

    fn number(&mut self) -> Result<Shape, Complaint> {
        let begin = self.here();
        let start = self.at;
        while matches!(
            self.peek(),
            Some(b'-' | b'+' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z')
        ) {
            self.at += 1;
        }
        let text = &self.text[start..self.at];
        serde_json::from_str(text)
            .map(Shape::Number)
            .map_err(|_| Complaint::unreadable(format!("'{text}' is not a number of JSON."), begin))
    }

    fn word(&mut self) -> Result<Shape, Complaint> {
        let begin = self.here();
        let start = self.at;
        while self.peek().is_some_and(is_word) {
            self.at += 1;
        }
        match &self.text[start..self.at] {
            "null" => Ok(Shape::Null),
            "true" => Ok(Shape::Bool(true)),
            "false" => Ok(Shape::Bool(false)),
            other => Err(Complaint::unreadable(
                format!("'{other}' is not a value of JSON; put text between double quotes."),
                begin,
            )),
        }
    }

    /// Passes over white space and comments.
    fn skip(&mut self) -> Result<(), Complaint> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.step(),
                Some(b'/') => self.comment()?,
                _ => return Ok(()),
            }
        }
    }

    fn comment(&mut self) -> Result<(), Complaint> {
        let begin = self.here();
        match self.bytes.get(self.at + 1) {
            Some(b'/') => {
                while !matches!(self.peek(), None | Some(b'\n')) {
                    self.at += 1;
                }
                Ok(())
            }
            Some(b'*') => {
                self.at += 2;
                while !self.bytes[self.at..].starts_with(b"*/") {
                    if self.peek().is_none() {
                        return Err(Complaint::unreadable(
                            "The comment that begins here never ends.".to_owned(),
                            begin,
                        ));
                    }
                    self.step();
                }
                self.at += 2;
                Ok(())
            }
            _ => Err(self.fault("A '/' stands alone; comments begin with '//' or '/*'.".to_owned())),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn step(&mut self) {
        if self.peek() == Some(b'\n') {
            self.line += 1;
            self.mark = (self.at + 1, 1);
        }
        self.at += 1;
    }

    fn here(&mut self) -> Span {
        let (from, column) = self.mark;
        let passed = &self.bytes[from..self.at];
        let characters = passed.iter().filter(|byte| (**byte & 0xc0) != 0x80).count();
        self.mark = (self.at, column + characters as u32);
        let start = self.at as u32;
        Span {
            start,
            end: start,
            line: self.line,
            column: self.mark.1,
        }
    }

    fn until(&self, span: Span) -> Span {
        Span {
            end: self.at as u32,
            ..span
        }
    }

    fn character(&self) -> char {
        self.text
            .get(self.at..)
            .and_then(|rest| rest.chars().next())
            .unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    fn fault(&mut self, message: String) -> Complaint {
        Complaint::unreadable(message, self.here())
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'-' | b'.')
}
