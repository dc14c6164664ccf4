//! Connections, with lapin's own recovery off: the supervised loop starts everything anew instead.

use clock::Clock;
use lapin::uri::AMQPUri;
use lapin::{Connection, ConnectionProperties};

use crate::Error;
use crate::limits::{CLOSE_WAIT_MS, CONNECT_WAIT_MS};
use crate::time::within;

pub(crate) async fn open(address: &AMQPUri, name: &str, clock: &dyn Clock) -> Result<Connection, Error> {
    let properties = ConnectionProperties::default().with_connection_name(name.into());
    let connecting = Connection::connect_uri(address.clone(), properties);
    Ok(within(clock, CONNECT_WAIT_MS, "connect", connecting).await??)
}

/// Says goodbye; a broker that does not answer is left alone.
pub(crate) async fn close(connection: &Connection, clock: &dyn Clock) {
    let closing = connection.close(200, "OK".into());
    if let Err(error) = within(clock, CLOSE_WAIT_MS, "close", closing).await {
        tracing::debug!(%error, "a connection to RabbitMQ was left without goodbye");
    }
}
