//! Sums become series: one for each combination of the dimensions that the filter names, with a point for each piece of
//! time.

use super::definitions::{Aggregation, Dimension, Metric, Source};
use super::question::Question;
use cupola_core::Problem;
use cupola_core::money::{Cost, cost};
use cupola_core::usage::{Meter, Usage};
use cupola_store::{Histogram, Reader, RequestSum, Sums, Timeline, UsageContext, UsageScope, UsageSum};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

/// What is known of a piece of time.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    total: u64,
    count: u64,
    cost: Cost,
    histogram: Option<Histogram>,
}

type Points = BTreeMap<i64, Cell>;

/// A series: the values of the dimensions, and its points.
pub(super) struct Series {
    pub(super) values: Vec<(Dimension, String)>,
    points: Points,
}

/// Where the sums come from. What several metrics are made of is asked for once.
pub(super) struct Sources<'a> {
    pub(super) reader: Reader,
    pub(super) scope: UsageScope<'a>,
    pub(super) timeline: Timeline,
    pub(super) requests: Option<Sums<RequestSum>>,
    pub(super) usage: Option<Sums<UsageSum>>,
}

impl Sources<'_> {
    async fn requests(&mut self) -> Result<&Sums<RequestSum>, Problem> {
        let known = match self.requests.take() {
            Some(known) => known,
            None => self.reader.request_sums(&self.scope, &self.timeline).await?,
        };
        Ok(self.requests.insert(known))
    }

    async fn usage(&mut self) -> Result<&Sums<UsageSum>, Problem> {
        let known = match self.usage.take() {
            Some(known) => known,
            None => self.reader.usage_sums(&self.scope, &self.timeline).await?,
        };
        Ok(self.usage.insert(known))
    }
}

/// The series of a metric, the largest first.
pub(super) async fn of(
    sources: &mut Sources<'_>,
    question: &Question,
    metric: Metric,
) -> Result<Vec<Series>, Problem> {
    let mut sorter = Sorter::new(question, metric);
    match metric.source() {
        Source::Requests => {
            let answer = sources.requests().await?;
            for sum in &answer.sums {
                let is_wanted = match metric {
                    Metric::Errors => sum.status >= 400,
                    Metric::ThrottledRequests => sum.status == 429,
                    _ => true,
                };
                if let Some(context) = answer.contexts.get(&sum.context).filter(|_| is_wanted)
                    && let Some(cell) = sorter.cell((sum.context, context), Some(sum.status), sum.start_ms)
                {
                    cell.total += sum.requests;
                    cell.count += sum.requests;
                }
            }
        }
        Source::Usage => {
            let answer = sources.usage().await?;
            for sum in &answer.sums {
                if let Some(context) = answer.contexts.get(&sum.context)
                    && let Some(cell) = sorter.cell((sum.context, context), None, sum.start_ms)
                {
                    cell.count += sum.requests;
                    match metric {
                        Metric::Cost => {
                            let costs = Meter::ALL
                                .into_iter()
                                .map(|meter| cost(sum.quantity(meter), context.prices.price(meter)));
                            cell.cost = cell.cost + costs.sum();
                        }
                        tokens => cell.total += quantity(tokens, &sum.usage),
                    }
                }
            }
        }
        Source::Latency(kind) => {
            let (scope, timeline) = (&sources.scope, &sources.timeline);
            let answer = sources.reader.latency_sums(scope, timeline, kind).await?;
            for sum in &answer.sums {
                if let Some(context) = answer.contexts.get(&sum.context)
                    && let Some(cell) = sorter.cell((sum.context, context), None, sum.start_ms)
                {
                    cell.histogram.get_or_insert_default().add(&sum.histogram);
                }
            }
        }
    }
    Ok(sorter.finish(question))
}

fn quantity(metric: Metric, usage: &Usage) -> u64 {
    match metric {
        Metric::PromptTokens => usage.prompt + usage.cached_prompt + usage.finetune_prompt,
        Metric::CachedPromptTokens => usage.cached_prompt,
        Metric::CompletionTokens => usage.completion + usage.reasoning + usage.finetune_completion,
        _ => usage.total(),
    }
}

/// Finds the series of a sum. Contexts are few and sums are many, so where a context belongs is remembered.
struct Sorter<'a> {
    question: &'a Question,
    dimensions: Vec<Dimension>,
    series: Vec<Series>,
    by_values: HashMap<Vec<String>, usize>,
    known: HashMap<(i64, Option<u16>), Option<usize>>,
}

impl<'a> Sorter<'a> {
    fn new(question: &'a Question, metric: Metric) -> Self {
        let mut dimensions: Vec<Dimension> = question.filter.0.iter().map(|(named, _)| *named).collect();
        // Sums of different currencies are no sum.
        if metric == Metric::Cost && !dimensions.contains(&Dimension::Currency) {
            dimensions.push(Dimension::Currency);
        }
        Self {
            question,
            dimensions,
            series: Vec::new(),
            by_values: HashMap::new(),
            known: HashMap::new(),
        }
    }

    fn cell(
        &mut self,
        (number, context): (i64, &UsageContext),
        status: Option<u16>,
        start_ms: i64,
    ) -> Option<&mut Cell> {
        let at = match self.known.get(&(number, status)) {
            Some(at) => *at,
            None => {
                let at = self.find(context, status);
                self.known.insert((number, status), at);
                at
            }
        };
        let series = self.series.get_mut(at?)?;
        Some(series.points.entry(start_ms).or_default())
    }

    fn find(&mut self, context: &UsageContext, status: Option<u16>) -> Option<usize> {
        let value = |dimension: Dimension| match dimension {
            Dimension::Facet(facet) => facet.value(context, None),
            Dimension::Currency => context.prices.currency.clone(),
            Dimension::StatusCode => status.map(|status| status.to_string()).unwrap_or_default(),
            Dimension::StatusCodeClass => status
                .map(|status| format!("{}xx", status / 100))
                .unwrap_or_default(),
        };
        if !self.question.filter.passes(value) {
            return None;
        }
        let values: Vec<String> = self
            .dimensions
            .iter()
            .map(|dimension| value(*dimension))
            .collect();
        if let Some(at) = self.by_values.get(&values) {
            return Some(*at);
        }
        let at = self.series.len();
        self.series.push(Series {
            values: self.dimensions.iter().copied().zip(values.clone()).collect(),
            points: Points::new(),
        });
        self.by_values.insert(values, at);
        Some(at)
    }

    fn finish(self, question: &Question) -> Vec<Series> {
        let mut series = self.series;
        if series.is_empty() && question.filter.0.is_empty() {
            // Nothing happened, and that is an answer.
            series.push(Series {
                values: Vec::new(),
                points: Points::new(),
            });
        }
        series.sort_by_key(|series| std::cmp::Reverse(series.size()));
        series.truncate(question.top);
        series
    }
}

impl Series {
    fn size(&self) -> i128 {
        self.points
            .values()
            .map(|cell| {
                let measured = cell.histogram.map_or(0, |histogram| histogram.count());
                i128::from(cell.total) + cell.cost.0 + i128::from(measured)
            })
            .sum()
    }

    /// Its points: what is counted is zero where nothing was, what is measured is absent.
    pub(super) fn points(
        &self,
        metric: Metric,
        question: &Question,
        told: &dyn Fn(i64) -> String,
    ) -> Vec<Value> {
        let own = [metric.primary()];
        let wanted: &[Aggregation] = match question.aggregations.is_empty() {
            true => &own,
            false => &question.aggregations,
        };
        let is_one = question.interval.width_ms == 0;
        question
            .starts()
            .into_iter()
            .map(|start_ms| {
                let cell = self.points.get(&if is_one { 0 } else { start_ms });
                let cell = cell.copied().unwrap_or_default();
                let mut point = json!({ "timeStamp": told(start_ms) });
                for aggregation in wanted.iter().filter(|wanted| metric.supports(**wanted)) {
                    if let Some(value) = cell.told(metric, *aggregation) {
                        point[aggregation.field()] = value;
                    }
                }
                point
            })
            .collect()
    }
}

impl Cell {
    fn told(&self, metric: Metric, aggregation: Aggregation) -> Option<Value> {
        if let Source::Latency(_) = metric.source() {
            let histogram = self.histogram.filter(|histogram| histogram.count() > 0)?;
            let count = histogram.count();
            let ms = |us: u64| us as f64 / 1e3;
            return Some(match aggregation {
                Aggregation::Count => count.into(),
                Aggregation::Total => ms(histogram.sum_us()).into(),
                Aggregation::Average => (ms(histogram.sum_us()) / count as f64).into(),
                Aggregation::Maximum => ms(histogram.max_us()).into(),
                Aggregation::Percentile(percent) => ms(histogram.percentile_us(percent)?).into(),
            });
        }
        match (aggregation, metric) {
            (Aggregation::Count, _) => Some(self.count.into()),
            (Aggregation::Total, Metric::Cost) => Some(decimal(self.cost)),
            (Aggregation::Total, _) => Some(self.total.into()),
            (Aggregation::Average, _) if self.count == 0 => None,
            (Aggregation::Average, Metric::Cost) => Some(decimal(Cost(self.cost.0 / i128::from(self.count)))),
            (Aggregation::Average, _) => Some((self.total as f64 / self.count as f64).into()),
            (Aggregation::Maximum | Aggregation::Percentile(_), _) => None,
        }
    }
}

/// A number on the wire: as near to the exact decimals as numbers of JSON are for their readers.
fn decimal(cost: Cost) -> Value {
    cost.to_string().parse::<f64>().unwrap_or_default().into()
}
