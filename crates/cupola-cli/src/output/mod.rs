//! What a command answers, and how it is written to stdout.

pub(crate) mod csv;
pub(crate) mod json;
pub(crate) mod paint;
pub(crate) mod table;
pub(crate) mod tsv;
pub(crate) mod yaml;

use clap::ValueEnum;
use serde_json::Value;

use crate::failure::Failure;
use crate::query;
use paint::Paint;
use table::{Column, Columns};

/// The flags that every command takes.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Globals {
    /// Output format; JSON has colours on a terminal, tsv is for scripts, csv for spreadsheets.
    #[arg(
        short = 'o',
        long = "output",
        value_enum,
        global = true,
        ignore_case = true,
        value_name = "FORMAT"
    )]
    pub(crate) output: Option<Format>,
    /// JMESPath query, see jmespath.org.
    #[arg(long, global = true, value_name = "JMESPATH")]
    pub(crate) query: Option<String>,
    /// Name or id of the subscription; default: the one of `cupola account set`.
    #[arg(long, global = true, value_name = "NAME_OR_ID")]
    pub(crate) subscription: Option<String>,
    /// Show the requests that are made, without secrets.
    #[arg(long, global = true)]
    pub(crate) debug: bool,
    /// Show errors only: no warnings, no progress.
    #[arg(long, global = true)]
    pub(crate) only_show_errors: bool,
}

/// The formats of `az`, and `csv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Json,
    Jsonc,
    Yaml,
    #[value(hide = true)]
    Yamlc,
    Table,
    Tsv,
    Csv,
    None,
}

/// What a command found, for people and for scripts.
pub(crate) enum Answer {
    /// A value, with the columns that its table shows.
    Value {
        value: Value,
        columns: Option<&'static [Column]>,
    },
    /// Text of its own form, such as lines for a shell.
    Text(String),
    /// Nothing to print.
    Nothing,
}

impl Answer {
    /// A value whose table shows every plain field.
    pub(crate) fn value(value: Value) -> Self {
        Self::Value { value, columns: None }
    }

    /// A value whose table shows these columns.
    pub(crate) fn with_columns(value: Value, columns: &'static [Column]) -> Self {
        Self::Value {
            value,
            columns: Some(columns),
        }
    }
}

/// The text for stdout.
pub(crate) fn render(answer: &Answer, globals: &Globals, paint: Paint) -> Result<String, Failure> {
    let (value, columns) = match answer {
        Answer::Nothing => return Ok(String::new()),
        Answer::Text(text) => return Ok(text.clone()),
        Answer::Value { value, columns } => (value, columns),
    };
    let queried = globals
        .query
        .as_deref()
        .map(|query| query::search(query, value))
        .transpose()?;
    let (value, columns) = match (&queried, columns) {
        (Some(found), _) => (found, Columns::Queried),
        (None, Some(columns)) => (value, Columns::Chosen(columns)),
        (None, None) => (value, Columns::Plain),
    };
    // Like az: a query that finds nothing prints nothing.
    if value.is_null() {
        return Ok(String::new());
    }
    match globals.output.unwrap_or(Format::Json) {
        Format::Json | Format::Jsonc => Ok(json::render(value, paint)),
        Format::Yaml | Format::Yamlc => yaml::render(value),
        Format::Table => Ok(table::render(value, &columns, paint)),
        Format::Tsv => Ok(tsv::render(value)),
        Format::Csv => Ok(csv::render(value)),
        Format::None => Ok(String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(format: Format, query: Option<&str>, value: Value) -> String {
        let globals = Globals {
            output: Some(format),
            query: query.map(Into::into),
            ..Globals::default()
        };
        render(&Answer::value(value), &globals, Paint::PLAIN).expect("renders")
    }

    #[test]
    fn a_query_goes_before_the_format() {
        let value = json!({"primaryKey": "k1", "secondaryKey": "k2"});
        assert_eq!(shown(Format::Tsv, Some("primaryKey"), value.clone()), "k1\n");
        assert_eq!(shown(Format::Json, Some("nope"), value.clone()), "");
        assert_eq!(shown(Format::None, None, value.clone()), "");
        insta::assert_snapshot!(shown(Format::Table, Some("{Second: secondaryKey, First: primaryKey}"), value), @r"
        Second    First
        --------  -------
        k2        k1
        ");
    }
}
