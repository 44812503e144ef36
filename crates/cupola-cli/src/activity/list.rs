//! `list`: what was done.

use clap::Args;
use jiff::{SignedDuration, Timestamp};

use crate::arm::version;
use crate::failure::Failure;
use crate::output::Answer;
use crate::output::table::{Column, cell};
use crate::session::Session;
use crate::transport::segment;

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola activity list --offset 1h -o table\n  \
    cupola activity list -g cupola --status Failed -o table\n  \
    cupola monitor activity-log list --correlation-id ID --query '[].operationName.value' -o tsv")]
pub struct List {
    /// Only what belongs to this request or deployment.
    #[arg(long, value_name = "ID")]
    correlation_id: Option<String>,
    /// Only in this resource group.
    #[arg(short = 'g', long, value_name = "GROUP")]
    resource_group: Option<String>,
    /// Only about this resource.
    #[arg(long, value_name = "ID")]
    resource_id: Option<String>,
    /// Only of this provider, such as Microsoft.MachineLearningServices.
    #[arg(long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// Only by this caller: sign-in name, application id or object id.
    #[arg(long)]
    caller: Option<String>,
    /// Only with this outcome: Accepted, Succeeded or Failed.
    #[arg(long)]
    status: Option<String>,
    /// How far to look back: a number with d, h or m; counted from --end-time.
    #[arg(long, default_value = "6h", value_name = "TIME")]
    offset: String,
    /// From this moment on, as RFC 3339; wins over --offset.
    #[arg(long, value_name = "TIME")]
    start_time: Option<String>,
    /// Until this moment; default: now.
    #[arg(long, value_name = "TIME")]
    end_time: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    max_events: u32,
}

const COLUMNS: &[Column] = &[
    Column {
        title: "Time",
        read: |row| cell(&row["eventTimestamp"]).chars().take(19).collect(),
    },
    Column {
        title: "Status",
        read: |row| cell(&row["status"]["value"]),
    },
    Column {
        title: "Operation",
        read: |row| cell(&row["operationName"]["value"]),
    },
    Column {
        title: "Caller",
        read: |row| cell(&row["caller"]),
    },
    Column {
        title: "Resource",
        read: |row| {
            let id = cell(&row["resourceId"]);
            id.rsplit_once("/providers/")
                .map_or(id.clone(), |(_, rest)| rest.to_owned())
        },
    },
    Column {
        title: "CorrelationId",
        read: |row| cell(&row["correlationId"]),
    },
];

impl List {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let filter = self.filter(session.surroundings.now)?;
        let arm = session.connect()?;
        let path = format!(
            "{}/providers/Microsoft.Insights/eventtypes/management/values?$filter={}",
            arm.subscription(),
            segment(&filter)
        );
        let most = usize::try_from(self.max_events).unwrap_or(usize::MAX);
        let found = arm.list_some(&arm.url(&path, version::ACTIVITY), most).await?;
        Ok(Answer::with_columns(found.into(), COLUMNS))
    }

    fn filter(&self, now: Timestamp) -> Result<String, Failure> {
        let end = self
            .end_time
            .as_deref()
            .map(|text| moment("--end-time", text))
            .transpose()?;
        let end = end.unwrap_or(now);
        let start = match &self.start_time {
            Some(text) => moment("--start-time", text)?,
            None => end
                .checked_sub(span(&self.offset)?)
                .map_err(|_| wrong_offset(&self.offset))?,
        };
        let mut filter = format!("eventTimestamp ge '{start}' and eventTimestamp le '{end}'");
        let fields = [
            ("resourceGroupName", &self.resource_group),
            ("resourceUri", &self.resource_id),
            ("resourceProvider", &self.namespace),
            ("correlationId", &self.correlation_id),
            ("caller", &self.caller),
            ("status", &self.status),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                filter += &format!(" and {name} eq '{}'", value.replace('\'', "''"));
            }
        }
        Ok(filter)
    }
}

// A day alone is its midnight, and a moment without a zone is in UTC.
fn moment(flag: &str, text: &str) -> Result<Timestamp, Failure> {
    let tries = [text.to_owned(), format!("{text}Z"), format!("{text}T00:00:00Z")];
    let found = tries.iter().find_map(|text| text.parse().ok());
    found.ok_or_else(|| {
        Failure::usage(format!(
            "{flag} {text} is not a time: it needs the form 2026-11-21T10:00:00Z"
        ))
    })
}

// `1d2h30m`, as az takes it; az's own `6h` is the most common.
fn span(text: &str) -> Result<SignedDuration, Failure> {
    let mut minutes: i64 = 0;
    let mut digits = String::new();
    for letter in text.chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        let unit: i64 = match letter.to_ascii_lowercase() {
            'd' => 24 * 60,
            'h' => 60,
            'm' => 1,
            _ => return Err(wrong_offset(text)),
        };
        let count: i64 = digits.parse().map_err(|_| wrong_offset(text))?;
        let more = count.checked_mul(unit).and_then(|more| minutes.checked_add(more));
        minutes = more.ok_or_else(|| wrong_offset(text))?;
        digits.clear();
    }
    if !digits.is_empty() || text.is_empty() {
        return Err(wrong_offset(text));
    }
    let seconds = minutes.checked_mul(60).ok_or_else(|| wrong_offset(text))?;
    Ok(SignedDuration::from_secs(seconds))
}

fn wrong_offset(text: &str) -> Failure {
    Failure::usage(format!(
        "--offset {text} is not understood: use a number with d, h or m, such as 6h"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_days_hours_and_minutes() {
        let check = |text: &str, expected: Option<i64>| {
            assert_eq!(span(text).ok().map(|span| span.as_secs()), expected, "{text}");
        };
        check("6h", Some(6 * 3600));
        check("1d2h30m", Some(26 * 3600 + 1800));
        check("90M", Some(5400));
        check("6", None);
        check("", None);
        check("h", None);
        check("99999999999999999999d", None);
        check("9223372036854775807d", None);
        check("1w", None);
    }

    #[test]
    fn moments_may_be_days() {
        let check = |text: &str, expected: &str| {
            let found = moment("--start-time", text).map(|found| found.to_string());
            assert_eq!(found.unwrap_or_else(|failure| failure.message), expected);
        };
        check("2026-11-21", "2026-11-21T00:00:00Z");
        check("2026-11-21T10:00", "2026-11-21T10:00:00Z");
        check("2026-11-21T10:00:00+01:00", "2026-11-21T09:00:00Z");
        check(
            "noon",
            "--start-time noon is not a time: it needs the form 2026-11-21T10:00:00Z",
        );
    }
}
