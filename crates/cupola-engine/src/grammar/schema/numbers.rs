//! Numbers of a schema.

use serde_json::Value;

use super::{Compiler, Keywords, SchemaRefusal};
use crate::grammar::RuleId;
use crate::grammar::numbers::{self, Bounds};

impl Compiler<'_> {
    pub(super) fn number(&mut self, kind: &str, keywords: &Keywords) -> Result<RuleId, SchemaRefusal> {
        if let Some(step) = keywords.get("multipleOf")
            && !(kind == "integer" && step.as_f64() == Some(1.0))
        {
            return Err(self.refuse_keyword("multipleOf", step, "'multipleOf' cannot be made a grammar."));
        }
        let bounds = Bounds {
            least: self.bound(keywords, "minimum")?,
            most: self.bound(keywords, "maximum")?,
            above: self.bound(keywords, "exclusiveMinimum")?,
            below: self.bound(keywords, "exclusiveMaximum")?,
        };
        let rule = match (kind, bounds.are_none()) {
            ("integer", true) => Some(self.json.integer),
            (_, true) => Some(self.json.number),
            ("integer", false) => numbers::integers(self.builder, &self.json, &bounds),
            (_, false) => numbers::numbers(self.builder, &self.json, &bounds),
        };
        rule.ok_or_else(|| {
            let input = Value::Object(keywords.clone());
            self.refuse(
                &input,
                "No number can be written between these bounds.".to_owned(),
            )
        })
    }

    fn bound(&self, keywords: &Keywords, key: &str) -> Result<Option<f64>, SchemaRefusal> {
        match keywords.get(key) {
            None => Ok(None),
            Some(value) => value
                .as_f64()
                .map(Some)
                .ok_or_else(|| self.refuse_keyword(key, value, format!("'{key}' is a number."))),
        }
    }
}
