//! What is shown on standard error while the tool works.

use std::rc::Rc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::stats::{Op, float};
use crate::wall::Wall;
use crate::workload::Run;

const TICK: Duration = Duration::from_millis(500);

/// A bar over `length` steps.
pub(crate) fn bar(length: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(length).with_message(what);
    let style = ProgressStyle::with_template("{msg:36} {bar:30} {pos}/{len}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// A line for a wait of unknown length.
pub(crate) fn line(what: &'static str) -> ProgressBar {
    let line = ProgressBar::new_spinner().with_message(what);
    line.enable_steady_tick(TICK);
    line
}

/// Shows how much of the time until `end` is over, for ever; the caller stops it.
pub(crate) async fn until(wall: Wall, end: Duration, what: &'static str) {
    let bar = bar(end.as_secs(), what);
    loop {
        bar.set_position(wall.now().min(end).as_secs());
        tokio::time::sleep(TICK).await;
    }
}

/// Shows how the load goes, for ever; the caller stops it.
pub(crate) async fn show(run: Rc<Run>, end: Duration) {
    let bar = bar(end.as_secs(), "warming up");
    let mut before = (run.wall.now(), 0);
    loop {
        tokio::time::sleep(TICK).await;
        let now = run.wall.now();
        let placed = run.book.borrow().entries().len() as u64;
        let rate = float(placed - before.1) / now.saturating_sub(before.0).as_secs_f64();
        before = (now, placed);
        bar.set_position(now.as_secs().min(end.as_secs()));
        bar.set_message(format!("{rate:>7.0} orders/s, p99 {}", p99(&run)));
    }
}

fn p99(run: &Run) -> String {
    let stats = run.stats.borrow();
    let latency = &stats.of(Op::Place).latency;
    if latency.is_empty() {
        return "-".to_owned();
    }
    format!("{:.1} ms", float(latency.value_at_quantile(0.99)) / 1_000.0)
}
