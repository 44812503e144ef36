//! Strings of a schema.

use serde_json::Value;

use super::{Compiler, Keywords, SchemaRefusal, json};
use crate::grammar::{RuleId, Sequence, Symbol, literal};

impl Compiler<'_> {
    pub(super) fn string(&mut self, keywords: &Keywords) -> Result<RuleId, SchemaRefusal> {
        if let Some(pattern) = keywords.get("pattern") {
            let reason = "'pattern' cannot be made a grammar; use 'enum', 'format' or a length.";
            return Err(self.refuse_keyword("pattern", pattern, reason));
        }
        let least = self.count(keywords, "minLength")?.unwrap_or(0);
        let most = self.count(keywords, "maxLength")?;
        if most.is_some_and(|most| most < least) {
            let input = Value::Object(keywords.clone());
            return Err(self.refuse(&input, "No string can have this length.".to_owned()));
        }
        let format = keywords.get("format").and_then(Value::as_str).unwrap_or_default();
        match self.format(format) {
            Some(text) if least == 0 && most.is_none() => Ok(self.builder.rule(vec![json::quoted(text)])),
            // A length with it is unusual, and the length is what a schema demands; a format is an annotation.
            _ if least == 0 && most.is_none() => Ok(self.json.string),
            _ => {
                let characters = Symbol::Repeat(self.json.character, least, most);
                Ok(self.builder.rule(vec![json::quoted(vec![characters])]))
            }
        }
    }

    /// The text of the formats whose form is simple and certain.
    fn format(&mut self, format: &str) -> Option<Sequence> {
        match format {
            "date" => Some(self.date()),
            "time" => Some(self.time()),
            "date-time" => {
                let mut text = self.date();
                text.push(Symbol::Byte(b'T'));
                text.extend(self.time());
                Some(text)
            }
            "uuid" => {
                let hex = |count| Symbol::Repeat(self.json.hexadecimal, count, Some(count));
                let dash = Symbol::Byte(b'-');
                Some(vec![
                    hex(8),
                    dash,
                    hex(4),
                    dash,
                    hex(4),
                    dash,
                    hex(4),
                    dash,
                    hex(12),
                ])
            }
            _ => None,
        }
    }

    /// Days that every year has: the 29th of February is left out.
    fn date(&mut self) -> Sequence {
        let digit = Symbol::Range(b'0', b'9');
        let month = self.builder.rule(vec![
            vec![Symbol::Byte(b'0'), Symbol::Range(b'1', b'9')],
            vec![Symbol::Byte(b'1'), Symbol::Range(b'0', b'2')],
        ]);
        let longer = self
            .builder
            .rule(["01", "03", "05", "07", "08", "10", "12"].map(literal).to_vec());
        let day = self.builder.rule(vec![
            vec![Symbol::Byte(b'0'), Symbol::Range(b'1', b'9')],
            vec![Symbol::Byte(b'1'), digit],
            vec![Symbol::Byte(b'2'), Symbol::Range(b'0', b'8')],
        ]);
        let dash = Symbol::Byte(b'-');
        let rest = self.builder.rule(vec![
            vec![Symbol::Rule(month), dash, Symbol::Rule(day)],
            [&[Symbol::Rule(longer), dash], literal("29").as_slice()].concat(),
            [&[Symbol::Rule(longer), dash], literal("30").as_slice()].concat(),
            [&[Symbol::Rule(longer), dash], literal("31").as_slice()].concat(),
            literal("04-29"),
            literal("04-30"),
            literal("06-29"),
            literal("06-30"),
            literal("09-29"),
            literal("09-30"),
            literal("11-29"),
            literal("11-30"),
        ]);
        vec![
            Symbol::Range(b'1', b'2'),
            digit,
            digit,
            digit,
            dash,
            Symbol::Rule(rest),
        ]
    }

    fn time(&mut self) -> Sequence {
        let digit = Symbol::Range(b'0', b'9');
        let hour = self.builder.rule(vec![
            vec![Symbol::Range(b'0', b'1'), digit],
            vec![Symbol::Byte(b'2'), Symbol::Range(b'0', b'3')],
        ]);
        let sixty = self.builder.rule(vec![vec![Symbol::Range(b'0', b'5'), digit]]);
        let fraction = self.builder.rule(vec![
            Sequence::new(),
            vec![Symbol::Byte(b'.'), Symbol::Repeat(self.json.digit, 1, Some(9))],
        ]);
        let colon = Symbol::Byte(b':');
        let offset = [Symbol::Rule(hour), colon, Symbol::Rule(sixty)];
        let zone = self.builder.rule(vec![
            literal("Z"),
            [&[Symbol::Byte(b'+')], &offset[..]].concat(),
            [&[Symbol::Byte(b'-')], &offset[..]].concat(),
        ]);
        vec![
            Symbol::Rule(hour),
            colon,
            Symbol::Rule(sixty),
            colon,
            Symbol::Rule(sixty),
            Symbol::Rule(fraction),
            Symbol::Rule(zone),
        ]
    }
}
