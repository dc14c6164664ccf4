//! The OpenAPI description, put together from the services' handlers.

use axum::Router;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::{Components, Info, OpenApi};
use utoipa_axum::router::OpenApiRouter;

const ABOUT: &str = "Sandglass: every order reaches its right end. Ids are JSON strings (numbers are accepted), \
money is an integer in cents, times are RFC 3339 with offset and milliseconds. Every error is a problem body \
(RFC 9457) with a stable `code` and a sentence `msg`. Writes take an `Idempotency-Key`.";

/// The services' routes and their description.
pub fn describe(services: Vec<OpenApiRouter>) -> (Router, OpenApi) {
    let all = services.into_iter().fold(OpenApiRouter::new(), OpenApiRouter::merge);
    let (routes, mut document) = all.split_for_parts();
    document.info = Info::new("Sandglass", env!("CARGO_PKG_VERSION"));
    document.info.description = Some(ABOUT.into());
    (routes, document)
}

/// Adds how to authenticate: the token in the `authorization` header, with or without `Bearer `.
#[must_use]
pub fn with_security(mut document: OpenApi) -> OpenApi {
    let token = ApiKeyValue::with_description("authorization", "The token, with or without `Bearer `.");
    let components = document.components.get_or_insert_with(Components::default);
    components.add_security_scheme("token", SecurityScheme::ApiKey(ApiKey::Header(token)));
    document
}
