//! New orders at a steady rate, each with the moment it was due and how long it took: for whoever wants to see what
//! something else does to them.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use http::HeaderValue;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::task::{JoinSet, LocalSet};

use crate::api;
use crate::catalogue::{self, Item};
use crate::client::{Conn, Target};
use crate::pace::Pace;
use crate::users::{self, User};
use crate::wall::Wall;

/// Buyers, shared by the clients.
const BUYERS: u32 = 8;
/// Different items, at most.
const ITEMS: usize = 1_000;

/// How steadily.
#[derive(Clone, Debug)]
pub struct SteadyArgs {
    /// Where the shop answers.
    pub url: String,
    /// Orders a second.
    pub rate: u32,
    /// Virtual clients.
    pub clients: u32,
}

/// An order that was acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When it should have been sent, since the call began.
    pub due: Duration,
    /// From then until it was acknowledged, in microseconds.
    pub latency_us: u64,
}

struct Placing {
    target: Target,
    wall: Wall,
    buyers: Vec<User>,
    items: Vec<Item>,
    pace: RefCell<Pace>,
    samples: RefCell<Vec<Sample>>,
    name: String,
}

/// Places orders until the call is `lasts` old. What was not acknowledged at the first try has no sample.
pub fn steadily(args: &SteadyArgs, lasts: Duration) -> Result<Vec<Sample>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, place(args, lasts))
}

async fn place(args: &SteadyArgs, lasts: Duration) -> Result<Vec<Sample>> {
    let begun = Wall::start();
    let target = Target::of(&args.url).await?;
    let items = catalogue::buyable(&mut Conn::new(target.clone()), ITEMS).await?;
    let name = format!("{:08x}", rand::random::<u32>());
    let buyers = users::buyers(&target, &name, BUYERS, None, || ()).await?;
    let (lead, wall) = (begun.now(), Wall::start());
    let pace = RefCell::new(Pace::new(Some(args.rate), lasts.saturating_sub(lead)));
    let placing = Placing { target, wall, buyers, items, pace, samples: RefCell::default(), name };
    let placing = Rc::new(placing);
    let mut clients = JoinSet::new();
    for number in 0..args.clients {
        clients.spawn_local(client(placing.clone(), number));
    }
    clients.join_all().await.into_iter().collect::<Result<()>>()?;
    let samples = placing.samples.take();
    Ok(samples.into_iter().map(|sample| Sample { due: sample.due + lead, ..sample }).collect())
}

async fn client(placing: Rc<Placing>, number: u32) -> Result<()> {
    let mut conn = Conn::new(placing.target.clone());
    let mut rng = StdRng::seed_from_u64(number.into());
    let uri = api::uri(&placing.target, "/orders")?;
    let buyer = &placing.buyers[number as usize % placing.buyers.len()];
    for count in 0_u64.. {
        let Some(due) = placing.pace.borrow_mut().take(placing.wall.now()) else { break };
        placing.wall.until(due).await;
        let item = &placing.items[rng.random_range(0..placing.items.len())];
        let key = HeaderValue::from_str(&format!("{}-steady-{number}-{count}", placing.name))?;
        let request = api::post(uri.clone(), Some(&buyer.token), &key, item.order.clone());
        if conn.send(request).await.is_ok_and(|answer| answer.status == 200) {
            let took = placing.wall.now().saturating_sub(due);
            let latency_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
            placing.samples.borrow_mut().push(Sample { due, latency_us });
        }
    }
    Ok(())
}
