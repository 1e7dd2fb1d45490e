//! Which shoes have a sharp picture: a fixed number of cells, given to the largest on the screen, taken
//! from those not seen for longest.

use super::loader::SharpWish;
use crate::workspace::Item;
use std::collections::{HashMap, HashSet};

/// The cells of the sharp atlas and who has them.
pub struct Near {
    cells: Vec<Cell>,
    /// Key ([`Item::key`]) to cell.
    of: HashMap<usize, usize>,
    tickets: u64,
    now: u64,
    /// Tickets of what is being baked, as it was said last.
    asked: HashSet<u64>,
}

#[derive(Clone, Default)]
struct Cell {
    key: Option<usize>,
    item: Option<Item>,
    ticket: u64,
    ready: bool,
    seen: u64,
    /// How many were more important at the last look.
    rank: usize,
}

impl Near {
    /// So many free cells.
    pub fn new(cells: usize) -> Self {
        Self {
            cells: vec![Cell::default(); cells],
            of: HashMap::new(),
            tickets: 0,
            now: 0,
            asked: HashSet::new(),
        }
    }

    /// How many cells there are.
    pub fn capacity(&self) -> usize {
        self.cells.len()
    }

    /// The cell of a key, once its picture is there.
    pub fn ready(&self, key: usize) -> Option<usize> {
        let &cell = self.of.get(&key)?;
        self.cells[cell].ready.then_some(cell)
    }

    /// Whether something that was wanted at the last look is still on its way.
    pub fn is_waiting(&self) -> bool {
        self.cells
            .iter()
            .any(|cell| cell.key.is_some() && !cell.ready && cell.seen == self.now)
    }

    /// Says which are wanted now, the most important first. Returns the list to bake, in that order, when there is more or less in it.
    pub fn want(&mut self, wanted: impl Iterator<Item = (usize, Item)>) -> Option<Vec<SharpWish>> {
        self.now += 1;
        let now = self.now;
        let mut homeless = Vec::new();
        for (rank, (key, item)) in wanted.take(self.cells.len()).enumerate() {
            match self.of.get(&key) {
                Some(&cell) => (self.cells[cell].seen, self.cells[cell].rank) = (now, rank),
                None => homeless.push((rank, key, item)),
            }
        }
        // Longest unseen first; those wanted now are left alone.
        let mut free: Vec<usize> = match homeless.is_empty() {
            true => Vec::new(),
            false => (0..self.cells.len())
                .filter(|&cell| self.cells[cell].seen < now)
                .collect(),
        };
        free.sort_by_key(|&cell| self.cells[cell].seen);
        for ((rank, key, item), cell) in homeless.into_iter().zip(free) {
            if let Some(old) = self.cells[cell].key {
                self.of.remove(&old);
            }
            self.tickets += 1;
            self.of.insert(key, cell);
            self.cells[cell] = Cell {
                key: Some(key),
                item: Some(item),
                ticket: self.tickets,
                ready: false,
                seen: now,
                rank,
            };
        }
        let is_waiting = |cell: &Cell| !cell.ready && cell.seen == now && cell.item.is_some();
        let tickets = self.cells.iter().filter(|cell| is_waiting(cell));
        let tickets: HashSet<u64> = tickets.map(|cell| cell.ticket).collect();
        if tickets == self.asked {
            return None;
        }
        self.asked = tickets;
        let mut waiting: Vec<(usize, SharpWish)> = (self.cells.iter().enumerate())
            .filter(|(_, cell)| is_waiting(cell))
            .filter_map(|(slot, cell)| {
                let wish = SharpWish {
                    item: cell.item.clone()?,
                    slot,
                    ticket: cell.ticket,
                };
                Some((cell.rank, wish))
            })
            .collect();
        waiting.sort_by_key(|(rank, _)| *rank);
        Some(waiting.into_iter().map(|(_, wish)| wish).collect())
    }

    /// A picture arrived. True when it is still the one that was wanted there.
    pub fn arrived(&mut self, slot: usize, ticket: u64) -> bool {
        match self.cells.get_mut(slot) {
            Some(cell) if cell.ticket == ticket => {
                self.asked.remove(&ticket);
                cell.ready = true;
                cell.item = None;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[usize]) -> impl Iterator<Item = (usize, Item)> {
        rows.iter().map(|&row| (row, Item::Row(row)))
    }

    #[test]
    fn cells_go_to_what_is_near_and_come_back() {
        let mut near = Near::new(3);
        let wishes = near.want(rows(&[7, 8, 9, 10])).unwrap();
        assert_eq!(wishes.len(), 3);
        assert!(near.ready(7).is_none());
        for wish in &wishes {
            assert!(near.arrived(wish.slot, wish.ticket));
        }
        assert!(near.ready(7).is_some());
        assert!(near.want(rows(&[7, 9])).is_none());
        let late = near.want(rows(&[9, 7, 20])).unwrap();
        assert_eq!(late.len(), 1);
        assert!(near.ready(8).is_none(), "the one not seen made room");
        assert!(near.ready(7).is_some());
        assert!(!near.arrived(late[0].slot, 1), "an old answer is no answer");
        assert!(near.want(rows(&[9, 7, 20])).is_none());
        let none = near.want(rows(&[9, 7])).unwrap();
        assert!(none.is_empty(), "what is not wanted any more is not baked");
    }

    #[test]
    fn what_is_wanted_most_is_baked_first() {
        let mut near = Near::new(4);
        near.want(rows(&[1, 2, 3])).unwrap();
        let wishes = near.want(rows(&[4, 3, 1])).unwrap();
        let order: Vec<Option<usize>> = wishes.iter().map(|wish| wish.item.row()).collect();
        assert_eq!(order, [Some(4), Some(3), Some(1)]);
    }
}
