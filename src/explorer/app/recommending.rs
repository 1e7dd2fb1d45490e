//! Asking the recommender: on a thread of its own, the newest question wins.

use crate::catalog::Table;
use crate::explorer::command::Command;
use crate::explorer::facts::Selected;
use crate::explorer::schedule::ExplorerSet;
use crate::explorer::state::{OpenCatalogue, RecommendOptions, Recommendations, Selection, WakeUp};
use crate::explorer::worker::Latest;
use crate::recommend::{Example, Query, RecommendError, Recommendation, Recommender};
use crate::workspace::Item;
use bevy::prelude::*;
use std::sync::Arc;

type Answer = Result<Vec<Recommendation>, RecommendError>;

#[derive(Resource, Default)]
struct Asking {
    worker: Option<Latest<(Arc<Recommender>, Query), Answer>>,
    asked: Option<Asked>,
    /// Asked before the recommender was ready.
    wanted: bool,
}

/// The question under way.
#[derive(Clone)]
struct Asked {
    number: u64,
    /// Its subject.
    of: Option<Item>,
    /// Columns of "only the same" that were left out.
    ignored: Vec<String>,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Asking>().add_systems(
        Update,
        (
            answer.in_set(ExplorerSet::Arrive),
            ask.in_set(ExplorerSet::Camera),
        ),
    );
}

fn ask(
    mut asking: ResMut<Asking>,
    mut selected: MessageReader<Selected>,
    mut commands: MessageReader<Command>,
    options: Res<RecommendOptions>,
    selection: Res<Selection>,
    open: Res<OpenCatalogue>,
    waker: Res<WakeUp>,
    mut recommendations: ResMut<Recommendations>,
) {
    let asked = selected.read().count() > 0;
    let again = (commands.read())
        .filter(|command| {
            matches!(
                command,
                Command::Recommend
                    | Command::Rate(..)
                    | Command::RateAll(..)
                    | Command::Like
                    | Command::Dislike
                    | Command::ClearRatings
                    | Command::Undo
                    | Command::Redo
            )
        })
        .count()
        > 0;
    if !asked && !again && !options.is_changed() && !asking.wanted {
        return;
    }
    let mut query = question(&options.query, &selection, open.len());
    let ignored = open.catalog.as_deref();
    let ignored = ignored
        .map(|catalog| leave_out(&mut query, catalog))
        .unwrap_or_default();
    if query.is_empty() {
        // Nothing to go by: nothing is recommended, and that is no error.
        asking.wanted = false;
        asking.asked = None;
        if !recommendations.list.is_empty()
            || recommendations.pending
            || recommendations.error.is_some()
        {
            *recommendations = Recommendations::default();
        }
        return;
    }
    if asking.asked.is_none() || !recommendations.pending {
        recommendations.pending = true;
    }
    let Some(recommender) = open.recommender.clone() else {
        asking.wanted = true;
        return;
    };
    asking.wanted = false;
    if asking.worker.is_none() {
        let worker = Latest::spawn(
            "recommend",
            &waker.0,
            |(recommender, query): (Arc<Recommender>, Query)| recommender.recommend(&query),
        );
        match worker {
            Ok(worker) => asking.worker = Some(worker),
            Err(error) => {
                recommendations.pending = false;
                recommendations.error = Some(format!("no thread to recommend on: {error}"));
                return;
            }
        }
    }
    if let Some(worker) = &mut asking.worker {
        let number = worker.request((recommender, query));
        asking.asked = Some(Asked {
            number,
            of: selection.current.clone(),
            ignored,
        });
    }
}

/// The question that the selection, the ratings and the options together ask.
pub fn question(options: &Query, selection: &Selection, shoes: usize) -> Query {
    let current = selection.current.as_ref();
    let mut query = options.clone();
    // What is disliked is walked away from, even where it is selected.
    query.target = (current.into_iter())
        .find(|current| !selection.dislikes.contains(current))
        .and_then(Item::example);
    query.likes = (selection.likes.iter())
        .filter(|like| Some(*like) != current)
        .filter_map(Item::example)
        .collect();
    query.dislikes = (selection.dislikes.iter())
        .filter_map(Item::example)
        .collect();
    // A small catalogue has fewer to give than the list is long.
    let taken = (query.examples())
        .filter(|e| matches!(e, Example::Row(_)))
        .count();
    query.k = query.k.min(shoes.saturating_sub(taken)).max(1);
    query
}

/// Takes out of "only the same" the columns in which the shoe that is asked with says nothing: every shoe would be
/// refused for what nobody knows. Which ones.
fn leave_out(query: &mut Query, table: &dyn Table) -> Vec<String> {
    let row = query.row();
    let says = |name: &String| {
        let column = table.column(name);
        row.is_some_and(|row| column.is_some_and(|column| column.text(row).is_some()))
    };
    let (kept, left_out) = query.same.drain(..).partition(says);
    query.same = kept;
    left_out
}

fn answer(mut asking: ResMut<Asking>, mut recommendations: ResMut<Recommendations>) {
    let Some(worker) = &mut asking.worker else {
        return;
    };
    let Some((number, answer)) = worker.poll() else {
        return;
    };
    let Some(Asked { of, ignored, .. }) =
        (asking.asked.clone()).filter(|asked| asked.number == number)
    else {
        return;
    };
    *recommendations = match answer {
        Ok(list) => Recommendations {
            of,
            list,
            ignored,
            ..default()
        },
        Err(error) => Recommendations {
            of,
            ignored,
            error: Some(error.to_string()),
            ..default()
        },
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_knows_is_not_asked_to_be_the_same() {
        let table = crate::workspace::filter::tests::small();
        let ask = |row: usize| {
            let mut query = Query {
                target: Some(Example::Row(row)),
                same: vec!["kind".into(), "year".into()],
                ..Query::default()
            };
            let left_out = leave_out(&mut query, &table);
            (query.same, left_out)
        };
        assert_eq!(ask(0), (vec!["kind".into(), "year".into()], vec![]));
        assert_eq!(ask(2), (vec!["year".into()], vec!["kind".into()]));
    }

    #[test]
    fn the_selection_comes_first_and_ratings_steer() {
        let mut selection = Selection {
            current: Some(Item::Row(3)),
            likes: vec![Item::Row(5), Item::Row(3)],
            dislikes: vec![Item::Row(8)],
            ..default()
        };
        let row = |example: &Example| match example {
            Example::Row(row) => Some(*row),
            Example::Features(_) => None,
        };
        let rows =
            |examples: &[Example]| -> Vec<usize> { examples.iter().filter_map(row).collect() };
        let query = question(&Query::default(), &selection, 21_000);
        assert_eq!(query.target.as_ref().and_then(row), Some(3));
        assert_eq!(rows(&query.likes), [5]);
        assert_eq!(rows(&query.dislikes), [8]);
        assert_eq!(query.k, 24);
        assert_eq!(question(&Query::default(), &selection, 10).k, 7);
        selection.current = Some(Item::Row(8));
        let query = question(&Query::default(), &selection, 21_000);
        assert!(query.target.is_none(), "what is disliked is not sought");
        assert_eq!(rows(&query.likes), [5, 3]);
    }
}
