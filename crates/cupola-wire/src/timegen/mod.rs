//! The TimeGEN API of forecasts: bytes to a [`Request`], an [`Answer`] to bytes.
//!
//! The legacy route carries one series as timestamps and values; the current ones carry many series in one column of
//! numbers. Both may come bare or inside `{"data": ...}`. A missing value is null, and NaN in memory.

mod answer;
mod cells;
mod check;
mod read;

pub use answer::{Answer, Band, Forecast, InSample, LegacyForecast, ModelParameters, Tokens};

/// Which route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// `/forecast`, the route of the older client.
    Forecast,
    /// `/v2/forecast`.
    ForecastV2,
    /// `/v2/cross_validation`.
    CrossValidation,
    /// `/v2/anomaly_detection`.
    AnomalyDetection,
    /// `/model_params`.
    ModelParameters,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// By which route.
    pub route: Route,
    /// The model that the client names.
    pub model: Option<String>,
    /// The frequency, as pandas writes it.
    pub frequency: String,
    /// How many values ahead.
    pub horizon: usize,
    /// The series.
    pub series: Panel,
    /// The prediction intervals.
    pub levels: Vec<Level>,
    /// The quantiles, where the client asks for those (legacy route).
    pub quantiles: Vec<f64>,
    /// Cross-validation: how many windows.
    pub windows: usize,
    /// Cross-validation: how far apart.
    pub step: usize,
    /// Cross-validation: the fit of the whole past instead.
    pub full_history: bool,
    /// Columns of `x` of which the future is not known.
    pub past_only: Vec<usize>,
    /// Are the shares of the columns asked for?
    pub contributions: bool,
    /// Above zero where fine-tuning is asked for.
    pub finetune_steps: u64,
}

/// Many series, one behind the other.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Panel {
    /// The values; NaN where one is missing.
    pub values: Vec<f64>,
    /// How many values belong to each series.
    pub sizes: Vec<usize>,
    /// Columns beside the values, each as long.
    pub x: Vec<Vec<f64>>,
    /// The same columns for the horizon of every series.
    pub x_future: Vec<Vec<f64>>,
    /// The timestamps, where the request carries them (legacy route).
    pub timestamps: Vec<String>,
}

/// The level of a prediction interval.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// In percent: above 0 and below 100.
    pub percent: f64,
    /// As it is written in `lo-80`.
    pub name: String,
}

/// Why a request is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// 400 for what is no JSON of this shape, 413 for too much, 422 for values that break a rule.
    pub status: u16,
    /// Which field.
    pub field: String,
    /// Which rule, in a sentence.
    pub message: String,
}

/// What one request may hold.
pub mod bounds {
    /// Series of one request.
    pub const SERIES_MAX: usize = 50_000;
    /// Numbers of one request, and of its answer.
    pub const CELLS_MAX: usize = 5_000_000;
    /// Values ahead.
    pub const HORIZON_MAX: usize = 10_000;
    /// Windows of a cross-validation.
    pub const WINDOWS_MAX: usize = 1_000;
    /// Columns beside the values.
    pub const COLUMNS_MAX: usize = 32;
    /// Prediction intervals.
    pub const LEVELS_MAX: usize = 32;
    /// Bytes of a body, unpacked. The client's own bound is the same.
    pub const BODY_BYTES_MAX: usize = 200 << 20;
}

impl Request {
    /// Numbers that came in: each costs one token, missing ones too, because they take a row.
    pub fn cells_in(&self) -> u64 {
        let columns = |columns: &[Vec<f64>]| columns.iter().map(Vec::len).sum::<usize>();
        (self.series.values.len() + columns(&self.series.x) + columns(&self.series.x_future)) as u64
    }
}

impl Invalid {
    /// A value breaks a rule.
    pub fn rule(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status: 422,
            field: field.into(),
            message: message.into(),
        }
    }

    /// Not JSON, or not of this shape.
    pub fn malformed(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status: 400,
            ..Self::rule(field, message)
        }
    }

    /// More than one request may hold.
    pub fn too_much(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status: 413,
            ..Self::rule(field, message)
        }
    }

    /// The refusal as the client prints it.
    pub fn write(&self) -> Vec<u8> {
        let detail =
            serde_json::json!({ "loc": ["body", self.field], "msg": self.message, "type": "value_error" });
        serde_json::json!({ "detail": [detail] }).to_string().into_bytes()
    }
}
