//! Records as bytes. What many records share (endpoint, model, prices, credential) is written once in a segment, as a
//! context with a number; a record then names the number.
//!
//! A frame is its length, its checksum, and that many bytes: a kind, then fields. Numbers are little-endian; quantities,
//! which are mostly small, are of variable length.

use super::checksum::checksum;
use super::prices::PriceList;
use cupola_core::Timestamp;
use cupola_core::usage::Usage;
use std::collections::HashMap;
use std::sync::Arc;

/// The largest frame: far more than the ids and prices of anything that can be made.
pub(super) const FRAME_BYTES_MAX: usize = 64 << 10;
const FRAME_HEAD_BYTES: usize = 8;
const KIND_CONTEXT: u8 = 1;
const KIND_USAGE: u8 = 2;
// What records have that were written before their status was noted; the migration says the same.
const STATUS_BEFORE: u16 = 200;
// Endpoints times credentials that are remembered; the next ones are only written again.
const CONTEXTS_MAX: usize = 4096;

/// What a request used, at which prices.
#[derive(Debug, Clone)]
pub struct UsageRecord {
    /// The request's id; recording it twice counts it once.
    pub id: String,
    /// When the answer ended.
    pub at: Timestamp,
    /// The subscription that pays.
    pub subscription: Arc<str>,
    /// The endpoint's resource id.
    pub endpoint: Arc<str>,
    /// The model's id.
    pub model: Arc<str>,
    /// The model deployment, on endpoints that have several.
    pub deployment: Option<Arc<str>>,
    /// What was done: `chat`, `embeddings`, `rerank`, `images`, `forecast` and so on.
    pub operation: &'static str,
    /// Who asked: `primary`, `secondary`, or a principal's object id.
    pub credential: Arc<str>,
    /// What was used, by class.
    pub usage: Usage,
    /// How it ended: `complete`, `client-left`, `backend-failed`.
    pub outcome: &'static str,
    /// How it was answered; 499: the client left before there was an answer.
    pub status: u16,
    /// How long it took, where that was measured.
    pub took_us: Option<u64>,
    /// How long the first event of a streamed answer took.
    pub first_token_us: Option<u64>,
    /// Prices at the time.
    pub prices: Arc<PriceList>,
}

/// What many records share, as it is read back.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Context {
    pub(super) subscription: String,
    pub(super) endpoint: String,
    pub(super) model: String,
    /// Empty where there is none.
    pub(super) deployment: String,
    pub(super) operation: String,
    pub(super) credential: String,
    /// The price list as JSON.
    pub(super) prices: String,
}

/// A record, as it is read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) context: u32,
    pub(super) at_ms: i64,
    pub(super) id: String,
    pub(super) outcome: String,
    pub(super) usage: Usage,
    pub(super) status: u16,
    pub(super) took_us: Option<u64>,
    pub(super) first_token_us: Option<u64>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Context(u32, Context),
    Usage(Row),
}

/// Writes the frames of one segment.
#[derive(Debug, Default)]
pub(super) struct Encoder {
    sequence: u64,
    next: u32,
    known: HashMap<Key, (u32, Shared)>,
}

/// The frame would be larger than any may be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLarge;

// Where the shared parts lie in memory: comparing them costs nothing. `Shared` keeps them there.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key([usize; 7]);

#[derive(Debug)]
struct Shared {
    _subscription: Arc<str>,
    _endpoint: Arc<str>,
    _model: Arc<str>,
    _deployment: Option<Arc<str>>,
    _credential: Arc<str>,
    _prices: Arc<PriceList>,
}

impl Encoder {
    pub(super) fn of(sequence: u64) -> Self {
        Self {
            sequence,
            ..Self::default()
        }
    }

    /// Appends the frames of a record. On an error `out` is as it was.
    pub(super) fn encode(&mut self, record: &UsageRecord, out: &mut Vec<u8>) -> Result<(), TooLarge> {
        let before = out.len();
        let encoded = self.write(record, out);
        if encoded.is_err() {
            out.truncate(before);
            self.forget();
        }
        encoded
    }

    fn write(&mut self, record: &UsageRecord, out: &mut Vec<u8>) -> Result<(), TooLarge> {
        let context = self.context(record, out)?;
        self.frame(out, KIND_USAGE, |out| {
            out.extend_from_slice(&context.to_le_bytes());
            out.extend_from_slice(&record.at.as_millisecond().to_le_bytes());
            put_text(out, &record.id);
            put_text(out, record.outcome);
            let usage = &record.usage;
            for quantity in [
                usage.prompt,
                usage.cached_prompt,
                usage.completion,
                usage.reasoning,
                usage.search_units,
                usage.images,
                usage.finetune_prompt,
                usage.finetune_completion,
            ] {
                put_number(out, quantity);
            }
            put_number(out, u64::from(record.status));
            for time in [record.took_us, record.first_token_us] {
                // One more than it is, because nothing has to be written too.
                put_number(out, time.map_or(0, |us| us.saturating_add(1)));
            }
        })
    }

    fn context(&mut self, record: &UsageRecord, out: &mut Vec<u8>) -> Result<u32, TooLarge> {
        let key = Key::of(record);
        if let Some((number, _)) = self.known.get(&key) {
            return Ok(*number);
        }
        let number = self.next;
        // A list of integers and a text: it always is JSON.
        let prices = serde_json::to_string(&*record.prices).map_err(|_| TooLarge)?;
        self.frame(out, KIND_CONTEXT, |out| {
            out.extend_from_slice(&number.to_le_bytes());
            for text in [
                &record.subscription,
                &record.endpoint,
                &record.model,
                record.deployment.as_deref().unwrap_or_default(),
                record.operation,
                &record.credential,
                &prices,
            ] {
                put_text(out, text);
            }
        })?;
        self.next += 1;
        if self.known.len() == CONTEXTS_MAX {
            self.known.clear();
        }
        self.known.insert(key, (number, Shared::of(record)));
        Ok(number)
    }

    /// Forgets which contexts were written: the last one may not reach the segment.
    pub(super) fn forget(&mut self) {
        self.known.clear();
    }

    fn frame(&self, out: &mut Vec<u8>, kind: u8, fields: impl FnOnce(&mut Vec<u8>)) -> Result<(), TooLarge> {
        let start = out.len();
        out.extend_from_slice(&[0; FRAME_HEAD_BYTES]);
        out.push(kind);
        fields(out);
        let length = out.len() - start - FRAME_HEAD_BYTES;
        if length > FRAME_BYTES_MAX - FRAME_HEAD_BYTES {
            return Err(TooLarge);
        }
        let sum = checksum(self.sequence, &out[start + FRAME_HEAD_BYTES..]);
        out[start..start + 4].copy_from_slice(&(length as u32).to_le_bytes());
        out[start + 4..start + 8].copy_from_slice(&sum.to_le_bytes());
        Ok(())
    }
}

impl Key {
    fn of(record: &UsageRecord) -> Self {
        let at = |text: &Arc<str>| text.as_ptr().addr();
        Self([
            at(&record.subscription),
            at(&record.endpoint),
            at(&record.model),
            record.deployment.as_ref().map_or(0, at),
            record.operation.as_ptr().addr(),
            at(&record.credential),
            Arc::as_ptr(&record.prices).addr(),
        ])
    }
}

impl Shared {
    fn of(record: &UsageRecord) -> Self {
        Self {
            _subscription: Arc::clone(&record.subscription),
            _endpoint: Arc::clone(&record.endpoint),
            _model: Arc::clone(&record.model),
            _deployment: record.deployment.clone(),
            _credential: Arc::clone(&record.credential),
            _prices: Arc::clone(&record.prices),
        }
    }
}

/// The entry at the beginning of `bytes` and its length; `None` at the end of what was written, whole or torn.
pub(super) fn decode(sequence: u64, bytes: &[u8]) -> Option<(Entry, usize)> {
    let (head, rest) = bytes.split_first_chunk::<FRAME_HEAD_BYTES>()?;
    let [a, b, c, d, sum @ ..] = *head;
    let length = u32::from_le_bytes([a, b, c, d]) as usize;
    if length == 0 || length > FRAME_BYTES_MAX - FRAME_HEAD_BYTES {
        return None;
    }
    let payload = rest.get(..length)?;
    if checksum(sequence, payload) != u32::from_le_bytes(sum) {
        return None;
    }
    Some((entry(payload)?, FRAME_HEAD_BYTES + length))
}

fn entry(payload: &[u8]) -> Option<Entry> {
    let (kind, fields) = payload.split_first()?;
    let mut fields = fields;
    let number = u32::from_le_bytes(take(&mut fields)?);
    match *kind {
        KIND_CONTEXT => Some(Entry::Context(
            number,
            Context {
                subscription: take_text(&mut fields)?,
                endpoint: take_text(&mut fields)?,
                model: take_text(&mut fields)?,
                deployment: take_text(&mut fields)?,
                operation: take_text(&mut fields)?,
                credential: take_text(&mut fields)?,
                prices: take_text(&mut fields)?,
            },
        )),
        KIND_USAGE => Some(Entry::Usage(Row {
            context: number,
            at_ms: i64::from_le_bytes(take(&mut fields)?),
            id: take_text(&mut fields)?,
            outcome: take_text(&mut fields)?,
            usage: Usage {
                prompt: take_number(&mut fields)?,
                cached_prompt: take_number(&mut fields)?,
                completion: take_number(&mut fields)?,
                reasoning: take_number(&mut fields)?,
                search_units: take_number(&mut fields)?,
                images: take_number(&mut fields)?,
                finetune_prompt: take_number(&mut fields)?,
                finetune_completion: take_number(&mut fields)?,
            },
            // What was written before these were noted ends here.
            status: match fields {
                [] => STATUS_BEFORE,
                _ => u16::try_from(take_number(&mut fields)?).ok()?,
            },
            took_us: take_time(&mut fields)?,
            first_token_us: take_time(&mut fields)?,
        })),
        _ => None,
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

// Seven bits a byte, the lowest first; the highest bit says that more follow.
fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take<const N: usize>(fields: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = fields.split_first_chunk::<N>()?;
    *fields = rest;
    Some(*first)
}

fn take_number(fields: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let [byte] = take(fields)?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn take_time(fields: &mut &[u8]) -> Option<Option<u64>> {
    match fields {
        [] => Some(None),
        _ => Some(take_number(fields)?.checked_sub(1)),
    }
}

fn take_text(fields: &mut &[u8]) -> Option<String> {
    let length = usize::try_from(take_number(fields)?).ok()?;
    let (text, rest) = fields.split_at_checked(length)?;
    *fields = rest;
    String::from_utf8(text.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cupola_core::usage::Meter;
    use proptest::prelude::*;

    fn record(id: &str, usage: Usage) -> UsageRecord {
        UsageRecord {
            id: id.to_owned(),
            at: Timestamp::UNIX_EPOCH,
            subscription: "s".into(),
            endpoint: "e".into(),
            model: "m".into(),
            deployment: None,
            operation: "chat",
            credential: "primary".into(),
            usage,
            outcome: "complete",
            status: 200,
            took_us: Some(1_500),
            first_token_us: None,
            prices: Arc::new(PriceList::of("USD", &[(Meter::Images, 7)])),
        }
    }

    fn entries(sequence: u64, mut bytes: &[u8]) -> Vec<Entry> {
        let mut entries = Vec::new();
        while let Some((entry, length)) = decode(sequence, bytes) {
            entries.push(entry);
            bytes = &bytes[length..];
        }
        entries
    }

    #[test]
    fn what_records_share_is_written_once() {
        let mut encoder = Encoder::of(3);
        let one = record("1", Usage::default());
        let same = UsageRecord {
            id: "2".into(),
            ..one.clone()
        };
        let other = UsageRecord {
            credential: "secondary".into(),
            ..one.clone()
        };
        let mut bytes = Vec::new();
        for record in [&one, &same, &other] {
            encoder.encode(record, &mut bytes).expect("encoded");
        }
        let seen: Vec<String> = entries(3, &bytes)
            .iter()
            .map(|entry| match entry {
                Entry::Context(number, context) => format!("context {number} {}", context.credential),
                Entry::Usage(row) => format!("record {} of {}", row.id, row.context),
            })
            .collect();
        assert_eq!(
            seen,
            [
                "context 0 primary",
                "record 1 of 0",
                "record 2 of 0",
                "context 1 secondary",
                "record 1 of 1"
            ]
        );
        assert_eq!(entries(4, &bytes), [], "of another segment");
    }

    #[test]
    fn what_is_too_large_leaves_nothing_behind() {
        let large = UsageRecord {
            endpoint: "e".repeat(FRAME_BYTES_MAX).into(),
            ..record("1", Usage::default())
        };
        let mut bytes = vec![1, 2, 3];
        assert_eq!(Encoder::of(1).encode(&large, &mut bytes), Err(TooLarge));
        assert_eq!(bytes, [1, 2, 3]);
    }

    #[test]
    fn records_from_before_times_were_noted_are_read() {
        let mut bytes = Vec::new();
        let encoder = Encoder::of(1);
        let encoded = encoder.frame(&mut bytes, KIND_USAGE, |out| {
            out.extend_from_slice(&7_u32.to_le_bytes());
            out.extend_from_slice(&3_i64.to_le_bytes());
            put_text(out, "id");
            put_text(out, "complete");
            for quantity in 1..=8 {
                put_number(out, quantity);
            }
        });
        encoded.expect("encoded");
        let [Entry::Usage(row)] = &entries(1, &bytes)[..] else {
            panic!("a record")
        };
        assert_eq!((row.context, row.at_ms, row.usage.finetune_completion), (7, 3, 8));
        assert_eq!((row.status, row.took_us, row.first_token_us), (200, None, None));
    }

    proptest! {
        #[test]
        fn records_are_read_back(id in ".{0,40}", of in proptest::array::uniform8(any::<u64>()), cut in any::<prop::sample::Index>()) {
            let [prompt, cached_prompt, completion, reasoning, search_units, images, finetune_prompt, finetune_completion] = of;
            let usage = Usage {
                prompt, cached_prompt, completion, reasoning, search_units, images, finetune_prompt, finetune_completion,
            };
            let mut bytes = Vec::new();
            Encoder::of(1).encode(&record(&id, usage), &mut bytes).expect("encoded");
            let whole = entries(1, &bytes);
            prop_assert_eq!(whole.len(), 2);
            let Entry::Usage(row) = &whole[1] else { panic!("a record") };
            prop_assert_eq!((&row.id, &row.usage), (&id, &usage));
            prop_assert_eq!((row.status, row.took_us, row.first_token_us), (200, Some(1_500), None));
            let torn = &bytes[..cut.index(bytes.len())];
            prop_assert_eq!(entries(1, torn).len() < 2, true);
        }

        #[test]
        fn anything_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = entries(1, &bytes);
            let _ = entry(&bytes);
        }
    }
}
