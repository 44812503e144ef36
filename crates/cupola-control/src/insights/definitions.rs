//! The metrics that there are.

use crate::facets::Facet;
use cupola_store::LatencyKind;

/// A metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Metric {
    Requests,
    Errors,
    ThrottledRequests,
    PromptTokens,
    CachedPromptTokens,
    CompletionTokens,
    TotalTokens,
    Cost,
    Latency,
    TimeToFirstToken,
}

/// From which sums a metric is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// How requests ended, refused ones among them.
    Requests,
    /// What was charged.
    Usage,
    /// How long requests took.
    Latency(LatencyKind),
}

/// How a metric is summed up over a piece of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aggregation {
    Total,
    Average,
    Count,
    Maximum,
    /// So many in a hundred took no longer.
    Percentile(u32),
}

/// By what the series of a metric can be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dimension {
    Facet(Facet),
    /// The status of the answer.
    StatusCode,
    /// `2xx`, `4xx` and so on.
    StatusCodeClass,
    /// ISO 4217.
    Currency,
}

const OF_ALL: [Facet; 7] = [
    Facet::Endpoint,
    Facet::Deployment,
    Facet::Model,
    Facet::Operation,
    Facet::Key,
    Facet::Principal,
    Facet::ResourceId,
];

impl Metric {
    pub(super) const ALL: [Metric; 10] = [
        Metric::Requests,
        Metric::Errors,
        Metric::ThrottledRequests,
        Metric::PromptTokens,
        Metric::CachedPromptTokens,
        Metric::CompletionTokens,
        Metric::TotalTokens,
        Metric::Cost,
        Metric::Latency,
        Metric::TimeToFirstToken,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Requests => "Requests",
            Self::Errors => "Errors",
            Self::ThrottledRequests => "ThrottledRequests",
            Self::PromptTokens => "PromptTokens",
            Self::CachedPromptTokens => "CachedPromptTokens",
            Self::CompletionTokens => "CompletionTokens",
            Self::TotalTokens => "TotalTokens",
            Self::Cost => "Cost",
            Self::Latency => "Latency",
            Self::TimeToFirstToken => "TimeToFirstToken",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|metric| metric.as_str().eq_ignore_ascii_case(text))
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Requests => "Requests",
            Self::Errors => "Errors",
            Self::ThrottledRequests => "Throttled requests",
            Self::PromptTokens => "Prompt tokens",
            Self::CachedPromptTokens => "Cached prompt tokens",
            Self::CompletionTokens => "Completion tokens",
            Self::TotalTokens => "Total tokens",
            Self::Cost => "Cost",
            Self::Latency => "Latency",
            Self::TimeToFirstToken => "Time to first token",
        }
    }

    pub(super) fn description(self) -> &'static str {
        match self {
            Self::Requests => "Requests for inference that ended, refused ones among them.",
            Self::Errors => "Requests that were answered with a status of 400 or more.",
            Self::ThrottledRequests => "Requests that were answered with 429.",
            Self::PromptTokens => "Tokens of prompts that were charged, cached ones among them.",
            Self::CachedPromptTokens => "Tokens of prompts that came from a cache.",
            Self::CompletionTokens => "Generated tokens that were charged, those of reasoning among them.",
            Self::TotalTokens => "All tokens that were charged.",
            Self::Cost => "What the meters cost at the prices of their time.",
            Self::Latency => "From the head of a charged request until its answer was whole.",
            Self::TimeToFirstToken => {
                "From the head of a charged request to the first event of its streamed answer."
            }
        }
    }

    pub(super) fn unit(self) -> &'static str {
        match self {
            Self::Cost => "Unspecified",
            Self::Latency | Self::TimeToFirstToken => "MilliSeconds",
            _ => "Count",
        }
    }

    pub(super) fn source(self) -> Source {
        match self {
            Self::Requests | Self::Errors | Self::ThrottledRequests => Source::Requests,
            Self::Latency => Source::Latency(LatencyKind::Whole),
            Self::TimeToFirstToken => Source::Latency(LatencyKind::FirstToken),
            _ => Source::Usage,
        }
    }

    /// What is told where nobody says what is wanted.
    pub(super) fn primary(self) -> Aggregation {
        match self.source() {
            Source::Latency(_) => Aggregation::Average,
            Source::Requests | Source::Usage => Aggregation::Total,
        }
    }

    pub(super) fn supports(self, aggregation: Aggregation) -> bool {
        match self.source() {
            Source::Requests => matches!(aggregation, Aggregation::Total | Aggregation::Count),
            Source::Usage => matches!(
                aggregation,
                Aggregation::Total | Aggregation::Average | Aggregation::Count
            ),
            Source::Latency(_) => true,
        }
    }

    pub(super) fn dimensions(self) -> Vec<Dimension> {
        let mut dimensions: Vec<Dimension> = match self {
            Self::Requests | Self::Errors => vec![Dimension::StatusCode, Dimension::StatusCodeClass],
            Self::Cost => vec![Dimension::Currency],
            _ => Vec::new(),
        };
        dimensions.extend(OF_ALL.map(Dimension::Facet));
        dimensions
    }
}

impl Aggregation {
    /// Those that a definition lists; percentiles are any from `p1` to `p99`.
    pub(super) const LISTED: [Aggregation; 7] = [
        Aggregation::Total,
        Aggregation::Average,
        Aggregation::Count,
        Aggregation::Maximum,
        Aggregation::Percentile(50),
        Aggregation::Percentile(95),
        Aggregation::Percentile(99),
    ];

    pub(super) fn parse(text: &str) -> Option<Self> {
        let folded = text.to_ascii_lowercase();
        match folded.as_str() {
            "total" => Some(Self::Total),
            "average" => Some(Self::Average),
            "count" => Some(Self::Count),
            "maximum" => Some(Self::Maximum),
            other => {
                let percent: u32 = other.strip_prefix('p')?.parse().ok()?;
                (1..=99).contains(&percent).then_some(Self::Percentile(percent))
            }
        }
    }

    /// Its name in a point of a series.
    pub(super) fn field(self) -> String {
        match self {
            Self::Total => "total".to_owned(),
            Self::Average => "average".to_owned(),
            Self::Count => "count".to_owned(),
            Self::Maximum => "maximum".to_owned(),
            Self::Percentile(percent) => format!("p{percent}"),
        }
    }

    /// Its name in a definition.
    pub(super) fn title(self) -> String {
        let field = self.field();
        let (first, rest) = field.split_at(1);
        first.to_ascii_uppercase() + rest
    }
}

impl Dimension {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Facet(facet) => facet.as_str(),
            Self::StatusCode => "StatusCode",
            Self::StatusCodeClass => "StatusCodeClass",
            Self::Currency => "Currency",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::StatusCode, Self::StatusCodeClass, Self::Currency]
            .into_iter()
            .find(|own| own.as_str().eq_ignore_ascii_case(text))
            .or_else(|| Facet::parse(text).map(Self::Facet))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case() {
        for metric in Metric::ALL {
            assert_eq!(Metric::parse(&metric.as_str().to_lowercase()), Some(metric));
            assert!(metric.supports(metric.primary()));
        }
        let check = |text: &str, expected: Option<Aggregation>| {
            assert_eq!(Aggregation::parse(text), expected, "{text}");
        };
        check("Total", Some(Aggregation::Total));
        check("P95", Some(Aggregation::Percentile(95)));
        check("p0", None);
        check("p100", None);
        check("minimum", None);
        assert_eq!(Aggregation::Percentile(99).title(), "P99");
    }
}
