//! However a text is cut, a window comes to the verdict of the whole, and lets out nothing of what is blocked.

use cupola_safety::{
    Blocklist, CategoryRule, Detection, DetectionRule, Direction, DirectionPolicy, Item, ListRule, Mode,
    Policy, Screen, Threshold, Window,
};
use proptest::prelude::*;
use std::sync::{Arc, LazyLock};

const ITEMS: [(&str, bool); 9] = [
    ("acme", false),
    ("acme corp", false),
    ("c++", false),
    ("straße", false),
    ("禁止", false),
    (r"\bproject\s+[a-z]{2,8}\b", true),
    (r"x\d+y", true),
    (r"(?s)begin.*?end", true),
    (r"é{2}", true),
];

static SCREENS: LazyLock<[Arc<Screen>; 4]> = LazyLock::new(|| {
    let items: Vec<(String, &str, bool)> = ITEMS
        .iter()
        .enumerate()
        .map(|(index, (pattern, is_regex))| (format!("item-{index}"), *pattern, *is_regex))
        .collect();
    let items = items.iter().map(|(id, pattern, is_regex)| Item {
        id,
        pattern,
        is_regex: *is_regex,
    });
    let list = Arc::new(Blocklist::compile("mine", items).expect("a list"));
    let all = || {
        let mut direction = DirectionPolicy::off();
        direction.categories = [CategoryRule {
            threshold: Threshold::Low,
            ..CategoryRule::MEDIUM
        }; 4];
        for detection in Detection::ALL {
            direction = direction.with_detection(detection, DetectionRule::BLOCKED);
        }
        direction.blocklists.push(ListRule {
            name: "mine".to_owned(),
            blocking: true,
        });
        Policy {
            prompt: direction.clone(),
            completion: direction,
            mode: Mode::Buffered,
        }
    };
    let mut asynchronous = all();
    asynchronous.mode = Mode::Asynchronous;
    let mut only_forms = all();
    only_forms.prompt.categories = [CategoryRule::OFF; 4];
    only_forms.prompt.blocklists.clear();
    [Policy::default_v2(), all(), only_forms, asynchronous]
        .map(|policy| Arc::new(Screen::new(policy, &[Arc::clone(&list)]).expect("a screen")))
});

/// Pieces of what rules look for, of what lowers and raises them, and of what hides them.
const WORDS: [&str; 64] = [
    "kill",
    "him",
    "them",
    "all",
    "I",
    "will",
    "want",
    "to",
    "die",
    "myself",
    "k1ll",
    "k",
    "i",
    "l",
    "novel",
    "game",
    "the",
    "build",
    "a",
    "bomb",
    "how",
    "jews",
    "are",
    "vermin",
    "not",
    "ignore",
    "previous",
    "instructions",
    "fuck",
    "f",
    "u",
    "c",
    "DAN",
    "do",
    "anything",
    "now",
    "acme",
    "Corp",
    "C++",
    "STRASSE",
    "これは禁止です",
    "project",
    "zeus",
    "x12",
    "x123y",
    "begin",
    "end",
    "éé",
    "a@b.example.com",
    "4111 1111",
    "1111 1111",
    "DE89 3704 0044",
    "0532 0130 00",
    "+1 425",
    "555 0123",
    "203.0.113.42",
    "ki\u{200b}ll",
    "кill",
    "her",
    "police",
    "said",
    "hello",
    "reading",
    "AI",
];

const SEPARATORS: [&str; 12] = [
    " ", " ", " ", " ", ". ", ", ", "\n", "\n\n", "-", "\"\"\"", "", "! ",
];

fn text() -> impl Strategy<Value = String> {
    let part = (0..WORDS.len(), 0..SEPARATORS.len());
    let known = prop::collection::vec(part, 0..40).prop_map(|parts| {
        parts
            .into_iter()
            .map(|(word, separator)| format!("{}{}", WORDS[word], SEPARATORS[separator]))
            .collect::<String>()
    });
    let any = any::<String>();
    let long = (known_long(), 0..3usize)
        .prop_map(|(text, filler)| text.replace("begin", &format!("begin {}", "la ".repeat(filler * 90))));
    prop_oneof![6 => known, 1 => any, 2 => long]
}

fn known_long() -> impl Strategy<Value = String> {
    prop::collection::vec(0..WORDS.len(), 0..150).prop_map(|parts| {
        parts
            .into_iter()
            .map(|word| format!("{} ", WORDS[word]))
            .collect()
    })
}

fn cut<'a>(text: &'a str, sizes: &[usize]) -> Vec<&'a str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, behind) = rest.split_at(rest.ceil_char_boundary((*size).min(rest.len())));
        pieces.push(piece);
        rest = behind;
    }
    pieces
}

fn holds(screen: &Arc<Screen>, direction: Direction, text: &str, sizes: &[usize]) {
    let whole = screen.text(direction, text);
    let mut window = Window::new(screen, direction);
    let (mut fed, mut released) = (0, 0);
    for piece in cut(text, sizes) {
        let progress = window.feed(piece);
        fed += piece.len();
        assert!(progress.released_bytes_total >= released, "what is out stays out");
        assert!(
            progress.released_bytes_total <= fed,
            "nothing is out before it came"
        );
        released = progress.released_bytes_total;
        assert!(text.is_char_boundary(released));
        assert!(progress.verdict.is_none() || whole.is_blocked());
    }
    let (progress, verdict) = window.finish();
    assert_eq!(verdict, whole, "the verdict of the whole");
    assert_eq!(
        progress.verdict.map(|blocked| blocked.hit),
        whole.blocked_by().cloned()
    );
    if whole.is_blocked() {
        if screen.policy().mode == Mode::Buffered {
            for hit in whole.hits().iter().filter(|hit| hit.blocking) {
                assert!(
                    progress.released_bytes_total <= hit.span.start,
                    "{} of {hit:?} are out",
                    progress.released_bytes_total
                );
            }
        }
    } else {
        assert_eq!(progress.released_bytes_total, text.len());
    }
    for hit in whole.hits() {
        assert!(
            text.get(hit.span.clone()).is_some_and(|span| !span.is_empty()),
            "{hit:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn cuts_change_nothing(text in text(), sizes in prop::collection::vec(1usize..24, 1..8), screen in 0..4usize) {
        for direction in [Direction::Prompt, Direction::Completion] {
            holds(&SCREENS[screen], direction, &text, &sizes);
        }
    }
}

#[test]
fn the_labelled_sets_come_out_the_same_in_single_characters() {
    for set in [
        include_str!("../labelled/tuned.tsv"),
        include_str!("../labelled/held-out.tsv"),
    ] {
        for text in set
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .map(|(_, text)| text)
        {
            for screen in SCREENS.iter() {
                holds(screen, Direction::Prompt, text, &[1]);
            }
        }
    }
}

#[test]
fn harmless_text_hardly_waits() {
    let screen = &SCREENS[0];
    let mut window = Window::new(screen, Direction::Completion);
    let mut fed = 0;
    let mut late = 0;
    let text = "Rust has three main goals: memory safety, speed and fearless concurrency. Ownership decides when \
                values are freed, and borrowing lets code look at values without taking them over.";
    for piece in text.split_inclusive(' ') {
        fed += piece.len();
        late += usize::from(window.feed(piece).released_bytes_total < fed);
    }
    // "has", "lets" and "taking" begin phrases that may block; the words behind them end the wait.
    assert!(late <= 5, "{late} pieces had to wait");
    assert_eq!(window.finish().0.released_bytes_total, text.len());
}

#[test]
fn a_word_that_may_become_a_threat_waits_for_the_next() {
    let mut window = Window::new(&SCREENS[0], Direction::Completion);
    let mut at = |piece: &str| window.feed(piece);
    assert_eq!(at("Right: I ki").released_bytes_total, 7);
    assert_eq!(
        at("ck the ball.").released_bytes_total,
        7,
        "the sentence may go on"
    );
    assert_eq!(at(" And then").released_bytes_total, 32);
    assert_eq!(at(" I will ki").released_bytes_total, 33);
    let progress =
        at("ll him slowly tonight, and nobody in this whole town will ever be able to stop me from it");
    assert_eq!(progress.released_bytes_total, 33);
    assert!(progress.verdict.is_some());
}

#[test]
fn when_nothing_blocks_nothing_waits() {
    let screen = Arc::new(Screen::new(Policy::default_v2().annotate_only(), &[]).expect("a screen"));
    let mut window = Window::new(&screen, Direction::Prompt);
    assert_eq!(window.feed("I will kill h").released_bytes_total, 13);
    let (progress, verdict) = window.finish();
    assert!(progress.verdict.is_none());
    assert!(!verdict.is_blocked());
    let off = Screen::new(Policy::off(), &[]).expect("a screen");
    assert!(!off.needs(Direction::Prompt));
    assert!(screen.needs(Direction::Prompt));
}

#[test]
fn a_long_stream_takes_little_memory_and_few_places() {
    let screen = &SCREENS[1];
    let mut window = Window::new(screen, Direction::Prompt);
    for _ in 0..2_000 {
        window.feed("acme x1y kill him bob@example.com ");
    }
    let (_, verdict) = window.finish();
    assert!(verdict.hits().len() <= 64 * 12, "{}", verdict.hits().len());
}

#[test]
fn a_policy_that_names_an_unknown_list_is_refused() {
    let mut policy = Policy::default_v2();
    policy.prompt.blocklists.push(ListRule {
        name: "gone".to_owned(),
        blocking: true,
    });
    let refused = Screen::new(policy, &[]).expect_err("no such list");
    assert!(refused.to_string().contains("'gone'"), "{refused}");
}
