//! Where the cases are played, and how their orders' timelines are told while they happen.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use http::Method;
use serde_json::{Value, json};

use super::Buyer;
use super::cases::Case;
use crate::ops::client::Client;

/// How often a timeline is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// The longest wait for an end, in looks.
const LOOKS_MAX: u32 = 1_200;
/// An item with a single piece, made for the case of the last one.
pub(super) const LAST_PIECE: &str = "990001";

/// The people and things of the cases.
pub(super) struct Stage {
    pub(super) jack: Buyer,
    pub(super) rose: Buyer,
    pub(super) item: String,
    pub(super) ops: Option<Client>,
    switches: bool,
}

impl Stage {
    pub(super) async fn new(url: &str, ops: Option<Client>) -> Result<Self> {
        let jack = Buyer::login(url, "jack").await?;
        let rose = Buyer::login(url, "rose").await?;
        let found = jack.call(Method::GET, "/search/list?pageSize=1&sortBy=price&isAsc=true", None).await?;
        let found = found.ok("the catalogue")?;
        let item =
            found["list"][0]["id"].as_str().context("the catalogue is empty; start with --demo")?.to_owned();
        let switches = match &ops {
            Some(ops) => ops.call(Method::GET, "/chaos", None).await.is_ok(),
            None => false,
        };
        Ok(Self { jack, rose, item, ops, switches })
    }

    /// What this stage lacks to play `case`.
    pub(super) fn missing_for(&self, case: &Case) -> Option<&'static str> {
        match (&self.ops, self.switches) {
            (None, _) if case.needs_ops => Some("needs the operator's port; give the instance's --data"),
            (_, false) if case.needs_switches => {
                Some("needs the fault switches; start the instance with --chaos")
            }
            _ => None,
        }
    }

    /// Sets a fault switch.
    pub(super) async fn switch(&self, name: &str, on: bool) -> Result<()> {
        let ops = self.ops.as_ref().context("there is no operator's port")?;
        say(&format!("fault switch {name}: {}", if on { "on" } else { "off" }));
        ops.call(Method::PUT, "/chaos", Some(json!({ name: on }))).await.map(drop)
    }

    /// Makes the item of which there is one.
    pub(super) async fn last_piece(&self) -> Result<()> {
        let ops = self.ops.as_ref().context("there is no operator's port")?;
        let row = json!({
            "id": LAST_PIECE, "name": "孤品 Last of its kind", "price": 5_000, "stock": 1, "image": "/pictures/box.svg",
            "category": "演示 Demo", "brand": "沙漏 Sandglass", "spec": null, "status": 1,
        });
        let path = "/import?format=jsonl&setStock=true";
        let done =
            ops.send(Method::POST, path, "application/octet-stream", format!("{row}\n").into()).await?;
        ensure!(done["rejected"] != true, "the demo's own item was rejected: {}", done["bad"]);
        Ok(())
    }

    /// Tells `order`'s timeline from here on until it has come to `status` and its stock is settled.
    pub(super) async fn tell(&self, buyer: &Buyer, order: &str, status: i64) -> Result<()> {
        let mut told = Told::default();
        for _ in 0..LOOKS_MAX {
            let timeline = self.timeline(buyer, order, &mut told).await?;
            if timeline["status"] == status && told.settled {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        bail!("order {order} has not come to its end in time")
    }

    /// Tells what is new in the timeline of `order`.
    pub(super) async fn timeline(&self, buyer: &Buyer, order: &str, told: &mut Told) -> Result<Value> {
        let timeline =
            buyer.call(Method::GET, &format!("/orders/{order}/timeline"), None).await?.ok("the timeline")?;
        let entries = timeline["entries"].as_array().cloned().unwrap_or_default();
        for entry in entries.iter().skip(told.entries) {
            let text = |name: &str| entry[name].as_str().unwrap_or("").to_owned();
            say(&format!("{}  {:<14} by {}", clock_of(&text("at")), text("event"), text("actor")));
            told.settled |= text("event") == "stockSettled";
        }
        told.entries = entries.len();
        Ok(timeline)
    }

    /// Waits until the deadline of `order` is over.
    pub(super) async fn past_deadline(&self, buyer: &Buyer, order: &str) -> Result<()> {
        for _ in 0..LOOKS_MAX {
            let seen = buyer.call(Method::GET, &format!("/orders/{order}"), None).await?.ok("the order")?;
            let time = |name: &str| serde_json::from_value::<api::Time>(seen[name].clone());
            if time("now")? > time("deadline")? {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        bail!("the deadline of order {order} is too far away to wait for; use a shorter --payment-window")
    }
}

/// How much of a timeline was told already.
#[derive(Default)]
pub(super) struct Told {
    entries: usize,
    settled: bool,
}

/// The time of day within an RFC 3339 text.
fn clock_of(at: &str) -> &str {
    at.get(11..23).unwrap_or(at)
}

/// Prints one line of the story.
#[expect(clippy::print_stdout, reason = "the command line's promised output")]
pub(super) fn say(line: &str) {
    println!("  {line}");
}
