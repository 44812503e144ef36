//! The figures of `docs/content-safety.md` hold.

mod labelled;

use labelled::{Figures, HELD_OUT, TUNED, measure};

/// Precision and recall may not fall below, and no more safe lines may be blocked.
fn check(figures: &Figures, floors: &[(&str, f64, f64)], safe_blocked_max: usize) {
    for (label, precision, recall) in floors {
        let figure = &figures.by_label[label];
        assert!(
            figure.precision() >= *precision,
            "{label}: precision {:.2} is below {precision}",
            figure.precision()
        );
        assert!(
            figure.recall() >= *recall,
            "{label}: recall {:.2} is below {recall}",
            figure.recall()
        );
    }
    assert!(
        figures.safe_blocked <= safe_blocked_max,
        "{} of {} safe lines are blocked",
        figures.safe_blocked,
        figures.safe
    );
}

/// What the rules were tuned on, they get right; a change of the rules that loses some of it is seen here.
#[test]
fn the_tuned_set_stays_right() {
    let labels = [
        "hate",
        "self_harm",
        "sexual",
        "violence",
        "jailbreak",
        "indirect_attack",
        "profanity",
        "pii",
    ];
    let figures = measure(TUNED);
    assert_eq!(figures.safe, 92);
    check(&figures, &labels.map(|label| (label, 0.95, 0.95)), 0);
}

/// The floors are a good two lines of some twenty below what was measured: a rule may move a line or two without a new
/// measurement, and a broken analyzer falls through at once. They are no aim: raise them by better rules, which are written
/// without looking at this set, and measured again.
#[test]
fn the_held_out_set_does_not_get_worse() {
    let floors = [
        ("hate", 0.90, 0.36),
        ("self_harm", 0.75, 0.42),
        ("sexual", 0.90, 0.42),
        ("violence", 0.80, 0.48),
        ("jailbreak", 0.80, 0.45),
        ("indirect_attack", 0.80, 0.37),
        ("profanity", 0.65, 0.50),
        ("pii", 0.85, 0.70),
    ];
    let figures = measure(HELD_OUT);
    assert_eq!(figures.safe, 107);
    check(&figures, &floors, 6);
}
