//! Did one request make one order?

use std::collections::HashMap;
use std::rc::Rc;

use anyhow::{Result, ensure};

use super::{AT_ONCE, Part, sample};
use crate::api;
use crate::book::Entry;
use crate::client::Conn;
use crate::pool;
use crate::users::answered;
use crate::workload::Run;

/// Placements sent once more under their old key.
const RESENT: usize = 200;

/// Every two keys must have two orders, and an old key its old order.
pub(super) async fn check(run: &Rc<Run>) -> Part {
    let entries = run.book.borrow().entries().to_vec();
    let chosen: Vec<Entry> =
        sample(entries.len(), RESENT, run.seed).into_iter().map(|index| entries[index]).collect();
    let mut part = Part::over(chosen.len(), entries.len());
    for order in shared(&entries) {
        part.wrong(format!("order {order} was answered to two different keys"));
    }
    let shared = run.clone();
    let resend = async move |conn: &mut Conn, entry: Entry| (entry.order, resend(conn, &shared, entry).await);
    for (order, again) in pool::each(&run.target, AT_ONCE, chosen, resend).await {
        match again {
            Ok(again) if again == order => {}
            Ok(again) => {
                part.wrong(format!("the key of order {order} was answered order {again} when resent"));
            }
            Err(error) => part.wrong(format!("the key of order {order} was not answered again: {error:#}")),
        }
    }
    part
}

/// Orders that stand in the book more than once.
fn shared(entries: &[Entry]) -> Vec<u64> {
    let mut seen: HashMap<u64, u32> = HashMap::with_capacity(entries.len());
    for entry in entries {
        *seen.entry(entry.order).or_default() += 1;
    }
    let mut shared: Vec<u64> =
        seen.into_iter().filter(|(_, times)| *times > 1).map(|(order, _)| order).collect();
    shared.sort_unstable();
    shared
}

async fn resend(conn: &mut Conn, run: &Run, entry: Entry) -> Result<u64> {
    let (uri, key) = (api::uri(&run.target, "/orders")?, run.key(entry.key)?);
    let (user, item) = (&run.users[entry.user as usize], &run.items[entry.item as usize]);
    let request = || api::post(uri.clone(), Some(&user.token), &key, item.order.clone());
    let answer = answered(conn, request).await?;
    let code = api::code(&answer.body);
    ensure!(matches!(answer.status, 200 | 201), "the server answered {} {code}", answer.status);
    api::id(&answer.body).ok_or_else(|| anyhow::anyhow!("the answer holds no id"))
}
