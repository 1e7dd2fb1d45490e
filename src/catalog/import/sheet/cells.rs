//! The cells of a table, in one text: a million of them need no million small texts.

/// The cells of a table, row by row; rows need not be of one length.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Cells {
    text: String,
    /// Where each cell ends in `text`. (A table has at most [`LARGEST_TABLE`](super::LARGEST_TABLE) bytes, and three
    /// times that as UTF-8, so 32 bits are enough.)
    ends: Vec<u32>,
    /// How many cells there are up to the end of each row.
    rows: Vec<u32>,
}

impl Cells {
    /// Adds a row.
    pub(in super::super) fn push_row<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        for cell in cells {
            self.text.push_str(cell.as_ref());
            self.ends
                .push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        }
        self.rows
            .push(u32::try_from(self.ends.len()).unwrap_or(u32::MAX));
    }

    /// The number of rows.
    pub(in super::super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// About how many bytes the cells take.
    pub(in super::super) fn bytes(&self) -> usize {
        self.text.len() + 4 * (self.ends.len() + self.rows.len())
    }

    /// The numbers of a row's first cell and of that behind its last.
    fn row(&self, row: usize) -> (usize, usize) {
        let end = |row: usize| self.rows.get(row).map_or(0, |&end| end as usize);
        (row.checked_sub(1).map_or(0, end), end(row))
    }

    /// A cell; empty where the row has none of that number.
    pub(in super::super) fn get(&self, row: usize, column: usize) -> &str {
        let (first, end) = self.row(row);
        let cell = first + column;
        if cell >= end {
            return "";
        }
        let start = cell
            .checked_sub(1)
            .map_or(0, |last| self.ends[last] as usize);
        self.text.get(start..self.ends[cell] as usize).unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_any_length_are_kept() {
        let mut cells = Cells::default();
        cells.push_row(["a", "", "ü"]);
        cells.push_row(Vec::<&str>::new());
        cells.push_row(["b"]);
        assert_eq!((cells.len(), cells.bytes()), (3, 4 + 4 * 7));
        let row = |row| [0, 1, 2, 3].map(|column| cells.get(row, column));
        assert_eq!(row(0), ["a", "", "ü", ""]);
        assert_eq!(row(1), ["", "", "", ""]);
        assert_eq!(row(2), ["b", "", "", ""]);
        assert_eq!(row(9), ["", "", "", ""]);
    }
}
