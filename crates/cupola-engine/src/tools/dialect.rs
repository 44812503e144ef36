//! The forms in which models write their calls.

/// How a model writes a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `<tool_call>{"name":..,"arguments":..}</tool_call>`, as Hermes and Qwen write it. Also what models are asked
    /// to write whose template knows no tools.
    Hermes,
    /// `{"name":..,"parameters":..}` and nothing else, as Llama 3 writes it.
    Llama,
    /// `[TOOL_CALLS][{"name":..,"arguments":..}]`, as Mistral writes it.
    Mistral,
    /// `[TOOL_CALLS]name[ARGS]{..}`, as newer Mistral models write it.
    MistralArguments,
}

impl Dialect {
    /// The form that a chat template asks for.
    pub(crate) fn of(template: &str) -> Self {
        let has = |text: &str| template.contains(text);
        if has("<tool_call>") {
            Self::Hermes
        } else if has("[TOOL_CALLS]") && has("[ARGS]") {
            Self::MistralArguments
        } else if has("[TOOL_CALLS]") {
            Self::Mistral
        } else if has("<|python_tag|>") || (has("<|start_header_id|>") && has("\"parameters\"")) {
            Self::Llama
        } else {
            Self::Hermes
        }
    }

    /// The length of the ids of calls: Mistral's templates insist on theirs.
    pub(crate) fn id(self, random: &str) -> String {
        match self {
            Self::Mistral | Self::MistralArguments => random.chars().take(9).collect(),
            Self::Hermes | Self::Llama => format!("call_{}", random.chars().take(24).collect::<String>()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_gives_its_dialect_away() {
        let check = |template: &str, expected| assert_eq!(Dialect::of(template), expected, "{template}");
        check("{{ '<tool_call>' }}", Dialect::Hermes);
        check("{{ '[TOOL_CALLS]' }}", Dialect::Mistral);
        check(
            "{{ '[TOOL_CALLS]' + name + '[ARGS]' }}",
            Dialect::MistralArguments,
        );
        check(
            "<|start_header_id|> {\"name\": .., \"parameters\": ..}",
            Dialect::Llama,
        );
        check("{{ messages }}", Dialect::Hermes);
    }

    #[test]
    fn ids_have_the_length_that_is_expected() {
        let random = "0123456789abcdef0123456789abcdef";
        assert_eq!(Dialect::Mistral.id(random), "012345678");
        assert_eq!(Dialect::Hermes.id(random), "call_0123456789abcdef01234567");
    }
}
