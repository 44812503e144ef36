//! Forecasts through an endpoint.

use crate::platform::{Platform, Reply, SERIES_MODEL};
use cupola_store::bindings::Backend;
use serde_json::{Value, json};

async fn future() -> Platform {
    let platform = Platform::start().await;
    platform.bind_model(SERIES_MODEL, Backend::Forecaster).await;
    platform.endpoint_of("future", SERIES_MODEL).await;
    platform
}

async fn ask(platform: &Platform, route: &str, body: &Value) -> Reply {
    let key = [("authorization", "Bearer primary-key")];
    let target = format!("/endpoints/eastus2/future/{route}");
    platform.send("POST", &target, &key, body.to_string()).await
}

fn weeks() -> Value {
    let values: Vec<f64> = (0..56).map(|day| 10.0 + f64::from(day % 7)).collect();
    json!({
        "series": { "y": values, "sizes": [56], "X": null, "X_future": null, "start_datetime": ["2020-01-13"] },
        "model": "azureai", "h": 7, "freq": "D", "clean_ex_first": true, "level": [80], "finetune_steps": 0
    })
}

#[tokio::test]
async fn a_weekly_series_goes_on_and_every_number_is_charged() {
    let platform = future().await;
    let reply = ask(&platform, "v2/forecast", &weeks()).await.expect(200);
    let answer = reply.json();
    let mean: Vec<f64> = answer["mean"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.as_f64().unwrap())
        .collect();
    for (day, value) in mean.iter().enumerate() {
        assert!((value - (10.0 + day as f64)).abs() < 0.5, "{mean:?}");
    }
    assert!(answer["intervals"]["lo-80"].is_array() && answer["weights_x"].is_null());
    let (input, output) = (
        answer["input_tokens"].as_u64().unwrap(),
        answer["output_tokens"].as_u64().unwrap(),
    );
    assert_eq!((input, mean.len()), (56, 7));
    assert_eq!(platform.billed().await, [input, 0, output, 0, 1]);
    assert!(reply.number("x-ratelimit-remaining-requests") >= 0);
}

#[tokio::test]
async fn what_cannot_be_forecast_costs_nothing() {
    let platform = future().await;
    let mut wrong = weeks();
    wrong["freq"] = json!("parsec");
    let refused = ask(&platform, "v2/forecast", &wrong).await.expect(422);
    assert!(refused.text.contains("freq"), "{}", refused.text);
    ask(&platform, "v2/forecast", &json!([])).await.expect(400);
    ask(&platform, "chat/completions", &weeks()).await.expect(404);
    let key = [("api-key", "primary-key")];
    let target = "/endpoints/eastus2/future/model_params?model=azureai&freq=D";
    let parameters = platform
        .send("GET", target, &key, String::new())
        .await
        .expect(200)
        .json();
    assert!(parameters["detail"]["horizon"].as_u64().unwrap() > 0);
    let packed = [("api-key", "primary-key"), ("content-encoding", "gzip")];
    let target = "/endpoints/eastus2/future/v2/forecast";
    platform
        .send("POST", target, &packed, "x".into())
        .await
        .expect(415);
    assert_eq!(platform.billed().await, [0; 5]);
}
