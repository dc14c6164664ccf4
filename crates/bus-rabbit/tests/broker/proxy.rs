//! A TCP proxy that cuts its connections on command.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Stands between a bus and the broker.
pub(crate) struct Proxy {
    address: SocketAddr,
    /// Which generation of connections may live; 0 is none.
    generation: Arc<watch::Sender<u64>>,
}

impl Proxy {
    /// A proxy to `target`; it lets nobody through until it is opened.
    pub(crate) async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let generation = Arc::new(watch::Sender::new(0));
        tokio::spawn(accept(listener, target, generation.clone()));
        Self { address, generation }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Lets new connections through.
    pub(crate) fn open(&self) {
        self.generation.send_replace(1);
    }

    /// Cuts all there are, and lets new ones through.
    pub(crate) fn cut(&self) {
        self.generation.send_modify(|generation| *generation += 1);
    }
}

async fn accept(listener: TcpListener, target: SocketAddr, generation: Arc<watch::Sender<u64>>) {
    while let Ok((near, _)) = listener.accept().await {
        let generations = generation.subscribe();
        if *generations.borrow() > 0 {
            tokio::spawn(forward(near, target, generations));
        }
    }
}

async fn forward(mut near: TcpStream, target: SocketAddr, mut generations: watch::Receiver<u64>) {
    let own = *generations.borrow();
    let Ok(mut far) = TcpStream::connect(target).await else { return };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
        _ = generations.wait_for(|generation| *generation != own) => {}
    }
}
