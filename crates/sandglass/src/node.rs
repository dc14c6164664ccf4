//! `sandglass serve`: some roles of a shop that is kept in PostgreSQL, as a process among others.

use std::sync::Arc;

use anyhow::{Result, ensure};
use auth::password::Password;
use axum::Router;
use clock::{Clock, SystemClock};
use rand::Rng;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{Config, Wrong};
use crate::ops::operator::Ports;
use crate::ops::{self, Ops};
use crate::serve::bind;
use crate::shop::cluster::{self, Calls};
use crate::shop::{Role, Shop, Storage};
use crate::traces::Traces;
use crate::up::{Found, announce, drain, listen, stop_asked, system_rng};
use crate::{demo_data, secrets};

/// Runs `roles` until SIGTERM or Ctrl-C.
pub async fn serve(config: Config, roles: &[Role]) -> Result<()> {
    check(&config, roles)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let door_listener = bind(config.listen, "--listen")?;
    let ops_listener = bind(config.ops_listen, "--ops-listen")?;
    let mut rng = system_rng();
    cluster::bring_up_to_date(&config, roles).await?;
    cluster::check_keeping(&config, roles).await?;
    let traces = Traces::start(&config, &format!("sandglass-{}", joined(roles)), &mut rng)?;
    let parts = (clock, traces.clone());
    let shop = Arc::new(cluster::open_traced(config, roles, Calls::Remote, parts, &mut rng).await?);
    let staff_password = seed(&shop, &mut rng).await?;

    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let files = ops::token::Files::of_process(&shop.config.data, &name(roles));
    let token = files
        .create(ops_listener.local_addr()?, shop.config.ops_token()?, |secret| rng.fill_bytes(secret))?;
    let address = door_listener.local_addr()?;
    let door = door(&shop, roles)?;
    if let Some(web) = &shop.web {
        web.connect(Arc::new(Ports::of(&shop.config)?));
    }
    shop.start(&tasks, &stop);
    tasks.spawn(listen(door_listener, door, stop.clone()));
    tasks.spawn(listen(ops_listener, ops::routes(Ops::new(shop.clone(), token)?), stop.clone()));
    let pages = roles == [Role::Web];
    announce(address, Found { pages, interface: !pages }, staff_password.as_deref());

    stop_asked().await?;
    drain(&tasks, &stop).await;
    traces.finish().await;
    files.remove();
    Ok(())
}

fn check(config: &Config, roles: &[Role]) -> Result<()> {
    if !config.is_cluster() {
        let sentence = "configuration: `database` is empty; say where PostgreSQL is, or use `sandglass up`";
        return Err(Wrong(sentence.into()).into());
    }
    for alone in [Role::Gateway, Role::Web] {
        ensure!(
            !(roles.contains(&alone) && roles.len() > 1),
            "`{}` is a process of its own; start the others beside it",
            alone.name()
        );
    }
    Ok(())
}

fn door(shop: &Shop, roles: &[Role]) -> Result<Router> {
    match roles {
        [Role::Gateway] => shop.forwarding_door(),
        [Role::Web] => Ok(shop.door_of_pages()?),
        _ => Ok(shop.door()),
    }
}

/// What the process is called among its operator's files.
fn name(roles: &[Role]) -> String {
    format!("{}-{}", joined(roles), std::process::id())
}

fn joined(roles: &[Role]) -> String {
    roles.iter().map(|role| role.name()).collect::<Vec<_>>().join("-")
}

/// Fills an empty shop, each service its own part; answers the staff user's password if that user is new.
async fn seed(shop: &Shop, rng: &mut impl rand::CryptoRng) -> Result<Option<String>> {
    if !shop.config.demo {
        return Ok(None);
    }
    let Storage::Schemas(schemas) = &shop.storage else { return Ok(None) };
    if let Some(db) = schemas.get(&Role::Item) {
        db.alone("catalogue", demo_data::fill(shop)).await??;
    }
    let (Some(users), Some(db)) = (&shop.services.user, schemas.get(&Role::User)) else { return Ok(None) };
    let mut bytes = [0; 9];
    rng.fill_bytes(&mut bytes);
    let password = secrets::hex(&bytes);
    let seeded = db.alone("people", users.seed_demo(Password::new(password.clone()))).await?;
    let seeded = seeded.map_err(|error| anyhow::anyhow!("the demo users cannot be made: {error:?}"))?;
    Ok(seeded.staff.map(|_| password))
}
