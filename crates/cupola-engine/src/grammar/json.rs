//! The parts of JSON that every grammar of it is made of.

use super::{Builder, RuleId, Sequence, Symbol, literal};

/// How deep a value may nest where no schema says so. Parsers have bounds of their own, and a model that is at a loss
/// opens brackets without end.
const DEPTH_MAX: usize = 24;

/// Digits of the whole part and of the fraction. A model that is at a loss writes digits without end, too.
pub(super) const DIGITS_MAX: u32 = 16;

/// White space after a line break: ten levels of two spaces. A model that is at a loss indents without end, too.
const INDENT_MAX: u32 = 20;

/// The rules of JSON, in one builder.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Json {
    /// One character of a string, escaped or not.
    pub(super) character: RuleId,
    pub(super) string: RuleId,
    pub(super) integer: RuleId,
    pub(super) number: RuleId,
    pub(super) digit: RuleId,
    pub(super) hexadecimal: RuleId,
    /// Between tokens: nothing or a space, and where lines may break, a line break with indentation.
    pub(super) space: RuleId,
    /// Any object.
    pub(crate) object: RuleId,
    /// Any value.
    pub(super) value: RuleId,
}

impl Json {
    /// JSON that may be spread over lines.
    pub(crate) fn new(builder: &mut Builder) -> Self {
        let gap = gap_with_lines(builder);
        Self::spaced(builder, gap)
    }

    /// JSON on one line, as templates show calls to their models. Models write calls like that, and room for line breaks
    /// is room to lose the way in.
    pub(crate) fn on_one_line(builder: &mut Builder) -> Self {
        let gap = builder.rule(vec![Sequence::new(), literal(" ")]);
        Self::spaced(builder, gap)
    }

    fn spaced(builder: &mut Builder, space: RuleId) -> Self {
        let digit = builder.rule(vec![vec![Symbol::Range(b'0', b'9')]]);
        let hexadecimal = builder.rule(vec![
            vec![Symbol::Range(b'0', b'9')],
            vec![Symbol::Range(b'a', b'f')],
            vec![Symbol::Range(b'A', b'F')],
        ]);
        let character = character(builder, hexadecimal);
        let string = builder.rule(vec![quoted(vec![Symbol::Repeat(character, 0, None)])]);
        let whole = builder.rule(vec![
            literal("0"),
            vec![
                Symbol::Range(b'1', b'9'),
                Symbol::Repeat(digit, 0, Some(DIGITS_MAX - 1)),
            ],
        ]);
        let integer = builder.rule(vec![
            vec![Symbol::Rule(whole)],
            vec![Symbol::Byte(b'-'), Symbol::Rule(whole)],
        ]);
        let number = number(builder, integer, digit);
        let scalars = [
            vec![Symbol::Rule(string)],
            vec![Symbol::Rule(number)],
            literal("true"),
            literal("false"),
            literal("null"),
        ];
        // The innermost containers are empty; each level around them may hold the one before.
        let mut object = builder.rule(vec![literal("{}")]);
        let mut value = builder.rule(scalars.to_vec());
        for _ in 0..DEPTH_MAX {
            object = map(builder, space, string, value, (0, None));
            let array = list(builder, space, &[], Some(value), (0, None));
            let containers = [vec![Symbol::Rule(object)], vec![Symbol::Rule(array)]];
            value = builder.rule(scalars.iter().cloned().chain(containers).collect());
        }
        Self {
            character,
            string,
            integer,
            number,
            digit,
            hexadecimal,
            space,
            object,
            value,
        }
    }
}

/// Between quotation marks.
pub(super) fn quoted(mut inside: Sequence) -> Sequence {
    inside.insert(0, Symbol::Byte(b'"'));
    inside.push(Symbol::Byte(b'"'));
    inside
}

/// An object of any keys, each with this value.
pub(super) fn map(
    builder: &mut Builder,
    space: RuleId,
    key: RuleId,
    value: RuleId,
    count: (u32, Option<u32>),
) -> RuleId {
    let gap = Symbol::Rule(space);
    let pair = builder.rule(vec![vec![
        Symbol::Rule(key),
        Symbol::Byte(b':'),
        gap,
        Symbol::Rule(value),
    ]]);
    enclosed(builder, space, (b'{', b'}'), &[], Some(pair), count)
}

/// An array that begins with these items and goes on with any number of others.
pub(super) fn list(
    builder: &mut Builder,
    space: RuleId,
    first: &[RuleId],
    rest: Option<RuleId>,
    count: (u32, Option<u32>),
) -> RuleId {
    enclosed(builder, space, (b'[', b']'), first, rest, count)
}

fn enclosed(
    builder: &mut Builder,
    space: RuleId,
    (open, close): (u8, u8),
    first: &[RuleId],
    rest: Option<RuleId>,
    (least, most): (u32, Option<u32>),
) -> RuleId {
    let gap = Symbol::Rule(space);
    let least = least.max(first.len() as u32);
    let mut inside = vec![Symbol::Byte(open), gap];
    let mut written = 0;
    let begin = first
        .iter()
        .copied()
        .chain(rest.filter(|_| first.is_empty()))
        .enumerate();
    for (index, item) in begin {
        if index > 0 {
            inside.extend([Symbol::Byte(b','), gap]);
        }
        inside.push(Symbol::Rule(item));
        written += 1;
    }
    if let Some(rest) = rest {
        let another = builder.rule(vec![vec![Symbol::Byte(b','), gap, Symbol::Rule(rest)]]);
        inside.push(Symbol::Repeat(
            another,
            least.saturating_sub(written),
            most.map(|most| most.saturating_sub(written)),
        ));
    }
    inside.extend([gap, Symbol::Byte(close)]);
    let mut alternatives = Vec::new();
    if written > 0 && most != Some(0) {
        alternatives.push(inside);
    }
    if least == 0 {
        alternatives.push(vec![Symbol::Byte(open), Symbol::Byte(close)]);
    }
    builder.rule(alternatives)
}

fn gap_with_lines(builder: &mut Builder) -> RuleId {
    let indent = builder.rule(vec![literal(" "), literal("\t")]);
    builder.rule(vec![
        Sequence::new(),
        literal(" "),
        vec![Symbol::Byte(b'\n'), Symbol::Repeat(indent, 0, Some(INDENT_MAX))],
    ])
}

fn number(builder: &mut Builder, integer: RuleId, digit: RuleId) -> RuleId {
    let fraction = builder.rule(vec![
        Sequence::new(),
        vec![Symbol::Byte(b'.'), Symbol::Repeat(digit, 1, Some(DIGITS_MAX))],
    ]);
    let sign = builder.rule(vec![Sequence::new(), literal("+"), literal("-")]);
    // Two digits stay inside what a double can hold.
    let tail = [Symbol::Rule(sign), Symbol::Repeat(digit, 1, Some(2))];
    let exponent = builder.rule(vec![
        Sequence::new(),
        [&[Symbol::Byte(b'e')], &tail[..]].concat(),
        [&[Symbol::Byte(b'E')], &tail[..]].concat(),
    ]);
    builder.rule(vec![vec![
        Symbol::Rule(integer),
        Symbol::Rule(fraction),
        Symbol::Rule(exponent),
    ]])
}

/// One code point: itself in UTF-8, or its escape. Escapes of surrogates are left out, since half of them would be
/// no text.
fn character(builder: &mut Builder, hexadecimal: RuleId) -> RuleId {
    let next = Symbol::Range(0x80, 0xbf);
    let hex = Symbol::Rule(hexadecimal);
    let escaped = builder.rule(vec![
        vec![Symbol::Range(b'0', b'9'), hex, hex, hex],
        vec![Symbol::Range(b'a', b'c'), hex, hex, hex],
        vec![Symbol::Range(b'A', b'C'), hex, hex, hex],
        vec![Symbol::Byte(b'd'), Symbol::Range(b'0', b'7'), hex, hex],
        vec![Symbol::Byte(b'D'), Symbol::Range(b'0', b'7'), hex, hex],
        vec![Symbol::Range(b'e', b'f'), hex, hex, hex],
        vec![Symbol::Range(b'E', b'F'), hex, hex, hex],
    ]);
    let short = b"\"\\/bfnrt".map(|letter| vec![Symbol::Byte(letter)]);
    let unicode = vec![Symbol::Byte(b'u'), Symbol::Rule(escaped)];
    let escape = builder.rule(short.into_iter().chain([unicode]).collect());
    builder.rule(vec![
        vec![Symbol::Range(b' ', b'!')],
        vec![Symbol::Range(b'#', b'[')],
        vec![Symbol::Range(b']', 0x7f)],
        vec![Symbol::Byte(b'\\'), Symbol::Rule(escape)],
        vec![Symbol::Range(0xc2, 0xdf), next],
        vec![Symbol::Byte(0xe0), Symbol::Range(0xa0, 0xbf), next],
        vec![Symbol::Range(0xe1, 0xec), next, next],
        vec![Symbol::Byte(0xed), Symbol::Range(0x80, 0x9f), next],
        vec![Symbol::Range(0xee, 0xef), next, next],
        vec![Symbol::Byte(0xf0), Symbol::Range(0x90, 0xbf), next, next],
        vec![Symbol::Range(0xf1, 0xf3), next, next, next],
        vec![Symbol::Byte(0xf4), Symbol::Range(0x80, 0x8f), next, next],
    ])
}
