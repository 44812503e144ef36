//! The catalog's data files: the models that come with Cupola, and the operator's own in `catalog.d`.
//!
//! Both are the same format, described in `docs/catalog.md`. A file that breaks a rule is refused as a whole, with the
//! file, the model, the field and the rule: a catalog that is half read would sell models on the wrong terms.

mod fields;
mod file;

use cupola_core::catalog::CatalogModel;
use std::collections::HashMap;
use std::path::Path;

/// Why a catalog file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {}{}{rule}", .model.as_ref().map(|name| format!("model '{name}': ")).unwrap_or_default(), .field.as_ref().map(|name| format!("{name}: ")).unwrap_or_default())]
pub struct CatalogError {
    /// The file, as it was named to us.
    pub file: String,
    /// The model inside it, by name or by position; `None` for the file's own fields.
    pub model: Option<String>,
    /// The field; `None` when the rule is about the whole.
    pub field: Option<String>,
    /// What is wrong and what would be right.
    pub rule: String,
}

const BUILT_IN: [(&str, &str); 12] = [
    ("cupola.toml", include_str!("../data/cupola.toml")),
    ("azureml.toml", include_str!("../data/azureml.toml")),
    (
        "azureml-anthropic.toml",
        include_str!("../data/azureml-anthropic.toml"),
    ),
    ("azureml-cohere.toml", include_str!("../data/azureml-cohere.toml")),
    ("azureml-core42.toml", include_str!("../data/azureml-core42.toml")),
    (
        "azureml-deepseek.toml",
        include_str!("../data/azureml-deepseek.toml"),
    ),
    ("azureml-gretel.toml", include_str!("../data/azureml-gretel.toml")),
    ("azureml-meta.toml", include_str!("../data/azureml-meta.toml")),
    (
        "azureml-mistral.toml",
        include_str!("../data/azureml-mistral.toml"),
    ),
    ("azureml-nixtla.toml", include_str!("../data/azureml-nixtla.toml")),
    (
        "azureml-nttdata.toml",
        include_str!("../data/azureml-nttdata.toml"),
    ),
    (
        "azureml-stabilityai.toml",
        include_str!("../data/azureml-stabilityai.toml"),
    ),
];

const COUNTRIES: &str = include_str!("../data/countries.toml");

/// The models that come with Cupola. Their files are part of the program, and a test reads them all.
pub fn built_in() -> Vec<CatalogModel> {
    let groups = file::groups("countries.toml", COUNTRIES).expect("the built-in country groups are valid");
    BUILT_IN
        .iter()
        .flat_map(|(name, text)| file::models(name, text, &groups).expect("the built-in catalog is valid"))
        .collect()
}

/// The operator's models: every `*.toml` of `dir`, in the order of their names. A directory that does not exist holds none.
pub fn read_dir(dir: &Path) -> Result<Vec<CatalogModel>, CatalogError> {
    let unreadable = |what: &Path, cause: std::io::Error| CatalogError {
        file: what.display().to_string(),
        model: None,
        field: None,
        rule: format!("cannot be read: {cause}"),
    };
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(unreadable(dir, cause)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|cause| unreadable(dir, cause))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    paths.sort();

    let groups = file::groups("countries.toml", COUNTRIES)?;
    let mut models = Vec::new();
    let mut owners: HashMap<String, String> = HashMap::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).map_err(|cause| unreadable(&path, cause))?;
        let file = path.display().to_string();
        for model in file::models(&file, &text, &groups)? {
            // Replacing a built-in model is the point of catalog.d; two files that disagree are an accident.
            if let Some(other) = owners.insert(model.id.folded(), file.clone()) {
                return Err(CatalogError {
                    file,
                    model: Some(model.id.model().to_owned()),
                    field: Some("name".to_owned()),
                    rule: format!("{} is already in {other}", model.id),
                });
            }
            models.push(model);
        }
    }
    Ok(models)
}
