//! What a cost query asks for.

use super::filter::{Filter, unknown};
use super::period::Span;
use crate::facets::Facet;
use crate::json::Document;
use cupola_core::name::printable;
use cupola_core::time::{DAY_MS, HOUR_MS};
use cupola_core::{Code, Problem, Timestamp};
use serde_json::Value;

const GROUPS_MAX: usize = 8;
const HOURLY_DAYS_MAX: i64 = 7;
const DAILY_DAYS_MAX: i64 = 366;

/// How finely time is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Granularity {
    None,
    Daily,
    Hourly,
}

/// What is summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    Cost,
    Quantity,
}

/// What rows are sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sorting {
    pub(super) column: String,
    pub(super) descending: bool,
}

/// A question about costs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Question {
    pub(super) span: Span,
    pub(super) granularity: Granularity,
    /// Columns of sums, under the names that were asked for.
    pub(super) measures: Vec<(String, Measure)>,
    pub(super) grouping: Vec<Facet>,
    pub(super) filter: Option<Filter>,
    pub(super) sorting: Vec<Sorting>,
}

impl Question {
    pub(super) fn read(body: &Document, now: Timestamp) -> Result<Self, Problem> {
        body.choice("type", &["Usage", "ActualCost", "AmortizedCost"])?;
        let granularity = match body.choice("dataset.granularity", &["None", "Daily", "Hourly"])? {
            Some("Daily") => Granularity::Daily,
            Some("Hourly") => Granularity::Hourly,
            _ => Granularity::None,
        };
        let span = Span::read(body, now, granularity == Granularity::Hourly)?;
        let days_max = match granularity {
            Granularity::None => i64::MAX,
            Granularity::Daily => DAILY_DAYS_MAX,
            Granularity::Hourly => HOURLY_DAYS_MAX,
        };
        let days = (span.to.as_millisecond() - span.from.as_millisecond()) / DAY_MS;
        if days > days_max {
            return Err(wrong(
                "dataset.granularity",
                format!(
                    "The period is {days} days; with this granularity {days_max} is the most: ask for a coarser one, or in parts."
                ),
            ));
        }
        Ok(Self {
            span,
            granularity,
            measures: measures(body)?,
            grouping: grouping(body)?,
            filter: body.get("dataset.filter").map(Filter::read).transpose()?,
            sorting: sorting(body)?,
        })
    }

    pub(super) fn width_ms(&self) -> Option<i64> {
        match self.granularity {
            Granularity::None => None,
            Granularity::Daily => Some(DAY_MS),
            Granularity::Hourly => Some(HOUR_MS),
        }
    }
}

fn measures(body: &Document) -> Result<Vec<(String, Measure)>, Problem> {
    let mut measures: Vec<(String, Measure)> = Vec::new();
    for (alias, given) in body.object("dataset.aggregation")?.into_iter().flatten() {
        let path = format!("dataset.aggregation.{}", printable(alias));
        let name = given["name"].as_str().unwrap_or_default();
        let measure = match name.to_ascii_lowercase().as_str() {
            "cost" | "pretaxcost" => Measure::Cost,
            "usagequantity" | "quantity" => Measure::Quantity,
            _ => {
                return Err(wrong(
                    &path,
                    format!(
                        "'{}' of {path}.name cannot be summed up: use Cost, PreTaxCost or UsageQuantity.",
                        printable(name)
                    ),
                ));
            }
        };
        let function = given["function"].as_str().unwrap_or("Sum");
        if !function.eq_ignore_ascii_case("sum") {
            return Err(wrong(
                &path,
                format!(
                    "'{}' of {path}.function is not known: use Sum.",
                    printable(function)
                ),
            ));
        }
        if !measures.iter().any(|(known, _)| known == name) {
            measures.push((name.to_owned(), measure));
        }
    }
    Ok(measures)
}

fn list<'a>(body: &'a Document, path: &str) -> Result<&'a [Value], Problem> {
    match body.get(path) {
        None => Ok(&[]),
        Some(value) => value
            .as_array()
            .map(Vec::as_slice)
            .ok_or_else(|| wrong(path, format!("The field {path} must be a list."))),
    }
}

fn grouping(body: &Document) -> Result<Vec<Facet>, Problem> {
    let path = "dataset.grouping";
    let given = list(body, path)?;
    if given.len() > GROUPS_MAX {
        return Err(wrong(
            path,
            format!("{path} names more than {GROUPS_MAX} dimensions."),
        ));
    }
    let mut grouping = Vec::new();
    for one in given {
        let kind = one["type"].as_str().unwrap_or("Dimension");
        if !kind.eq_ignore_ascii_case("dimension") {
            return Err(wrong(
                path,
                format!(
                    "'{}' of {path}.type is not known: use Dimension.",
                    printable(kind)
                ),
            ));
        }
        let name = one["name"].as_str().unwrap_or_default();
        let facet = Facet::parse(name).ok_or_else(|| unknown(name, path))?;
        if !grouping.contains(&facet) {
            grouping.push(facet);
        }
    }
    Ok(grouping)
}

fn sorting(body: &Document) -> Result<Vec<Sorting>, Problem> {
    list(body, "dataset.sorting")?
        .iter()
        .map(|one| {
            let column = one["name"].as_str().unwrap_or_default().to_owned();
            let direction = one["direction"].as_str().unwrap_or("ascending");
            Ok(Sorting {
                column,
                descending: direction.eq_ignore_ascii_case("descending"),
            })
        })
        .collect()
}

fn wrong(target: &str, why: String) -> Problem {
    Problem::new(Code::InvalidRequestContent, why).target(target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(body: Value, expected: Result<(usize, &[Facet]), &str>) {
        let now = "2026-01-21T10:00:00Z".parse().expect("an instant");
        let found = Question::read(&Document::of(body.clone()), now);
        match (found, expected) {
            (Ok(found), Ok((measures, grouping))) => {
                assert_eq!(
                    (found.measures.len(), found.grouping.as_slice()),
                    (measures, grouping),
                    "{body}"
                );
            }
            (Err(problem), Err(part)) => assert!(problem.message.contains(part), "{}", problem.message),
            (found, _) => panic!("{body}: {found:?}"),
        }
    }

    #[test]
    fn questions_are_read_as_the_service_writes_them() {
        check(
            json!({"type": "ActualCost", "timeframe": "MonthToDate", "dataset": {
                "granularity": "Daily",
                "aggregation": {"totalCost": {"name": "Cost", "function": "Sum"}, "quantity": {"name": "UsageQuantity", "function": "Sum"}},
                "grouping": [{"type": "Dimension", "name": "ResourceGroup"}, {"type": "Dimension", "name": "Meter"}],
            }}),
            Ok((2, &[Facet::ResourceGroupName, Facet::Meter])),
        );
        check(json!({"type": "Forecast"}), Err("of type is not allowed"));
        let of = |dataset: Value| json!({"type": "Usage", "dataset": dataset});
        check(of(json!({"granularity": "Weekly"})), Err("dataset.granularity"));
        check(of(json!({"granularity": "Hourly"})), Err("7 is the most"));
        check(
            of(json!({"grouping": [{"type": "TagKey", "name": "team"}]})),
            Err("use Dimension"),
        );
        check(
            of(json!({"grouping": [{"name": "colour"}]})),
            Err("'colour' of dataset.grouping"),
        );
        check(of(json!({"grouping": {}})), Err("must be a list"));
        check(
            of(json!({"aggregation": {"a": {"name": "Cost", "function": "Avg"}}})),
            Err("use Sum"),
        );
        check(
            of(json!({"aggregation": {"a": {"name": "Colour"}}})),
            Err("cannot be summed"),
        );
    }
}
