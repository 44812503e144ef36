//! One catalog file: fields that its models share, then `[[model]]` tables.

use crate::CatalogError;
use crate::fields::Fields;
use cupola_core::catalog::{CatalogModel, Offer, Sale, Task};
use cupola_core::money::Price;
use cupola_core::usage::Meter;
use cupola_core::{Country, ModelId};
use std::collections::{BTreeMap, HashSet};
use toml::{Table, Value};

/// Countries by the name of their group.
pub(crate) type Groups = BTreeMap<String, Vec<Country>>;

/// The groups of `countries.toml`.
pub(crate) fn groups(file: &str, text: &str) -> Result<Groups, CatalogError> {
    let mut groups = Groups::new();
    for (name, value) in parse(file, text)? {
        let Value::Table(table) = value else {
            return Err(whole(
                file,
                format!("{name} must be a table with a list 'countries'"),
            ));
        };
        let mut fields = Fields::of_file(file, table);
        let countries = fields.names("countries")?;
        fields.nothing_else()?;
        groups.insert(name, countries);
    }
    Ok(groups)
}

/// The models of a file.
pub(crate) fn models(file: &str, text: &str, groups: &Groups) -> Result<Vec<CatalogModel>, CatalogError> {
    let mut shared = parse(file, text)?;
    let tables = match shared.remove("model") {
        Some(Value::Array(tables)) => tables,
        _ => return Err(whole(file, "holds no [[model]]")),
    };
    let mut models: Vec<CatalogModel> = Vec::new();
    let mut seen = HashSet::new();
    let mut used = HashSet::new();
    for (position, table) in tables.into_iter().enumerate() {
        let Value::Table(own) = table else {
            return Err(whole(file, "'model' must be written [[model]]"));
        };
        let name = own
            .get("name")
            .and_then(Value::as_str)
            .map_or_else(|| format!("#{}", position + 1), str::to_owned);
        let mut fields = Fields::of_model(file, name, own, &shared);
        let model = one(&mut fields, groups)?;
        fields.nothing_else()?;
        used.extend(fields.asked());
        if !seen.insert(model.id.folded()) {
            return Err(fields.refuse("name", "is twice in this file"));
        }
        models.push(model);
    }
    // The file's own fields are the models' fields, so one that no model asks for is a slip of the pen.
    match shared.keys().find(|key| !used.contains(key.as_str())) {
        None => Ok(models),
        Some(key) => Err(CatalogError {
            file: file.to_owned(),
            model: None,
            field: Some(key.clone()),
            rule: "is no field of a model".to_owned(),
        }),
    }
}

fn one(fields: &mut Fields<'_>, groups: &Groups) -> Result<CatalogModel, CatalogError> {
    let name = fields.text("name")?;
    let registry = fields.text("registry")?;
    let id: ModelId = format!("azureml://registries/{registry}/models/{name}")
        .parse()
        .map_err(|_| {
            fields.refuse(
                "name",
                format!("'{registry}/{name}' must be letters, digits, '-', '_' and '.', 1 to 255 of them"),
            )
        })?;
    let task = fields.text("task")?;
    let task = Task::parse(&task).ok_or_else(|| {
        let known: Vec<&str> = Task::ALL.into_iter().map(Task::as_str).collect();
        fields.refuse("task", format!("'{task}' must be one of {}", known.join(", ")))
    })?;
    let prices = prices(fields, task)?;
    let currency = fields.text("currency")?;
    if currency.len() != 3 || !currency.chars().all(|c| c.is_ascii_uppercase()) {
        return Err(fields.refuse(
            "currency",
            "must be three capital letters of ISO 4217, such as USD",
        ));
    }
    // For people who read the file: whether the prices bind anybody. It changes nothing that is computed.
    let basis = fields.text("price_basis")?;
    if basis != "list" && basis != "indicative" {
        return Err(fields.refuse(
            "price_basis",
            "must be \"list\" (what is charged) or \"indicative\"",
        ));
    }
    Ok(CatalogModel {
        display_name: fields.text_or_none("display_name")?.unwrap_or(name),
        publisher: fields.text("publisher")?,
        version: fields.text("version")?,
        task,
        license: fields.text("license")?,
        description: fields.text("description")?,
        terms: fields.text("terms")?,
        sale: sale(fields, &id, groups)?,
        deployment_regions: fields.names("deployment_regions")?,
        fine_tuning_regions: fields.names("fine_tuning_regions")?,
        context_tokens: context_tokens(fields)?,
        prices,
        currency,
        preview: fields.truth("preview")?,
        id,
    })
}

fn context_tokens(fields: &mut Fields<'_>) -> Result<u32, CatalogError> {
    fields
        .get("context_tokens")
        .and_then(|value| value.as_integer())
        .and_then(|tokens| u32::try_from(tokens).ok())
        .filter(|tokens| *tokens > 0)
        .ok_or_else(|| fields.refuse("context_tokens", "must be a whole number from 1 to 4294967295"))
}

fn sale(fields: &mut Fields<'_>, id: &ModelId, groups: &Groups) -> Result<Sale, CatalogError> {
    let sold_by = fields.text("sold_by")?;
    let publisher_id = fields.text_or_none("publisher_id")?;
    let offer_id = fields.text_or_none("offer_id")?;
    let plan_id = fields.text_or_none("plan_id")?;
    let countries = fields.texts("offer_countries")?;
    match sold_by.as_str() {
        "azure" => {
            if !countries.is_empty() {
                return Err(fields.refuse(
                    "offer_countries",
                    "must be absent for a model that is sold directly",
                ));
            }
            Ok(Sale::Directly)
        }
        "partner" => {
            let name = id.model().to_ascii_lowercase();
            Ok(Sale::Partner(Offer {
                publisher_id: publisher_id.ok_or_else(|| {
                    fields.refuse("publisher_id", "is missing: a partner's offer needs one")
                })?,
                offer_id: offer_id.unwrap_or_else(|| format!("{name}-offer")),
                plan_id: plan_id.unwrap_or_else(|| format!("{name}-plan")),
                countries: expand(fields, &countries, groups)?,
            }))
        }
        _ => Err(fields.refuse(
            "sold_by",
            "must be \"azure\" (sold directly) or \"partner\" (through the marketplace)",
        )),
    }
}

fn expand(fields: &Fields<'_>, names: &[String], groups: &Groups) -> Result<Vec<Country>, CatalogError> {
    if names.is_empty() {
        return Err(fields.refuse(
            "offer_countries",
            "must name a country or a group: nobody could subscribe",
        ));
    }
    let mut countries: Vec<Country> = Vec::new();
    for name in names {
        let more = match groups.get(name) {
            Some(group) => group.clone(),
            None => vec![name.parse().map_err(|_| {
                let known: Vec<&str> = groups.keys().map(String::as_str).collect();
                fields.refuse(
                    "offer_countries",
                    format!(
                        "'{name}' must be two letters of ISO 3166-1, or the group {}",
                        known.join(" or ")
                    ),
                )
            })?],
        };
        for country in more {
            if !countries.contains(&country) {
                countries.push(country);
            }
        }
    }
    Ok(countries)
}

/// Prices by meter. A class of tokens without a price of its own costs what its kind costs: otherwise cached prompts and
/// reasoning would be given away by everybody who does not know that they are counted apart.
fn prices(fields: &mut Fields<'_>, task: Task) -> Result<Vec<(Meter, Price)>, CatalogError> {
    let Some(Value::Table(table)) = fields.get("prices") else {
        return Err(fields.refuse("prices", "must be a table, such as { prompt_tokens = 150_000 }"));
    };
    let mut stated: BTreeMap<Meter, Price> = BTreeMap::new();
    for (name, value) in &table {
        let meter = Meter::parse(name).ok_or_else(|| {
            let known: Vec<&str> = Meter::ALL.into_iter().map(Meter::as_str).collect();
            fields.refuse("prices", format!("'{name}' must be one of {}", known.join(", ")))
        })?;
        let price = value.as_integer().and_then(|price| u64::try_from(price).ok()).ok_or_else(|| {
            fields.refuse(
                "prices",
                format!("{name} must be a whole number from 0: micro-units of the currency for 1,000,000 units"),
            )
        })?;
        stated.insert(meter, Price(price));
    }
    let classes = [
        (Meter::CachedPromptTokens, Meter::PromptTokens),
        (Meter::ReasoningTokens, Meter::CompletionTokens),
        (Meter::FinetunePromptTokens, Meter::PromptTokens),
        (Meter::FinetuneCompletionTokens, Meter::CompletionTokens),
    ];
    // Only a forecast tunes its model on the way; a chat model with such a price would only confuse.
    let count = if task == Task::Forecasting { 4 } else { 2 };
    for (class, kind) in classes.into_iter().take(count) {
        if let Some(price) = stated.get(&kind).copied() {
            stated.entry(class).or_insert(price);
        }
    }
    Ok(stated.into_iter().collect())
}

fn parse(file: &str, text: &str) -> Result<Table, CatalogError> {
    text.parse()
        .map_err(|cause: toml::de::Error| whole(file, format!("is not valid TOML: {cause}")))
}

fn whole(file: &str, rule: impl Into<String>) -> CatalogError {
    CatalogError {
        file: file.to_owned(),
        model: None,
        field: None,
        rule: rule.into(),
    }
}
