//! Phrases in a sequence of words, and what the words around them make of their severity.
//!
//! An opening is a word that begins phrases. It becomes threads, which are phrases that go on, when one of the words comes
//! that may be second in any of them: most words that begin something begin nothing. A pending finding is a phrase that is
//! whole, while words may still come that raise or lower it. Everything follows from the sequence of words alone, never from
//! where pieces end.
//!
//! Most words do nothing. Each has a mark, and the matcher knows which marks it heeds now, so that one look passes it over.

mod waiting;

use crate::lexicon::{Contexts, Finds};
use crate::policy::{Detection, Severity};
use crate::reader::Listener;
use crate::screen::{HITS_MAX, Origin, Plan};
use crate::verdict::{Hit, Subject, Verdict};
use std::sync::Arc;
use waiting::{Heeded, Opening, Pending, Thread, thin};

const PENDING_MAX: usize = 32;
/// Fewer threads than this are let be.
const CROWD_MIN: usize = 64;

/// Where the matcher stands.
#[derive(Debug, Default)]
pub(crate) struct Matcher {
    openings: Vec<Opening>,
    threads: Vec<Thread>,
    spare: Vec<Thread>,
    pending: Vec<Pending>,
    /// So many threads are thinned out.
    crowd: usize,
    /// How many words there were.
    words: u64,
    /// The marks of words that may do something now, by bit.
    heeded: Heeded,
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
        let openings = self
            .openings
            .iter()
            .filter(|opening| opening.until > self.words && self.may_block(plan, opening))
            .map(|opening| opening.start);
        let threads = self
            .threads
            .iter()
            .filter(|thread| thread.until > self.words && plan.may_block(thread.rule))
            .map(|thread| thread.start);
        let pending = self
            .pending
            .iter()
            .filter(|pending| plan.may_block(pending.rule))
            .map(|pending| pending.start);
        openings.chain(threads).chain(pending).min()
    }

    /// Whether a phrase that may block can still go on from here.
    fn may_block(&self, plan: &Plan, opening: &Opening) -> bool {
        plan.starts(opening.used).iter().any(|rule| {
            let farthest = plan.lexicon.rules[usize::from(*rule)]
                .seconds()
                .map(|element| element.gap)
                .max();
            plan.may_block(*rule) && farthest.is_some_and(|gap| last_place(opening.place, gap) > self.words)
        })
    }
}

/// The place of the last word that may follow a word, with a gap between them.
fn last_place(place: u64, gap: u8) -> u64 {
    place + 1 + u64::from(gap)
}

impl Listener for Matching<'_> {
    #[inline]
    fn word(&mut self, word: u16, start: usize, end: usize) {
        self.matcher.words += 1;
        if self.matcher.heeded.0 >> self.plan.mark(word) & 1 != 0 {
            self.heed(word, start, end);
        }
    }

    fn stop(&mut self) {
        self.matcher.openings.clear();
        self.matcher.threads.clear();
        self.matcher.heeded = self.heeded();
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

    /// A word that may do something.
    #[inline(never)]
    fn heed(&mut self, word: u16, start: usize, end: usize) {
        self.step(word, start, end);
        self.matcher.heeded = self.heeded();
    }

    /// What may do something after this word: anything where a finding waits for its deadline, and else what openings and
    /// threads wait for. Those that wait no longer are cleared away with the next step.
    fn heeded(&self) -> Heeded {
        let matcher = &*self.matcher;
        if !matcher.pending.is_empty() {
            return Heeded::ALL;
        }
        let lexicon = self.plan.lexicon;
        let openings = matcher.openings.iter();
        let openings = openings.map(|opening| lexicon.followers[usize::from(opening.used.followers)].marks);
        let threads = matcher.threads.iter();
        let threads = threads
            .map(|thread| lexicon.rules[usize::from(thread.rule)].elements[usize::from(thread.at)].marks);
        let all = openings.chain(threads);
        Heeded(all.fold(Heeded::ALWAYS.0, |all, marks| all | marks))
    }

    #[inline]
    fn step(&mut self, word: u16, start: usize, end: usize) {
        let now = self.matcher.words;
        if !self.matcher.pending.is_empty() {
            self.resolve_until(now);
        }
        if word == 0 {
            return;
        }
        let used = self.plan.word(word);
        if used.sets != 0 {
            self.set_contexts(used.sets);
        }
        if !self.matcher.openings.is_empty() {
            self.follow(word);
        }
        if !self.matcher.threads.is_empty() {
            self.go_on(word, end);
        }
        for rule in self.plan.wholes(used) {
            let whole = Thread {
                rule: *rule,
                at: 0,
                until: now,
                start,
                first_word: now,
            };
            self.complete(whole, end);
        }
        if used.opens() {
            let gap = self.plan.lexicon.followers[usize::from(used.followers)].gap;
            self.matcher.openings.push(Opening {
                used,
                start,
                place: now,
                until: last_place(now, gap),
            });
        }
    }

    /// Openings that the word may follow become threads.
    fn follow(&mut self, word: u16) {
        let (plan, now) = (self.plan, self.matcher.words);
        let threads = &mut self.matcher.threads;
        self.matcher.openings.retain(|opening| {
            let followers = &plan.lexicon.followers[usize::from(opening.used.followers)];
            if opening.until < now {
                return false;
            }
            if !followers.have(word) {
                return true;
            }
            for rule in plan.starts(opening.used) {
                let seconds = plan.lexicon.rules[usize::from(*rule)].seconds();
                threads.extend(seconds.zip(1..).map(|(element, at)| Thread {
                    rule: *rule,
                    at,
                    until: last_place(opening.place, element.gap),
                    start: opening.start,
                    first_word: opening.place,
                }));
            }
            false
        });
    }

    fn go_on(&mut self, word: u16, end: usize) {
        let lexicon = self.plan.lexicon;
        let now = self.matcher.words;
        let mut threads = std::mem::take(&mut self.matcher.threads);
        let mut next = std::mem::take(&mut self.matcher.spare);
        for thread in threads.iter().filter(|thread| thread.until >= now) {
            if lexicon.rules[usize::from(thread.rule)].elements[usize::from(thread.at)].fits(word) {
                self.advance(*thread, end, &mut next);
            }
            if thread.until > now {
                next.push(*thread);
            }
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
    fn advance(&mut self, thread: Thread, end: usize, next: &mut Vec<Thread>) {
        let rule = &self.plan.lexicon.rules[usize::from(thread.rule)];
        let mut at = usize::from(thread.at) + 1;
        loop {
            let Some(element) = rule.elements.get(at) else {
                return self.complete(thread, end);
            };
            next.push(Thread {
                at: at as u8,
                until: last_place(self.matcher.words, element.gap),
                ..thread
            });
            if !element.optional {
                return;
            }
            at += 1;
        }
    }

    fn complete(&mut self, thread: Thread, end: usize) {
        let lexicon = self.plan.lexicon;
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
        each(contexts).any(|bit| {
            let seen = self.matcher.seen[bit];
            seen != 0 && seen + self.plan.lexicon.contexts[bit].before >= first_word
        })
    }

    fn set_contexts(&mut self, contexts: Contexts) {
        let now = self.matcher.words;
        let lexicon = self.plan.lexicon;
        for bit in each(contexts) {
            let (flag, reach) = (1 << bit, lexicon.contexts[bit]);
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

/// The numbers of the bits that are set.
fn each(mut contexts: Contexts) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lowest = (contexts != 0).then(|| contexts.trailing_zeros() as usize)?;
        contexts &= contexts - 1;
        Some(lowest)
    })
}

#[cfg(test)]
mod tests;
