//! Bytes that are no HTTP: the connection they came on may end, the shop goes on.

use std::net::SocketAddr;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::digest::digest;
use crate::shop::World;

const CONNECTIONS: u32 = 400;
const GOOD: &[u8] = b"GET /items/100 HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n";

/// Beginnings that lead further into the parser than noise alone.
const BEGINNINGS: [&str; 9] = [
    "",
    "GET /items/100 HTTP/1.1\r\n",
    "POST /orders HTTP/1.1\r\nhost: shop\r\ncontent-length: 20\r\n\r\n",
    "POST /orders HTTP/1.1\r\nhost: shop\r\ntransfer-encoding: chunked\r\n\r\n",
    "POST /orders HTTP/1.1\r\nhost: shop\r\ncontent-length: 18446744073709551616\r\n\r\n",
    "POST /orders HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n",
    "POST /orders HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
    "GET /items/100 HTTP/1.1\r\nhost: shop\r\nexpect: 100-continue\r\nupgrade: h2c\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
];

fn noise() -> impl Strategy<Value = Vec<u8>> {
    let rest = prop_oneof![
        vec(any::<u8>(), 0..400),
        r"([a-zA-Z-]{1,20}: [ -~]{0,40}\r\n){0,6}(\r\n)?".prop_map(String::into_bytes),
        r"([0-9a-fA-F]{1,17}\r\n[ -~]{0,20}\r\n){0,4}".prop_map(String::into_bytes),
    ];
    (proptest::sample::select(&BEGINNINGS[..]), rest)
        .prop_map(|(beginning, rest)| [beginning.as_bytes(), &rest].concat())
}

/// Sends `bytes` and hears what is answered until the other side ends the connection.
async fn exchange(shop: SocketAddr, bytes: &[u8], then: Then) -> Vec<u8> {
    let mut stream = TcpStream::connect(shop).await.unwrap();
    // The other side may have ended the connection for what it has seen so far.
    let _ = stream.write_all(bytes).await;
    if then == Then::Hangup {
        let _ = stream.shutdown().await;
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    answer
}

/// What the client does when it has sent everything.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    /// Says that no more will come, so that nobody waits for the rest of a request.
    Hangup,
    Wait,
}

#[test]
fn noise_on_a_connection_reaches_nobody_else() {
    let runtime = Runtime::new().unwrap();
    let world = runtime.block_on(World::start());
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let shop = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let serving = runtime.spawn(sandglass::serve::serve(listener, world.door(), stop.clone()));
    let before = runtime.block_on(digest(&world.shop));
    let config = Config { cases: CONNECTIONS, failure_persistence: None, ..Config::default() };
    let chance = TestRng::from_seed(RngAlgorithm::ChaCha, &[13; 32]);
    let judged = TestRunner::new_with_rng(config, chance).run(&noise(), |noise| {
        let answer = runtime.block_on(exchange(shop, &noise, Then::Hangup));
        prop_assert!(!answer.starts_with(b"HTTP/1.1 5"), "{}", String::from_utf8_lossy(&answer));
        let good = runtime.block_on(exchange(shop, GOOD, Then::Wait));
        prop_assert!(good.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&good));
        Ok(())
    });
    judged.unwrap();
    assert_eq!(before, runtime.block_on(digest(&world.shop)), "noise changed something");
    stop.cancel();
    runtime.block_on(serving).unwrap().unwrap();
}
