//! The catalog: which models there are, how each is sold, and where it may be deployed.

use crate::money::Price;
use crate::name::{Country, ModelId, Region, fold};
use crate::problem::Problem;
use crate::usage::Meter;

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Task {
    /// `chat-completion`
    ChatCompletion,
    /// `completion`: a base model.
    Completion,
    /// `embedding`
    Embedding,
    /// `rerank`
    Rerank,
    /// `image-generation`
    ImageGeneration,
    /// `forecasting`
    Forecasting,
    /// `document-analysis`: OCR and the like.
    DocumentAnalysis,
}

impl Task {
    /// Every task.
    pub const ALL: [Task; 7] = [
        Task::ChatCompletion,
        Task::Completion,
        Task::Embedding,
        Task::Rerank,
        Task::ImageGeneration,
        Task::Forecasting,
        Task::DocumentAnalysis,
    ];

    /// The name in data files and in `/info`'s `model_type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Task::ChatCompletion => "chat-completion",
            Task::Completion => "completion",
            Task::Embedding => "embedding",
            Task::Rerank => "rerank",
            Task::ImageGeneration => "image-generation",
            Task::Forecasting => "forecasting",
            Task::DocumentAnalysis => "document-analysis",
        }
    }

    /// The task of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.as_str() == text)
    }
}

/// How a model is sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sale {
    /// By a partner, through the marketplace: a subscription in the workspace comes first.
    Partner(Offer),
    /// Directly: no subscription is needed, and none can be made.
    Directly,
}

/// A partner's offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Such as `cohere`.
    pub publisher_id: String,
    /// Such as `cohere-command-r-08-2024-offer`.
    pub offer_id: String,
    /// Such as `cohere-command-r-08-2024-plan`.
    pub plan_id: String,
    /// Billing countries in which the publisher made the offer available.
    pub countries: Vec<Country>,
}

/// A model of the catalog, in its latest version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogModel {
    /// Registry and name.
    pub id: ModelId,
    /// For people.
    pub display_name: String,
    /// Who made it.
    pub publisher: String,
    /// The latest version, the one that is served.
    pub version: String,
    /// What it is for.
    pub task: Task,
    /// An SPDX id or the name of the licence.
    pub license: String,
    /// One sentence.
    pub description: String,
    /// The text or the address of the terms that a subscriber accepts.
    pub terms: String,
    /// How it is sold.
    pub sale: Sale,
    /// Where it may be deployed; empty means everywhere.
    pub deployment_regions: Vec<Region>,
    /// Where it may be fine-tuned; empty means nowhere.
    pub fine_tuning_regions: Vec<Region>,
    /// Tokens of prompt and completion together that the model can hold.
    pub context_tokens: u32,
    /// What a meter costs; a meter that is not here is free.
    pub prices: Vec<(Meter, Price)>,
    /// ISO 4217.
    pub currency: String,
    /// Announced, not final.
    pub preview: bool,
}

// Publishers that accounts know under another name.
const FORMATS: [(&str, &str); 4] = [
    ("JAIS", "Core42"),
    ("G42", "Core42"),
    ("NTT DATA", "NTT Data"),
    ("Mistral", "Mistral AI"),
];

impl CatalogModel {
    /// The family under which accounts deploy it: `Meta`, `Cohere`, `Mistral AI`, `Core42`, or the publisher as it is.
    pub fn format(&self) -> &str {
        canonical_format(&self.publisher)
    }

    /// The price of a meter; zero where none is published.
    pub fn price(&self, meter: Meter) -> Price {
        self.prices
            .iter()
            .find(|(of, _)| *of == meter)
            .map_or(Price(0), |(_, price)| *price)
    }
}

/// Every model that this server knows; names compare without case.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    models: Vec<CatalogModel>,
}

impl Catalog {
    /// A catalog of these models; a later one with the same id replaces an earlier one.
    pub fn new(models: impl IntoIterator<Item = CatalogModel>) -> Self {
        let mut catalog = Self::default();
        for model in models {
            let key = model.id.folded();
            match catalog.models.iter_mut().find(|known| known.id.folded() == key) {
                Some(known) => *known = model,
                None => catalog.models.push(model),
            }
        }
        catalog
    }

    /// All models, in the order in which they were read.
    pub fn models(&self) -> &[CatalogModel] {
        &self.models
    }

    /// The model of this id.
    pub fn find(&self, id: &ModelId) -> Option<&CatalogModel> {
        let key = id.folded();
        self.models.iter().find(|model| model.id.folded() == key)
    }

    /// The model that a deployment of an account means: by its format, which is the family of the publisher, and its name.
    /// Both compare without case, formats without spaces and hyphens too. The first where several registries have it.
    pub fn by_format(&self, format: &str, name: &str) -> Option<&CatalogModel> {
        let (format, name) = (squeezed(canonical_format(format)), fold(name));
        self.models
            .iter()
            .find(|model| fold(model.id.model()) == name && squeezed(model.format()) == format)
    }

    /// The models of a registry; `None` where no model names such a registry.
    pub fn registry(&self, name: &str) -> Option<Vec<&CatalogModel>> {
        let key = fold(name);
        let models: Vec<_> = self
            .models
            .iter()
            .filter(|model| fold(model.id.registry()) == key)
            .collect();
        (!models.is_empty()).then_some(models)
    }

    /// The model, or the refusal with the nearest names.
    pub fn require(&self, id: &ModelId) -> Result<&CatalogModel, Problem> {
        self.find(id).ok_or_else(|| {
            let wanted = fold(id.model());
            let near: Vec<String> = self
                .models
                .iter()
                .filter(|model| {
                    let known = fold(model.id.model());
                    known.contains(&wanted) || wanted.contains(&known)
                })
                .take(3)
                .map(|model| model.id.to_string())
                .collect();
            let hint = if near.is_empty() {
                "'cupola ml model list' lists the models there are.".to_owned()
            } else {
                format!("Did you mean {}?", near.join(" or "))
            };
            Problem::user(
                format!("The model '{id}' was not found in the catalog. {hint}"),
                &["NotFound", "ModelNotFound"],
            )
            .target("properties.modelSettings.modelId")
        })
    }
}

fn canonical_format(publisher: &str) -> &str {
    let wanted = squeezed(publisher);
    // Models whose weights are open are `OpenAI-OSS` in some lists and `OpenAI` in others.
    if wanted == "openaioss" {
        return "OpenAI";
    }
    FORMATS
        .iter()
        .find(|(known, _)| squeezed(known) == wanted)
        .map_or(publisher, |(_, format)| format)
}

fn squeezed(format: &str) -> String {
    format
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '_'))
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// May somebody who is billed in `country` subscribe to this model's offer?
pub fn may_subscribe<'a>(model: &'a CatalogModel, country: &Country) -> Result<&'a Offer, Problem> {
    let Sale::Partner(offer) = &model.sale else {
        return Err(Problem::user(
            format!(
                "Error occurred when subscribing to Marketplace: Model mapping properties not found for modelId: '{}' \
                 publisherId: . The model is sold directly and needs no subscription: create the endpoint.",
                model.id
            ),
            &["BadArgument", "MarketplaceOfferNotFound"],
        )
        .target("properties.modelId"));
    };
    if offer.countries.contains(country) {
        return Ok(offer);
    }
    Err(Problem::user(
        format!(
            "Error occurred when subscribing to Marketplace: Marketplace Subscription purchase eligibility check failed, \
             error message [Cannot complete purchase as the offer '{}' is not available in the billing country {country} \
             of this subscription].",
            offer.offer_id
        ),
        &["BadArgument", "MarketplaceSubscriptionPurchaseEligibilityFailed"],
    )
    .target("properties.modelId"))
}

/// May this model be deployed in `region`, given whether its workspace holds a subscription to the offer?
pub fn may_deploy(model: &CatalogModel, region: &Region, subscribed: bool) -> Result<(), Problem> {
    if !model.deployment_regions.is_empty() && !model.deployment_regions.contains(region) {
        let offered: Vec<&str> = model
            .deployment_regions
            .iter()
            .map(Region::display_name)
            .collect();
        return Err(Problem::user(
            format!(
                "The requested model {} is not available in region {}. It is offered in {}.",
                model.id,
                region.display_name(),
                offered.join(", ")
            ),
            &["BadArgument", "ServerlessModelNotAvailableInRegion"],
        )
        .target("location"));
    }
    if matches!(model.sale, Sale::Partner(_)) && !subscribed {
        return Err(Problem::user(
            format!(
                "The model {} is sold by a partner: this workspace needs a marketplace subscription to it first. Create \
                 one with 'cupola ml marketplace-subscription create --name NAME --set model_id={}'.",
                model.id, model.id
            ),
            &["BadArgument", "MarketplaceSubscriptionRequired"],
        )
        .target("properties.modelSettings.modelId"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(sale: Sale, regions: &[&str]) -> CatalogModel {
        CatalogModel {
            id: "azureml://registries/r/models/m".parse().expect("a model id"),
            display_name: "M".into(),
            publisher: "P".into(),
            version: "1".into(),
            task: Task::ChatCompletion,
            license: "Apache-2.0".into(),
            description: String::new(),
            terms: String::new(),
            sale,
            deployment_regions: regions.iter().map(|r| r.parse().expect("a region")).collect(),
            fine_tuning_regions: Vec::new(),
            context_tokens: 4096,
            prices: Vec::new(),
            currency: "USD".into(),
            preview: false,
        }
    }

    fn partner() -> Sale {
        Sale::Partner(Offer {
            publisher_id: "p".into(),
            offer_id: "o".into(),
            plan_id: "l".into(),
            countries: vec!["US".parse().expect("a country")],
        })
    }

    fn inner(result: Result<(), Problem>) -> Option<&'static str> {
        result.err().and_then(|problem| problem.inner.last().copied())
    }

    #[test]
    fn where_and_how_a_model_may_be_deployed() {
        let east: Region = "eastus2".parse().expect("a region");
        let reason =
            |sale, regions: &[&str], subscribed| inner(may_deploy(&model(sale, regions), &east, subscribed));
        assert_eq!(reason(Sale::Directly, &[], false), None);
        assert_eq!(
            reason(Sale::Directly, &["westus"], false),
            Some("ServerlessModelNotAvailableInRegion")
        );
        assert_eq!(
            reason(partner(), &["eastus2"], false),
            Some("MarketplaceSubscriptionRequired")
        );
        assert_eq!(reason(partner(), &["eastus2"], true), None);
    }

    #[test]
    fn who_may_subscribe() {
        let reason = |sale, country: &str| {
            inner(may_subscribe(&model(sale, &[]), &country.parse().expect("a country")).map(|_| ()))
        };
        assert_eq!(reason(partner(), "US"), None);
        assert_eq!(
            reason(partner(), "JP"),
            Some("MarketplaceSubscriptionPurchaseEligibilityFailed")
        );
        assert_eq!(reason(Sale::Directly, "US"), Some("MarketplaceOfferNotFound"));
    }

    #[test]
    fn a_deployment_finds_its_model_by_format_and_name() {
        let mut models = Vec::new();
        for (publisher, id) in [
            ("Mistral AI", "azureml-mistral/models/Mistral-Nemo"),
            ("JAIS", "azureml-core42/models/jais-30b"),
            ("Cohere", "azureml-cohere/models/command-r"),
            ("OpenAI", "azure-openai/models/gpt-oss-20b"),
        ] {
            let mut one = model(Sale::Directly, &[]);
            one.publisher = publisher.into();
            one.id = format!("azureml://registries/{id}").parse().expect("a model id");
            models.push(one);
        }
        let catalog = Catalog::new(models);
        let check = |format: &str, name: &str, expected: Option<&str>| {
            let found = catalog.by_format(format, name).map(|model| model.id.model());
            assert_eq!(found, expected, "{format} {name}");
        };
        check("Mistral AI", "mistral-nemo", Some("Mistral-Nemo"));
        check("mistralai", "Mistral-Nemo", Some("Mistral-Nemo"));
        check("Mistral", "Mistral-Nemo", Some("Mistral-Nemo"));
        check("Core42", "Jais-30b", Some("jais-30b"));
        check("OpenAI-OSS", "gpt-oss-20b", Some("gpt-oss-20b"));
        check("OpenAI", "command-r", None);
        check("Cohere", "command", None);
        check("", "", None);
        assert_eq!(catalog.models()[1].format(), "Core42");
    }

    #[test]
    fn an_unknown_model_is_refused_with_near_names() {
        let catalog = Catalog::new([model(Sale::Directly, &[])]);
        let id = "azureml://registries/r/models/mm".parse().expect("a model id");
        assert!(
            catalog
                .require(&id)
                .expect_err("unknown")
                .message
                .contains("Did you mean")
        );
    }
}
