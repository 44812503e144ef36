//! `POST /providers/Microsoft.Resources/calculateTemplateHash`: the hash that deployments of a template show.

use crate::answer;
use crate::dispatch::{Call, Caller, Reply};
use cupola_core::{Code, Problem};
use cupola_template::{Deployer, Known, Mode, Subscription};
use serde_json::{Value, json};

pub(super) async fn post(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    let wrong = |why: &str| Problem::new(Code::InvalidRequestContent, why.to_owned());
    let text = std::str::from_utf8(&call.body).map_err(|_| wrong("The request content is not UTF-8."))?;
    let template = cupola_template::read(text).map_err(|complaint| {
        wrong(&format!(
            "The template could not be read: '{}'.",
            complaint.message
        ))
    })?;
    if !template.is_object() {
        return Err(wrong("The request body must be a template, a JSON object."));
    }
    // The hash depends on the template alone; whatever else is wrong with it is no matter here.
    let (plan, _) = cupola_template::evaluate(&template, &json!({}), &nowhere(&call));
    let minified = template.to_value().to_string();
    Ok(answer::ok(
        &json!({"minifiedTemplate": minified, "templateHash": plan.template_hash}),
    ))
}

fn nowhere(call: &Call) -> Known {
    Known {
        subscription: Subscription {
            id: "00000000-0000-0000-0000-000000000000".to_owned(),
            display_name: String::new(),
            tenant_id: call.control.tenant().to_owned(),
        },
        resource_group: None,
        deployment: "hash".to_owned(),
        location: None,
        mode: Mode::Incremental,
        environment: Value::Null,
        now: call.now,
        deployer: Deployer::default(),
        seed: String::new(),
    }
}
