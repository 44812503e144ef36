//! A price list as the ledger keeps it: by the names of meters, so that a new meter changes no old meaning.

use cupola_core::money::Price;
use cupola_core::usage::Meter;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const METERS: usize = Meter::ALL.len();
// Lists were once arrays, in the order that `Meter::ALL` had then.
const METERS_BY_PLACE: usize = 5;

/// Prices in the order of [`Meter::ALL`], and their currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceList {
    /// Micro-units of the currency for a million units.
    #[serde(serialize_with = "by_name", deserialize_with = "by_name_or_place")]
    pub prices: [u64; METERS],
    /// ISO 4217.
    pub currency: String,
}

impl PriceList {
    /// A list with these prices; a meter that is not among them is free.
    pub fn of(currency: &str, prices: &[(Meter, u64)]) -> Self {
        let price = |meter| {
            prices
                .iter()
                .find(|(of, _)| *of == meter)
                .map_or(0, |(_, price)| *price)
        };
        Self {
            prices: Meter::ALL.map(price),
            currency: currency.to_owned(),
        }
    }

    /// What a meter costs.
    pub fn price(&self, meter: Meter) -> Price {
        Price(self.prices[meter as usize])
    }
}

// What is free is left out: most models know few of the meters.
fn by_name<S: Serializer>(prices: &[u64; METERS], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    for (meter, price) in Meter::ALL.iter().zip(prices) {
        if *price > 0 {
            map.serialize_entry(meter.as_str(), price)?;
        }
    }
    map.end()
}

fn by_name_or_place<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u64; METERS], D::Error> {
    struct Prices;

    impl<'de> Visitor<'de> for Prices {
        type Value = [u64; METERS];

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(
                f,
                "prices by the names of meters, or the {METERS_BY_PLACE} oldest in their order"
            )
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut prices = [0; METERS];
            while let Some((name, price)) = map.next_entry::<String, u64>()? {
                // A price that cannot be placed would be money that is forgotten.
                let meter = Meter::parse(&name)
                    .ok_or_else(|| serde::de::Error::custom(format_args!("'{name}' is no meter")))?;
                prices[meter as usize] = price;
            }
            Ok(prices)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut prices = [0; METERS];
            let mut count = 0;
            while let Some(price) = seq.next_element()? {
                if count == METERS_BY_PLACE {
                    return Err(serde::de::Error::invalid_length(count + 1, &self));
                }
                prices[count] = price;
                count += 1;
            }
            if count < METERS_BY_PLACE {
                return Err(serde::de::Error::invalid_length(count, &self));
            }
            Ok(prices)
        }
    }

    deserializer.deserialize_any(Prices)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&[(Meter, u64)]>) {
        let list: Option<PriceList> = serde_json::from_str(text).ok();
        assert_eq!(
            list,
            expected.map(|prices| PriceList::of("USD", prices)),
            "{text}"
        );
        if let Some(list) = list {
            let again = serde_json::to_string(&list).expect("text");
            assert_eq!(
                serde_json::from_str::<PriceList>(&again).expect("read"),
                list,
                "{again}"
            );
        }
    }

    #[test]
    fn lists_are_read_by_name_and_the_oldest_by_place() {
        use Meter::{CompletionTokens, FinetuneCompletionTokens, Images, PromptTokens, Requests};
        check(
            r#"{"prices":[15,0,60,0,7],"currency":"USD"}"#,
            Some(&[(PromptTokens, 15), (CompletionTokens, 60), (Requests, 7)]),
        );
        check(
            r#"{"prices":{"images":4,"finetune_completion_tokens":2},"currency":"USD"}"#,
            Some(&[(Images, 4), (FinetuneCompletionTokens, 2)]),
        );
        check(r#"{"prices":{},"currency":"USD"}"#, Some(&[]));
        check(r#"{"prices":{"imagse":4},"currency":"USD"}"#, None);
        check(r#"{"prices":[1,2,3,4],"currency":"USD"}"#, None);
        check(r#"{"prices":[1,2,3,4,5,6],"currency":"USD"}"#, None);
    }

    #[test]
    fn what_is_written_has_names_and_leaves_out_what_is_free() {
        let list = PriceList::of("USD", &[(Meter::SearchUnits, 2_000_000_000)]);
        assert_eq!(
            serde_json::to_string(&list).expect("text"),
            r#"{"prices":{"search_units":2000000000},"currency":"USD"}"#
        );
        assert_eq!(list.price(Meter::SearchUnits), Price(2_000_000_000));
    }
}
