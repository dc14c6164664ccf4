//! Telling the shop.

use clock::SECOND;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use remote::{Outgoing, Repeat};
use tokio_util::sync::CancellationToken;

use super::Provider;
use crate::sign::Signed;
use crate::wire::NoticeBody;

/// How often it is looked whether a notice is due, in milliseconds.
const LOOK_MS: i64 = SECOND / 4;

impl Provider {
    /// Tells what is due until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            self.tell_due().await;
            let next = self.inner.clock.now() + LOOK_MS;
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = self.inner.clock.sleep_until(next) => {}
            }
        }
    }

    /// Tells everything that is due now, once; what is not acknowledged will be due again.
    pub async fn tell_due(&self) {
        let due = self.inner.book.lock().take_due(self.inner.clock.now());
        for one in due {
            if !self.tell(&one.notice).await {
                self.inner.book.lock().tell_again(one, self.inner.clock.now());
            }
        }
    }

    /// Whether the shop has acknowledged it.
    async fn tell(&self, notice: &NoticeBody) -> bool {
        let (at, path) = (self.inner.clock.now(), self.inner.notices.clone());
        let Ok(body) = serde_json::to_vec(notice) else { return true };
        let nonce = self.inner.ids.next(at).to_string();
        let signed = Signed { method: Method::POST.as_str(), path: &path, at, nonce: &nonce, body: &body };
        let mut headers = self.inner.key.headers(signed);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let (method, body) = (Method::POST, body.into());
        let outgoing = Outgoing { method, target: path, headers, body, repeat: Repeat::Unsent };
        match self.inner.shop.fetch(&outgoing).await {
            Ok((status, _)) if status.is_success() => true,
            Ok((status, _)) => {
                tracing::warn!(%status, id = %notice.id, event = ?notice.event, "the shop does not acknowledge a notice");
                false
            }
            Err(error) => {
                tracing::warn!(%error, id = %notice.id, event = ?notice.event, "a notice did not arrive");
                false
            }
        }
    }
}
