//! The HTTP interface of `user`, one file an endpoint family.

mod addresses;
mod own;
mod records;
mod sessions;
mod staff;
mod wallet;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Service;

/// All routes of `user`.
pub fn routes(service: Service) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(sessions::login))
        .routes(routes!(sessions::register))
        .routes(routes!(sessions::renew))
        .routes(routes!(own::me))
        .routes(routes!(own::password))
        .routes(routes!(own::entries))
        .routes(routes!(addresses::list, addresses::add))
        .routes(routes!(addresses::show, addresses::change, addresses::delete))
        .routes(routes!(addresses::of_user))
        .routes(routes!(staff::credit))
        .routes(routes!(staff::freeze))
        .routes(routes!(staff::hire))
        .routes(routes!(staff::list))
        .routes(routes!(records::records, records::note))
        .routes(routes!(records::payment))
        .routes(routes!(records::user))
        .routes(routes!(records::wallet))
        .routes(routes!(wallet::debit))
        .routes(routes!(wallet::settle))
        .routes(routes!(wallet::settle_batch))
        .routes(routes!(wallet::refund))
        .routes(routes!(wallet::refund_batch))
        .with_state(service)
}
