//! The payment service's HTTP interface.

mod apply;
mod body;
mod notices;
mod press;
mod problems;
mod read;
mod returned;
mod services;
mod watch;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Service;

/// All routes of the service.
pub fn routes(service: Service) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(apply::apply, read::list))
        .routes(routes!(press::press))
        .routes(routes!(notices::notice))
        .routes(routes!(read::of_order))
        .routes(routes!(watch::health))
        .routes(routes!(watch::attention))
        .routes(routes!(watch::story))
        .routes(routes!(services::close))
        .routes(routes!(services::close_batch))
        .routes(routes!(services::refund))
        .routes(routes!(services::refund_batch))
        .routes(routes!(services::status_batch))
        .with_state(service)
}
