//! `cupola ad`: the directory, as `az ad` shows it.

mod app;
mod signed_in_user;
mod sp;
mod user;

use clap::Args;
use jiff::{Span, Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use crate::arm::Arm;
use crate::failure::Failure;
use crate::graph;
use crate::output::table::cell;
use crate::session::Session;
use crate::verbs::verbs;

verbs! {
    /// Service principals: what programs sign in as.
    #[command(subcommand)]
    Sp(sp::Command),
    /// Applications, which service principals belong to.
    #[command(subcommand)]
    App(app::Command),
    /// People.
    #[command(subcommand)]
    User(user::Command),
    /// Whoever is signed in.
    #[command(subcommand)]
    SignedInUser(signed_in_user::Command),
}

/// For how long a secret is good.
#[derive(Debug, Clone, Args)]
struct Lifetime {
    /// Years until the secret ends.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=100))]
    years: u8,
    /// The moment at which the secret ends, as RFC 3339; wins over --years.
    #[arg(long, value_name = "TIME")]
    end_date: Option<String>,
}

impl Lifetime {
    fn end(&self, now: Timestamp) -> Result<String, Failure> {
        if let Some(text) = &self.end_date {
            let day = format!("{text}T00:00:00Z");
            let end: Timestamp = text.parse().or_else(|_| day.parse()).map_err(|_| {
                Failure::usage(format!(
                    "--end-date {text} is not a time: it needs the form 2027-01-31T00:00:00Z"
                ))
            })?;
            return Ok(end.to_string());
        }
        // Years are a matter of the calendar, so they are counted in it.
        let end = now
            .to_zoned(TimeZone::UTC)
            .checked_add(Span::new().years(i64::from(self.years)));
        let end = end.map_err(|_| Failure::usage("--years ends beyond the calendar"))?;
        Ok(end.timestamp().to_string())
    }
}

/// Makes a secret of an application or a service principal, and answers with its text.
async fn add_password(
    session: &Session,
    graph: &Arm,
    path: &str,
    name: Option<&str>,
    lifetime: &Lifetime,
) -> Result<String, Failure> {
    let end = lifetime.end(session.surroundings.now)?;
    let wanted = json!({"passwordCredential": {"displayName": name, "endDateTime": end}});
    let made = graph::post(graph, &format!("{path}/addPassword"), &wanted).await?;
    match made["secretText"].as_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(Failure::new(
            "The directory made a secret and did not say what it is",
        )),
    }
}

/// Takes the secrets away that something has.
async fn remove_passwords(graph: &Arm, path: &str, object: &Value) -> Result<(), Failure> {
    for known in object["passwordCredentials"].as_array().into_iter().flatten() {
        let body = json!({"keyId": cell(&known["keyId"])});
        graph::post(graph, &format!("{path}/removePassword"), &body).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_ends_years_from_now_or_when_it_is_said() {
        let now: Timestamp = "2028-02-29T10:00:00Z".parse().expect("a time");
        let end = |years: u8, date: Option<&str>| {
            let lifetime = Lifetime {
                years,
                end_date: date.map(Into::into),
            };
            lifetime.end(now).unwrap_or_else(|failure| failure.message)
        };
        assert_eq!(end(1, None), "2029-02-28T10:00:00Z");
        assert_eq!(end(1, Some("2027-01-31")), "2027-01-31T00:00:00Z");
        assert_eq!(
            end(1, Some("soon")),
            "--end-date soon is not a time: it needs the form 2027-01-31T00:00:00Z"
        );
    }
}
