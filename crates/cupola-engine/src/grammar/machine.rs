//! Which byte may come next: all the ways in which the text so far may be read, side by side.
//!
//! A way is a stack of places in rules. Stacks share their lower ends, and equal ones are one, so that ambiguity
//! costs little and a repetition nothing.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Grammar, RuleId, Symbol};

/// Ways of reading that are followed at the same time. Those beyond are given up, which narrows what may be said
/// and never widens it.
const WAYS_MAX: usize = 1024;

/// Frames that are kept before those that nothing stands on are dropped.
const FRAMES_KEPT: usize = 16_384;

/// The frame below the root.
const BOTTOM: u32 = u32::MAX;

/// A place in a rule: this symbol is to be matched next, and then the rest of the alternative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Frame {
    rule: RuleId,
    alternative: u32,
    symbol: u32,
    /// How often a repeated symbol was matched; no more than its least count if it has no end.
    repeated: u32,
    /// Where reading goes on after the alternative.
    below: u32,
}

/// The ways of reading after some text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ways {
    /// Frames that wait for a byte.
    tops: Vec<u32>,
    /// Whether the text is whole.
    complete: bool,
}

impl Ways {
    /// Whether no byte may follow.
    pub(super) fn is_closed(&self) -> bool {
        self.tops.is_empty()
    }

    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }

    fn clear(&mut self) {
        self.tops.clear();
        self.complete = false;
    }
}

/// The frames that ways are made of.
#[derive(Debug)]
pub(super) struct Machine {
    grammar: Arc<Grammar>,
    frames: Vec<Frame>,
    index: HashMap<Frame, u32>,
    unfolding: Vec<Frame>,
}

impl Machine {
    pub(super) fn new(grammar: Arc<Grammar>) -> Self {
        Self {
            grammar,
            frames: Vec::new(),
            index: HashMap::new(),
            unfolding: Vec::new(),
        }
    }

    /// The ways before the first byte.
    pub(super) fn start(&mut self) -> Ways {
        let mut ways = Ways::default();
        self.enter(self.grammar.root, BOTTOM);
        self.unfold(&mut ways);
        ways
    }

    /// Writes into `after` what is left of `before` when this byte comes; false if nothing is.
    pub(super) fn advance(&mut self, before: &Ways, byte: u8, after: &mut Ways) -> bool {
        after.clear();
        for top in &before.tops {
            let frame = self.frames[*top as usize];
            if self.symbol(frame).is_some_and(|symbol| symbol.takes(byte)) {
                self.unfolding.push(Frame {
                    symbol: frame.symbol + 1,
                    repeated: 0,
                    ..frame
                });
            }
        }
        if self.unfolding.is_empty() {
            return false;
        }
        self.unfold(after);
        !after.tops.is_empty() || after.complete
    }

    /// How many frames there are now; see [`Machine::forget_since`].
    pub(super) fn mark(&self) -> usize {
        self.frames.len()
    }

    /// Forgets the frames that came after the mark. Ways from after the mark are worth nothing then.
    pub(super) fn forget_since(&mut self, mark: usize) {
        for frame in self.frames.drain(mark..) {
            self.index.remove(&frame);
        }
    }

    /// Drops the frames that these ways do not stand on, if there are many. The ways are then renumbered, and others
    /// are worth nothing; the answer is whether that happened.
    pub(super) fn compact(&mut self, ways: &mut Ways) -> bool {
        if self.frames.len() < FRAMES_KEPT {
            return false;
        }
        let old = std::mem::take(&mut self.frames);
        self.index.clear();
        // A frame is younger than the one below it, so the numbers only have to be handed out in order.
        let mut kept = vec![false; old.len()];
        for top in &ways.tops {
            let mut at = *top;
            while at != BOTTOM && !kept[at as usize] {
                kept[at as usize] = true;
                at = old[at as usize].below;
            }
        }
        let mut renumbered = vec![BOTTOM; old.len()];
        for (number, frame) in old.into_iter().enumerate() {
            if kept[number] {
                let below = renumbered.get(frame.below as usize).copied().unwrap_or(BOTTOM);
                renumbered[number] = self.intern(Frame { below, ..frame });
            }
        }
        for top in &mut ways.tops {
            *top = renumbered[*top as usize];
        }
        true
    }

    fn symbol(&self, frame: Frame) -> Option<Symbol> {
        self.grammar
            .alternatives(frame.rule)
            .get(frame.alternative as usize)?
            .get(frame.symbol as usize)
            .copied()
    }

    fn intern(&mut self, frame: Frame) -> u32 {
        let frames = &mut self.frames;
        *self.index.entry(frame).or_insert_with(|| {
            frames.push(frame);
            frames.len() as u32 - 1
        })
    }

    /// Follows everything in `unfolding` to the frames that wait for a byte.
    fn unfold(&mut self, ways: &mut Ways) {
        let mut seen: Vec<Frame> = Vec::new();
        while let Some(frame) = self.unfolding.pop() {
            match self.symbol(frame) {
                Some(Symbol::Byte(_) | Symbol::Range(..)) => {
                    let top = self.intern(frame);
                    if !ways.tops.contains(&top) && ways.tops.len() < WAYS_MAX {
                        ways.tops.push(top);
                    }
                }
                Some(Symbol::Rule(rule)) => {
                    let next = Frame {
                        symbol: frame.symbol + 1,
                        ..frame
                    };
                    // Nothing is left to do here afterwards, so the stack need not grow.
                    let below = match self.symbol(next) {
                        Some(_) => self.intern(next),
                        None => frame.below,
                    };
                    self.enter(rule, below);
                }
                Some(Symbol::Repeat(rule, least, most)) => {
                    // A repetition of nothing would come by for ever.
                    if seen.contains(&frame) {
                        continue;
                    }
                    seen.push(frame);
                    self.repeat(frame, rule, least, most);
                }
                None => match self.frames.get(frame.below as usize).copied() {
                    Some(below) => self.unfolding.push(below),
                    None => ways.complete = true,
                },
            }
        }
    }

    /// A repeated symbol: once more, on to the next symbol, or both.
    fn repeat(&mut self, frame: Frame, rule: RuleId, least: u32, most: Option<u32>) {
        if frame.repeated >= least {
            self.unfolding.push(Frame {
                symbol: frame.symbol + 1,
                repeated: 0,
                ..frame
            });
        }
        if most.is_none_or(|most| frame.repeated < most) {
            let repeated = match most {
                None => (frame.repeated + 1).min(least),
                Some(_) => frame.repeated + 1,
            };
            let below = self.intern(Frame { repeated, ..frame });
            self.enter(rule, below);
        }
    }

    fn enter(&mut self, rule: RuleId, below: u32) {
        let alternatives = self.grammar.alternatives(rule).len() as u32;
        // Backwards, so that the first alternative is unfolded first and survives a shortage of ways.
        self.unfolding
            .extend((0..alternatives).rev().map(|alternative| Frame {
                rule,
                alternative,
                symbol: 0,
                repeated: 0,
                below,
            }));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Builder, Sequence, literal};
    use super::*;

    fn machine(build: impl FnOnce(&mut Builder) -> RuleId) -> Machine {
        let mut builder = Builder::default();
        let root = build(&mut builder);
        Machine::new(Arc::new(builder.finish(root).expect("a grammar")))
    }

    /// `whole`, `open` or `no` for each text.
    fn check(machine: &mut Machine, texts: &[(&str, &str)]) {
        for (text, expected) in texts {
            let mut ways = machine.start();
            let mut after = Ways::default();
            let mut possible = true;
            for byte in text.bytes() {
                possible = machine.advance(&ways, byte, &mut after);
                std::mem::swap(&mut ways, &mut after);
                if !possible {
                    break;
                }
            }
            let found = match (possible, ways.is_complete()) {
                (false, _) => "no",
                (true, true) => "whole",
                (true, false) => "open",
            };
            assert_eq!(found, *expected, "{text:?}");
        }
    }

    #[test]
    fn alternatives_are_read_side_by_side() {
        let mut machine =
            machine(|builder| builder.rule(vec![literal("one"), literal("once"), literal("on")]));
        check(
            &mut machine,
            &[
                ("", "open"),
                ("on", "whole"),
                ("onc", "open"),
                ("once", "whole"),
                ("ones", "no"),
                ("two", "no"),
            ],
        );
    }

    #[test]
    fn repetitions_are_counted() {
        let mut machine = machine(|builder| {
            let item = builder.rule(vec![literal("ab"), literal("a")]);
            builder.rule(vec![vec![Symbol::Repeat(item, 2, Some(3)), Symbol::Byte(b'.')]])
        });
        check(
            &mut machine,
            &[
                ("a", "open"),
                ("a.", "no"),
                ("aa.", "whole"),
                ("abaab.", "whole"),
                ("aaaa", "no"),
            ],
        );
    }

    #[test]
    fn a_repetition_without_end_leaves_no_frames_behind() {
        let mut machine = machine(|builder| {
            let item = builder.rule(vec![vec![Symbol::Range(b'a', b'z')]]);
            builder.rule(vec![vec![Symbol::Repeat(item, 1, None), Symbol::Byte(b'.')]])
        });
        check(&mut machine, &[(&"x".repeat(50), "open")]);
        let few = machine.mark();
        check(
            &mut machine,
            &[(&"x".repeat(5000), "open"), (".", "no"), ("xyz.", "whole")],
        );
        assert_eq!(machine.mark(), few);
    }

    #[test]
    fn a_repetition_of_nothing_comes_to_an_end() {
        let mut machine = machine(|builder| {
            let maybe = builder.rule(vec![Sequence::new(), literal("a")]);
            builder.rule(vec![vec![Symbol::Repeat(maybe, 0, None), Symbol::Byte(b'.')]])
        });
        check(&mut machine, &[("aaa.", "whole"), (".", "whole"), ("b", "no")]);
    }

    #[test]
    fn nesting_is_remembered() {
        let mut machine = machine(|builder| {
            let nest = builder.declare();
            let inside = vec![Symbol::Byte(b'('), Symbol::Rule(nest), Symbol::Byte(b')')];
            builder.define(nest, vec![inside, literal("x")]);
            nest
        });
        check(
            &mut machine,
            &[
                ("((x))", "whole"),
                ("((x)", "open"),
                ("((x)))", "no"),
                ("(x))", "no"),
            ],
        );
    }

    #[test]
    fn frames_that_nothing_stands_on_are_dropped() {
        let mut machine = machine(|builder| {
            let item = builder.rule(vec![vec![Symbol::Range(b'a', b'z')]]);
            builder.rule(vec![vec![
                Symbol::Repeat(item, 0, Some(100_000)),
                Symbol::Byte(b'.'),
            ]])
        });
        let mut ways = machine.start();
        let mut after = Ways::default();
        for _ in 0..FRAMES_KEPT {
            assert!(machine.advance(&ways, b'x', &mut after));
            std::mem::swap(&mut ways, &mut after);
            machine.compact(&mut ways);
        }
        assert!(machine.mark() < FRAMES_KEPT);
        assert!(machine.advance(&ways, b'.', &mut after) && after.is_complete());
    }
}
