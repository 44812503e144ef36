//! Columns of numbers: null is a missing value, anything else that is no number is refused.

use super::{Invalid, bounds};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::marker::PhantomData;

/// A column; null is NaN.
pub(super) struct Column(pub(super) Vec<f64>);

/// An array that is given up when it is too long, before it has eaten the memory.
pub(super) struct Bounded<T>(pub(super) Vec<T>);

impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Bounded(cells) = Bounded::<Option<f64>>::deserialize(deserializer)?;
        Ok(Self(
            cells.into_iter().map(|cell| cell.unwrap_or(f64::NAN)).collect(),
        ))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Bounded<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = Bounded<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of numbers, null where one is missing")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut cells = Vec::new();
                while let Some(cell) = seq.next_element()? {
                    if cells.len() >= bounds::CELLS_MAX {
                        let max = bounds::CELLS_MAX;
                        return Err(A::Error::custom(format!(
                            "more than {max} numbers; send the series in parts"
                        )));
                    }
                    cells.push(cell);
                }
                Ok(Bounded(cells))
            }
        }
        deserializer.deserialize_seq(Reader(PhantomData))
    }
}

/// Reads a field as `T`; the refusal names the field.
pub(super) fn read<'a, T: Deserialize<'a>>(field: &str, raw: &'a RawValue) -> Result<T, Invalid> {
    serde_json::from_str(raw.get())
        .map_err(|error| Invalid::malformed(field, format!("The field {field} cannot be read: {error}.")))
}

/// Reads columns, all of one length.
pub(super) fn columns(field: &str, raw: Option<&RawValue>) -> Result<Vec<Vec<f64>>, Invalid> {
    let Some(raw) = present(raw) else {
        return Ok(Vec::new());
    };
    let Bounded(columns): Bounded<Column> = read(field, raw)?;
    if columns.len() > bounds::COLUMNS_MAX {
        return Err(Invalid::too_much(
            field,
            format!(
                "The field {field} has {} columns; at most {} are read.",
                columns.len(),
                bounds::COLUMNS_MAX
            ),
        ));
    }
    Ok(columns.into_iter().map(|column| column.0).collect())
}

/// The value, where there is one that is not null.
pub(super) fn present(raw: Option<&RawValue>) -> Option<&RawValue> {
    raw.filter(|raw| raw.get() != "null")
}
