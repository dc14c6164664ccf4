//! Who calls: established once by the shell, demanded by handlers.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use api::{Kind, Problem};
use axum::extract::{ConnectInfo, FromRequestParts};
use clock::Ms;
use http::request::Parts;
use model::UserId;

use crate::Failure;

/// What a caller may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Buys.
    Buyer,
    /// Operates the shop.
    Staff,
    /// Looks, but changes nothing.
    StaffRead,
    /// Another service of ours.
    Service,
}

/// An established caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Which user; 0 for a service.
    pub user: UserId,
    /// What they may do.
    pub role: Role,
    /// Their name, for records.
    pub name: String,
}

/// Tells who a token belongs to.
pub trait Authenticator: Send + Sync + 'static {
    /// The token's owner, if the token is genuine and valid at `now`.
    fn authenticate(&self, token: &str, now: Ms) -> Option<Principal>;
}

/// The caller, whoever it is; 401 if nobody is established.
#[derive(Clone, Debug)]
pub struct Caller(pub Principal);

/// The caller, if one is established. For open routes.
#[derive(Clone, Debug)]
pub struct MaybeCaller(pub Option<Principal>);

/// A caller of role staff.
#[derive(Clone, Debug)]
pub struct Staff(pub Principal);

/// A caller of role staff or staff-read.
#[derive(Clone, Debug)]
pub struct StaffRead(pub Principal);

/// A caller of role service.
#[derive(Clone, Debug)]
pub struct ServiceCaller(pub Principal);

/// The address the request came from: the peer's, or the one our gateway vouches for; loopback if it came from
/// inside the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddr(pub IpAddr);

fn established(parts: &Parts) -> Option<Principal> {
    parts.extensions.get::<Principal>().cloned()
}

fn require(parts: &Parts, allowed: impl Fn(Role) -> bool) -> Result<Principal, Failure> {
    let principal = established(parts).ok_or_else(unauthenticated)?;
    if allowed(principal.role) { Ok(principal) } else { Err(Problem::forbidden().into()) }
}

fn unauthenticated() -> Failure {
    Problem::new(
        Kind::Unauthenticated,
        "unauthenticated",
        "Please log in: the token is missing, invalid or expired.",
        "请先登录：令牌缺失、无效或已过期。",
    )
    .into()
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        require(parts, |_| true).map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for MaybeCaller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        Ok(Self(established(parts)))
    }
}

impl<S: Sync> FromRequestParts<S> for Staff {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        require(parts, |role| role == Role::Staff).map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for StaffRead {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        require(parts, |role| matches!(role, Role::Staff | Role::StaffRead)).map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for ServiceCaller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        require(parts, |role| role == Role::Service).map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for ClientAddr {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let vouched = parts.extensions.get::<Self>().copied();
        let peer = || parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| Self(info.0.ip()));
        Ok(vouched.or_else(peer).unwrap_or(Self(IpAddr::V4(Ipv4Addr::LOCALHOST))))
    }
}
