//! `cargo xtask upgrade`: every process of some roles is replaced by a new one while orders pour in, and no request
//! may fail. Between buyers and gateways stands a load balancer, as it does in earnest.

mod door;
mod message;

use std::process::ExitCode;
use std::time::Duration;

use crate::cluster::config::{GATEWAY, Replica, SERVICES, Settings};
use crate::cluster::{Cluster, mode};
use crate::load::{self, Load, Verdict, Wanted};
use crate::options::Options;
use crate::programs::Build;
use crate::wall::{self, Wall};
use crate::{Result, http};
use door::Door;

/// The shop this chore makes for itself.
const SHOP: &str = "upgrade";
const RATE: u32 = 100;
const ROLES: &str = "trade,gateway";
const WINDOW: &str = "10s";
const CLIENTS: u32 = 128;
/// The load's time: before and after, and what each replica takes to be replaced.
const AROUND: Duration = Duration::from_secs(20);
const EACH: Duration = Duration::from_secs(10);
/// What the shop gets to itself between two replacements: longer than a caller leaves a replica alone that did not
/// answer, so that every caller knows the successor before the next replica goes.
const BETWEEN: Duration = Duration::from_secs(10);
/// How long it may take until the load's orders come in.
const FIRST_ORDERS: Duration = Duration::from_mins(3);
const STEP: Duration = Duration::from_millis(500);

/// Does it; exit code 1 if a request failed or the load's verdict is not clean.
pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    let options = Options::parse(args, &["rate", "mode", "roles"], &["debug"])?;
    let roles = roles(options.value("roles").unwrap_or(ROLES))?;
    let rate = options.number("rate")?.unwrap_or(RATE);
    let settings = Settings {
        mode: mode(&options)?,
        window: WINDOW.to_owned(),
        chaos: false,
        demo: false,
        build: Build::chosen(options.flag("debug")),
        fresh: true,
        beside: &[],
        more: &[],
    };
    let cluster = Cluster::up(SHOP, &settings)?;
    let outcome = with(&cluster, &roles, rate);
    let stopped = cluster.down();
    let verdict = outcome?;
    print!("{}", summary(&verdict));
    if stopped && verdict.clean && verdict.failed() == 0 {
        crate::cluster::wipe(&cluster.layout)?;
        return Ok(ExitCode::SUCCESS);
    }
    println!("the shop is left as it is: {}", cluster.layout.dir().display());
    Ok(ExitCode::from(1))
}

/// The roles named in `list`.
fn roles(list: &str) -> Result<Vec<String>> {
    let known = |name: &str| SERVICES.contains(&name) || name == GATEWAY;
    let role =
        |name: &str| known(name).then(|| name.to_owned()).ok_or_else(|| format!("there is no role `{name}`"));
    list.split(',').map(|name| role(name.trim())).collect()
}

fn with(cluster: &Cluster, roles: &[String], rate: u32) -> Result<Verdict> {
    load::stock(cluster)?;
    let door = Door::open(cluster.of(GATEWAY).iter().map(Replica::address).collect())?;
    let replicas: Vec<Replica> = roles.iter().flat_map(|role| cluster.of(role)).collect();
    let each = u32::try_from(replicas.len()).unwrap_or(u32::MAX);
    let seconds = (AROUND + (EACH + BETWEEN) * each).as_secs();
    println!("{rate} orders/s for {seconds} s through {}", door.url());
    let mut load = Load::start(cluster, &Wanted { url: door.url(), rate, seconds, clients: CLIENTS })?;
    if !wall::wait_for(FIRST_ORDERS, STEP, || Ok(load.is_over() || has_orders(cluster)))? || load.is_over() {
        return Err("no orders came in; see the load's log and those of the gateways".to_owned());
    }
    let wall = Wall::start();
    for replica in &replicas {
        wall::pause(BETWEEN);
        let from = wall.elapsed();
        replace(cluster, &door, replica)?;
        let took = wall.elapsed().saturating_sub(from).as_millis();
        println!("+{:>4} s  {} replaced within {took} ms", from.as_secs(), replica.name());
    }
    if load.is_over() {
        return Err("the load was over before the last process was replaced; use fewer --roles".to_owned());
    }
    println!("all are replaced; waiting for the load's end and its verdict");
    load.verdict()
}

/// One process ends when it has finished what is inside; its successor listens at the same address.
fn replace(cluster: &Cluster, door: &Door, replica: &Replica) -> Result<()> {
    let at_the_door = replica.role == GATEWAY;
    if at_the_door {
        door.take_out(replica.address())?;
    }
    cluster.stop(replica)?;
    let successor = std::slice::from_ref(replica);
    cluster.start(successor)?;
    cluster.wait_ready(successor)?;
    if at_the_door {
        door.put_back(replica.address());
    }
    Ok(())
}

/// Whether the trade service has orders, by its own metrics.
fn has_orders(cluster: &Cluster) -> bool {
    let metrics =
        cluster.of("trade").into_iter().filter_map(|trade| http::get(trade.ops_address(), "/metrics"));
    metrics.into_iter().any(|answer| counts_orders(&answer.body))
}

fn counts_orders(metrics: &str) -> bool {
    let counted = metrics.lines().filter(|line| line.starts_with("sandglass_orders{"));
    counted.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).any(|count| count > 0.0)
}

fn summary(verdict: &Verdict) -> String {
    let mut lines = vec![
        format!("orders           {}", verdict.orders),
        format!("failed requests  {}", verdict.failed()),
        format!("lost {}, doubled {}, wallets {}", verdict.lost, verdict.doubled, verdict.wallets),
    ];
    lines.extend(
        verdict.failures().map(|(operation, outcome, count)| format!("✘ {operation}: {outcome}: {count}")),
    );
    if !verdict.clean {
        lines.extend(verdict.told.iter().map(|sentence| format!("✘ {sentence}")));
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_named_apart_by_commas() {
        assert_eq!(roles("trade, gateway").unwrap(), ["trade", "gateway"]);
        assert_eq!(roles("trade,door").unwrap_err(), "there is no role `door`");
    }

    #[test]
    fn orders_are_seen_in_the_metrics() {
        assert!(counts_orders("sandglass_orders{state=\"paid\"} 0\nsandglass_orders{state=\"unpaid\"} 3"));
        assert!(!counts_orders("sandglass_orders{state=\"paid\"} 0\nsandglass_other 3"));
    }

    #[test]
    fn a_failed_request_is_told() {
        let outcomes = vec![("pay".to_owned(), "connection broken".to_owned(), 2)];
        let told = summary(&Verdict { clean: true, outcomes, ..Verdict::default() });
        assert!(
            told.contains("failed requests  2\n") && told.contains("✘ pay: connection broken: 2\n"),
            "{told}"
        );
    }
}
