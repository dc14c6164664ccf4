//! The sandbox provider as a process, to try a shop with: its payments are gone when it ends.
//!
//! ```console
//! $ cargo run -p provider --example sandbox -- 127.0.0.1:9090 http://127.0.0.1:8080 sandbox.key
//! ```

use std::error::Error;
use std::sync::Arc;

use clock::{IdGen, SystemClock, WORKERS};
use provider::server::Parts;
use provider::{Key, Provider};
use remote::Http;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const USAGE: &str =
    "usage: sandbox ADDRESS SHOP KEY_FILE, such as 127.0.0.1:9090 http://127.0.0.1:8080 sandbox.key";
/// Where the shop hears of payments.
const NOTICES: &str = "/pay-orders/notices/sandbox";

#[tokio::main]
#[expect(clippy::print_stdout, reason = "it says where it listens")]
async fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [address, shop, key_file] = args.as_slice() else { return Err(USAGE.into()) };
    let listener = TcpListener::bind(address).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let provider = Provider::new(Parts {
        key: Key::new(&std::fs::read(key_file)?)?,
        url: url.clone(),
        shop: shop.clone(),
        notices: NOTICES.into(),
        transport: Arc::new(Http::default()),
        clock: Arc::new(SystemClock),
        ids: Arc::new(IdGen::new(WORKERS - 1)),
    })?;
    tokio::spawn(provider.clone().run(CancellationToken::new()));
    println!("listening on {url}");
    Ok(axum::serve(listener, provider.routes()).await?)
}
