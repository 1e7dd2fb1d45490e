//! What a design is taken for: the kinds of the real shoes that it lands among.

use crate::catalog::Table;
use crate::catalog::roles::{Role, column_of};

/// Kinds that are told.
const MOST: usize = 3;

/// The kinds of these shoes, commonest first, and their shares of those that have one; at most three.
pub fn reads_as(table: &dyn Table, near: impl Iterator<Item = usize>) -> Vec<(String, f32)> {
    let Some(column) = column_of(table, Role::Kind) else {
        return Vec::new();
    };
    let mut kinds: Vec<(String, usize)> = Vec::new();
    let mut all = 0;
    for row in near.filter(|&row| row < table.len()) {
        let Some(kind) = column.text(row).filter(|kind| !kind.is_empty()) else {
            continue;
        };
        all += 1;
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind.into_owned(), 1)),
        }
    }
    // A stable sort: of equals the nearest comes first.
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    kinds.truncate(MOST);
    let share = |count: usize| count as f32 / all as f32;
    (kinds.into_iter())
        .map(|(kind, count)| (kind, share(count)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Column, Values};

    struct Shoes(Vec<Column>);

    impl Table for Shoes {
        fn len(&self) -> usize {
            5
        }
        fn id(&self, _: usize) -> &str {
            "a"
        }
        fn columns(&self) -> &[Column] {
            &self.0
        }
    }

    #[test]
    fn kinds_are_counted_among_those_that_have_one() {
        let kinds = [
            Some("Heels"),
            Some("Flats"),
            None,
            Some("Heels"),
            Some("Boots"),
        ];
        let column = |name: &str| Column::new(name, Values::text(kinds));
        let table = Shoes(vec![column("articleType")]);
        let told = reads_as(&table, [1, 0, 2, 3, 4, 99].into_iter());
        let names: Vec<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["Heels", "Flats", "Boots"]);
        assert!((told[0].1 - 0.5).abs() < 1e-6, "{told:?}");
        let nameless = Shoes(vec![column("note")]);
        assert!(reads_as(&nameless, [0].into_iter()).is_empty());
    }
}
