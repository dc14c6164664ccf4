//! More orders than a shop can take: first as many as it answers, then several times that by the clock.
//!
//! An order is offered once. A client that is turned away does not come back with it, so that what is offered is what
//! was asked for, and every refusal is counted with the time it took.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Result, ensure};
use http::HeaderValue;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::task::{JoinSet, LocalSet};

use crate::api;
use crate::catalogue::{self, Item};
use crate::client::{Answer, Conn, Target};
use crate::pace::Pace;
use crate::stats::float;
use crate::users::{self, User};
use crate::wall::Wall;

/// Buyers, shared by the clients.
const BUYERS: u32 = 8;
/// Different items, at most.
const ITEMS: usize = 1_000;
/// How long a client of the closed loop stays away where the shop does not say.
const AWAY: Duration = Duration::from_millis(250);

/// How much is offered to whom.
#[derive(Clone, Debug)]
pub struct OverloadArgs {
    /// Where the shop answers.
    pub url: String,
    /// Clients of the closed loop, which finds the maximum.
    pub clients: u32,
    /// Clients of the open loop: more than can be waiting for an answer at once.
    pub crowd: u32,
    /// How many times the maximum is offered.
    pub times: f64,
    /// How long the closed loop runs before it is measured.
    pub warmup: Duration,
    /// How long each of the loops is measured.
    pub lasts: Duration,
}

/// What came of it. All times are since the call began.
#[derive(Clone, Debug)]
pub struct Overloaded {
    /// The closed loop, measured.
    pub usual: Loop,
    /// The open loop.
    pub crowded: Loop,
    /// Orders a second that the open loop was to offer.
    pub rate: u32,
    /// Of those, how many no client was free to send.
    pub never_sent: u64,
    /// Every order that was acknowledged, whenever.
    pub acknowledged: Vec<u64>,
}

/// One loop.
#[derive(Clone, Debug)]
pub struct Loop {
    /// When it was measured.
    pub within: Range<Duration>,
    /// Every order that was offered and came to an end in that time.
    pub tries: Vec<Try>,
}

/// An order that was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Try {
    /// When the answer was there, or none was to be hoped for.
    pub ended: Duration,
    /// From sending it until then, in microseconds.
    pub took_us: u64,
    /// What the shop said.
    pub said: Said,
}

/// What a shop said to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It is placed, under this id.
    Placed(u64),
    /// It is to come back: 429 or 503.
    Later {
        /// Whether it said when.
        when: bool,
    },
    /// Anything else.
    Other(u16),
    /// Nothing that could be understood, or nothing in time.
    Nothing,
}

impl Said {
    fn of(answer: &Answer) -> Self {
        match (answer.status, api::id(&answer.body)) {
            (200 | 201, Some(id)) => Said::Placed(id),
            (429 | 503, _) => Said::Later { when: answer.retry_after.is_some() },
            (status, _) => Said::Other(status),
        }
    }
}

impl Loop {
    /// Tries of which `picked` holds, a second.
    pub fn per_second(&self, picked: impl Fn(Said) -> bool) -> f64 {
        float(self.count(picked)) / self.within.end.saturating_sub(self.within.start).as_secs_f64()
    }

    /// How many tries there were of which `picked` holds.
    pub fn count(&self, picked: impl Fn(Said) -> bool) -> u64 {
        self.tries.iter().filter(|one| picked(one.said)).count() as u64
    }

    /// How long those took of which `picked` holds, in microseconds, ascending.
    pub fn took_us(&self, picked: impl Fn(Said) -> bool) -> Vec<u64> {
        let mut took: Vec<u64> =
            self.tries.iter().filter(|one| picked(one.said)).map(|one| one.took_us).collect();
        took.sort_unstable();
        took
    }
}

/// Finds the maximum, then offers several times as much.
pub fn overload(args: &OverloadArgs) -> Result<Overloaded> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, both(args))
}

async fn both(args: &OverloadArgs) -> Result<Overloaded> {
    let begun = Wall::start();
    let target = Target::of(&args.url).await?;
    let items = catalogue::buyable(&mut Conn::new(target.clone()), ITEMS).await?;
    let name = format!("{:08x}", rand::random::<u32>());
    let buyers = users::buyers(&target, &name, BUYERS, None, || ()).await?;
    let crowd = Rc::new(Crowd { target, begun, buyers, items, name });

    let from = crowd.begun.now() + args.warmup;
    let (all, _) = crowd.offer("usual", args.clients, None, args.warmup + args.lasts).await?;
    let mut acknowledged = placed(&all);
    let usual = Loop::of(all, from..from + args.lasts);
    let rate = rate(&usual, args.times);
    ensure!(rate > 0, "the shop placed nothing, so there is nothing to offer several times of");

    let from = crowd.begun.now();
    let (all, never_sent) = crowd.offer("crowded", args.crowd, Some(rate), args.lasts).await?;
    acknowledged.extend(placed(&all));
    let crowded = Loop::of(all, from..from + args.lasts);
    Ok(Overloaded { usual, crowded, rate, never_sent, acknowledged })
}

fn placed(tries: &[Try]) -> Vec<u64> {
    let id = |one: &Try| if let Said::Placed(id) = one.said { Some(id) } else { None };
    tries.iter().filter_map(id).collect()
}

/// `times` as many as were placed a second.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive rate far below what a u32 holds"
)]
fn rate(usual: &Loop, times: f64) -> u32 {
    (usual.per_second(|said| matches!(said, Said::Placed(_))) * times).round() as u32
}

impl Loop {
    fn of(all: Vec<Try>, within: Range<Duration>) -> Self {
        Self { tries: all.into_iter().filter(|one| within.contains(&one.ended)).collect(), within }
    }
}

/// Who buys what where.
struct Crowd {
    target: Target,
    begun: Wall,
    buyers: Vec<User>,
    items: Vec<Item>,
    name: String,
}

/// What the clients of one loop share.
struct Offering {
    crowd: Rc<Crowd>,
    wall: Wall,
    /// When `wall` started.
    lead: Duration,
    name: &'static str,
    open: bool,
    pace: RefCell<Pace>,
    tries: RefCell<Vec<Try>>,
}

impl Crowd {
    /// Has `clients` offer orders, `rate` a second or as they are answered; answers how each ended, and how many nobody
    /// was free to send.
    async fn offer(
        self: &Rc<Self>,
        name: &'static str,
        clients: u32,
        rate: Option<u32>,
        lasts: Duration,
    ) -> Result<(Vec<Try>, u64)> {
        let offering = Rc::new(Offering {
            crowd: self.clone(),
            lead: self.begun.now(),
            wall: Wall::start(),
            name,
            open: rate.is_some(),
            pace: RefCell::new(Pace::new(rate, lasts)),
            tries: RefCell::default(),
        });
        let mut running = JoinSet::new();
        for number in 0..clients {
            running.spawn_local(offering.clone().client(number));
        }
        running.join_all().await.into_iter().collect::<Result<()>>()?;
        let missed = offering.pace.borrow().missed();
        Ok((offering.tries.take(), missed))
    }
}

impl Offering {
    async fn client(self: Rc<Self>, number: u32) -> Result<()> {
        let crowd = &self.crowd;
        let mut conn = Conn::new(crowd.target.clone());
        let mut rng = StdRng::seed_from_u64(number.into());
        let uri = api::uri(&crowd.target, "/orders")?;
        let buyer = &crowd.buyers[number as usize % crowd.buyers.len()];
        for count in 0_u64.. {
            let Some(due) = self.due() else { break };
            self.wall.until(due).await;
            let item = &crowd.items[rng.random_range(0..crowd.items.len())];
            let key = HeaderValue::from_str(&format!("{}-{}-{number}-{count}", crowd.name, self.name))?;
            let request = api::post(uri.clone(), Some(&buyer.token), &key, item.order.clone());
            let sent = self.wall.now();
            let answer = conn.send(request).await;
            self.note(sent, answer.as_ref().map_or(Said::Nothing, Said::of));
            let back = answer.map_or(AWAY, |answer| answer.retry_after.unwrap_or_default());
            if !self.open && !back.is_zero() {
                tokio::time::sleep(back).await;
            }
        }
        Ok(())
    }

    fn due(&self) -> Option<Duration> {
        self.pace.borrow_mut().take(self.wall.now())
    }

    fn note(&self, sent: Duration, said: Said) {
        let now = self.wall.now();
        let took_us = u64::try_from(now.saturating_sub(sent).as_micros()).unwrap_or(u64::MAX);
        self.tries.borrow_mut().push(Try { ended: self.lead + now, took_us, said });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn tried(ended_ms: u64, said: Said) -> Try {
        Try { ended: ms(ended_ms), took_us: ended_ms, said }
    }

    #[test]
    fn only_what_ends_while_it_is_measured_counts() {
        let all = vec![
            tried(999, Said::Placed(1)),
            tried(1_000, Said::Placed(2)),
            tried(2_999, Said::Later { when: true }),
            tried(3_000, Said::Placed(3)),
        ];
        assert_eq!(placed(&all), [1, 2, 3], "but what was acknowledged is remembered");
        let measured = Loop::of(all, ms(1_000)..ms(3_000));
        assert_eq!(measured.tries.len(), 2);
        assert_eq!(rate(&measured, 4.0), 2, "one in two seconds, four times");
        assert_eq!(measured.took_us(|said| matches!(said, Said::Later { .. })), [2_999]);
    }

    #[test]
    fn what_is_no_order_is_no_placement() {
        let answer = |status, body: &'static str| Answer {
            status,
            retry_after: None,
            body: bytes::Bytes::from_static(body.as_bytes()),
        };
        assert_eq!(Said::of(&answer(200, "\"7\"")), Said::Placed(7));
        assert_eq!(Said::of(&answer(200, "{}")), Said::Other(200));
        assert_eq!(Said::of(&answer(503, "")), Said::Later { when: false });
        assert_eq!(Said::of(&answer(409, "")), Said::Other(409));
    }
}
