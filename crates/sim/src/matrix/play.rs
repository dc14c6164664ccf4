//! The acts, as they are played.

use std::sync::Arc;

use clock::SECOND;
use model::{AddressId, ItemId, OrderId, PayOrderId, UserId};
use serde_json::Value;

use super::client::{Reply, Request};
use super::look;
use super::people::{self, Scene};
use crate::place::Place;
use crate::town::Town;

/// An act of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Play {
    /// A buyer places an order.
    Place,
    /// A buyer pays one.
    Pay,
    /// A buyer pays one, and for a while nothing comes back from the wallet.
    Doubt,
    /// An order that nobody applied to pay is closed at its deadline.
    Close,
    /// A buyer cancels an order, having applied to pay it.
    Cancel,
    /// Staff gives the money of a paid order back.
    Refund,
}

/// What is known of the order that an act is about.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Known {
    order: Option<OrderId>,
    pay_order: Option<PayOrderId>,
}

/// What a client asked, and was answered.
pub(super) type Told = Vec<(&'static str, Option<Reply>)>;

/// A client at work.
struct Client<'t> {
    town: &'t Arc<Town>,
    insists: bool,
    told: Told,
}

impl Client<'_> {
    async fn ask(&mut self, request: &Request) -> Option<Reply> {
        let reply =
            if self.insists { request.insist(self.town).await } else { request.send(self.town).await };
        self.told.push((request.name, reply.clone()));
        reply.filter(|reply| reply.status == 200)
    }
}

/// How long the wallet cannot be heard, in milliseconds: longer than `pay` waits for it.
const DOUBT_MS: i64 = 4 * SECOND;
/// After so long, in milliseconds, nothing of an act is under way any more that does not wait for a time.
pub(super) const QUIET_MS: i64 = 3 * SECOND;

impl Play {
    /// Each.
    pub(super) const ALL: [Play; 6] =
        [Play::Place, Play::Pay, Play::Doubt, Play::Close, Play::Cancel, Play::Refund];

    /// What it is called, and what the settling of its stock is called.
    pub(super) fn titles(self) -> (&'static str, &'static str) {
        match self {
            Play::Place => ("place", "settle stock: released after a failed placement"),
            Play::Pay => ("pay", "settle stock: sold"),
            Play::Doubt => ("pay, the wallet silent", "settle stock: sold after a silent wallet"),
            Play::Close => ("close at the deadline", "settle stock: released at the deadline"),
            Play::Cancel => ("close by the buyer", "settle stock: released by the buyer"),
            Play::Refund => ("refund", "settle stock: returned"),
        }
    }

    /// Whether all that comes of it by itself belongs to it; otherwise only what comes at once.
    pub(super) fn lasts(self) -> bool {
        self != Play::Place
    }

    /// Brings everything about before the act begins, in good weather; or says what was answered otherwise.
    pub(super) async fn prepare(self, town: &Arc<Town>, number: usize) -> Result<(Scene, Known), String> {
        let scene = move_in(town, number).await?;
        let mut known = Known::default();
        if self == Play::Place {
            town.clock.after(QUIET_MS).await;
            return Ok((scene, known));
        }
        let order = OrderId(id(&done(town, &scene.place()).await?)?);
        known.order = Some(order);
        if matches!(self, Play::Cancel | Play::Refund) {
            known.pay_order = Some(PayOrderId(id(&done(town, &scene.apply(order)).await?)?));
        }
        if let Some(pay_order) = known.pay_order.filter(|_| self == Play::Refund) {
            done(town, &scene.press(pay_order)).await?;
            look::rest(town).await?;
        } else {
            town.clock.after(QUIET_MS).await;
        }
        Ok((scene, known))
    }

    /// Plays it; answers what the client was told.
    pub(super) async fn perform(self, town: &Arc<Town>, scene: &Scene, known: Known, insists: bool) -> Told {
        let mut client = Client { town, insists, told: Told::new() };
        match (self, known.order) {
            (Play::Place, _) => {
                client.ask(&scene.place()).await;
            }
            (Play::Pay | Play::Doubt, Some(order)) => self.pay(&mut client, scene, order).await,
            (Play::Cancel, Some(order)) => {
                client.ask(&scene.cancel(order)).await;
            }
            (Play::Refund, Some(order)) => {
                client.ask(&scene.refund(order)).await;
            }
            (Play::Close, _) | (_, None) => {}
        }
        client.told
    }

    async fn pay(self, client: &mut Client<'_>, scene: &Scene, order: OrderId) {
        let applied = client.ask(&scene.apply(order)).await;
        let Some(id) = applied.and_then(|reply| id(&reply.body).ok()) else { return };
        if self == Play::Doubt {
            let (town, clock) = (client.town.clone(), client.town.clock.clone());
            town.cut(Place::User, Place::Pay, true);
            client.town.spawn(async move {
                clock.after(DOUBT_MS).await;
                town.cut(Place::User, Place::Pay, false);
            });
        }
        client.ask(&scene.press(PayOrderId(id))).await;
    }
}

/// A buyer with money, an address and a full cart, and the item they want.
async fn move_in(town: &Arc<Town>, number: usize) -> Result<Scene, String> {
    let item = ItemId(id(&done(town, &people::shelve(number)).await?)?);
    let registered = done(town, &people::register(number)).await?;
    let buyer = UserId(id(&registered["userId"])?);
    done(town, &people::credit(buyer)).await?;
    let address = AddressId(id(&done(town, &people::settle_down(buyer)).await?)?);
    let scene = Scene { number, buyer, item, address };
    done(town, &scene.choose()).await?;
    Ok(scene)
}

/// What a request that succeeds is answered.
async fn done(town: &Arc<Town>, request: &Request) -> Result<Value, String> {
    match request.insist(town).await {
        Some(Reply { status: 200..300, body }) => Ok(body),
        other => Err(format!("{} was answered {other:?} in good weather", request.name)),
    }
}

/// An id, as a number or as a text.
fn id(body: &Value) -> Result<u64, String> {
    let text = body.as_str().and_then(|text| text.parse().ok());
    body.as_u64().or(text).ok_or_else(|| format!("{body} is no id"))
}
