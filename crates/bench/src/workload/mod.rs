//! The virtual clients. Each places an order, perhaps pays it, writes down what was acknowledged, and goes
//! on until the run is over.

mod tries;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use http::{HeaderValue, Uri};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::task::JoinSet;

use crate::api;
use crate::book::{Book, Entry, Fate, Key};
use crate::catalogue::Item;
use crate::client::{Conn, Target};
use crate::pace::Pace;
use crate::stats::{Op, Stats};
use crate::users::User;
use crate::wall::Wall;

pub(crate) use tries::Final;

/// What a run works with, and what it writes into.
#[derive(Debug)]
pub(crate) struct Run {
    /// Tells this run's names and keys from those of others.
    pub(crate) name: String,
    pub(crate) target: Target,
    pub(crate) wall: Wall,
    pub(crate) users: Vec<User>,
    pub(crate) items: Vec<Item>,
    /// Of a hundred orders, how many are paid.
    pub(crate) paid_of_hundred: u8,
    pub(crate) seed: u64,
    pub(crate) pace: RefCell<Pace>,
    pub(crate) stats: RefCell<Stats>,
    pub(crate) book: RefCell<Book>,
}

impl Run {
    /// The idempotency key of a placement, as it is sent.
    pub(crate) fn key(&self, key: Key) -> Result<HeaderValue> {
        self.key_for("place", key)
    }

    fn key_for(&self, what: &str, Key { client, number }: Key) -> Result<HeaderValue> {
        let text = format!("{}-{what}-{client}-{number}", self.name);
        Ok(HeaderValue::from_maybe_shared(Bytes::from(text))?)
    }
}

/// Runs `clients` until the pace says that the run is over and every answer is in.
pub(crate) async fn work(run: &Rc<Run>, clients: u32) -> Result<()> {
    let mut running = JoinSet::new();
    for number in 0..clients {
        running.spawn_local(Client::new(run.clone(), number)?.work());
    }
    running.join_all().await.into_iter().collect()
}

struct Client {
    run: Rc<Run>,
    conn: Conn,
    number: u32,
    user: usize,
    keys: u32,
    rng: StdRng,
    orders: Uri,
    pay_orders: Uri,
}

impl Client {
    fn new(run: Rc<Run>, number: u32) -> Result<Self> {
        Ok(Self {
            conn: Conn::new(run.target.clone()),
            number,
            user: number as usize % run.users.len(),
            keys: 0,
            rng: StdRng::seed_from_u64(run.seed ^ (u64::from(number) << 32)),
            orders: api::uri(&run.target, "/orders")?,
            pay_orders: api::uri(&run.target, "/pay-orders")?,
            run,
        })
    }

    async fn work(mut self) -> Result<()> {
        while let Some(due) = self.due() {
            self.run.wall.until(due).await;
            self.order(due).await?;
        }
        Ok(())
    }

    fn due(&self) -> Option<Duration> {
        self.run.pace.borrow_mut().take(self.run.wall.now())
    }

    /// One order from its placement as far as this client takes it.
    async fn order(&mut self, due: Duration) -> Result<()> {
        let key = Key { client: self.number, number: self.keys };
        self.keys += 1;
        let item = self.rng.random_range(0..self.run.items.len());
        let pays = self.rng.random_range(0..100) < self.run.paid_of_hundred;
        let order = match self.place(item, key, due).await? {
            Final::Done(order) => order,
            Final::Refused => return Ok(()),
            Final::Unknown => {
                self.run.book.borrow_mut().doubtful_placements += 1;
                return Ok(());
            }
        };
        let fate = if pays { self.pay(order, item, key).await? } else { Fate::Left };
        let (user, item) = (u32::try_from(self.user)?, u32::try_from(item)?);
        self.run.book.borrow_mut().record(Entry { order, user, item, key, fate });
        Ok(())
    }

    async fn place(&mut self, item: usize, key: Key, due: Duration) -> Result<Final> {
        let key = self.run.key(key)?;
        let run = self.run.clone();
        let (uri, token, body) = (&self.orders, &run.users[self.user].token, &run.items[item].order);
        let request = || api::post(uri.clone(), Some(token), &key, body.clone());
        Ok(tries::until_final(&mut self.conn, &run, Op::Place, due, request).await)
    }

    /// Applies to pay, then presses pay.
    async fn pay(&mut self, order: u64, item: usize, key: Key) -> Result<Fate> {
        Ok(match self.apply(order, item, key).await? {
            Final::Done(pay_order) => match self.press(pay_order, key).await? {
                Final::Done(_) => Fate::Paid,
                Final::Refused => Fate::Left,
                Final::Unknown => Fate::Doubtful,
            },
            // A pay order nobody presses changes nothing: the order must still time out.
            Final::Refused | Final::Unknown => Fate::Left,
        })
    }

    async fn apply(&mut self, order: u64, item: usize, key: Key) -> Result<Final> {
        let run = self.run.clone();
        let amount = run.items[item].price;
        let body = Bytes::from(format!(
            r#"{{"bizOrderNo":"{order}","amount":{amount},"payChannelCode":"balance","payType":5,"orderInfo":""}}"#
        ));
        let (key, start) = (run.key_for("apply", key)?, run.wall.now());
        let (uri, token) = (&self.pay_orders, &run.users[self.user].token);
        let request = || api::post(uri.clone(), Some(token), &key, body.clone());
        Ok(tries::until_final(&mut self.conn, &run, Op::Apply, start, request).await)
    }

    async fn press(&mut self, pay_order: u64, key: Key) -> Result<Final> {
        let run = self.run.clone();
        let user = &run.users[self.user];
        let body = Bytes::from(format!(r#"{{"pw":"{}"}}"#, user.password));
        let uri = api::uri(&run.target, &format!("/pay-orders/{pay_order}"))?;
        let (key, start) = (run.key_for("pay", key)?, run.wall.now());
        let request = || api::post(uri.clone(), Some(&user.token), &key, body.clone());
        Ok(tries::until_final(&mut self.conn, &run, Op::Pay, start, request).await)
    }
}
