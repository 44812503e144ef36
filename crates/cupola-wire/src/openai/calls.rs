//! Tool calls out of a stream, one after the other. Their fragments may come interleaved; the surfaces that this is for end
//! one call before they begin the next.

use super::said::Fragment;
use serde::de::IgnoredAny;

// Far more than any model calls at once.
const CALLS_MAX: usize = 128;
// Of all calls of an answer together: a model that writes a large file does so in arguments.
const ARGUMENTS_BYTES_MAX: usize = 16 << 20;

/// The calls of an answer.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    calls: Vec<Call>,
    /// The first one that has not ended.
    open: usize,
    bytes: usize,
    overflowed: bool,
}

#[derive(Debug, Default)]
struct Call {
    index: Option<u32>,
    started: bool,
    /// Bytes of the arguments that went out.
    sent: usize,
    said: Said,
}

/// What is known of a call.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) arguments: String,
}

/// What happens to a call.
#[derive(Debug)]
pub(crate) enum Step<'s> {
    Start(&'s Said),
    Arguments(&'s str),
    End(&'s Said),
}

impl Calls {
    /// Did the model call any tool?
    pub(crate) fn any(&self) -> bool {
        !self.calls.is_empty()
    }

    /// Was there more than fits?
    pub(crate) fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// Takes a fragment.
    pub(crate) fn fragment(&mut self, fragment: &Fragment<'_>, each: &mut dyn FnMut(Step<'_>)) {
        let known = self.find(fragment);
        let bytes = fragment.id.len() + fragment.name.len() + fragment.arguments.len();
        if self.bytes + bytes > ARGUMENTS_BYTES_MAX || (known.is_none() && self.calls.len() == CALLS_MAX) {
            self.overflowed = true;
            return;
        }
        self.bytes += bytes;
        let at = known.unwrap_or_else(|| {
            self.end_if_whole(each);
            self.calls.push(Call {
                index: fragment.index,
                ..Call::default()
            });
            self.calls.len() - 1
        });
        let call = &mut self.calls[at];
        if call.said.id.is_empty() {
            call.said.id.push_str(&fragment.id);
        }
        if call.said.name.is_empty() {
            call.said.name.push_str(&fragment.name);
        }
        call.said.arguments.push_str(&fragment.arguments);
        // Without its name a call cannot start.
        if at == self.open && !call.said.name.is_empty() {
            call.send(each);
        }
    }

    /// Ends all calls: the answer ended, or the model says something else.
    pub(crate) fn finish(&mut self, each: &mut dyn FnMut(Step<'_>)) {
        while self.open < self.calls.len() {
            self.end(each);
        }
    }

    fn find(&self, fragment: &Fragment<'_>) -> Option<usize> {
        let at = match fragment.index {
            Some(index) => self.calls.iter().rposition(|call| call.index == Some(index))?,
            None => self.calls.len().checked_sub(1)?,
        };
        // Some servers send whole calls, and either count them all as the first or do not count them.
        let said = &self.calls[at].said;
        let another = !fragment.id.is_empty() && !said.id.is_empty() && fragment.id != said.id;
        (!another).then_some(at)
    }

    /// A call whose arguments are whole gets no more of them when the next one begins. One whose arguments are not stays
    /// open, and the others wait for it.
    fn end_if_whole(&mut self, each: &mut dyn FnMut(Step<'_>)) {
        let Some(call) = self.calls.get(self.open) else {
            return;
        };
        if self.open + 1 == self.calls.len() && is_whole(&call.said.arguments) {
            self.end(each);
        }
    }

    fn end(&mut self, each: &mut dyn FnMut(Step<'_>)) {
        if let Some(call) = self.calls.get_mut(self.open) {
            call.send(each);
            each(Step::End(&call.said));
            self.open += 1;
        }
    }
}

impl Call {
    fn send(&mut self, each: &mut dyn FnMut(Step<'_>)) {
        if !self.started {
            self.started = true;
            each(Step::Start(&self.said));
        }
        let unsent = &self.said.arguments[self.sent..];
        if !unsent.is_empty() {
            each(Step::Arguments(unsent));
            self.sent = self.said.arguments.len();
        }
    }
}

fn is_whole(arguments: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(arguments).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(fragments: &[(Option<u32>, &str, &str, &str)], expected: &str) {
        let (mut calls, mut steps) = (Calls::default(), Vec::new());
        let mut each = |step: Step<'_>| {
            steps.push(match step {
                Step::Start(said) => format!("<{} {}", said.id, said.name),
                Step::Arguments(text) => text.to_owned(),
                Step::End(said) => format!("{}>", said.id),
            });
        };
        for (index, id, name, arguments) in fragments {
            let fragment = Fragment {
                index: *index,
                id: (*id).into(),
                name: (*name).into(),
                arguments: (*arguments).into(),
            };
            calls.fragment(&fragment, &mut each);
        }
        calls.finish(&mut each);
        assert_eq!(steps.join(" "), expected);
    }

    #[test]
    fn calls_come_one_after_the_other() {
        check(
            &[
                (Some(0), "a", "f", ""),
                (Some(0), "", "", "[1"),
                (Some(0), "", "", "]"),
                (Some(1), "b", "g", "{}"),
            ],
            "<a f [1 ] a> <b g {} b>",
        );
        // Interleaved: the second waits.
        check(
            &[
                (Some(0), "a", "f", "["),
                (Some(1), "b", "g", "{"),
                (Some(0), "", "", "]"),
                (Some(1), "", "", "}"),
            ],
            "<a f [ ] a> <b g {} b>",
        );
        check(
            &[
                (Some(0), "a", "f", ""),
                (Some(1), "b", "g", ""),
                (Some(0), "", "", "1"),
                (Some(1), "", "", "2"),
            ],
            "<a f 1 a> <b g 2 b>",
        );
        // Whole calls that are all the first, or are not counted.
        check(
            &[(Some(0), "a", "f", "{}"), (Some(0), "b", "g", "{}")],
            "<a f {} a> <b g {} b>",
        );
        check(
            &[(None, "a", "f", "{}"), (None, "b", "g", "{"), (None, "", "", "}")],
            "<a f {} a> <b g { } b>",
        );
        // The name comes late.
        check(&[(Some(0), "a", "", "["), (Some(0), "", "f", "]")], "<a f [] a>");
        check(&[(Some(0), "a", "", "[")], "<a  [ a>");
    }

    #[test]
    fn there_is_a_bound() {
        let mut calls = Calls::default();
        for index in 0..=CALLS_MAX as u32 {
            let fragment = Fragment {
                index: Some(index),
                ..Fragment::default()
            };
            calls.fragment(&fragment, &mut |_| ());
        }
        assert_eq!((calls.calls.len(), calls.overflowed()), (CALLS_MAX, true));
    }
}
