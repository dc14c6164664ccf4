//! `POST /archive`: a file full of ended orders leaves the tables. Whoever asks goes on until nothing is left.

use std::path::PathBuf;
use std::sync::Arc;

use api::{Problem, Time};
use axum::extract::State;
use edge::{Failure, Json};
use model::OrderId;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::Ops;
use crate::archive::{self, Wish};

/// Two who archive take turns, a file each.
pub(super) type Turn = Arc<Mutex<()>>;

/// What is to be archived.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    before: Time,
    #[serde(default)]
    received: bool,
    /// Another folder than that of the data directory, as an absolute path.
    to: Option<PathBuf>,
    /// Only orders with an id above this.
    after: Option<OrderId>,
}

pub(super) async fn step(State(ops): State<Ops>, Json(form): Json<Form>) -> Result<Json<Value>, Failure> {
    let folder = match form.to {
        Some(folder) if folder.is_relative() => {
            return Err(Problem::malformed("`to` must be an absolute path").into());
        }
        Some(folder) => folder,
        None => std::path::absolute(archive::folder_in(&ops.shop.config.data))
            .map_err(|_| Problem::malformed("the data directory's path cannot be found"))?,
    };
    let wish = Wish {
        before: form.before.0,
        received: form.received,
        folder,
        after: form.after.unwrap_or_default(),
    };
    let _turn = ops.archiving.lock().await;
    let stepped = archive::step(&ops.shop, &wish).await?;
    let staying = stepped.staying;
    Ok(Json(json!({
        "archived": stepped.archived,
        "file": stepped.file,
        "folder": wish.folder,
        "looked": stepped.looked,
        "staying": {
            "open": staying.open,
            "young": staying.young,
            "owing": staying.owing,
            "awaited": staying.awaited,
            "objected": staying.objected,
        },
        "after": stepped.last,
        "complete": stepped.complete,
    })))
}
