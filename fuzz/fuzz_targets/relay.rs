//! Whatever a backend streams, cut anywhere: nothing panics, every client gets well-formed frames, and the same ones
//! however it is cut.
#![no_main]

#[path = "../../crates/cupola-wire/tests/relay/harness.rs"]
mod harness;

use cupola_wire::Dialect;
use harness::{Client, check_frames, relay};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // Who speaks to whom, and the sizes of the pieces, which come round again.
    let Some(([route, first, second, third], stream)) = data.split_first_chunk() else {
        return;
    };
    let dialect = Dialect::ALL[usize::from(*route) % Dialect::ALL.len()];
    let client = Client::ALL[usize::from(*route) / Dialect::ALL.len() % Client::ALL.len()];
    let whole = relay(dialect, client, [stream]);
    if let Err(fault) = check_frames(client, &whole.out) {
        panic!("{dialect:?} to {client:?}: {fault}");
    }
    let mut sizes = [*first, *second, *third].into_iter().cycle();
    let mut rest = stream;
    let pieces = std::iter::from_fn(|| {
        let size = usize::from(sizes.next()?) + 1;
        let (piece, more) = rest.split_at_checked(size).unwrap_or((rest, &[]));
        rest = more;
        (!piece.is_empty()).then_some(piece)
    });
    assert_eq!(whole, relay(dialect, client, pieces), "{dialect:?} to {client:?}");
});
