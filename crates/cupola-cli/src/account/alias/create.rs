//! `create`: a subscription.

use clap::{Args, ValueEnum};
use http::Method;
use serde_json::{Map, Value, json};

use super::{COLUMNS, url};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola account create -n team-blue --display-name \"Team Blue\" --billing-country DE\n  \
    cupola account alias create -n team-blue --subscription-id SUB")]
pub struct Create {
    /// Name of the alias.
    #[arg(short = 'n', long, visible_alias = "alias-name")]
    name: String,
    /// Name of the subscription, for people.
    #[arg(long)]
    display_name: Option<String>,
    /// Country of the bill, two letters; it decides which offers may be bought.
    #[arg(long, value_name = "COUNTRY")]
    billing_country: Option<String>,
    /// Billing account, where there is one.
    #[arg(long, value_name = "ID")]
    billing_scope: Option<String>,
    /// What the subscription is for.
    #[arg(long, value_enum, ignore_case = true, default_value = "Production")]
    workload: Workload,
    /// A subscription that is there already.
    #[arg(long, value_name = "ID")]
    subscription_id: Option<String>,
    /// Do not wait until it is there.
    #[arg(long)]
    no_wait: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
enum Workload {
    Production,
    DevTest,
}

impl Create {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let progress = session.progress(&format!("Creating the subscription '{}'", self.name));
        let url = url(&arm, &self.name);
        let begun = arm.begin(Method::PUT, &url, Some(&self.body())).await?;
        if self.no_wait {
            return Ok(Answer::Nothing);
        }
        let made = arm.finish(begun, &progress).await?.unwrap_or_default();
        drop(progress);
        if let Some(id) = made["properties"]["subscriptionId"].as_str() {
            session.suggest(&format!("cupola account set -s {id}"));
        }
        Ok(Answer::with_columns(made, COLUMNS))
    }

    fn body(&self) -> Value {
        let workload = match self.workload {
            Workload::Production => "Production",
            Workload::DevTest => "DevTest",
        };
        let fields = [
            ("workload", Some(workload)),
            ("displayName", self.display_name.as_deref()),
            ("billingScope", self.billing_scope.as_deref()),
            ("subscriptionId", self.subscription_id.as_deref()),
            ("billingCountry", self.billing_country.as_deref()),
        ];
        let fields = fields
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?))));
        json!({"properties": Map::from_iter(fields)})
    }
}
