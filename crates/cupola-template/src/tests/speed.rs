//! Bounds on the work: counted where time would not be a test.

use super::{planned, template};
use crate::{Facts, Resolved};
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn three_hundred_endpoints_are_planned_quickly() {
    let text = template(
        r#"parameters: {project: {type: "string", defaultValue: "p"}}, variables: {model: "azureml://x"},
        resources: [
            {type: "N.X/workspaces", apiVersion: "1", name: "[parameters('project')]", location: "eastus", properties: {}},
            {type: "N.X/workspaces/endpoints", apiVersion: "1", copy: {name: "all", count: 300},
             name: "[format('{0}/e-{1}', parameters('project'), copyIndex())]", location: "[resourceGroup().location]",
             dependsOn: ["[resourceId('N.X/workspaces', parameters('project'))]"],
             properties: {model: "[variables('model')]", uri: "[reference(parameters('project')).uri]", tags: {a: "[concat('x', copyIndex())]"}}}
        ]"#,
    );
    let watch = Watch::start();
    let (plan, complaints) = planned(&text, &Value::Null);
    assert_eq!(complaints, []);
    assert_eq!(plan.resources.len(), 301);
    assert_eq!(plan.resources[300].depends_on, [0]);
    let mut facts = Facts::new();
    facts.learn_resource(&plan.resources[0].id, json!({"properties": {"uri": "u"}}));
    for at in 0..plan.resources.len() {
        assert!(matches!(plan.resolve(at, &facts), Resolved::Ready(_)));
    }
    // Some ten milliseconds with optimisation; the bound leaves room for a busy machine without.
    let taken = watch.taken();
    assert!(taken < Duration::from_secs(2), "{taken:?}");
}

#[expect(clippy::disallowed_methods, reason = "a test of speed measures")]
mod watch {
    use std::time::{Duration, Instant};

    pub(super) struct Watch(Instant);

    impl Watch {
        pub(super) fn start() -> Self {
            Self(Instant::now())
        }

        pub(super) fn taken(&self) -> Duration {
            self.0.elapsed()
        }
    }
}
use watch::Watch;
