//! The broker between the processes of a running shop, as a stranger reaches it, and the dead letters as the
//! operator's command shows them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Connection, ConnectionProperties};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::told::program;
use super::{Cluster, World};

/// A queue of the contract, and how a stranger's message comes into it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    pub(crate) exchange: &'static str,
    pub(crate) key: &'static str,
    /// Whose dead letters its messages become, as `dead list` has it.
    pub(crate) place: &'static str,
}

pub(crate) const CHECK: Way =
    Way { exchange: "trade.delay.direct", key: "delay.order.query", place: "trade.broker" };
pub(crate) const PAID: Way = Way { exchange: "pay.direct", key: "pay.success", place: "trade.broker" };
pub(crate) const CART: Way = Way { exchange: "trade.topic", key: "order.create", place: "cart.broker" };

/// One operator at a time: while dead letters are looked at, nobody else sees them.
static DESK: LazyLock<Arc<Mutex<()>>> = LazyLock::new(Arc::default);

/// A connection beside the shop's own, and the operator's desk.
pub(crate) struct Broker {
    connection: Connection,
    config: PathBuf,
    /// Bodies that were shown, by place and number: a look takes a process of its own.
    shown: parking_lot::Mutex<BTreeMap<(String, String), String>>,
    _desk: OwnedMutexGuard<()>,
}

/// A line of `dead list`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) place: String,
    pub(crate) id: String,
    pub(crate) died: String,
    pub(crate) topic: String,
    pub(crate) tries: u32,
    pub(crate) error: String,
}

impl Broker {
    /// The broker of the shop that `world` is; where there is none, says that the test called `name` is skipped.
    #[expect(clippy::print_stdout, reason = "this is how a test says that it did not run")]
    pub(crate) async fn of(world: &World, name: &str) -> Option<Self> {
        let cluster = match world {
            World::Cluster(cluster) => Some(cluster.as_ref()),
            World::Local(_) => None,
        };
        let address = cluster.and_then(|cluster| cluster.config.broker_address().unwrap());
        let (Some(Cluster { file, .. }), Some(address)) = (cluster, address) else {
            println!("skipped: {name}: there is no broker between the parts of this shop");
            return None;
        };
        let connection = Connection::connect(&address, ConnectionProperties::default()).await.unwrap();
        let shown = parking_lot::Mutex::default();
        Some(Self { connection, config: file.clone(), shown, _desk: DESK.clone().lock_owned().await })
    }

    /// Publishes `body` as `RabbitTemplate` with `Jackson2JsonMessageConverter` does: no message id, no timestamp.
    pub(crate) async fn publish(&self, way: Way, type_id: Option<&str>, body: &str) {
        let mut table = FieldTable::default();
        if let Some(type_id) = type_id {
            table.insert("__TypeId__".into(), AMQPValue::LongString(type_id.into()));
        }
        let properties = BasicProperties::default()
            .with_content_type("application/json".into())
            .with_content_encoding("UTF-8".into())
            .with_priority(0)
            .with_delivery_mode(2)
            .with_headers(table);
        let channel = self.connection.create_channel().await.unwrap();
        channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
        let (exchange, key, options) = (way.exchange.into(), way.key.into(), BasicPublishOptions::default());
        let sent = channel.basic_publish(exchange, key, options, body.as_bytes(), properties).await.unwrap();
        assert!(sent.await.unwrap().is_ack());
    }

    /// What lies in `place`.
    pub(crate) fn letters(&self, place: &str) -> Vec<Letter> {
        let (done, said) = self.dead(&["list"]);
        assert!(done, "{said}");
        said.lines().filter_map(letter).filter(|letter| letter.place == place).collect()
    }

    /// The body of a letter.
    pub(crate) fn body(&self, letter: &Letter) -> Option<String> {
        let name = (letter.place.clone(), letter.id.clone());
        if let Some(body) = self.shown.lock().get(&name) {
            return Some(body.clone());
        }
        // It may have been dropped or sent again in between.
        let (true, said) = self.dead(&["show", &letter.place, &letter.id]) else { return None };
        let shown: serde_json::Value = serde_json::from_str(&said).unwrap();
        let body = shown["body"].as_str().unwrap().to_owned();
        self.shown.lock().insert(name, body.clone());
        Some(body)
    }

    /// Sends a letter again; answers whether there was one, and what was said.
    pub(crate) fn replay(&self, letter: &Letter) -> (bool, String) {
        self.dead(&["replay", &letter.place, &letter.id])
    }

    /// Drops a letter.
    pub(crate) fn discard(&self, letter: &Letter) -> (bool, String) {
        self.dead(&["drop", &letter.place, &letter.id])
    }

    /// `sandglass dead …`: whether it succeeded, and all it said.
    fn dead(&self, args: &[&str]) -> (bool, String) {
        let ran = program().arg("dead").args(args).arg("--config").arg(&self.config).output().unwrap();
        (ran.status.success(), String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned())
    }
}

/// `place id  died  topic subject  after N tries: error`
fn letter(line: &str) -> Option<Letter> {
    let (head, rest) = line.split_once("  after ")?;
    let (tries, error) = rest.split_once(" tries: ")?;
    let mut words = head.split_whitespace().map(str::to_owned);
    let (place, id, died, topic) = (words.next()?, words.next()?, words.next()?, words.next()?);
    Some(Letter { place, id, died, topic, tries: tries.parse().ok()?, error: error.to_owned() })
}
