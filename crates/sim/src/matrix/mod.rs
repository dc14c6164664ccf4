//! The crash matrix: every step of every act, and everything that can go wrong at it, one at a time.
//!
//! # The idea
//!
//! An *act* is what people want of a shop: to place an order, to pay, to cancel, to get money back; and what the shop
//! owes by itself: to close at the deadline, to settle the stock. Its *steps* are not listed by hand. The act is played
//! once in good weather, and every point that a process passes meanwhile is written down: commits, calls to other
//! services, messages handed over, requests served. For each step the act is then played anew in which just this step goes wrong
//! in one way ([`Deed`]); whoever ended comes back on its data, the clock goes on, and the shop must come to rest with
//! the right end.
//!
//! # Judgement
//!
//! At rest the auditor finds nothing wrong, without any leniency; no message, duty or call is left. The order has an end
//! that its act may have, its stock was returned or sold once, the buyer's wallet holds what it must. What was
//! lost arrives now, what came twice comes a third time, and nothing may come of it. Then the client asks again, with the
//! same keys: it is answered the same, and there is still only one order.
//!
//! # Engines
//!
//! The same over the embedded engine and over a real PostgreSQL. There a process that ends has its connections cut
//! by the server, and is started again over the same schemas.

mod cell;
mod client;
mod director;
mod look;
mod people;
mod play;
mod sheet;
mod verdict;
mod world;

use std::sync::Arc;

use delay::{Message, Verdict};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

pub use self::director::{Deed, Step};
pub use self::sheet::{Cell, Matrix, Row, Sheet, rows_of};
pub use self::world::{Engine, run};

pub(crate) use self::director::Director;

use crate::net::Work;
use crate::place::Place;
use crate::shop::Running;
use crate::town::Town;

/// For how long a process is gone, in milliseconds.
pub(crate) const DOWN_MS: i64 = 2_000;

/// Something that came to a place, to be done there once more.
pub(crate) type Copy = Arc<dyn Fn(Arc<Town>) -> BoxFuture<'static, ()> + Send + Sync>;

/// Does `work` with whatever process runs at `place`, unless none does or it ends over it.
async fn at<T>(town: &Town, place: Place, work: impl FnOnce(&Running) -> BoxFuture<'static, T>) {
    let Some((life, running)) = town.running(place) else { return };
    tokio::select! {
        biased;
        _ = work(&running) => {}
        () = life.over.cancelled() => {}
    }
}

/// A call's work at `to`: noted when it arrives there, and done once more or only when all is over if `deed` says so.
pub(crate) fn copied<T: 'static>(
    town: &Arc<Town>,
    to: Place,
    work: Arc<Work<T>>,
    deed: Option<Deed>,
) -> Arc<Work<T>> {
    if town.director(|_| ()).is_none() {
        return work;
    }
    let copy: Copy = {
        let work = work.clone();
        Arc::new(move |town| {
            let work = work.clone();
            async move { at(&town, to, |running| work(running)).await }.boxed()
        })
    };
    match deed {
        Some(Deed::Repeat) => town.repeat(&copy),
        Some(Deed::Lose) => town.put_off(copy.clone()),
        _ => {}
    }
    let town = town.clone();
    Arc::new(move |running| {
        town.director(|director| director.arrived(to, copy.clone()));
        work(running)
    })
}

/// The handing over of `batch` to the handler at `place`.
pub(crate) fn handed_over(town: &Arc<Town>, place: Place, batch: &[Message]) -> Copy {
    let batch: Arc<[Message]> = batch.into();
    let copy: Copy = Arc::new(move |town| {
        let batch = batch.clone();
        async move {
            let Some(topic) = batch.first().map(|message| message.topic.code) else { return };
            let work = |running: &Running| {
                let handler = running.handlers.of(topic);
                async move {
                    match handler {
                        Some(handler) => handler.handle(&batch).await,
                        None => Vec::<Verdict>::new(),
                    }
                }
                .boxed()
            };
            at(&town, place, work).await;
        }
        .boxed()
    });
    town.director(|director| director.arrived(place, copy.clone()));
    copy
}
