//! The service's routes, one file a family.

mod holds;
mod items;
mod pictures;
mod refusal;
mod search;
mod staff;
mod watch;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Service;

/// All routes of the service.
pub fn routes(service: Service) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(items::page))
        .routes(routes!(items::by_ids, staff::create, staff::edit))
        .routes(routes!(items::one, staff::delete))
        .routes(routes!(staff::set_status))
        .routes(routes!(staff::restock))
        .routes(routes!(staff::ledger))
        .routes(routes!(watch::counters))
        .routes(routes!(watch::holds))
        .routes(routes!(watch::attention))
        .routes(routes!(watch::story))
        .routes(routes!(watch::records))
        .routes(routes!(search::list))
        .routes(routes!(search::filters))
        .routes(routes!(holds::quotes))
        .routes(routes!(holds::hold_batch))
        .routes(routes!(holds::settle_batch))
        .routes(routes!(holds::hold, holds::find))
        .routes(routes!(holds::settle))
        .routes(routes!(pictures::picture))
        .with_state(service)
}
