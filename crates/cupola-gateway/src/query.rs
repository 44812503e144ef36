//! Parameters in the query of a request.

use cupola_core::percent;
use std::borrow::Cow;

/// The names and values of its parameters, with their escapes.
pub(crate) fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').filter_map(|pair| pair.split_once('='))
}

/// The value of a parameter that is there and not empty, without escapes.
pub(crate) fn value<'a>(query: &'a str, name: &str) -> Option<Cow<'a, str>> {
    let (_, value) = pairs(query).find(|(known, value)| *known == name && !value.is_empty())?;
    if !value.contains(['%', '+']) {
        return Some(value.into());
    }
    let plain = percent::decode(value, true);
    Some(String::from_utf8_lossy(&plain).into_owned().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_without_their_escapes() {
        let check = |query: &str, expected: Option<&str>| {
            assert_eq!(value(query, "after").as_deref(), expected, "{query}");
        };
        check("", None);
        check("after=", None);
        check("before=x&after", None);
        check("limit=2&after=msg_1_0", Some("msg_1_0"));
        check("after=a%2Fb+c%", Some("a/b c%"));
        check("after=%e5%A4%a9%zz%4", Some("天%zz%4"));
        check("After=x", None);
    }
}
