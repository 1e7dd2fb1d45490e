//! Filters a person can click: words of a column as checkboxes with counts, numbers as a range. Each is a condition of
//! [`catalog::filter`](crate::catalog::filter), as the command line's `--where` takes it.
//!
//! Within a column any chosen word will do; between columns all must hold. The count beside a word says how
//! many shoes there would be with the other columns' filters as they are, so it tells what a click brings.

use crate::catalog::filter::{Filter, Filters};
use crate::catalog::roles::{Role, role_of};
use crate::catalog::{Column, NO_WORD, Table, Values, fold_case, same_letters};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A column with more distinct words than this is for search, not for checkboxes.
pub const MOST_WORDS: usize = 400;
/// So many of ten values differ where nearly all do.
const NEARLY_ALL: usize = 9;
/// With fewer values than this nothing can be said of how many differ.
const MIN_VALUES: usize = 6;

/// What is asked of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Facet {
    /// One of these words; the empty word stands for "no value".
    Words(BTreeSet<String>),
    /// A number within these bounds, both included; shoes without a number do not fit.
    Range(f64, f64),
}

impl Facet {
    /// The conditions on `column` that say the same.
    pub fn filters(&self, column: &str) -> Filters {
        Filters(match self {
            Self::Words(words) => vec![Filter::one_of(column, words)],
            Self::Range(low, high) => {
                vec![
                    Filter::at_least(column, *low),
                    Filter::at_most(column, *high),
                ]
            }
        })
    }
}

/// What is asked of each column; columns that nothing is asked of are not in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Facets(pub BTreeMap<String, Facet>);

impl Facets {
    /// Whether anything is asked at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The words chosen in a column, if any.
    pub fn words(&self, column: &str) -> Option<&BTreeSet<String>> {
        match self.0.get(column) {
            Some(Facet::Words(words)) => Some(words),
            _ => None,
        }
    }

    /// Whether a word is chosen in a column; letters of either case are the same.
    pub fn has(&self, column: &str, word: &str) -> bool {
        let chosen = self.words(column);
        chosen.is_some_and(|chosen| chosen.iter().any(|known| same_letters(known, word)))
    }

    /// All that is asked, as conditions.
    pub fn filters(&self) -> Filters {
        let each = self.0.iter().map(|(column, facet)| facet.filters(column));
        Filters(each.flat_map(|filters| filters.0).collect())
    }

    /// The range chosen in a column, if any.
    pub fn range(&self, column: &str) -> Option<(f64, f64)> {
        match self.0.get(column) {
            Some(Facet::Range(low, high)) => Some((*low, *high)),
            _ => None,
        }
    }

    /// Chooses a word, or takes it back; a column without a chosen word asks nothing.
    pub fn toggle(&mut self, column: &str, word: &str) {
        let facet = self
            .0
            .entry(column.to_owned())
            .or_insert_with(|| Facet::Words(BTreeSet::new()));
        if !matches!(facet, Facet::Words(_)) {
            *facet = Facet::Words(BTreeSet::new());
        }
        if let Facet::Words(words) = facet {
            let before = words.len();
            words.retain(|known| !same_letters(known, word));
            if words.len() == before {
                words.insert(word.to_owned());
            }
            if words.is_empty() {
                self.0.remove(column);
            }
        }
    }

    /// One line a person can read, as `gender: Women, Girls`.
    pub fn describe(&self) -> Vec<(String, String)> {
        self.0
            .iter()
            .map(|(column, facet)| {
                let what = match facet {
                    Facet::Words(words) => {
                        let words: Vec<_> = words
                            .iter()
                            .map(|w| if w.is_empty() { "no value" } else { w })
                            .collect();
                        words.join(", ")
                    }
                    Facet::Range(low, high) => format!("{} to {}", number(*low), number(*high)),
                };
                (column.clone(), what)
            })
            .collect()
    }
}

/// A number without needless digits.
pub fn number(value: f64) -> String {
    if value == value.trunc() && value.abs() < 1e15 {
        return format!("{value}");
    }
    // Prices have cents, and days are parts of a year.
    let least = if value.abs() < 1e5 { 2 } else { 0 };
    let digits = (3 - value.abs().log10().floor() as i32).clamp(least, 6) as usize;
    let text = format!("{value:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// What a column offers to filter by.
#[derive(Debug, Clone, PartialEq)]
pub enum Offer {
    /// Words, most frequent first; the empty word stands for "no value".
    Words(Vec<String>),
    /// Numbers from the smallest to the largest.
    Numbers {
        /// The smallest number of the column.
        low: f64,
        /// The largest number of the column.
        high: f64,
        /// Whether all are whole.
        whole: bool,
    },
    /// Too many different words to list (their number): to be searched.
    TooMany(usize),
    /// Nearly every shoe has another value, as a title or an article number: for search alone.
    Unique,
    /// One word, or none at all: nothing to choose.
    Nothing,
}

/// One column as the filter sees it.
#[derive(Debug, Clone)]
pub struct FacetColumn {
    /// The column's name.
    pub name: String,
    /// What it offers.
    pub offer: Offer,
    /// For each row the index of its word in the offer, or of its bar; [`NO_BAR`] without a number.
    codes: Vec<u16>,
}

/// Bars of a histogram, at most.
pub const BARS: usize = 24;
/// A row without a number is in no bar.
const NO_BAR: u16 = u16::MAX;

/// The least of 1, 2 and 5 times a power of ten that is no less than `width`.
fn round_width(width: f64) -> f64 {
    if !(width > 0.0 && width.is_finite()) {
        return 1.0;
    }
    let power = 10f64.powf(width.log10().floor());
    let step = [1.0, 2.0, 5.0].map(|step| step * power);
    let fits = step.into_iter().find(|step| *step >= width);
    fits.unwrap_or(10.0 * power)
}

/// How the numbers of a column fall into bars.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bars {
    low: f64,
    high: f64,
    /// How many there are.
    pub count: usize,
    /// Whether each bar is one whole number.
    each: bool,
    /// How wide a bar is otherwise: 1, 2 or 5 times a power of ten, so that bars end where people think.
    width: f64,
    /// The first bar begins at so many widths.
    first: f64,
    /// Whether all numbers are whole.
    whole: bool,
}

impl Bars {
    /// Of numbers from `low` to `high`: one for each whole number where these are few, else at most [`BARS`] of one width.
    pub fn of(low: f64, high: f64, whole: bool) -> Self {
        let each = whole && high - low < BARS as f64;
        let width = round_width((high - low) / (BARS - 1) as f64);
        let first = (low / width).floor();
        let count = if each {
            (high - low) as usize + 1
        } else {
            // What stands at the upper end of the last is in it.
            (((high / width).ceil() - first) as usize).clamp(1, BARS)
        };
        Self {
            low,
            high,
            count,
            each,
            width,
            first,
            whole,
        }
    }

    /// The number at which a bar begins.
    fn edge(&self, bar: usize) -> f64 {
        (self.first + bar as f64) * self.width
    }

    /// The bar of a number.
    pub fn at(&self, number: f64) -> usize {
        let last = self.count - 1;
        if self.each {
            return ((number - self.low).max(0.0) as usize).min(last);
        }
        let bar = (number / self.width - self.first).max(0.0) as usize;
        // Division may land a hair beside the edge.
        let bar = match bar {
            bar if bar > 0 && number < self.edge(bar) => bar - 1,
            bar if number >= self.edge(bar + 1) => bar + 1,
            bar => bar,
        };
        bar.min(last)
    }

    /// From and to which number a bar goes, both included.
    pub fn range(&self, bar: usize) -> (f64, f64) {
        if self.each {
            let number = self.low + bar as f64;
            return (number, number);
        }
        // What stands at the edge of two bars is in the higher one.
        let (low, next) = (self.edge(bar).max(self.low), self.edge(bar + 1));
        match (self.whole, bar + 1 == self.count) {
            (true, true) => (low.ceil(), self.high),
            (true, false) => (low.ceil(), next.ceil() - 1.0),
            (false, true) => (low, self.high),
            (false, false) => (low, next.next_down()),
        }
    }

    /// Whether these numbers are all that there are.
    pub fn are_all(&self, low: f64, high: f64) -> bool {
        low <= self.low && high >= self.high
    }
}

/// All columns of a catalogue as the filter sees them; made once when it opens.
#[derive(Debug, Clone, Default)]
pub struct FacetModel {
    /// The columns, in the order of the catalogue.
    pub columns: Vec<FacetColumn>,
}

/// For each column that offers words how many shoes have each, in the order of the offer; for each that offers numbers
/// how many stand in each of its [`Bars`].
pub type Counts = BTreeMap<String, Vec<usize>>;

impl FacetModel {
    /// No columns.
    pub const fn empty() -> Self {
        Self {
            columns: Vec::new(),
        }
    }

    /// Reads the columns of `catalog`.
    pub fn new(catalog: &dyn Table) -> Self {
        Self {
            columns: catalog
                .columns()
                .iter()
                .map(|column| facet_column(column, role_of(catalog, &column.name)))
                .collect(),
        }
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&FacetColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// For each row whether it fits all of `facets` and `also` (the search, if any), and the counts.
    pub fn apply(
        &self,
        catalog: &dyn Table,
        facets: &Facets,
        also: Option<&[bool]>,
    ) -> (Vec<bool>, Counts) {
        let rows = catalog.len();
        // How many filters a row fails, and the last column that it fails.
        let mut fails: Vec<(u8, u16)> = match also {
            Some(also) => also
                .iter()
                .map(|&fits| (if fits { 0 } else { 2 }, u16::MAX))
                .collect(),
            None => vec![(0, u16::MAX); rows],
        };
        for (index, column) in self.columns.iter().enumerate() {
            let Some(facet) = facets.0.get(&column.name) else {
                continue;
            };
            // What cannot be asked of a column, no shoe meets.
            let test = facet.filters(&column.name);
            let test = test.test(catalog).ok();
            for (row, fails) in fails.iter_mut().enumerate() {
                if !test.as_ref().is_some_and(|test| test.holds(row)) {
                    *fails = (fails.0.saturating_add(1), index as u16);
                }
            }
        }
        let mut counts = Counts::new();
        for (index, column) in self.columns.iter().enumerate() {
            let mut count = match &column.offer {
                Offer::Words(words) => vec![0; words.len()],
                Offer::Numbers { low, high, whole } => {
                    vec![0; Bars::of(*low, *high, *whole).count]
                }
                _ => continue,
            };
            for (&(failed, last), &code) in fails.iter().zip(&column.codes) {
                if failed == 0 || (failed == 1 && last == index as u16) {
                    // None where there is no number.
                    if let Some(count) = count.get_mut(code as usize) {
                        *count += 1;
                    }
                }
            }
            counts.insert(column.name.clone(), count);
        }
        (
            fails.iter().map(|&(failed, _)| failed == 0).collect(),
            counts,
        )
    }
}

impl FacetColumn {
    /// For each row the index of its word in [`Offer::Words`].
    pub fn codes(&self) -> &[u16] {
        &self.codes
    }

    /// Whether it has a place among the filters.
    pub fn is_listed(&self) -> bool {
        !matches!(self.offer, Offer::Nothing | Offer::Unique)
    }
}

fn facet_column(column: &Column, role: Option<Role>) -> FacetColumn {
    let name = column.name.clone();
    match &column.values {
        Values::Integer(_) | Values::Real(_) => numbers_column(column, role),
        Values::Text { .. } if column.is_date() => numbers_column(column, role),
        Values::Text { codes, words } => words_column(
            name,
            role,
            words.len(),
            |i| words[i].clone(),
            codes.iter().copied(),
        ),
        Values::Boolean(flags) => words_column(
            name,
            role,
            2,
            |i| ["false", "true"][i].to_owned(),
            flags.iter().map(|flag| flag.map_or(NO_WORD, u32::from)),
        ),
    }
}

/// A column whose values have an order that is measured.
fn numbers_column(column: &Column, role: Option<Role>) -> FacetColumn {
    let offer = numbers(column, role);
    let codes = match &offer {
        Offer::Numbers { low, high, whole } => {
            let bars = Bars::of(*low, *high, *whole);
            let bar = |row| match column.number(row).filter(|n| n.is_finite()) {
                Some(number) => bars.at(number) as u16,
                None => NO_BAR,
            };
            (0..column.len()).map(bar).collect()
        }
        _ => Vec::new(),
    };
    FacetColumn {
        name: column.name.clone(),
        offer,
        codes,
    }
}

/// What a column of numbers offers.
fn numbers(column: &Column, role: Option<Role>) -> Offer {
    let numbers =
        || (0..column.len()).filter_map(|row| column.number(row).filter(|n| n.is_finite()));
    let Some(first) = numbers().next() else {
        return Offer::Nothing;
    };
    // Prices may all differ and are ranges all the same: only what is named as a number of its shoe is one.
    if role == Some(Role::Number) {
        let distinct: HashSet<u64> = numbers().map(f64::to_bits).collect();
        if is_unique(distinct.len(), numbers().count(), role) {
            return Offer::Unique;
        }
    }
    let mut whole = true;
    let (low, high) = numbers().fold((first, first), |(low, high), n| {
        whole &= n == n.trunc();
        (low.min(n), high.max(n))
    });
    match low == high {
        true => Offer::Nothing,
        false => Offer::Numbers { low, high, whole },
    }
}

/// Whether a column with so many `distinct` words among its `values` tells shoes apart one by one.
fn is_unique(distinct: usize, values: usize, role: Option<Role>) -> bool {
    match role {
        Some(role) if role.is_of_one_shoe() => 2 * distinct > values,
        // A shop's prices may be words, "89.00 EUR", and nearly all different.
        Some(Role::Price) | None => values >= MIN_VALUES && 10 * distinct > NEARLY_ALL * values,
        Some(_) => false,
    }
}

/// Words by falling frequency, "no value" last. Words that differ in case alone are one, as their commonest spelling.
fn words_column(
    name: String,
    role: Option<Role>,
    words: usize,
    word: impl Fn(usize) -> String,
    codes: impl ExactSizeIterator<Item = u32> + Clone,
) -> FacetColumn {
    let offers = |name, offer| FacetColumn {
        name,
        offer,
        codes: Vec::new(),
    };
    let mut counts = vec![0_usize; words + 1];
    for code in codes.clone() {
        counts[(code as usize).min(words)] += 1;
    }
    let values: usize = counts[..words].iter().sum();
    let mut order: Vec<usize> = (0..words).filter(|&i| counts[i] > 0).collect();
    let unique = |distinct| is_unique(distinct, values, role);
    // So many spellings are too many words, whichever of them are the same.
    if order.len() > 4 * MOST_WORDS {
        let offer = match unique(order.len()) {
            true => Offer::Unique,
            false => Offer::TooMany(order.len()),
        };
        return offers(name, offer);
    }
    order.sort_by_key(|&i| (std::cmp::Reverse(counts[i]), word(i)));
    // Spellings of one word; the commonest comes first.
    let mut groups: Vec<(String, usize, Vec<usize>)> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for &i in &order {
        let spelling = word(i);
        let at = *known.entry(fold_case(&spelling)).or_insert(groups.len());
        if at == groups.len() {
            groups.push((spelling, 0, Vec::new()));
        }
        groups[at].1 += counts[i];
        groups[at].2.push(i);
    }
    groups.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    if groups.len() + usize::from(counts[words] > 0) <= 1 {
        return offers(name, Offer::Nothing);
    }
    if unique(groups.len()) {
        return offers(name, Offer::Unique);
    }
    if groups.len() > MOST_WORDS {
        return offers(name, Offer::TooMany(groups.len()));
    }
    // A column may hold the empty text as a word of its own; it and "no value" are one choice.
    let empty = groups.iter().position(|(word, ..)| word.is_empty());
    let mut place = vec![empty.unwrap_or(groups.len()) as u16; words + 1];
    for (at, (_, _, spellings)) in groups.iter().enumerate() {
        for &i in spellings {
            place[i] = at as u16;
        }
    }
    let mut offer: Vec<String> = groups.into_iter().map(|(word, ..)| word).collect();
    if empty.is_none() && counts[words] > 0 {
        offer.push(String::new());
    }
    FacetColumn {
        name,
        offer: Offer::Words(offer),
        codes: codes
            .map(|code| place[(code as usize).min(words)])
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(column: &FacetColumn) -> &[String] {
        match &column.offer {
            Offer::Words(words) => words,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn words_come_by_frequency_and_what_is_missing_last() {
        let text = ["boot", "", "sandal"].map(str::to_owned);
        let codes = [2, 2, 0, NO_WORD, 2];
        let column = words_column(
            "kind".into(),
            None,
            2,
            |i| [&text[0], &text[2]][i].clone(),
            codes.map(|c| if c == 2 { 1 } else { c }).into_iter(),
        );
        assert_eq!(words(&column), ["sandal", "boot", ""]);
        assert_eq!(column.codes, [0, 0, 1, 2, 0]);
    }

    #[test]
    fn a_word_is_chosen_and_taken_back() {
        let mut facets = Facets::default();
        facets.toggle("kind", "boot");
        facets.toggle("kind", "sandal");
        assert_eq!(
            facets.describe(),
            [("kind".to_owned(), "boot, sandal".to_owned())]
        );
        facets.toggle("kind", "boot");
        facets.toggle("kind", "sandal");
        assert!(facets.is_empty());
    }

    #[test]
    fn bars_hold_every_number_once() {
        let years = Bars::of(2010.0, 2015.0, true);
        assert_eq!((years.count, years.range(2)), (6, (2012.0, 2012.0)));
        let prices = Bars::of(10.0, 130.0, false);
        assert_eq!((prices.count, prices.range(1).0), (12, 20.0));
        assert!(prices.range(0).1 < 20.0, "20 is in the next one");
        let whole = Bars::of(0.0, 240.0, true);
        assert_eq!((whole.range(0), whole.at(20.0)), ((0.0, 19.0), 1));
        assert_eq!(prices.range(11).1, 130.0);
        for (low, high) in [
            (10.0, 130.0),
            (39.9, 129.9),
            (-0.7, 0.71),
            (0.1, 0.7),
            (1e-9, 2e9),
        ] {
            let bars = Bars::of(low, high, false);
            assert!((2..=BARS).contains(&bars.count), "{bars:?}");
            assert_eq!((bars.range(0).0, bars.range(bars.count - 1).1), (low, high));
            for share in 0..=1000 {
                let number = low + (high - low) * f64::from(share) / 1000.0;
                let (from, to) = bars.range(bars.at(number));
                assert!((from..=to).contains(&number), "{number} {from} {to}");
            }
        }
        let shop = Bars::of(39.9, 129.9, false);
        assert_eq!(number(shop.range(7).1), "75", "bars end where people think");
        let table = crate::workspace::filter::tests::small();
        let model = FacetModel::new(&table);
        let (_, counts) = model.apply(&table, &Facets::default(), None);
        // 2010, two of 2012, 2015, and one without a year.
        assert_eq!(counts["year"], [1, 0, 2, 0, 0, 1]);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(number(2012.0), "2012");
        assert_eq!(number(0.123_456), "0.1235");
        assert_eq!(number(19.990_001), "19.99");
        assert_eq!(number(-3.5), "-3.5");
        assert_eq!(number(2_024.58), "2024.58");
        assert_eq!(number(1_234_567.8), "1234568");
    }

    fn text(name: &str, values: impl IntoIterator<Item = String>) -> FacetColumn {
        let table = Rows(vec![Column::new(
            name,
            Values::text(values.into_iter().map(Some)),
        )]);
        FacetModel::new(&table).columns.remove(0)
    }

    struct Rows(Vec<Column>);

    impl Table for Rows {
        fn len(&self) -> usize {
            self.0[0].len()
        }
        fn id(&self, _: usize) -> &str {
            "id"
        }
        fn columns(&self) -> &[Column] {
            &self.0
        }
    }

    #[test]
    fn columns_that_tell_shoes_apart_one_by_one_are_no_filters() {
        let each = |n: usize| (0..n).map(|i| format!("no. {i}"));
        // By content: nearly all differ, in a small catalogue as in a large one.
        assert_eq!(text("note", each(8)).offer, Offer::Unique);
        assert_eq!(text("note", each(3_000)).offer, Offer::Unique);
        let some_twice = (0..100).map(|i| format!("no. {}", i.max(5)));
        assert_eq!(text("note", some_twice).offer, Offer::Unique);
        // Too few to tell, many but shared, or a column of which it is known that it is for choosing from.
        assert!(text("note", each(4)).is_listed());
        let shared = (0..3_000).map(|i| format!("no. {}", i % 1_000));
        assert_eq!(text("note", shared).offer, Offer::TooMany(1_000));
        assert_eq!(words(&text("brand", each(8))).len(), 8);
        // By role: half of the titles may be the same ones.
        let titles = (0..30).map(|i| format!("no. {}", i % 16));
        assert_eq!(text("Product Name", titles.clone()).offer, Offer::Unique);
        assert!(text("note", titles).is_listed());
        // Article numbers are no range; prices are.
        let numbers = |name: &str| {
            let values = Values::Integer((0..50).map(|i| Some(10_000 + 7 * i)).collect());
            FacetModel::new(&Rows(vec![Column::new(name, values)]))
                .columns
                .remove(0)
        };
        assert_eq!(numbers("article_number").offer, Offer::Unique);
        assert!(numbers("price").is_listed());
    }

    #[test]
    fn a_facet_and_a_condition_are_one_predicate_whatever_the_case() {
        let kinds = ["Boot", "boot", "BOOT", "Sandal", "boot", "Clog, lined"];
        let years = Values::Integer((0..6).map(|i| Some(2010 + i)).collect());
        let table = Rows(vec![
            Column::new("Kind", Values::text(kinds.map(Some))),
            Column::new("year", years),
        ]);
        let model = FacetModel::new(&table);
        assert_eq!(words(&model.columns[0]), ["boot", "Clog, lined", "Sandal"]);
        let mut facets = Facets::default();
        facets.toggle("Kind", "Boot");
        facets.toggle("Kind", "clog, LINED");
        assert!(facets.has("Kind", "BOOT"));
        facets.0.insert("year".into(), Facet::Range(2011.0, 2015.0));
        let (mask, counts) = model.apply(&table, &facets, None);
        assert_eq!(mask, [false, true, true, false, true, true]);
        assert_eq!(counts["Kind"], [3, 1, 1]);
        // The same on the command line.
        let texts: Vec<String> = (facets.filters().0.iter())
            .map(|f| f.text().to_owned())
            .collect();
        assert_eq!(
            texts,
            ["Kind=Boot,\"clog, LINED\"", "year>=2011", "year<=2015"]
        );
        assert_eq!(Filters::parse(&texts).unwrap(), facets.filters());
        assert_eq!(facets.filters().mask(&table).unwrap(), mask);
        facets.toggle("Kind", "BOOT");
        assert!(!facets.has("Kind", "boot"));
    }
}
