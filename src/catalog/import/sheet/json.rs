//! Tables as JSON: a list of objects, one object a line (JSON Lines), or an object that holds one such list.
//!
//! Numbers keep their text, so that a code of 20 digits does not lose its last ones; columns keep their order.

use super::super::error::SheetError;
use super::cells::Cells;
use super::separated::Read;
use serde::de::IgnoredAny;
use std::collections::HashMap;

/// At most so many columns; further ones are left out.
const MOST_COLUMNS: usize = super::MOST_COLUMNS + 1;

/// Reads a table.
///
/// # Errors
/// It is no JSON, or holds no objects.
pub(super) fn read(text: &str) -> Result<Read, SheetError> {
    let values = values(text)?;
    let mut keys: Vec<String> = Vec::new();
    let objects: Vec<&str> = match values.as_slice() {
        [one] if one.starts_with('[') => elements(one),
        [one] if one.starts_with('{') => match lists(one).as_slice() {
            [list] => elements(list),
            // Objects by their names: `{"a.jpg": {"colour": "red"}}`.
            _ if members(one).all(|(_, value)| value.starts_with('{')) => {
                keys = members(one).map(|(name, _)| name).collect();
                members(one).map(|(_, value)| value).collect()
            }
            _ => vec![*one],
        },
        lines => lines.to_vec(),
    };
    if objects.is_empty() {
        return Err(SheetError::Empty);
    }
    if !objects.iter().all(|object| object.starts_with('{')) {
        return Err(SheetError::Json("it is no list of objects".to_owned()));
    }
    let mut header: Vec<String> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    if !keys.is_empty() {
        header.push("key".to_owned());
    }
    let mut cells = Cells::default();
    for (number, object) in objects.into_iter().enumerate() {
        let mut row: Vec<String> = keys.get(number).cloned().into_iter().collect();
        for (name, value) in members(object) {
            let place = match places.get(&name) {
                Some(&place) => place,
                None if header.len() < MOST_COLUMNS => {
                    header.push(name.clone());
                    places.insert(name, header.len() - 1);
                    header.len() - 1
                }
                None => continue,
            };
            if row.len() <= place {
                row.resize(place + 1, String::new());
            }
            row[place] = cell(value);
        }
        cells.push_row(row.iter().map(|cell| cell.trim()));
        super::check_bytes(&cells)?;
    }
    Ok(Read {
        header,
        cells,
        warnings: Vec::new(),
    })
}

/// The values of a text, one behind the other; each is proved to be JSON.
fn values(text: &str) -> Result<Vec<&str>, SheetError> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let (mut values, mut start) = (Vec::new(), 0);
    while let Some(value) = stream.next() {
        match value {
            Ok(_) => {
                values.push(text[start..stream.byte_offset()].trim_start_matches(is_space));
                start = stream.byte_offset();
            }
            Err(error) => return Err(SheetError::Json(error.to_string())),
        }
    }
    Ok(values)
}

fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r')
}

/// What a value is as a cell: strings are themselves, nothing is empty, all else is as it is written.
fn cell(value: &str) -> String {
    match value {
        "null" => String::new(),
        _ if value.starts_with('"') => string(value),
        _ => value.to_owned(),
    }
}

fn string(value: &str) -> String {
    // Half a letter (a lone surrogate) is valid JSON and no text.
    serde_json::from_str(value).unwrap_or_else(|_| value.trim_matches('"').to_owned())
}

/// The members of an object that are lists of objects.
fn lists(object: &str) -> Vec<&str> {
    let members = parts(object)
        .into_iter()
        .filter_map(|part| Some(member(part)?.1));
    members
        .filter(|value| {
            value.starts_with('[') && value[1..].trim_start_matches(is_space).starts_with('{')
        })
        .collect()
}

fn elements(list: &str) -> Vec<&str> {
    parts(list)
}

fn members(object: &str) -> impl Iterator<Item = (String, &str)> {
    let members = parts(object).into_iter().filter_map(member);
    members.map(|(name, value)| (string(name), value))
}

/// The name (with its quotes) and the value of a member.
fn member(part: &str) -> Option<(&str, &str)> {
    let mut is_escaped = false;
    let end = part.bytes().enumerate().skip(1).find(|&(_, byte)| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    let (name, rest) = part.split_at_checked(end?.0 + 1)?;
    let value = rest.trim_start_matches(is_space).strip_prefix(':')?;
    Some((name, value.trim_matches(is_space)))
}

/// What stands between the commas of a list or an object, whose JSON is known to be sound.
fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_usize, 1);
    let (mut in_string, mut is_escaped) = (false, false);
    for (place, byte) in text.bytes().enumerate() {
        if in_string {
            in_string = byte != b'"' || is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 1 && byte == b',' || depth == 0 {
            parts.push(text[start.min(place)..place].trim_matches(is_space));
            start = place + 1;
        }
        if depth == 0 {
            break;
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, header: &[&str], rows: &[&[&str]]) {
        let read = read(text).unwrap();
        assert_eq!(read.header, header, "{text}");
        let row = |row| {
            (0..header.len())
                .map(|column| read.cells.get(row, column).to_owned())
                .collect::<Vec<_>>()
        };
        let got: Vec<_> = (0..read.cells.len()).map(row).collect();
        assert_eq!(
            got,
            rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>(),
            "{text}"
        );
    }

    #[test]
    fn lists_lines_and_wrapped_lists_are_tables() {
        let rows: &[&[&str]] = &[&["a.jpg", "1.10", ""], &["b.jpg", "", "true"]];
        let header = &["file", "n", "ok"];
        check(
            r#"[{"file":"a.jpg","n":1.10},{"file":"b.jpg","n":null,"ok":true}]"#,
            header,
            rows,
        );
        check(
            "{\"file\": \"a.jpg\", \"n\": 1.10}\n\n{\"file\":\"b.jpg\",\"ok\":true}\r\n",
            header,
            rows,
        );
        check(
            r#"{"count": 2, "products": [ {"file":"a.jpg","n":1.10},{"ok":true,"file":"b.jpg"}]}"#,
            header,
            rows,
        );
        check(
            r#"{"a.jpg": {"n": 1}, "b.jpg": {"n": 2}}"#,
            &["key", "n"],
            &[&["a.jpg", "1"], &["b.jpg", "2"]],
        );
        check(r#"{"file":"a.jpg"}"#, &["file"], &[&["a.jpg"]]);
    }

    #[test]
    fn what_is_written_is_kept() {
        check(
            "{\"zip\":12345678901234567890123,\"a\":\"x\\u00fc \\\"q\\\", {[\",\"list\":[\"1.jpg\", \"2.jpg\"],\"b\\\"\":-1e5}",
            &["zip", "a", "list", "b\""],
            &[&[
                "12345678901234567890123",
                "xü \"q\", {[",
                "[\"1.jpg\", \"2.jpg\"]",
                "-1e5",
            ]],
        );
    }

    #[test]
    fn what_is_no_table_is_told() {
        for text in [
            "[1, 2]",
            "[{\"a\":1}",
            "{\"a\":}",
            "[[1]]",
            "\"x\"",
            &"[".repeat(100_000),
        ] {
            assert!(
                matches!(read(text), Err(SheetError::Json(_))),
                "{}",
                &text[..text.len().min(20)]
            );
        }
        assert!(matches!(read("[]"), Err(SheetError::Empty)));
        assert!(matches!(read(" "), Err(SheetError::Empty)));
    }
}
