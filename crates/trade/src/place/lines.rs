//! The lines of an order, as `item` quotes them.

use api::calls::Quote;
use model::{Cents, ItemId};
use mutants::Mutant;

use super::Refused;
use crate::store::Line;

/// What all lines cost together; `None` if that does not fit.
pub(super) fn total(lines: &[Line]) -> Option<Cents> {
    let num = |line: &Line| if mutants::on(Mutant::TotalWithoutQuantity) { 1 } else { line.num };
    let sums = lines.iter().map(|line| line.price.times(num(line)));
    sums.collect::<Option<Vec<_>>>().and_then(Cents::sum)
}

/// One line at its price now, or why there is none.
pub(super) fn line(quote: Option<&Quote>, item_id: ItemId, num: u32) -> Result<Line, Refused> {
    const ON_SALE: u8 = 1;
    const DELETED: u8 = 3;
    let quote = quote.filter(|quote| quote.status != DELETED).ok_or(Refused::UnknownItem { item_id })?;
    if quote.status != ON_SALE {
        return Err(Refused::OffSale { item_id, name: quote.name.clone() });
    }
    Ok(Line {
        item_id,
        num,
        name: quote.name.clone(),
        price: quote.price,
        image: quote.image.clone(),
        spec: quote.spec.clone(),
        version: quote.version,
    })
}

/// The first line with the item that a refusal names.
pub(super) fn line_of(refused: &Refused, lines: &[Line]) -> Option<usize> {
    let (Refused::UnknownItem { item_id } | Refused::OffSale { item_id, .. }) = refused else { return None };
    lines.iter().position(|line| line.item_id == *item_id)
}
