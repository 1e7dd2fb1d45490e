//! Recommendations from a published catalogue.
//!
//! The server scores every shoe that passes (or asks its index), and sends the best few with their raw blocks; these few
//! are a small [`Catalog`], with the yardsticks of the whole, and the [`Recommender`] answers from it. So rule, reasons
//! and order are those of the file that was published. The server adds in another order than this program: it is asked
//! for more than are wanted, and what would differ in the last digit lies within.

mod conditions;
mod few;
mod score;
mod sql;
mod statement;

use super::published::Published;
use super::{DatabaseError, Session};
use crate::catalog::Catalog;
use crate::embed::Features;
use crate::job::Job;
use crate::recommend::{
    Example, Metric, Query, RecommendError, Recommendation, Recommender, expect_k,
};
use conditions::Condition;
use sql::Sql;
use std::sync::Arc;

/// So many more shoes are asked for than are wanted, since the server adds in another order.
const MORE: usize = 32;
/// Of an index so many times more, which what it does not know of (columns, the learned block) puts in order.
const MORE_OF_AN_INDEX: usize = 8;
/// Where conditions leave a smaller share than this the index is not asked: it gives up before it has found enough that pass.
const FEW: f64 = 0.2;
/// Ids that are looked through for one that was meant.
const MEANT: i64 = 200_000;

/// What to go by.
#[derive(Debug, Clone)]
pub enum Subject {
    /// A shoe of the catalogue, by its id.
    Id(String),
    /// A photo.
    Photo(Features),
}

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// The shoe that is asked about, if there is one.
    pub target: Option<Subject>,
    /// Ids of shoes to be near to.
    pub likes: Vec<String>,
    /// Ids of shoes to be far from.
    pub dislikes: Vec<String>,
    /// Ask the index of nearest shoes, which may miss some.
    pub approximate: bool,
    /// All else: filters, columns that are to be the same, how many, how to compare. What it goes by stands above.
    pub query: Query,
}

impl Question {
    /// Every id that it goes by.
    fn ids(&self) -> Vec<String> {
        let target = self.target.iter().filter_map(|subject| match subject {
            Subject::Id(id) => Some(id),
            Subject::Photo(_) => None,
        });
        let all = target.chain(&self.likes).chain(&self.dislikes);
        all.cloned().collect()
    }
}

/// What is answered: recommendations whose rows are those of `among`.
#[derive(Debug)]
pub struct Answer {
    /// The best, first.
    pub list: Vec<Recommendation>,
    /// The shoes that the list was made of, as a catalogue.
    pub among: Arc<Catalog>,
}

/// Asks a published catalogue.
#[derive(Debug)]
pub struct Asker {
    published: Published,
    /// Knows the space, the columns and the yardsticks, and no shoe.
    frame: Recommender,
}

impl Asker {
    /// Gets ready to ask.
    ///
    /// # Errors
    /// What is true of the whole does not fit together.
    pub fn new(published: Published) -> Result<Self, DatabaseError> {
        let nothing = few::catalogue(&published, "", &[])?;
        let frame = Recommender::new(Arc::new(nothing))?;
        Ok(Self { published, frame })
    }

    /// What is asked.
    pub fn published(&self) -> &Published {
        &self.published
    }

    /// A recommender that knows blocks and columns of the catalogue, and none of its shoes.
    pub fn frame(&self) -> &Recommender {
        &self.frame
    }

    /// Answers a question.
    ///
    /// # Errors
    /// Whatever can be wrong with a question, see [`RecommendError`]; an id that is not there; the server.
    pub fn ask(&self, session: &mut Session, question: &Question) -> Result<Answer, DatabaseError> {
        let query = &question.query;
        if question.target.is_none() && question.likes.is_empty() && question.dislikes.is_empty() {
            return Err(RecommendError::NothingToGoBy.into());
        }
        self.frame.check(query)?;
        self.check_approximate(question)?;
        let conditions = self.conditions(session, question)?;
        let mut by_index =
            question.approximate && self.kept_share(session, question, &conditions)? >= FEW;
        let exactly = self.frame.pool(query) + MORE;
        let mut size = match by_index {
            true => exactly * MORE_OF_AN_INDEX,
            false => exactly,
        };
        loop {
            let (lines, best) = self.fetch(session, question, &conditions, size, by_index)?;
            if by_index && best < size {
                // It did not find as many as are wanted.
                (by_index, size) = (false, exactly);
                continue;
            }
            let among = Arc::new(few::catalogue(&self.published, session.address(), &lines)?);
            self.expect_examples(session, question, &among)?;
            if best == 0 {
                return Err(self.nothing_left(session, question, &conditions)?);
            }
            let recommender = Recommender::observed(among.clone(), &Job::new())?;
            let (list, wanted) = recommender.recommend_of(&about_these(question, &among))?;
            // Where many look the same and were folded, the list is made of more than were asked for.
            if wanted <= best || best < size {
                return Ok(Answer { list, among });
            }
            size = wanted + MORE;
        }
    }

    /// Whether a list of `k` can be filled.
    ///
    /// # Errors
    /// [`RecommendError::TooMany`], [`RecommendError::NoneWanted`].
    pub fn expect_k(&self, k: usize) -> Result<(), RecommendError> {
        expect_k(k, self.published.len().saturating_sub(1))
    }

    fn check_approximate(&self, question: &Question) -> Result<(), DatabaseError> {
        if !question.approximate {
            return Ok(());
        }
        if !self.published.about().has_hnsw {
            return Err(DatabaseError::Unfit(
                "there is no index of nearest shoes; publish the catalogue with --hnsw, or ask without --approximate".to_owned(),
            ));
        }
        let likes = question.likes.len();
        let is_plain = question.dislikes.is_empty()
            && likes + usize::from(question.target.is_some()) == 1
            && question.query.weights.metric == Metric::Cosine;
        match is_plain {
            true => Ok(()),
            false => Err(DatabaseError::Unfit(
                "an index answers by one shoe, photo or like, by cosine, and by no dislike; ask without --approximate".to_owned(),
            )),
        }
    }

    fn conditions(
        &self,
        session: &mut Session,
        question: &Question,
    ) -> Result<Vec<Condition>, DatabaseError> {
        let frame = &**self.frame.catalog();
        let filters = &question.query.filters;
        let mut all = conditions::all(filters, frame, &self.published, session)?;
        for name in &question.query.same {
            let found = frame.column(name);
            let known = || frame.columns().iter().map(|c| c.name.clone());
            let column = found.ok_or_else(|| RecommendError::unknown_column(name, known()))?;
            let id = same_as(question).ok_or_else(|| RecommendError::NothingTheSame {
                column: name.clone(),
                found: "a photo has no metadata, so filter by a value instead".to_owned(),
            })?;
            let mut fields = self.published.about().columns();
            let field = fields.find(|(known, _)| *known == column.name);
            let (_, field) = field.unwrap_or((name, name));
            all.push(Condition::same(format!("the same {name}"), field, id));
        }
        Ok(all)
    }

    /// That every shoe that was named is there, and has what is to be the same.
    fn expect_examples(
        &self,
        session: &mut Session,
        question: &Question,
        among: &Catalog,
    ) -> Result<(), DatabaseError> {
        let ids = question.ids();
        if let Some(id) = ids.iter().find(|id| among.row_of(id).is_none()) {
            return Err(self.no_such_shoe(session, id)?);
        }
        for name in &question.query.same {
            let row = same_as(question).and_then(|id| among.row_of(id));
            let column = among.column(name);
            let has = row
                .zip(column)
                .is_some_and(|(row, column)| column.text(row).is_some());
            if !has {
                return Err(RecommendError::NothingTheSame {
                    column: name.clone(),
                    found: format!(
                        "{} has none, so leave it out",
                        same_as(question).unwrap_or_default()
                    ),
                }
                .into());
            }
        }
        Ok(())
    }

    /// What to say where there is no shoe of that id.
    fn no_such_shoe(
        &self,
        session: &mut Session,
        id: &str,
    ) -> Result<DatabaseError, DatabaseError> {
        let sql = format!(
            "SELECT id FROM {} ORDER BY row LIMIT $1",
            self.published.table("shoe")
        );
        let ids = session.texts("reading ids", &sql, &[&MEANT])?;
        let all = few::of_ids(&self.published, session.address(), ids)?;
        Ok(DatabaseError::NoSuchShoe(all.no_such_id(id)))
    }

    /// What to say where no shoe is left.
    fn nothing_left(
        &self,
        session: &mut Session,
        question: &Question,
        conditions: &[Condition],
    ) -> Result<DatabaseError, DatabaseError> {
        if conditions.is_empty() {
            return Ok(RecommendError::nothing_left(&[], &[], None).into());
        }
        let mut sql = Sql::default();
        let example = self.example(question, &mut sql);
        let all: Vec<String> = conditions.iter().map(|c| c.sql(&mut sql)).collect();
        let each = all.iter().enumerate();
        let each = each.map(|(at, sql)| format!("coalesce({sql}, false) AS c{at}"));
        let each: Vec<String> = each.collect();
        let without = |left_out: usize| {
            let others = (0..all.len()).filter(|&at| at != left_out);
            let others = others.map(|at| format!("c{at}")).chain(["true".to_owned()]);
            let others: Vec<String> = others.collect();
            format!("count(*) FILTER (WHERE {})", others.join(" AND "))
        };
        let counts: Vec<String> = (0..all.len()).map(without).collect();
        let shoe = self.published.table("shoe");
        let text = format!(
            "WITH {example} SELECT {} FROM (SELECT {} FROM {shoe} s
                WHERE s.row <> ALL (ARRAY(SELECT row FROM example))) c",
            counts.join(", "),
            each.join(", ")
        );
        let rows = session.query("counting what conditions leave", &text, &sql.parameters())?;
        let counts: Vec<usize> = (0..all.len())
            .map(|at| rows.first().map_or(0, |row| row.get::<_, i64>(at) as usize))
            .collect();
        let texts: Vec<&str> = conditions.iter().map(|c| c.text.as_str()).collect();
        Ok(RecommendError::nothing_left(&texts, &counts, None).into())
    }
}

/// The shoe whose values are to be the same: the target, or else the first like.
fn same_as(question: &Question) -> Option<&str> {
    match &question.target {
        Some(Subject::Id(id)) => Some(id),
        _ => question.likes.first().map(String::as_str),
    }
}

/// The same question, about shoes that all pass already.
fn about_these(question: &Question, among: &Catalog) -> Query {
    let rows = |ids: &[String]| -> Vec<Example> {
        let rows = ids.iter().filter_map(|id| among.row_of(id));
        rows.map(Example::Row).collect()
    };
    let target = question.target.as_ref().and_then(|target| match target {
        Subject::Id(id) => among.row_of(id).map(Example::Row),
        Subject::Photo(features) => Some(Example::Features(features.clone())),
    });
    Query {
        target,
        likes: rows(&question.likes),
        dislikes: rows(&question.dislikes),
        filters: Default::default(),
        among: None,
        same: Vec::new(),
        ..question.query.clone()
    }
}
