//! From token pieces to text that may be shown: whole characters only, and nothing of a stop string.

/// The text of one completion while it grows.
pub(crate) struct Transcript {
    stops: Vec<String>,
    /// Bytes of a character whose other bytes have not come yet; at most three.
    incomplete: Vec<u8>,
    /// Whole characters that may turn out to begin a stop string.
    held: String,
    stopped: bool,
}

/// Whether the completion goes on after a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Growth {
    Open,
    Stopped,
}

impl Transcript {
    /// Empty stop strings are ignored: they would match before the first character.
    pub(crate) fn new(stops: Vec<String>) -> Self {
        let stops = stops.into_iter().filter(|stop| !stop.is_empty()).collect();
        Self {
            stops,
            incomplete: Vec::new(),
            held: String::new(),
            stopped: false,
        }
    }

    /// Takes the bytes of one token and appends to `shown` what is now certain.
    pub(crate) fn push(&mut self, piece: &[u8], shown: &mut String) -> Growth {
        if self.stops.is_empty() {
            take_characters(&mut self.incomplete, piece, shown);
            return Growth::Open;
        }
        take_characters(&mut self.incomplete, piece, &mut self.held);
        if let Some(at) = self.first_stop() {
            shown.push_str(&self.held[..at]);
            self.held.clear();
            self.incomplete.clear();
            self.stopped = true;
            return Growth::Stopped;
        }
        let certain = self.held.len() - self.possible_stop();
        shown.push_str(&self.held[..certain]);
        self.held.drain(..certain);
        Growth::Open
    }

    /// Whether a stop string was met.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Appends what was held back: no more tokens will come, so it was not the beginning of a stop string.
    pub(crate) fn finish(&mut self, shown: &mut String) {
        shown.push_str(&self.held);
        self.held.clear();
        if !self.incomplete.is_empty() {
            self.incomplete.clear();
            shown.push(char::REPLACEMENT_CHARACTER);
        }
    }

    fn first_stop(&self) -> Option<usize> {
        self.stops
            .iter()
            .filter_map(|stop| self.held.find(stop.as_str()))
            .min()
    }

    /// Length in bytes of the longest end of `held` that begins a stop string.
    fn possible_stop(&self) -> usize {
        self.stops
            .iter()
            .map(|stop| overlap(&self.held, stop))
            .max()
            .unwrap_or(0)
    }
}

/// Length in bytes of the longest end of `text` that begins `stop` without being all of it.
fn overlap(text: &str, stop: &str) -> usize {
    let longest = text.len().min(stop.len() - 1);
    (1..=longest)
        .rev()
        .find(|&length| {
            stop.is_char_boundary(length) && text.as_bytes().ends_with(&stop.as_bytes()[..length])
        })
        .unwrap_or(0)
}

/// Moves whole characters from `incomplete` followed by `piece` into `text`; what can never become a character
/// becomes U+FFFD, and an unfinished one stays in `incomplete`.
fn take_characters(incomplete: &mut Vec<u8>, piece: &[u8], text: &mut String) {
    if incomplete.is_empty()
        && let Ok(whole) = std::str::from_utf8(piece)
    {
        text.push_str(whole);
        return;
    }
    incomplete.extend_from_slice(piece);
    let bytes = std::mem::take(incomplete);
    let mut rest = bytes.as_slice();
    loop {
        match std::str::from_utf8(rest) {
            Ok(whole) => {
                text.push_str(whole);
                return;
            }
            Err(error) => {
                let (valid, after) = rest.split_at(error.valid_up_to());
                text.push_str(&String::from_utf8_lossy(valid));
                let Some(invalid) = error.error_len() else {
                    *incomplete = after.to_vec();
                    return;
                };
                text.push(char::REPLACEMENT_CHARACTER);
                rest = &after[invalid..];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds the pieces and shows what became visible after each, `|` between them, and `.` where it stopped.
    fn check(stops: &[&str], pieces: &[&[u8]], expected: &str) {
        let mut transcript = Transcript::new(stops.iter().map(|stop| (*stop).to_owned()).collect());
        let mut seen = Vec::new();
        for piece in pieces {
            let mut shown = String::new();
            let growth = transcript.push(piece, &mut shown);
            seen.push(shown);
            if growth == Growth::Stopped {
                assert_eq!(format!("{}.", seen.join("|")), expected);
                return;
            }
        }
        let mut shown = String::new();
        transcript.finish(&mut shown);
        seen.push(shown);
        assert_eq!(seen.join("|"), expected);
    }

    #[test]
    fn characters_are_shown_whole() {
        check(&[], &[b"Hel", b"lo"], "Hel|lo|");
        check(&[], &[b"\xf0\x9f", b"\xa6", b"\x80!"], "||\u{1f980}!|");
        check(&[], &["é".as_bytes(), b"\xc3", b"\xa9"], "é||é|");
    }

    #[test]
    fn bytes_that_are_no_character_become_the_replacement_character() {
        check(&[], &[b"a\xffb"], "a\u{fffd}b|");
        check(&[], &[b"a\xc3", b"b"], "a|\u{fffd}b|");
        check(&[], &[b"a\xf0\x9f"], "a|\u{fffd}");
    }

    #[test]
    fn a_stop_string_is_never_shown() {
        check(&["END"], &[b"one E", b"N", b"D two"], "one ||.");
        check(&["END"], &[b"one E", b"N", b"T"], "one ||ENT|");
        check(&["END"], &[b"one EN"], "one |EN");
        check(&["\n\n"], &[b"one\n", b"two\n", b"\nthree"], "one|\ntwo|.");
    }

    #[test]
    fn the_first_of_several_stop_strings_wins() {
        check(&["ccc", "b"], &[b"abccc"], "a.");
        check(&["abc", "b"], &[b"a", b"b"], "|a.");
    }

    #[test]
    fn a_stop_string_may_repeat_its_own_beginning() {
        check(&["aab"], &[b"a", b"a", b"a", b"b"], "||a|.");
    }

    #[test]
    fn a_stop_string_may_be_split_inside_a_character() {
        check(&["né"], &[b"on", b"\xc3", b"\xa9!"], "o||.");
        check(&["né"], &[b"on", b"\xc3", b"\xa8!"], "o||nè!|");
    }

    #[test]
    fn an_empty_stop_string_stops_nothing() {
        check(&[""], &[b"one"], "one|");
    }
}
