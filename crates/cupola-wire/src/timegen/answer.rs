//! Answers to bytes.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

/// What is answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// To `/forecast`.
    Legacy(LegacyForecast),
    /// To `/v2/forecast`.
    Forecast(Forecast),
    /// To `/v2/cross_validation`.
    CrossValidation(InSample),
    /// To `/v2/anomaly_detection`.
    Anomalies(InSample),
    /// To `/model_params`.
    ModelParameters(ModelParameters),
}

/// What is counted: the classes are disjoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tokens {
    /// Numbers that came in.
    pub input_tokens: u64,
    /// Numbers that go out.
    pub output_tokens: u64,
    /// Numbers that a model was fine-tuned on.
    pub finetune_tokens: u64,
}

/// A prediction interval, or a quantile: the key in the answer and the numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// Such as `lo-80`.
    pub name: String,
    /// The numbers.
    pub values: Vec<f64>,
}

/// A forecast with its timestamps.
#[derive(Debug, Clone, PartialEq)]
pub struct LegacyForecast {
    /// `2016-01-14 00:00:00`.
    pub timestamps: Vec<String>,
    /// The forecast.
    pub mean: Vec<f64>,
    /// Intervals and quantiles.
    pub bands: Vec<Band>,
    /// What it costs.
    pub tokens: Tokens,
}

/// A forecast of many series.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Forecast {
    /// The forecasts, one behind the other.
    pub mean: Vec<f64>,
    /// Intervals.
    pub bands: Vec<Band>,
    /// What each column weighs; none without columns.
    pub weights: Option<Vec<f64>>,
    /// The share of each column and the rest, where asked for.
    pub contributions: Option<Vec<Vec<f64>>>,
    /// What it costs.
    pub tokens: Tokens,
}

/// What the model says of values that are known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InSample {
    /// The model's values.
    pub mean: Vec<f64>,
    /// How many rows each series has.
    pub sizes: Vec<usize>,
    /// Which row of the request each one is.
    pub indices: Vec<usize>,
    /// Is the value outside?
    pub anomaly: Vec<bool>,
    /// Intervals.
    pub bands: Vec<Band>,
    /// What each column weighs; none without columns.
    pub weights: Option<Vec<f64>>,
    /// What it costs.
    pub tokens: Tokens,
}

/// What the client should send and may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ModelParameters {
    /// Values that a forecast needs.
    pub input_size: usize,
    /// Values ahead that are sensible.
    pub horizon: usize,
}

impl Answer {
    /// What it costs.
    pub fn tokens(&self) -> Tokens {
        match self {
            Self::Legacy(answer) => answer.tokens,
            Self::Forecast(answer) => answer.tokens,
            Self::CrossValidation(answer) | Self::Anomalies(answer) => answer.tokens,
            Self::ModelParameters(_) => Tokens::default(),
        }
    }

    /// The body. The current routes answer bare, the legacy one in its published frame.
    pub fn write(&self, request_id: &str) -> Vec<u8> {
        let written = match self {
            Self::Legacy(answer) => serde_json::to_vec(&Framed {
                status: 200,
                data: answer,
                message: "success",
                details: "request successful",
                code: "B10",
                support: "the operator of this server",
                request_id,
            }),
            Self::Forecast(answer) => serde_json::to_vec(&Forecasted {
                mean: &answer.mean,
                intervals: intervals(&answer.bands),
                weights_x: answer.weights.as_deref(),
                feature_contributions: answer.contributions.as_deref(),
                tokens: answer.tokens,
            }),
            Self::CrossValidation(answer) => serde_json::to_vec(&Validated {
                mean: &answer.mean,
                sizes: &answer.sizes,
                idxs: &answer.indices,
                intervals: intervals(&answer.bands),
                tokens: answer.tokens,
            }),
            Self::Anomalies(answer) => serde_json::to_vec(&Detected {
                mean: &answer.mean,
                sizes: &answer.sizes,
                anomaly: &answer.anomaly,
                intervals: intervals(&answer.bands),
                weights_x: answer.weights.as_deref(),
                tokens: answer.tokens,
            }),
            Self::ModelParameters(detail) => serde_json::to_vec(&serde_json::json!({ "detail": detail })),
        };
        // Text, numbers and arrays of them cannot fail to be written; an empty body would be seen as a fault.
        written.unwrap_or_default()
    }
}

impl LegacyForecast {
    fn bands(&self) -> impl Iterator<Item = (&str, &[f64])> {
        self.bands
            .iter()
            .map(|band| (band.name.as_str(), band.values.as_slice()))
    }
}

#[derive(Serialize)]
struct Framed<'a> {
    status: u16,
    data: &'a LegacyForecast,
    message: &'a str,
    details: &'a str,
    code: &'a str,
    support: &'a str,
    #[serde(rename = "requestID")]
    request_id: &'a str,
}

impl Serialize for LegacyForecast {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("timestamp", &self.timestamps)?;
        map.serialize_entry("value", &self.mean)?;
        for (name, values) in self.bands() {
            map.serialize_entry(name, values)?;
        }
        map.serialize_entry("input_tokens", &self.tokens.input_tokens)?;
        map.serialize_entry("output_tokens", &self.tokens.output_tokens)?;
        map.serialize_entry("finetune_tokens", &self.tokens.finetune_tokens)?;
        map.end()
    }
}

#[derive(Serialize)]
struct Forecasted<'a> {
    mean: &'a [f64],
    intervals: Option<Bands<'a>>,
    weights_x: Option<&'a [f64]>,
    feature_contributions: Option<&'a [Vec<f64>]>,
    #[serde(flatten)]
    tokens: Tokens,
}

#[derive(Serialize)]
struct Validated<'a> {
    mean: &'a [f64],
    sizes: &'a [usize],
    idxs: &'a [usize],
    intervals: Option<Bands<'a>>,
    #[serde(flatten)]
    tokens: Tokens,
}

#[derive(Serialize)]
struct Detected<'a> {
    mean: &'a [f64],
    sizes: &'a [usize],
    anomaly: &'a [bool],
    intervals: Option<Bands<'a>>,
    weights_x: Option<&'a [f64]>,
    #[serde(flatten)]
    tokens: Tokens,
}

struct Bands<'a>(&'a [Band]);

fn intervals(bands: &[Band]) -> Option<Bands<'_>> {
    (!bands.is_empty()).then_some(Bands(bands))
}

impl Serialize for Bands<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|band| (&band.name, &band.values)))
    }
}
