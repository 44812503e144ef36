//! Tables as `az` draws them: a header, dashes, two spaces between columns.

use serde_json::{Map, Value};

use super::paint::{self, Paint, Style};

/// A column that a command chose for its table.
pub(crate) struct Column {
    pub(crate) title: &'static str,
    pub(crate) read: fn(&Value) -> String,
}

/// What the cells come from.
pub(crate) enum Columns<'a> {
    /// The command's own choice.
    Chosen(&'a [Column]),
    /// Every plain field of an answer that no command chose columns for.
    Plain,
    /// The fields that `--query` asked for, all of them and in its order.
    Queried,
}

/// The table with its last newline; nothing at all when there is no row.
pub(crate) fn render(value: &Value, columns: &Columns<'_>, paint: Paint) -> String {
    let rows = value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice);
    if rows.is_empty() {
        return String::new();
    }
    let (titles, cells) = match columns {
        Columns::Chosen(columns) => (
            columns.iter().map(|column| column.title.to_owned()).collect(),
            rows.iter()
                .map(|row| columns.iter().map(|column| (column.read)(row)).collect())
                .collect(),
        ),
        Columns::Plain => by_field(rows, |name, value| {
            !matches!(name, "id" | "type" | "etag") && !matches!(value, Value::Array(_) | Value::Object(_))
        }),
        Columns::Queried => by_field(rows, |_, _| true),
    };
    draw(&titles, &cells, paint)
}

/// The text of a value in a cell.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        other => other.to_string(),
    }
}

type Titles = Vec<String>;
type Cells = Vec<Vec<String>>;

// Columns in the order in which the fields first turn up, for rows that do not all have the same ones.
fn by_field(rows: &[Value], wanted: impl Fn(&str, &Value) -> bool) -> (Titles, Cells) {
    let rows: Vec<Map<String, Value>> = rows.iter().map(named).collect();
    let mut names: Vec<&String> = Vec::new();
    for row in &rows {
        for (name, value) in row {
            if !value.is_null() && wanted(name, value) && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let titles = names.iter().map(|name| capitalized(name)).collect();
    let cells = rows
        .iter()
        .map(|row| {
            names
                .iter()
                .map(|name| row.get(*name).map(cell).unwrap_or_default())
                .collect()
        })
        .collect();
    (titles, cells)
}

// A list has numbered columns and a scalar one called Result, as in az.
fn named(row: &Value) -> Map<String, Value> {
    match row {
        Value::Object(fields) => fields.clone(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| (format!("Column{}", index + 1), item.clone()))
            .collect(),
        other => Map::from_iter([("Result".to_owned(), other.clone())]),
    }
}

fn capitalized(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

fn draw(titles: &[String], rows: &[Vec<String>], paint: Paint) -> String {
    if titles.is_empty() {
        return String::new();
    }
    // Two more than the title, as the library does that az draws with.
    let widths: Vec<usize> = titles
        .iter()
        .enumerate()
        .map(|(column, title)| {
            let cells = rows.iter().map(|row| width(&row[column]));
            cells.chain([width(title) + 2]).max().unwrap_or_default()
        })
        .collect();
    let mut text = String::new();
    line(titles, &widths, |_| Some(Style::Title), paint, &mut text);
    let dashes: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    line(&dashes, &widths, |_| Some(Style::Dim), paint, &mut text);
    for row in rows {
        line(row, &widths, paint::state, paint, &mut text);
    }
    text
}

fn line(
    cells: &[String],
    widths: &[usize],
    style: impl Fn(&str) -> Option<Style>,
    paint: Paint,
    text: &mut String,
) {
    let mut blank = 0;
    for (cell, column) in cells.iter().zip(widths) {
        // A cell of several lines would break the table.
        let cell = cell.replace(['\n', '\r', '\t'], " ");
        text.push_str(&" ".repeat(if cell.is_empty() { 0 } else { blank }));
        match style(&cell) {
            Some(style) => text.push_str(&paint.text(style, &cell)),
            None => text.push_str(&cell),
        }
        // Blanks wait for a cell that needs them, so that no line ends in blanks.
        let padding = column - width(&cell) + 2;
        blank = if cell.is_empty() { blank + padding } else { padding };
    }
    text.push('\n');
}

fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;
    use serde_json::json;

    const COLUMNS: &[Column] = &[
        Column {
            title: "Name",
            read: |row| cell(&row["name"]),
        },
        Column {
            title: "State",
            read: |row| cell(&row["state"]),
        },
    ];

    #[test]
    fn the_command_chooses_columns() {
        let rows = json!([{"state": "Online", "name": "hello-from-here"}, {"name": "b"}]);
        assert_snapshot!(render(&rows, &Columns::Chosen(COLUMNS), Paint::PLAIN), @r"
        Name             State
        ---------------  -------
        hello-from-here  Online
        b
        ");
        assert_eq!(render(&json!([]), &Columns::Chosen(COLUMNS), Paint::PLAIN), "");
    }

    #[test]
    fn an_empty_cell_keeps_the_columns_after_it_in_place() {
        assert_snapshot!(render(&json!([{"state": "x"}]), &Columns::Chosen(COLUMNS), Paint::PLAIN), @r"
        Name    State
        ------  -------
                x
        ");
    }

    #[test]
    fn a_query_chooses_columns() {
        let rows = json!([{"n": "a", "id": 1}, {"n": "b", "id": true, "more": null}]);
        assert_snapshot!(render(&rows, &Columns::Queried, Paint::PLAIN), @r"
        N    Id
        ---  ----
        a    1
        b    True
        ");
        assert_snapshot!(render(&json!([["a", 1]]), &Columns::Queried, Paint::PLAIN), @r"
        Column1    Column2
        ---------  ---------
        a          1
        ");
        assert_snapshot!(render(&json!("a"), &Columns::Queried, Paint::PLAIN), @r"
        Result
        --------
        a
        ");
    }

    #[test]
    fn without_a_choice_only_plain_fields_are_shown() {
        let row =
            json!({"id": "/x", "type": "t", "name": "a", "tags": {}, "kind": null, "location": "eastus2"});
        assert_snapshot!(render(&row, &Columns::Plain, Paint::PLAIN), @r"
        Name    Location
        ------  ----------
        a       eastus2
        ");
    }

    #[test]
    fn colour_does_not_move_columns() {
        let text = render(
            &json!([{"name": "a", "state": "Online"}]),
            &Columns::Chosen(COLUMNS),
            Paint::when(true),
        );
        assert!(text.contains("\u{1b}[32mOnline\u{1b}[0m\n"), "{text:?}");
        assert!(text.contains("a       \u{1b}[32m"), "{text:?}");
    }
}
