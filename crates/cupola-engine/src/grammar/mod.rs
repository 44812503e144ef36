//! What a completion may say: a grammar over bytes, and the machine that follows it token by token.
//!
//! `schema` makes grammars of JSON schemas, `json` has the parts that all of them share, `machine` knows which byte
//! may come next, and a `Constraint` holds the sampler of one request to it. It is ours and not llama.cpp's, because
//! a grammar that fails there takes the process and every other request with it.

mod constraint;
mod json;
mod machine;
mod numbers;
mod schema;
mod vocabulary;

pub(crate) use constraint::Constraint;
pub(crate) use json::Json;
pub(crate) use schema::{SchemaRefusal, add_schema, refused_whole};
pub(crate) use vocabulary::Vocabulary;

/// Symbols of one grammar. They are walked while somebody waits for a token.
const SYMBOLS_MAX: usize = 200_000;

/// A rule's number in its grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RuleId(u32);

/// What an alternative of a rule is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Symbol {
    Byte(u8),
    /// One byte between these two, both included.
    Range(u8, u8),
    Rule(RuleId),
    /// A rule as often as this; `None` is without end.
    Repeat(RuleId, u32, Option<u32>),
}

impl Symbol {
    fn takes(self, byte: u8) -> bool {
        match self {
            Self::Byte(only) => only == byte,
            Self::Range(first, last) => (first..=last).contains(&byte),
            Self::Rule(_) | Self::Repeat(..) => false,
        }
    }
}

/// Symbols that follow each other.
pub(crate) type Sequence = Vec<Symbol>;

/// The bytes of a text.
pub(crate) fn literal(text: &str) -> Sequence {
    text.bytes().map(Symbol::Byte).collect()
}

/// Rules that were checked: the machine comes to an end on every input.
#[derive(Debug)]
pub(crate) struct Grammar {
    rules: Vec<Vec<Sequence>>,
    root: RuleId,
}

/// Why rules make no grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GrammarError {
    #[error("it makes a grammar of more than {SYMBOLS_MAX} symbols; make it smaller")]
    TooLarge,
    #[error("it contains itself with nothing in between, so no text could match it")]
    ContainsItself,
}

/// Collects the rules of a grammar.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    rules: Vec<Vec<Sequence>>,
    symbols: usize,
}

impl Builder {
    /// A rule that is any of these alternatives.
    pub(crate) fn rule(&mut self, alternatives: Vec<Sequence>) -> RuleId {
        let rule = self.declare();
        self.define(rule, alternatives);
        rule
    }

    /// A rule that is defined later, so that others may name it before.
    pub(crate) fn declare(&mut self) -> RuleId {
        self.rules.push(Vec::new());
        RuleId(self.rules.len() as u32 - 1)
    }

    pub(crate) fn define(&mut self, rule: RuleId, alternatives: Vec<Sequence>) {
        self.symbols += alternatives
            .iter()
            .map(|symbols| symbols.len() + 1)
            .sum::<usize>();
        if let Some(defined) = self.rules.get_mut(rule.0 as usize) {
            *defined = alternatives;
        }
    }

    /// Whether there are so many symbols already that the grammar will be refused.
    pub(crate) fn is_too_large(&self) -> bool {
        self.symbols > SYMBOLS_MAX
    }

    pub(crate) fn finish(self, root: RuleId) -> Result<Grammar, GrammarError> {
        if self.is_too_large() {
            return Err(GrammarError::TooLarge);
        }
        let grammar = Grammar {
            rules: self.rules,
            root,
        };
        if grammar.contains_itself() {
            return Err(GrammarError::ContainsItself);
        }
        Ok(grammar)
    }
}

impl Grammar {
    fn alternatives(&self, rule: RuleId) -> &[Sequence] {
        self.rules.get(rule.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// Whether a rule begins with itself: the machine would unfold it for ever.
    fn contains_itself(&self) -> bool {
        let nullable = self.nullable();
        let begins_with: Vec<Vec<usize>> = self
            .rules
            .iter()
            .map(|alternatives| {
                alternatives
                    .iter()
                    .flat_map(|symbols| first_rules(symbols, &nullable))
                    .collect()
            })
            .collect();
        has_cycle(&begins_with)
    }

    /// Which rules match the empty text.
    fn nullable(&self) -> Vec<bool> {
        let mut nullable = vec![false; self.rules.len()];
        loop {
            let mut changed = false;
            for (index, alternatives) in self.rules.iter().enumerate() {
                let empty = |symbols: &Sequence| symbols.iter().all(|symbol| is_nullable(*symbol, &nullable));
                if !nullable[index] && alternatives.iter().any(empty) {
                    nullable[index] = true;
                    changed = true;
                }
            }
            if !changed {
                return nullable;
            }
        }
    }
}

fn is_nullable(symbol: Symbol, nullable: &[bool]) -> bool {
    match symbol {
        Symbol::Byte(_) | Symbol::Range(..) => false,
        Symbol::Rule(rule) => nullable.get(rule.0 as usize).copied().unwrap_or(false),
        Symbol::Repeat(rule, least, _) => least == 0 || is_nullable(Symbol::Rule(rule), nullable),
    }
}

/// The rules that an alternative may begin with.
fn first_rules(symbols: &[Symbol], nullable: &[bool]) -> Vec<usize> {
    let mut first = Vec::new();
    for symbol in symbols {
        if let Symbol::Rule(rule) | Symbol::Repeat(rule, ..) = symbol {
            first.push(rule.0 as usize);
        }
        if !is_nullable(*symbol, nullable) {
            break;
        }
    }
    first
}

/// Whether a walk along these edges can come back to where it was.
fn has_cycle(edges: &[Vec<usize>]) -> bool {
    // Without recursion, since a schema decides how long a chain of rules is.
    let mut entering: Vec<usize> = vec![0; edges.len()];
    for target in edges.iter().flatten() {
        entering[*target] += 1;
    }
    let mut free: Vec<usize> = (0..edges.len()).filter(|index| entering[*index] == 0).collect();
    let mut removed = 0;
    while let Some(index) = free.pop() {
        removed += 1;
        for target in &edges[index] {
            entering[*target] -= 1;
            if entering[*target] == 0 {
                free.push(*target);
            }
        }
    }
    removed < edges.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_begins_with_itself_is_refused() {
        let mut builder = Builder::default();
        let loops = builder.declare();
        let maybe = builder.rule(vec![vec![], literal("x")]);
        builder.define(
            loops,
            vec![vec![Symbol::Rule(maybe), Symbol::Rule(loops)], literal("a")],
        );
        assert_eq!(builder.finish(loops).err(), Some(GrammarError::ContainsItself));

        let mut builder = Builder::default();
        let nests = builder.declare();
        builder.define(
            nests,
            vec![vec![Symbol::Byte(b'('), Symbol::Rule(nests)], literal("a")],
        );
        assert!(builder.finish(nests).is_ok());
    }

    #[test]
    fn a_grammar_has_a_size() {
        let mut builder = Builder::default();
        let root = builder.rule(vec![literal(&"x".repeat(SYMBOLS_MAX + 1))]);
        assert!(builder.is_too_large());
        assert_eq!(builder.finish(root).err(), Some(GrammarError::TooLarge));
    }
}
