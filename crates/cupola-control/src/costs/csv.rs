//! A table as text with commas (RFC 4180): a line of names, then a line for each row. Costs are exact.

use super::table::Table;

// What a spreadsheet would take for a formula.
const FORMULAS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

pub(super) fn write(table: &Table) -> String {
    let names: Vec<String> = table.columns.iter().map(|column| quoted(&column.name)).collect();
    let mut text = names.join(",") + "\r\n";
    for row in &table.rows {
        let fields: Vec<String> = row.iter().map(|field| quoted(&field.text())).collect();
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    text
}

fn quoted(text: &str) -> String {
    let is_number = text.parse::<f64>().is_ok();
    if text.starts_with(FORMULAS) && !is_number {
        return format!("\"'{}\"", text.replace('"', "\"\""));
    }
    if text.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
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
