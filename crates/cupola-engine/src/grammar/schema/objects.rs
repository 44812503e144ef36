//! Objects and arrays of a schema.

use serde_json::Value;

use super::{Compiler, Keywords, SchemaRefusal, json};
use crate::grammar::{RuleId, Sequence, Symbol, literal};

impl<'a> Compiler<'a> {
    pub(super) fn object(&mut self, keywords: &'a Keywords) -> Result<RuleId, SchemaRefusal> {
        let properties = match keywords.get("properties") {
            None => None,
            Some(Value::Object(properties)) => Some(properties),
            Some(other) => {
                return Err(self.refuse_keyword(
                    "properties",
                    other,
                    "'properties' is an object of schemas.",
                ));
            }
        };
        let required = self.required(keywords)?;
        let mut pairs: Vec<(&'a str, RuleId, bool)> = Vec::new();
        for (name, schema) in properties.into_iter().flatten() {
            let rule = self.at("properties", |compiler| compiler.below(name, schema))?;
            pairs.push((name, rule, required.contains(&name.as_str())));
        }
        for name in required {
            if pairs.iter().all(|(known, ..)| *known != name) {
                let rule = self.unnamed(keywords, name)?;
                pairs.push((name, rule, true));
            }
        }
        if pairs.is_empty() && properties.is_none() {
            return self.map(keywords);
        }
        self.bounds_hold(keywords, &pairs)?;
        Ok(self.members(&pairs))
    }

    fn required(&mut self, keywords: &'a Keywords) -> Result<Vec<&'a str>, SchemaRefusal> {
        let Some(value) = keywords.get("required") else {
            return Ok(Vec::new());
        };
        let names: Option<Vec<&str>> = value
            .as_array()
            .and_then(|names| names.iter().map(Value::as_str).collect());
        names.ok_or_else(|| self.refuse_keyword("required", value, "'required' is an array of names."))
    }

    /// A property that is required and that `properties` does not name.
    fn unnamed(&mut self, keywords: &'a Keywords, name: &str) -> Result<RuleId, SchemaRefusal> {
        match keywords.get("additionalProperties") {
            None | Some(Value::Bool(true)) => Ok(self.json.value),
            Some(Value::Bool(false)) => {
                let input = Value::String(name.to_owned());
                let reason = format!("'{name}' is required and 'additionalProperties' forbids it.");
                Err(self.refuse_keyword("required", &input, reason))
            }
            Some(schema) => self.below("additionalProperties", schema),
        }
    }

    /// An object that the schema gives no names for.
    fn map(&mut self, keywords: &'a Keywords) -> Result<RuleId, SchemaRefusal> {
        let least = self.count(keywords, "minProperties")?.unwrap_or(0);
        let most = self.count(keywords, "maxProperties")?;
        let value = match keywords.get("additionalProperties") {
            None | Some(Value::Bool(true)) if least == 0 && most.is_none() => return Ok(self.json.object),
            None | Some(Value::Bool(true)) => self.json.value,
            Some(Value::Bool(false)) => return Ok(self.builder.rule(vec![literal("{}")])),
            Some(schema) => self.below("additionalProperties", schema)?,
        };
        if most.is_some_and(|most| most < least) || least > 1 {
            // Two keys may turn out to be the same one, which counts as one.
            let input = Value::Object(keywords.clone());
            let reason = "'minProperties' above 1 needs 'properties' to be made a grammar.".to_owned();
            return Err(self.refuse(&input, reason));
        }
        let (space, key) = (self.json.space, self.json.string);
        Ok(json::map(self.builder, space, key, value, (least, most)))
    }

    fn bounds_hold(
        &mut self,
        keywords: &'a Keywords,
        pairs: &[(&str, RuleId, bool)],
    ) -> Result<(), SchemaRefusal> {
        let certain = pairs.iter().filter(|(.., required)| *required).count() as u32;
        let least = self.count(keywords, "minProperties")?;
        let most = self.count(keywords, "maxProperties")?;
        let holds = least.is_none_or(|least| least <= certain)
            && most.is_none_or(|most| most as usize >= pairs.len());
        if holds {
            return Ok(());
        }
        let input = Value::Object(keywords.clone());
        let reason =
            "'minProperties' and 'maxProperties' beside optional 'properties' cannot be made a grammar.";
        Err(self.refuse(&input, reason.to_owned()))
    }

    /// Properties in their order: from the last one backwards, each rule is one property and what may follow it,
    /// once for the case that nothing came before and once with the comma that is needed otherwise.
    fn members(&mut self, pairs: &[(&str, RuleId, bool)]) -> RuleId {
        let gap = Symbol::Rule(self.json.space);
        let nothing = self.builder.rule(vec![Sequence::new()]);
        let (mut begin, mut go_on) = (nothing, nothing);
        for (name, value, required) in pairs.iter().rev() {
            let mut pair = literal(&Value::from(*name).to_string());
            pair.extend([Symbol::Byte(b':'), gap, Symbol::Rule(*value), Symbol::Rule(go_on)]);
            let pair = self.builder.rule(vec![pair]);
            let mut first = vec![vec![Symbol::Rule(pair)]];
            let mut later = vec![vec![Symbol::Byte(b','), gap, Symbol::Rule(pair)]];
            if !required {
                first.push(vec![Symbol::Rule(begin)]);
                later.push(vec![Symbol::Rule(go_on)]);
            }
            begin = self.builder.rule(first);
            go_on = self.builder.rule(later);
        }
        let inside = vec![
            Symbol::Byte(b'{'),
            gap,
            Symbol::Rule(begin),
            gap,
            Symbol::Byte(b'}'),
        ];
        self.builder.rule(vec![inside])
    }

    pub(super) fn array(&mut self, keywords: &'a Keywords) -> Result<RuleId, SchemaRefusal> {
        if let Some(unique) = keywords
            .get("uniqueItems")
            .filter(|unique| **unique != Value::Bool(false))
        {
            let reason = "'uniqueItems' cannot be made a grammar; leave it out and check the answer.";
            return Err(self.refuse_keyword("uniqueItems", unique, reason));
        }
        let least = self.count(keywords, "minItems")?.unwrap_or(0);
        let most = self.count(keywords, "maxItems")?;
        let mut first = self.first_items(keywords)?;
        let mut rest = self.other_items(keywords)?;
        if let Some(most) = most.map(|most| most as usize).filter(|most| *most <= first.len()) {
            first.truncate(most);
            rest = None;
        }
        let possible =
            most.is_none_or(|most| least <= most) && (rest.is_some() || least as usize <= first.len());
        if !possible {
            let input = Value::Object(keywords.clone());
            return Err(self.refuse(&input, "No array can have this many items.".to_owned()));
        }
        Ok(json::list(
            self.builder,
            self.json.space,
            &first,
            rest,
            (least, most),
        ))
    }

    /// `prefixItems`, or its older form: an array under `items`.
    fn first_items(&mut self, keywords: &'a Keywords) -> Result<Vec<RuleId>, SchemaRefusal> {
        let (key, schemas) = match (keywords.get("prefixItems"), keywords.get("items")) {
            (Some(Value::Array(schemas)), _) => ("prefixItems", schemas),
            (None, Some(Value::Array(schemas))) => ("items", schemas),
            _ => return Ok(Vec::new()),
        };
        let mut items = Vec::new();
        for (index, schema) in schemas.iter().enumerate() {
            items.push(self.at(key, |compiler| compiler.below(&index.to_string(), schema))?);
        }
        Ok(items)
    }

    fn other_items(&mut self, keywords: &'a Keywords) -> Result<Option<RuleId>, SchemaRefusal> {
        let (key, schema) = match keywords.get("items") {
            Some(Value::Array(_)) => ("additionalItems", keywords.get("additionalItems")),
            items => ("items", items),
        };
        match schema {
            Some(Value::Bool(false)) => Ok(None),
            None | Some(Value::Bool(true)) => Ok(Some(self.json.value)),
            Some(schema) => self.below(key, schema).map(Some),
        }
    }
}
