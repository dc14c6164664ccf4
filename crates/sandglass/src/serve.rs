//! Listening sockets.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;

/// Connections waiting to be accepted: a burst of buyers must not be turned away by the kernel.
const BACKLOG: u32 = 1_024;

/// Binds `address`; one sentence says why not.
pub fn bind(address: SocketAddr, key: &str) -> Result<TcpListener> {
    let bind = || -> std::io::Result<TcpListener> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    bind().with_context(|| {
        format!(
            "cannot listen on {address}: is another program using the port? Give another one with `{key}`"
        )
    })
}

/// Serves `router` until `stop`; then lets the requests inside finish.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> Result<()> {
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was refused; answers may come a little later");
        }
    });
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(async move { stop.cancelled().await })
        .await
        .context("the server stopped")
}
