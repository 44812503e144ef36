//! Metrics, costs and recent requests, through the routes.

use super::authorization::holder;
use super::platform::Platform;
use cupola_core::usage::{Meter, Usage};
use cupola_store::{PriceList, RefusedRequest, UsageRecord};
use serde_json::{Value, json};
use std::sync::Arc;

const MODEL: &str = "azureml://registries/cupola/models/tiny-chat";
const METRICS: &str = "providers/Microsoft.Insights/metrics?api-version=2023-10-01";
const QUERY: &str = "providers/Microsoft.CostManagement/query?api-version=2023-11-01";

fn record(platform: &Platform, id: &str, at: &str, endpoint: &str, credential: &str) -> UsageRecord {
    UsageRecord {
        id: id.into(),
        at: at.parse().expect("a time"),
        subscription: platform.report.subscription_id.to_ascii_lowercase().into(),
        endpoint: platform.endpoint(endpoint).into(),
        model: MODEL.into(),
        deployment: None,
        operation: "chat",
        credential: credential.into(),
        usage: Usage::from_totals(100, 40, 20, 5),
        outcome: "complete",
        status: 200,
        took_us: Some(250_000),
        first_token_us: Some(50_000),
        prices: Arc::new(PriceList::of(
            "USD",
            &[(Meter::PromptTokens, 150_000), (Meter::CompletionTokens, 600_000)],
        )),
    }
}

/// Three requests on two days, by both keys; one of another endpoint; two that were refused.
async fn used() -> Platform {
    let platform = Platform::start().await;
    let ledger = platform.store.ledger();
    for (id, at, endpoint, credential) in [
        ("1", "2026-01-05T08:00:00Z", "hello", "primary"),
        ("2", "2026-01-05T08:00:30Z", "hello", "secondary"),
        ("3", "2026-01-06T23:59:59Z", "hello", "primary"),
        ("4", "2026-01-06T09:00:00Z", "other", "a-principal"),
    ] {
        let record = record(&platform, id, at, endpoint, credential);
        ledger.record(record).await.expect("recorded");
    }
    for (at, status) in [("2026-01-05T08:20:00Z", 429), ("2026-01-05T08:40:00Z", 503)] {
        let like = record(&platform, "", at, "hello", "primary");
        ledger.refuse(RefusedRequest {
            at: like.at,
            subscription: like.subscription,
            endpoint: like.endpoint,
            model: like.model,
            deployment: None,
            operation: "chat",
            credential: like.credential,
            prices: like.prices,
            status,
        });
    }
    platform
}

fn data(body: &Value, metric: usize) -> &Vec<Value> {
    let data = &body["value"][metric]["timeseries"][0]["data"];
    data.as_array().unwrap_or_else(|| panic!("no data in {body}"))
}

fn total(body: &Value, metric: usize) -> f64 {
    let points = data(body, metric).iter();
    points.map(|point| point["total"].as_f64().unwrap_or(0.0)).sum()
}

#[tokio::test]
async fn metrics_have_the_shape_of_the_monitor_and_count_what_was_refused() {
    let platform = used().await;
    let admin = platform.admin().await;
    let endpoint = platform.endpoint("hello");
    let names =
        "Requests,Errors,ThrottledRequests,PromptTokens,CachedPromptTokens,CompletionTokens,TotalTokens";
    let span = "timespan=2026-01-05T00:00:00Z/2026-01-07T00:00:00Z";
    let seen = admin
        .get(&format!(
            "{endpoint}/{METRICS}&metricnames={names}&{span}&interval=PT1H"
        ))
        .await
        .is(200);
    let sums: Vec<f64> = (0..7).map(|metric| total(&seen.body, metric)).collect();
    assert_eq!(sums, [5.0, 2.0, 1.0, 300.0, 120.0, 60.0, 360.0]);
    assert_eq!(data(&seen.body, 0).len(), 48);
    assert_eq!(
        data(&seen.body, 0)[8],
        json!({"timeStamp": "2026-01-05T08:00:00Z", "total": 4})
    );
    assert_eq!(
        (&seen.body["interval"], &seen.body["timespan"]),
        (
            &json!("PT1H"),
            &json!("2026-01-05T00:00:00Z/2026-01-07T00:00:00Z")
        )
    );
    assert_eq!(seen.body["value"][0]["name"]["value"], "Requests");
    assert_eq!(seen.body["value"][0]["type"], "Microsoft.Insights/metrics");

    let seen = admin
        .get(&format!(
            "{endpoint}/{METRICS}&metricnames=Latency,TimeToFirstToken,Cost&{span}&interval=P1D&aggregation=average,maximum,p95,count,total"
        ))
        .await
        .is(200);
    let first = &data(&seen.body, 0)[0];
    assert_eq!(
        (&first["average"], &first["maximum"], &first["count"]),
        (&json!(250.0), &json!(250.0), &json!(2))
    );
    let percentile = first["p95"].as_f64().expect("a number");
    assert!((170.0..=250.0).contains(&percentile), "{percentile}");
    assert_eq!(data(&seen.body, 1)[0]["maximum"], 50.0);
    // 60 prompt tokens that were computed at 0.15, 15 generated ones at 0.60 for a million, twice.
    assert_eq!(data(&seen.body, 2)[0]["total"], 0.000_036);
    assert_eq!(
        seen.body["value"][2]["timeseries"][0]["metadatavalues"],
        json!([{"name": {"value": "currency", "localizedValue": "currency"}, "value": "USD"}])
    );
}

#[tokio::test]
async fn series_are_told_apart_by_what_the_filter_names() {
    let platform = used().await;
    let admin = platform.admin().await;
    let group = platform.group();
    let span = "timespan=2026-01-05T00:00:00Z/2026-01-07T00:00:00Z&interval=FULL";
    let ask = async |filter: &str| {
        let path = format!("{group}/{METRICS}&metricnames=Requests&{span}&$filter={filter}");
        let seen = admin.get(&path).await.is(200);
        let series = seen.body["value"][0]["timeseries"].as_array().expect("series");
        series
            .iter()
            .map(|series| {
                let values = series["metadatavalues"].as_array().expect("values").iter();
                let values: Vec<&str> = values
                    .map(|value| value["value"].as_str().unwrap_or_default())
                    .collect();
                format!("{} {}", values.join(" "), series["data"][0]["total"])
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        ask("StatusCodeClass%20eq%20'*'").await,
        ["2xx 4", "4xx 1", "5xx 1"]
    );
    assert_eq!(
        ask("Endpoint%20eq%20'HELLO'%20and%20Key%20eq%20'*'").await,
        ["hello primary 4", "hello secondary 1"]
    );
    assert_eq!(
        ask("Principal%20eq%20'a-principal'%20and%20Model%20eq%20'*'").await,
        ["a-principal tiny-chat 1"]
    );
    let path = format!("{group}/{METRICS}&$filter=Colour%20eq%20'*'");
    assert_eq!(admin.get(&path).await.summary(), "400 InvalidRequestContent");
}

#[tokio::test]
async fn definitions_and_namespaces_say_what_can_be_asked() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let endpoint = platform.endpoint("hello");
    let path = format!("{endpoint}/providers/Microsoft.Insights/metricDefinitions?api-version=2018-01-01");
    let seen = admin.get(&path).await.is(200);
    let latency = seen.body["value"]
        .as_array()
        .expect("definitions")
        .iter()
        .find(|definition| definition["name"]["value"] == "Latency")
        .expect("latency");
    assert_eq!(
        (&latency["unit"], &latency["primaryAggregationType"]),
        (&json!("MilliSeconds"), &json!("Average"))
    );
    let path =
        format!("{endpoint}/providers/Microsoft.Insights/metricNamespaces?api-version=2017-12-01-preview");
    let seen = admin.get(&path).await.is(200);
    assert_eq!(
        seen.body["value"][0]["properties"]["metricNamespaceName"],
        "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints"
    );
    let vault = format!("{}/providers/Microsoft.KeyVault/vaults/v", platform.group());
    let refused = admin.get(&format!("{vault}/{METRICS}")).await;
    assert_eq!(refused.summary(), "400 InvalidRequestContent");
}

fn body(granularity: &str, grouping: &[&str], filter: Value) -> Value {
    json!({
        "type": "ActualCost",
        "timeframe": "Custom",
        "timePeriod": {"from": "2026-01-05T00:00:00Z", "to": "2026-01-06T00:00:00Z"},
        "dataset": {
            "granularity": granularity,
            "aggregation": {
                "totalCost": {"name": "Cost", "function": "Sum"},
                "quantity": {"name": "UsageQuantity", "function": "Sum"},
            },
            "grouping": grouping.iter().map(|name| json!({"type": "Dimension", "name": name})).collect::<Vec<_>>(),
            "filter": filter,
        },
    })
}

#[tokio::test]
async fn costs_are_grouped_and_filtered() {
    let platform = used().await;
    let admin = platform.admin().await;
    let path = format!("{}/{QUERY}", platform.subscription());
    let seen = admin
        .post(&path, body("None", &["Endpoint", "Meter"], Value::Null))
        .await
        .is(200);
    let properties = &seen.body["properties"];
    let columns: Vec<&str> = properties["columns"]
        .as_array()
        .expect("columns")
        .iter()
        .filter_map(|column| column["name"].as_str())
        .collect();
    assert_eq!(
        columns,
        ["Cost", "UsageQuantity", "Endpoint", "Meter", "Currency"]
    );
    let rows = properties["rows"].as_array().expect("rows");
    assert!(
        rows.contains(&json!([0.000_027, 180, "hello", "prompt_tokens", "USD"])),
        "{rows:?}"
    );
    assert!(
        rows.contains(&json!([0.0, 3, "hello", "requests", "USD"])),
        "{rows:?}"
    );
    assert!(
        rows.contains(&json!([0.000_009, 15, "other", "completion_tokens", "USD"])),
        "{rows:?}"
    );

    let of_requests = json!({"and": [
        {"dimensions": {"name": "Meter", "operator": "In", "values": ["requests"]}},
        {"dimensions": {"name": "Endpoint", "operator": "In", "values": ["hello"]}},
    ]});
    let seen = admin
        .post(&path, body("Daily", &["Key"], of_requests.clone()))
        .await
        .is(200);
    assert_eq!(
        seen.body["properties"]["rows"],
        json!([
            [0.0, 1, 20_260_105, "primary", "USD"],
            [0.0, 1, 20_260_105, "secondary", "USD"],
            [0.0, 1, 20_260_106, "primary", "USD"],
        ])
    );
    let hours = admin.post(&path, body("Hourly", &[], of_requests)).await.is(200);
    assert_eq!(
        hours.body["properties"]["rows"],
        json!([[0.0, 2, "2026-01-05T08:00:00Z", "USD"]]),
        "hours end where they are said to"
    );
    let project = platform.endpoint("other");
    let narrow = admin
        .post(
            &format!("{project}/{QUERY}"),
            body("None", &["ResourceId"], Value::Null),
        )
        .await
        .is(200);
    assert_eq!(
        narrow.body["properties"]["rows"].as_array().map(Vec::len),
        Some(1)
    );
}

#[tokio::test]
async fn a_lock_against_changes_forbids_no_question_about_costs() {
    let platform = used().await;
    let admin = platform.admin().await;
    let lock = format!(
        "{}/providers/Microsoft.Authorization/locks/still",
        platform.group()
    );
    let level = json!({"properties": {"level": "ReadOnly"}});
    admin
        .put(&format!("{lock}?api-version=2020-05-01"), level)
        .await
        .is(201);
    let path = format!("{}/{QUERY}", platform.group());
    admin.post(&path, body("None", &[], Value::Null)).await.is(200);
}

#[tokio::test]
async fn costs_come_as_text_too() {
    let platform = used().await;
    let admin = platform.admin().await;
    let path = format!("{}/{QUERY}", platform.subscription());
    let query = body("Daily", &["Endpoint"], Value::Null).to_string();
    let seen = admin
        .send("POST", &path, Some(query), &[("accept", "text/csv")])
        .await;
    assert_eq!(seen.status, 200);
    assert_eq!(
        seen.text,
        "Cost,UsageQuantity,UsageDate,Endpoint,Currency\r\n\
         0.000036,242,20260105,hello,USD\r\n\
         0.000018,121,20260106,hello,USD\r\n\
         0.000018,121,20260106,other,USD\r\n"
    );
}

#[tokio::test]
async fn usage_is_summed_by_what_somebody_names() {
    let platform = used().await;
    let admin = platform.admin().await;
    let path = format!(
        "{}/providers/Cupola.Billing/usage?api-version=2026-11-01",
        platform.subscription()
    );
    let days = admin.get(&format!("{path}&by=endpoint,day")).await.is(200);
    assert_eq!(
        days.body["value"],
        json!([
            {"endpoint": "hello", "day": "2026-01-05", "requests": 2, "tokens": 240, "cost": "0.000036", "currency": "USD"},
            {"endpoint": "hello", "day": "2026-01-06", "requests": 1, "tokens": 120, "cost": "0.000018", "currency": "USD"},
            {"endpoint": "other", "day": "2026-01-06", "requests": 1, "tokens": 120, "cost": "0.000018", "currency": "USD"},
        ])
    );
    let meters = admin
        .get(&format!(
            "{path}&by=meter,key&to=2026-01-05T08:00:30Z&endpoint=HELLO"
        ))
        .await
        .is(200);
    assert_eq!(
        meters.body["value"][1],
        json!({"meter": "completion_tokens", "unit": "token", "key": "primary", "quantity": 15, "cost": "0.000009", "currency": "USD"})
    );
    let other = admin.get(&format!("{path}&by=hour&endpoint=other")).await.is(200);
    assert_eq!(
        other.body["value"],
        json!([{"hour": "2026-01-06T09:00:00Z", "requests": 1, "tokens": 120, "cost": "0.000018", "currency": "USD"}])
    );
    let wrong = admin.get(&format!("{path}&by=colour")).await;
    assert_eq!(wrong.summary(), "400 InvalidRequestContent");
}

#[tokio::test]
async fn the_newest_requests_come_in_pages() {
    let platform = used().await;
    let admin = platform.admin().await;
    let path = format!(
        "{}/providers/Cupola.Billing/requests?api-version=2026-11-01&$top=2",
        platform.endpoint("hello")
    );
    let first = admin.get(&path).await.is(200);
    let ids = |body: &Value| -> Vec<String> {
        let items = body["value"].as_array().expect("items").iter();
        items
            .map(|item| item["id"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    assert_eq!(ids(&first.body), ["3", "2"]);
    assert_eq!(
        first.body["value"][1],
        json!({
            "id": "2", "time": "2026-01-05T08:00:30.0000000Z", "operation": "chat", "deployment": null, "model": "tiny-chat",
            "credential": "secondary", "status": 200, "outcome": "complete",
            "usage": {"prompt_tokens": 60, "cached_prompt_tokens": 40, "completion_tokens": 15, "reasoning_tokens": 5},
            "totalTokens": 120, "cost": "0.000018", "currency": "USD", "durationMs": 250.0, "timeToFirstTokenMs": 50.0,
            "x-ms-request-id": "2",
        })
    );
    let link = first.body["nextLink"].as_str().expect("a link");
    let next = link.split_once("/subscriptions").expect("of this server").1;
    let second = admin.get(&format!("/subscriptions{next}")).await.is(200);
    assert_eq!(ids(&second.body), ["1"]);
    assert_eq!(second.body.get("nextLink"), None);
    let until = admin.get(&format!("{path}&to=2026-01-06")).await.is(200);
    assert_eq!(ids(&until.body), ["2", "1"]);
    let workspace = format!(
        "{}/providers/Cupola.Billing/requests?api-version=2026-11-01",
        platform.group()
    );
    assert_eq!(admin.get(&workspace).await.summary(), "400 InvalidRequestContent");
}

#[tokio::test]
async fn each_of_them_is_read_with_its_own_right_at_the_scope() {
    let platform = used().await;
    let endpoint = platform.endpoint("hello");
    let group = platform.group();
    let reader = holder(&platform, &["Microsoft.Insights/metrics/read"], &group).await;
    reader.get(&format!("{endpoint}/{METRICS}")).await.is(200);
    let above = reader
        .get(&format!("{}/{METRICS}", platform.subscription()))
        .await;
    assert_eq!(above.summary(), "403 AuthorizationFailed");
    let costs = reader
        .post(&format!("{group}/{QUERY}"), body("None", &[], Value::Null))
        .await;
    assert_eq!(costs.summary(), "403 AuthorizationFailed");
    let requests = reader
        .get(&format!(
            "{endpoint}/providers/Cupola.Billing/requests?api-version=2026-11-01"
        ))
        .await;
    assert_eq!(requests.summary(), "403 AuthorizationFailed");
}
