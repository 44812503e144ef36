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

/// Runs on a thread with the stack that workers of the server have.
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(run)
        .expect("a thread");
    thread.join().expect("no overflow");
}

#[test]
fn depth_upon_depth_fits_the_stack() {
    on_a_small_stack(|| {
        // Variables with computed names, each at the bottom of deep JSON and of a deep expression, functions too.
        let deep = |inner: &str| {
            let calls = format!("{}{inner}{}", "string(".repeat(60), ")".repeat(60));
            format!("{}\"[{calls}]\"{}", "[".repeat(110), "]".repeat(110))
        };
        let variables: Vec<String> = (0..40)
            .map(|at| {
                format!(
                    "v{at}: {}",
                    deep(&format!("variables(concat('v', '{}'))", at + 1))
                )
            })
            .collect();
        let text = template(&format!(
            "functions: [{{namespace: \"f\", members: {{g: {{parameters: [], output: {{type: \"array\", value: {}}}}}}}}}],
             variables: {{{}, w: \"[f.g()]\"}}, resources: []",
            deep("f.g()"),
            variables.join(",")
        ));
        let (_, complaints) = planned(&text, &Value::Null);
        assert!(!complaints.is_empty());
    });
}

#[test]
fn depth_of_resources_fits_the_stack() {
    on_a_small_stack(|| {
        let depth = 60;
        let text = format!(
            "{}{}",
            "{type: \"N.X/a\", apiVersion: \"1\", name: \"a\", resources: [".repeat(depth),
            "]}".repeat(depth)
        );
        let (plan, _) = planned(&template(&format!("resources: [{text}]")), &Value::Null);
        assert!(plan.resources.len() <= depth);
    });
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
