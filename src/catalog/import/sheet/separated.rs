//! Tables of separated values as people have them: commas, semicolons, tabs or bars; quotes over several lines; Excel's
//! `sep=`; a title above the header; rows of any length.

use super::super::error::SheetError;
use super::super::tree::is_picture;
use super::super::words::shown;
use super::cells::Cells;
use csv::StringRecord;
use std::io::Read as _;

/// What can stand between values; of a tie the first.
const SEPARATORS: [u8; 4] = [b'\t', b',', b';', b'|'];

/// How much of a table is looked at to find out how it is written, in bytes and in rows.
const SAMPLE: (usize, usize) = (256 << 10, 200);

/// At most so many lines above the header are taken for a title.
const MOST_TITLES: usize = 20;

/// The longest line: a million values in one are no table.
const LONGEST_LINE: usize = 16 << 20;

/// A quote that is never closed takes all that follows into one value: then this line is no row of its own.
const END: &str = "\u{0}the end";

/// A table as it was read: its header (none where its first row is no header), and its other rows.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) header: Vec<String>,
    pub(super) cells: Cells,
    pub(super) warnings: Vec<String>,
}

/// How a table is written.
#[derive(Debug, Clone, Copy)]
struct Dialect {
    separator: u8,
    /// Whether a quote in a value is `\"`.
    escapes: bool,
    quotes: bool,
}

/// Reads a table.
///
/// # Errors
/// It is empty, a line is enormous, or a quote is never closed.
pub(super) fn read(text: &str) -> Result<Read, SheetError> {
    let (asked, text) = told_separator(text);
    if text
        .split(['\n', '\r'])
        .any(|line| line.len() > LONGEST_LINE)
    {
        return Err(SheetError::LongLine);
    }
    let dialect = dialect(text, asked).ok_or(SheetError::Empty)?;
    let shape = Shape::of(&sample(text, dialect));
    match read_as(text, dialect, &shape) {
        // Tables with tabs write quotes as they are: inches, for one.
        Err(SheetError::OpenQuote { .. }) if dialect.separator == b'\t' => {
            let dialect = Dialect {
                quotes: false,
                ..dialect
            };
            read_as(text, dialect, &Shape::of(&sample(text, dialect)))
        }
        read => read,
    }
}

/// What Excel's first line `sep=;` tells, and the rest.
fn told_separator(text: &str) -> (Option<u8>, &str) {
    let end = text.find(['\n', '\r']).unwrap_or(text.len());
    let line = text[..end].trim_matches('"');
    let told = line
        .get(..4)
        .filter(|start| start.eq_ignore_ascii_case("sep="));
    let separator = told.and_then(|_| match line.as_bytes()[4..] {
        [separator] | [separator, b'"'] if separator.is_ascii() && separator != b'"' => {
            Some(separator)
        }
        _ => None,
    });
    match separator {
        Some(_) => (separator, text[end..].trim_start_matches(['\r', '\n'])),
        None => (None, text),
    }
}

fn reader<R: std::io::Read>(dialect: Dialect, read: R) -> csv::Reader<R> {
    csv::ReaderBuilder::new()
        .delimiter(dialect.separator)
        .escape(dialect.escapes.then_some(b'\\'))
        .quoting(dialect.quotes)
        .flexible(true)
        .has_headers(false)
        .from_reader(read)
}

/// The first rows; one that may be cut is not among them.
fn sample(text: &str, dialect: Dialect) -> Vec<StringRecord> {
    let mut end = text.len().min(SAMPLE.0);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let records = reader(dialect, &text.as_bytes()[..end]).into_records();
    let mut records: Vec<StringRecord> = records.map_while(Result::ok).take(SAMPLE.1).collect();
    if end < text.len() && records.len() > 1 && records.len() < SAMPLE.1 {
        records.pop();
    }
    records
}

/// How many values of a row are not empty.
fn filled(record: &StringRecord) -> usize {
    record
        .iter()
        .filter(|value| !value.trim().is_empty())
        .count()
}

/// What the first rows have in common.
#[derive(Debug)]
struct Shape {
    /// How many values most rows have.
    width: usize,
    /// The share of the rows that have so many, from the header on.
    share: f64,
    /// Whether the first row that is no title has so many.
    has_full_first: bool,
    /// Lines above the header.
    titles: usize,
    /// Whether the first row that is no title is a header.
    has_header: bool,
    /// Whether the header lacks a name for the first column, which numbers the rows (R writes so).
    lacks_first: bool,
}

impl Shape {
    fn of(records: &[StringRecord]) -> Self {
        let rows = || records.iter().filter(|record| filled(record) > 0);
        let mut widths: Vec<usize> = rows().map(StringRecord::len).collect();
        let first = widths.first().copied().unwrap_or(0);
        widths.sort_unstable();
        let count = |width: usize| {
            widths.partition_point(|w| *w <= width) - widths.partition_point(|w| *w < width)
        };
        // Of equally many the width of the first row, else the larger.
        let mode = widths
            .iter()
            .copied()
            .max_by_key(|&width| (count(width), width == first, width));
        let width = mode.unwrap_or(0);
        let titles = titles(records, width);
        let header = records.get(titles);
        let below = || records[titles..].iter().filter(|record| filled(record) > 0);
        let fitting = below().filter(|record| record.len() == width).count();
        let share = fitting as f64 / below().count().max(1) as f64;
        let has_full_first =
            header.is_some_and(|header| header.len() == width && filled(header) * 2 > width);
        let has_header =
            !header.is_some_and(|header| header.iter().any(|name| is_picture(name.trim())));
        let lacks_first = header.is_some_and(|header| header.len() + 1 == width)
            && records.len() > titles + 1
            && records[titles + 1..]
                .iter()
                .all(|record| record.len() == width)
            && records[titles + 1..]
                .iter()
                .any(|record| !record[width - 1].trim().is_empty())
            // A comma within the last value, which nobody put in quotes, has a space behind it.
            && !records[titles + 1..]
                .iter()
                .all(|record| record[width - 1].starts_with(' '));
        Self {
            width,
            share,
            has_full_first,
            titles,
            has_header,
            lacks_first,
        }
    }

    /// How much speaks for the separator that gives this shape: how many values it cuts out, in how many rows. One that
    /// cuts every row alike is believed; what stands in lists inside of values does not stand in the header.
    fn score(&self) -> f64 {
        let alike = self.share >= 1.0;
        let weight = match (self.has_full_first, alike, self.titles) {
            (true, true, 0) => 100.0,
            (true, true, _) => 3.0,
            (true, false, _) => 1.5,
            (false, ..) => 1.0,
        };
        weight * self.share * self.width.saturating_sub(1) as f64
    }
}

/// How many lines above the header are a title: few of their values are filled, and a header comes behind them.
fn titles(records: &[StringRecord], width: usize) -> usize {
    let is_title = |record: &StringRecord| {
        let filled = filled(record);
        width >= 3 && filled * 2 <= width || width == 2 && record.len() == 1 || filled == 0
    };
    let looks_like_header = |record: &StringRecord| {
        let mut names = record.iter().map(str::trim).filter(|name| !name.is_empty());
        width > 1
            && names
                .all(|name| name.parse::<f64>().is_err() && !is_picture(name) && name.len() < 200)
    };
    let count = records.iter().take_while(|record| is_title(record)).count();
    match records.get(count) {
        Some(header) if count <= MOST_TITLES && looks_like_header(header) => count,
        // Lines with nothing but separators are none at all.
        _ => records
            .iter()
            .take_while(|record| filled(record) == 0)
            .count(),
    }
}

/// How a table is written: with the separator for which the most speaks; see [`Shape::score`].
fn dialect(text: &str, asked: Option<u8>) -> Option<Dialect> {
    if text.trim().is_empty() {
        return None;
    }
    let separators = asked.map_or(SEPARATORS.to_vec(), |separator| vec![separator]);
    let escapes: &[bool] = if text.contains("\\\"") {
        &[false, true]
    } else {
        &[false]
    };
    let mut best: Option<(f64, Dialect)> = None;
    for separator in separators {
        for &escapes in escapes {
            let dialect = Dialect {
                separator,
                escapes,
                quotes: true,
            };
            let score = Shape::of(&sample(text, dialect)).score();
            if best.is_none_or(|(other, _)| score > other + 1e-9) {
                best = Some((score, dialect));
            }
        }
    }
    best.map(|(_, dialect)| dialect)
}

fn read_as(text: &str, dialect: Dialect, shape: &Shape) -> Result<Read, SheetError> {
    let ended = text.as_bytes().chain("\n".as_bytes()).chain(END.as_bytes());
    let mut reader = reader(dialect, ended);
    let mut read = Read::default();
    let mut record = StringRecord::new();
    let (mut number, mut long, mut short) = (0, 0, 0);
    let mut is_header_read = false;
    while reader.read_record(&mut record)? {
        if record.get(0) == Some(END) {
            break;
        }
        if record.iter().any(|value| value.ends_with(END)) {
            let line = record.position().map_or(1, csv::Position::line);
            return Err(SheetError::OpenQuote { line });
        }
        number += 1;
        if number <= shape.titles {
            if filled(&record) > 0 {
                let title = shown(
                    record
                        .iter()
                        .find(|value| !value.trim().is_empty())
                        .unwrap_or(""),
                );
                read.warnings.push(format!(
                    "the line `{title}` above its header is passed over"
                ));
            }
            continue;
        }
        if filled(&record) == 0 {
            continue;
        }
        if !is_header_read {
            is_header_read = true;
            if shape.has_header {
                let first = shape.lacks_first.then(String::new);
                read.header = first
                    .into_iter()
                    .chain(record.iter().map(|name| name.trim().to_owned()))
                    .collect();
                // Separators at the end of a line name no column, unless rows have values there.
                while read.header.len() > shape.width
                    && read.header.last().is_some_and(String::is_empty)
                {
                    read.header.pop();
                }
                continue;
            }
            read.header = vec![String::new(); shape.width.max(record.len())];
            read.warnings.push(format!(
                "has no header, as its first row names a picture ({}); its columns are numbered",
                shown(
                    record
                        .iter()
                        .find(|value| is_picture(value.trim()))
                        .unwrap_or("")
                )
            ));
        }
        let width = read.header.len();
        short += usize::from(record.len() < width);
        let rest = record
            .iter()
            .skip(width)
            .any(|value| !value.trim().is_empty());
        if !rest {
            read.cells
                .push_row(record.iter().take(width).map(str::trim));
            continue;
        }
        long += 1;
        let separator = char::from(dialect.separator).to_string();
        let last: Vec<&str> = record.iter().skip(width.saturating_sub(1)).collect();
        let first = record.iter().take(width.saturating_sub(1)).map(str::trim);
        read.cells
            .push_row(first.chain([last.join(&separator).trim()]));
    }
    if !is_header_read {
        return Err(SheetError::Empty);
    }
    if long > 0 {
        let last = read.header.last().map_or("", String::as_str);
        read.warnings.push(format!(
            "{long} rows have more values than columns; the rest is taken as part of `{}`",
            shown(last)
        ));
    }
    if short > 0 {
        read.warnings.push(format!(
            "{short} rows have fewer values than columns; the others are missing"
        ));
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
        let read = read(text).unwrap();
        let row = |row| {
            (0..read.header.len())
                .map(|column| read.cells.get(row, column).to_owned())
                .collect()
        };
        let rows = (0..read.cells.len()).map(row).collect();
        (read.header, rows)
    }

    fn check(text: &str, header: &[&str], rows: &[&[&str]]) {
        let (got_header, got_rows) = table(text);
        assert_eq!(got_header, header, "{text}");
        assert_eq!(
            got_rows,
            rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>(),
            "{text}"
        );
    }

    #[test]
    fn separators_are_found_whatever_stands_in_the_values() {
        for separator in [",", ";", "\t", "|"] {
            let text = "id_name_price\n1_\"a, b; c\td | e\"_12\n2_x_13\n".replace('_', separator);
            check(
                &text,
                &["id", "name", "price"],
                &[&["1", "a, b; c\td | e", "12"], &["2", "x", "13"]],
            );
        }
        check(
            "id;price\n1;12,50\n2;9,99\n",
            &["id", "price"],
            &[&["1", "12,50"], &["2", "9,99"]],
        );
        check(
            "id,images\n1,a.jpg;b.jpg;c.jpg;d.jpg\n",
            &["id", "images"],
            &[&["1", "a.jpg;b.jpg;c.jpg;d.jpg"]],
        );
        check("id\ta,b\n1\tx, y\n", &["id", "a,b"], &[&["1", "x, y"]]);
        check("a,b\r1,2\r3,4\r", &["a", "b"], &[&["1", "2"], &["3", "4"]]);
        check("only\none\n", &["only"], &[&["one"]]);
    }

    #[test]
    fn what_stands_above_the_header_is_passed_over() {
        check("sep=;\r\na;b\r\n1,5;2\r\n", &["a", "b"], &[&["1,5", "2"]]);
        check("\"sep=|\"\na|b\n1|2\n", &["a", "b"], &[&["1", "2"]]);
        let text = "Price list, spring 2024\n\nid;name;price\n1;a;2,50\n2;b;3,50\n";
        check(
            text,
            &["id", "name", "price"],
            &[&["1", "a", "2,50"], &["2", "b", "3,50"]],
        );
        assert!(read(text).unwrap().warnings[0].contains("Price list"));
        check(
            ",,\nProducts,,\nid,name,price\n1,a,2\n",
            &["id", "name", "price"],
            &[&["1", "a", "2"]],
        );
        check(
            "Products\nid,name\n1,a\n2,b\n",
            &["id", "name"],
            &[&["1", "a"], &["2", "b"]],
        );
        // A header with few names is a header.
        check(
            "id,,\n1,a,2\n2,b,3\n",
            &["id", "", ""],
            &[&["1", "a", "2"], &["2", "b", "3"]],
        );
    }

    #[test]
    fn rows_of_any_length_and_quotes_over_lines() {
        check(
            "a,b\n1\n\n2,3,4\n5,6,,\n",
            &["a", "b"],
            &[&["1", ""], &["2", "3,4"], &["5", "6"]],
        );
        check(
            "a,b\n\"x\ny\",\"say \"\"hi\"\"\"\n",
            &["a", "b"],
            &[&["x\ny", "say \"hi\""]],
        );
        check(
            "a,b\n\"say \\\"hi, you\\\"\",2\n\"c\",3\n",
            &["a", "b"],
            &[&["say \"hi, you\"", "2"], &["c", "3"]],
        );
        check(
            "a\tb\n\"9 inch\t2\n3\t4\n",
            &["a", "b"],
            &[&["\"9 inch", "2"], &["3", "4"]],
        );
        check(
            "a,b\n\"1\",x,2\n\"2\",y,3\n",
            &["", "a", "b"],
            &[&["1", "x", "2"], &["2", "y", "3"]],
        );
        check(
            "a.jpg,red\nb.jpg,green\n",
            &["", ""],
            &[&["a.jpg", "red"], &["b.jpg", "green"]],
        );
        assert!(matches!(
            read("a,b\n1,\"x\n2,y\n"),
            Err(SheetError::OpenQuote { line: 2 })
        ));
        assert!(matches!(read(" \n\n"), Err(SheetError::Empty)));
    }

    #[test]
    fn an_enormous_line_is_refused() {
        assert!(matches!(
            read(&",".repeat(LONGEST_LINE + 1)),
            Err(SheetError::LongLine)
        ));
    }
}
