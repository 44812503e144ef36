//! Templates in, plans and complaints out: told as text that a person can check.

mod faults;
mod nested;
mod plans;
mod properties;
mod reading;
mod speed;

use crate::{
    Deployer, Facts, Known, Mode, Plan, Planned, Resolved, ResourceGroup, Scope, Subscription, evaluate, read,
};
use serde_json::{Map, Value, json};
use std::fmt::Write;

pub(crate) const SUBSCRIPTION: &str = "11111111-1111-1111-1111-111111111111";

/// A deployment called `main` into the group `rg` in East US.
pub(crate) fn known() -> Known {
    Known {
        subscription: Subscription {
            id: SUBSCRIPTION.to_owned(),
            display_name: "Main".to_owned(),
            tenant_id: "22222222-2222-2222-2222-222222222222".to_owned(),
        },
        resource_group: Some(ResourceGroup {
            name: "rg".to_owned(),
            location: "eastus".to_owned(),
            tags: Map::from_iter([("team".to_owned(), json!("blue"))]),
        }),
        deployment: "main".to_owned(),
        location: None,
        mode: Mode::Incremental,
        environment: json!({"name": "AzureCloud"}),
        now: "2026-11-21T10:00:00Z".parse().expect("an instant"),
        deployer: Deployer::default(),
        seed: "seed".to_owned(),
    }
}

/// A template around sections, such as `"resources": []`; `$schema` and `contentVersion` are given.
pub(crate) fn template(sections: &str) -> String {
    format!("{{\"$schema\": \"s\", \"contentVersion\": \"1.0.0.0\",\n{sections}}}")
}

/// What a template comes to.
pub(crate) fn planned(text: &str, parameters: &Value) -> (Plan, Vec<crate::Complaint>) {
    let node = read(text).unwrap_or_else(|complaint| panic!("{complaint}"));
    evaluate(&node, parameters, &known())
}

/// Plan and complaints as text.
pub(crate) fn told(text: &str, parameters: Value) -> String {
    let (plan, complaints) = planned(text, &parameters);
    let mut told = String::new();
    show(&plan, &mut told);
    for complaint in complaints {
        let _ = writeln!(told, "! {complaint}");
    }
    told.replace(SUBSCRIPTION, "SUB")
}

fn show(plan: &Plan, to: &mut String) {
    for parameter in &plan.parameters {
        let value = parameter.value.as_ref().map_or("-".to_owned(), Value::to_string);
        let _ = writeln!(
            to,
            "parameter {}: {} = {value}",
            parameter.name,
            parameter.kind.shown()
        );
    }
    for (at, planned) in plan.resources.iter().enumerate() {
        show_resource(at, planned, to);
        if planned.skipped || planned.existing {
            continue;
        }
        let _ = writeln!(to, "     {}", resolved(&plan.resolve(at, &Facts::new())));
    }
    match plan.outputs(&Facts::new()) {
        Resolved::Ready(Value::Object(outputs)) => {
            for (name, output) in outputs {
                let _ = writeln!(to, "output {name}: {output}");
            }
        }
        other => {
            let _ = writeln!(to, "outputs {}", resolved(&other));
        }
    }
}

fn show_resource(at: usize, planned: &Planned, to: &mut String) {
    let symbol = planned
        .symbol
        .as_ref()
        .map_or(String::new(), |symbol| format!("{symbol}: "));
    let _ = write!(to, "{at:>3}. {symbol}{} @{}", planned.id, planned.api_version);
    if planned.skipped {
        to.push_str(" skipped");
    }
    if planned.existing {
        to.push_str(" existing");
    }
    if let Some(round) = &planned.round {
        let _ = write!(to, " {}[{}] batch {}", round.name, round.index, round.batch);
    }
    if !planned.depends_on.is_empty() {
        let _ = write!(to, " after {:?}", planned.depends_on);
    }
    if planned.scope != known().scope() {
        match &planned.scope {
            Scope::Tenant => to.push_str(" in the tenant"),
            scope => {
                let _ = write!(to, " in {}", scope.id());
            }
        }
    }
    to.push('\n');
}

pub(crate) fn resolved(resolved: &Resolved) -> String {
    match resolved {
        Resolved::Ready(value) => value.to_string(),
        Resolved::Failed(complaint) => format!("! {complaint}"),
        Resolved::Needs(needs) => {
            let needs: Vec<String> = needs.iter().map(|need| format!("{need:?}")).collect();
            format!("needs {}", needs.join(", "))
        }
    }
}
