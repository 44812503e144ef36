//! The filter of a cost query: comparisons of dimensions, joined by `and`, `or` and `not`.

use crate::facets::Facet;
use cupola_core::name::printable;
use cupola_core::{Code, Problem};
use serde_json::Value;

const DEPTH_MAX: usize = 8;
const PARTS_MAX: usize = 50;
const VALUES_MAX: usize = 500;
const RULE: &str = "use {\"dimensions\": {\"name\": \"Model\", \"operator\": \"In\", \"values\": [\"...\"]}}, or several of \
                    them in \"and\" or \"or\"";

/// Which usage is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    In(Facet, Vec<String>),
}

impl Filter {
    /// Reads `dataset.filter`.
    pub(super) fn read(value: &Value) -> Result<Self, Problem> {
        read(value, "dataset.filter", DEPTH_MAX)
    }

    /// Does what has these dimensions pass?
    pub(super) fn passes(&self, value: &dyn Fn(Facet) -> String) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.passes(value)),
            Self::Any(parts) => parts.iter().any(|part| part.passes(value)),
            Self::Not(part) => !part.passes(value),
            Self::In(facet, wanted) => {
                let found = value(*facet);
                wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(&found))
            }
        }
    }
}

fn read(value: &Value, path: &str, depth: usize) -> Result<Filter, Problem> {
    let wrong = |why: String| Problem::new(Code::InvalidRequestContent, why).target(path);
    if depth == 0 {
        return Err(wrong(format!(
            "{path} stands more than {DEPTH_MAX} deep in other filters."
        )));
    }
    let given: Vec<(&String, &Value)> = value
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, part)| !part.is_null())
        .collect();
    let &[(name, part)] = &given[..] else {
        return Err(wrong(format!("The filter {path} must be one thing: {RULE}.")));
    };
    let inner = format!("{path}.{name}");
    let parts = || -> Result<Vec<Filter>, Problem> {
        let parts = part
            .as_array()
            .filter(|parts| (1..=PARTS_MAX).contains(&parts.len()))
            .ok_or_else(|| {
                wrong(format!(
                    "{inner} must be a list of 1 to {PARTS_MAX} filters: {RULE}."
                ))
            })?;
        parts.iter().map(|part| read(part, &inner, depth - 1)).collect()
    };
    match name.to_ascii_lowercase().as_str() {
        "and" => parts().map(Filter::All),
        "or" => parts().map(Filter::Any),
        "not" => read(part, &inner, depth - 1).map(|part| Filter::Not(Box::new(part))),
        "dimensions" | "dimension" => comparison(part, &inner),
        _ => Err(wrong(format!(
            "'{}' of {path} is no filter that is known here: {RULE}.",
            printable(name)
        ))),
    }
}

fn comparison(value: &Value, path: &str) -> Result<Filter, Problem> {
    let wrong = |why: String| Problem::new(Code::InvalidRequestContent, why).target(path);
    let name = value["name"].as_str().unwrap_or_default();
    let facet = Facet::parse(name).ok_or_else(|| unknown(name, path))?;
    let operator = value["operator"].as_str().unwrap_or("In");
    if !["in", "equals"].contains(&operator.to_ascii_lowercase().as_str()) {
        return Err(wrong(format!(
            "'{}' of {path}.operator is no operator here: use In.",
            printable(operator)
        )));
    }
    let values: Option<Vec<String>> = value["values"]
        .as_array()
        .filter(|values| (1..=VALUES_MAX).contains(&values.len()))
        .and_then(|values| values.iter().map(|one| one.as_str().map(str::to_owned)).collect());
    let values = values.ok_or_else(|| {
        wrong(format!(
            "{path}.values must be a list of 1 to {VALUES_MAX} texts."
        ))
    })?;
    Ok(Filter::In(facet, values))
}

/// A dimension that there is not.
pub(super) fn unknown(name: &str, path: &str) -> Problem {
    let known: Vec<&str> = Facet::ALL.into_iter().map(Facet::as_str).collect();
    Problem::new(
        Code::InvalidRequestContent,
        format!(
            "'{}' of {path} is no dimension: use {}.",
            printable(name),
            known.join(", ")
        ),
    )
    .target(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(filter: Value, expected: Result<bool, &str>) {
        let found = Filter::read(&filter).map(|filter| {
            filter.passes(&|facet| match facet {
                Facet::Model => "M".to_owned(),
                Facet::Key => "primary".to_owned(),
                _ => String::new(),
            })
        });
        match (found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{filter}"),
            (Err(problem), Err(part)) => assert!(problem.message.contains(part), "{}", problem.message),
            (found, _) => panic!("{filter}: {found:?}"),
        }
    }

    #[test]
    fn filters_compare_dimensions() {
        let of = |name: &str, values: Value| json!({"dimensions": {"name": name, "operator": "In", "values": values}});
        check(of("model", json!(["m", "n"])), Ok(true));
        check(of("Key", json!(["secondary"])), Ok(false));
        check(
            json!({"and": [of("Model", json!(["M"])), {"not": of("Key", json!(["secondary"]))}]}),
            Ok(true),
        );
        check(
            json!({"or": [of("Model", json!(["N"])), of("Key", json!(["secondary"]))]}),
            Ok(false),
        );
        check(
            of("Colour", json!(["red"])),
            Err("'Colour' of dataset.filter.dimensions"),
        );
        check(of("Model", json!([])), Err("1 to 500 texts"));
        check(json!({}), Err("must be one thing"));
        check(json!({"tags": {}}), Err("'tags' of dataset.filter"));
        check(json!({"and": []}), Err("1 to 50 filters"));
        let deep = (0..20).fold(of("Model", json!(["M"])), |inner, _| json!({ "not": inner }));
        check(deep, Err("8 deep"));
    }
}
