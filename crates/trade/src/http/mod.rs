//! The HTTP interface of `trade`, one file an endpoint family.

mod bodies;
mod buyer;
mod notice;
mod placing;
mod problems;
mod services;
mod staff;
mod standings;
mod timeline;
mod watch;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Service;

/// All routes of `trade`.
pub fn routes(service: Service) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(placing::place, buyer::list))
        .routes(routes!(buyer::show, notice::mark_paid))
        .routes(routes!(buyer::cancel))
        .routes(routes!(buyer::receive))
        .routes(routes!(buyer::review))
        .routes(routes!(timeline::timeline))
        .routes(routes!(services::payable))
        .routes(routes!(services::owner))
        .routes(routes!(services::fates))
        .routes(routes!(standings::standings))
        .routes(routes!(staff::list))
        .routes(routes!(watch::health))
        .routes(routes!(watch::attention))
        .routes(routes!(watch::deadlines))
        .routes(routes!(watch::records))
        .routes(routes!(staff::ship))
        .routes(routes!(staff::close))
        .routes(routes!(staff::extend))
        .routes(routes!(staff::ask))
        .routes(routes!(staff::refund))
        .with_state(service)
}
