//! The chunked coding of a body, taken off; it may be cut anywhere.

// Extensions and trailers say nothing to us; so much of them is skipped.
const SKIPPED_BYTES_MAX: usize = 16 * 1024;
// 2^60 is more than any body, and a digit more does not overflow.
const SIZE_MAX: u64 = 1 << 60;

/// How far it is read.
#[derive(Debug)]
pub(super) struct Chunked {
    state: State,
    skipped: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// In the hexadecimal size of a chunk; `None` before its first digit.
    Size(Option<u64>),
    /// Behind the size, up to the end of the line.
    Extension(u64),
    /// The line feed behind the size.
    SizeEnd(u64),
    /// In the content, with so many bytes to come.
    Content(u64),
    /// The carriage return behind the content.
    ContentReturn,
    /// Its line feed.
    ContentEnd,
    /// At the beginning of a line behind the last chunk.
    Trailer,
    /// In such a line.
    TrailerLine,
    /// Its line feed.
    TrailerEnd,
    /// The line feed of the empty line, which ends all.
    End,
    Over,
}

impl Chunked {
    pub(super) fn new() -> Self {
        Self {
            state: State::Size(None),
            skipped: 0,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.state == State::Over
    }

    /// Appends the content and says how many bytes were read: all of them, or those up to the end of the body.
    pub(super) fn decode(&mut self, bytes: &[u8], content: &mut Vec<u8>) -> Result<usize, &'static str> {
        let mut at = 0;
        while let Some(byte) = bytes.get(at).copied() {
            if let State::Content(left) = self.state {
                let count = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len() - at);
                content.extend_from_slice(&bytes[at..at + count]);
                at += count;
                self.state = match left - count as u64 {
                    0 => State::ContentReturn,
                    left => State::Content(left),
                };
                continue;
            }
            if self.state == State::Over {
                break;
            }
            // Nearly every size is a few digits and a line end, and both came whole.
            let rest = &bytes[at..];
            if self.state == State::ContentReturn && rest.starts_with(b"\r\n") {
                self.state = State::Size(None);
                at += 2;
                continue;
            }
            if self.state == State::Size(None)
                && let Some((size @ 1.., length)) = plain_size(rest)
            {
                self.state = State::Content(size);
                at += length;
                continue;
            }
            self.state = self.step(byte)?;
            at += 1;
        }
        Ok(at)
    }

    fn step(&mut self, byte: u8) -> Result<State, &'static str> {
        Ok(match (self.state, byte) {
            (State::Size(size), b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                let digit = char::from(byte).to_digit(16).unwrap_or_default();
                // Zeros before a size are skipped, as anything else that says nothing.
                if size == Some(0) {
                    self.skip()?;
                }
                let size = size.unwrap_or_default();
                if size >= SIZE_MAX {
                    return Err("a chunk is too large");
                }
                State::Size(Some(size * 16 + u64::from(digit)))
            }
            (State::Size(Some(size)), b'\r') => State::SizeEnd(size),
            (State::Size(Some(size)), b';' | b' ' | b'\t') => State::Extension(size),
            (State::Extension(size), b'\r') => State::SizeEnd(size),
            (State::Extension(size), byte) if byte != b'\n' => {
                self.skip()?;
                State::Extension(size)
            }
            (State::SizeEnd(0), b'\n') => State::Trailer,
            (State::SizeEnd(size), b'\n') => State::Content(size),
            (State::ContentReturn, b'\r') => State::ContentEnd,
            (State::ContentEnd, b'\n') => State::Size(None),
            (State::Trailer, b'\r') => State::End,
            (State::TrailerLine, b'\r') => State::TrailerEnd,
            (State::Trailer | State::TrailerLine, byte) if byte != b'\n' => {
                self.skip()?;
                State::TrailerLine
            }
            (State::TrailerEnd, b'\n') => State::Trailer,
            (State::End, b'\n') => State::Over,
            _ => return Err("its chunks are not well formed"),
        })
    }

    fn skip(&mut self) -> Result<(), &'static str> {
        self.skipped += 1;
        if self.skipped > SKIPPED_BYTES_MAX {
            Err("its chunks have too many extensions")
        } else {
            Ok(())
        }
    }
}

/// A size of at most eight digits with its line end, and the bytes of both.
fn plain_size(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut size = 0;
    for (at, byte) in bytes.iter().take(9).enumerate() {
        match char::from(*byte).to_digit(16) {
            Some(digit) if at < 8 => size = size * 16 + u64::from(digit),
            _ => return (at > 0 && bytes[at..].starts_with(b"\r\n")).then_some((size, at + 2)),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(body: &str, expected: Result<(&str, usize), &str>) {
        let mut chunked = Chunked::new();
        let mut content = Vec::new();
        let found = chunked.decode(body.as_bytes(), &mut content);
        let content = String::from_utf8(content).expect("text");
        match (found, expected) {
            (Ok(read), Ok((text, length))) => {
                assert_eq!((content.as_str(), read), (text, length), "{body:?}");
                assert_eq!(chunked.is_over(), body.contains("\r\n\r\n"), "{body:?}");
            }
            (Err(found), Err(expected)) => assert!(found.contains(expected), "{body:?}: {found}"),
            (found, _) => panic!("{body:?}: {found:?}"),
        }
    }

    #[test]
    fn every_form_of_the_coding_is_read() {
        check("3\r\nabc\r\n0\r\n\r\n", Ok(("abc", 13)));
        check("3;x=y\r\nabc\r\n0 \r\nA: b\r\n\r\nnext", Ok(("abc", 24)));
        check("A\r\n0123456789\r\n", Ok(("0123456789", 15)));
        check("ffffffff\r\nab", Ok(("ab", 12)));
        for wrong in [
            "\r\n", "x\r\n", "3\nabc", "1\r\nab", "1\r\na\n", "1\rx", "0\r\n\n", "1;\n",
        ] {
            check(wrong, Err("well formed"));
        }
        check("fffffffffffffffff\r\n", Err("too large"));
        check(
            &format!("1;{}\r\n", "x".repeat(SKIPPED_BYTES_MAX + 1)),
            Err("extensions"),
        );
        check(&"0".repeat(SKIPPED_BYTES_MAX + 2), Err("extensions"));
        check("0003\r\nabc\r\n", Ok(("abc", 11)));
    }

    proptest! {
        #[test]
        fn it_may_be_cut_anywhere(
            pieces in prop::collection::vec("[a-z\r\n]{1,40}", 0..6),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            let mut body: String = pieces.iter().map(|piece| format!("{:x}\r\n{piece}\r\n", piece.len())).collect();
            body.push_str("0\r\n\r\n");
            let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
            places.extend([0, body.len()]);
            places.sort_unstable();
            let (mut chunked, mut content) = (Chunked::new(), Vec::new());
            for pair in places.windows(2) {
                prop_assert!(!chunked.is_over() || pair[0] == body.len());
                let part = &body.as_bytes()[pair[0]..pair[1]];
                prop_assert_eq!(chunked.decode(part, &mut content), Ok(part.len()));
            }
            prop_assert!(chunked.is_over());
            prop_assert_eq!(String::from_utf8(content).expect("text"), pieces.concat());
        }

        #[test]
        fn nonsense_is_never_more_than_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut content = Vec::new();
            let read = Chunked::new().decode(&bytes, &mut content);
            prop_assert!(content.len() <= bytes.len());
            prop_assert!(read.is_err() || read.is_ok_and(|read| read <= bytes.len()));
        }
    }
}
