//! Where a JSON value ends, found while its text comes in.

/// Follows the brackets of a JSON object or array.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    scanned: usize,
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Scanner {
    /// Looks at what is new in `text`, which begins with a bracket, and says where its value ends, once it does.
    pub(super) fn end(&mut self, text: &str) -> Option<usize> {
        for (at, byte) in text.bytes().enumerate().skip(self.scanned) {
            self.scanned = at + 1;
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_with_its_last_bracket() {
        let check = |text: &str, expected: Option<usize>| {
            assert_eq!(Scanner::default().end(text), expected, "{text}");
            let mut scanner = Scanner::default();
            let byte_by_byte = (1..=text.len()).find_map(|end| scanner.end(&text[..end]));
            assert_eq!(byte_by_byte, expected, "{text} byte by byte");
        };
        check("{} x", Some(2));
        check("{\"a\":[1,{}]}}", Some(12));
        check("{\"}\\\"}\"} ", Some(8));
        check("[{", None);
    }
}
