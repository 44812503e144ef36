//! Openings and threads find what a thread for every phrase that begins would find.

use super::*;
use crate::policy::Policy;
use crate::screen::Screen;
use crate::{Direction, lexicon};
use proptest::prelude::*;

/// A phrase that has begun, and how many other words may still come before its next one.
#[derive(Clone, Copy)]
struct Begun {
    thread: Thread,
    gap: u8,
}

/// The plain way: every phrase that a word begins is followed, word by word.
fn step_plainly(matching: &mut Matching<'_>, begun: &mut Vec<Begun>, word: u16, start: usize, end: usize) {
    matching.matcher.words += 1;
    let now = matching.matcher.words;
    matching.resolve_until(now);
    let used = matching.plan.word(word);
    matching.set_contexts(used.sets);
    let first = |rule: &u16| Begun {
        thread: Thread {
            rule: *rule,
            at: 0,
            until: 0,
            start,
            first_word: now,
        },
        gap: 0,
    };
    let rules = &matching.plan.lexicon.rules;
    let mut next = Vec::new();
    let mut whole = Vec::new();
    let mut advance = |one: Begun| {
        let rule = &rules[usize::from(one.thread.rule)];
        for at in usize::from(one.thread.at) + 1.. {
            let Some(element) = rule.elements.get(at) else {
                whole.push(one.thread);
                break;
            };
            let thread = Thread {
                at: at as u8,
                ..one.thread
            };
            next.push(Begun {
                thread,
                gap: element.gap,
            });
            if !element.optional {
                break;
            }
        }
    };
    let mut waiting = Vec::new();
    for one in begun.iter() {
        let element = &rules[usize::from(one.thread.rule)].elements[usize::from(one.thread.at)];
        if word != 0 && element.fits(word) {
            advance(*one);
        }
        if one.gap > 0 {
            waiting.push(Begun {
                gap: one.gap - 1,
                ..*one
            });
        }
    }
    let starts = matching.plan.starts(used).iter();
    starts
        .chain(matching.plan.wholes(used))
        .for_each(|rule| advance(first(rule)));
    next.extend(waiting);
    *begun = next;
    for thread in whole {
        matching.complete(thread, end);
    }
}

/// What was found, whatever the order in which it was.
fn found(verdict: &Verdict) -> Vec<String> {
    let mut hits: Vec<String> = verdict.hits().iter().map(|hit| format!("{hit:?}")).collect();
    hits.sort();
    hits
}

proptest! {
    #[test]
    fn the_plain_way_finds_the_same(
        phrases in prop::collection::vec((any::<u16>(), any::<u64>(), 0_u8..8), 1..6),
        fillers in prop::collection::vec(0_usize..5, 64),
    ) {
        let lexicon = lexicon::built_in().expect("rules");
        // Words of phrases in their order, with others between them and some of them left out.
        let mut words = Vec::new();
        let mut fillers = fillers.iter().cycle();
        for (rule, choice, missing) in phrases {
            let rule = &lexicon.rules[usize::from(rule) % lexicon.rules.len()];
            for (at, element) in rule.elements.iter().enumerate() {
                for filler in 0..*fillers.next().expect("endless") {
                    words.push([0, 1, 147, 180][filler]);
                }
                if at != usize::from(missing) {
                    let all = element.words();
                    words.push(all[(choice >> at) as usize % all.len()]);
                }
            }
        }
        let screen = Screen::new(Policy::default_v2(), &[]).expect("a screen");
        let plan = screen.plan(Direction::Prompt);
        let mut verdicts = [Verdict::clean(plan.policy()), Verdict::clean(plan.policy())];
        for (plainly, verdict) in [false, true].into_iter().zip(&mut verdicts) {
            let mut matcher = Matcher::new(Origin::Author);
            let mut matching = Matching { matcher: &mut matcher, plan, verdict };
            let mut begun = Vec::new();
            for (at, word) in words.iter().enumerate() {
                if plainly {
                    step_plainly(&mut matching, &mut begun, *word, at, at + 1);
                } else {
                    matching.word(*word, at, at + 1);
                }
            }
            matching.finish();
        }
        prop_assert_eq!(found(&verdicts[0]), found(&verdicts[1]));
    }
}
