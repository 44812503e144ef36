//! The parameters of sampling that chat and text completions share.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;

use crate::problem::Problem;

/// Stop strings of one request. They are searched after every token, on the thread that computes for everybody.
const STOPS_MAX: usize = 16;

/// Entries of `logit_bias`, which are added for every token, on that thread too.
const BIASES_MAX: usize = 1024;

/// Seeds, penalties and what else decides how tokens are chosen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sampling {
    /// `None`, here and below, is what the model's makers advise.
    pub(crate) temperature: Option<f32>,
    pub(crate) top_p: Option<f32>,
    /// Least share of the most probable token's probability; 0 is none.
    pub(crate) min_p: Option<f32>,
    /// How many of the most probable tokens are left; 0 is all.
    pub(crate) top_k: Option<u32>,
    pub(crate) frequency_penalty: f32,
    pub(crate) presence_penalty: f32,
    /// Token numbers and what to add to their logits.
    pub(crate) logit_bias: Vec<(i32, f32)>,
    pub(crate) seed: Option<u64>,
    pub(crate) stops: Vec<String>,
    /// `None` is as much as the context holds.
    pub(crate) completion_tokens_max: Option<u32>,
    /// Goes on past the end of the turn, for measurements of equal length.
    pub(crate) ignore_end: bool,
}

/// Absent and `null` are the same everywhere.
#[derive(Deserialize, Default)]
pub(super) struct SamplingBody<'a> {
    temperature: Option<f64>,
    top_p: Option<f64>,
    min_p: Option<f64>,
    top_k: Option<i64>,
    frequency_penalty: Option<f64>,
    presence_penalty: Option<f64>,
    #[serde(borrow)]
    logit_bias: Option<HashMap<Cow<'a, str>, f64>>,
    seed: Option<i64>,
    stop: Option<Stop>,
    max_tokens: Option<i64>,
    max_completion_tokens: Option<i64>,
    ignore_eos: Option<bool>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "stop must be a string or an array of strings")]
enum Stop {
    One(String),
    Several(Vec<String>),
}

impl SamplingBody<'_> {
    /// `tokens_min` is the least that `max_tokens` may say.
    pub(super) fn checked(self, tokens_min: u32) -> Result<Sampling, Problem> {
        Ok(Sampling {
            temperature: asked("temperature", self.temperature, 2.0)?,
            top_p: asked("top_p", self.top_p, 1.0)?,
            min_p: asked("min_p", self.min_p, 1.0)?,
            top_k: self.top_k.map(top_k).transpose()?,
            frequency_penalty: within(
                "frequency_penalty",
                self.frequency_penalty.unwrap_or(0.0),
                -2.0,
                2.0,
            )?,
            presence_penalty: within(
                "presence_penalty",
                self.presence_penalty.unwrap_or(0.0),
                -2.0,
                2.0,
            )?,
            logit_bias: biases(self.logit_bias)?,
            seed: self.seed.map(|seed| seed as u64),
            stops: stops(self.stop)?,
            completion_tokens_max: completion_tokens_max(
                self.max_completion_tokens,
                self.max_tokens,
                tokens_min,
            )?,
            ignore_end: self.ignore_eos.unwrap_or(false),
        })
    }
}

/// What a request asks for, if it does: from 0 on.
fn asked(name: &'static str, value: Option<f64>, highest: f64) -> Result<Option<f32>, Problem> {
    value.map(|value| within(name, value, 0.0, highest)).transpose()
}

fn within(name: &'static str, value: f64, lowest: f64, highest: f64) -> Result<f32, Problem> {
    if (lowest..=highest).contains(&value) {
        Ok(value as f32)
    } else {
        Err(Problem::unsupported(name, value))
    }
}

/// 0 and, as elsewhere, -1 are all tokens.
fn top_k(top_k: i64) -> Result<u32, Problem> {
    match top_k {
        -1 => Ok(0),
        count => u32::try_from(count).map_err(|_| Problem::unsupported("top_k", count)),
    }
}

fn stops(stop: Option<Stop>) -> Result<Vec<String>, Problem> {
    let stops = match stop {
        None => Vec::new(),
        Some(Stop::One(stop)) => vec![stop],
        Some(Stop::Several(stops)) => stops,
    };
    if stops.len() > STOPS_MAX {
        let problem = format!("stop has {} strings; at most {STOPS_MAX} are taken.", stops.len());
        return Err(Problem::invalid(Some("stop"), problem));
    }
    Ok(stops)
}

fn biases(biases: Option<HashMap<Cow<'_, str>, f64>>) -> Result<Vec<(i32, f32)>, Problem> {
    let biases = biases.unwrap_or_default();
    if biases.len() > BIASES_MAX {
        let problem = format!(
            "logit_bias has {} entries; at most {BIASES_MAX} are taken.",
            biases.len()
        );
        return Err(Problem::invalid(Some("logit_bias"), problem));
    }
    let mut parsed = Vec::new();
    for (token, bias) in biases {
        let token = token.parse().map_err(|_| {
            let problem = format!("'{token}' in logit_bias is not a token number.");
            Problem::invalid(Some("logit_bias"), problem)
        })?;
        parsed.push((token, within("logit_bias", bias, -100.0, 100.0)?));
    }
    Ok(parsed)
}

fn completion_tokens_max(newer: Option<i64>, older: Option<i64>, least: u32) -> Result<Option<u32>, Problem> {
    let name = if newer.is_some() {
        "max_completion_tokens"
    } else {
        "max_tokens"
    };
    match newer.or(older) {
        Some(count) if count < i64::from(least) => Err(Problem::invalid(
            Some(name),
            format!("{name} is {count}; it must be at least {least}."),
        )),
        // More than any context has is as good as no limit.
        count => Ok(count.map(|count| u32::try_from(count).unwrap_or(u32::MAX))),
    }
}
