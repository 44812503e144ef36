//! Parameters in the query of a request.

use std::borrow::Cow;

/// The value of a parameter that is there and not empty.
pub(super) fn value<'a>(query: &'a str, name: &str) -> Option<Cow<'a, str>> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(known, value)| *known == name && !value.is_empty())
        .map(|(_, value)| plain(value))
}

/// Without the escapes of an address; what is none stays as it is.
fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return text.into();
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = match (first, after) {
            (b'%', [high, low, ..]) => digit(*high).zip(digit(*low)),
            _ => None,
        };
        rest = match escaped {
            Some((high, low)) => {
                out.push(high << 4 | low);
                &after[2..]
            }
            None => {
                out.push(if first == b'+' { b' ' } else { first });
                after
            }
        };
    }
    String::from_utf8_lossy(&out).into_owned().into()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
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
