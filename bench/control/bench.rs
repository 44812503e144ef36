//! What the control plane costs, and whether the cost of one operation grows with the number of resources.
//!
//! Requests go through `Control::handle`, from the token to the JSON of the answer; the store is a real file with durable
//! commits. Each size is a store of its own; the baseline is the smallest size of the same run.

#[path = "platform.rs"]
mod platform;

use platform::Platform;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Options {
    sizes: Vec<usize>,
    requests: usize,
    endpoints: usize,
}

impl Options {
    fn read(words: &[String]) -> Self {
        let value = |name: &str| {
            let at = words.iter().position(|word| word == name)?;
            words.get(at + 1).cloned()
        };
        let number = |name: &str, otherwise: usize| {
            value(name).map_or(otherwise, |text| text.parse().expect("a number"))
        };
        Self {
            sizes: value("--sizes")
                .unwrap_or_else(|| "100,10000,100000".to_owned())
                .split(',')
                .map(|size| size.parse().expect("a number of resources"))
                .collect(),
            requests: number("--requests", 1000),
            endpoints: number("--endpoints", 300),
        }
    }
}

/// How long each of many requests took.
struct Times(Vec<Duration>);

impl Times {
    fn percentile(&self, part: f64) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        sorted[((sorted.len() - 1) as f64 * part) as usize]
    }

    fn per_second(&self) -> f64 {
        self.0.len() as f64 / self.0.iter().sum::<Duration>().as_secs_f64()
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let options = Options::read(&std::env::args().skip(1).collect::<Vec<_>>());
    println!(
        "{:<10}{:<28}{:>9}{:>10}{:>10}{:>14}",
        "resources", "operation", "req/s", "p50 us", "p99 us", "p50 / smallest"
    );
    let mut smallest: Vec<(&'static str, Duration)> = Vec::new();
    for size in &options.sizes {
        let platform = Platform::start().await;
        platform.fill(*size).await;
        for (name, times) in operations(&platform, *size, options.requests).await {
            let middle = times.percentile(0.5);
            let base = match smallest.iter().find(|(known, _)| *known == name) {
                Some((_, base)) => *base,
                None => {
                    smallest.push((name, middle));
                    middle
                }
            };
            println!(
                "{size:<10}{name:<28}{:>9.0}{:>10}{:>10}{:>14.2}",
                times.per_second(),
                middle.as_micros(),
                times.percentile(0.99).as_micros(),
                middle.as_secs_f64() / base.as_secs_f64(),
            );
        }
    }
    template(options.endpoints).await;
}

async fn operations(platform: &Platform, size: usize, requests: usize) -> Vec<(&'static str, Times)> {
    let workspace = platform.workspace();
    let endpoint = |at: usize| format!("{workspace}/serverlessEndpoints/filled-{at:06}");
    // A stride that visits everything, so that neither cache sees the same page again and again.
    let spread = |at: usize| (at * 7919) % size;
    let group = platform.group();
    let put = json!({
        "location": "eastus2", "sku": {"name": "Consumption"},
        "properties": {"modelSettings": {"modelId": platform::MODEL}},
    });
    let tags = json!({"tags": {"changed": "yes"}});
    vec![
        (
            "read an endpoint",
            platform
                .timed(requests, |at| ("GET", endpoint(spread(at)), None))
                .await,
        ),
        (
            "keys of an endpoint",
            platform
                .timed(requests, |at| {
                    ("POST", format!("{}/listKeys", endpoint(spread(at))), None)
                })
                .await,
        ),
        (
            "tags of an endpoint",
            platform
                .timed(requests, |at| ("PATCH", endpoint(spread(at)), Some(tags.clone())))
                .await,
        ),
        (
            "create an endpoint",
            platform
                .timed(requests, |at| {
                    (
                        "PUT",
                        format!("{workspace}/serverlessEndpoints/new-{at}"),
                        Some(put.clone()),
                    )
                })
                .await,
        ),
        (
            "a page of endpoints",
            platform
                .timed(requests / 10 + 1, |_| {
                    ("GET", format!("{workspace}/serverlessEndpoints"), None)
                })
                .await,
        ),
        (
            "a page of the group",
            platform
                .timed(requests / 10 + 1, |_| {
                    ("GET", format!("{group}/resources?$top=100"), None)
                })
                .await,
        ),
        (
            "delete an endpoint",
            platform
                .timed(requests, |at| {
                    (
                        "DELETE",
                        format!("{workspace}/serverlessEndpoints/new-{at}"),
                        None,
                    )
                })
                .await,
        ),
    ]
}

/// A template of many endpoints, deployed to its end, and what-if on the same.
async fn template(endpoints: usize) {
    let platform = Platform::start().await;
    let jobs = platform.run_jobs();
    let deployment = format!(
        "{}/providers/Microsoft.Resources/deployments/many",
        platform.group()
    );
    let body = json!({"properties": {"mode": "Incremental", "template": many(endpoints)}});
    for (what, limit) in [("deploy", "limit 5.0"), ("deploy again", "limit 5.0")] {
        let begun = Instant::now();
        let answer = platform.send("PUT", &deployment, Some(&body)).await;
        assert!(answer.status.is_success(), "{}", answer.text);
        let state = platform.until_done(&deployment).await;
        let took = begun.elapsed().as_secs_f64();
        println!("{what}: a template of {endpoints} endpoints  {took:.2} s  {limit}  {state}");
    }
    let begun = Instant::now();
    let changes = platform.what_if(&deployment, &body).await;
    println!(
        "what-if on the same  {:.2} s  {changes} changes",
        begun.elapsed().as_secs_f64()
    );
    jobs.abort();
}

fn many(endpoints: usize) -> Value {
    json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": [{
            "type": "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints",
            "apiVersion": "2024-10-01",
            "name": "[format('hello-project/many-{0}', copyIndex())]",
            "location": "[resourceGroup().location]",
            "copy": {"name": "endpoints", "count": endpoints},
            "sku": {"name": "Consumption"},
            "properties": {"modelSettings": {"modelId": platform::MODEL}},
        }],
    })
}
