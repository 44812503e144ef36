//! What a request used. The classes are disjoint, so their sum is the total.

/// Tokens by class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Prompt tokens that were computed.
    pub prompt: u64,
    /// Prompt tokens that came from a cache.
    pub cached_prompt: u64,
    /// Generated tokens that the client saw as text.
    pub completion: u64,
    /// Generated tokens that were the model's own reasoning.
    pub reasoning: u64,
}

impl Usage {
    /// From the totals and sub-totals that OpenAI-shaped usage carries; a sub-total never exceeds its total.
    pub fn from_totals(prompt: u64, cached: u64, completion: u64, reasoning: u64) -> Self {
        let cached = cached.min(prompt);
        let reasoning = reasoning.min(completion);
        Self {
            prompt: prompt - cached,
            cached_prompt: cached,
            completion: completion - reasoning,
            reasoning,
        }
    }

    /// All tokens of all classes.
    pub fn total(&self) -> u64 {
        self.prompt + self.cached_prompt + self.completion + self.reasoning
    }
}

/// What the ledger counts. Each has a price of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Meter {
    /// `prompt_tokens`
    PromptTokens,
    /// `cached_prompt_tokens`
    CachedPromptTokens,
    /// `completion_tokens`
    CompletionTokens,
    /// `reasoning_tokens`
    ReasoningTokens,
    /// `requests`
    Requests,
}

impl Meter {
    /// Every meter, in the order in which people read them.
    pub const ALL: [Meter; 5] = [
        Meter::PromptTokens,
        Meter::CachedPromptTokens,
        Meter::CompletionTokens,
        Meter::ReasoningTokens,
        Meter::Requests,
    ];

    /// The name in the ledger, in price lists and at the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Meter::PromptTokens => "prompt_tokens",
            Meter::CachedPromptTokens => "cached_prompt_tokens",
            Meter::CompletionTokens => "completion_tokens",
            Meter::ReasoningTokens => "reasoning_tokens",
            Meter::Requests => "requests",
        }
    }

    /// The unit of the quantity.
    pub fn unit(self) -> &'static str {
        match self {
            Meter::Requests => "request",
            _ => "token",
        }
    }

    /// The meter of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|meter| meter.as_str() == text)
    }

    /// How much of this meter a request with `usage` takes.
    pub fn quantity(self, usage: &Usage) -> u64 {
        match self {
            Meter::PromptTokens => usage.prompt,
            Meter::CachedPromptTokens => usage.cached_prompt,
            Meter::CompletionTokens => usage.completion,
            Meter::ReasoningTokens => usage.reasoning,
            Meter::Requests => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn classes_sum_to_the_totals(prompt in 0u64..1 << 40, cached in 0u64..1 << 41, completion in 0u64..1 << 40, reasoning in 0u64..1 << 41) {
            prop_assert_eq!(Usage::from_totals(prompt, cached, completion, reasoning).total(), prompt + completion);
        }
    }

    #[test]
    fn every_meter_is_found_by_its_name() {
        for meter in Meter::ALL {
            assert_eq!(Meter::parse(meter.as_str()), Some(meter));
        }
    }
}
