//! Workbooks of Excel and of LibreOffice: their first sheet that is a table.

use super::super::error::SheetError;
use super::super::words::shown;
use super::separated::Read;
use calamine::{Data, DataType, Dimensions, ExcelDateTime, Reader, Sheets};
use std::io::Cursor;

/// The largest parts of a workbook that are unpacked, in bytes altogether: they lie in memory several times.
const LARGEST: u64 = 256 << 20;

/// The most cells of a sheet, the empty ones between others included.
const MOST_CELLS: u64 = 8_000_000;

/// Reads a workbook.
///
/// # Errors
/// It is damaged, larger than it may be, or has no sheet with a table.
pub(super) fn read(bytes: Vec<u8>) -> Result<Read, SheetError> {
    check_size(&bytes)?;
    // A damaged workbook is one bad file, whatever its decoder makes of it.
    match std::panic::catch_unwind(|| read_sheets(bytes)) {
        Ok(read) => read,
        Err(_) => Err(SheetError::Workbook("its decoder failed".to_owned())),
    }
}

/// Refuses a zip that unpacks to more than memory holds.
fn check_size(bytes: &[u8]) -> Result<(), SheetError> {
    if !bytes.starts_with(b"PK") {
        return Ok(());
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))
        .map_err(|error| SheetError::Workbook(error.to_string()))?;
    let mut all = 0_u64;
    for index in 0..archive.len() {
        let part = archive
            .by_index_raw(index)
            .map_err(|error| SheetError::Workbook(error.to_string()))?;
        // Pictures in it are not unpacked.
        if part.name().is_ok_and(|name| !name.contains("/media/")) {
            all = all.saturating_add(part.size());
        }
    }
    match all > LARGEST {
        true => Err(SheetError::TooLarge {
            megabytes: all >> 20,
            most: LARGEST >> 20,
        }),
        false => Ok(()),
    }
}

fn read_sheets(bytes: Vec<u8>) -> Result<Read, SheetError> {
    let bad = |error: calamine::Error| SheetError::Workbook(shown(&error.to_string()));
    let mut book = calamine::open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(bad)?;
    let names = book.sheet_names();
    for name in &names {
        let rows = rows_of(&mut book, name)?;
        // A table has a header and a row.
        if rows
            .iter()
            .filter(|row| row.iter().any(|cell| !cell.is_empty()))
            .count()
            < 2
        {
            continue;
        }
        let width = rows.iter().map(Vec::len).max().unwrap_or(0);
        if (rows.len() * width) as u64 > MOST_CELLS {
            return Err(too_many());
        }
        let mut read = super::separated::read(&as_text(&rows, width))?;
        if names.len() > 1 {
            let others: Vec<String> = names
                .iter()
                .filter(|other| *other != name)
                .map(|other| format!("`{}`", shown(other)))
                .collect();
            read.warnings.push(format!(
                "its sheet `{}` is taken, and {} is not",
                shown(name),
                others.join(", ")
            ));
        }
        return Ok(read);
    }
    Err(SheetError::Empty)
}

/// The rows as a text with tabs and quotes: what is known of tables of text (titles, headers) holds for these too.
fn as_text(rows: &[Vec<String>], width: usize) -> String {
    let mut text = "sep=\t\n".to_owned();
    for row in rows
        .iter()
        .filter(|row| row.iter().any(|cell| !cell.is_empty()))
    {
        for column in 0..width {
            if column > 0 {
                text.push('\t');
            }
            let cell = row.get(column).map_or("", String::as_str);
            if cell.contains(['"', '\t', '\n', '\r']) {
                text.push_str(&format!("\"{}\"", cell.replace('"', "\"\"")));
            } else {
                text.push_str(cell);
            }
        }
        text.push('\n');
    }
    text
}

/// The cells of a sheet, row by row.
fn rows_of(book: &mut Sheets<Cursor<Vec<u8>>>, name: &str) -> Result<Vec<Vec<String>>, SheetError> {
    let bad = |error: &dyn std::fmt::Display| SheetError::Workbook(shown(&error.to_string()));
    let mut rows = Rows::default();
    match book {
        // Cell by cell: two cells in far corners would be a table of billions.
        Sheets::Xlsx(book) => {
            let mut cells = match book.worksheet_cells_reader(name) {
                Ok(cells) => cells,
                // A sheet of charts has no cells.
                Err(_) => return Ok(Vec::new()),
            };
            while let Some(cell) = cells.next_cell().map_err(|error| bad(&error))? {
                let (row, column) = cell.get_position();
                rows.put(row, column, text_of(&Data::from(cell.get_value().clone())))?;
            }
        }
        book => {
            let range = book.worksheet_range(name).map_err(|error| bad(&error))?;
            let Dimensions { start, .. } = match (range.start(), range.end()) {
                (Some(start), Some(end)) => Dimensions { start, end },
                _ => return Ok(Vec::new()),
            };
            for (row, column, value) in range.used_cells() {
                rows.put(
                    start.0 + row as u32,
                    start.1 + column as u32,
                    text_of(value),
                )?;
            }
        }
    }
    Ok(rows.rows)
}

fn too_many() -> SheetError {
    SheetError::Workbook(format!("its sheet has more than {MOST_CELLS} cells"))
}

/// The rows of a sheet as its cells come. Rows without a cell take no place.
#[derive(Default)]
struct Rows {
    rows: Vec<Vec<String>>,
    last: Option<u32>,
    cells: u64,
}

impl Rows {
    fn put(&mut self, row: u32, column: u32, text: String) -> Result<(), SheetError> {
        if text.is_empty() || column as usize > super::MOST_COLUMNS {
            return Ok(());
        }
        if self.last != Some(row) {
            self.last = Some(row);
            self.rows.push(Vec::new());
        }
        let Some(cells) = self.rows.last_mut() else {
            return Ok(());
        };
        while cells.len() <= column as usize {
            cells.push(String::new());
            self.cells += 1;
        }
        if self.cells > MOST_CELLS {
            return Err(too_many());
        }
        cells[column as usize] = text;
        Ok(())
    }
}

/// A cell as text: numbers as short as they are, days as `2024-03-01`.
fn text_of(value: &Data) -> String {
    match value {
        Data::Empty | Data::Error(_) => String::new(),
        Data::String(text) => text.trim().to_owned(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::Bool(yes) => yes.to_string(),
        Data::DateTime(time) if time.is_datetime() => day(time),
        Data::DateTime(time) => time.as_f64().to_string(),
        Data::DateTimeIso(text) => text
            .strip_suffix("T00:00:00")
            .unwrap_or(text)
            .replace('T', " "),
        value => value.as_string().unwrap_or_default(),
    }
}

fn day(time: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
    match time.as_f64() {
        // Only a time of the day.
        part if (0.0..1.0).contains(&part) => format!("{hour:02}:{minute:02}:{second:02}"),
        _ if (hour, minute, second) == (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
    }
}

#[cfg(test)]
pub(in super::super) mod tests {
    use super::*;
    use std::io::Write as _;

    /// A workbook with these sheets, each with its name and the XML of its cells.
    pub(in super::super) fn xlsx(sheets: &[(&str, &str)]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let mut put = |name: &str, text: &str| {
            zip.start_file(name, zip::write::SimpleFileOptions::default())
                .unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        };
        let all = |of: &dyn Fn(usize, &str) -> String| -> String {
            sheets
                .iter()
                .enumerate()
                .map(|(n, (name, _))| of(n + 1, name))
                .collect()
        };
        put(
            "[Content_Types].xml",
            &format!(
                r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>{}</Types>"#,
                all(&|n, _| format!(
                    r#"<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>"#
                ))
            ),
        );
        put(
            "_rels/.rels",
            r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
        );
        put(
            "xl/workbook.xml",
            &format!(
                r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{}</sheets></workbook>"#,
                all(&|n, name| format!(r#"<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>"#))
            ),
        );
        put(
            "xl/_rels/workbook.xml.rels",
            &format!(
                r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#,
                all(&|n, _| format!(
                    r#"<Relationship Id="rId{n}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet{n}.xml"/>"#
                ))
            ),
        );
        put(
            "xl/styles.xml",
            r#"<?xml version="1.0"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#,
        );
        for (n, (_, rows)) in sheets.iter().enumerate() {
            put(
                &format!("xl/worksheets/sheet{}.xml", n + 1),
                &format!(
                    r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>"#
                ),
            );
        }
        zip.finish().unwrap().into_inner()
    }

    /// A cell of text.
    pub(in super::super) fn text(place: &str, text: &str) -> String {
        format!(r#"<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>"#)
    }

    #[test]
    fn the_first_sheet_with_a_table_is_read() {
        let rows = format!(
            "<row r=\"1\">{}</row><row r=\"3\">{}{}{}{}</row><row r=\"4\">{}{}<c r=\"C4\"><v>59.5</v></c><c r=\"D4\" s=\"1\"><v>45352</v></c></row>",
            text("A1", "Products, spring"),
            text("A3", "file"),
            text("B3", "code"),
            text("C3", "price"),
            text("D3", "since"),
            text("A4", "a.jpg"),
            text("B4", "007"),
        );
        let read = read(xlsx(&[("Cover", ""), ("Shoes", &rows)])).unwrap();
        assert_eq!(read.header, ["file", "code", "price", "since"]);
        assert_eq!(
            [0, 1, 2, 3].map(|column| read.cells.get(0, column)),
            ["a.jpg", "007", "59.5", "2024-03-01"]
        );
        let told = read.warnings.join("\n");
        assert!(
            told.contains("`Shoes` is taken") && told.contains("Products, spring"),
            "{told}"
        );
    }

    #[test]
    fn damaged_and_sparse_workbooks_are_told() {
        let far = format!(
            "<row r=\"1\">{}</row><row r=\"1048576\">{}</row>",
            text("A1", "a"),
            text("XFD1048576", "b")
        );
        assert!(matches!(read(xlsx(&[("x", &far)])), Err(SheetError::Empty)));
        assert!(matches!(read(xlsx(&[("x", "")])), Err(SheetError::Empty)));
        let whole = xlsx(&[("x", &far)]);
        for cut in [4, 100, whole.len() / 2, whole.len() - 10] {
            assert!(
                matches!(read(whole[..cut].to_vec()), Err(SheetError::Workbook(_))),
                "{cut}"
            );
        }
        assert!(matches!(
            read(b"\xd0\xcf\x11\xe0 and no more".to_vec()),
            Err(SheetError::Workbook(_))
        ));
    }
}
