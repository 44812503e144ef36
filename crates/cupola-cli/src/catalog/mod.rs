//! `cupola catalog`: every model that is offered here, and what serves it.

mod bind;
mod engine_file;
mod list;
mod member;
mod model_name;
mod show;
mod unbind;

use serde_json::Value;

use crate::arm::{Arm, version};
use crate::failure::Failure;
use crate::output::table::{Column, cell};
use crate::transport::segment;
use crate::verbs::verbs;
pub(crate) use model_name::ModelName;

verbs! {
    /// List models with their prices and what serves them.
    List(list::List),
    /// Show a model: prices, regions, countries, binding.
    Show(show::Show),
    /// Say what serves a model: a file, another API, or the simulator.
    Bind(Box<bind::Bind>),
    /// Take back what serves a model; its endpoints stop answering.
    Unbind(unbind::Unbind),
}

const LIST: &str = "cupola catalog list -o table";

const COLUMNS: &[Column] = &[
    Column {
        title: "Model",
        read: |row| format!("{}/{}", cell(&row["registry"]), cell(&row["name"])),
    },
    Column {
        title: "Task",
        read: |row| cell(&row["task"]),
    },
    Column {
        title: "Publisher",
        read: |row| cell(&row["publisher"]),
    },
    Column {
        title: "SoldBy",
        read: |row| cell(&row["soldBy"]),
    },
    Column {
        title: "PricePerMillion",
        read: prices,
    },
    Column {
        title: "ServedBy",
        read: |row| served_by(&row["binding"]),
    },
];

/// Every model of every registry.
pub(crate) async fn models(arm: &Arm) -> Result<Vec<Value>, Failure> {
    arm.list(&arm.url("/providers/Cupola.Catalog/models", version::CUPOLA))
        .await
}

/// The one model of that name.
pub(crate) async fn find(arm: &Arm, name: &ModelName) -> Result<Value, Failure> {
    name.pick(models(arm).await?)
}

/// The registry and the model of a name; the catalog is asked only when the name leaves the registry open.
async fn resolve(arm: &Arm, name: &ModelName) -> Result<(String, String), Failure> {
    if let Some(registry) = &name.registry {
        return Ok((registry.clone(), name.model.clone()));
    }
    let model = find(arm, name).await?;
    Ok((cell(&model["registry"]), cell(&model["name"])))
}

/// The URL of the binding of a model.
fn binding_url(arm: &Arm, registry: &str, model: &str) -> String {
    let path = format!(
        "/providers/Cupola.Catalog/registries/{}/bindings/{}",
        segment(registry),
        segment(model)
    );
    arm.url(&path, version::CUPOLA)
}

// "0.15 in, 0.60 out USD" from integers: money is never a float here.
fn prices(model: &Value) -> String {
    let prices = model["prices"].as_array().map(Vec::as_slice).unwrap_or_default();
    let price =
        |meter: &str| prices.iter().find(|price| price["meter"] == meter)?["microUnitsPerMillion"].as_i64();
    let mut words = Vec::new();
    for one in prices {
        let (Some(meter), Some(micros)) = (one["meter"].as_str(), one["microUnitsPerMillion"].as_i64())
        else {
            continue;
        };
        // A meter that costs what its wider one costs tells nothing.
        let (word, wider) = match meter {
            "prompt_tokens" => ("in", None),
            "cached_prompt_tokens" => ("cached", price("prompt_tokens")),
            "completion_tokens" => ("out", None),
            "reasoning_tokens" => ("reasoning", price("completion_tokens")),
            "finetune_prompt_tokens" => ("fine-tuning in", price("prompt_tokens")),
            "finetune_completion_tokens" => ("fine-tuning out", price("completion_tokens")),
            "search_units" => ("searches", None),
            other => (other, None),
        };
        if wider != Some(micros) {
            words.push(format!("{} {word}", money(micros)));
        }
    }
    let currency = prices
        .first()
        .map(|price| cell(&price["currency"]))
        .unwrap_or_default();
    if words.is_empty() {
        String::new()
    } else {
        format!("{} {currency}", words.join(", ")).trim_end().to_owned()
    }
}

// At least two decimals, and more only where they say something.
fn money(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let (whole, part) = (
        micros.unsigned_abs() / 1_000_000,
        micros.unsigned_abs() % 1_000_000,
    );
    let decimals = format!("{part:06}");
    let shown = decimals.trim_end_matches('0').len().max(2);
    format!("{sign}{whole}.{}", &decimals[..shown])
}

fn served_by(binding: &Value) -> String {
    match binding["kind"].as_str() {
        None => "-".to_owned(),
        Some("pool") => {
            let backends = binding["backends"]
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default();
            let served: Vec<String> = backends
                .iter()
                .map(|backend| format!("{}: {}", cell(&backend["name"]), served_by(backend)))
                .collect();
            served.join("; ")
        }
        Some(kind @ ("engine" | "upstream")) => {
            let place = binding["path"]
                .as_str()
                .or_else(|| binding["url"].as_str())
                .unwrap_or_default();
            format!("{kind} {place}").trim_end().to_owned()
        }
        Some(kind) => kind.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::paint::Paint;
    use crate::output::table::{Columns, render};
    use serde_json::json;

    #[test]
    fn money_has_no_rounding() {
        let check = |micros, expected: &str| assert_eq!(money(micros), expected);
        check(0, "0.00");
        check(150_000, "0.15");
        check(1_000_000, "1.00");
        check(12_345_678, "12.345678");
        check(500, "0.0005");
        check(-1_500_000, "-1.50");
    }

    #[test]
    fn several_backends_are_listed_by_name() {
        let pool = json!({"kind": "pool", "backends": [
            {"name": "a", "kind": "upstream", "url": "https://a/v1"}, {"name": "b", "kind": "simulator"}]});
        assert_eq!(served_by(&pool), "a: upstream https://a/v1; b: simulator");
    }

    #[test]
    fn the_table_of_the_catalog() {
        let models = json!([
            {"registry": "cupola", "name": "tiny-chat", "task": "chat-completion", "publisher": "Cupola", "soldBy": "directly",
             "prices": [], "binding": {"kind": "engine", "path": "/m/tiny.gguf"}},
            {"registry": "azureml-cohere", "name": "command-r", "task": "chat-completion", "publisher": "Cohere", "soldBy": "partner",
             "prices": [{"meter": "prompt_tokens", "unit": "token", "microUnitsPerMillion": 150_000, "currency": "USD"},
                        {"meter": "cached_prompt_tokens", "unit": "token", "microUnitsPerMillion": 150_000, "currency": "USD"},
                        {"meter": "completion_tokens", "unit": "token", "microUnitsPerMillion": 600_000, "currency": "USD"}],
             "binding": null}
        ]);
        insta::assert_snapshot!(render(&models, &Columns::Chosen(COLUMNS), Paint::PLAIN), @r"
        Model                     Task             Publisher    SoldBy    PricePerMillion        ServedBy
        ------------------------  ---------------  -----------  --------  ---------------------  -------------------
        cupola/tiny-chat          chat-completion  Cupola       directly                         engine /m/tiny.gguf
        azureml-cohere/command-r  chat-completion  Cohere       partner   0.15 in, 0.60 out USD  -
        ");
    }
}
