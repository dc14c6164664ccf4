//! Categories, or brands: each a name with the items that bear it.

use std::collections::BTreeMap;
use std::sync::Arc;

use roaring::RoaringBitmap;

#[derive(Default)]
pub(super) struct Labels {
    by_name: BTreeMap<Arc<str>, u32>,
    made: Vec<Label>,
    /// Labels that nothing bears any more, to be used again.
    free: Vec<u32>,
}

struct Label {
    name: Arc<str>,
    items: RoaringBitmap,
}

impl Labels {
    /// Adds an item under `name`; answers the label.
    pub(super) fn add(&mut self, name: &str, number: u32) -> u32 {
        let label = self.by_name.get(name).copied().unwrap_or_else(|| self.make(name));
        self.made[label as usize].items.insert(number);
        label
    }

    /// Takes an item from under `label`.
    pub(super) fn remove(&mut self, label: u32, number: u32) {
        let Label { name, items } = &mut self.made[label as usize];
        items.remove(number);
        if items.is_empty() {
            self.by_name.remove(name);
            self.free.push(label);
        }
    }

    /// The items under `name`, if there are any.
    pub(super) fn items(&self, name: &str) -> Option<&RoaringBitmap> {
        self.by_name.get(name).map(|label| &self.made[*label as usize].items)
    }

    pub(super) fn name(&self, label: u32) -> &str {
        &self.made[label as usize].name
    }

    /// The names of all labels that something bears, in their order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(|name| &**name)
    }

    fn make(&mut self, name: &str) -> u32 {
        let made = Label { name: name.into(), items: RoaringBitmap::new() };
        let name = made.name.clone();
        let label = if let Some(free) = self.free.pop() {
            self.made[free as usize] = made;
            free
        } else {
            self.made.push(made);
            u32::try_from(self.made.len() - 1).expect("there are no more labels than items")
        };
        self.by_name.insert(name, label);
        label
    }
}
