//! Items beside their ledger, line by line.

use model::ItemId;

use super::orders::PromisedByItem;
use super::{reports, tallies};
use crate::checks::movements::{LINE_MOVES_ONCE, LineLook};
use crate::checks::stock::{Counters, OF_ITEMS, StockView};
use crate::facts::{LedgerFact, LedgerKey};
use crate::report::CheckReport;
use crate::source::{Result, Source};
use crate::stream::{Stream, key};
use crate::tally::Tally;

/// How many entries one line can have in a world whose ledger is not a runaway: the rest are not looked at
/// as one line, which is a violation anyway.
const LINE_MAX: usize = 64;

type Ledger<'s> = Stream<'s, LedgerKey, LedgerFact>;

/// Judges every item, and every line in the ledger.
pub(crate) fn stock(source: &dyn Source, promised: &PromisedByItem) -> Result<Vec<CheckReport>> {
    let mut items = Stream::new("item", key::item, |after, limit| source.items(after, limit));
    let mut ledger: Ledger<'_> =
        Stream::new("ledger", key::ledger, |after, limit| source.ledger(after, limit));
    let mut held = promised.iter().peekable();
    let mut checks = tallies(OF_ITEMS);
    let mut lines = Tally::of(&LINE_MOVES_ONCE);
    loop {
        let heads = [items.peek()?, ledger.peek()?.map(|key| key.item), held.peek().map(|(id, _)| **id)];
        let Some(id) = heads.into_iter().flatten().min() else { break };
        let item = items.take(&id)?;
        let promised = held.next_if(|(item, _)| **item == id).map(|(_, sum)| *sum).unwrap_or_default();
        let view = StockView { item, ledger: walk(&mut ledger, id, &mut lines)?, promised };
        for check in &mut checks {
            let finding = (check.look)(&view);
            check.note(finding, || format!("item {id}"));
        }
    }
    let mut found = reports(checks);
    found.push(lines.into_report());
    Ok(found)
}

/// Sums up one item's ledger and judges its lines on the way.
fn walk(ledger: &mut Ledger<'_>, item: ItemId, lines: &mut Tally<LineLook>) -> Result<Counters> {
    let mut sums = Counters::default();
    while let Some(first) = ledger.take_if(|key| key.item == item)? {
        let line = rest_of_line(ledger, first)?;
        for entry in &line {
            sums.follow(entry);
        }
        let LedgerKey { reference, line: number, .. } = first.key;
        let finding = (lines.look)(&line);
        lines.note(finding, || format!("order {reference} line {number} item {item}"));
    }
    Ok(sums)
}

fn rest_of_line(ledger: &mut Ledger<'_>, first: LedgerFact) -> Result<Vec<LedgerFact>> {
    let place = |key: &LedgerKey| (key.item, key.reference, key.line);
    let mut line = vec![first];
    while line.len() < LINE_MAX
        && let Some(entry) = ledger.take_if(|key| place(key) == place(&first.key))?
    {
        line.push(entry);
    }
    Ok(line)
}
