//! When each token is ready.

use super::chance::Chance;
use super::settings::{Distribution, Rule, SimulatorSettings};
use std::time::Duration;

const LATENCY_MS_MAX: f64 = 600_000.0;

/// The times of one answer.
#[derive(Debug)]
pub(super) struct Pace {
    first_ms: f64,
    step_ms: f64,
    jitter: f64,
    chance: Chance,
}

impl Pace {
    pub(super) fn new(settings: &SimulatorSettings, rule: &Rule, chance: &mut Chance) -> Self {
        let drawn = match settings.latency {
            None => 0.0,
            Some(Distribution::Uniform { from_ms, to_ms }) => from_ms + (to_ms - from_ms) * chance.share(),
            Some(Distribution::Lognormal { median_ms, sigma }) => median_ms * (sigma * chance.normal()).exp(),
        };
        let first_ms = rule
            .latency_ms
            .map_or(f64::from(settings.latency_ms) + drawn, f64::from);
        let step_ms = match (rule.inter_token_ms, settings.tokens_per_second) {
            (Some(step), _) => step,
            (None, 0) => settings.inter_token_ms,
            (None, rate) => 1_000.0 / f64::from(rate),
        };
        Self {
            first_ms: first_ms.min(LATENCY_MS_MAX),
            step_ms,
            jitter: settings.jitter,
            chance: Chance::new(chance.next(), 0),
        }
    }

    /// When the token at this place is ready; without jitter exactly one step after the one before.
    pub(super) fn due(&self, at: usize) -> Duration {
        let mut milliseconds = self.step_ms * at as f64;
        if self.jitter > 0.0 && at > 0 {
            // Moved by less than a step, so that tokens stay in their order.
            let mut chance = self.chance.clone();
            let share = Chance::new(chance.next(), at as u64).share();
            milliseconds -= self.step_ms * self.jitter * share * 0.999;
        }
        Duration::from_secs_f64((self.first_ms + milliseconds) / 1_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(settings: SimulatorSettings, number: u64) -> Pace {
        Pace::new(&settings, &Rule::default(), &mut Chance::new(7, number))
    }

    #[test]
    fn times_are_drawn_within_their_bounds_and_never_go_back() {
        let settings = SimulatorSettings {
            latency: Some(Distribution::Uniform {
                from_ms: 100.0,
                to_ms: 200.0,
            }),
            inter_token_ms: 10.0,
            jitter: 1.0,
            ..SimulatorSettings::default()
        };
        let firsts: Vec<u128> = (0..50)
            .map(|number| pace(settings.clone(), number).due(0).as_millis())
            .collect();
        assert!(firsts.iter().all(|first| (100..=200).contains(first)));
        assert!(firsts.iter().any(|first| *first < 140) && firsts.iter().any(|first| *first > 160));
        let one = pace(settings, 1);
        assert!((0..100).all(|at| one.due(at) <= one.due(at + 1)));
    }

    #[test]
    fn half_of_the_lognormal_times_are_below_the_median() {
        let settings = SimulatorSettings {
            latency: Some(Distribution::Lognormal {
                median_ms: 300.0,
                sigma: 1.0,
            }),
            ..SimulatorSettings::default()
        };
        let below = (0..1_000)
            .filter(|number| pace(settings.clone(), *number).due(0).as_millis() < 300)
            .count();
        assert!((430..570).contains(&below), "{below}");
    }
}
