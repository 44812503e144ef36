use super::*;

fn parameters() -> SamplingParameters {
    SamplingParameters {
        temperature: 1.0,
        top_p: 1.0,
        min_p: 0.0,
        top_k: 0,
        frequency_penalty: 0.0,
        presence_penalty: 0.0,
        bias: Vec::new(),
        seed: 7,
    }
}

fn samples(parameters: SamplingParameters, logits: &[f32], count: usize) -> Vec<i32> {
    let mut sampler = Sampler::new(parameters);
    (0..count)
        .map(|_| sampler.sample(logits, None).expect("no constraint").0)
        .collect()
}

#[test]
fn greedy_takes_the_greatest_and_the_first_of_equals() {
    let greedy = SamplingParameters {
        temperature: 0.0,
        ..parameters()
    };
    assert_eq!(samples(greedy.clone(), &[0.0, 3.0, 1.0, 3.0], 2), [1, 1]);
    let mut long = vec![0.0; 100];
    long[97] = 2.0;
    assert_eq!(samples(greedy, &long, 1), [97]);
}

#[test]
fn a_seed_repeats_itself_and_another_seed_differs() {
    let logits: Vec<f32> = (0..50).map(|index| (index % 7) as f32 * 0.1).collect();
    let first = samples(parameters(), &logits, 40);
    assert_eq!(samples(parameters(), &logits, 40), first);
    assert_ne!(
        samples(
            SamplingParameters {
                seed: 8,
                ..parameters()
            },
            &logits,
            40
        ),
        first
    );
}

#[test]
fn chance_follows_the_probabilities() {
    // Weights 1 and 3: a quarter and three quarters.
    let drawn = samples(parameters(), &[0.0, 3f32.ln()], 4000);
    let ones = drawn.iter().filter(|token| **token == 1).count();
    assert!((2900..3100).contains(&ones), "{ones}");
}

#[test]
fn a_low_temperature_sharpens() {
    let cold = SamplingParameters {
        temperature: 0.01,
        ..parameters()
    };
    assert_eq!(samples(cold, &[1.0, 2.0, 0.0], 20), [1; 20]);
}

#[test]
fn the_nucleus_leaves_the_tail_out() {
    let logits = [10.0, 9.9, 1.0, 1.0, 1.0];
    let narrow = SamplingParameters {
        top_p: 0.9,
        ..parameters()
    };
    assert!(samples(narrow, &logits, 200).iter().all(|token| *token < 2));
    let single = SamplingParameters {
        top_p: 0.0,
        ..parameters()
    };
    assert_eq!(samples(single, &logits, 20), [0; 20]);
}

#[test]
fn a_flat_distribution_needs_a_wide_nucleus() {
    let logits = vec![0.0; 1000];
    let wide = SamplingParameters {
        top_p: 0.95,
        ..parameters()
    };
    let drawn = samples(wide, &logits, 2000);
    assert!(
        drawn.iter().all(|token| *token < 951),
        "ties are ordered by token"
    );
    assert!(drawn.iter().any(|token| *token > 900));
}

#[test]
fn penalties_push_away_what_was_said() {
    let frequency = SamplingParameters {
        temperature: 0.0,
        frequency_penalty: 0.6,
        ..parameters()
    };
    assert_eq!(samples(frequency, &[1.0, 0.0], 4), [0, 0, 1, 0]);
    let presence = SamplingParameters {
        temperature: 0.0,
        presence_penalty: 2.0,
        ..parameters()
    };
    assert_eq!(samples(presence, &[1.0, 0.0], 4), [0, 1, 0, 0]);
}

#[test]
fn a_bias_lifts_or_bans_a_token() {
    let bias = vec![(Token(0), f32::NEG_INFINITY), (Token(2), 5.0), (Token(99), 1.0)];
    let biased = SamplingParameters {
        temperature: 0.0,
        bias: bias.clone(),
        ..parameters()
    };
    assert_eq!(samples(biased, &[9.0, 1.0, 0.0], 1), [2]);
    let chance = SamplingParameters { bias, ..parameters() };
    assert!(
        samples(chance, &[9.0, 1.0, 0.0], 100)
            .iter()
            .all(|token| *token != 0)
    );
}

#[test]
fn few_candidates_are_left_where_few_are_wanted() {
    let logits = [3.0, 2.9, 2.8, 2.0, -4.0];
    let few = SamplingParameters {
        top_k: 2,
        ..parameters()
    };
    let drawn = samples(few, &logits, 200);
    assert!(drawn.contains(&0) && drawn.contains(&1) && drawn.iter().all(|token| *token < 2));
    let probable = SamplingParameters {
        min_p: 0.5,
        ..parameters()
    };
    let drawn = samples(probable, &logits, 200);
    assert!(drawn.contains(&2) && drawn.iter().all(|token| *token < 3));
}

#[test]
fn a_constraint_is_kept_at_any_temperature() {
    use crate::grammar::{Builder, Symbol, Vocabulary};
    for temperature in [0.0, 2.0] {
        let mut builder = Builder::default();
        let letter = builder.rule(vec![vec![Symbol::Range(b'b', b'c')]]);
        let root = builder.rule(vec![vec![Symbol::Repeat(letter, 2, Some(2))]]);
        let grammar = std::sync::Arc::new(builder.finish(root).expect("a grammar"));
        let tokens = ["a", "b", "c", ""].map(|text| (text.as_bytes().to_vec(), text.is_empty()));
        let vocabulary = std::sync::Arc::new(Vocabulary::new(tokens));
        let mut constraint = Constraint::new(grammar, vocabulary);
        let mut sampler = Sampler::new(SamplingParameters {
            temperature,
            ..parameters()
        });
        let logits = [9.0, 0.0, 1.0, 5.0];
        let mut next =
            |constraint: &mut Constraint| sampler.sample(&logits, Some(constraint)).expect("it fits").0;
        assert!([1, 2].contains(&next(&mut constraint)));
        assert!([1, 2].contains(&next(&mut constraint)));
        assert!(constraint.is_closed());
        assert_eq!(next(&mut constraint), 3);
        let banned = [f32::NEG_INFINITY; 4];
        assert_eq!(sampler.sample(&banned, Some(&mut constraint)), Err(NothingFits));
    }
}
