//! Which page of a list.

use api::Problem;
use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::Deserialize;

use crate::{Failure, Query};

/// The largest page a client may ask for.
const PAGE_SIZE_MAX: u64 = 200;
const PAGE_SIZE_DEFAULT: u64 = 20;
const PAGE_NO_MAX: u64 = 1_000_000;

/// The wanted page: number from 1, size 1 … 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// Which page, from 1.
    pub page_no: u64,
    /// How many entries a page has.
    pub page_size: u64,
}

impl Paging {
    /// How many entries come before this page.
    pub fn offset(self) -> u64 {
        (self.page_no - 1) * self.page_size
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    page_no: Option<u64>,
    page_size: Option<u64>,
}

impl<S: Send + Sync> FromRequestParts<S> for Paging {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Query(raw) = Query::<Raw>::from_request_parts(parts, state).await?;
        let page_no = raw.page_no.unwrap_or(1);
        let page_size = raw.page_size.unwrap_or(PAGE_SIZE_DEFAULT);
        if !(1..=PAGE_NO_MAX).contains(&page_no) {
            return Err(Problem::malformed("pageNo must lie between 1 and 1000000").into());
        }
        if !(1..=PAGE_SIZE_MAX).contains(&page_size) {
            return Err(Problem::malformed("pageSize must lie between 1 and 200").into());
        }
        Ok(Self { page_no, page_size })
    }
}
