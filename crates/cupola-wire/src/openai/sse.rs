//! Server-sent events out of bytes that were cut anywhere.

use memchr::memchr;

// An event larger than this is no chat chunk; the bound keeps a broken backend from filling the memory.
const EVENT_BYTES_MAX: usize = 1 << 20;

/// Puts the payloads of `data:` lines together again.
#[derive(Debug, Default)]
pub struct Splitter {
    line: Vec<u8>,
    data: Vec<u8>,
    has_data: bool,
}

/// An event did not end within its bound.
#[derive(Debug, thiserror::Error)]
#[error("an event is larger than {EVENT_BYTES_MAX} bytes")]
pub struct TooLong;

impl Splitter {
    /// Takes the next bytes and gives each payload that they complete to `each`. Comments and other fields are skipped;
    /// lines may end with CRLF or CR; several `data:` lines of an event are joined with a space where the format says newline:
    /// payloads are JSON, where the two mean the same, and what is made of them has to stay one line. For the same reason the
    /// spaces around them are not given, nor events that have nothing else.
    pub fn feed(&mut self, mut bytes: &[u8], mut each: impl FnMut(&[u8])) -> Result<(), TooLong> {
        loop {
            // Most events are a line and an empty one, both whole.
            if self.line.is_empty() && !self.has_data {
                while let Some((payload, rest)) = event(bytes) {
                    give(payload, &mut each);
                    bytes = rest;
                }
            }
            let Some(end) = memchr(b'\n', bytes) else {
                break;
            };
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            bytes = rest;
            if self.line.is_empty() {
                self.take(line, &mut each)?;
            } else {
                self.line.extend_from_slice(line);
                let mut whole = std::mem::take(&mut self.line);
                self.take(&whole, &mut each)?;
                whole.clear();
                self.line = whole;
            }
        }
        self.line.extend_from_slice(bytes);
        if self.line.len() > EVENT_BYTES_MAX {
            Err(TooLong)
        } else {
            Ok(())
        }
    }

    /// The stream ended: an event without its empty line still counts, because some servers leave it away.
    pub fn finish(&mut self, mut each: impl FnMut(&[u8])) {
        let line = std::mem::take(&mut self.line);
        if self.take(&line, &mut each).is_ok() {
            self.dispatch(&mut each);
        }
    }

    fn take(&mut self, line: &[u8], each: &mut impl FnMut(&[u8])) -> Result<(), TooLong> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        // A CR alone ends a line too, though nobody writes it.
        line.split(|byte| *byte == b'\r')
            .try_for_each(|line| self.take_line(line, each))
    }

    fn take_line(&mut self, line: &[u8], each: &mut impl FnMut(&[u8])) -> Result<(), TooLong> {
        if line.is_empty() {
            self.dispatch(each);
        } else if let Some(payload) = payload(line) {
            if self.has_data {
                self.data.push(b' ');
            }
            self.data.extend_from_slice(payload);
            self.has_data = true;
            if self.data.len() > EVENT_BYTES_MAX {
                return Err(TooLong);
            }
        }
        Ok(())
    }

    fn dispatch(&mut self, each: &mut impl FnMut(&[u8])) {
        if self.has_data {
            give(&self.data, each);
            self.data.clear();
            self.has_data = false;
        }
    }
}

/// Gives a payload, where there is one.
fn give(payload: &[u8], each: &mut impl FnMut(&[u8])) {
    let payload = payload.trim_ascii();
    if !payload.is_empty() {
        each(payload);
    }
}

/// The payload of an event that stands whole at the beginning, in one line, and what follows it.
fn event(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    if !bytes.starts_with(b"data:") {
        return None;
    }
    let end = memchr(b'\n', bytes).filter(|end| *end < EVENT_BYTES_MAX)?;
    let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
    let rest = rest.strip_prefix(b"\n").or_else(|| rest.strip_prefix(b"\r\n"))?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    // A CR alone ends a line too.
    if memchr(b'\r', line).is_some() {
        return None;
    }
    Some((payload(line)?, rest))
}

/// What a line says that is a `data` field.
fn payload(line: &[u8]) -> Option<&[u8]> {
    let payload = line.strip_prefix(b"data:")?;
    Some(payload.strip_prefix(b" ").unwrap_or(payload))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(pieces: &[&[u8]]) -> Vec<String> {
        let mut splitter = Splitter::default();
        let mut events = Vec::new();
        let mut each = |event: &[u8]| events.push(String::from_utf8(event.to_vec()).expect("text"));
        for piece in pieces {
            splitter.feed(piece, &mut each).expect("short");
        }
        splitter.finish(&mut each);
        events
    }

    fn check(input: &str, expected: &[&str]) {
        assert_eq!(split(&[input.as_bytes()]), expected, "{input:?}");
    }

    #[test]
    fn every_form_of_the_format_is_read() {
        check("data: a\n\ndata: b\n\n", &["a", "b"]);
        check("data:a\r\n\r\n", &["a"]);
        check(
            ": comment\nevent: x\nid: 1\ndata: a\ndata: b\nretry: 5\n\n\n\n",
            &["a b"],
        );
        check("data: a\rdata: b\r\rdata: c\r\r\n\n", &["a b", "c"]);
        check("data: [DONE]", &["[DONE]"]);
        check("data: a\n", &["a"]);
        check("\n\n: only a comment\n\n", &[]);
        check("data\n\n", &[]);
        check(
            "data: a\r\n\ndata: b\n\r\ndata:\n\ndata: c\ndata: d\n\n",
            &["a", "b", "c d"],
        );
        check("data: [DONE] \n\ndata:  a\t\r\n\r\n", &["[DONE]", "a"]);
        check("data: \n\ndata:\ndata: \n\ndata: a\n\ndata:", &["a"]);
        check("data: \r\rdata: [DONE] ", &["[DONE]"]);
        check("event: x\ndata: a\n\ndata: b\n: c\n\n", &["a", "b"]);
        check("data: a\rdata: b\n\ndata: c\n\n", &["a b", "c"]);
    }

    #[test]
    fn an_endless_event_is_refused() {
        let mut splitter = Splitter::default();
        assert!(splitter.feed(b"data: ", |_| ()).is_ok());
        assert!(splitter.feed(&vec![b'x'; EVENT_BYTES_MAX], |_| ()).is_err());
    }

    proptest! {
        #[test]
        fn bytes_may_be_cut_anywhere(
            texts in prop::collection::vec("[a-z天空é\"{}: ]{0,12}", 1..8),
            crlf in any::<bool>(),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        ) {
            let end = if crlf { "\r\n" } else { "\n" };
            let stream: String = texts.iter().map(|text| format!(": c\ndata: {text}{end}{end}")).collect();
            let bytes = stream.as_bytes();
            let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            places.extend([0, bytes.len()]);
            places.sort_unstable();
            let pieces: Vec<&[u8]> = places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            let payloads = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
            prop_assert_eq!(split(&pieces), payloads.collect::<Vec<_>>());
        }
    }
}
