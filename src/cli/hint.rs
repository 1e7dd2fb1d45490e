//! What the command line adds to the advice of core errors, which know no flags and no commands.

use crate::catalog::import::ImportError;
use crate::design::DesignError;
use crate::embed::EmbedError;
use crate::index::IndexError;
use crate::paths::NotFound;

/// The flag or the command that an error's advice is about, to stand behind its words; empty where it is about none.
pub(super) fn of(error: &anyhow::Error) -> String {
    let design = (error.chain()).find_map(|cause| cause.downcast_ref::<DesignError>());
    match (flag_of(error), design) {
        (Some(flag), _) => format!(" ({flag})"),
        (None, Some(DesignError::OtherGenerator { .. })) => ", or name it with --model".to_owned(),
        (None, Some(design)) => match design.wants_training() {
            Some((catalogue, model)) => {
                let catalogue = catalogue.display();
                format!(", with: shoespace train {catalogue} -o models/{model}")
            }
            None => String::new(),
        },
        (None, None) => String::new(),
    }
}

/// The flag that an error asks to change, leave out or set.
fn flag_of(error: &anyhow::Error) -> Option<&'static str> {
    if let Some(error) = error.downcast_ref::<IndexError>() {
        return match error {
            IndexError::Import(ImportError::Layout { .. }) => Some("--format"),
            IndexError::NothingChosen { .. } => Some("--where"),
            _ => None,
        };
    }
    let is_not_found =
        error.is::<NotFound>() || matches!(error.downcast_ref(), Some(EmbedError::NotFound(_)));
    is_not_found.then_some("--data-dir")
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context as _;

    #[test]
    fn advice_comes_with_its_flag() {
        let layout = || ImportError::Layout {
            path: "photos".into(),
            format: "kaggle",
            reason: "there is no styles.csv",
        };
        let chosen = IndexError::NothingChosen {
            count: 3,
            hint: String::new(),
        };
        let missing = NotFound {
            wanted: "models/x".to_owned(),
            looked_in: Vec::new(),
        };
        for (error, flag) in [
            (IndexError::Import(layout()).into(), Some("--format")),
            (chosen.into(), Some("--where")),
            (EmbedError::from(missing.clone()).into(), Some("--data-dir")),
            (missing.into(), Some("--data-dir")),
            (IndexError::Stopped.into(), None),
        ] {
            let error: anyhow::Error = error;
            assert_eq!(flag_of(&error), flag, "{error}");
            assert_eq!(flag_of(&error.context("the index")), flag);
        }
        let told: anyhow::Result<()> = Err(IndexError::Import(layout()).into());
        let words = super::super::in_words(&told.context("x").unwrap_err());
        assert!(words.ends_with("the folder that is (--format)"), "{words}");
    }
}
