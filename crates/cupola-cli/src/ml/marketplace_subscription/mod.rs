//! `cupola ml marketplace-subscription`.

mod create;
mod delete;
mod list;
mod show;

use serde_json::{Value, json};

use super::{fields, snake, system_data};
use crate::arm::{Arm, version};
use crate::output::table::{Column, cell};
use crate::session::Place;
use crate::verbs::verbs;

verbs! {
    /// Accept the offer of a partner model.
    Create(create::Create),
    /// List the subscriptions of a workspace.
    List(list::List),
    /// Show a subscription and its plan.
    Show(show::Show),
    /// Delete a subscription; endpoints that need it stop answering.
    Delete(delete::Delete),
}

const LIST: &str = "cupola ml marketplace-subscription list -o table";

const COLUMNS: &[Column] = &[
    Column {
        title: "Name",
        read: |row| cell(&row["name"]),
    },
    Column {
        title: "Model",
        read: |row| cell(&row["model_id"]).replace("azureml://registries/", ""),
    },
    Column {
        title: "Offer",
        read: |row| cell(&row["marketplace_plan"]["offer_id"]),
    },
    Column {
        title: "Status",
        read: |row| titled(&row["status"]),
    },
    Column {
        title: "State",
        read: |row| titled(&row["provisioning_state"]),
    },
];

fn url(arm: &Arm, place: &Place, name: Option<&str>) -> String {
    arm.url(
        &place.child(arm, "marketplaceSubscriptions", name),
        version::MACHINE_LEARNING,
    )
}

/// A subscription as the SDK's `as_dict` gives it.
fn described(resource: &Value) -> Value {
    let properties = &resource["properties"];
    let state = |value: &Value| value.as_str().map_or(Value::Null, |text| json!(snake(text)));
    let plan = &properties["marketplacePlan"];
    fields([
        ("id", resource["id"].clone()),
        (
            "marketplace_plan",
            fields([
                ("offer_id", plan["offerId"].clone()),
                ("plan_id", plan["planId"].clone()),
                ("publisher_id", plan["publisherId"].clone()),
            ]),
        ),
        ("model_id", properties["modelId"].clone()),
        ("name", resource["name"].clone()),
        ("provisioning_state", state(&properties["provisioningState"])),
        ("status", state(&properties["marketplaceSubscriptionStatus"])),
        ("system_data", system_data(resource).unwrap_or_default()),
    ])
}

// `pending_fulfillment_start` for people: PendingFulfillmentStart.
fn titled(value: &Value) -> String {
    let words = cell(value);
    let title = |word: &str| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
            .unwrap_or_default()
    };
    words.split('_').map(title).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::paint::Paint;
    use crate::output::table::{Columns, render};

    #[test]
    fn a_subscription_in_both_forms() {
        let resource = json!({
            "id": "/s/cmd", "name": "cmd", "type": "x",
            "properties": {
                "modelId": "azureml://registries/azureml-cohere/models/Cohere-command-r-08-2024",
                "marketplacePlan": {"publisherId": "cohere", "offerId": "o", "planId": "p"},
                "marketplaceSubscriptionStatus": "PendingFulfillmentStart", "provisioningState": "Succeeded"
            }
        });
        let described = described(&resource);
        insta::assert_snapshot!(described.to_string(), @r#"{"id":"/s/cmd","marketplace_plan":{"offer_id":"o","plan_id":"p","publisher_id":"cohere"},"model_id":"azureml://registries/azureml-cohere/models/Cohere-command-r-08-2024","name":"cmd","provisioning_state":"succeeded","status":"pending_fulfillment_start"}"#);
        insta::assert_snapshot!(render(&described, &Columns::Chosen(COLUMNS), Paint::PLAIN), @r"
        Name    Model                                           Offer    Status                   State
        ------  ----------------------------------------------  -------  -----------------------  ---------
        cmd     azureml-cohere/models/Cohere-command-r-08-2024  o        PendingFulfillmentStart  Succeeded
        ");
    }
}
