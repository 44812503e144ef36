//! A policy made ready: what is looked for in each direction, and what of it can block.

use crate::blocklist::Blocklist;
use crate::lexicon::{self, Contexts, Finds, Lexicon, MARK_ALWAYS, RuleError, mark};
use crate::pii::{self, Kind};
use crate::policy::{Detection, Direction, DirectionPolicy, Mode, Policy, Severity};
use crate::verdict::{Hit, Reported, Subject, Verdict};
use crate::window::Machine;
use std::ops::Range;
use std::sync::Arc;

/// Of each kind of rule so many places are kept.
pub(crate) const HITS_MAX: usize = 64;

/// Who speaks in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    /// The user, or the model. What stands between fences of three quotation marks counts as a document.
    #[default]
    Author,
    /// A document or a tool's answer, which nobody in the conversation wrote.
    Document,
}

/// Why a screen could not be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScreenError {
    /// A policy names a blocklist that was not given.
    #[error(
        "the policy names the blocklist '{0}', which does not exist: create it, or take it out of the policy"
    )]
    NoSuchBlocklist(String),
    /// The built-in rules are broken.
    #[error("the built-in rules cannot be read: {0}")]
    Rules(#[from] RuleError),
    /// The built-in forms of personal data are broken.
    #[error("the built-in forms of personal data cannot be read: {0}")]
    Forms(#[from] regex::Error),
}

/// A policy and its blocklists, ready to look at texts. Shared behind an [`Arc`].
#[derive(Debug)]
pub struct Screen {
    policy: Policy,
    prompt: Plan,
    completion: Plan,
}

impl Screen {
    /// Makes a policy ready. Of the lists those count that the policy names.
    pub fn new(policy: Policy, lists: &[Arc<Blocklist>]) -> Result<Self, ScreenError> {
        Ok(Self {
            prompt: Plan::new(policy.prompt.clone(), policy.mode, Direction::Prompt, lists)?,
            completion: Plan::new(
                policy.completion.clone(),
                policy.mode,
                Direction::Completion,
                lists,
            )?,
            policy,
        })
    }

    /// The policy it was made from.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Whether anything is looked for in this direction at all.
    pub fn needs(&self, direction: Direction) -> bool {
        self.plan(direction).is_needed
    }

    /// The verdict before anything was looked at.
    pub fn clean(&self, direction: Direction) -> Verdict {
        Verdict::clean(self.policy.of(direction))
    }

    /// Looks at a whole text of a user or a model.
    pub fn text(&self, direction: Direction, text: &str) -> Verdict {
        self.text_of(direction, Origin::Author, text)
    }

    /// Looks at a whole text.
    pub fn text_of(&self, direction: Direction, origin: Origin, text: &str) -> Verdict {
        let plan = self.plan(direction);
        let mut machine = Machine::new(plan, origin);
        if plan.is_needed {
            machine.feed(plan, text);
        }
        machine.finish(plan)
    }

    /// What the policy makes of what an external analyzer reports of this part of a text. `analyzer` is its name, and whether
    /// what it finds may block. What the policy does not look for is left out.
    pub fn reported(
        &self,
        direction: Direction,
        analyzer: &(Arc<str>, bool),
        span: Range<usize>,
        reports: &[Reported],
    ) -> Vec<Hit> {
        let policy = self.policy.of(direction);
        let hit = |report: &Reported| {
            let is_blocked = match &report.subject {
                Subject::Category(category, severity) => {
                    let rule = policy.category(*category);
                    (rule.enabled && *severity > Severity::Safe).then(|| rule.blocks(*severity))?
                }
                Subject::Detection(detection) => {
                    let rule = policy.detection(*detection);
                    rule.enabled.then_some(rule.blocking)?
                }
                // The list is the analyzer's, and asking for it is the wish to have it looked for.
                Subject::Blocklist(_) => true,
                Subject::Hazard(_) => false,
            };
            Some(Hit {
                rule: Arc::clone(&report.rule),
                subject: report.subject.clone(),
                span: span.clone(),
                blocking: is_blocked && analyzer.1,
                analyzer: Some(Arc::clone(&analyzer.0)),
            })
        };
        reports.iter().filter_map(hit).collect()
    }

    pub(crate) fn plan(&self, direction: Direction) -> &Plan {
        match direction {
            Direction::Prompt => &self.prompt,
            Direction::Completion => &self.completion,
        }
    }
}

/// What is done with a rule of the lexicon.
#[derive(Debug, Clone, Copy, Default)]
struct Use {
    is_active: bool,
    may_block: bool,
}

/// What a word does under a policy.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct WordUse {
    starts: u32,
    /// Rules that it is all of.
    wholes_count: u16,
    /// Rules that it begins.
    starts_count: u16,
    /// What may come behind it in those, by number.
    pub(crate) followers: u16,
    /// Contexts that it sets.
    pub(crate) sets: Contexts,
}

impl WordUse {
    /// Whether it does nothing by itself.
    pub(crate) fn is_idle(self) -> bool {
        self.wholes_count == 0 && self.starts_count == 0 && self.sets == 0
    }

    /// Whether it begins something that other words must end.
    pub(crate) fn opens(self) -> bool {
        self.starts_count > 0
    }
}

/// One direction of a screen.
#[derive(Debug)]
pub(crate) struct Plan {
    policy: DirectionPolicy,
    pub(crate) lexicon: &'static Lexicon,
    uses: Vec<Use>,
    /// By number of the word.
    words: Vec<WordUse>,
    /// By number of the word.
    marks: Vec<u8>,
    /// The rules that words are all of or begin, word after word.
    starts: Vec<u16>,
    /// By node of the trie: whether it leads to a word with which something begins that may block.
    leads: Vec<bool>,
    pub(crate) has_rules: bool,
    /// With whether they block.
    pub(crate) lists: Vec<(Arc<Blocklist>, bool)>,
    pub(crate) kinds: &'static [Kind],
    pub(crate) is_needed: bool,
    /// Whether anything may block, so that something must be held back.
    pub(crate) holds: bool,
}

impl Plan {
    fn new(
        policy: DirectionPolicy,
        mode: Mode,
        direction: Direction,
        lists: &[Arc<Blocklist>],
    ) -> Result<Self, ScreenError> {
        let lexicon = lexicon::built_in()?;
        let uses: Vec<Use> = lexicon
            .rules
            .iter()
            .map(|rule| usage(&policy, direction, rule))
            .collect();
        let named = |name: &str| lists.iter().find(|list| list.name() == name).map(Arc::clone);
        let mut used = Vec::new();
        for rule in &policy.blocklists {
            let list = named(&rule.name).ok_or_else(|| ScreenError::NoSuchBlocklist(rule.name.clone()))?;
            used.push((list, rule.blocking));
        }
        let kinds = if policy.detection(Detection::Pii).enabled {
            pii::kinds()?
        } else {
            &[]
        };
        let leads = lexicon.trie.ways_to(|word| {
            lexicon.words[usize::from(word)]
                .starts
                .iter()
                .any(|rule| uses[usize::from(*rule)].may_block)
        });
        let mut words = Vec::with_capacity(lexicon.words.len());
        let mut starts = Vec::new();
        for word in &lexicon.words {
            let active = word
                .starts
                .iter()
                .filter(|rule| uses[usize::from(**rule)].is_active);
            let (wholes, longer): (Vec<u16>, Vec<u16>) =
                active.partition(|rule| lexicon.rules[usize::from(**rule)].elements.len() == 1);
            words.push(WordUse {
                starts: starts.len() as u32,
                wholes_count: wholes.len() as u16,
                starts_count: longer.len() as u16,
                followers: word.followers,
                sets: word.sets,
            });
            starts.extend(wholes.into_iter().chain(longer));
        }
        let marks = words.iter().zip(0..).map(|(used, word)| match used.is_idle() {
            true => mark(word),
            false => MARK_ALWAYS,
        });
        let has_rules = lexicon
            .rules
            .iter()
            .zip(&uses)
            .any(|(rule, used)| used.is_active && !matches!(rule.finds, Finds::Context(_)));
        Ok(Self {
            holds: mode == Mode::Buffered
                && (uses.iter().any(|one| one.may_block)
                    || used.iter().any(|(_, blocking)| *blocking)
                    || policy.detection(Detection::Pii).blocking && !kinds.is_empty()),
            is_needed: has_rules || !used.is_empty() || !kinds.is_empty(),
            policy,
            lexicon,
            uses,
            marks: marks.collect(),
            words,
            starts,
            leads,
            has_rules,
            lists: used,
            kinds,
        })
    }

    pub(crate) fn policy(&self) -> &DirectionPolicy {
        &self.policy
    }

    /// By what the matcher tells whether a word may do something now.
    #[inline]
    pub(crate) fn mark(&self, word: u16) -> u8 {
        self.marks[usize::from(word)]
    }

    #[inline]
    pub(crate) fn word(&self, word: u16) -> WordUse {
        self.words[usize::from(word)]
    }

    /// The rules that a word is all of.
    pub(crate) fn wholes(&self, word: WordUse) -> &[u16] {
        let first = word.starts as usize;
        &self.starts[first..first + usize::from(word.wholes_count)]
    }

    /// The rules that a word begins.
    pub(crate) fn starts(&self, word: WordUse) -> &[u16] {
        let first = word.starts as usize + usize::from(word.wholes_count);
        &self.starts[first..first + usize::from(word.starts_count)]
    }

    pub(crate) fn may_block(&self, rule: u16) -> bool {
        self.uses[usize::from(rule)].may_block
    }

    pub(crate) fn leads(&self, node: u16) -> bool {
        self.leads[usize::from(node)]
    }
}

fn usage(policy: &DirectionPolicy, direction: Direction, rule: &lexicon::Rule) -> Use {
    match rule.finds {
        // Whether it is needed follows from the others; it never blocks.
        Finds::Context(_) => Use {
            is_active: true,
            may_block: false,
        },
        Finds::Harm(category, severity) => {
            let highest = if rule.raised_by == 0 {
                severity
            } else {
                severity.raised()
            };
            let wanted = policy.category(category);
            Use {
                is_active: wanted.enabled,
                may_block: wanted.blocks(highest),
            }
        }
        // Attacks are made on a model, not by one.
        Finds::Detection(Detection::Jailbreak | Detection::IndirectAttack)
            if direction == Direction::Completion =>
        {
            Use::default()
        }
        Finds::Detection(detection) => {
            let own = policy.detection(detection);
            let indirect = policy.detection(Detection::IndirectAttack);
            let either = detection == Detection::Jailbreak;
            Use {
                is_active: own.enabled || either && indirect.enabled,
                may_block: own.enabled && own.blocking || either && indirect.enabled && indirect.blocking,
            }
        }
    }
}
