//! `GET /providers/Cupola.Catalog/models`

use super::{may_see, pool, status};
use crate::answer;
use crate::dispatch::{Call, Caller, Reply};
use cupola_core::Problem;
use cupola_core::catalog::{CatalogModel, Sale};
use cupola_store::bindings::Binding;
use cupola_wire::arm::{CatalogModelItem, CatalogOffer, MeterPrice, Page};
use serde_json::{Value, json};
use std::collections::HashMap;

pub(super) async fn list(call: Call, caller: Caller) -> Result<Reply, Problem> {
    let bindings = call.control.store().reader().await?.bindings().list().await?;
    let bindings: HashMap<String, Binding> = bindings
        .into_iter()
        .map(|one| (one.model.folded(), one))
        .collect();
    let models = call.control.catalog().models().iter().map(|model| {
        let binding = bindings.get(&model.id.folded()).map(|binding| {
            let mut shown = pool::properties(binding);
            if may_see(&caller, &model.id) {
                let status = status(&call.control, &model.id);
                if !status.is_empty() {
                    shown["status"] = Value::Array(status);
                }
                shown
            } else {
                json!({"kind": shown["kind"]})
            }
        });
        item(model, binding)
    });
    Ok(answer::ok(&Page::whole(models.collect())))
}

fn item(model: &CatalogModel, binding: Option<Value>) -> CatalogModelItem {
    let offer = match &model.sale {
        Sale::Partner(offer) => Some(offer),
        Sale::Directly => None,
    };
    let countries = offer.map(|offer| offer.countries.iter().map(ToString::to_string).collect());
    let prices = model.prices.iter().map(|(meter, price)| MeterPrice {
        meter: meter.as_str(),
        unit: meter.unit(),
        micro_units_per_million: price.0,
        currency: model.currency.clone(),
    });
    CatalogModelItem {
        id: model.id.to_string(),
        registry: model.id.registry().to_owned(),
        name: model.id.model().to_owned(),
        display_name: model.display_name.clone(),
        publisher: model.publisher.clone(),
        version: model.version.clone(),
        task: model.task.as_str().to_owned(),
        license: model.license.clone(),
        description: model.description.clone(),
        sold_by: if offer.is_some() { "partner" } else { "directly" },
        offer_countries: countries.unwrap_or_default(),
        offer: offer.map(|offer| CatalogOffer {
            publisher_id: offer.publisher_id.clone(),
            offer_id: offer.offer_id.clone(),
            plan_id: offer.plan_id.clone(),
        }),
        terms: model.terms.clone(),
        deployment_regions: model.deployment_regions.iter().map(ToString::to_string).collect(),
        fine_tuning_regions: model
            .fine_tuning_regions
            .iter()
            .map(ToString::to_string)
            .collect(),
        context_tokens: model.context_tokens,
        prices: prices.collect(),
        preview: model.preview,
        binding,
    }
}
