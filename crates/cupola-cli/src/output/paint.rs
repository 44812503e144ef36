//! Colour, where somebody sees it.

/// Whether to colour. Decided once for each stream, from the terminal and `NO_COLOR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paint {
    on: bool,
}

/// What a piece of text is; the colours follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Error,
    Warning,
    Title,
    Dim,
    Good,
    Bad,
    Busy,
    Key,
    Text,
    Number,
}

impl Paint {
    /// No colour.
    #[cfg(test)]
    pub(crate) const PLAIN: Self = Self { on: false };

    /// Colour if `wanted`.
    pub(crate) fn when(wanted: bool) -> Self {
        Self { on: wanted }
    }

    /// `text` in the colours of `style`, or as it is.
    pub(crate) fn text(self, style: Style, text: &str) -> String {
        if self.on && !text.is_empty() {
            format!("\u{1b}[{}m{text}\u{1b}[0m", style.codes())
        } else {
            text.to_owned()
        }
    }
}

impl Style {
    fn codes(self) -> &'static str {
        match self {
            Self::Error => "1;31",
            Self::Warning => "33",
            Self::Title => "1",
            Self::Dim => "2",
            Self::Good => "32",
            Self::Bad => "31",
            Self::Busy | Self::Number => "36",
            Self::Key => "94",
            Self::Text => "33",
        }
    }
}

/// The style of a state's name, for the states that the platform has.
pub(crate) fn state(text: &str) -> Option<Style> {
    match text.to_ascii_lowercase().as_str() {
        "succeeded" | "online" | "subscribed" | "enabled" | "registered" => Some(Style::Good),
        "failed" | "unhealthy" | "suspended" | "unsubscribed" | "canceled" | "creationfailed"
        | "deletionfailed" => Some(Style::Bad),
        "creating" | "deleting" | "updating" | "suspending" | "reinstating" | "accepted" => Some(Style::Busy),
        _ => None,
    }
}
