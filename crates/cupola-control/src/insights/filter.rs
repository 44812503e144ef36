//! `$filter` of metrics: `A eq 'a1' and (B eq 'b1' or B eq 'b2') and C eq '*'`. A dimension that is named is one that the
//! series are told apart by.

use super::definitions::Dimension;
use cupola_core::name::printable;
use cupola_core::{Code, Problem};

const DIMENSIONS_MAX: usize = 8;
const VALUES_MAX: usize = 100;

/// The dimensions that are named, and which values of them are wanted; none: all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Filter(pub(super) Vec<(Dimension, Vec<String>)>);

impl Filter {
    pub(super) fn read(text: &str) -> Result<Self, Problem> {
        let mut filter = Self::default();
        let mut words = Words(text);
        loop {
            let Some(first) = words.next()? else {
                return match filter.0.is_empty() {
                    true => Ok(filter),
                    false => Err(wrong("it ends after 'and' or 'or'")),
                };
            };
            let (Word::Plain(name), Some(Word::Plain(operator)), Some(Word::Quoted(value))) =
                (first, words.next()?, words.next()?)
            else {
                return Err(wrong("each condition is NAME eq 'VALUE'"));
            };
            if !operator.eq_ignore_ascii_case("eq") {
                return Err(wrong(&format!(
                    "'{}' is no operator that metrics have",
                    printable(operator)
                )));
            }
            let dimension = Dimension::parse(name)
                .ok_or_else(|| wrong(&format!("'{}' is no dimension of these metrics", printable(name))))?;
            filter.want(dimension, value)?;
            match words.next()? {
                None => return Ok(filter),
                Some(Word::Plain(word))
                    if word.eq_ignore_ascii_case("and") || word.eq_ignore_ascii_case("or") => {}
                Some(_) => return Err(wrong("conditions are joined by 'and' or 'or'")),
            }
        }
    }

    fn want(&mut self, dimension: Dimension, value: String) -> Result<(), Problem> {
        let at = self.0.iter().position(|(known, _)| *known == dimension);
        let at = at.unwrap_or_else(|| {
            self.0.push((dimension, Vec::new()));
            self.0.len() - 1
        });
        if self.0.len() > DIMENSIONS_MAX {
            return Err(wrong(&format!("it names more than {DIMENSIONS_MAX} dimensions")));
        }
        if let Some((_, values)) = self.0.get_mut(at)
            && value != "*"
        {
            values.push(value);
            if values.len() > VALUES_MAX {
                return Err(wrong(&format!(
                    "it names more than {VALUES_MAX} values of {}",
                    dimension.as_str()
                )));
            }
        }
        Ok(())
    }

    /// Is this what is wanted?
    pub(super) fn passes(&self, value: impl Fn(Dimension) -> String) -> bool {
        self.0.iter().all(|(dimension, wanted)| {
            let found = value(*dimension);
            wanted.is_empty() || wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(&found))
        })
    }
}

fn wrong(why: &str) -> Problem {
    Problem::new(
        Code::InvalidRequestContent,
        format!("The $filter cannot be read: {why}. Write it like StatusCodeClass eq '4xx' and Key eq '*'."),
    )
    .target("$filter")
}

enum Word<'a> {
    Plain(&'a str),
    Quoted(String),
}

struct Words<'a>(&'a str);

impl<'a> Words<'a> {
    // Parentheses only group what is joined by `or`, which belongs together anyway.
    fn next(&mut self) -> Result<Option<Word<'a>>, Problem> {
        self.0 = self
            .0
            .trim_start_matches(|c: char| c.is_whitespace() || c == '(' || c == ')');
        if let Some(rest) = self.0.strip_prefix('\'') {
            let mut value = String::new();
            let mut rest = rest;
            loop {
                let end = rest.find('\'').ok_or_else(|| wrong("a quote is not closed"))?;
                value.push_str(&rest[..end]);
                rest = &rest[end + 1..];
                // A quote in a text is written twice.
                match rest.strip_prefix('\'') {
                    Some(more) => {
                        value.push('\'');
                        rest = more;
                    }
                    None => break,
                }
            }
            self.0 = rest;
            return Ok(Some(Word::Quoted(value)));
        }
        let end = self
            .0
            .find(|c: char| c.is_whitespace() || "()'".contains(c))
            .unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at(end);
        self.0 = rest;
        Ok(Some(word).filter(|word| !word.is_empty()).map(Word::Plain))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: Result<&[(&str, &[&str])], &str>) {
        let found = Filter::read(text);
        match (found, expected) {
            (Ok(found), Ok(expected)) => {
                let found: Vec<(&str, Vec<&str>)> = found
                    .0
                    .iter()
                    .map(|(dimension, values)| {
                        (dimension.as_str(), values.iter().map(String::as_str).collect())
                    })
                    .collect();
                let expected: Vec<(&str, Vec<&str>)> = expected
                    .iter()
                    .map(|(name, values)| (*name, values.to_vec()))
                    .collect();
                assert_eq!(found, expected, "{text}");
            }
            (Err(problem), Err(part)) => assert!(problem.message.contains(part), "{}", problem.message),
            (found, _) => panic!("{text}: {found:?}"),
        }
    }

    #[test]
    fn filters_are_read_as_the_monitor_writes_them() {
        check("", Ok(&[]));
        check("StatusCodeClass eq '*'", Ok(&[("StatusCodeClass", &[])]));
        check(
            "key EQ 'primary' and (model eq 'a' or Model eq 'it''s') and statuscode eq '*'",
            Ok(&[
                ("Key", &["primary"]),
                ("Model", &["a", "it's"]),
                ("StatusCode", &[]),
            ]),
        );
        check("Colour eq 'red'", Err("'Colour' is no dimension"));
        check("Key ne 'primary'", Err("'ne' is no operator"));
        check("Key eq 'primary' and", Err("ends after"));
        check("Key eq 'primary", Err("not closed"));
        check("Key eq primary", Err("NAME eq 'VALUE'"));
        check("Key eq 'a' Key eq 'b'", Err("joined by"));
    }

    proptest! {
        #[test]
        fn anything_can_be_read(text in "[A-Za-z'() *]{0,60}|.{0,40}") {
            let _ = Filter::read(&text);
        }
    }
}
