//! Gaps are filled and sizes made harmless: what the models see lies between -1 and 1.

/// Values without gaps, scaled; and the way back.
#[derive(Debug)]
pub(crate) struct Scaled {
    pub(crate) values: Vec<f64>,
    pub(crate) scale: Scale,
}

/// `value = (scaled * spread + centre) * size`, in two steps, because the largest numbers would overflow in one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    size: f64,
    centre: f64,
    spread: f64,
}

impl Scale {
    /// The way back, cut to what a number can be.
    pub(crate) fn restore(self, value: f64) -> f64 {
        let restored = (value * self.spread + self.centre) * self.size;
        if restored.is_nan() {
            return self.centre * self.size;
        }
        restored.clamp(-f64::MAX, f64::MAX)
    }

    /// The way there, for a value of the series that was scaled.
    pub(crate) fn apply(self, value: f64) -> f64 {
        let spread = if self.spread == 0.0 { 1.0 } else { self.spread };
        (value / self.size - self.centre) / spread
    }

    /// Where zero is.
    pub(crate) fn zero(self) -> f64 {
        self.apply(0.0)
    }

    /// A difference on the way back.
    pub(crate) fn width(self, difference: f64) -> f64 {
        (difference * self.spread * self.size).clamp(-f64::MAX, f64::MAX)
    }

    /// Is there anything but one value?
    pub(crate) fn is_flat(self) -> bool {
        self.spread == 0.0
    }
}

/// Fills gaps on a straight line between neighbours; the ends keep the nearest value. `None` where no value is known.
pub(crate) fn filled(values: &[f64]) -> Option<Vec<f64>> {
    let first = values.iter().position(|value| value.is_finite())?;
    let mut filled = values.to_vec();
    filled[..first].fill(values[first]);
    let mut last = first;
    for at in first + 1..values.len() {
        if !values[at].is_finite() {
            continue;
        }
        let (from, to, steps) = (values[last], values[at], (at - last) as f64);
        for (step, gap) in filled[last + 1..at].iter_mut().enumerate() {
            let share = (step + 1) as f64 / steps;
            *gap = from * (1.0 - share) + to * share;
        }
        last = at;
    }
    let end = values[last];
    filled[last + 1..].fill(end);
    Some(filled)
}

/// Scales values without gaps.
pub(crate) fn scaled(values: &[f64]) -> Scaled {
    let largest = values
        .iter()
        .fold(0.0f64, |largest, value| largest.max(value.abs()));
    // A subnormal size would make the quotients overflow.
    let size = if largest >= f64::MIN_POSITIVE {
        largest
    } else {
        1.0
    };
    let mut shares: Vec<f64> = values.iter().map(|value| value / size).collect();
    let centre = shares.iter().sum::<f64>() / shares.len().max(1) as f64;
    shares.iter_mut().for_each(|share| *share -= centre);
    let spread = shares
        .iter()
        .fold(0.0f64, |spread, share| spread.max(share.abs()));
    // Below this the differences are the rounding of the numbers themselves.
    let spread = if spread < 1e-13 { 0.0 } else { spread };
    if spread == 0.0 {
        shares.fill(0.0);
    } else {
        shares.iter_mut().for_each(|share| *share /= spread);
    }
    Scaled {
        values: shares,
        scale: Scale { size, centre, spread },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn gaps_are_filled_from_their_neighbours() {
        let nan = f64::NAN;
        assert_eq!(
            filled(&[nan, 1.0, nan, nan, 4.0, nan]),
            Some(vec![1.0, 1.0, 2.0, 3.0, 4.0, 4.0])
        );
        assert_eq!(filled(&[nan, nan]), None);
        assert_eq!(filled(&[]), None);
    }

    proptest! {
        #[test]
        fn scaling_finds_its_way_back(values in prop::collection::vec(prop::num::f64::NORMAL, 1..20)) {
            let Scaled { values: small, scale } = scaled(&values);
            let largest = values.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
            for (value, small) in values.iter().zip(small) {
                prop_assert!((-1.0..=1.0).contains(&small));
                let back = scale.restore(small);
                prop_assert!(((back - value) / largest).abs() < 1e-12, "{value} {back}");
            }
        }
    }
}
