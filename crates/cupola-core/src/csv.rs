//! Fields of comma-separated values (RFC 4180), as spreadsheets may have them.

// What a spreadsheet would take for a formula.
const FORMULAS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A field as it stands in a line. What a spreadsheet would run as a formula gets an apostrophe before it, unless it is a number.
pub fn quoted(text: &str) -> String {
    let is_number = text.parse::<f64>().is_ok();
    if text.starts_with(FORMULAS) && !is_number {
        return format!("\"'{}\"", text.replace('"', "\"\""));
    }
    if text.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

/// A line of fields, with its end.
pub fn line(fields: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let mut line = String::new();
    for (at, field) in fields.into_iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        line.push_str(&quoted(field.as_ref()));
    }
    line + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_has_a_meaning_is_quoted() {
        let check = |text: &str, expected: &str| assert_eq!(quoted(text), expected);
        check("", "");
        check("plain text", "plain text");
        check("a,b", "\"a,b\"");
        check("a \"b\"", "\"a \"\"b\"\"\"");
        check("two\nlines", "\"two\nlines\"");
    }

    #[test]
    fn no_field_is_a_formula() {
        let check = |text: &str, expected: &str| assert_eq!(quoted(text), expected);
        check("=1+1", "\"'=1+1\"");
        check("@sum(\"a\")", "\"'@sum(\"\"a\"\")\"");
        check("\t=1", "\"'\t=1\"");
        check("-", "\"'-\"");
        check("-0.5", "-0.5");
        check("+3e4", "+3e4");
    }

    #[test]
    fn a_line_ends_as_the_standard_says() {
        assert_eq!(line(["a", "b,c", ""]), "a,\"b,c\",\r\n");
        assert_eq!(line(Vec::<String>::new()), "\r\n");
    }

    /// Reads one line back, with the apostrophes that guard formulas.
    fn read(line: &str) -> Vec<String> {
        let mut fields = vec![String::new()];
        let mut inside = false;
        let mut rest = line
            .strip_suffix("\r\n")
            .expect("a whole line")
            .chars()
            .peekable();
        while let Some(letter) = rest.next() {
            let field = fields.last_mut().expect("there is always one");
            match letter {
                '"' if inside && rest.peek() == Some(&'"') => field.extend(rest.next()),
                '"' => inside = !inside,
                ',' if !inside => fields.push(String::new()),
                other => field.push(other),
            }
        }
        assert!(!inside, "{line}");
        fields
    }

    proptest! {
        #[test]
        fn a_line_is_read_as_it_was_written(fields in prop::collection::vec("[-+=@,\"\r\n\ta-c0-9. ]{0,8}", 1..6)) {
            let found = read(&line(&fields));
            prop_assert_eq!(found.len(), fields.len());
            for (found, field) in found.iter().zip(&fields) {
                prop_assert!(found == field || *found == format!("'{field}"), "{found:?} for {field:?}");
                let harmless = !found.starts_with(FORMULAS) || found.parse::<f64>().is_ok();
                prop_assert!(harmless, "{found:?}");
            }
        }
    }
}
