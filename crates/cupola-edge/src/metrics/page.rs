//! The page: Prometheus' text format 0.0.4, or OpenMetrics 1.0 for who asks for it. A family is a name, a kind, a help text
//! and samples below them.

use super::cell::{Distribution, Totals};
use http::{HeaderMap, HeaderValue, header};
use std::fmt::{Display, Write as _};

/// Which of the two formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text format 0.0.4, which everybody reads.
    Prometheus,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

impl Format {
    /// The one that the client asks for.
    pub fn asked(headers: &HeaderMap) -> Self {
        let accepted = headers.get_all(header::ACCEPT).iter();
        let mut texts = accepted.filter_map(|value| value.to_str().ok());
        match texts.any(|text| text.contains("application/openmetrics-text")) {
            true => Self::OpenMetrics,
            false => Self::Prometheus,
        }
    }

    /// Its media type.
    pub fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        })
    }
}

/// What kind of numbers a family has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows. Its name ends with `_total`.
    Counter,
    /// It goes up and down.
    Gauge,
    /// How long things took.
    Histogram,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A page that is being written.
#[derive(Debug)]
pub struct Page {
    format: Format,
    out: String,
}

/// Samples of one name.
#[derive(Debug)]
pub struct Family<'a> {
    out: &'a mut String,
    name: &'static str,
}

impl Page {
    /// An empty page.
    pub fn new(format: Format) -> Self {
        Self {
            format,
            out: String::new(),
        }
    }

    /// Begins a family.
    pub fn family(&mut self, name: &'static str, kind: Kind, help: &str) -> Family<'_> {
        // OpenMetrics names a family of counters without the ending that its samples have.
        let head = match self.format {
            Format::OpenMetrics => name.strip_suffix("_total").unwrap_or(name),
            Format::Prometheus => name,
        };
        write(
            &mut self.out,
            format_args!("# HELP {head} {help}\n# TYPE {head} {}\n", kind.as_str()),
        );
        Family {
            out: &mut self.out,
            name,
        }
    }

    /// A family of one sample without labels.
    pub fn one(&mut self, name: &'static str, kind: Kind, help: &str, value: impl Display) {
        self.family(name, kind, help).sample(&[], value);
    }

    /// The text.
    pub fn finish(mut self) -> String {
        if self.format == Format::OpenMetrics {
            self.out.push_str("# EOF\n");
        }
        self.out
    }
}

impl Family<'_> {
    /// A number with these labels.
    pub fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) {
        self.line("", labels, None, value);
    }

    /// What took how long, added up from its parts.
    pub fn distribution<'a>(
        &mut self,
        labels: &[(&str, &str)],
        parts: impl Iterator<Item = &'a Distribution>,
    ) {
        let totals = Totals::of(parts);
        for (bound, count) in totals.buckets() {
            self.line("_bucket", labels, Some(bound), count);
        }
        self.line("_sum", labels, None, seconds(totals.sum_us));
        self.line("_count", labels, None, totals.count());
    }

    fn line(&mut self, ending: &str, labels: &[(&str, &str)], bound: Option<&str>, value: impl Display) {
        self.out.push_str(self.name);
        self.out.push_str(ending);
        let bound = bound.map(|bound| ("le", bound));
        let mut before = '{';
        for (name, value) in labels.iter().copied().chain(bound) {
            self.out.push(before);
            self.out.push_str(name);
            self.out.push_str("=\"");
            escape(value, self.out);
            self.out.push('"');
            before = ',';
        }
        if before == ',' {
            self.out.push('}');
        }
        write(self.out, format_args!(" {value}\n"));
    }
}

/// Microseconds as seconds.
fn seconds(us: u64) -> String {
    format!("{}.{:06}", us / 1_000_000, us % 1_000_000)
}

fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
}

fn write(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(format: Format) -> String {
        let mut page = Page::new(format);
        let mut family = page.family("a_total", Kind::Counter, "Things.");
        family.sample(&[], 1);
        family.sample(&[("name", "a\"b\\c\nd"), ("other", "")], 2);
        let took = Distribution::default();
        took.note_us(1_500_000);
        let mut family = page.family("took_seconds", Kind::Histogram, "How long.");
        family.distribution(&[("x", "y")], [&took, &took].into_iter());
        page.one("level", Kind::Gauge, "How high.", 0.5);
        page.finish()
    }

    #[test]
    fn a_page_has_a_head_for_each_family_and_samples_below_it() {
        let text = page(Format::Prometheus);
        let check = |line: &str| assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        check("# TYPE a_total counter");
        check("a_total 1");
        check(r#"a_total{name="a\"b\\c\nd",other=""} 2"#);
        check(r#"took_seconds_bucket{x="y",le="1.0"} 0"#);
        check(r#"took_seconds_bucket{x="y",le="2.5"} 2"#);
        check(r#"took_seconds_bucket{x="y",le="+Inf"} 2"#);
        check(r#"took_seconds_sum{x="y"} 3.000000"#);
        check(r#"took_seconds_count{x="y"} 2"#);
        check("level 0.5");
        assert!(text.ends_with('\n') && !text.contains("EOF"));
    }

    #[test]
    fn openmetrics_names_counters_otherwise_and_has_an_end() {
        let text = page(Format::OpenMetrics);
        assert!(text.contains("# TYPE a counter\na_total 1\n"), "{text}");
        assert!(text.ends_with("\n# EOF\n"), "{text}");
    }

    #[test]
    fn who_asks_for_openmetrics_gets_it() {
        let check = |accept: &'static str, expected| {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(Format::asked(&headers), expected, "{accept}");
        };
        check("*/*", Format::Prometheus);
        check(
            "application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1",
            Format::OpenMetrics,
        );
        assert_eq!(Format::asked(&HeaderMap::new()), Format::Prometheus);
    }
}
