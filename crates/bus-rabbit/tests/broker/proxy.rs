//! A TCP proxy that cuts its connections on command, and can speak for the broker.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, watch};

/// `connection.blocked` with the reason "test", and `connection.unblocked`, as frames.
const BLOCKED: &[u8] = &[1, 0, 0, 0, 0, 0, 9, 0, 10, 0, 60, 4, b't', b'e', b's', b't', 0xCE];
const UNBLOCKED: &[u8] = &[1, 0, 0, 0, 0, 0, 4, 0, 10, 0, 61, 0xCE];

/// Stands between a bus and the broker.
pub(crate) struct Proxy {
    address: SocketAddr,
    switches: Arc<Switches>,
}

struct Switches {
    /// Which generation of connections may live; 0 is none.
    generation: watch::Sender<u64>,
    /// Whether the broker is kept from being heard.
    silent: watch::Sender<bool>,
    /// What is said to the first connection, the one that publishes.
    say: broadcast::Sender<&'static [u8]>,
}

impl Proxy {
    /// A proxy to `target`; it lets nobody through until it is opened.
    pub(crate) async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let switches = Arc::new(Switches {
            generation: watch::Sender::new(0),
            silent: watch::Sender::new(false),
            say: broadcast::Sender::new(4),
        });
        tokio::spawn(accept(listener, target, switches.clone()));
        Self { address, switches }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Lets new connections through.
    pub(crate) fn open(&self) {
        self.switches.generation.send_replace(1);
    }

    /// Cuts all there are, and lets new ones through.
    pub(crate) fn cut(&self) {
        self.switches.generation.send_modify(|generation| *generation += 1);
    }

    /// Keeps the broker from being heard, or lets it be heard again.
    pub(crate) fn silence(&self, silent: bool) {
        self.switches.silent.send_replace(silent);
    }

    /// Has the broker ask for a pause in publishing. Only while the connection is quiet.
    pub(crate) fn block(&self) {
        self.switches.say.send(BLOCKED).unwrap();
    }

    /// Has the broker end the pause.
    pub(crate) fn unblock(&self) {
        self.switches.say.send(UNBLOCKED).unwrap();
    }
}

async fn accept(listener: TcpListener, target: SocketAddr, switches: Arc<Switches>) {
    while let Ok((near, _)) = listener.accept().await {
        let own = *switches.generation.borrow();
        if own > 0 {
            let heard = (switches.say.receiver_count() == 0).then(|| switches.say.subscribe());
            tokio::spawn(forward(near, target, switches.clone(), own, heard));
        }
    }
}

async fn forward(
    near: TcpStream,
    target: SocketAddr,
    switches: Arc<Switches>,
    own: u64,
    heard: Option<broadcast::Receiver<&'static [u8]>>,
) {
    let Ok(far) = TcpStream::connect(target).await else { return };
    let ((mut near_in, near_out), (far_in, mut far_out)) = (near.into_split(), far.into_split());
    let (mut generations, silent) = (switches.generation.subscribe(), switches.silent.subscribe());
    tokio::select! {
        _ = copy(&mut near_in, &mut far_out) => {}
        _ = back(far_in, near_out, silent, heard) => {}
        _ = generations.wait_for(|generation| *generation != own) => {}
    }
}

/// What the broker says, and what is said in its name.
async fn back(
    mut far: OwnedReadHalf,
    mut near: OwnedWriteHalf,
    mut silent: watch::Receiver<bool>,
    mut heard: Option<broadcast::Receiver<&'static [u8]>>,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let said = async {
            match &mut heard {
                Some(heard) => heard.recv().await.unwrap_or_default(),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            read = far.read(&mut buffer) => match read? {
                0 => return Ok(()),
                _ if silent.wait_for(|silent| !*silent).await.is_err() => return Ok(()),
                count => near.write_all(&buffer[..count]).await?,
            },
            said = said => near.write_all(said).await?,
        }
    }
}
