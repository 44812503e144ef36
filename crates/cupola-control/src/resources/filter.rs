//! `$filter` of the generic list and of the list of groups: comparisons and searches joined by `and` and `or`.

use cupola_core::name::printable;
use cupola_core::{Code, Problem, Region};
use cupola_store::Resource;

// What a filter may weigh; the longest that a client writes has a name of 90 characters and a type of 200.
const BYTES_MAX: usize = 4096;
const DEPTH_MAX: usize = 16;

/// Which resources are wanted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter(Option<Term>);

#[derive(Debug, PartialEq, Eq)]
enum Term {
    All(Vec<Term>),
    Any(Vec<Term>),
    Is(Clause),
}

#[derive(Debug, PartialEq, Eq)]
struct Clause {
    field: Field,
    test: Test,
    value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Test {
    Equal,
    NotEqual,
    Contains,
    StartsWith,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    ResourceType,
    Name,
    ResourceGroup,
    Location,
    TagName,
    TagValue,
    Kind,
    PrincipalId,
}

const FIELDS: [(&str, Field); 8] = [
    ("resourceType", Field::ResourceType),
    ("name", Field::Name),
    ("resourceGroup", Field::ResourceGroup),
    ("location", Field::Location),
    ("tagName", Field::TagName),
    ("tagValue", Field::TagValue),
    ("kind", Field::Kind),
    ("identity/principalId", Field::PrincipalId),
];

impl Filter {
    /// Reads `resourceType eq 'A/b' and substringof('x', name)`. An empty filter wants everything.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        if text.trim().is_empty() {
            return Ok(Self(None));
        }
        let fits = text.len() <= BYTES_MAX;
        match any(text, if fits { DEPTH_MAX } else { 0 }) {
            Some((term, rest)) if rest.trim().is_empty() => Ok(Self(Some(term))),
            _ => Err(refused(text)),
        }
    }

    /// Does this resource pass?
    pub(crate) fn passes(&self, resource: &Resource) -> bool {
        self.0.as_ref().is_none_or(|term| term.passes(resource))
    }

    /// The value that every resource of the list must have here, if the filter says so: the list can begin there.
    pub(super) fn demands(&self, field: Field) -> Option<&str> {
        match self.0.as_ref()? {
            Term::All(terms) => terms.iter().find_map(|term| term.demands(field)),
            term => term.demands(field),
        }
    }

    /// The types that resources of the list can have, if the filter names them all.
    pub(super) fn types(&self) -> Option<Vec<&str>> {
        match self.0.as_ref()? {
            Term::All(terms) => terms.iter().find_map(Term::types),
            term => term.types(),
        }
    }
}

impl Term {
    fn passes(&self, resource: &Resource) -> bool {
        match self {
            Self::All(terms) => {
                terms.iter().all(|term| term.passes(resource)) && one_tag_passes(terms, resource)
            }
            Self::Any(terms) => terms.iter().any(|term| term.passes(resource)),
            Self::Is(clause) => clause.passes(resource),
        }
    }

    fn demands(&self, field: Field) -> Option<&str> {
        match self {
            Self::Is(clause) if clause.field == field && clause.test == Test::Equal => Some(&clause.value),
            _ => None,
        }
    }

    fn types(&self) -> Option<Vec<&str>> {
        match self {
            Self::Is(_) => self.demands(Field::ResourceType).map(|kind| vec![kind]),
            Self::Any(terms) => terms
                .iter()
                .map(|term| term.demands(Field::ResourceType))
                .collect(),
            Self::All(_) => None,
        }
    }
}

// A name and a value that are joined by `and` belong to one tag.
fn one_tag_passes(terms: &[Term], resource: &Resource) -> bool {
    let wanted = |field| terms.iter().find_map(|term| term.demands(field));
    match (wanted(Field::TagName), wanted(Field::TagValue)) {
        (Some(name), Some(value)) => resource
            .tags
            .iter()
            .any(|(known, has)| known.eq_ignore_ascii_case(name) && has.as_str() == Some(value)),
        _ => true,
    }
}

impl Clause {
    fn passes(&self, resource: &Resource) -> bool {
        match self.test {
            Test::NotEqual => !self.holds(resource, Test::Equal),
            test => self.holds(resource, test),
        }
    }

    fn holds(&self, resource: &Resource, test: Test) -> bool {
        let wanted = match (self.field, test) {
            (Field::Location, Test::Equal) => {
                let region = self.value.parse::<Region>();
                region.map_or_else(|_| self.value.clone(), |region| region.to_string())
            }
            _ => self.value.to_ascii_lowercase(),
        };
        let fits = |text: &str| {
            let text = text.to_ascii_lowercase();
            match test {
                Test::Contains => text.contains(&wanted),
                Test::StartsWith => text.starts_with(&wanted),
                Test::Equal | Test::NotEqual => text == wanted,
            }
        };
        match self.field {
            Field::ResourceType => fits(&resource.id.resource_type()),
            Field::Name => fits(resource.id.name()),
            Field::ResourceGroup => resource.id.group.as_deref().is_some_and(fits),
            Field::Location => resource.location.as_deref().is_some_and(fits),
            Field::Kind => resource.kind.as_deref().is_some_and(fits),
            Field::PrincipalId => {
                let principal = resource
                    .identity
                    .as_ref()
                    .and_then(|identity| identity.get("principalId"));
                principal.and_then(|id| id.as_str()).is_some_and(fits)
            }
            Field::TagName => resource.tags.keys().any(|name| fits(name)),
            // Values have case.
            Field::TagValue => resource
                .tags
                .values()
                .filter_map(|value| value.as_str())
                .any(|value| match test {
                    Test::Contains => value.contains(&self.value),
                    Test::StartsWith => value.starts_with(&self.value),
                    Test::Equal | Test::NotEqual => value == self.value,
                }),
        }
    }
}

fn any(text: &str, depth: usize) -> Option<(Term, &str)> {
    joined(text, "or", Term::Any, |text| {
        joined(text, "and", Term::All, |text| one(text, depth))
    })
}

fn joined<'a>(
    text: &'a str,
    by: &str,
    join: fn(Vec<Term>) -> Term,
    part: impl Fn(&'a str) -> Option<(Term, &'a str)>,
) -> Option<(Term, &'a str)> {
    let (first, mut rest) = part(text)?;
    let mut terms = vec![first];
    while let (found, tail) = word(rest)
        && found.eq_ignore_ascii_case(by)
    {
        let (term, tail) = part(tail)?;
        terms.push(term);
        rest = tail;
    }
    let whole = if terms.len() == 1 {
        terms.pop()?
    } else {
        join(terms)
    };
    Some((whole, rest))
}

fn one(text: &str, depth: usize) -> Option<(Term, &str)> {
    let text = text.trim_start();
    if let Some(inner) = text.strip_prefix('(') {
        let (term, rest) = any(inner, depth.checked_sub(1)?)?;
        return Some((term, rest.trim_start().strip_prefix(')')?));
    }
    let (name, rest) = word(text);
    let test = match name.to_ascii_lowercase().as_str() {
        "substringof" => Test::Contains,
        "startswith" => Test::StartsWith,
        _ => return comparison(name, rest).filter(|_| depth > 0),
    };
    let (arguments, rest) = rest
        .trim_start()
        .strip_prefix('(')?
        .split_at_checked(closing(rest.trim_start())?)?;
    let rest = rest.strip_prefix(')')?;
    // `substringof('text', name)` and `startswith(name, 'text')`: whichever side is quoted is the text.
    let (value, field) = match quoted(arguments.trim_start()) {
        Some((value, tail)) => (value, tail.trim().strip_prefix(',')?.trim()),
        None => {
            let (field, tail) = arguments.split_once(',')?;
            let (value, tail) = quoted(tail.trim_start())?;
            tail.trim().is_empty().then_some((value, field.trim()))?
        }
    };
    let field = field_of(field)?;
    Some((Term::Is(Clause { field, test, value }), rest)).filter(|_| depth > 0)
}

// Where the bracket that this text begins with is closed, counted from behind it; quoted ones do not count.
fn closing(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, c)| {
        quoted ^= c == '\'';
        (c == ')' && !quoted).then(|| at - 1)
    })
}

fn comparison<'a>(name: &str, rest: &'a str) -> Option<(Term, &'a str)> {
    let field = field_of(name)?;
    let (operator, rest) = word(rest);
    let test = match operator.to_ascii_lowercase().as_str() {
        "eq" => Test::Equal,
        "ne" => Test::NotEqual,
        _ => return None,
    };
    let (value, rest) = quoted(rest.trim_start())?;
    Some((Term::Is(Clause { field, test, value }), rest))
}

fn field_of(name: &str) -> Option<Field> {
    FIELDS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, field)| *field)
}

fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_at(
        text.find(|c: char| c.is_whitespace() || "'()".contains(c))
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
            "The $filter '{}' cannot be read: use FIELD eq 'VALUE', FIELD ne 'VALUE', substringof('TEXT', FIELD) or \
             startswith(FIELD, 'TEXT'), joined by and, or and brackets, in at most {BYTES_MAX} bytes, where FIELD is one of \
             {}.",
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
        resource.kind = Some("Hub".to_owned());
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
        check("tagname eq 'team' and tagvalue eq 'A'", Some(false));
        check("resourceType eq 'n/t' or name eq 'x'", Some(true));
        check("resourceType eq 'x' or resourceType eq 'y'", Some(false));
        check(
            "name eq 'x' or name eq 'y' and kind eq 'hub' or kind eq 'HUB'",
            Some(true),
        );
        check(
            "(name eq 'x' or kind eq 'hub') and location eq 'westus'",
            Some(false),
        );
        check("substringof('T''', name)", Some(true));
        check("substringof('z', name) or startswith(tagName, 'TE')", Some(true));
        check("startswith(tagName, 'x')", Some(false));
        check("substringof('x)', name)", Some(false));
        check("colour eq 'red'", None);
        check("name eq 'x", None);
        check("name eq 'x' and", None);
        check("name eq 'x' name eq 'y'", None);
        check("name gt 'x'", None);
        check("(name eq 'x'", None);
        check("substringof(name)", None);
        check(&"(".repeat(100_000), None);
        check(&format!("{}name eq 'x'{}", "(".repeat(17), ")".repeat(17)), None);
    }

    #[test]
    fn a_filter_says_where_the_list_may_begin() {
        let filter = |text: &str| Filter::parse(text).expect(text);
        assert_eq!(
            filter("name eq 'x' and kind eq 'y'").demands(Field::Name),
            Some("x")
        );
        assert_eq!(filter("name eq 'x' or kind eq 'y'").demands(Field::Name), None);
        assert_eq!(filter("name ne 'x'").demands(Field::Name), None);
        let either = "(resourceType eq 'a' or resourceType eq 'b') and name ne 'x'";
        assert_eq!(filter(either).types(), Some(vec!["a", "b"]));
        assert_eq!(filter("resourceType eq 'a'").types(), Some(vec!["a"]));
        assert_eq!(filter("resourceType eq 'a' or name eq 'b'").types(), None);
    }

    proptest! {
        #[test]
        fn no_filter_makes_reading_panic(text in "[a-z' (),é]{0,60}", field in "name|substringof\\(|tagName eq ") {
            let _ = Filter::parse(&format!("{field}{text}"));
        }
    }
}
