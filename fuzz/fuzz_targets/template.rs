//! Templates from strangers: whatever the bytes, there is a plan and complaints, in bounded time and memory. What is read
//! must read the same again once it is written as strict JSON.
#![no_main]

use cupola_core::Timestamp;
use cupola_template::{Deployer, Facts, Known, Mode, Need, ResourceGroup, Resolved, Subscription, evaluate, read};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};

fn known() -> Known {
    Known {
        subscription: Subscription {
            id: "00000000-0000-0000-0000-000000000001".into(),
            display_name: "Fuzz".into(),
            tenant_id: "00000000-0000-0000-0000-000000000002".into(),
        },
        resource_group: Some(ResourceGroup { name: "g".into(), location: "eastus2".into(), tags: Map::new() }),
        deployment: "d".into(),
        location: None,
        mode: Mode::Incremental,
        environment: json!({"name": "Cupola"}),
        now: Timestamp::UNIX_EPOCH,
        deployer: Deployer::default(),
        seed: "seed".into(),
    }
}

// The executor's part: it learns what is asked for, a bounded number of times.
fn settle(mut attempt: impl FnMut(&Facts) -> Resolved) {
    let mut facts = Facts::new();
    for _ in 0..4 {
        let Resolved::Needs(needs) = attempt(&facts) else { return };
        for need in &needs {
            let answer = match need {
                Need::Reference { .. } => json!({"properties": {"a": [1, "x"]}, "location": "eastus2"}),
                Need::List { .. } => json!({"primaryKey": "k"}),
            };
            facts.learn(need, answer);
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(node) = read(text) else { return };
    let strict = node.to_value();
    let again = read(&strict.to_string()).expect("strict JSON is read");
    assert_eq!(again.to_value(), strict);
    let parameters = strict.get("fuzzParameters").cloned().unwrap_or_else(|| Value::Object(Map::new()));
    let (plan, complaints) = evaluate(&node, &parameters, &known());
    for complaint in &complaints {
        assert!(!complaint.message.is_empty());
    }
    for index in 0..plan.resources.len().min(50) {
        settle(|facts| plan.resolve(index, facts));
    }
    settle(|facts| plan.outputs(facts));
    let _ = (plan.shown_parameters(), plan.providers(), plan.dependencies());
});
