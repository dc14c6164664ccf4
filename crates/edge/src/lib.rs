//! The HTTP edge every service shares.
//!
//! A request passes the [`Shell`] first: it gets an id, its caller is established, its size and fate are
//! watched, and whatever error comes back is shown as one kind of problem in the caller's language. Handlers
//! then take what they need by extractors that never answer anything but a problem either: [`Caller`],
//! [`Json`], [`Write`], [`Path`], [`Query`].

mod caller;
mod extract;
mod failure;
mod forwarded;
mod onward;
mod paging;
mod proxies;
mod render;
mod shell;
pub mod testing;
mod trace;
mod write;

pub use caller::{
    Authenticator, Caller, ClientAddr, MaybeCaller, Principal, Role, ServiceCaller, Staff, StaffRead,
};
pub use extract::{Json, Path, Query, too_large};
pub use failure::Failure;
pub use forwarded::{FORWARDED_FOR, GATEWAY, GATEWAY_TOKEN, WEB};
pub use onward::{Onward, Stories};
pub use paging::Paging;
pub use proxies::{OverTls, Proxies, behind};
pub use render::Language;
pub use shell::{BODY_MAX, REQUEST_ID, RequestId, Shell, USER_INFO, refuse, watch, wrap};
pub use trace::{TRACEPARENT, Trace};
pub use write::{FingerprintKey, Write, WriteKey};

/// Runs `work` in a task of the service's own: a client that hangs up changes nothing.
pub async fn owned<T: Send + 'static>(
    work: impl Future<Output = Result<T, Failure>> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::spawn(Onward::carried(work)).await {
        Ok(outcome) => outcome,
        Err(stopped) => {
            tracing::error!(%stopped, "a use case stopped before its end");
            Err(Failure::from(api::Problem::internal()))
        }
    }
}
