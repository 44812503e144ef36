//! Requests of the forecasting client, from bytes to bytes.

use cupola_forecast::run;
use cupola_wire::timegen::{Invalid, Request, Route};
use proptest::prelude::*;
use serde_json::{Value, json};

fn ask(route: Route, body: &Value) -> Result<Value, Invalid> {
    let request = Request::read(route, body.to_string().as_bytes())?;
    let answer = run(&request)?;
    let bytes = answer.write("r-1");
    assert_eq!(
        bytes,
        run(&request)?.write("r-1"),
        "the same request gives the same bytes"
    );
    Ok(serde_json::from_slice(&bytes).expect("JSON"))
}

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .expect("an array")
        .iter()
        .map(|cell| cell.as_f64().expect("a number"))
        .collect()
}

fn season(at: usize) -> f64 {
    50.0 + 0.5 * at as f64 + 10.0 * (at as f64 * std::f64::consts::TAU / 7.0).sin()
}

fn panel(series: &[&[f64]]) -> Value {
    let y: Vec<f64> = series.concat();
    let sizes: Vec<usize> = series.iter().map(|one| one.len()).collect();
    json!({ "y": y, "sizes": sizes, "X": null, "X_future": null, "start_datetime": ["2020-01-13"] })
}

#[test]
fn the_published_request_has_the_keys_that_the_client_reads() {
    let body = json!({
        "model": "azureai", "freq": "D", "h": 3,
        "series": { "y": [5.0, 6.0, 0.0, 1.0], "sizes": [4], "X": null, "X_future": null, "start_datetime": ["2020-01-13"] },
        "clean_ex_first": true, "level": [80], "finetune_steps": 0, "finetune_depth": 1, "finetune_loss": "default",
        "finetuned_model_id": null, "feature_contributions": false, "multivariate": false
    });
    let bare = ask(Route::ForecastV2, &body).expect("an answer");
    assert_eq!(numbers(&bare["mean"]).len(), 3);
    assert_eq!(
        (&bare["weights_x"], &bare["feature_contributions"]),
        (&Value::Null, &Value::Null)
    );
    let (low, high) = (
        numbers(&bare["intervals"]["lo-80"]),
        numbers(&bare["intervals"]["hi-80"]),
    );
    assert!(low.iter().zip(&high).all(|(low, high)| low < high));
    assert_eq!(
        (
            &bare["input_tokens"],
            &bare["output_tokens"],
            &bare["finetune_tokens"]
        ),
        (&json!(4), &json!(9), &json!(0))
    );
    assert_eq!(ask(Route::ForecastV2, &json!({ "data": body })), Ok(bare));
}

#[test]
fn a_season_on_a_trend_is_forecast_far_better_than_by_the_last_value() {
    let values: Vec<f64> = (0..84).map(season).collect();
    let answer = ask(
        Route::ForecastV2,
        &json!({ "freq": "D", "h": 14, "level": [80, 95.5], "series": panel(&[&values, &values]) }),
    );
    let answer = answer.expect("an answer");
    let mean = numbers(&answer["mean"]);
    assert_eq!(mean.len(), 28);
    assert_eq!(mean[..14], mean[14..], "equal series have equal forecasts");
    let error = |forecast: &dyn Fn(usize) -> f64| {
        (0..14)
            .map(|step| (forecast(step) - season(84 + step)).abs())
            .sum::<f64>()
    };
    let (ours, naive) = (error(&|step| mean[step]), error(&|_| season(83)));
    assert!(ours * 10.0 < naive, "{ours} {naive}");
    assert!(answer["intervals"]["hi-95.5"].is_array());
}

#[test]
fn the_older_route_has_timestamps_and_a_frame() {
    let mut y = serde_json::Map::new();
    for at in 0..35 {
        if at != 20 {
            y.insert(
                format!("2016-{:02}-{:02}", 1 + at / 28, 1 + at % 28),
                json!(season(at)),
            );
        }
    }
    // February follows January after its 28th in this calendar only; days have to be days.
    let refused =
        ask(Route::Forecast, &json!({ "freq": "MS", "fh": 2, "y": y })).map_err(|invalid| invalid.message);
    assert!(refused.is_err_and(|message| message.contains("does not lie on the frequency")));
    let body = json!({ "freq": "D", "fh": 2, "y": { "2016-01-12": 8.13, "2016-01-13": 8.06, "2016-01-15": null }, "level": [90], "quantiles": [0.1] });
    let answer = ask(Route::Forecast, &body).expect("an answer");
    assert_eq!(
        (&answer["status"], &answer["requestID"]),
        (&json!(200), &json!("r-1"))
    );
    let data = &answer["data"];
    assert_eq!(
        data["timestamp"],
        json!(["2016-01-16 00:00:00", "2016-01-17 00:00:00"])
    );
    assert_eq!(
        (data["value"][0].as_f64(), &data["input_tokens"]),
        (Some(8.06), &json!(3))
    );
    assert!(data["q-10"][0].as_f64() > data["lo-90"][0].as_f64());
}

#[test]
fn windows_history_and_outliers_have_the_rows_that_the_client_looks_up() {
    let wobble = |at: usize| f64::from((at as u32 * 7919 + at as u32 * at as u32) % 13) / 6.0 - 1.0;
    let mut values: Vec<f64> = (0..70).map(|at| season(at) + wobble(at)).collect();
    values[40] += 40.0;
    let short: Vec<f64> = (0..30).map(|at| season(at) + wobble(at)).collect();
    let series = panel(&[&values, &short]);
    let body =
        json!({ "freq": "D", "h": 3, "n_windows": 2, "step_size": 3, "level": [80], "series": series });
    let answer = ask(Route::CrossValidation, &body).expect("windows");
    assert_eq!(answer["sizes"], json!([6, 6]));
    assert_eq!(
        answer["idxs"],
        json!([64, 65, 66, 67, 68, 69, 94, 95, 96, 97, 98, 99])
    );
    let body = json!({ "freq": "D", "h": 3, "full_history": true, "level": null, "series": series });
    let answer = ask(Route::CrossValidation, &body).expect("the past");
    assert_eq!(
        (&answer["sizes"], &answer["intervals"]),
        (&json!([70, 30]), &Value::Null)
    );
    assert_eq!(numbers(&answer["mean"]).len(), 100);
    let answer = ask(
        Route::AnomalyDetection,
        &json!({ "freq": "D", "level": 99, "series": series }),
    )
    .expect("outliers");
    let flags = answer["anomaly"].as_array().expect("flags");
    assert_eq!(
        (0..100).filter(|row| flags[*row] == true).collect::<Vec<_>>(),
        [40]
    );
    assert_eq!(numbers(&answer["intervals"]["lo-99"]).len(), 100);
}

#[test]
fn columns_explain_and_their_shares_add_up() {
    let price: Vec<f64> = (0..63).map(|at| f64::from((at * 37 + at * at) % 11)).collect();
    let values: Vec<f64> = (0..56).map(|at| season(at) - 3.0 * price[at]).collect();
    let mut series = panel(&[&values]);
    series["X"] = json!([price[..56]]);
    series["X_future"] = json!([price[56..]]);
    let body = json!({ "freq": "D", "h": 7, "feature_contributions": true, "series": series });
    let answer = ask(Route::ForecastV2, &body).expect("an answer");
    let mean = numbers(&answer["mean"]);
    let error: f64 = (0..7)
        .map(|step| (mean[step] - season(56 + step) + 3.0 * price[56 + step]).abs())
        .sum::<f64>()
        / 7.0;
    assert!(error < 2.0, "{error}");
    let shares: Vec<Vec<f64>> = answer["feature_contributions"]
        .as_array()
        .expect("shares")
        .iter()
        .map(numbers)
        .collect();
    assert!((0..7).all(|step| (shares[0][step] + shares[1][step] - mean[step]).abs() < 1e-6));
    assert_eq!(answer["weights_x"], json!([1.0]));
    assert_eq!(
        (&answer["input_tokens"], &answer["output_tokens"]),
        (&json!(56 + 63), &json!(21))
    );
}

#[test]
fn the_parameters_of_the_model_come_by_both_ways() {
    let posted = ask(
        Route::ModelParameters,
        &json!({ "model": "azureai", "freq": "D" }),
    );
    assert_eq!(
        posted,
        Ok(json!({ "detail": { "input_size": 28, "horizon": 7 } }))
    );
    let asked = Request::model_parameters(Some("m"), Some("MS"))
        .and_then(|request| run(&request))
        .map(|answer| answer.write(""));
    assert_eq!(
        asked,
        Ok(br#"{"detail":{"input_size":48,"horizon":12}}"#.to_vec())
    );
    assert!(Request::model_parameters(None, None).is_err_and(|invalid| invalid.field == "freq"));
}

#[track_caller]
fn refused(route: Route, body: Value, status: u16, field: &str, words: &str) {
    match ask(route, &body) {
        Err(invalid) => {
            assert_eq!(
                (invalid.status, invalid.field.as_str()),
                (status, field),
                "{}",
                invalid.message
            );
            assert!(invalid.message.contains(words), "{}", invalid.message);
            let written: Value = serde_json::from_slice(&invalid.write()).expect("JSON");
            assert_eq!(written["detail"][0]["loc"], json!(["body", field]));
        }
        Ok(answer) => panic!("{answer}"),
    }
}

#[test]
fn refusals_name_field_and_rule() {
    use Route::{AnomalyDetection, CrossValidation, Forecast, ForecastV2};
    let series = || panel(&[&[1.0, 2.0, 3.0]]);
    let with = |field: &str, value: Value| {
        let mut body = json!({ "freq": "D", "h": 2, "series": series() });
        body[field] = value;
        body
    };
    let inside = |field: &str, value: Value| {
        let mut body = with("h", json!(2));
        body["series"][field] = value;
        body
    };
    refused(ForecastV2, json!([1]), 400, "body", "no JSON object");
    refused(ForecastV2, with("freq", Value::Null), 422, "freq", "required");
    refused(
        ForecastV2,
        with("freq", json!("often")),
        422,
        "freq",
        "'often' is no frequency",
    );
    refused(ForecastV2, with("h", json!(0)), 422, "h", "from 1 to 10000");
    refused(ForecastV2, with("h", json!("2")), 400, "h", "cannot be read");
    refused(
        ForecastV2,
        with("h", json!(1_000_000)),
        422,
        "h",
        "from 1 to 10000",
    );
    refused(ForecastV2, with("level", json!([100])), 422, "level", "below 100");
    refused(ForecastV2, with("level", json!([-1])), 422, "level", "from 0");
    refused(
        ForecastV2,
        with("finetuned_model_id", json!("mine")),
        422,
        "finetuned_model_id",
        "'mine'",
    );
    refused(
        ForecastV2,
        inside("sizes", json!([2])),
        422,
        "series.sizes",
        "add up to the 3 values",
    );
    refused(
        ForecastV2,
        inside("sizes", json!([3, 0])),
        422,
        "series.sizes",
        "at least one value",
    );
    refused(
        ForecastV2,
        inside("y", json!([1, "2", 3])),
        400,
        "series.y",
        "invalid type: string",
    );
    refused(
        ForecastV2,
        inside("y", json!([null, null, null])),
        422,
        "series.y",
        "index 0 has no value",
    );
    refused(
        ForecastV2,
        inside("X", json!([[1, 2, 3]])),
        422,
        "series.X_future",
        "1 columns and X_future 0",
    );
    refused(
        ForecastV2,
        inside("X", json!([[1, 2]])),
        422,
        "series.X",
        "must have 3 numbers",
    );
    refused(
        ForecastV2,
        inside("categorical_exog", json!([0])),
        422,
        "series.categorical_exog",
        "0 and 1",
    );
    refused(
        CrossValidation,
        with("n_windows", json!(2)),
        422,
        "series.y",
        "at least 5 values",
    );
    refused(
        CrossValidation,
        with("hist_exog", json!([0])),
        422,
        "hist_exog",
        "leave them out",
    );
    refused(
        AnomalyDetection,
        with("level", json!([80, 90])),
        422,
        "level",
        "one number",
    );
    refused(
        Forecast,
        json!({ "freq": "D", "fh": 2, "y": { "x": 1 } }),
        422,
        "y",
        "'x' is no timestamp",
    );
    refused(
        Forecast,
        json!({ "freq": "D", "fh": 2, "y": {} }),
        422,
        "sizes",
        "at least one value",
    );
    let long: Vec<f64> = (0..250_000).map(f64::from).collect();
    let body = json!({ "freq": "D", "level": 99, "series": panel(&[&long, &long]) });
    refused(
        AnomalyDetection,
        body,
        413,
        "series",
        "one request may take 400000",
    );
}

fn cell() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => (-1e3..1e3f64).prop_map(|cell| json!(cell)),
        2 => Just(json!(7.0)),
        1 => Just(Value::Null),
        1 => prop::num::f64::NORMAL.prop_map(|cell| json!(cell)),
        1 => Just(json!(f64::MAX)),
        1 => Just(json!(-f64::MAX)),
        1 => Just(json!(5e-324)),
        1 => Just(json!(0)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_numbers_give_finite_forecasts_or_a_reason(
        cells in prop::collection::vec(cell(), 1..60),
        x in prop::collection::vec(cell(), 60),
        route in 0usize..3,
        unit in 0usize..5,
        h in 1usize..40,
        columns: bool,
    ) {
        let route = [Route::ForecastV2, Route::CrossValidation, Route::AnomalyDetection][route];
        let mut series = json!({ "y": cells, "sizes": [cells.len()] });
        if columns {
            series["X"] = json!([x[..cells.len()]]);
            series["X_future"] = json!([x.iter().cycle().take(h).collect::<Vec<_>>()]);
        }
        let level = if route == Route::AnomalyDetection { json!(95) } else { json!([0, 80, 99.9]) };
        let freq = ["D", "h", "MS", "B", "YE"][unit];
        let body = json!({ "freq": freq, "h": h, "level": level, "series": series });
        if let Ok(answer) = ask(route, &body) {
            let intervals = answer["intervals"].as_object().expect("intervals");
            for column in std::iter::once(&answer["mean"]).chain(intervals.values()) {
                prop_assert!(numbers(column).iter().all(|cell| cell.is_finite()));
            }
        }
    }

    #[test]
    fn no_bytes_make_reading_panic(text in "\\PC{0,60}", field in 0usize..12, value in "[0-9\\[\\]{}\",:a-z.-]{0,12}") {
        let field = ["data", "freq", "h", "fh", "series", "y", "x", "level", "quantiles", "n_windows", "hist_exog", "finetune_steps"][field];
        let bodies = [text, format!(r#"{{"freq":"D","h":2,"fh":2,"series":{{"y":[1],"sizes":[1]}},"y":{{"2020-01-01":1}},"{field}":{value}}}"#)];
        for body in bodies {
            for route in [Route::Forecast, Route::ForecastV2, Route::CrossValidation, Route::AnomalyDetection, Route::ModelParameters] {
                if let Ok(request) = Request::read(route, body.as_bytes()) {
                    let _ = run(&request);
                }
            }
        }
    }
}
