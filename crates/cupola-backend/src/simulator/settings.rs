//! The settings of a simulator, as a binding keeps them. docs/simulator.md has the table.

use serde::Deserialize;
use serde_json::{Map, Value};

const RULES_MAX: usize = 100;
const MS_MAX: f64 = 600_000.0;
const TOKENS_MAX: u32 = 20_000;
const TEXT_BYTES_MAX: usize = 64 << 10;
const DIMENSIONS_MAX: u32 = 16_384;

/// How a simulator answers.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SimulatorSettings {
    /// Other seeds, other words and other draws.
    pub seed: u64,
    /// Time to the first token, in milliseconds.
    pub latency_ms: u32,
    /// Time to the first token where it varies; `latency_ms` is then added.
    pub latency: Option<Distribution>,
    /// Zero: as fast as it goes.
    pub tokens_per_second: u32,
    /// Time between tokens, in milliseconds; instead of `tokens_per_second`.
    pub inter_token_ms: f64,
    /// How much the time between tokens varies, as a share of it: from 0 to 1.
    pub jitter: f64,
    /// Tokens of an answer; derived from the messages where it is not set.
    pub tokens: Option<u32>,
    /// What the usage says.
    pub usage: Usage,
    /// Length of vectors where the request names none.
    pub dimensions: u32,
    /// May a request itself say what happens, by `[[simulate: ...]]` in a message?
    pub directives: bool,
    /// What happens when; the first rule that fits.
    pub rules: Vec<Rule>,
}

/// How a time is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Distribution {
    /// Every time between two is as likely.
    Uniform {
        /// From.
        from_ms: f64,
        /// To.
        to_ms: f64,
    },
    /// As servers are: mostly near the median, sometimes far above it.
    Lognormal {
        /// Half of the times are below.
        median_ms: f64,
        /// 0.5 is calm, 1 is wild.
        sigma: f64,
    },
}

/// What the usage says instead of what was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Usage {
    /// Tokens of the prompt, cached ones among them.
    pub prompt_tokens: Option<u64>,
    /// Tokens of the answer, reasoning among them.
    pub completion_tokens: Option<u64>,
    /// Tokens of the prompt that were in the cache.
    pub cached_tokens: Option<u64>,
    /// Tokens of the answer that were reasoning.
    pub reasoning_tokens: Option<u64>,
}

/// When something happens, and what. Without a condition it always happens; several conditions must all hold.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// For these requests, counted from 1.
    #[serde(deserialize_with = "one_or_many")]
    pub nth: Option<Vec<u64>>,
    /// For every so many-th request.
    pub every: Option<u64>,
    /// For such a share of requests, from 0 to 1.
    pub probability: Option<f64>,
    /// For requests with this text in them.
    pub contains: Option<String>,
    /// For this operation: chat, completions, embeddings, image-embeddings, images, rerank.
    pub operation: Option<String>,

    /// Answers this HTTP status, from 400 to 599.
    pub status: Option<u16>,
    /// With `Retry-After` of so many seconds.
    pub retry_after: Option<u32>,
    /// The error's message.
    pub message: Option<String>,
    /// The error's code.
    pub code: Option<String>,
    /// A hit of the content filter.
    pub content_filter: Option<Filter>,
    /// Another time to the first token, in milliseconds.
    pub latency_ms: Option<u32>,
    /// Another time between tokens, in milliseconds.
    pub inter_token_ms: Option<f64>,
    /// Breaks off after so many tokens.
    pub break_after: Option<u32>,
    /// Sends what is no JSON.
    pub garbage: bool,
    /// Ends in the middle, as if the length of the body had been announced wrongly.
    pub truncated: bool,
    /// Answers with nothing.
    pub empty: bool,
    /// Answers this.
    pub text: Option<String>,
    /// Answers so many tokens.
    pub tokens: Option<u32>,
    /// Thinks so many tokens first.
    pub reasoning: Option<u32>,
    /// Calls this tool of the request, with arguments that fit its schema.
    pub tool: Option<String>,
    /// Calls these tools.
    pub tool_calls: Option<Vec<ToolCall>>,
    /// Something is wrong with the usage.
    pub usage: Option<UsageFault>,
}

/// What the content filter hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Filter {
    /// 400 before anything is generated.
    Prompt,
    /// `finish_reason` is `content_filter`.
    Completion,
}

/// What is wrong with the usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UsageFault {
    /// There is none.
    None,
    /// It comes twice.
    Twice,
}

/// A call of a tool.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolCall {
    /// Which.
    pub name: String,
    /// With what.
    #[serde(default)]
    pub arguments: Map<String, Value>,
}

impl Default for SimulatorSettings {
    fn default() -> Self {
        Self {
            seed: 0,
            latency_ms: 0,
            latency: None,
            tokens_per_second: 0,
            inter_token_ms: 0.0,
            jitter: 0.0,
            tokens: None,
            usage: Usage::default(),
            dimensions: 1024,
            directives: false,
            rules: Vec::new(),
        }
    }
}

impl SimulatorSettings {
    /// Reads and checks settings; an error names the field and the rule.
    pub fn read(settings: &Map<String, Value>) -> Result<Self, String> {
        let mut plain = settings.clone();
        let rules = match plain.remove("rules") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(rules)) if rules.len() <= RULES_MAX => rules,
            Some(_) => return Err(format!("rules must be an array of at most {RULES_MAX} objects")),
        };
        let mut read: Self =
            serde_json::from_value(Value::Object(plain)).map_err(|error| error.to_string())?;
        for (index, rule) in rules.into_iter().enumerate() {
            let rule: Rule =
                serde_json::from_value(rule).map_err(|error| format!("rules[{index}]: {error}"))?;
            rule.check().map_err(|why| format!("rules[{index}].{why}"))?;
            read.rules.push(rule);
        }
        read.check()?;
        Ok(read)
    }

    fn check(&self) -> Result<(), String> {
        milliseconds("latency_ms", f64::from(self.latency_ms))?;
        milliseconds("inter_token_ms", self.inter_token_ms)?;
        match self.latency {
            Some(Distribution::Uniform { from_ms, to_ms }) => {
                milliseconds("latency.uniform.from_ms", from_ms)?;
                milliseconds("latency.uniform.to_ms", to_ms)?;
                if from_ms > to_ms {
                    return Err("latency.uniform.from_ms must not be above to_ms".to_owned());
                }
            }
            Some(Distribution::Lognormal { median_ms, sigma }) => {
                milliseconds("latency.lognormal.median_ms", median_ms)?;
                if !(0.0..=3.0).contains(&sigma) {
                    return Err("latency.lognormal.sigma must be from 0 to 3".to_owned());
                }
            }
            None => {}
        }
        if !(0.0..=1.0).contains(&self.jitter) {
            return Err("jitter must be from 0 to 1".to_owned());
        }
        if self.tokens_per_second > 0 && self.inter_token_ms > 0.0 {
            return Err("tokens_per_second and inter_token_ms exclude each other".to_owned());
        }
        if self.dimensions == 0 || self.dimensions > DIMENSIONS_MAX {
            return Err(format!("dimensions must be from 1 to {DIMENSIONS_MAX}"));
        }
        tokens("tokens", self.tokens)?;
        let Usage {
            prompt_tokens,
            completion_tokens,
            cached_tokens,
            reasoning_tokens,
        } = self.usage;
        for (part, part_name, whole, whole_name) in [
            (cached_tokens, "cached_tokens", prompt_tokens, "prompt_tokens"),
            (
                reasoning_tokens,
                "reasoning_tokens",
                completion_tokens,
                "completion_tokens",
            ),
        ] {
            if let (Some(part), Some(whole)) = (part, whole)
                && part > whole
            {
                return Err(format!(
                    "usage.{part_name} must not be above usage.{whole_name}, of which it is a part"
                ));
            }
        }
        let counts = [prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens];
        if counts.iter().flatten().any(|count| *count > u64::from(u32::MAX)) {
            return Err(format!("the counts of usage must be at most {}", u32::MAX));
        }
        Ok(())
    }
}

impl Rule {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.status.is_some_and(|status| !(400..=599).contains(&status)) {
            return Err("status must be from 400 to 599".to_owned());
        }
        if self.retry_after.is_some_and(|seconds| seconds > 86_400) {
            return Err("retry_after must be at most 86400 seconds".to_owned());
        }
        if self
            .probability
            .is_some_and(|share| !(0.0..=1.0).contains(&share))
        {
            return Err("probability must be from 0 to 1".to_owned());
        }
        if self.every == Some(0) || self.nth.iter().flatten().any(|number| *number == 0) {
            return Err("every and nth count from 1".to_owned());
        }
        let known = |name: &String| {
            cupola_core::Operation::ALL
                .iter()
                .any(|operation| operation.as_str() == name)
        };
        if self.operation.as_ref().is_some_and(|name| !known(name)) {
            return Err(
                "operation must be chat, completions, embeddings, image-embeddings, images or rerank"
                    .to_owned(),
            );
        }
        milliseconds("latency_ms", f64::from(self.latency_ms.unwrap_or(0)))?;
        milliseconds("inter_token_ms", self.inter_token_ms.unwrap_or(0.0))?;
        tokens("tokens", self.tokens)?;
        tokens("reasoning", self.reasoning)?;
        let texts = [&self.message, &self.code, &self.text, &self.contains, &self.tool];
        if texts
            .into_iter()
            .flatten()
            .any(|text| text.len() > TEXT_BYTES_MAX)
        {
            return Err(format!(
                "message, code, text, contains and tool must have at most {TEXT_BYTES_MAX} bytes"
            ));
        }
        if self.tool_calls.as_ref().is_some_and(|calls| calls.len() > 128) {
            return Err("tool_calls must have at most 128 calls".to_owned());
        }
        Ok(())
    }
}

fn milliseconds(name: &str, value: f64) -> Result<(), String> {
    if (0.0..=MS_MAX).contains(&value) {
        return Ok(());
    }
    Err(format!("{name} must be from 0 to {MS_MAX} milliseconds"))
}

fn tokens(name: &str, value: Option<u32>) -> Result<(), String> {
    if value.is_none_or(|value| value <= TOKENS_MAX) {
        return Ok(());
    }
    Err(format!("{name} must be at most {TOKENS_MAX}"))
}

fn one_or_many<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u64>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        One(u64),
        Many(Vec<u64>),
    }
    Ok(
        Option::<Either>::deserialize(deserializer)?.map(|either| match either {
            Either::One(number) => vec![number],
            Either::Many(numbers) => numbers,
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<(), &str>) {
        let settings: Map<String, Value> = serde_json::from_str(text).expect("an object");
        match (SimulatorSettings::read(&settings), expected) {
            (Ok(_), Ok(())) => {}
            (Err(found), Err(wanted)) if found.contains(wanted) => {}
            (found, _) => panic!("{text}: {found:?}"),
        }
    }

    #[test]
    fn settings_are_read_or_refused_by_name() {
        check("{}", Ok(()));
        check(r#"{"latency_ms":5,"tokens_per_second":9}"#, Ok(()));
        check(
            r#"{"latency":{"uniform":{"from_ms":1,"to_ms":2}},"rules":[{"nth":1,"status":429},{"nth":[2,3],"empty":true}]}"#,
            Ok(()),
        );
        check(
            r#"{"latency":{"lognormal":{"median_ms":300,"sigma":0.5}}}"#,
            Ok(()),
        );
        check(r#"{"speed":1}"#, Err("unknown field `speed`"));
        check(r#"{"latency_ms":-1}"#, Err("-1"));
        check(
            r#"{"latency_ms":600001}"#,
            Err("latency_ms must be from 0 to 600000"),
        );
        check(
            r#"{"latency":{"uniform":{"from_ms":3,"to_ms":2}}}"#,
            Err("must not be above to_ms"),
        );
        check(r#"{"inter_token_ms":1e300}"#, Err("inter_token_ms must be"));
        check(
            r#"{"inter_token_ms":1,"tokens_per_second":2}"#,
            Err("exclude each other"),
        );
        check(r#"{"jitter":2}"#, Err("jitter must be"));
        check(r#"{"dimensions":0}"#, Err("dimensions must be"));
        check(
            r#"{"usage":{"prompt_tokens":1,"cached_tokens":2}}"#,
            Err("usage.cached_tokens must not be above"),
        );
        check(r#"{"rules":{}}"#, Err("rules must be an array"));
        check(
            r#"{"rules":[{},{"status":200}]}"#,
            Err("rules[1].status must be from 400 to 599"),
        );
        check(
            r#"{"rules":[{"sttus":429}]}"#,
            Err("rules[0]: unknown field `sttus`"),
        );
        check(
            r#"{"rules":[{"every":0}]}"#,
            Err("rules[0].every and nth count from 1"),
        );
        check(
            r#"{"rules":[{"operation":"talk"}]}"#,
            Err("rules[0].operation must be chat"),
        );
    }
}
