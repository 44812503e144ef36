//! What a request used. The classes are disjoint, so the sum of the token classes is the total.

/// Quantities by class. A request of one kind uses few of them; the others are zero.
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
    /// Searches: what a reranker sells.
    pub search_units: u64,
    /// Images that were made.
    pub images: u64,
    /// Prompt tokens that tuned a model for the request; not among `prompt`.
    pub finetune_prompt: u64,
    /// Generated tokens that tuned a model for the request; not among `completion`.
    pub finetune_completion: u64,
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
            ..Self::default()
        }
    }

    /// All tokens of all classes. Searches and images are no tokens.
    pub fn total(&self) -> u64 {
        self.prompt
            + self.cached_prompt
            + self.completion
            + self.reasoning
            + self.finetune_prompt
            + self.finetune_completion
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
    /// `search_units`
    SearchUnits,
    /// `images`
    Images,
    /// `finetune_prompt_tokens`
    FinetunePromptTokens,
    /// `finetune_completion_tokens`
    FinetuneCompletionTokens,
}

impl Meter {
    /// Every meter, in the order in which people read them. New ones go to the end: the oldest price lists are by place.
    pub const ALL: [Meter; 9] = [
        Meter::PromptTokens,
        Meter::CachedPromptTokens,
        Meter::CompletionTokens,
        Meter::ReasoningTokens,
        Meter::Requests,
        Meter::SearchUnits,
        Meter::Images,
        Meter::FinetunePromptTokens,
        Meter::FinetuneCompletionTokens,
    ];

    /// The name in the ledger, in price lists and at the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Meter::PromptTokens => "prompt_tokens",
            Meter::CachedPromptTokens => "cached_prompt_tokens",
            Meter::CompletionTokens => "completion_tokens",
            Meter::ReasoningTokens => "reasoning_tokens",
            Meter::Requests => "requests",
            Meter::SearchUnits => "search_units",
            Meter::Images => "images",
            Meter::FinetunePromptTokens => "finetune_prompt_tokens",
            Meter::FinetuneCompletionTokens => "finetune_completion_tokens",
        }
    }

    /// The unit of the quantity.
    pub fn unit(self) -> &'static str {
        match self {
            Meter::Requests => "request",
            Meter::SearchUnits => "search",
            Meter::Images => "image",
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
            Meter::SearchUnits => usage.search_units,
            Meter::Images => usage.images,
            Meter::FinetunePromptTokens => usage.finetune_prompt,
            Meter::FinetuneCompletionTokens => usage.finetune_completion,
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

        #[test]
        fn the_meters_of_tokens_sum_to_the_total(of in proptest::array::uniform8(0u64..1 << 40)) {
            let [prompt, cached_prompt, completion, reasoning, search_units, images, finetune_prompt, finetune_completion] = of;
            let usage = Usage {
                prompt, cached_prompt, completion, reasoning, search_units, images, finetune_prompt, finetune_completion,
            };
            let tokens: u64 = Meter::ALL
                .into_iter()
                .filter(|meter| meter.unit() == "token")
                .map(|meter| meter.quantity(&usage))
                .sum();
            prop_assert_eq!(tokens, usage.total());
            prop_assert_eq!(Meter::SearchUnits.quantity(&usage), search_units);
            prop_assert_eq!(Meter::Images.quantity(&usage), images);
        }
    }

    #[test]
    fn every_meter_is_found_by_its_name() {
        for (at, meter) in Meter::ALL.into_iter().enumerate() {
            assert_eq!(Meter::parse(meter.as_str()), Some(meter));
            assert_eq!(
                meter as usize, at,
                "a price list finds a price by the meter's place"
            );
        }
    }
}
