//! The cases, each played through the same HTTP interface that every client uses.

use std::pin::Pin;

use anyhow::{Result, ensure};
use http::{Method, StatusCode};

use super::Buyer;
use super::story::{LAST_PIECE, Stage, Told, say};

/// A case: what it shows and how it is played. The ending is one sentence.
pub(super) struct Case {
    pub(super) title: &'static str,
    pub(super) needs_ops: bool,
    pub(super) needs_switches: bool,
    pub(super) play: Play,
}

type Play = for<'a> fn(&'a Stage) -> Pin<Box<dyn Future<Output = Result<String>> + 'a>>;

const PAID: i64 = 2;
const CLOSED: i64 = 5;

/// Every case, in the order of playing.
pub(super) const ALL: &[Case] = &[
    Case {
        title: "An order is never paid",
        needs_ops: false,
        needs_switches: false,
        play: |stage| Box::pin(never_paid(stage)),
    },
    Case {
        title: "An order is paid",
        needs_ops: false,
        needs_switches: false,
        play: |stage| Box::pin(paid(stage)),
    },
    Case {
        title: "The success notice is lost; the delayed check finds the order paid",
        needs_ops: true,
        needs_switches: true,
        play: |stage| Box::pin(notice_lost(stage)),
    },
    Case {
        title: "The payment service is frozen at the deadline; the order is kept open, then decided",
        needs_ops: true,
        needs_switches: true,
        play: |stage| Box::pin(frozen(stage)),
    },
    Case {
        title: "Two buyers want the last piece",
        needs_ops: true,
        needs_switches: false,
        play: |stage| Box::pin(last_piece(stage)),
    },
    Case {
        title: "The buyer cancels while paying",
        needs_ops: false,
        needs_switches: false,
        play: |stage| Box::pin(cancel_while_paying(stage)),
    },
];

/// Places an order; answers its id.
async fn order(buyer: &Buyer, item: &str) -> Result<String> {
    let id = buyer.order(item, 1).await?.ok("placing the order")?;
    let id = id.as_str().unwrap_or_default().to_owned();
    say(&format!("order {id}"));
    Ok(id)
}

async fn never_paid(stage: &Stage) -> Result<String> {
    let before = stage.jack.stock(&stage.item).await?;
    let id = order(&stage.jack, &stage.item).await?;
    stage.tell(&stage.jack, &id, CLOSED).await?;
    let after = stage.jack.stock(&stage.item).await?;
    ensure!(after == before, "the stock was {before} and is {after}");
    Ok(format!("closed at its deadline; the stock is {after} again"))
}

async fn paid(stage: &Stage) -> Result<String> {
    let before = stage.jack.balance().await?;
    let id = order(&stage.jack, &stage.item).await?;
    let pay_order = stage.jack.open_payment(&id).await?;
    stage.jack.press(&pay_order).await?.ok("paying")?;
    stage.tell(&stage.jack, &id, PAID).await?;
    let spent = before - stage.jack.balance().await?;
    Ok(format!("paid; {spent} cents left the wallet, once"))
}

async fn notice_lost(stage: &Stage) -> Result<String> {
    stage.switch("losePaySuccess", true).await?;
    let told = pay_and_wait(stage).await;
    stage.switch("losePaySuccess", false).await?;
    told?;
    Ok("paid, found by the delayed check".into())
}

async fn pay_and_wait(stage: &Stage) -> Result<()> {
    let id = order(&stage.jack, &stage.item).await?;
    let pay_order = stage.jack.open_payment(&id).await?;
    stage.jack.press(&pay_order).await?.ok("paying")?;
    stage.tell(&stage.jack, &id, PAID).await
}

async fn frozen(stage: &Stage) -> Result<String> {
    let (unpaid, paid) = (order(&stage.rose, &stage.item).await?, order(&stage.jack, &stage.item).await?);
    stage.switch("losePaySuccess", true).await?;
    let pay_order = stage.jack.open_payment(&paid).await?;
    stage.jack.press(&pay_order).await?.ok("paying")?;
    stage.switch("freezePay", true).await?;
    let held = still_open(stage, &unpaid).await;
    stage.switch("freezePay", false).await?;
    stage.switch("losePaySuccess", false).await?;
    held?;
    stage.tell(&stage.rose, &unpaid, CLOSED).await?;
    stage.tell(&stage.jack, &paid, PAID).await?;
    Ok("while nobody answered nothing was cancelled; then one was closed and the other found paid".into())
}

async fn still_open(stage: &Stage, order: &str) -> Result<()> {
    stage.past_deadline(&stage.rose, order).await?;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let timeline = stage.timeline(&stage.rose, order, &mut Told::default()).await?;
    ensure!(timeline["status"] == 1, "the order did not stay open: {}", timeline["status"]);
    say(timeline["next"].as_str().unwrap_or(""));
    Ok(())
}

async fn last_piece(stage: &Stage) -> Result<String> {
    stage.last_piece().await?;
    let (jack, rose) = tokio::join!(stage.jack.order(LAST_PIECE, 1), stage.rose.order(LAST_PIECE, 1));
    let (jack, rose) = (jack?, rose?);
    say(&format!("jack: {}, rose: {}", jack.status, rose.status));
    let (winner, order, loser) = match (jack.status, rose.status) {
        (StatusCode::OK, StatusCode::CONFLICT) => (&stage.jack, jack.body, rose.body),
        (StatusCode::CONFLICT, StatusCode::OK) => (&stage.rose, rose.body, jack.body),
        (one, other) => anyhow::bail!("one must get it and the other not: {one}, {other}"),
    };
    say(loser["msg"].as_str().unwrap_or(""));
    stage.tell(winner, order.as_str().unwrap_or_default(), CLOSED).await?;
    ensure!(winner.stock(LAST_PIECE).await? == 1, "the last piece did not come back");
    Ok("one got it, the other was told so; unpaid, it came back".into())
}

async fn cancel_while_paying(stage: &Stage) -> Result<String> {
    let before = stage.jack.balance().await?;
    let id = order(&stage.jack, &stage.item).await?;
    let pay_order = stage.jack.open_payment(&id).await?;
    let path = format!("/orders/{id}/cancel");
    let (press, cancel) =
        tokio::join!(stage.jack.press(&pay_order), stage.jack.call(Method::PUT, &path, None));
    say(&format!("pay: {}, cancel: {}", press?.status, cancel?.status));
    let end = settled_end(stage, &id).await?;
    let spent = before - stage.jack.balance().await?;
    ensure!((end == PAID) == (spent > 0), "status {end}, but {spent} cents were taken");
    Ok(if end == PAID {
        "the payment won: paid, once".into()
    } else {
        "the cancel won: closed, no money taken".into()
    })
}

async fn settled_end(stage: &Stage, id: &str) -> Result<i64> {
    for status in [PAID, CLOSED].iter().cycle().take(100) {
        let seen = stage.jack.call(Method::GET, &format!("/orders/{id}"), None).await?.ok("the order")?;
        if seen["status"] == *status {
            stage.tell(&stage.jack, id, *status).await?;
            return Ok(*status);
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    anyhow::bail!("order {id} has not come to an end")
}
