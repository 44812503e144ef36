//! `cupola usage`: what was used and what it costs.

use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::arm::version;
use crate::failure::Failure;
use crate::output::Answer;
use crate::output::table::Column;
use crate::session::Session;
use crate::transport::segment;
use crate::verbs::columns;

/// The flags of `cupola usage`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  \
    cupola usage -o table\n  \
    cupola usage --endpoint hello --from 2026-11-01T00:00:00Z\n  \
    cupola usage --by project --by day -o csv\n  \
    cupola usage --query \"[?meter=='completion_tokens'].[endpoint, quantity]\" -o tsv")]
pub struct Usage {
    /// Only this endpoint.
    #[arg(short = 'n', long, visible_alias = "name", value_name = "NAME")]
    endpoint: Option<String>,
    /// From this moment on, as RFC 3339; a day alone begins at midnight UTC.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Until before this moment.
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Sums of requests, tokens and cost by this, which may be given more than once; by meter, of its quantity.
    #[arg(long, value_enum, value_delimiter = ',', ignore_case = true)]
    by: Vec<By>,
}

/// By what usage is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// The workspace, or the account.
    Project,
    /// The serverless endpoint, or the account.
    Endpoint,
    /// The model.
    Model,
    /// What is counted: tokens of each class, requests and so on.
    Meter,
    /// The key, or the principal that asked with a token.
    Key,
    /// Days of UTC.
    Day,
    /// Hours of UTC.
    Hour,
}

const COLUMNS: &[Column] = columns! {
    "Endpoint" => "/endpoint",
    "Meter" => "/meter",
    "Quantity" => "/quantity",
    "Unit" => "/unit",
    "Cost" => "/cost",
    "Currency" => "/currency",
};

impl Usage {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let path = format!(
            "{}/providers/Cupola.Billing/usage{}",
            arm.subscription(),
            self.query()
        );
        let found = arm.list(&arm.url(&path, version::CUPOLA)).await?;
        if !self.by.is_empty() {
            return Ok(Answer::value(found.into()));
        }
        Ok(Answer::with_columns(
            found
                .iter()
                .filter(|row| self.wants(row))
                .map(described)
                .collect(),
            COLUMNS,
        ))
    }

    fn query(&self) -> String {
        let from = self.from.as_deref().map(moment);
        let to = self.to.as_deref().map(moment);
        let by: Vec<String> = self
            .by
            .iter()
            .filter_map(|by| Some(by.to_possible_value()?.get_name().to_owned()))
            .collect();
        let by = Some(by.join(",")).filter(|names| !names.is_empty());
        let given = [
            ("endpoint", self.endpoint.clone()),
            ("from", from),
            ("to", to),
            ("by", by),
        ];
        let pairs: Vec<String> = given
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", segment(&value?))))
            .collect();
        if pairs.is_empty() {
            String::new()
        } else {
            format!("?{}", pairs.join("&"))
        }
    }

    // A server that does not know the filter must not make one endpoint look as dear as all.
    fn wants(&self, row: &Value) -> bool {
        let Some(endpoint) = &self.endpoint else {
            return true;
        };
        row["endpoint"]
            .as_str()
            .is_some_and(|name| name.eq_ignore_ascii_case(endpoint))
    }
}

// The six that scripts read come first and in this order, for `cut` and `read`.
fn described(row: &Value) -> Value {
    let order = [
        "endpoint",
        "meter",
        "quantity",
        "unit",
        "cost",
        "currency",
        "model",
        "workspace",
    ];
    Value::Object(
        order
            .into_iter()
            .map(|key| (key.to_owned(), row[key].clone()))
            .collect(),
    )
}

fn moment(text: &str) -> String {
    let is_day = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if is_day {
        format!("{text}T00:00:00Z")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_query() {
        let usage = |endpoint: Option<&str>, from: Option<&str>| Usage {
            endpoint: endpoint.map(Into::into),
            from: from.map(Into::into),
            to: None,
            by: Vec::new(),
        };
        assert_eq!(usage(None, None).query(), "");
        assert_eq!(usage(Some("a b"), None).query(), "?endpoint=a%20b");
        assert_eq!(
            usage(None, Some("2026-11-01")).query(),
            "?from=2026-11-01T00%3A00%3A00Z"
        );
        assert_eq!(
            usage(None, Some("2026-11-01T10:00:00+02:00")).query(),
            "?from=2026-11-01T10%3A00%3A00%2B02%3A00"
        );
        let by = Usage {
            by: vec![By::Project, By::Day],
            ..usage(None, None)
        };
        assert_eq!(by.query(), "?by=project%2Cday");
        assert!(usage(Some("Hello"), None).wants(&json!({"endpoint": "hello"})));
        assert!(!usage(Some("hello"), None).wants(&json!({"endpoint": "other"})));
    }

    #[test]
    fn rows_begin_with_what_scripts_read() {
        let row = json!({"workspace": "w", "endpoint": "e", "model": "m", "meter": "requests", "quantity": 3, "unit": "request", "cost": "0.000000", "currency": "USD"});
        assert_eq!(
            described(&row).to_string(),
            r#"{"endpoint":"e","meter":"requests","quantity":3,"unit":"request","cost":"0.000000","currency":"USD","model":"m","workspace":"w"}"#
        );
    }
}
