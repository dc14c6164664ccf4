//! A client: a request, sent once or until it is answered for good.

use std::sync::Arc;

use clock::SECOND;
use edge::Principal;
use edge::testing::{Sent, call};
use futures_util::FutureExt;
use http::Method;
use serde_json::Value;

use super::{Copy, Deed};
use crate::life::Life;
use crate::place::{Act, Place, Side};
use crate::shop::Running;
use crate::town::Town;

/// How long a client waits, in milliseconds.
const PATIENCE_MS: i64 = 8 * SECOND;
/// How often a client that insists asks, and how long it waits in between, in milliseconds.
const TRIES: u32 = 12;
const AGAIN_MS: i64 = 3 * SECOND;

/// A request.
#[derive(Clone, Debug)]
pub(super) struct Request {
    /// What it is called in the table.
    pub(super) name: &'static str,
    pub(super) to: Place,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) key: Option<String>,
    pub(super) body: Option<Value>,
    pub(super) who: Option<Principal>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Reply {
    /// Whether it says how things are, and not only that they are not known yet.
    pub(super) fn is_final(&self) -> bool {
        !matches!(self.status, 202 | 429 | 503)
    }
}

impl Request {
    /// Sends it and waits a while; `None` is no answer.
    pub(super) async fn send(&self, town: &Arc<Town>) -> Option<Reply> {
        let (life, running) = town.running(self.to)?;
        let hang_up = town.director(|director| director.wait(true)).unwrap_or_default();
        let serving = self.clone().served(life.clone(), running);
        let clock = town.clock.clone();
        // In a task of its own, as a server has one for each connection; it ends with the connection.
        let connection = tokio::spawn(async move {
            tokio::select! {
                biased;
                () = hang_up.cancelled() => None,
                () = life.over.cancelled() => None,
                reply = serving => reply,
                () = clock.after(PATIENCE_MS) => None,
            }
        });
        let reply = connection.await;
        town.director(|director| director.wait(false));
        let reply = reply.unwrap_or_else(|stopped| {
            town.fail(&format!("{} stopped: {stopped}", self.name), &[]);
            None
        });
        town.note("reply", &[], || format!("{}: {reply:?}", self.name));
        if let Some(reply) = reply.as_ref().filter(|reply| reply.status >= 500 && reply.status != 503) {
            town.fail(&format!("{} was answered {}: {}", self.name, reply.status, reply.body), &[]);
        }
        reply
    }

    /// Sends it, with the same key, until it is answered for good.
    pub(super) async fn insist(&self, town: &Arc<Town>) -> Option<Reply> {
        let mut last = None;
        for _ in 0..TRIES {
            last = self.send(town).await;
            if last.as_ref().is_some_and(Reply::is_final) {
                break;
            }
            town.clock.after(AGAIN_MS).await;
        }
        last
    }

    async fn served(self, life: Arc<Life>, running: Running) -> Option<Reply> {
        let (town, place, act) = (life.town.clone(), self.to, Act::Serve(self.name));
        let copy = self.clone().copy();
        let deed = life.pass(act, Side::Before).await;
        match deed {
            Some(Deed::Repeat) => town.repeat(&copy),
            Some(Deed::Lose) => {
                town.put_off(copy);
                return None;
            }
            _ => {}
        }
        town.director(|director| director.arrived(place, copy));
        let reply = self.visit(&running).await;
        life.pass(act, Side::After).await;
        Some(reply)
    }

    fn copy(self) -> Copy {
        Arc::new(move |town| {
            let request = self.clone();
            async move {
                let work = |running: &Running| {
                    let (request, running) = (request.clone(), running.clone());
                    async move { request.visit(&running).await }.boxed()
                };
                super::at(&town, request.to, work).await;
            }
            .boxed()
        })
    }

    async fn visit(&self, running: &Running) -> Reply {
        let sent = Sent {
            method: self.method.clone(),
            path: &self.path,
            caller: self.who.clone(),
            key: self.key.as_deref(),
            body: self.body.clone(),
        };
        let (status, body) = call(&running.door, sent).await;
        Reply { status: status.as_u16(), body }
    }
}
