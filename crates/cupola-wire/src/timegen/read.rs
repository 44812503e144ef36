//! Bytes to a request.

use super::cells::{Bounded, Column, columns, present, read};
use super::{Invalid, Level, Panel, Request, Route, bounds};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;

/// The fields, each still as text, so that a refusal can name the one that is wrong.
#[derive(Deserialize, Default)]
struct Fields<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    model: Option<&'a RawValue>,
    #[serde(borrow)]
    freq: Option<&'a RawValue>,
    #[serde(borrow)]
    h: Option<&'a RawValue>,
    #[serde(borrow)]
    fh: Option<&'a RawValue>,
    #[serde(borrow)]
    series: Option<&'a RawValue>,
    #[serde(borrow)]
    y: Option<&'a RawValue>,
    #[serde(borrow)]
    x: Option<&'a RawValue>,
    #[serde(borrow)]
    level: Option<&'a RawValue>,
    #[serde(borrow)]
    quantiles: Option<&'a RawValue>,
    #[serde(borrow)]
    n_windows: Option<&'a RawValue>,
    #[serde(borrow)]
    step_size: Option<&'a RawValue>,
    #[serde(borrow)]
    full_history: Option<&'a RawValue>,
    #[serde(borrow)]
    hist_exog: Option<&'a RawValue>,
    #[serde(borrow)]
    feature_contributions: Option<&'a RawValue>,
    #[serde(borrow)]
    finetune_steps: Option<&'a RawValue>,
    #[serde(borrow)]
    finetuned_model_id: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Series<'a> {
    #[serde(borrow)]
    y: Option<&'a RawValue>,
    #[serde(borrow)]
    sizes: Option<&'a RawValue>,
    #[serde(borrow, rename = "X")]
    x: Option<&'a RawValue>,
    #[serde(borrow, rename = "X_future")]
    x_future: Option<&'a RawValue>,
    #[serde(borrow)]
    categorical_exog: Option<&'a RawValue>,
}

impl Request {
    /// Reads a body and checks what can be checked without looking at a calendar.
    pub fn read(route: Route, body: &[u8]) -> Result<Self, Invalid> {
        if body.len() > bounds::BODY_BYTES_MAX {
            return Err(Invalid::too_much(
                "body",
                format!(
                    "The body has {} bytes; at most {} are read.",
                    body.len(),
                    bounds::BODY_BYTES_MAX
                ),
            ));
        }
        let mut fields: Fields<'_> = serde_json::from_slice(body).map_err(|error| {
            Invalid::malformed(
                "body",
                format!("The body is no JSON object of this route: {error}."),
            )
        })?;
        if let Some(data) = present(fields.data) {
            fields = read("data", data)?;
        }
        fields.request(route)
    }

    /// Reads `GET /model_params?model=...&freq=...`; the values come decoded.
    pub fn model_parameters(model: Option<&str>, frequency: Option<&str>) -> Result<Self, Invalid> {
        let frequency = frequency
            .filter(|text| !text.is_empty())
            .ok_or_else(|| missing("freq", "the frequency of the series, such as D, h, MS or 15min"))?;
        Ok(Self {
            model: model.map(str::to_owned),
            ..Self::empty(Route::ModelParameters, frequency.to_owned())
        })
    }

    fn empty(route: Route, frequency: String) -> Self {
        Self {
            route,
            model: None,
            frequency,
            horizon: 0,
            series: Panel::default(),
            levels: Vec::new(),
            quantiles: Vec::new(),
            windows: 0,
            step: 0,
            full_history: false,
            past_only: Vec::new(),
            contributions: false,
            finetune_steps: 0,
        }
    }
}

impl Fields<'_> {
    fn request(&self, route: Route) -> Result<Request, Invalid> {
        let frequency: String = self.required(
            "freq",
            self.freq,
            "the frequency of the series, such as D, h, MS or 15min",
        )?;
        if frequency.is_empty() || frequency.len() > 32 {
            return Err(Invalid::rule(
                "freq",
                "The field freq must be a frequency such as D, h, MS or 15min.",
            ));
        }
        let mut request = Request::empty(route, frequency);
        request.model = optional("model", self.model)?;
        if route == Route::ModelParameters {
            return Ok(request);
        }
        if let Some(id) = optional::<String>("finetuned_model_id", self.finetuned_model_id)? {
            let id: String = id.chars().take(64).collect();
            return Err(Invalid::rule(
                "finetuned_model_id",
                format!(
                    "There is no fine-tuned model '{id}': this model learns from the series of each request. Leave finetuned_model_id out."
                ),
            ));
        }
        request.finetune_steps = optional("finetune_steps", self.finetune_steps)?.unwrap_or(0);
        request.contributions =
            optional("feature_contributions", self.feature_contributions)?.unwrap_or(false);
        request.full_history = optional("full_history", self.full_history)?.unwrap_or(false);
        match route {
            Route::Forecast => {
                request.horizon = self.horizon("fh", self.fh.or(self.h))?;
                self.legacy(&mut request)?;
            }
            _ => {
                if route != Route::AnomalyDetection && !request.full_history {
                    request.horizon = self.horizon("h", self.h)?;
                }
                self.panel(&mut request)?;
            }
        }
        request.levels = levels(self.level, route)?;
        request.quantiles =
            optional::<Column>("quantiles", self.quantiles)?.map_or_else(Vec::new, |column| column.0);
        if request.quantiles.len() > bounds::LEVELS_MAX
            || request
                .quantiles
                .iter()
                .any(|quantile| !(*quantile > 0.0 && *quantile < 1.0))
        {
            return Err(Invalid::rule(
                "quantiles",
                format!(
                    "The field quantiles must have at most {} numbers above 0 and below 1.",
                    bounds::LEVELS_MAX
                ),
            ));
        }
        if route == Route::CrossValidation && !request.full_history {
            request.windows = bounded(
                "n_windows",
                optional("n_windows", self.n_windows)?.unwrap_or(1),
                bounds::WINDOWS_MAX,
            )?;
            let step = optional("step_size", self.step_size)?.unwrap_or(request.horizon);
            request.step = bounded("step_size", step, bounds::CELLS_MAX)?;
        }
        request.past_only =
            optional::<Bounded<usize>>("hist_exog", self.hist_exog)?.map_or_else(Vec::new, |list| list.0);
        request.check()?;
        Ok(request)
    }

    fn required<'b, T: Deserialize<'b>>(
        &self,
        field: &str,
        raw: Option<&'b RawValue>,
        what: &str,
    ) -> Result<T, Invalid> {
        read(field, present(raw).ok_or_else(|| missing(field, what))?)
    }

    fn horizon(&self, field: &str, raw: Option<&RawValue>) -> Result<usize, Invalid> {
        bounded(
            field,
            self.required(field, raw, "how many values ahead are wanted")?,
            bounds::HORIZON_MAX,
        )
    }

    fn panel(&self, request: &mut Request) -> Result<(), Invalid> {
        let series: Series<'_> = self.required("series", self.series, "an object with y and sizes")?;
        if present(series.categorical_exog).is_some_and(|raw| raw.get() != "[]") {
            return Err(Invalid::rule(
                "series.categorical_exog",
                "Columns of categories are not read: make one column of 0 and 1 for each category.",
            ));
        }
        let values: Column = self.required("series.y", series.y, "the values of all series")?;
        let Bounded(sizes): Bounded<usize> =
            self.required("series.sizes", series.sizes, "how many values each series has")?;
        request.series = Panel {
            values: values.0,
            sizes,
            x: columns("series.X", series.x)?,
            x_future: columns("series.X_future", series.x_future)?,
            timestamps: Vec::new(),
        };
        Ok(())
    }

    fn legacy(&self, request: &mut Request) -> Result<(), Invalid> {
        let y: Pairs<Option<f64>> = self.required("y", self.y, "an object of timestamps and values")?;
        let x: Option<Pairs<Cells>> = optional("x", self.x)?;
        let panel = &mut request.series;
        panel.sizes = vec![y.0.len()];
        for (timestamp, value) in y.0 {
            panel.timestamps.push(timestamp);
            panel.values.push(value.unwrap_or(f64::NAN));
        }
        let Some(x) = x.filter(|x| !x.0.is_empty()) else {
            return Ok(());
        };
        let mut rows: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        let width = x.0.first().map_or(0, |(_, cells)| cells.0.len());
        if width == 0 || width > bounds::COLUMNS_MAX {
            return Err(Invalid::rule(
                "x",
                format!(
                    "The field x must have from 1 to {} numbers for each timestamp.",
                    bounds::COLUMNS_MAX
                ),
            ));
        }
        let wide = |found: usize| {
            Invalid::rule(
                "x",
                format!("The field x has {width} numbers for one timestamp and {found} for another."),
            )
        };
        let mut times = Vec::with_capacity(x.0.len());
        for (timestamp, cells) in x.0 {
            if cells.0.len() != width {
                return Err(wide(cells.0.len()));
            }
            times.push(timestamp.clone());
            rows.insert(timestamp, cells.0);
        }
        panel.x = vec![Vec::with_capacity(panel.values.len()); width];
        for timestamp in &panel.timestamps {
            let row = rows.remove(timestamp).ok_or_else(|| {
                Invalid::rule(
                    "x",
                    format!("The field x has nothing for the timestamp '{timestamp}' of y."),
                )
            })?;
            row.into_iter()
                .zip(&mut panel.x)
                .for_each(|(cell, column)| column.push(cell));
        }
        // What is left is the future, in its order.
        panel.x_future = vec![Vec::new(); width];
        for row in times.iter().filter_map(|timestamp| rows.get(timestamp)) {
            row.iter()
                .zip(&mut panel.x_future)
                .for_each(|(cell, column)| column.push(*cell));
        }
        Ok(())
    }
}

fn missing(field: &str, what: &str) -> Invalid {
    Invalid::rule(field, format!("The field {field} is required: {what}."))
}

fn optional<'a, T: Deserialize<'a>>(field: &str, raw: Option<&'a RawValue>) -> Result<Option<T>, Invalid> {
    present(raw).map(|raw| read(field, raw)).transpose()
}

fn bounded(field: &str, number: usize, max: usize) -> Result<usize, Invalid> {
    if number == 0 || number > max {
        return Err(Invalid::rule(
            field,
            format!("The field {field} is {number}; it must be from 1 to {max}."),
        ));
    }
    Ok(number)
}

// Anomaly detection sends one number, the others an array or nothing.
fn levels(raw: Option<&RawValue>, route: Route) -> Result<Vec<Level>, Invalid> {
    let numbers: Vec<f64> = match present(raw) {
        None if route == Route::AnomalyDetection => vec![99.0],
        None => Vec::new(),
        Some(raw) if raw.get().starts_with('[') => read("level", raw)?,
        Some(raw) => vec![read("level", raw)?],
    };
    let wrong =
        numbers.len() > bounds::LEVELS_MAX || (route == Route::AnomalyDetection && numbers.len() != 1);
    let mut levels: Vec<Level> = Vec::with_capacity(numbers.len());
    for percent in numbers {
        // Clients make levels from quantiles, and the median makes 0: an interval without width.
        if !(0.0..100.0).contains(&percent) || wrong {
            let count = if route == Route::AnomalyDetection {
                "one number"
            } else {
                "at most 32 numbers"
            };
            return Err(Invalid::rule(
                "level",
                format!("The field level must be {count} in percent, from 0 to below 100."),
            ));
        }
        if levels.iter().all(|level| level.percent != percent) {
            levels.push(Level {
                percent,
                name: percent.to_string(),
            });
        }
    }
    Ok(levels)
}

/// An object as its pairs, in their order.
struct Pairs<T>(Vec<(String, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = Pairs<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of timestamps and numbers")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    if pairs.len() >= bounds::CELLS_MAX {
                        return Err(serde::de::Error::custom("too many timestamps"));
                    }
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Reader(std::marker::PhantomData))
    }
}

/// One number, or an array of them.
struct Cells(Vec<f64>);

impl<'de> Deserialize<'de> for Cells {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            One(f64),
            Many(Column),
        }
        Ok(Self(match Either::deserialize(deserializer)? {
            Either::One(cell) => vec![cell],
            Either::Many(cells) => cells.0,
        }))
    }
}
