//! The exchanges and queues, declared where they are used: publishers and consumers make exchanges, consumers make
//! their queues, and whoever first needs a step makes the queue of that step.

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Connection, ExchangeKind};

use crate::Error;
use crate::config::{Delays, QueueKind, Settings};
use crate::error::{exists_otherwise, unknown_type};
use crate::headers::{put_integer, put_text, short};
use crate::route::Route;
use crate::shared::Shared;

const DELAYED: &str = "x-delayed-message";

/// Everything that is published to: the routes' exchanges.
pub(crate) async fn exchanges(connection: &Connection, settings: &Settings) -> Result<(), Error> {
    for route in settings.routes.values() {
        let (kind, arguments) = kind_of(route, settings.delays);
        exchange(connection, &route.exchange, kind, arguments).await?;
    }
    exchange(connection, &settings.error_exchange, ExchangeKind::Direct, FieldTable::default()).await
}

/// Everything a consumer of `route` needs: its queue, and the one of its service's dead letters.
pub(crate) async fn consumer(connection: &Connection, shared: &Shared, route: &Route) -> Result<(), Error> {
    let arguments = lasting(shared.settings.queues);
    queue(connection, shared, &route.queue, arguments.clone()).await?;
    bind(connection, &route.queue, &route.exchange, &route.routing_key).await?;
    let error_queue = route.error_queue();
    queue(connection, shared, &error_queue, arguments).await?;
    bind(connection, &error_queue, &shared.settings.error_exchange, &route.service).await
}

fn kind_of(route: &Route, delays: Delays) -> (ExchangeKind, FieldTable) {
    let mut arguments = FieldTable::default();
    if route.delayed && delays == Delays::Plugin {
        put_text(&mut arguments, "x-delayed-type", route.kind.name());
        return (ExchangeKind::Custom(DELAYED.into()), arguments);
    }
    let kind = match route.kind {
        crate::ExchangeKind::Direct => ExchangeKind::Direct,
        crate::ExchangeKind::Topic => ExchangeKind::Topic,
    };
    (kind, arguments)
}

/// The arguments of a queue that messages wait in for `step_ms` before they go on.
pub(crate) fn waiting(step_ms: i64, exchange: &str, routing_key: &str) -> FieldTable {
    let mut arguments = FieldTable::default();
    put_text(&mut arguments, "x-queue-type", "quorum");
    put_integer(&mut arguments, "x-message-ttl", step_ms);
    put_text(&mut arguments, "x-dead-letter-exchange", exchange);
    put_text(&mut arguments, "x-dead-letter-routing-key", routing_key);
    put_text(&mut arguments, "x-dead-letter-strategy", "at-least-once");
    put_text(&mut arguments, "x-overflow", "reject-publish");
    arguments
}

/// The arguments of a queue that keeps what it got. Newer brokers drop a message after twenty returns unless told
/// otherwise, and an absent database can cause more than that.
fn lasting(kind: QueueKind) -> FieldTable {
    let mut arguments = FieldTable::default();
    if kind == QueueKind::Quorum {
        put_text(&mut arguments, "x-queue-type", "quorum");
        arguments.insert("x-delivery-limit".into(), AMQPValue::LongInt(i32::MAX));
    }
    arguments
}

/// Declares a durable queue. One that exists with other arguments is used as it is, with one warning. Each attempt
/// has a channel of its own, because a refusal closes the channel.
pub(crate) async fn queue(
    connection: &Connection,
    shared: &Shared,
    name: &str,
    arguments: FieldTable,
) -> Result<(), Error> {
    let channel = connection.create_channel().await?;
    let declared = channel.queue_declare(short(name), QueueDeclareOptions::durable(), arguments).await;
    match declared {
        Ok(_) => Ok(()),
        Err(error) if exists_otherwise(&error) => {
            if shared.first_warning(name) {
                tracing::warn!(queue = name, %error, "a queue exists with other arguments; it is used as it is");
            }
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

async fn exchange(
    connection: &Connection,
    name: &str,
    kind: ExchangeKind,
    arguments: FieldTable,
) -> Result<(), Error> {
    let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    let channel = connection.create_channel().await?;
    let declared = channel.exchange_declare(short(name), kind.clone(), options, arguments).await;
    declared.map_err(|error| match &kind {
        ExchangeKind::Custom(_) if unknown_type(&error) => Error::NoDelayPlugin,
        _ if exists_otherwise(&error) => Error::ExchangeDiffers {
            exchange: name.into(),
            kind: format!("{kind:?}").to_lowercase(),
            answer: error.to_string(),
        },
        _ => error.into(),
    })
}

async fn bind(connection: &Connection, queue: &str, exchange: &str, key: &str) -> Result<(), Error> {
    let channel = connection.create_channel().await?;
    let options = QueueBindOptions::default();
    Ok(channel.queue_bind(short(queue), short(exchange), short(key), options, FieldTable::default()).await?)
}

/// Declares an exchange of the plugin's type and removes it again.
pub(crate) async fn probe(connection: &Connection, prefix: &str) -> Result<(), Error> {
    let name = format!("{prefix}sandglass.probe.{DELAYED}");
    let mut arguments = FieldTable::default();
    put_text(&mut arguments, "x-delayed-type", "direct");
    exchange(connection, &name, ExchangeKind::Custom(DELAYED.into()), arguments).await?;
    let channel = connection.create_channel().await?;
    Ok(channel.exchange_delete(short(&name), lapin::options::ExchangeDeleteOptions::default()).await?)
}
