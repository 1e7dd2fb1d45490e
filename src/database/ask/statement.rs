//! The statements that ask for the best shoes.

use super::conditions::Condition;
use super::score::{Score, Shoe};
use super::sql::Sql;
use super::{Asker, Question, Subject, few};
use crate::database::names::quoted;
use crate::database::{DatabaseError, Session};

/// The most that an index looks at in one go.
const MOST_LOOKED_AT: usize = 1000;

/// By what shoes are put in order.
struct Order {
    /// An expression of the shoe `s`.
    by: String,
    direction: &'static str,
    /// Whether an index gives this order, and no further one.
    is_index: bool,
}

impl Order {
    fn sql(&self) -> String {
        let Self { by, direction, .. } = self;
        match self.is_index {
            true => format!("{by} {direction}"),
            false => format!("{by} {direction}, s.row"),
        }
    }
}

impl Asker {
    /// The share of the shoes that conditions leave, as the server's planner expects it.
    pub(super) fn kept_share(
        &self,
        session: &mut Session,
        question: &Question,
        conditions: &[Condition],
    ) -> Result<f64, DatabaseError> {
        if conditions.is_empty() {
            return Ok(1.0);
        }
        let mut sql = Sql::default();
        let example = self.example(question, &mut sql);
        let conditions: Vec<String> = conditions.iter().map(|c| c.sql(&mut sql)).collect();
        let text = format!(
            "EXPLAIN WITH {example} SELECT 1 FROM {} s WHERE {}",
            self.published.table("shoe"),
            conditions.join(" AND ")
        );
        let plan = session.texts("asking what conditions leave", &text, &sql.parameters())?;
        let expected = plan.first().and_then(|line| {
            let (_, rest) = line.split_once("rows=")?;
            rest.split(' ').next()?.parse::<f64>().ok()
        });
        let all = self.published.len().max(1) as f64;
        Ok(expected.map_or(1.0, |expected| expected / all))
    }

    /// The shoes that are gone by, as a table.
    pub(super) fn example(&self, question: &Question, sql: &mut Sql) -> String {
        let (shoe, ids) = (self.published.table("shoe"), sql.bind(question.ids()));
        format!(
            "example AS MATERIALIZED (
                SELECT DISTINCT ON (id) * FROM {shoe} WHERE id = ANY ({ids}) ORDER BY id, row)"
        )
    }

    /// The best shoes and the examples, sorted by row, and how many of them are best ones.
    pub(super) fn fetch(
        &self,
        session: &mut Session,
        question: &Question,
        conditions: &[Condition],
        size: usize,
        by_index: bool,
    ) -> Result<(Vec<postgres::Row>, usize), DatabaseError> {
        let about = self.published.about();
        let mut sql = Sql::default();
        let example = self.example(question, &mut sql);
        let order = self.order(question, by_index, &mut sql)?;
        let conditions = conditions
            .iter()
            .map(|c| format!(" AND {}", c.sql(&mut sql)));
        let conditions: String = conditions.collect();
        let size_is = sql.bind(size as i64);
        // Whatever the columns are called, here they have numbers.
        let fields = about.columns().enumerate();
        let fields = fields.map(|(at, (_, field))| format!(", {} AS m{at}", quoted(field)));
        let fields: String = fields.collect();
        let metadata = (0..about.columns.len()).map(|at| format!(", b.m{at}"));
        let metadata: String = metadata.collect();
        // Each server is told how many are wanted of it; through the partitioned table it would not be. They are ordered by
        // another expression than there, since lists merged in their order are fetched from one server after another.
        let places = self.published.places("shoe").into_iter().map(|place| {
            format!(
                "(SELECT row AS place, id{fields}, {by} AS likeness FROM {place} s
                WHERE s.row <> ALL (ARRAY(SELECT row FROM example)){conditions}
                ORDER BY {order} LIMIT {size_is})",
                by = order.by,
                order = order.sql(),
            )
        });
        let best = places.collect::<Vec<_>>().join(" UNION ALL ");
        let blocks = about.info.blocks.iter();
        let blocks: String = blocks.map(|b| format!(", f.{}", quoted(&b.name))).collect();
        let source = self.published.table("source");
        let text = format!(
            "WITH {with}{example},
            best AS MATERIALIZED (
                SELECT * FROM ({best}) p ORDER BY 0 + likeness {direction}, place LIMIT {size_is}),
            few AS MATERIALIZED (
                SELECT *, true AS is_best FROM best
                UNION ALL SELECT row, id{fields}, NULL, false FROM example)
            SELECT b.place, b.id{metadata}{blocks}, b.is_best FROM few b JOIN {source} f ON f.row = b.place
            WHERE f.row = ANY (ARRAY(SELECT place FROM few)) ORDER BY b.place",
            with = sql.with.iter().map(|table| format!("{table}, ")).collect::<String>(),
            direction = order.direction,
        );
        let doing = "asking for recommendations";
        if by_index {
            session.run(
                doing,
                &format!(
                    "SET hnsw.ef_search = {}; SET hnsw.iterative_scan = strict_order",
                    size.clamp(40, MOST_LOOKED_AT)
                ),
            )?;
        }
        let lines = session.query(doing, &text, &sql.parameters())?;
        let is_best = few::METADATA + about.columns.len() + about.info.blocks.len();
        let best = lines
            .iter()
            .filter(|line| line.get::<_, bool>(is_best))
            .count();
        Ok((lines, best))
    }

    /// By what the shoes are ordered.
    fn order(
        &self,
        question: &Question,
        by_index: bool,
        sql: &mut Sql,
    ) -> Result<Order, DatabaseError> {
        let about = self.published.about();
        let own = self.frame.embeddings().dims();
        let target = match &question.target {
            Some(Subject::Id(id)) => Some(Shoe::of_id(id, sql)),
            Some(Subject::Photo(features)) => {
                let (joined, lengths) = self.frame.compared_with(features)?;
                Some(Shoe::of_vector(&joined, &lengths, own, sql))
            }
            None => None,
        };
        let mut shoes =
            |ids: &[String]| -> Vec<Shoe> { ids.iter().map(|id| Shoe::of_id(id, sql)).collect() };
        let (likes, dislikes) = (shoes(&question.likes), shoes(&question.dislikes));
        let (near, attracting) = match target {
            Some(target) => (vec![target], likes),
            None => (likes, Vec::new()),
        };
        let yardsticks = self.frame.yardsticks()?;
        let score = Score::new(
            &self.frame,
            &question.query.weights,
            &yardsticks,
            &about.columns,
        );
        Ok(match near.first().filter(|_| by_index) {
            Some(shoe) => Order {
                by: format!("s.embedding <#> {}", score.weighted(shoe, sql)),
                direction: "ASC",
                is_index: true,
            },
            None => Order {
                by: score.sql(&near, &attracting, &dislikes),
                direction: "DESC",
                is_index: false,
            },
        })
    }
}
