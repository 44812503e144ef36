//! References: what `reference()`, `list*()` and `dependsOn` call the resources of a template.

use crate::expression::type_name;
use crate::expression::{Need, Stop};
use crate::known::Known;
use crate::scope::Frame;
use cupola_core::{ResourceId, name::fold};
use serde_json::{Value, json};
use std::collections::HashMap;

/// The resources of a template by each of their names.
#[derive(Debug, Default)]
pub(crate) struct Index {
    entries: Vec<Entry>,
    symbols: HashMap<String, Vec<usize>>,
    ids: HashMap<String, Vec<usize>>,
    /// By `Namespace/type/name`, the tail of an id.
    relative: HashMap<String, Vec<usize>>,
    names: HashMap<String, Vec<usize>>,
    loops: HashMap<String, Vec<usize>>,
}

/// What the index keeps of a resource.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) symbol: Option<String>,
    /// The name of its loop and its round in it.
    pub(crate) round: Option<(String, usize)>,
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) api_version: String,
}

impl Index {
    /// Adds the next resource.
    pub(crate) fn add(&mut self, entry: Entry) {
        let at = self.entries.len();
        let note = |map: &mut HashMap<String, Vec<usize>>, key: String| map.entry(key).or_default().push(at);
        if let Some(symbol) = &entry.symbol {
            note(&mut self.symbols, fold(symbol));
            if let Some((_, index)) = &entry.round {
                note(&mut self.symbols, fold(&format!("{symbol}[{index}]")));
            }
        }
        if let Some((name, _)) = &entry.round {
            note(&mut self.loops, fold(name));
        }
        let folded = fold(&entry.id);
        if let Some((_, relative)) = folded.rsplit_once("/providers/") {
            note(&mut self.relative, relative.to_owned());
        }
        note(&mut self.ids, folded);
        note(&mut self.names, fold(&entry.name));
        self.entries.push(entry);
    }

    /// The resources with this id.
    pub(crate) fn with_id(&self, id: &str) -> &[usize] {
        found(&self.ids, id)
    }

    /// The resources that a text means: symbol, id, loop, `Namespace/type/name`, or name, in this order.
    pub(crate) fn named(&self, text: &str) -> &[usize] {
        let trimmed = text.trim_end_matches('/');
        if trimmed.starts_with('/') {
            return found(&self.ids, trimmed);
        }
        [&self.symbols, &self.loops, &self.relative, &self.names]
            .into_iter()
            .map(|map| found(map, trimmed))
            .find(|found| !found.is_empty())
            .unwrap_or_default()
    }

    /// What `reference()` returns.
    pub(crate) fn reference(&self, frame: &Frame<'_>, arguments: &[Value]) -> Result<Value, Stop> {
        let (id, api_version) = self.target(&frame.context.known, arguments)?;
        let full = match arguments.get(2) {
            None | Some(Value::Null) => false,
            Some(Value::String(word)) if word.eq_ignore_ascii_case("full") => true,
            Some(other) => {
                return Err(Stop::fault(format!(
                    "The third argument of 'reference' can only be 'Full'; it is of type '{}'. Please see \
                     https://aka.ms/arm-function-reference for usage details.",
                    type_name(other)
                )));
            }
        };
        frame.ask(Need::Reference {
            id,
            api_version,
            full,
        })
    }

    /// What `references()` returns: an array for all rounds of a loop.
    pub(crate) fn references(&self, frame: &Frame<'_>, arguments: &[Value]) -> Result<Value, Stop> {
        let name = first_text(arguments)?;
        let members = found(&self.symbols, name);
        if members.is_empty() {
            return Err(missing(name));
        }
        let full = arguments
            .get(1)
            .and_then(Value::as_str)
            .is_some_and(|word| word.eq_ignore_ascii_case("full"));
        let mut values = Vec::with_capacity(members.len());
        let mut needs = Vec::new();
        for entry in members.iter().filter_map(|at| self.entries.get(*at)) {
            let answer = frame.ask(Need::Reference {
                id: entry.id.clone(),
                api_version: Some(entry.api_version.clone()),
                full,
            });
            match answer {
                Ok(value) => values.push(value),
                Err(Stop::Needs(mut more)) => needs.append(&mut more),
                Err(fault) => return Err(fault),
            }
        }
        if needs.is_empty() {
            Ok(Value::Array(values))
        } else {
            Err(Stop::Needs(needs))
        }
    }

    /// What `resourceInfo()` returns.
    pub(crate) fn info(&self, arguments: &[Value]) -> Result<Value, Stop> {
        let name = first_text(arguments)?;
        let Some(entry) = found(&self.symbols, name)
            .first()
            .and_then(|at| self.entries.get(*at))
        else {
            return Err(missing(name));
        };
        let mut info = json!({
            "id": entry.id,
            "name": entry.name,
            "type": entry.kind,
            "apiVersion": entry.api_version,
        });
        let id = ResourceId::parse(&entry.id);
        if let Some(subscription) = id.as_ref().and_then(|id| id.subscription.as_ref()) {
            info["subscriptionId"] = Value::from(subscription.as_str());
        }
        if let Some(group) = id.as_ref().and_then(|id| id.group.as_ref()) {
            info["resourceGroupName"] = Value::from(group.as_str());
        }
        Ok(info)
    }

    /// The id and version that the first two arguments of `reference` or `list*` mean.
    pub(crate) fn target(
        &self,
        known: &Known,
        arguments: &[Value],
    ) -> Result<(String, Option<String>), Stop> {
        let name = first_text(arguments)?;
        let given = arguments
            .get(1)
            .and_then(Value::as_str)
            .filter(|version| !version.is_empty())
            .map(str::to_owned);
        if let Some(entry) = self.named(name).first().and_then(|at| self.entries.get(*at)) {
            return Ok((
                entry.id.clone(),
                given.or_else(|| Some(entry.api_version.clone())),
            ));
        }
        // A resource of elsewhere is only known by its id, and its version must be told.
        let id = if name.starts_with('/') {
            name.trim_end_matches('/').to_owned()
        } else if name.contains('/') {
            format!("{}/providers/{}", known.scope().id(), name.trim_end_matches('/'))
        } else {
            return Err(missing(name));
        };
        if given.is_none() {
            return Err(missing(name));
        }
        Ok((id, given))
    }
}

fn found<'m>(map: &'m HashMap<String, Vec<usize>>, key: &str) -> &'m [usize] {
    map.get(&fold(key)).map(Vec::as_slice).unwrap_or_default()
}

fn first_text(arguments: &[Value]) -> Result<&str, Stop> {
    match arguments.first() {
        Some(Value::String(name)) if !name.is_empty() => Ok(name),
        _ => Err(Stop::fault(
            "The template reference must be the name or the id of a resource. Please see \
             https://aka.ms/arm-function-reference for usage details.",
        )),
    }
}

fn missing(name: &str) -> Stop {
    Stop::fault(format!(
        "The template reference '{name}' is not valid: could not find template resource or resource copy with this \
         name. Please see https://aka.ms/arm-function-reference for usage details."
    ))
}
