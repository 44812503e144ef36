//! A text completion request, the older form of the API.

use serde::Deserialize;
use serde_json::Value;

use super::sampling::{Sampling, SamplingBody};
use super::{CHOICES_MAX, StreamOptions, choices, parse};
use crate::problem::Problem;

/// What `max_tokens` is where the request does not say.
const COMPLETION_TOKENS_DEFAULT: u32 = 16;

/// The most alternatives to each token that are told.
const LOGPROBS_MAX: i64 = 5;

/// A text completion request, checked.
#[derive(Debug, PartialEq)]
pub(crate) struct Completion {
    pub(crate) prompts: Vec<Prompt>,
    pub(crate) stream: bool,
    pub(crate) include_usage: bool,
    pub(crate) sampling: Sampling,
    /// How many alternatives to each token are told with its log-probability; `None` is not even that.
    pub(crate) logprobs: Option<u8>,
    /// Whether the answer begins with the prompt.
    pub(crate) echo: bool,
    /// How many completions of each prompt are wanted.
    pub(crate) choices: u32,
}

/// What is to be completed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Prompt {
    Text(String),
    Tokens(Vec<i32>),
}

#[derive(Deserialize)]
struct CompletionBody {
    prompt: Option<PromptBody>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    n: Option<i64>,
    best_of: Option<i64>,
    logprobs: Option<i64>,
    echo: Option<bool>,
    suffix: Option<Value>,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "prompt must be a string, an array of strings, or an array of token numbers or of such arrays"
)]
enum PromptBody {
    Text(String),
    Texts(Vec<String>),
    Tokens(Vec<i32>),
    Several(Vec<Vec<i32>>),
}

impl Completion {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Problem> {
        let sampling: SamplingBody<'_> = parse(body)?;
        let body: CompletionBody = parse(body)?;
        let choices = choices(body.n)?;
        if let Some(best_of) = body.best_of.filter(|best_of| *best_of != i64::from(choices)) {
            return Err(Problem::unsupported("best_of", best_of));
        }
        if let Some(suffix) = body.suffix.filter(|suffix| suffix.as_str() != Some("")) {
            return Err(Problem::unsupported("suffix", suffix));
        }
        let logprobs = match body.logprobs {
            None => None,
            Some(count) if (0..=LOGPROBS_MAX).contains(&count) => Some(count as u8),
            Some(count) => return Err(Problem::unsupported("logprobs", count)),
        };
        let echo = body.echo.unwrap_or(false);
        let mut sampling = sampling.checked(u32::from(!echo))?;
        sampling
            .completion_tokens_max
            .get_or_insert(COMPLETION_TOKENS_DEFAULT);
        Ok(Self {
            prompts: prompts(body.prompt, choices)?,
            stream: body.stream.unwrap_or(false),
            include_usage: body
                .stream_options
                .and_then(|options| options.include_usage)
                .unwrap_or(false),
            sampling,
            logprobs,
            echo,
            choices,
        })
    }
}

fn prompts(prompt: Option<PromptBody>, choices: u32) -> Result<Vec<Prompt>, Problem> {
    let prompts: Vec<Prompt> = match prompt {
        None => {
            let problem = "The request needs 'prompt': a string, an array of strings, or token numbers.";
            return Err(Problem::invalid(Some("prompt"), problem));
        }
        Some(PromptBody::Text(text)) => vec![Prompt::Text(text)],
        Some(PromptBody::Texts(texts)) => texts.into_iter().map(Prompt::Text).collect(),
        Some(PromptBody::Tokens(tokens)) => vec![Prompt::Tokens(tokens)],
        Some(PromptBody::Several(several)) => several.into_iter().map(Prompt::Tokens).collect(),
    };
    let wanted = prompts.len().saturating_mul(choices as usize);
    if !(1..=CHOICES_MAX as usize).contains(&wanted) {
        let problem = format!(
            "The request asks for {wanted} completions: prompts times n; it may be 1 to {CHOICES_MAX}."
        );
        return Err(Problem::invalid(Some("prompt"), problem));
    }
    Ok(prompts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(fields: &str) -> Result<Completion, String> {
        Completion::parse(format!("{{{fields}}}").as_bytes())
            .map_err(|problem| String::from_utf8_lossy(&problem.body()).into_owned())
    }

    #[test]
    fn prompts_come_in_all_their_shapes() {
        let check = |prompt: &str, expected: Vec<Prompt>| {
            let completion = parsed(&format!(r#""prompt":{prompt}"#)).expect("it is good");
            assert_eq!(completion.prompts, expected);
        };
        check(r#""a""#, vec![Prompt::Text("a".to_owned())]);
        check(
            r#"["a","b"]"#,
            vec![Prompt::Text("a".to_owned()), Prompt::Text("b".to_owned())],
        );
        check("[1,2]", vec![Prompt::Tokens(vec![1, 2])]);
        check(
            "[[1],[2]]",
            vec![Prompt::Tokens(vec![1]), Prompt::Tokens(vec![2])],
        );
    }

    #[test]
    fn the_defaults_are_those_of_the_older_api() {
        let completion = parsed(r#""prompt":"a""#).expect("it is good");
        assert_eq!(completion.sampling.completion_tokens_max, Some(16));
        assert_eq!(
            (completion.echo, completion.choices, completion.logprobs),
            (false, 1, None)
        );
    }

    #[test]
    fn what_cannot_be_done_is_refused() {
        let check = |fields: &str, expected: &str| {
            let refusal = parsed(fields).expect_err("it should be refused");
            assert!(refusal.contains(expected), "{refusal}");
        };
        check("", "needs 'prompt'");
        check(r#""prompt":7"#, "prompt must be a string");
        check(r#""prompt":[]"#, "0 completions");
        check(r#""prompt":["a","b"],"n":9"#, "18 completions");
        check(r#""prompt":"a","suffix":"b""#, r#"["body","suffix"]"#);
        check(r#""prompt":"a","best_of":3"#, r#"["body","best_of"]"#);
        check(r#""prompt":"a","logprobs":6"#, r#"["body","logprobs"]"#);
        check(r#""prompt":"a","max_tokens":0"#, "at least 1");
        assert!(parsed(r#""prompt":"a","max_tokens":0,"echo":true"#).is_ok());
    }
}
