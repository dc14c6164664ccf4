//! A shop that is sent what it should not be sent, and judged after every request.

use http::{Method, StatusCode};

use crate::access::Access;
use crate::digest::{Digest, digest};
use crate::document::Operation;
use crate::samples::Samples;
use crate::shop::{Got, Sent, World};

/// The shop while it is being mistreated, and what it held last.
pub(crate) struct Siege {
    pub(crate) world: World,
    pub(crate) samples: Samples,
    held: Digest,
}

impl Siege {
    pub(crate) async fn start() -> Self {
        let world = World::start().await;
        let samples = Samples::of(&world).await;
        let held = digest(&world.shop).await;
        Self { world, samples, held }
    }

    /// A well-formed request with a role that suffices.
    pub(crate) fn sample(&self, operation: &Operation) -> Sent {
        let sent = self.samples.sent(operation);
        match Access::of(operation).role() {
            Some(role) => sent.token(&self.world.token(role)),
            None => sent.no_token(),
        }
    }

    /// Sends it: a refusal is a problem that changed nothing. A success is for the caller to judge.
    pub(crate) async fn hit(&mut self, operation: &Operation, sent: &Sent) -> Got {
        let got = self.world.send(sent).await;
        let what = || format!("{} {} {}", operation.name(), brief(sent.path.as_bytes()), brief(&sent.body));
        assert!(!got.status.is_server_error(), "{} fails with {got:?}", what());
        let now = digest(&self.world.shop).await;
        if got.status.is_client_error() {
            assert!(got.is_problem(), "{} is refused without a problem: {got:?}", what());
        }
        let reads = operation.method() == Method::GET || operation.path == "/search/filters";
        if reads || (got.status.is_client_error() && !is_recorded(operation, &got)) {
            assert_eq!(self.held, now, "{} changed something: {got:?}", what());
        }
        self.held = now;
        got
    }

    /// Sends what can only be refused.
    pub(crate) async fn refused(&mut self, operation: &Operation, sent: &Sent) -> StatusCode {
        let got = self.hit(operation, sent).await;
        let sent = || format!("{} {}", brief(sent.path.as_bytes()), brief(&sent.body));
        assert!(got.status.is_client_error(), "{} took {}: {got:?}", operation.name(), sent());
        got.status
    }
}

/// A press of *pay* that fails was an attempt, and attempts are on record.
fn is_recorded(operation: &Operation, got: &Got) -> bool {
    let failed = [StatusCode::UNPROCESSABLE_ENTITY, StatusCode::TOO_MANY_REQUESTS];
    operation.name() == "POST /pay-orders/{id}" && failed.contains(&got.status)
}

fn brief(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().take(300).collect()
}
