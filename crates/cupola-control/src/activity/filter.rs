//! The `$filter` of the activity log: two instants and some equalities, joined by `and`.

use super::event::{outcome, provider};
use cupola_core::name::{fold, printable};
use cupola_core::{Code, Problem, ResourceId, Timestamp};
use cupola_store::audit::{About, Event};

const DAYS_KEPT: i64 = 90;

/// What of the log is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    group: Option<String>,
    resource: Option<String>,
    provider: Option<String>,
    correlation: Option<String>,
    pub(super) caller: Option<String>,
    /// The object id of `caller`, where it is somebody who is known.
    pub(super) principal: Option<String>,
    status: Option<String>,
    level: Option<String>,
    operation_name: Option<String>,
}

impl Filter {
    /// Reads a filter; fields that nobody knows leave nothing out.
    pub(super) fn read(text: &str, now: Timestamp) -> Result<Self, Problem> {
        let mut filter = Self {
            from: days_before(now, DAYS_KEPT),
            to: now,
            group: None,
            resource: None,
            provider: None,
            correlation: None,
            caller: None,
            principal: None,
            status: None,
            level: None,
            operation_name: None,
        };
        for (name, operator, value) in conditions(text)? {
            let value = || Some(value.clone());
            match (fold(&name).replace('_', "").as_str(), operator.as_str()) {
                ("eventtimestamp", "ge" | "gt") => filter.from = instant(&value().unwrap_or_default())?,
                ("eventtimestamp", "le" | "lt") => filter.to = instant(&value().unwrap_or_default())?,
                ("resourcegroupname" | "resourcegroup", "eq") => filter.group = value(),
                ("resourceuri" | "resourceid", "eq") => filter.resource = value(),
                ("resourceprovider" | "resourceprovidername", "eq") => filter.provider = value(),
                ("correlationid", "eq") => filter.correlation = value().map(|id| fold(&id)),
                // In small letters of every alphabet: display names have them.
                ("caller", "eq") => filter.caller = value().map(|caller| caller.to_lowercase()),
                ("status", "eq") => filter.status = value(),
                ("level" | "levels", "eq") => filter.level = value(),
                ("operationname" | "operations", "eq") => filter.operation_name = value(),
                _ => {}
            }
        }
        Ok(filter)
    }

    /// Is this line wanted?
    pub(super) fn passes(&self, event: &Event) -> bool {
        let entry = &event.entry;
        let id = ResourceId::parse(&entry.scope);
        let same = |wanted: &Option<String>, found: &str| {
            wanted
                .as_ref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(found))
        };
        let group = id.as_ref().and_then(|id| id.group.clone()).unwrap_or_default();
        let resource = id.map(|id| id.to_string()).unwrap_or_default();
        let wanted_resource = self
            .resource
            .as_ref()
            .map(|text| ResourceId::parse(text).map_or_else(|| text.clone(), |id| id.to_string()));
        let status = outcome(event);
        let caller = self.caller.as_ref().is_none_or(|caller| {
            [&event.caller, &event.caller_name, &entry.principal]
                .iter()
                .any(|known| known.to_lowercase() == *caller)
                || self.principal.as_ref() == Some(&entry.principal)
        });
        same(&self.group, &group)
            && same(&wanted_resource, &resource)
            && same(&self.provider, provider(event))
            && same(&self.correlation, &entry.correlation)
            && same(&self.operation_name, &entry.action)
            && (same(&self.status, status.status) || same(&self.status, &entry.outcome))
            && same(&self.level, status.level)
            && caller
    }
}

/// The index that answers the most exact of the questions.
pub(super) fn by_index(filter: &Filter, subscription: &str) -> About {
    let here = subscription.to_owned();
    let resource = filter.resource.as_ref().and_then(|text| ResourceId::parse(text));
    match (&filter.correlation, resource, &filter.principal, &filter.group) {
        (Some(correlation), ..) => About::Correlation(here, correlation.clone()),
        (_, Some(id), ..) if id.provider.is_some() => About::Resource(id.to_string()),
        (_, _, Some(principal), _) => About::Principal(here, principal.clone()),
        (.., Some(group)) => About::Group(here, group.clone()),
        _ => About::Subscription(here),
    }
}

fn days_before(at: Timestamp, days: i64) -> Timestamp {
    Timestamp::from_second(at.as_second() - days * 86_400).unwrap_or(Timestamp::MIN)
}

// Instants come with and without quotes, with and without a zone; without one they are in UTC.
fn instant(text: &str) -> Result<Timestamp, Problem> {
    let whole = if text.contains('T') {
        text.to_owned()
    } else {
        format!("{text}T00:00:00Z")
    };
    whole
        .parse()
        .or_else(|_| format!("{whole}Z").parse())
        .map_err(|_| {
            Problem::new(
                Code::InvalidRequestContent,
                format!(
                    "'{}' in $filter is no instant: write it as 2026-11-21T08:00:00Z.",
                    printable(text)
                ),
            )
            .target("$filter")
        })
}

// `name operator value`, joined by `and`; values with or without quotes.
fn conditions(text: &str) -> Result<Vec<(String, String, String)>, Problem> {
    let words = words(text);
    let mut conditions = Vec::new();
    for condition in words.split(|word| !word.1 && word.0.eq_ignore_ascii_case("and")) {
        match condition {
            [] => {}
            [(name, false), (operator, false), (value, _)] => {
                conditions.push((name.clone(), fold(operator), value.clone()));
            }
            _ => {
                return Err(Problem::new(
                    Code::InvalidRequestContent,
                    "The $filter must be conditions like 'resourceGroupName eq 'NAME'', joined by 'and'.",
                )
                .target("$filter"));
            }
        }
    }
    Ok(conditions)
}

// Words, and whether they were quoted.
fn words(text: &str) -> Vec<(String, bool)> {
    let mut words = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(first) = chars.next() {
        if first.is_whitespace() {
            continue;
        }
        let mut word = String::new();
        if first == '\'' {
            while let Some(next) = chars.next() {
                match (next, chars.peek()) {
                    ('\'', Some('\'')) => {
                        chars.next();
                        word.push('\'');
                    }
                    ('\'', _) => break,
                    _ => word.push(next),
                }
            }
            words.push((word, true));
            continue;
        }
        word.push(first);
        while let Some(next) = chars.next_if(|next| !next.is_whitespace()) {
            word.push(next);
        }
        words.push((word, false));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_filters_of_real_clients_are_read() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().expect("an instant");
        let read = |text: &str| Filter::read(text, now).expect("a filter");
        let bare = read(
            "eventTimestamp ge 2026-11-21T06:00:00.123456 and eventTimestamp le 2026-11-21T12:00:00 and caller eq 'a@b'",
        );
        assert_eq!(bare.from.to_string(), "2026-11-21T06:00:00.123456Z");
        assert_eq!(bare.caller.as_deref(), Some("a@b"));
        let quoted = read(
            "eventTimestamp ge '2026-11-20' AND resourceGroupName eq 'it''s' and channels eq 'Admin, Operation'",
        );
        assert_eq!(quoted.from.to_string(), "2026-11-20T00:00:00Z");
        assert_eq!((quoted.to, quoted.group.as_deref()), (now, Some("it's")));
        assert_eq!(read("").from.to_string(), "2026-08-23T12:00:00Z");
        assert!(Filter::read("eventTimestamp ge 'yesterday'", now).is_err());
        assert!(Filter::read("caller = 'x' or y", now).is_err());
    }

    proptest! {
        #[test]
        fn no_filter_makes_reading_panic(text in "\\PC{0,80}") {
            let _ = Filter::read(&text, Timestamp::UNIX_EPOCH);
        }
    }
}
