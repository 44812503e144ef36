//! What an endpoint or account wants screened, and what happens then.

use std::fmt;

/// Which way a text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// From the client to the model.
    Prompt,
    /// From the model to the client.
    Completion,
}

/// Harm that has degrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    /// Attacks on people for what they are.
    Hate,
    /// Harm to oneself.
    SelfHarm,
    /// Sexual content.
    Sexual,
    /// Harm to others.
    Violence,
}

impl Category {
    /// All of them, in the order of the wire.
    pub const ALL: [Self; 4] = [Self::Hate, Self::SelfHarm, Self::Sexual, Self::Violence];

    /// The name on the wire and in the rules.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hate => "hate",
            Self::SelfHarm => "self_harm",
            Self::Sexual => "sexual",
            Self::Violence => "violence",
        }
    }
}

/// How strong a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Severity {
    /// Nothing to say.
    #[default]
    Safe,
    /// Mentioned, reported, told in a story.
    Low,
    /// Meant, or told in detail.
    Medium,
    /// Threats and instructions that could be carried out, and what is never acceptable.
    High,
}

impl Severity {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// One degree less.
    pub(crate) const fn lowered(self) -> Self {
        match self {
            Self::High => Self::Medium,
            Self::Medium => Self::Low,
            Self::Low | Self::Safe => Self::Safe,
        }
    }

    /// One degree more.
    pub(crate) const fn raised(self) -> Self {
        match self {
            Self::Safe => Self::Low,
            Self::Low => Self::Medium,
            Self::Medium | Self::High => Self::High,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// The least severity that is filtered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Threshold {
    /// Everything but safe.
    Low,
    /// Medium and high; the default of the service.
    #[default]
    Medium,
    /// High alone.
    High,
}

impl Threshold {
    /// Whether a severity reaches it.
    pub fn reached_by(self, severity: Severity) -> bool {
        severity
            >= match self {
                Self::Low => Severity::Low,
                Self::Medium => Severity::Medium,
                Self::High => Severity::High,
            }
    }
}

/// What is there or is not there, without degrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Detection {
    /// A user who talks the model out of its rules.
    Jailbreak,
    /// A document that does.
    IndirectAttack,
    /// Foul language.
    Profanity,
    /// Personal data by its form: addresses, numbers.
    Pii,
    /// Known text; only external analyzers find it.
    ProtectedMaterialText,
    /// Known code; only external analyzers find it.
    ProtectedMaterialCode,
}

impl Detection {
    /// All of them, in the order of the wire.
    pub const ALL: [Self; 6] = [
        Self::Jailbreak,
        Self::IndirectAttack,
        Self::Profanity,
        Self::Pii,
        Self::ProtectedMaterialText,
        Self::ProtectedMaterialCode,
    ];

    /// The name on the wire and in the rules.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jailbreak => "jailbreak",
            Self::IndirectAttack => "indirect_attack",
            Self::Profanity => "profanity",
            Self::Pii => "pii",
            Self::ProtectedMaterialText => "protected_material_text",
            Self::ProtectedMaterialCode => "protected_material_code",
        }
    }
}

/// What is done about a category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CategoryRule {
    /// Whether it is looked for and annotated.
    pub enabled: bool,
    /// Whether what reaches the threshold is kept from going on.
    pub blocking: bool,
    /// What counts as filtered.
    pub threshold: Threshold,
}

impl CategoryRule {
    /// Not looked for.
    pub const OFF: Self = Self {
        enabled: false,
        blocking: false,
        threshold: Threshold::Medium,
    };
    /// Medium and high are blocked.
    pub const MEDIUM: Self = Self {
        enabled: true,
        blocking: true,
        threshold: Threshold::Medium,
    };

    /// Whether a severity is kept from going on.
    pub fn blocks(self, severity: Severity) -> bool {
        self.enabled && self.blocking && self.threshold.reached_by(severity)
    }
}

/// What is done about a detection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DetectionRule {
    /// Whether it is looked for and annotated.
    pub enabled: bool,
    /// Whether what is found is kept from going on.
    pub blocking: bool,
}

impl DetectionRule {
    /// Not looked for.
    pub const OFF: Self = Self {
        enabled: false,
        blocking: false,
    };
    /// Looked for and annotated.
    pub const ANNOTATED: Self = Self {
        enabled: true,
        blocking: false,
    };
    /// Looked for and kept from going on.
    pub const BLOCKED: Self = Self {
        enabled: true,
        blocking: true,
    };
}

/// A blocklist that applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRule {
    /// The list's name; `Screen::new` wants the compiled list of that name.
    pub name: String,
    /// Whether a hit is kept from going on.
    pub blocking: bool,
}

/// One direction of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectionPolicy {
    /// By `Category as usize`.
    pub categories: [CategoryRule; 4],
    /// By `Detection as usize`.
    pub detections: [DetectionRule; 6],
    /// Blocklists that apply in this direction.
    pub blocklists: Vec<ListRule>,
}

impl DirectionPolicy {
    /// Nothing is looked for.
    pub const fn off() -> Self {
        Self {
            categories: [CategoryRule::OFF; 4],
            detections: [DetectionRule::OFF; 6],
            blocklists: Vec::new(),
        }
    }

    /// What is done about a category.
    pub fn category(&self, category: Category) -> CategoryRule {
        self.categories[category as usize]
    }

    /// What is done about a detection.
    pub fn detection(&self, detection: Detection) -> DetectionRule {
        self.detections[detection as usize]
    }

    /// Says what is done about a category.
    #[must_use]
    pub fn with_category(mut self, category: Category, rule: CategoryRule) -> Self {
        self.categories[category as usize] = rule;
        self
    }

    /// Says what is done about a detection.
    #[must_use]
    pub fn with_detection(mut self, detection: Detection, rule: DetectionRule) -> Self {
        self.detections[detection as usize] = rule;
        self
    }
}

/// When a stream's text goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Vetted first: a byte of what is blocked never goes out.
    #[default]
    Buffered,
    /// At once, annotated later: what is blocked ends the stream when it is found.
    Asynchronous,
}

/// What is screened, both ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Of prompts.
    pub prompt: DirectionPolicy,
    /// Of completions.
    pub completion: DirectionPolicy,
    /// When a stream's text goes out.
    pub mode: Mode,
}

impl Policy {
    /// The default of serverless endpoints and accounts: four categories from medium on both ways, and jailbreaks in prompts.
    pub fn default_v2() -> Self {
        let categories = [CategoryRule::MEDIUM; 4];
        Self {
            prompt: DirectionPolicy {
                categories,
                ..DirectionPolicy::off()
            }
            .with_detection(Detection::Jailbreak, DetectionRule::BLOCKED),
            completion: DirectionPolicy {
                categories,
                ..DirectionPolicy::off()
            },
            mode: Mode::Buffered,
        }
    }

    /// Nothing is looked for.
    pub const fn off() -> Self {
        Self {
            prompt: DirectionPolicy::off(),
            completion: DirectionPolicy::off(),
            mode: Mode::Buffered,
        }
    }

    /// The same policy, annotating and blocking nothing.
    #[must_use]
    pub fn annotate_only(mut self) -> Self {
        for direction in [&mut self.prompt, &mut self.completion] {
            for rule in &mut direction.categories {
                rule.blocking = false;
            }
            for rule in &mut direction.detections {
                rule.blocking = false;
            }
            for rule in &mut direction.blocklists {
                rule.blocking = false;
            }
        }
        self
    }

    /// One direction.
    pub fn of(&self, direction: Direction) -> &DirectionPolicy {
        match direction {
            Direction::Prompt => &self.prompt,
            Direction::Completion => &self.completion,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_filter_what_reaches_them() {
        let check = |threshold: Threshold, expected: [bool; 4]| {
            let all = [Severity::Safe, Severity::Low, Severity::Medium, Severity::High];
            assert_eq!(
                all.map(|one| threshold.reached_by(one)),
                expected,
                "{threshold:?}"
            );
        };
        check(Threshold::Low, [false, true, true, true]);
        check(Threshold::Medium, [false, false, true, true]);
        check(Threshold::High, [false, false, false, true]);
    }

    #[test]
    fn annotating_blocks_nothing_and_looks_for_the_same() {
        let policy = Policy::default_v2().annotate_only();
        for category in Category::ALL {
            assert!(policy.prompt.category(category).enabled);
            assert!(!policy.prompt.category(category).blocks(Severity::High));
        }
        assert_eq!(
            policy.prompt.detection(Detection::Jailbreak),
            DetectionRule::ANNOTATED
        );
    }
}
