//! Traces over OTLP: one order, one story.
//!
//! Everything that is done for an order already carries a W3C `traceparent`: requests and calls in a header, messages
//! in their rows and headers, an order in the first entry of its history, its pay order in a column. So a span needs
//! nothing but that text to know its parent, however many processes, restarts and hours lie between, and what is here
//! stands *around* the services: a layer before the door, wrappers around the calls between services, around the
//! handlers of messages, and around the transport. A shop without a collector is built without any of them and pays
//! for none.
//!
//! A collector that is away costs spans and nothing else: they wait in a bounded queue, and what does not fit is
//! counted and forgotten.

#[cfg(feature = "otlp")]
mod bus;
#[cfg(feature = "otlp")]
mod calls;
#[cfg(feature = "otlp")]
mod collector;
#[cfg(feature = "otlp")]
mod door;
#[cfg(feature = "otlp")]
mod on;
#[cfg(feature = "otlp")]
mod queue;
#[cfg(feature = "otlp")]
mod tracer;
#[cfg(feature = "otlp")]
mod transport;

#[cfg(not(feature = "otlp"))]
mod off;

#[cfg(not(feature = "otlp"))]
pub use off::Traces;
#[cfg(feature = "otlp")]
pub use on::Traces;
