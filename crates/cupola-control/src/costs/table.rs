//! Sums become rows: one for each piece of time, each combination of the dimensions that are grouped by, and each currency.

use super::filter::Filter;
use super::question::{Granularity, Measure, Question, Sorting};
use crate::facets::Facet;
use cupola_core::money::{Cost, cost};
use cupola_core::time::iso8601;
use cupola_core::usage::Meter;
use cupola_core::{Code, Problem, Timestamp};
use cupola_store::{Sums, UsageContext, UsageSum};
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

// A question with a longer answer has to be a smaller one.
const ROWS_MAX: usize = 200_000;

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    Cost(Cost),
    Quantity(u64),
    /// As a number, `20261121`.
    Day(u32),
    Text(String),
}

/// A column: its name, and what the service calls its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: &'static str,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Field>>,
}

/// What all meters of a context that are wanted are added to.
struct Place {
    meter: Meter,
    group: usize,
}

impl Table {
    pub(super) fn of(question: &Question, sums: &Sums<UsageSum>) -> Result<Self, Problem> {
        let mut groups = Groups::default();
        let by_context: HashMap<i64, Vec<Place>> = sums
            .contexts
            .iter()
            .map(|(number, context)| (*number, groups.places(question, context)))
            .collect();
        let mut cells: HashMap<(i64, usize), (Cost, u64)> = HashMap::new();
        for sum in &sums.sums {
            let (Some(context), Some(places)) =
                (sums.contexts.get(&sum.context), by_context.get(&sum.context))
            else {
                continue;
            };
            for place in places {
                let quantity = sum.quantity(place.meter);
                if quantity == 0 {
                    continue;
                }
                let cell = cells.entry((sum.start_ms, place.group)).or_default();
                cell.0 = cell.0 + cost(quantity, context.prices.price(place.meter));
                cell.1 = cell.1.saturating_add(quantity);
            }
        }
        if cells.len() > ROWS_MAX {
            return Err(Problem::new(
                Code::InvalidRequestContent,
                format!(
                    "The answer has {} rows and {ROWS_MAX} is the most: ask for a shorter period or fewer dimensions.",
                    cells.len()
                ),
            ));
        }
        let mut table = Self {
            columns: columns(question),
            rows: Vec::with_capacity(cells.len()),
        };
        let ordered: BTreeMap<(i64, &Vec<String>), (Cost, u64)> = cells
            .iter()
            .filter_map(|((start_ms, group), cell)| Some(((*start_ms, groups.values.get(*group)?), *cell)))
            .collect();
        for ((start_ms, values), (cost, quantity)) in ordered {
            let mut row: Vec<Field> = question
                .measures
                .iter()
                .map(|(_, measure)| match measure {
                    Measure::Cost => Field::Cost(cost),
                    Measure::Quantity => Field::Quantity(quantity),
                })
                .collect();
            row.extend(time(question.granularity, start_ms)?);
            row.extend(values.iter().cloned().map(Field::Text));
            table.rows.push(row);
        }
        table.sort(&question.sorting)?;
        Ok(table)
    }

    fn sort(&mut self, sorting: &[Sorting]) -> Result<(), Problem> {
        let mut by = Vec::new();
        for sorting in sorting {
            let at = self
                .columns
                .iter()
                .position(|column| column.name.eq_ignore_ascii_case(&sorting.column));
            let at = at.ok_or_else(|| {
                let known: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
                Problem::new(
                    Code::InvalidRequestContent,
                    format!(
                        "dataset.sorting names no column of the answer: use {}.",
                        known.join(", ")
                    ),
                )
                .target("dataset.sorting")
            })?;
            by.push((at, sorting.descending));
        }
        self.rows.sort_by(|one, other| {
            by.iter().fold(Ordering::Equal, |order, (at, descending)| {
                let next = one.get(*at).cmp(&other.get(*at));
                order.then(if *descending { next.reverse() } else { next })
            })
        });
        Ok(())
    }
}

/// Combinations of the dimensions that are grouped by, and the currency. They are few and sums are many, so a sum names
/// its group by number.
#[derive(Default)]
struct Groups {
    values: Vec<Vec<String>>,
    numbers: HashMap<Vec<String>, usize>,
}

impl Groups {
    fn places(&mut self, question: &Question, context: &UsageContext) -> Vec<Place> {
        let wanted = |meter: Meter| {
            let value = |facet: Facet| facet.value(context, Some(meter));
            question
                .filter
                .as_ref()
                .is_none_or(|filter: &Filter| filter.passes(&value))
        };
        Meter::ALL
            .into_iter()
            .filter(|meter| wanted(*meter))
            .map(|meter| {
                let mut values: Vec<String> = question
                    .grouping
                    .iter()
                    .map(|facet| facet.value(context, Some(meter)))
                    .collect();
                values.push(context.prices.currency.clone());
                let group = match self.numbers.get(&values) {
                    Some(group) => *group,
                    None => {
                        let group = self.values.len();
                        self.values.push(values.clone());
                        self.numbers.insert(values, group);
                        group
                    }
                };
                Place { meter, group }
            })
            .collect()
    }
}

fn columns(question: &Question) -> Vec<Column> {
    let column = |name: &str, kind| Column {
        name: name.to_owned(),
        kind,
    };
    let mut columns: Vec<Column> = question
        .measures
        .iter()
        .map(|(name, _)| column(name, "Number"))
        .collect();
    match question.granularity {
        Granularity::None => {}
        Granularity::Daily => columns.push(column("UsageDate", "Number")),
        Granularity::Hourly => columns.push(column("UsageTime", "Datetime")),
    }
    columns.extend(
        question
            .grouping
            .iter()
            .map(|facet| column(facet.as_str(), "String")),
    );
    columns.push(column("Currency", "String"));
    columns
}

fn time(granularity: Granularity, start_ms: i64) -> Result<Option<Field>, Problem> {
    let at = Timestamp::from_millisecond(start_ms).map_err(|_| Problem::internal())?;
    Ok(match granularity {
        Granularity::None => None,
        Granularity::Hourly => Some(Field::Text(format!("{at:.0}"))),
        Granularity::Daily => {
            let day: String = iso8601(at)
                .chars()
                .take(10)
                .filter(char::is_ascii_digit)
                .collect();
            Some(Field::Day(day.parse().map_err(|_| Problem::internal())?))
        }
    })
}

impl Field {
    /// As the service writes it.
    pub(super) fn json(&self) -> Value {
        match self {
            Self::Cost(cost) => cost.to_string().parse::<f64>().unwrap_or_default().into(),
            Self::Quantity(quantity) => (*quantity).into(),
            Self::Day(day) => (*day).into(),
            Self::Text(text) => text.as_str().into(),
        }
    }

    /// Exact.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Cost(cost) => cost.to_string(),
            Self::Quantity(quantity) => quantity.to_string(),
            Self::Day(day) => day.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}
