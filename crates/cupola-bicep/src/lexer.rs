//! Text to tokens. New lines are tokens, because Bicep ends its items with them; strings come in the pieces
//! between `${` and `}`, so that the parser meets what is filled in as ordinary tokens.

use crate::diagnostic::{Directive, DirectiveKind, Remarks};
use crate::syntax::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Identifier,
    Integer,
    /// A string without anything filled in.
    Whole,
    /// `'text${`
    First,
    /// `}text${`
    Middle,
    /// `}text'`
    Last,
    /// Any run of new lines.
    NewLine,
    /// Punctuation and operators; the text says which.
    Sign(&'static str),
    /// Something that is no token. The lexer has said so.
    Unknown,
    End,
}

#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
    /// Of a string: its text, without escapes. Of a name or a number: as written.
    pub(crate) text: String,
}

pub(crate) struct Lexed {
    /// Ends with one `End`.
    pub(crate) tokens: Vec<Token>,
    pub(crate) directives: Vec<Directive>,
}

pub(crate) fn lex(text: &str, remarks: &mut Remarks) -> Lexed {
    let mut lexer = Lexer {
        text,
        at: 0,
        line: 0,
        tokens: Vec::new(),
        directives: Vec::new(),
        strings: Vec::new(),
        remarks,
    };
    lexer.run();
    Lexed {
        tokens: lexer.tokens,
        directives: lexer.directives,
    }
}

// Longest first, so that `??` is not two `?`.
const SIGNS: [&str; 37] = [
    "...", ".?", "::", "??", "=>", "==", "=~", "!=", "!~", "<=", ">=", "&&", "||", "{", "}", "(", ")", "[",
    "]", ",", ".", "?", ":", "=", "!", "<", ">", "+", "-", "*", "/", "%", "|", "@", "^", ";", "#",
];

/// A string that is open while what fills it is read.
struct OpenString {
    /// Braces of objects inside the filling.
    braces: usize,
    /// Of a multi-line string: how many `$` open a filling. `None` for a string on one line.
    dollars: Option<usize>,
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    tokens: Vec<Token>,
    directives: Vec<Directive>,
    strings: Vec<OpenString>,
    remarks: &'a mut Remarks,
}

impl Lexer<'_> {
    fn run(&mut self) {
        // A byte order mark is not part of the text.
        if self.rest().starts_with('\u{feff}') {
            self.at += 3;
        }
        while let Some(next) = self.peek() {
            match next {
                '\n' | '\r' => self.new_lines(),
                ' ' | '\t' | '\u{a0}' | '\u{b}' | '\u{c}' => self.at += next.len_utf8(),
                '/' if self.rest().starts_with("//") => self.skip_line(),
                '/' if self.rest().starts_with("/*") => self.block_comment(),
                '#' if self.begins_line() => self.directive(),
                '\'' => self.string(),
                '$' if self.dollars_of_multiline().is_some() => self.string(),
                '0'..='9' => self.word(Kind::Integer),
                'a'..='z' | 'A'..='Z' | '_' => self.word(Kind::Identifier),
                _ => self.sign(next),
            }
        }
        self.close_strings(self.at);
        self.push(Kind::End, self.at, String::new());
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn push(&mut self, kind: Kind, start: usize, text: String) {
        let span = self.span_from(start);
        self.tokens.push(Token { kind, span, text });
    }

    fn span_from(&self, start: usize) -> Span {
        Span {
            start: start as u32,
            end: self.at as u32,
        }
    }

    fn new_lines(&mut self) {
        let start = self.at;
        // A string on one line ends with the line, and so does what fills it.
        if self.strings.last().is_some_and(|string| string.dollars.is_none()) {
            let span = Span {
                start: start as u32,
                end: start as u32,
            };
            self.remarks.error(
                span,
                "BCP004",
                "The string at this location is not terminated due to an unexpected new line character.",
            );
            while self.strings.pop_if(|string| string.dollars.is_none()).is_some() {
                self.push(Kind::Last, start, String::new());
            }
        }
        while let Some(next @ ('\n' | '\r')) = self.peek() {
            self.at += 1;
            self.line += u32::from(next == '\n');
        }
        if self.tokens.last().is_none_or(|token| token.kind != Kind::NewLine) {
            self.push(Kind::NewLine, start, String::new());
        }
    }

    fn skip_line(&mut self) {
        self.at += self.rest().find(['\n', '\r']).unwrap_or(self.rest().len());
    }

    fn block_comment(&mut self) {
        let start = self.at;
        match self.rest()[2..].find("*/") {
            Some(length) => self.at += length + 4,
            None => {
                self.at = self.text.len();
                let span = self.span_from(start);
                self.remarks.error(span, "BCP002", "The multi-line comment at this location is not terminated. Terminate it with the */ character sequence.");
            }
        }
        self.line += self.text[start..self.at].matches('\n').count() as u32;
    }

    fn begins_line(&self) -> bool {
        let before = &self.text[..self.at];
        before[before.rfind('\n').map_or(0, |at| at + 1)..]
            .trim()
            .is_empty()
    }

    fn directive(&mut self) {
        let start = self.at;
        self.skip_line();
        let mut words = self.text[start + 1..self.at].split_whitespace();
        let kind = match words.next() {
            Some("disable-next-line") => DirectiveKind::NextLine,
            Some("disable-diagnostics") => DirectiveKind::Disable,
            Some("restore-diagnostics") => DirectiveKind::Restore,
            _ => {
                let span = Span {
                    start: start as u32,
                    end: start as u32 + 1,
                };
                self.remarks
                    .error(span, "BCP001", "The following token is not recognized: \"#\".");
                return;
            }
        };
        let codes: Vec<String> = words
            .take_while(|word| !word.starts_with("//"))
            .map(str::to_owned)
            .collect();
        if codes.is_empty() {
            let span = self.span_from(start);
            self.remarks.error(span, "BCP226", "Expected at least one diagnostic code at this location. Valid format is \"#disable-next-line diagnosticCode1 diagnosticCode2 ...\"");
        }
        self.directives.push(Directive {
            kind,
            line: self.line,
            codes,
        });
    }

    fn word(&mut self, kind: Kind) {
        let start = self.at;
        let ends = |next: char| match kind {
            Kind::Integer => !next.is_ascii_digit(),
            _ => !(next.is_ascii_alphanumeric() || next == '_'),
        };
        self.at += self.rest().find(ends).unwrap_or(self.rest().len());
        let text = self.text[start..self.at].to_owned();
        if kind == Kind::Identifier && text.len() > 255 {
            let span = self.span_from(start);
            self.remarks.error(
                span,
                "BCP024",
                "The identifier exceeds the limit of 255. Reduce the length of the identifier.",
            );
        }
        self.push(kind, start, text);
    }

    fn sign(&mut self, next: char) {
        let start = self.at;
        if next == '}'
            && let Some(string) = self.strings.last()
            && string.braces == 0
        {
            return self.continue_string();
        }
        let Some(sign) = SIGNS.iter().find(|sign| self.rest().starts_with(**sign)) else {
            self.at += next.len_utf8();
            let span = self.span_from(start);
            match next {
                '"' => self.remarks.error(span, "BCP103", "The following token is not recognized: \"\"\". Strings are defined using single quotes in bicep."),
                _ => self.remarks.error(span, "BCP001", format!("The following token is not recognized: \"{next}\".")),
            }
            return self.push(Kind::Unknown, start, String::new());
        };
        self.at += sign.len();
        if matches!(*sign, ";" | "#") {
            let span = self.span_from(start);
            self.remarks.error(
                span,
                "BCP001",
                format!("The following token is not recognized: \"{sign}\"."),
            );
            return self.push(Kind::Unknown, start, String::new());
        }
        if let Some(string) = self.strings.last_mut() {
            match *sign {
                "{" => string.braces += 1,
                "}" => string.braces -= 1,
                _ => {}
            }
        }
        self.push(Kind::Sign(sign), start, String::new());
    }

    // `$'''` and `$$'''` open multi-line strings with fillings.
    fn dollars_of_multiline(&self) -> Option<usize> {
        let count = self.rest().bytes().take_while(|byte| *byte == b'$').count();
        self.rest()[count..].starts_with("'''").then_some(count)
    }

    fn string(&mut self) {
        let start = self.at;
        match self.dollars_of_multiline() {
            Some(dollars) => {
                self.at += dollars + 3;
                // The line break behind the quotes is not part of the text.
                if self.rest().starts_with("\r\n") {
                    self.at += 2;
                    self.line += 1;
                } else if self.rest().starts_with('\n') {
                    self.at += 1;
                    self.line += 1;
                }
                self.strings.push(OpenString {
                    braces: 0,
                    dollars: Some(dollars),
                });
                self.multiline_piece(start, true, dollars);
            }
            None => {
                self.at += 1;
                self.strings.push(OpenString {
                    braces: 0,
                    dollars: None,
                });
                self.piece(start, true);
            }
        }
    }

    fn continue_string(&mut self) {
        let start = self.at;
        self.at += 1;
        match self.strings.last().and_then(|string| string.dollars) {
            Some(dollars) => self.multiline_piece(start, false, dollars),
            None => self.piece(start, false),
        }
    }

    /// Reads up to the closing quote or the next filling.
    fn piece(&mut self, start: usize, first: bool) {
        let mut text = String::new();
        loop {
            let Some(next) = self.peek() else {
                return self.unterminated(start, first, text, "BCP003", "The string at this location is not terminated. Terminate the string with a single quote character.");
            };
            match next {
                '\n' | '\r' => {
                    return self.unterminated(start, first, text, "BCP004", "The string at this location is not terminated due to an unexpected new line character.");
                }
                '\'' => {
                    self.at += 1;
                    self.strings.pop();
                    return self.push(if first { Kind::Whole } else { Kind::Last }, start, text);
                }
                '$' if self.rest().starts_with("${") => {
                    self.at += 2;
                    return self.push(if first { Kind::First } else { Kind::Middle }, start, text);
                }
                '\\' => self.escape(&mut text),
                other => {
                    self.at += other.len_utf8();
                    text.push(other);
                }
            }
        }
    }

    fn escape(&mut self, text: &mut String) {
        let start = self.at;
        self.at += 1;
        let Some(next) = self.peek() else { return };
        let plain = match next {
            '\\' | '\'' | '$' => Some(next),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            _ => None,
        };
        if let Some(plain) = plain {
            self.at += 1;
            return text.push(plain);
        }
        if next == 'u' {
            self.at += 1;
            let hex: String = self.rest().strip_prefix('{').map_or(String::new(), |rest| {
                rest.chars()
                    .take_while(|digit| digit.is_ascii_hexdigit())
                    .take(9)
                    .collect()
            });
            let ended = self
                .rest()
                .get(1 + hex.len()..)
                .is_some_and(|rest| rest.starts_with('}'));
            match u32::from_str_radix(&hex, 16)
                .ok()
                .and_then(char::from_u32)
                .filter(|_| ended)
            {
                Some(character) => {
                    self.at += hex.len() + 2;
                    text.push(character);
                }
                None => {
                    let span = self.span_from(start);
                    self.remarks.error(span, "BCP133", "The unicode escape sequence is not valid. Valid unicode escape sequences range from \\u{0} to \\u{10FFFF}.");
                }
            }
            return;
        }
        // What follows may be the line's end, so it is left to the caller.
        let span = self.span_from(start);
        self.remarks.error(span, "BCP006", "The specified escape sequence is not recognized. Only the following escape sequences are allowed: \"\\$\", \"\\'\", \"\\\\\", \"\\n\", \"\\r\", \"\\t\", \"\\u{...}\".");
    }

    fn multiline_piece(&mut self, start: usize, first: bool, dollars: usize) {
        let mut text = String::new();
        let filling = format!("{}{{", "$".repeat(dollars));
        loop {
            let Some(next) = self.peek() else {
                return self.unterminated(
                    start,
                    first,
                    text,
                    "BCP140",
                    "The multi-line string at this location is not terminated. Terminate it with \"'''\".",
                );
            };
            if self.rest().starts_with("'''") {
                self.at += 3;
                // More quotes belong to the text: the last three close it.
                while self.rest().starts_with('\'') {
                    text.push('\'');
                    self.at += 1;
                }
                self.strings.pop();
                return self.push(if first { Kind::Whole } else { Kind::Last }, start, text);
            }
            if dollars > 0 && self.rest().starts_with(&filling) {
                self.at += filling.len();
                return self.push(if first { Kind::First } else { Kind::Middle }, start, text);
            }
            self.line += u32::from(next == '\n');
            self.at += next.len_utf8();
            text.push(next);
        }
    }

    fn unterminated(&mut self, start: usize, first: bool, text: String, code: &'static str, message: &str) {
        self.strings.pop();
        let span = self.span_from(start);
        self.remarks.error(span, code, message);
        self.push(if first { Kind::Whole } else { Kind::Last }, start, text);
    }

    // The end of the file ends every string, so that the parser finds its pieces in pairs.
    fn close_strings(&mut self, at: usize) {
        while self.strings.pop().is_some() {
            let span = Span {
                start: at as u32,
                end: at as u32,
            };
            self.remarks.error(span, "BCP003", "The string at this location is not terminated. Terminate the string with a single quote character.");
            self.push(Kind::Last, at, String::new());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let mut remarks = Remarks::default();
        let lexed = lex(text, &mut remarks);
        let mut words: Vec<String> = Vec::new();
        for token in &lexed.tokens {
            words.push(match token.kind {
                Kind::Identifier | Kind::Integer => token.text.clone(),
                Kind::Sign(sign) => sign.to_owned(),
                Kind::Whole => format!("'{}'", token.text),
                Kind::First => format!("'{}${{", token.text),
                Kind::Middle => format!("}}{}${{", token.text),
                Kind::Last => format!("}}{}'", token.text),
                Kind::NewLine => "¶".into(),
                Kind::Unknown => "�".into(),
                Kind::End => continue,
            });
        }
        words.extend(remarks.0.iter().map(|remark| remark.code.to_owned()));
        assert_eq!(words.join(" "), expected, "{text}");
    }

    #[test]
    fn tokens() {
        check("param x string", "param x string");
        check("a.?b[?c]", "a .? b [ ? c ]");
        check("a??b?c:d::e", "a ?? b ? c : d :: e");
        check("x=>y=~z!~w", "x => y =~ z !~ w");
        check("a // rest\r\n\n\nb /* c\n d */ e", "a ¶ b e");
        check("a /* open", "a BCP002");
        check("x # y", "x � y BCP001");
        check("\"x\"", "� x � BCP103 BCP103");
        check("a;b", "a � b BCP001");
        check("\u{feff}var", "var");
    }

    #[test]
    fn strings_come_in_pieces() {
        check("'a'", "'a'");
        check("'a${b}c${d}'", "'a${ b }c${ d }'");
        check("'${ {a: '}'} }'", "'${ { a : '}' } }'");
        check("'a${'b${c}'}d'", "'a${ 'b${ c }' }d'");
        check(r"'\'\\\n\$\u{1F600}'", "''\\\n$😀'");
        check(r"'\x'", "'x' BCP006");
        check(r"'\u{110000}'", "'{110000}' BCP133");
        check("'''\nit's ${no} filling\n'''", "'it's ${no} filling\n'");
        check("''''a''''", "''a''");
        check("$'''a ${b}'''", "'a ${ b }'");
        check("$$'''${a} $${b}'''", "'${a} ${ b }'");
    }

    #[test]
    fn a_string_that_does_not_end_ends_with_its_line() {
        check("'a\nb", "'a' ¶ b BCP004");
        check("'a", "'a' BCP003");
        check("'a${b\nc", "'a${ b }' ¶ c BCP004");
        check("'a${b", "'a${ b }' BCP003");
        check("'''a", "'a' BCP140");
    }

    #[test]
    fn directives_are_not_tokens() {
        let mut remarks = Remarks::default();
        let lexed = lex(
            "var a = 1\n  #disable-next-line no-unused-vars BCP081 // why\nvar b = 2",
            &mut remarks,
        );
        assert_eq!(
            lexed.directives,
            [Directive {
                kind: DirectiveKind::NextLine,
                line: 1,
                codes: vec!["no-unused-vars".into(), "BCP081".into()]
            }]
        );
        check("#disable-next-line", "BCP226");
        check("#whatever", "BCP001");
    }
}
