//! What screening costs: `cargo run --release -p cupola-safety --example speed`.

use cupola_safety::{Blocklist, Detection, DetectionRule, Direction, Item, ListRule, Policy, Screen, Window};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

const TEXT: &str = "The committee met on Tuesday to discuss the new library. Most members were in favour of a larger \
reading room, though some asked whether the budget would allow it. The architect showed three drawings and explained how \
light would fall through the roof in the afternoon. A teacher from the school nearby said that her pupils need a quiet \
place to work after lessons, and that the old building closes too early. In the end they agreed to ask two more firms for \
an offer, to compare the cost of heating, and to meet again in the first week of the next month. ";

fn main() {
    let prompt: String = TEXT.chars().cycle().take(1024).collect();
    let default = Arc::new(Screen::new(Policy::default_v2(), &[]).expect("a screen"));
    let ids: Vec<String> = (0..1_000).map(|number| format!("term{number} word")).collect();
    let items = ids.iter().map(|id| Item {
        id,
        pattern: id,
        is_regex: false,
    });
    let list = Arc::new(Blocklist::compile("terms", items).expect("a list"));
    let mut with_list = Policy::default_v2();
    for direction in [&mut with_list.prompt, &mut with_list.completion] {
        direction.blocklists.push(ListRule {
            name: "terms".to_owned(),
            blocking: true,
        });
    }
    let with_list = Arc::new(Screen::new(with_list, &[list]).expect("a screen"));
    let mut with_pii = Policy::default_v2();
    with_pii.prompt = with_pii
        .prompt
        .with_detection(Detection::Pii, DetectionRule::BLOCKED);
    with_pii.completion = with_pii
        .completion
        .with_detection(Detection::Pii, DetectionRule::BLOCKED);
    let with_pii = Arc::new(Screen::new(with_pii, &[]).expect("a screen"));
    for (name, screen) in [
        ("default", &default),
        ("default and 1,000 terms", &with_list),
        ("default and personal data", &with_pii),
    ] {
        let whole = time(|| {
            black_box(screen.text(Direction::Prompt, black_box(&prompt)));
        });
        let pieces: Vec<&str> = TEXT.split_inclusive(' ').take(100).collect();
        let bytes: usize = pieces.iter().map(|piece| piece.len()).sum();
        let stream = time(|| {
            let mut window = Window::new(screen, Direction::Completion);
            for piece in &pieces {
                black_box(window.feed(black_box(piece)));
            }
            black_box(window.finish());
        });
        println!(
            "{name}: 1 KB prompt {} ns; stream of {} pieces ({bytes} bytes) {} ns",
            whole.as_nanos(),
            pieces.len(),
            stream.as_nanos()
        );
    }
}

/// The time of one run in the best of many batches: others use the machine too.
#[expect(
    clippy::disallowed_methods,
    reason = "a measurement by hand, which nothing depends on"
)]
fn time(mut run: impl FnMut()) -> Duration {
    const RUNS: u32 = 200;
    let batch = |_| {
        let start = std::time::Instant::now();
        for _ in 0..RUNS {
            run();
        }
        start.elapsed() / RUNS
    };
    (0..200).map(batch).min().unwrap_or_default()
}
