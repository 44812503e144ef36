//! A stream under a screen: after each piece, how much of it may go out.

use crate::matcher::{Matcher, Matching};
use crate::pii;
use crate::policy::{Detection, Direction};
use crate::reader::Reader;
use crate::screen::{HITS_MAX, Origin, Plan, Screen};
use crate::tail::{PatternScan, Tail};
use crate::terms::TermScan;
use crate::verdict::{Hit, Subject, Verdict};
use std::sync::Arc;

/// A longer piece is looked at in parts, so that what is kept for patterns stays small.
const PART_BYTES_MAX: usize = 16 * 1024;

/// Where a stream stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// So many bytes of the text, from its beginning, may go out.
    pub released_bytes_total: usize,
    /// Set from the piece on with which something was found that blocks. Nothing more goes out then.
    pub verdict: Option<Blocked>,
}

/// Why a stream may not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// What was found.
    pub hit: Hit,
}

/// One text that comes in pieces.
#[derive(Debug)]
pub struct Window {
    screen: Arc<Screen>,
    direction: Direction,
    machine: Machine,
    fed: usize,
    released: usize,
}

impl Window {
    /// Begins a text.
    pub fn new(screen: &Arc<Screen>, direction: Direction) -> Self {
        let machine = Machine::new(screen.plan(direction), Origin::Author);
        Self {
            screen: Arc::clone(screen),
            direction,
            machine,
            fed: 0,
            released: 0,
        }
    }

    /// Takes the next piece.
    pub fn feed(&mut self, piece: &str) -> Progress {
        let plan = self.screen.plan(self.direction);
        self.fed += piece.len();
        if plan.is_needed {
            self.machine.feed(plan, piece);
        }
        if !self.machine.verdict.is_blocked() {
            self.released = match self.machine.held(plan) {
                Some(held) if plan.holds => self.released.max(held.min(self.fed)),
                _ => self.fed,
            };
        }
        self.progress()
    }

    /// What was found so far; a phrase that is not over is not in it.
    pub fn so_far(&self) -> &Verdict {
        &self.machine.verdict
    }

    /// The text is over: what goes out in the end, and the verdict, which is that of the whole text.
    pub fn finish(mut self) -> (Progress, Verdict) {
        let plan = self.screen.plan(self.direction);
        let verdict = self.machine.finish(plan);
        if !verdict.is_blocked() {
            self.released = self.fed;
        }
        let progress = Progress {
            released_bytes_total: self.released,
            verdict: verdict.blocked_by().map(|hit| Blocked { hit: hit.clone() }),
        };
        (progress, verdict)
    }

    fn progress(&self) -> Progress {
        Progress {
            released_bytes_total: self.released,
            verdict: self
                .machine
                .verdict
                .blocked_by()
                .map(|hit| Blocked { hit: hit.clone() }),
        }
    }
}

/// All that looks at one text.
#[derive(Debug)]
pub(crate) struct Machine {
    reader: Reader,
    matcher: Matcher,
    /// By list of the plan.
    terms: Vec<Option<TermScan>>,
    /// By list, then by pattern.
    patterns: Vec<Vec<PatternScan>>,
    /// By kind of personal data.
    kinds: Vec<PatternScan>,
    tail: Tail,
    verdict: Verdict,
}

impl Machine {
    pub(crate) fn new(plan: &Plan, origin: Origin) -> Self {
        let mut machine = Self {
            reader: Reader::default(),
            matcher: Matcher::new(origin),
            terms: Vec::new(),
            patterns: Vec::new(),
            kinds: vec![PatternScan::default(); plan.kinds.len()],
            tail: Tail::default(),
            verdict: Verdict::clean(plan.policy()),
        };
        for (list, _) in &plan.lists {
            machine.terms.push(list.terms.as_ref().map(TermScan::new));
            machine
                .patterns
                .push(vec![PatternScan::default(); list.patterns.len()]);
        }
        machine
    }

    pub(crate) fn feed(&mut self, plan: &Plan, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let (part, behind) = rest.split_at(rest.floor_char_boundary(PART_BYTES_MAX));
            self.feed_part(plan, part);
            rest = behind;
        }
    }

    pub(crate) fn finish(&mut self, plan: &Plan) -> Verdict {
        let mut matching = Matching {
            matcher: &mut self.matcher,
            plan,
            verdict: &mut self.verdict,
        };
        self.reader.finish(&plan.lexicon.trie, &mut matching);
        matching.finish();
        self.scan_terms(plan, None);
        self.scan_patterns(plan, true);
        let mut verdict = std::mem::take(&mut self.verdict);
        verdict.settle();
        verdict
    }

    /// From here on something may still be found that blocks.
    fn held(&self, plan: &Plan) -> Option<usize> {
        let mut held = self.matcher.held(plan);
        let mut at_most = |place: Option<usize>| {
            held = match (held, place) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        };
        at_most(self.reader.pending(|node| plan.leads(node)));
        for (index, (list, _)) in plan
            .lists
            .iter()
            .enumerate()
            .filter(|(_, (_, blocking))| *blocking)
        {
            if let (Some(scan), Some(terms)) = (&self.terms[index], &list.terms) {
                at_most(scan.held(terms));
            }
            for scan in &self.patterns[index] {
                at_most(Some(scan.held()));
            }
        }
        if plan.policy().detection(Detection::Pii).blocking {
            for scan in &self.kinds {
                at_most(Some(scan.held()));
            }
        }
        held
    }

    fn feed_part(&mut self, plan: &Plan, part: &str) {
        if plan.has_rules {
            let mut matching = Matching {
                matcher: &mut self.matcher,
                plan,
                verdict: &mut self.verdict,
            };
            self.reader.feed(&plan.lexicon.trie, part, &mut matching);
        }
        self.scan_terms(plan, Some(part));
        let has_patterns = self.patterns.iter().any(|one| !one.is_empty());
        if has_patterns || !self.kinds.is_empty() {
            self.tail.push(part);
            self.scan_patterns(plan, false);
        }
    }

    /// Looks for the lists' terms; `None` when the text is over.
    fn scan_terms(&mut self, plan: &Plan, part: Option<&str>) {
        for (index, (list, blocking)) in plan.lists.iter().enumerate() {
            let (Some(scan), Some(terms)) = (&mut self.terms[index], &list.terms) else {
                continue;
            };
            let mut kept = scan.kept;
            let verdict = &mut self.verdict;
            let found = |term: usize, span| {
                let hit = Hit {
                    rule: Arc::clone(&list.term_ids[term]),
                    subject: Subject::Blocklist(Arc::clone(&list.name)),
                    span,
                    blocking: *blocking,
                    analyzer: None,
                };
                keep(verdict, hit, plan, &mut kept);
            };
            match part {
                Some(part) => scan.feed(terms, part, found),
                None => scan.finish(terms, found),
            }
            scan.kept = kept;
        }
    }

    fn scan_patterns(&mut self, plan: &Plan, over: bool) {
        let mut needed = self.tail.end();
        for (index, (list, blocking)) in plan.lists.iter().enumerate() {
            for ((id, pattern), scan) in list.patterns.iter().zip(&mut self.patterns[index]) {
                let verdict = &mut self.verdict;
                let mut kept = scan.kept;
                scan.advance(pattern, &self.tail, over, 0, |span, _| {
                    let hit = Hit {
                        rule: Arc::clone(id),
                        subject: Subject::Blocklist(Arc::clone(&list.name)),
                        span,
                        blocking: *blocking,
                        analyzer: None,
                    };
                    keep(verdict, hit, plan, &mut kept);
                    true
                });
                scan.kept = kept;
                needed = needed.min(scan.held());
            }
        }
        self.scan_kinds(plan, over);
        for scan in &self.kinds {
            needed = needed.min(scan.held());
        }
        self.tail.forget(needed);
    }

    fn scan_kinds(&mut self, plan: &Plan, over: bool) {
        let Some(first) = self.kinds.iter().map(PatternScan::held).min() else {
            return;
        };
        let open = self.tail.from(first);
        let settled = first + pii::settled(open);
        let blocking = plan.policy().detection(Detection::Pii).blocking;
        if !pii::may_be_in(open) {
            // Nothing can begin before the last space; behind it an address may.
            for scan in &mut self.kinds {
                scan.from = scan.from.max(settled);
            }
            return;
        }
        for (kind, scan) in plan.kinds.iter().zip(&mut self.kinds) {
            let verdict = &mut self.verdict;
            let mut kept = scan.kept;
            scan.advance(&kind.pattern, &self.tail, over, settled, |span, text| {
                let Some(length) = (kind.check)(text) else {
                    return false;
                };
                let hit = Hit {
                    rule: kind.rule.into(),
                    subject: Subject::Detection(Detection::Pii),
                    span: span.start..span.start + length,
                    blocking,
                    analyzer: None,
                };
                keep(verdict, hit, plan, &mut kept);
                true
            });
            scan.kept = kept;
        }
    }
}

fn keep(verdict: &mut Verdict, hit: Hit, plan: &Plan, kept: &mut usize) {
    let keep = *kept < HITS_MAX;
    *kept += usize::from(keep);
    verdict.add(hit, plan.policy(), keep);
}
