//! A table as text with commas (RFC 4180): a line of names, then a line for each row. Costs are exact.

use super::table::Table;
use cupola_core::csv::line;

pub(super) fn write(table: &Table) -> String {
    let mut text = line(table.columns.iter().map(|column| &column.name));
    for row in &table.rows {
        text.push_str(&line(row.iter().map(|field| field.text())));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::table::{Column, Field};
    use super::*;
    use cupola_core::money::Cost;

    #[test]
    fn what_has_a_meaning_is_quoted() {
        let column = |name: &str| Column {
            name: name.to_owned(),
            kind: "String",
        };
        let table = Table {
            columns: vec![column("Cost"), column("Model")],
            rows: vec![
                vec![Field::Cost(Cost(1)), Field::Text("a,\"b\"".into())],
                vec![Field::Quantity(3), Field::Text("=1+1".into())],
                vec![Field::Day(20_261_121), Field::Text("-5".into())],
            ],
        };
        assert_eq!(
            write(&table),
            "Cost,Model\r\n0.000000000001,\"a,\"\"b\"\"\"\r\n3,\"'=1+1\"\r\n20261121,-5\r\n"
        );
    }
}
