//! The way to the operators' ports, for whoever shows staff what goes on inside the processes.

use api::calls::Answer;
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};

/// The processes of a shop as an operator asks them. A request names a path of the operator's port and carries no
/// token: whoever brings it there knows that.
#[async_trait]
pub trait Operator: Send + Sync + 'static {
    /// The names of the processes that can be asked now, in order; `shop` where one process is everything.
    async fn processes(&self) -> Vec<String>;

    /// What the process of this name answers. Its refusals are answers too.
    async fn ask(&self, process: &str, request: Request<Bytes>) -> Answer<Response<Bytes>>;
}
