//! `sandglass up`: open, listen, say so, run until told to stop.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use auth::password::Password;
use clock::{Clock, SystemClock};
use rand::Rng;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::ops::operator::InProcess;
use crate::ops::{self, Ops};
use crate::serve::{bind, serve};
use crate::shop::Shop;
use crate::traces::Traces;
use crate::{demo_data, secrets};

/// How long requests and batches inside may take to finish after a stop was asked for.
const DRAIN: Duration = Duration::from_secs(8);

/// Runs the shop until SIGTERM or Ctrl-C.
pub async fn up(config: Config) -> Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let door_listener = bind(config.listen, "--listen")?;
    let ops_listener = bind(config.ops_listen, "--ops-listen")?;
    let mut rng = system_rng();
    let traces = Traces::start(&config, "sandglass", &mut rng)?;
    let shop = Arc::new(Shop::open_traced(config, clock, &mut rng, traces.clone()).await?);
    let staff_password = seed(&shop, &mut rng).await?;

    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let files = ops::token::Files::of_owner(&shop.config.data);
    let token = files
        .create(ops_listener.local_addr()?, shop.config.ops_token()?, |secret| rng.fill_bytes(secret))?;
    let address = door_listener.local_addr()?;
    shop.start(&tasks, &stop);
    tasks.spawn(listen(door_listener, shop.door(), stop.clone()));
    let operator = ops::routes(Ops::new(shop.clone(), token.clone())?);
    if let Some(web) = &shop.web {
        web.connect(Arc::new(InProcess::new(operator.clone(), token)));
    }
    tasks.spawn(listen(ops_listener, operator, stop.clone()));
    announce(address, Found { pages: true, interface: true }, staff_password.as_deref());

    stop_asked().await?;
    drain(&tasks, &stop).await;
    traces.finish().await;
    files.remove();
    Ok(())
}

/// Tells everything inside to end, and waits for it, bounded.
pub(crate) async fn drain(tasks: &TaskTracker, stop: &CancellationToken) {
    tracing::info!("stopping: finishing what is inside");
    stop.cancel();
    tasks.close();
    if tokio::time::timeout(DRAIN, tasks.wait()).await.is_err() {
        tracing::warn!(
            "some work was still inside after {DRAIN:?}; it goes on from the data at the next start"
        );
    }
}

/// Serves until `stop`.
pub(crate) async fn listen(listener: tokio::net::TcpListener, router: axum::Router, stop: CancellationToken) {
    if let Err(error) = serve(listener, router, stop).await {
        tracing::error!(%error, "a listener stopped");
    }
}

/// Fills an empty shop if so configured; answers the staff user's password if that user is new.
async fn seed(shop: &Shop, rng: &mut impl rand::CryptoRng) -> Result<Option<String>> {
    if !shop.config.demo {
        return Ok(None);
    }
    let mut bytes = [0; 9];
    rng.fill_bytes(&mut bytes);
    let password = secrets::hex(&bytes);
    let seeded = shop.users()?.seed_demo(Password::new(password.clone())).await;
    let seeded = seeded.map_err(|error| anyhow::anyhow!("the demo users cannot be made: {error:?}"))?;
    demo_data::fill(shop).await?;
    Ok(seeded.staff.map(|_| password))
}

/// What is found where a process listens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// The pages.
    pub(crate) pages: bool,
    /// The description of the interface.
    pub(crate) interface: bool,
}

/// The first line says where; programs that start us wait for it. A reader that has seen enough and closed
/// the pipe does not stop the shop.
pub(crate) fn announce(address: std::net::SocketAddr, found: Found, staff_password: Option<&str>) {
    let password = staff_password
        .map(|password| format!("  staff user       admin, password {password} (shown only now)\n"));
    let line = |there: bool, what: &str, path: &str| {
        if there { format!("  {what:<17}http://{address}{path}\n") } else { String::new() }
    };
    let lines = [
        format!("listening on http://{address}\n"),
        line(found.pages, "shop", "/shop"),
        line(found.pages, "console", "/console"),
        line(found.interface, "API description", "/docs"),
        password.unwrap_or_default(),
    ];
    let mut out = std::io::stdout().lock();
    let _ = lines.iter().try_for_each(|line| out.write_all(line.as_bytes()).and_then(|()| out.flush()));
}

/// Returns when the process is asked to stop.
pub(crate) async fn stop_asked() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted.context("Ctrl-C cannot be heard"),
    }
}

/// Randomness seeded by the operating system.
pub fn system_rng() -> impl rand::CryptoRng + Send {
    rand::make_rng::<rand::rngs::StdRng>()
}
