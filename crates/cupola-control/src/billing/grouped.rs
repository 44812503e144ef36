//! `GET /subscriptions/{subscription}/providers/Cupola.Billing/usage?by=project,day&endpoint`: what was used, by what somebody names,
//! with exact costs.

use crate::facets::Facet;
use cupola_core::money::{Cost, cost};
use cupola_core::name::printable;
use cupola_core::time::{DAY_MS, HOUR_MS, iso8601};
use cupola_core::usage::Meter;
use cupola_core::{Code, Problem, Timestamp};
use cupola_store::{Period, Reader, Sums, Timeline, UsageContext, UsageScope, UsageSum};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};

// A question with a longer answer has to be a smaller one.
const LINES_MAX: usize = 100_000;
const NAMES: &str = "project, endpoint, model, meter, key, day, hour";

/// By what usage is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Project,
    Endpoint,
    Model,
    Meter,
    Key,
    Day,
    Hour,
}

impl By {
    /// Reads `project,day`.
    pub(super) fn read(text: &str) -> Result<Vec<Self>, Problem> {
        let mut all: Vec<Self> = Vec::new();
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let by = Self::parse(name).ok_or_else(|| {
                wrong(format!(
                    "'{}' of by is nothing that usage is told apart by: use {NAMES}.",
                    printable(name)
                ))
            })?;
            if !all.contains(&by) {
                all.push(by);
            }
        }
        if all.contains(&Self::Day) && all.contains(&Self::Hour) {
            return Err(wrong("by names both day and hour: use one of them.".to_owned()));
        }
        Ok(all)
    }

    fn parse(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "project" => Some(Self::Project),
            "endpoint" => Some(Self::Endpoint),
            "model" => Some(Self::Model),
            "meter" => Some(Self::Meter),
            "key" => Some(Self::Key),
            "day" => Some(Self::Day),
            "hour" => Some(Self::Hour),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Endpoint => "endpoint",
            Self::Model => "model",
            Self::Meter => "meter",
            Self::Key => "key",
            Self::Day => "day",
            Self::Hour => "hour",
        }
    }

    fn width_ms(self) -> Option<i64> {
        match self {
            Self::Day => Some(DAY_MS),
            Self::Hour => Some(HOUR_MS),
            _ => None,
        }
    }

    fn value(self, context: &UsageContext, meter: Option<Meter>) -> String {
        match self {
            Self::Project => Facet::Workspace.value(context, meter),
            Self::Endpoint => Facet::Endpoint.value(context, meter),
            Self::Model => context.model.clone(),
            Self::Meter => Facet::Meter.value(context, meter),
            Self::Key => context.credential.clone(),
            // Known by the sum alone.
            Self::Day | Self::Hour => String::new(),
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Line {
    quantity: u64,
    requests: u64,
    tokens: u64,
    cost: Cost,
}

/// Whose usage, and when.
pub(super) struct Asked<'a> {
    pub(super) subscription: &'a str,
    pub(super) period: Period,
    /// Only that of endpoints of this name.
    pub(super) endpoint: Option<&'a str>,
}

/// The lines of a subscription, in the order of what they are told apart by.
pub(super) async fn lines(reader: &mut Reader, asked: &Asked<'_>, by: &[By]) -> Result<Vec<Value>, Problem> {
    let timeline = Timeline {
        period: asked.period,
        width_ms: by.iter().find_map(|by| by.width_ms()),
    };
    let scope = UsageScope::of_subscription(asked.subscription);
    let mut sums = reader.usage_sums(&scope, &timeline).await?;
    if let Some(name) = asked.endpoint {
        sums.contexts
            .retain(|_, context| Facet::Endpoint.value(context, None).eq_ignore_ascii_case(name));
    }
    summed(&sums, by)
}

fn summed(sums: &Sums<UsageSum>, by: &[By]) -> Result<Vec<Value>, Problem> {
    let per_meter = by.contains(&By::Meter);
    let mut groups = Groups::default();
    let mut lines: HashMap<(i64, usize), Line> = HashMap::new();
    for sum in &sums.sums {
        let Some(context) = sums.contexts.get(&sum.context) else {
            continue;
        };
        for meter in Meter::ALL {
            let quantity = sum.quantity(meter);
            if quantity == 0 {
                continue;
            }
            let group = groups.of(sum.context, context, meter, by);
            let line = lines.entry((sum.start_ms, group)).or_default();
            line.quantity = line.quantity.saturating_add(quantity);
            line.cost = line.cost + cost(quantity, context.prices.price(meter));
            match meter.unit() {
                "request" => line.requests = line.requests.saturating_add(quantity),
                "token" => line.tokens = line.tokens.saturating_add(quantity),
                _ => {}
            }
        }
    }
    if lines.len() > LINES_MAX {
        return Err(wrong(format!(
            "The answer has {} lines and {LINES_MAX} is the most: ask for a shorter period, or by less.",
            lines.len()
        )));
    }
    let ordered: BTreeMap<(Vec<String>, &str), Line> = lines
        .into_iter()
        .filter_map(|((start_ms, group), line)| {
            let (values, currency) = groups.values.get(group)?;
            let start = Timestamp::from_millisecond(start_ms).ok()?;
            let told = by.iter().zip(values).map(|(by, value)| match by {
                By::Day => iso8601(start).chars().take(10).collect(),
                By::Hour => format!("{start:.0}"),
                _ => value.clone(),
            });
            Some(((told.collect(), currency.as_str()), line))
        })
        .collect();
    Ok(ordered
        .into_iter()
        .map(|((values, currency), line)| shown(by, values, currency, line, per_meter))
        .collect())
}

fn shown(by: &[By], values: Vec<String>, currency: &str, line: Line, per_meter: bool) -> Value {
    let mut item = Map::new();
    for (by, value) in by.iter().zip(values) {
        let unit = (*by == By::Meter).then(|| Meter::parse(&value).map_or("", Meter::unit));
        item.insert(by.name().to_owned(), value.into());
        if let Some(unit) = unit {
            item.insert("unit".to_owned(), unit.into());
        }
    }
    if per_meter {
        item.insert("quantity".to_owned(), line.quantity.into());
    } else {
        item.insert("requests".to_owned(), line.requests.into());
        item.insert("tokens".to_owned(), line.tokens.into());
    }
    // Exact, and therefore text.
    item.insert("cost".to_owned(), line.cost.to_string().into());
    item.insert("currency".to_owned(), currency.into());
    item.into()
}

/// Combinations of what lines are told apart by. They are few and sums are many.
#[derive(Default)]
struct Groups {
    values: Vec<(Vec<String>, String)>,
    numbers: HashMap<(Vec<String>, String), usize>,
    known: HashMap<(i64, Meter), usize>,
}

impl Groups {
    fn of(&mut self, number: i64, context: &UsageContext, meter: Meter, by: &[By]) -> usize {
        if let Some(group) = self.known.get(&(number, meter)) {
            return *group;
        }
        let values: Vec<String> = by.iter().map(|by| by.value(context, Some(meter))).collect();
        let key = (values, context.prices.currency.clone());
        let next = self.values.len();
        let group = *self.numbers.entry(key.clone()).or_insert(next);
        if group == next {
            self.values.push(key);
        }
        self.known.insert((number, meter), group);
        group
    }
}

fn wrong(why: String) -> Problem {
    Problem::new(Code::InvalidRequestContent, why).target("by")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read() {
        let check = |text: &str, expected: Result<&[By], &str>| match (By::read(text), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{text}"),
            (Err(problem), Err(part)) => assert!(problem.message.contains(part), "{}", problem.message),
            (found, _) => panic!("{text}: {found:?}"),
        };
        check("project, DAY,project", Ok(&[By::Project, By::Day]));
        check("", Ok(&[]));
        check("colour", Err("'colour' of by"));
        check("day,hour", Err("both day and hour"));
    }
}
