//! Money is integer. Prices are micro-units of a currency for a million units of a meter, so the price of one unit is a
//! whole number of pico-units, and a sum over any number of requests is exact; rounding happens once, when shown.

/// Micro-units (10^-6) of a currency for 1,000,000 units of a meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Price(pub u64);

/// Pico-units (10^-12) of a currency: exact cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct Cost(pub i128);

/// What `quantity` units cost; exact.
pub fn cost(quantity: u64, price: Price) -> Cost {
    Cost(i128::from(quantity) * i128::from(price.0))
}

impl std::ops::Add for Cost {
    type Output = Cost;
    fn add(self, other: Cost) -> Cost {
        Cost(self.0 + other.0)
    }
}

impl std::iter::Sum for Cost {
    fn sum<I: Iterator<Item = Cost>>(iter: I) -> Cost {
        iter.fold(Cost(0), |sum, one| sum + one)
    }
}

/// Decimal text of the exact cost, at least two and at most twelve decimals.
impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const UNIT: u128 = 1_000_000_000_000;
        let sign = if self.0 < 0 { "-" } else { "" };
        let whole = self.0.unsigned_abs() / UNIT;
        let mut decimals = format!("{:012}", self.0.unsigned_abs() % UNIT);
        while decimals.len() > 2 && decimals.ends_with('0') {
            decimals.pop();
        }
        write!(f, "{sign}{whole}.{decimals}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn costs_are_shown_exactly() {
        assert_eq!(cost(1, Price(150_000)).to_string(), "0.00000015");
        assert_eq!(cost(1_000_000, Price(150_000)).to_string(), "0.15");
        assert_eq!(cost(20_000_000, Price(150_000)).to_string(), "3.00");
        assert_eq!(Cost(-1).to_string(), "-0.000000000001");
    }

    proptest! {
        #[test]
        fn the_sum_of_costs_is_the_cost_of_the_sum(quantities in prop::collection::vec(0u64..1 << 40, 0..50), price in 0u64..1 << 40) {
            let parts: Cost = quantities.iter().map(|q| cost(*q, Price(price))).sum();
            prop_assert_eq!(parts, cost(quantities.iter().sum(), Price(price)));
        }
    }
}
