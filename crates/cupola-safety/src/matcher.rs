//! Phrases in a sequence of words, and what the words around them make of their severity.
//!
//! A thread is a phrase that has begun. A pending finding is a phrase that is whole, while words may still come that raise
//! or lower it. Everything follows from the sequence of words alone, never from where pieces end.

use crate::lexicon::{Contexts, Finds, Lexicon};
use crate::policy::{Category, Detection, Severity};
use crate::reader::Listener;
use crate::screen::{HITS_MAX, Origin, Plan, WordUse};
use crate::verdict::{Hit, Subject, Verdict};
use std::sync::Arc;

const PENDING_MAX: usize = 32;
/// Fewer threads than this are let be.
const CROWD_MIN: usize = 64;

/// A phrase that has begun.
#[derive(Debug, Clone, Copy)]
struct Thread {
    rule: u16,
    /// The element that comes next.
    at: u8,
    /// So many other words may come before it.
    gap: u8,
    start: usize,
    first_word: u64,
}

/// A phrase that is whole.
#[derive(Debug, Clone, Copy)]
struct Pending {
    rule: u16,
    category: Category,
    severity: Severity,
    start: usize,
    end: usize,
    last_word: u64,
    deadline: u64,
    lowered: bool,
    raised: bool,
}

/// Where the matcher stands.
#[derive(Debug, Default)]
pub(crate) struct Matcher {
    threads: Vec<Thread>,
    spare: Vec<Thread>,
    pending: Vec<Pending>,
    /// So many threads are thinned out.
    crowd: usize,
    /// How many words there were.
    words: u64,
    /// When each context was last set; 0 for never.
    seen: [u64; 32],
    is_document: bool,
    is_fenced: bool,
    kept: usize,
}

/// A matcher at work.
pub(crate) struct Matching<'a> {
    pub(crate) matcher: &'a mut Matcher,
    pub(crate) plan: &'a Plan,
    pub(crate) verdict: &'a mut Verdict,
}

impl Matcher {
    pub(crate) fn new(origin: Origin) -> Self {
        Self {
            is_document: origin == Origin::Document,
            ..Self::default()
        }
    }

    /// From here on there may be a finding that blocks.
    pub(crate) fn held(&self, plan: &Plan) -> Option<usize> {
        let threads = self
            .threads
            .iter()
            .filter(|thread| plan.may_block(thread.rule))
            .map(|thread| thread.start);
        let pending = self
            .pending
            .iter()
            .filter(|pending| plan.may_block(pending.rule))
            .map(|pending| pending.start);
        threads.chain(pending).min()
    }
}

impl Listener for Matching<'_> {
    #[inline]
    fn word(&mut self, word: u16, start: usize, end: usize) {
        self.matcher.words += 1;
        let used = self.plan.word(word);
        if used.is_idle() && self.matcher.threads.is_empty() && self.matcher.pending.is_empty() {
            return;
        }
        self.step(word, used, start, end);
    }

    fn stop(&mut self) {
        self.matcher.threads.clear();
    }

    fn fence(&mut self) {
        self.matcher.is_fenced = !self.matcher.is_fenced;
    }
}

impl Matching<'_> {
    /// The text is over: nothing can raise or lower any more.
    pub(crate) fn finish(&mut self) {
        for pending in std::mem::take(&mut self.matcher.pending) {
            self.resolve(pending);
        }
    }

    fn step(&mut self, word: u16, used: WordUse, start: usize, end: usize) {
        let lexicon = self.plan.lexicon;
        let now = self.matcher.words;
        self.resolve_until(now);
        if used.sets != 0 {
            self.set_contexts(used.sets);
        }
        let mut threads = std::mem::take(&mut self.matcher.threads);
        let mut next = std::mem::take(&mut self.matcher.spare);
        for thread in &threads {
            // No element fits a word that is not known.
            if word != 0
                && lexicon.rules[usize::from(thread.rule)].elements[usize::from(thread.at)].fits(word)
            {
                self.advance(lexicon, *thread, end, &mut next);
            }
            if thread.gap > 0 {
                next.push(Thread {
                    gap: thread.gap - 1,
                    ..*thread
                });
            }
        }
        for rule in self.plan.starts(used) {
            let thread = Thread {
                rule: *rule,
                at: 0,
                gap: 0,
                start,
                first_word: now,
            };
            self.advance(lexicon, thread, end, &mut next);
        }
        threads.clear();
        if next.len() > self.matcher.crowd.max(CROWD_MIN) {
            thin(&mut next);
            self.matcher.crowd = 2 * next.len();
        }
        self.matcher.threads = next;
        self.matcher.spare = threads;
    }

    /// The element of a thread fits: it waits for the next one, or is whole.
    fn advance(&mut self, lexicon: &Lexicon, thread: Thread, end: usize, next: &mut Vec<Thread>) {
        let rule = &lexicon.rules[usize::from(thread.rule)];
        let mut at = usize::from(thread.at) + 1;
        loop {
            let Some(element) = rule.elements.get(at) else {
                return self.complete(lexicon, thread, end);
            };
            next.push(Thread {
                at: at as u8,
                gap: element.gap,
                ..thread
            });
            if !element.optional {
                return;
            }
            at += 1;
        }
    }

    fn complete(&mut self, lexicon: &Lexicon, thread: Thread, end: usize) {
        let rule = &lexicon.rules[usize::from(thread.rule)];
        match rule.finds {
            Finds::Context(bit) => self.set_contexts(1 << bit),
            Finds::Detection(detection) => self.detect(thread, detection, end),
            Finds::Harm(category, severity) => {
                let now = self.matcher.words;
                let pending = Pending {
                    rule: thread.rule,
                    category,
                    severity,
                    start: thread.start,
                    end,
                    last_word: now,
                    deadline: now + lexicon.lookahead(rule),
                    lowered: self.was_set(rule.lowered_by, thread.first_word),
                    raised: self.was_set(rule.raised_by, thread.first_word),
                };
                if rule.lowered_by | rule.raised_by == 0 {
                    self.resolve(pending);
                    return;
                }
                if self.matcher.pending.len() == PENDING_MAX {
                    let oldest = self.matcher.pending.remove(0);
                    self.resolve(oldest);
                }
                self.matcher.pending.push(pending);
            }
        }
    }

    fn detect(&mut self, thread: Thread, detection: Detection, end: usize) {
        let foreign = self.matcher.is_document || self.matcher.is_fenced;
        let policy = self.plan.policy();
        let indirect = foreign && policy.detection(Detection::IndirectAttack).enabled;
        let subject = match detection {
            Detection::Jailbreak if indirect => Detection::IndirectAttack,
            // A document speaks for itself: it is no user who tries.
            Detection::Jailbreak if self.matcher.is_document => return,
            Detection::Jailbreak if !policy.detection(Detection::Jailbreak).enabled => return,
            Detection::IndirectAttack if !indirect => return,
            other => other,
        };
        self.add(thread.rule, Subject::Detection(subject), thread.start, end);
    }

    /// Whether one of these contexts stands before a phrase, near enough, or inside it.
    fn was_set(&self, contexts: Contexts, first_word: u64) -> bool {
        if contexts == 0 {
            return false;
        }
        self.plan.lexicon.contexts.iter().enumerate().any(|(bit, reach)| {
            let seen = self.matcher.seen[bit];
            contexts & (1 << bit) != 0 && seen != 0 && seen + reach.before >= first_word
        })
    }

    fn set_contexts(&mut self, contexts: Contexts) {
        let now = self.matcher.words;
        let lexicon = self.plan.lexicon;
        for (bit, reach) in lexicon.contexts.iter().enumerate() {
            let flag = 1 << bit;
            if contexts & flag == 0 {
                continue;
            }
            self.matcher.seen[bit] = now;
            for pending in &mut self.matcher.pending {
                if pending.last_word + reach.after >= now {
                    let rule = &lexicon.rules[usize::from(pending.rule)];
                    pending.lowered |= rule.lowered_by & flag != 0;
                    pending.raised |= rule.raised_by & flag != 0;
                }
            }
        }
    }

    fn resolve_until(&mut self, now: u64) {
        let mut index = 0;
        while let Some(pending) = self.matcher.pending.get(index).copied() {
            if pending.deadline < now {
                self.matcher.pending.remove(index);
                self.resolve(pending);
            } else {
                index += 1;
            }
        }
    }

    fn resolve(&mut self, pending: Pending) {
        let severity = match (pending.raised, pending.lowered) {
            (true, false) => pending.severity.raised(),
            (false, true) => pending.severity.lowered(),
            _ => pending.severity,
        };
        if severity > Severity::Safe {
            let subject = Subject::Category(pending.category, severity);
            self.add(pending.rule, subject, pending.start, pending.end);
        }
    }

    fn add(&mut self, rule: u16, subject: Subject, start: usize, end: usize) {
        let policy = self.plan.policy();
        let blocking = match &subject {
            Subject::Category(category, severity) => policy.category(*category).blocks(*severity),
            Subject::Detection(detection) => policy.detection(*detection).blocking,
            Subject::Blocklist(_) | Subject::Hazard(_) => false,
        };
        let hit = Hit {
            rule: Arc::clone(&self.plan.lexicon.rules[usize::from(rule)].id),
            subject,
            span: start..end,
            blocking,
            analyzer: None,
        };
        let keep = self.matcher.kept < HITS_MAX;
        self.matcher.kept += usize::from(keep);
        self.verdict.add(hit, policy, keep);
    }
}

/// One thread for each place in a rule is enough, the one that can wait longer: so there are never more than places.
fn thin(threads: &mut Vec<Thread>) {
    threads.sort_by_key(|thread| {
        (
            thread.rule,
            thread.at,
            std::cmp::Reverse((thread.gap, thread.start)),
        )
    });
    threads.dedup_by_key(|thread| (thread.rule, thread.at));
}
