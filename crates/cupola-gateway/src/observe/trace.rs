//! The trace that a request belongs to, as `traceparent` says it (W3C Trace Context).

use cupola_core::Entropy;
use http::HeaderValue;

/// Our part of a trace: a span for the request, and one for what its backend is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trace {
    pub(super) trace: [u8; 16],
    pub(super) parent: Option<[u8; 8]>,
    pub(super) span: [u8; 8],
    pub(super) backend_span: [u8; 8],
    pub(super) is_sampled: bool,
}

impl Trace {
    /// Goes on with the client's trace, and does with it what the client does; or begins one, of which so many are kept.
    pub(super) fn begin(told: Option<Parent>, ratio: f64, entropy: &dyn Entropy) -> Self {
        let mut chance = [0; 32];
        entropy.fill(&mut chance);
        let part = |from: usize| std::array::from_fn(|at| chance[from + at]);
        let (span, backend_span) = (part(16), part(24));
        match told {
            Some(parent) => Self {
                trace: parent.trace,
                parent: Some(parent.span),
                span,
                backend_span,
                is_sampled: parent.is_sampled,
            },
            None => Self {
                trace: std::array::from_fn(|at| chance[at]),
                parent: None,
                span,
                backend_span,
                // The last seven bytes of a trace's id are its chance.
                is_sampled: share(&chance[9..16]) < ratio,
            },
        }
    }

    /// What the backend is told.
    pub(super) fn for_backend(&self) -> Option<HeaderValue> {
        let flags = u8::from(self.is_sampled);
        let (trace, span) = (hex(&self.trace), hex(&self.backend_span));
        HeaderValue::try_from(format!("00-{trace}-{span}-{flags:02x}")).ok()
    }
}

/// A number from zero up to, not including, one. It is made of 53 bits, which is what a double holds exactly.
fn share(bytes: &[u8]) -> f64 {
    let number = bytes
        .iter()
        .fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    (number >> 3) as f64 / (1u64 << 53) as f64
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a client says of the span that its request is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parent {
    pub(super) trace: [u8; 16],
    pub(super) span: [u8; 8],
    pub(super) is_sampled: bool,
}

impl Parent {
    /// `VERSION-TRACE-SPAN-FLAGS`; `None` for what is not that. Versions to come may have more behind it.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let (head, rest) = text.split_at_checked(55)?;
        let [a, b, b'-', ..] = *head else { return None };
        let version = byte(a, b)?;
        let goes_on = rest.is_empty() || (version > 0 && rest[0] == b'-');
        if version == 0xff || !goes_on || head[35] != b'-' || head[52] != b'-' {
            return None;
        }
        let parent = Self {
            trace: bytes(&head[3..35])?,
            span: bytes(&head[36..52])?,
            is_sampled: byte(head[53], head[54])? & 1 == 1,
        };
        (parent.trace != [0; 16] && parent.span != [0; 8]).then_some(parent)
    }
}

fn bytes<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    for (byte_at, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte_at = byte(pair[0], pair[1])?;
    }
    Some(bytes)
}

// Small letters alone, as the standard has it.
fn byte(high: u8, low: u8) -> Option<u8> {
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    Some(digit(high)? << 4 | digit(low)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    #[test]
    fn what_clients_say_is_read_or_left_alone() {
        let read = |text: String| Parent::read(text.as_bytes());
        let parent = read(format!("00-{TRACE}-{SPAN}-01")).expect("a parent");
        assert_eq!(
            (parent.trace[0], parent.span[7], parent.is_sampled),
            (0x4b, 0xb7, true)
        );
        assert!(
            !read(format!("00-{TRACE}-{SPAN}-00"))
                .expect("a parent")
                .is_sampled
        );
        assert!(read(format!("01-{TRACE}-{SPAN}-01-more")).is_some());
        for wrong in [
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{}-{SPAN}-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{TRACE}-{SPAN}"),
            format!("00_{TRACE}-{SPAN}-01"),
            String::new(),
        ] {
            assert_eq!(read(wrong.clone()), None, "{wrong}");
        }
    }

    #[derive(Debug)]
    struct Same(u8);
    impl Entropy for Same {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn a_trace_is_gone_on_with_or_begun() {
        let told = Parent::read(format!("00-{TRACE}-{SPAN}-01").as_bytes());
        let trace = Trace::begin(told, 0.0, &Same(7));
        assert!(trace.is_sampled, "as the client does");
        assert_eq!(trace.parent.map(|span| hex(&span)).as_deref(), Some(SPAN));
        let expected = format!("00-{TRACE}-{}-01", "07".repeat(8));
        assert_eq!(trace.for_backend().expect("a header"), expected);
        let begun = |ratio, byte| Trace::begin(None, ratio, &Same(byte)).is_sampled;
        assert_eq!((begun(1.0, 0xff), begun(0.0, 0x00)), (true, false));
        assert_eq!((begun(0.5, 0x7f), begun(0.5, 0x80)), (true, false));
    }

    proptest! {
        #[test]
        fn anything_can_be_read(text in "[-0-9a-f]{50,60}|.{0,60}") {
            let _ = Parent::read(text.as_bytes());
        }
    }
}
