//! `$filter` of the generic list and of the list of groups: comparisons joined by `and`.

use cupola_core::name::printable;
use cupola_core::{Code, Problem, Region};
use cupola_store::Resource;

/// Which resources are wanted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter(Vec<Clause>);

#[derive(Debug, PartialEq, Eq)]
struct Clause {
    field: Field,
    equal: bool,
    value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    ResourceType,
    Name,
    ResourceGroup,
    Location,
    TagName,
    TagValue,
}

const FIELDS: [(&str, Field); 6] = [
    ("resourceType", Field::ResourceType),
    ("name", Field::Name),
    ("resourceGroup", Field::ResourceGroup),
    ("location", Field::Location),
    ("tagName", Field::TagName),
    ("tagValue", Field::TagValue),
];

impl Filter {
    /// Reads `resourceType eq 'A/b' and name ne 'x'`. An empty filter wants everything.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        let mut clauses = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (clause, tail) = clause(rest).ok_or_else(|| refused(text))?;
            clauses.push(clause);
            rest = match word(tail) {
                ("", _) => "",
                (and, tail) if and.eq_ignore_ascii_case("and") && !tail.trim().is_empty() => {
                    tail.trim_start()
                }
                _ => return Err(refused(text)),
            };
        }
        Ok(Self(clauses))
    }

    /// Does this resource pass?
    pub(crate) fn passes(&self, resource: &Resource) -> bool {
        self.0.iter().all(|clause| clause.holds(resource) == clause.equal) && self.tags_pass(resource)
    }

    // A name and a value belong to one tag.
    fn tags_pass(&self, resource: &Resource) -> bool {
        let wanted = |field| {
            self.0
                .iter()
                .find(|clause| clause.field == field && clause.equal)
                .map(|c| c.value.as_str())
        };
        match (wanted(Field::TagName), wanted(Field::TagValue)) {
            (Some(name), Some(value)) => resource
                .tags
                .iter()
                .any(|(known, has)| known.eq_ignore_ascii_case(name) && has.as_str() == Some(value)),
            _ => true,
        }
    }
}

impl Clause {
    fn holds(&self, resource: &Resource) -> bool {
        let same = |text: &str| text.eq_ignore_ascii_case(&self.value);
        match self.field {
            Field::ResourceType => same(&resource.id.resource_type()),
            Field::Name => same(resource.id.name()),
            Field::ResourceGroup => resource.id.group.as_deref().is_some_and(same),
            Field::Location => {
                let wanted = self.value.parse::<Region>().map(|region| region.to_string());
                resource
                    .location
                    .as_deref()
                    .is_some_and(|place| wanted.as_deref() == Ok(place))
            }
            Field::TagName => resource.tags.keys().any(|name| same(name)),
            Field::TagValue => resource
                .tags
                .values()
                .any(|value| value.as_str() == Some(self.value.as_str())),
        }
    }
}

fn clause(text: &str) -> Option<(Clause, &str)> {
    let (name, rest) = word(text);
    let field = FIELDS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, field)| *field)?;
    let (operator, rest) = word(rest);
    let equal = match operator.to_ascii_lowercase().as_str() {
        "eq" => true,
        "ne" => false,
        _ => return None,
    };
    let (value, rest) = quoted(rest.trim_start())?;
    Some((Clause { field, equal, value }, rest))
}

fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_at(
        text.find(|c: char| c.is_whitespace() || c == '\'')
            .unwrap_or(text.len()),
    )
}

// A quote inside a value is written twice.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('\'')?;
    let mut value = String::new();
    loop {
        let (part, tail) = rest.split_once('\'')?;
        value.push_str(part);
        match tail.strip_prefix('\'') {
            Some(tail) => {
                value.push('\'');
                rest = tail;
            }
            None => return Some((value, tail)),
        }
    }
}

fn refused(text: &str) -> Problem {
    let fields: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
    Problem::new(
        Code::InvalidRequestContent,
        format!(
            "The $filter '{}' cannot be read: use FIELD eq 'VALUE' or FIELD ne 'VALUE', joined by and, where FIELD is one \
             of {}.",
            printable(text),
            fields.join(", ")
        ),
    )
    .target("$filter")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::a_resource;
    use cupola_core::ResourceId;
    use proptest::prelude::*;
    use serde_json::json;

    fn check(filter: &str, expected: Option<bool>) {
        let id = ResourceId::group("s", "g").resource("N", "t", "it's");
        let mut resource = a_resource(&id, json!({}));
        resource.location = Some("eastus2".to_owned());
        resource.tags.insert("team".to_owned(), "a".into());
        resource.tags.insert("stage".to_owned(), "b".into());
        assert_eq!(
            Filter::parse(filter).ok().map(|filter| filter.passes(&resource)),
            expected,
            "{filter}"
        );
    }

    #[test]
    fn filters_choose_resources() {
        check("", Some(true));
        check("  ", Some(true));
        check("resourceType eq 'n/T'", Some(true));
        check("resourceType ne 'n/T'", Some(false));
        check("name eq 'it''s' and resourceGroup eq 'G'", Some(true));
        check("location eq 'East US 2'", Some(true));
        check("tagname eq 'TEAM' and tagvalue eq 'a'", Some(true));
        check("tagname eq 'team' and tagvalue eq 'b'", Some(false));
        check("resourceType eq 'n/t' or name eq 'x'", None);
        check("colour eq 'red'", None);
        check("name eq 'x", None);
        check("name eq 'x' and", None);
        check("name gt 'x'", None);
    }

    proptest! {
        #[test]
        fn no_filter_makes_reading_panic(text in "[a-zA-Z' ]{0,60}") {
            let _ = Filter::parse(&text);
        }
    }
}
