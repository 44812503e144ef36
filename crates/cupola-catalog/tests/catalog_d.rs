//! The operator's own files: what is read, and how each mistake is explained.

use cupola_catalog::{built_in, read_dir};
use cupola_core::catalog::{Catalog, Sale};
use cupola_core::money::Price;
use cupola_core::usage::Meter;
use std::fs;

const GOOD: &str = r#"
registry = "acme"
publisher = "Acme"
sold_by = "azure"
currency = "EUR"
price_basis = "list"
license = "Apache-2.0"
terms = "As agreed."

[[model]]
name = "house-chat"
version = "3"
task = "chat-completion"
context_tokens = 8192
description = "Ours."
prices = { prompt_tokens = 1, completion_tokens = 2 }
"#;

fn read(files: &[(&str, &str)]) -> Result<Vec<cupola_core::catalog::CatalogModel>, String> {
    let dir = tempfile::tempdir().expect("a directory");
    for (name, text) in files {
        fs::write(dir.path().join(name), text).expect("written");
    }
    let prefix = format!("{}/", dir.path().display());
    read_dir(dir.path()).map_err(|error| error.to_string().replace(&prefix, ""))
}

fn refusal(text: &str) -> String {
    read(&[("mine.toml", text)]).expect_err("refused")
}

fn with(line: &str) -> String {
    let field = line.split(' ').next().expect("a field");
    let kept: Vec<&str> = GOOD
        .lines()
        .filter(|known| !known.starts_with(&format!("{field} ")))
        .collect();
    let shared = [
        "registry",
        "publisher",
        "sold_by",
        "currency",
        "price_basis",
        "license",
        "terms",
    ]
    .contains(&field);
    if shared {
        format!("{line}\n{}", kept.join("\n"))
    } else {
        format!("{}\n{line}\n", kept.join("\n"))
    }
}

#[test]
fn a_directory_that_is_not_there_holds_no_models() {
    assert_eq!(read_dir("/no/such/directory".as_ref()), Ok(Vec::new()));
}

#[test]
fn a_good_file_is_read_and_other_files_are_left_alone() {
    let models = read(&[("a.toml", GOOD), ("notes.md", "not TOML")]).expect("read");
    let model = &models[0];
    assert_eq!(
        model.id.to_string(),
        "azureml://registries/acme/models/house-chat"
    );
    assert_eq!(
        (&*model.display_name, &model.sale),
        ("house-chat", &Sale::Directly)
    );
    assert_eq!(
        model.price(Meter::ReasoningTokens),
        Price(2),
        "a class without a price costs what its kind costs"
    );
    assert!(model.deployment_regions.is_empty(), "everywhere");
}

#[test]
fn an_operators_model_replaces_a_built_in_one() {
    let text = GOOD
        .replace("\"acme\"", "\"cupola\"")
        .replace("house-chat", "Tiny-Chat");
    let catalog = Catalog::new(
        built_in()
            .into_iter()
            .chain(read(&[("a.toml", &text)]).expect("read")),
    );
    let id = "azureml://registries/cupola/models/tiny-chat"
        .parse()
        .expect("a model id");
    assert_eq!(catalog.find(&id).expect("known").currency, "EUR");
}

#[test]
fn every_mistake_names_the_file_the_model_the_field_and_the_rule() {
    let model = |line: &str| {
        let text = refusal(&with(line));
        text.strip_prefix("mine.toml: model 'house-chat': ")
            .unwrap_or(&text)
            .to_owned()
    };
    assert_eq!(
        model("context_tokens = 0"),
        "context_tokens: must be a whole number from 1 to 4294967295"
    );
    assert_eq!(model("version = 3"), "version: must be a text that is not empty");
    assert_eq!(model("preview = 1"), "preview: must be true or false");
    assert_eq!(
        model("currency = \"euro\""),
        "currency: must be three capital letters of ISO 4217, such as USD"
    );
    assert_eq!(
        model("price_basis = \"free\""),
        "price_basis: must be \"list\" (what is charged) or \"indicative\""
    );
    assert!(model("task = \"chat\"").starts_with("task: 'chat' must be one of chat-completion, "));
    assert!(model("prices = { tokens = 1 }").starts_with("prices: 'tokens' must be one of prompt_tokens, "));
    assert!(
        model("prices = { requests = 0.5 }").starts_with("prices: requests must be a whole number from 0")
    );
    assert!(model("deployment_regions = [\"Mars!\"]").starts_with("deployment_regions: "));
    assert!(model("sold_by = \"us\"").starts_with("sold_by: must be \"azure\""));
    assert_eq!(
        model("sold_by = \"partner\""),
        "publisher_id: is missing: a partner's offer needs one"
    );
    assert!(
        model("colour = \"red\"").starts_with("colour: is no field here; the fields are name, registry, ")
    );
}

#[test]
fn mistakes_of_the_whole_file_name_the_file() {
    assert_eq!(refusal("registry = \"acme\"\n"), "mine.toml: holds no [[model]]");
    assert!(refusal("registry = ").starts_with("mine.toml: is not valid TOML: "));
    assert_eq!(
        refusal(&format!("colour = \"red\"\n{GOOD}")),
        "mine.toml: colour: is no field of a model"
    );
    let again = GOOD
        .split_once("[[model]]")
        .map(|(_, model)| format!("{GOOD}\n[[model]]{model}"))
        .expect("a model");
    assert_eq!(
        refusal(&again),
        "mine.toml: model 'house-chat': name: is twice in this file"
    );
    let name = GOOD.replace("house-chat", "house chat");
    assert!(
        refusal(&name).starts_with("mine.toml: model 'house chat': name: 'acme/house chat' must be letters")
    );
}

#[test]
fn a_partner_offer_needs_countries_that_exist() {
    let partner = GOOD.replace("\"azure\"", "\"partner\"\npublisher_id = \"acme\"");
    assert!(refusal(&partner).contains("offer_countries: must name a country or a group"));
    let unknown = partner.replace("terms =", "offer_countries = [\"Narnia\"]\nterms =");
    assert!(
        refusal(&unknown).contains("or the group microsoft-managed-countries"),
        "{}",
        refusal(&unknown)
    );
}

#[test]
fn one_model_in_two_files_is_an_accident() {
    let error = read(&[("a.toml", GOOD), ("b.toml", GOOD)]).expect_err("refused");
    assert_eq!(
        error,
        "b.toml: model 'house-chat': name: azureml://registries/acme/models/house-chat is already in a.toml"
    );
}
