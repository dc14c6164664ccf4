//! Which orders only the sweep closed: in good weather none, and what a wiped broker had held.

use std::ops::Range;
use std::time::Duration;

use super::faults::World;
use crate::Result;
use crate::wall::Wall;

/// The code of the sweep among those who ask for an order to be closed.
const SWEEP: u8 = 2;

/// The database's clock against ours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    /// What the database called the start of the wall, in epoch milliseconds.
    start_ms: i64,
}

/// When the sweep asked for orders to be closed, from the wall's start on.
#[derive(Clone, Debug, Default)]
pub(super) struct Swept(Vec<Duration>);

impl Origin {
    /// Asks the database what time it is.
    pub(super) fn of(world: &World, wall: Wall) -> Result<Self> {
        let now = "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint";
        let answer = world.postgres.sql(&world.cluster.layout.database(), now)?;
        let now_ms: i64 =
            answer.trim().parse().map_err(|_| format!("the database says it is `{answer}` o'clock"))?;
        Ok(Self { start_ms: now_ms - i64::try_from(wall.elapsed().as_millis()).unwrap_or(0) })
    }
}

impl Swept {
    /// All there are in the shop's rows.
    pub(super) fn since(origin: Origin, world: &World) -> Result<Self> {
        let asked = format!("SELECT ask_at FROM trade.trade_orders WHERE ask_actor = {SWEEP}");
        let answer = world.postgres.sql(&world.cluster.layout.database(), &asked)?;
        let from_start = |line: &str| Some(line.trim().parse::<i64>().ok()? - origin.start_ms);
        let span = |ms: i64| Duration::from_millis(u64::try_from(ms).unwrap_or(0));
        Ok(Self(answer.lines().filter_map(from_start).map(span).collect()))
    }

    /// How many fell into this span.
    pub(super) fn within(&self, span: &Range<Duration>) -> usize {
        self.0.iter().filter(|at| span.contains(at)).count()
    }
}

#[cfg(test)]
impl Swept {
    pub(super) fn at_seconds(seconds: &[u64]) -> Self {
        Self(seconds.iter().copied().map(Duration::from_secs).collect())
    }
}
