//! The built-in models are those of the published tables, row by row.

use cupola_catalog::built_in;
use cupola_core::catalog::{Catalog, CatalogModel, Sale, Task};
use cupola_core::usage::Meter;
use cupola_core::{Country, Region};
use std::collections::{BTreeMap, BTreeSet};

struct Row<'a> {
    name: &'a str,
    sold_by: &'a str,
    preview: bool,
    countries: Vec<&'a str>,
    deployment: Vec<&'a str>,
    fine_tuning: Vec<&'a str>,
    models: Vec<&'a str>,
}

fn rows() -> Vec<Row<'static>> {
    let words = |text: &'static str| text.split_whitespace().collect::<Vec<_>>();
    include_str!("region-availability.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| match line.split('|').collect::<Vec<_>>()[..] {
            [name, sold_by, preview, countries, deployment, fine_tuning, models] => Row {
                name,
                sold_by,
                preview: preview == "preview",
                countries: words(countries),
                deployment: words(deployment),
                fine_tuning: words(fine_tuning),
                models: words(models),
            },
            _ => panic!("seven columns: {line}"),
        })
        .collect()
}

fn regions(list: &[Region]) -> BTreeSet<&str> {
    list.iter().map(Region::as_str).collect()
}

fn find<'a>(catalog: &'a Catalog, of: &str) -> &'a CatalogModel {
    let (registry, model) = of.split_once('/').expect("registry/model");
    let id = format!("azureml://registries/{registry}/models/{model}")
        .parse()
        .expect("a model id");
    catalog
        .find(&id)
        .unwrap_or_else(|| panic!("{of} is not in the catalog"))
}

#[test]
fn every_row_of_the_published_tables_is_there_with_its_countries_regions_and_sale() {
    let catalog = Catalog::new(built_in());
    let mut fine_tuning: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let rows = rows();
    assert_eq!(rows.len(), 48, "44 rows of 2025 and 4 of 2024");
    for row in &rows {
        for of in &row.models {
            let model = find(&catalog, of);
            let case = format!("row '{}', model {of}", row.name);
            assert_eq!(
                regions(&model.deployment_regions),
                row.deployment.iter().copied().collect(),
                "{case}"
            );
            assert_eq!(model.preview, row.preview, "{case}");
            fine_tuning.entry(of).or_default().extend(&row.fine_tuning);
            match &model.sale {
                Sale::Directly => assert_eq!((row.sold_by, row.countries.len()), ("azure", 0), "{case}"),
                Sale::Partner(offer) => {
                    assert_eq!(row.sold_by, "partner", "{case}");
                    assert!(row.countries.contains(&"microsoft-managed-countries"), "{case}");
                    let extra: BTreeSet<&str> = row
                        .countries
                        .iter()
                        .copied()
                        .filter(|name| name.len() == 2)
                        .collect();
                    let has = |code: &str| offer.countries.iter().any(|country| country.as_str() == code);
                    assert!(extra.iter().all(|code| has(code)), "{case}: {extra:?}");
                    // Countries that some row names on top of the group are not in the group, Egypt apart.
                    for code in ["JP", "IL", "QA", "BR", "HK", "MX"] {
                        assert_eq!(has(code), extra.contains(code), "{case}: {code}");
                    }
                    for code in ["US", "PR", "GB", "DE", "FR", "CA", "AU", "SE", "CH"] {
                        assert!(has(code), "{case}: {code} is in the group");
                    }
                }
            }
        }
    }
    for (of, wanted) in fine_tuning {
        assert_eq!(regions(&find(&catalog, of).fine_tuning_regions), wanted, "{of}");
    }
}

#[test]
fn there_is_no_model_beyond_the_tables_but_our_own() {
    let listed: BTreeSet<String> = rows()
        .iter()
        .flat_map(|row| row.models.iter().map(|of| of.replace('/', "/models/")))
        .chain(["tiny-chat", "all-MiniLM-L6-v2"].map(|ours| format!("cupola/models/{ours}")))
        .map(|of| format!("azureml://registries/{of}"))
        .collect();
    let known: BTreeSet<String> = built_in().iter().map(|model| model.id.to_string()).collect();
    assert_eq!(known, listed);
}

#[test]
fn offers_are_named_after_their_model() {
    let catalog = Catalog::new(built_in());
    let Sale::Partner(offer) = &find(&catalog, "azureml-cohere/Cohere-command-r-08-2024").sale else {
        panic!("a partner's model")
    };
    assert_eq!(
        (&*offer.publisher_id, &*offer.offer_id, &*offer.plan_id),
        (
            "cohere",
            "cohere-command-r-08-2024-offer",
            "cohere-command-r-08-2024-plan"
        )
    );
}

#[test]
fn tiny_chat_is_sold_directly_everywhere_and_costs_something() {
    let catalog = Catalog::new(built_in());
    let model = find(&catalog, "cupola/tiny-chat");
    assert_eq!(model.sale, Sale::Directly);
    assert!(model.deployment_regions.is_empty());
    assert_eq!((model.context_tokens, &*model.license), (1024, "Apache-2.0"));
    assert_eq!(
        (
            model.price(Meter::PromptTokens).0,
            model.price(Meter::CompletionTokens).0
        ),
        (100_000, 400_000)
    );
}

#[test]
fn nothing_that_is_counted_is_given_away_by_accident() {
    for model in built_in() {
        let price = |meter| model.price(meter).0;
        assert!(
            Meter::ALL.into_iter().any(|meter| price(meter) > 0),
            "{} has no price",
            model.id
        );
        assert_eq!(
            price(Meter::PromptTokens) > 0,
            price(Meter::CachedPromptTokens) > 0,
            "{}",
            model.id
        );
        assert_eq!(
            price(Meter::CompletionTokens) > 0,
            price(Meter::ReasoningTokens) > 0,
            "{}",
            model.id
        );
        let is_sold_by = |meter: Meter, task: Task| {
            assert_eq!(
                price(meter) > 0,
                model.task == task,
                "{} {}",
                model.id,
                meter.as_str()
            );
        };
        is_sold_by(Meter::SearchUnits, Task::Rerank);
        is_sold_by(Meter::Images, Task::ImageGeneration);
        is_sold_by(Meter::FinetunePromptTokens, Task::Forecasting);
        is_sold_by(Meter::FinetuneCompletionTokens, Task::Forecasting);
        assert!(
            price(Meter::CachedPromptTokens) <= price(Meter::PromptTokens),
            "{}",
            model.id
        );
    }
}

#[test]
fn no_country_is_twice_in_an_offer() {
    for model in built_in() {
        if let Sale::Partner(offer) = &model.sale {
            let distinct: BTreeSet<&str> = offer.countries.iter().map(Country::as_str).collect();
            assert_eq!(distinct.len(), offer.countries.len(), "{}", model.id);
        }
    }
}
