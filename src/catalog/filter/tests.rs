use super::*;

struct Shoes(Vec<Column>);

impl Table for Shoes {
    fn len(&self) -> usize {
        4
    }
    fn id(&self, row: usize) -> &str {
        ["a-1", "a-2", "b-1", "b-2"][row]
    }
    fn columns(&self) -> &[Column] {
        &self.0
    }
}

fn shoes() -> Shoes {
    Shoes(vec![
        Column::new(
            "gender",
            Values::text([Some("Women"), Some("Men"), None, Some("Women, wide")]),
        ),
        Column::new(
            "year",
            Values::Integer(vec![Some(2011), Some(2012), None, Some(2020)]),
        ),
        Column::new(
            "price",
            Values::Real(vec![Some(9.5), Some(10.0), Some(-1.0), None]),
        ),
        Column::new(
            "kids",
            Values::Boolean(vec![Some(true), Some(false), None, Some(true)]),
        ),
    ])
}

fn rows(texts: &[&str]) -> Vec<usize> {
    let filters = Filters::parse(texts).unwrap();
    let mask = filters.mask(&shoes()).unwrap();
    for (row, &marked) in mask.iter().enumerate() {
        let each = filters.0.iter().all(|f| f.matches(&shoes(), row).unwrap());
        assert_eq!(each, marked, "{texts:?} {row}");
    }
    (0..4).filter(|&row| mask[row]).collect()
}

#[test]
fn every_operator_does_what_it_says() {
    assert_eq!(rows(&[]), [0, 1, 2, 3]);
    assert_eq!(rows(&["gender=women"]), [0]);
    assert_eq!(rows(&["Gender = Women,Men"]), [0, 1]);
    assert_eq!(rows(&["gender=\"Women, wide\",men"]), [1, 3]);
    assert_eq!(rows(&["gender!=Women"]), [1, 2, 3]);
    assert_eq!(rows(&["gender!=Women,Men"]), [2, 3]);
    assert_eq!(rows(&["gender~wom"]), [0, 3]);
    assert_eq!(rows(&["gender="]), [2]);
    assert_eq!(rows(&["gender!="]), [0, 1, 3]);
    assert_eq!(rows(&["year>=2012"]), [1, 3]);
    assert_eq!(rows(&["year<2012"]), [0]);
    assert_eq!(rows(&["year=2011,2020"]), [0, 3]);
    assert_eq!(rows(&["year!=2011.0"]), [1, 2, 3]);
    assert_eq!(rows(&["year~201"]), [0, 1]);
    assert_eq!(rows(&["year="]), [2]);
    assert_eq!(rows(&["price=10"]), [1]);
    assert_eq!(rows(&["price<=9.5"]), [0, 2]);
    assert_eq!(rows(&["price>9.5"]), [1]);
    assert_eq!(rows(&["kids=true"]), [0, 3]);
    assert_eq!(rows(&["kids!=true", "year>2000"]), [1]);
    assert_eq!(rows(&["id=a-2"]), [1]);
    assert_eq!(rows(&["id~b-"]), [2, 3]);
}

#[test]
fn what_is_wrong_is_said() {
    let message = |text: &str| match Filter::parse(text) {
        Ok(filter) => filter.matches(&shoes(), 0).unwrap_err().to_string(),
        Err(error) => error.to_string(),
    };
    assert!(message("gender").contains("is no filter"));
    assert!(message("=Women").contains("is no filter"));
    assert!(message("gender=\"Women").contains("is no filter"));
    assert!(message("gender!Women").contains("is no filter"));
    assert!(message("gendr=Women").contains("did you mean `gender`?"));
    assert!(message("year<soon").contains("one number"));
    assert!(message("year<1,2").contains("one number"));
    assert!(message("gender<3").contains("holds words"));
    let filters = Filters::parse(["gender=Womn"]).unwrap();
    assert!(
        filters
            .hint(&shoes())
            .unwrap()
            .contains("did you mean `Women`?")
    );
    assert_eq!(
        Filters::parse(["gender=Women"]).unwrap().hint(&shoes()),
        None
    );
}

#[test]
fn no_text_makes_it_panic() {
    for text in [
        "", "=", "!", "~", "é=ü", "a=\"", "a<", "a<=>", "a=,,", "a!b=c", "<<", "=\"\"",
    ] {
        if let Ok(filter) = Filter::parse(text) {
            let _ = filter.matches(&shoes(), 0);
        }
    }
}

#[test]
fn case_is_ignored_in_any_script_and_the_empty_value_is_a_missing_one() {
    let shoes = Shoes(vec![Column::new(
        "Größe",
        Values::text([Some("Straße"), Some("ÉTÉ"), None, Some("САПОГ")]),
    )]);
    let rows = |text: &str| -> Vec<usize> {
        let mask = Filters::parse([text]).unwrap().mask(&shoes).unwrap();
        (0..4).filter(|&row| mask[row]).collect()
    };
    assert_eq!(rows("größe=STRASSE,été"), [0, 1]);
    assert_eq!(rows("GRÖSSE~апог"), [3]);
    assert_eq!(rows("größe=,été"), [1, 2]);
    assert_eq!(rows("größe!=,été"), [0, 3]);
}

#[test]
fn what_is_made_by_hand_reads_back_as_it_is_written() {
    let made = [
        Filter::one_of("label", ["Boots, lined", "Sandal", ""]),
        Filter::at_least("year", 2010.5),
        Filter::at_most("year", -1e9),
    ];
    for filter in made {
        assert_eq!(Filter::parse(filter.text()).unwrap(), filter);
    }
}
