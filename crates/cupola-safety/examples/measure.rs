//! Precision and recall of the built-in analyzer on the labelled sets: `cargo run -p cupola-safety --example measure`.
//! With `--misses`, the lines of `tuned.tsv` that it gets wrong; the held-out lines are never shown.

#[path = "../tests/labelled/mod.rs"]
mod labelled;

use labelled::{HELD_OUT, TUNED, measure};

fn main() {
    let with_misses = std::env::args().any(|argument| argument == "--misses");
    for (name, set) in [("tuned", TUNED), ("held out", HELD_OUT)] {
        let figures = measure(set);
        println!("| {name} | lines | found | precision | recall |\n|---|---|---|---|---|");
        for (label, figure) in &figures.by_label {
            println!(
                "| {label} | {} | {} | {:.2} | {:.2} |",
                figure.labelled,
                figure.found,
                figure.precision(),
                figure.recall()
            );
        }
        println!(
            "| of {} safe lines, blocked | | {} | | |\n",
            figures.safe, figures.safe_blocked
        );
        if with_misses && name == "tuned" {
            for miss in &figures.misses {
                println!("{miss}");
            }
        }
    }
}
