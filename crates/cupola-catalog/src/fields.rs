//! Taking fields out of a table, one by one, so that each refusal can name the field and what would be right.

use crate::CatalogError;
use cupola_core::Problem;
use std::str::FromStr;
use toml::{Table, Value};

/// The fields of a file or of a model. A model's fields fall back to its file's.
pub(crate) struct Fields<'a> {
    file: &'a str,
    model: Option<String>,
    own: Table,
    shared: Option<&'a Table>,
    asked: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    pub(crate) fn of_file(file: &'a str, own: Table) -> Self {
        Self {
            file,
            model: None,
            own,
            shared: None,
            asked: Vec::new(),
        }
    }

    pub(crate) fn of_model(file: &'a str, model: String, own: Table, shared: &'a Table) -> Self {
        Self {
            file,
            model: Some(model),
            own,
            shared: Some(shared),
            asked: Vec::new(),
        }
    }

    pub(crate) fn refuse(&self, field: &str, rule: impl Into<String>) -> CatalogError {
        CatalogError {
            file: self.file.to_owned(),
            model: self.model.clone(),
            field: Some(field.to_owned()),
            rule: rule.into(),
        }
    }

    pub(crate) fn get(&mut self, field: &'static str) -> Option<Value> {
        self.asked.push(field);
        self.own.get(field).or_else(|| self.shared?.get(field)).cloned()
    }

    pub(crate) fn text(&mut self, field: &'static str) -> Result<String, CatalogError> {
        self.text_or_none(field)?
            .ok_or_else(|| self.refuse(field, "is missing"))
    }

    pub(crate) fn text_or_none(&mut self, field: &'static str) -> Result<Option<String>, CatalogError> {
        match self.get(field) {
            None => Ok(None),
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(Some(text)),
            Some(_) => Err(self.refuse(field, "must be a text that is not empty")),
        }
    }

    /// A list of texts; an absent list is empty.
    pub(crate) fn texts(&mut self, field: &'static str) -> Result<Vec<String>, CatalogError> {
        let items = match self.get(field) {
            None => return Ok(Vec::new()),
            Some(Value::Array(items)) => items,
            Some(_) => return Err(self.refuse(field, "must be a list of texts")),
        };
        items
            .into_iter()
            .map(|item| match item {
                Value::String(text) => Ok(text),
                _ => Err(self.refuse(field, "must be a list of texts")),
            })
            .collect()
    }

    /// A list of names, each checked.
    pub(crate) fn names<T: FromStr<Err = Problem>>(
        &mut self,
        field: &'static str,
    ) -> Result<Vec<T>, CatalogError> {
        let texts = self.texts(field)?;
        texts
            .iter()
            .map(|text| {
                text.parse()
                    .map_err(|cause: Problem| self.refuse(field, cause.message))
            })
            .collect()
    }

    pub(crate) fn truth(&mut self, field: &'static str) -> Result<bool, CatalogError> {
        match self.get(field) {
            None => Ok(false),
            Some(Value::Boolean(truth)) => Ok(truth),
            Some(_) => Err(self.refuse(field, "must be true or false")),
        }
    }

    /// The fields that were asked for so far.
    pub(crate) fn asked(&self) -> impl Iterator<Item = &'static str> {
        self.asked.iter().copied()
    }

    /// A misspelt field would silently mean its default; so it is refused.
    pub(crate) fn nothing_else(&self) -> Result<(), CatalogError> {
        match self.own.keys().find(|key| !self.asked.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => Err(self.refuse(
                key,
                format!("is no field here; the fields are {}", self.asked.join(", ")),
            )),
        }
    }
}
