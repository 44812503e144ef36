//! Texts from strangers, cut anywhere: the verdict of the pieces is that of the whole, and nothing that is blocked goes out.
#![no_main]

use cupola_safety::{
    Blocklist, CategoryRule, Detection, DetectionRule, Direction, DirectionPolicy, Item, ListRule, Mode, Policy, Screen,
    Threshold, Window,
};
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};

const ITEMS: [(&str, bool); 8] = [
    ("acme", false),
    ("acme corp", false),
    ("c++", false),
    ("straße", false),
    ("禁止", false),
    (r"\bproject\s+[a-z]{2,8}\b", true),
    (r"(?s)begin.*?end", true),
    (r"x\d+y", true),
];

static SCREEN: LazyLock<Arc<Screen>> = LazyLock::new(|| {
    let items = ITEMS.iter().map(|(pattern, is_regex)| Item {
        id: pattern,
        pattern,
        is_regex: *is_regex,
    });
    let list = Arc::new(Blocklist::compile("mine", items).expect("a list"));
    let mut direction = DirectionPolicy::off();
    direction.categories = [CategoryRule {
        threshold: Threshold::Low,
        ..CategoryRule::MEDIUM
    }; 4];
    direction.detections = [DetectionRule::BLOCKED; Detection::ALL.len()];
    direction.blocklists.push(ListRule {
        name: "mine".to_owned(),
        blocking: true,
    });
    let policy = Policy {
        prompt: direction.clone(),
        completion: direction,
        mode: Mode::Buffered,
    };
    Arc::new(Screen::new(policy, &[list]).expect("a screen"))
});

// The first eight bytes say how long the pieces are.
fuzz_target!(|data: &[u8]| {
    let Some((sizes, text)) = data.split_at_checked(8) else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let whole = SCREEN.text(Direction::Prompt, text);
    let mut window = Window::new(&SCREEN, Direction::Prompt);
    let mut rest = text;
    let mut released = 0;
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let size = usize::from(*size).max(1).min(rest.len());
        let (piece, behind) = rest.split_at(rest.ceil_char_boundary(size));
        rest = behind;
        let progress = window.feed(piece);
        assert!(progress.released_bytes_total >= released);
        released = progress.released_bytes_total;
        assert!(text.is_char_boundary(released));
    }
    let (progress, verdict) = window.finish();
    assert_eq!(verdict, whole);
    for hit in whole.hits() {
        assert!(text.get(hit.span.clone()).is_some());
        assert!(!hit.blocking || progress.released_bytes_total <= hit.span.start);
    }
    assert!(whole.is_blocked() || progress.released_bytes_total == text.len());
});
