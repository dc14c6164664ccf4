//! Payments at providers: asking for what is owed there, and hearing how they stand.
//!
//! There is one look for all of it, [`Service::tend`]: by the row it asks the provider the one question that is due,
//! and lets the answer happen to the row. The application, the duty's message, the sweep and most notices come here;
//! none of them decides anything beside the row.

use api::calls::{Answer, NoAnswer};
use futures_util::{StreamExt, stream};
use model::PayOrderId;
use model::pay_order::{Bill, Event};

use crate::channel::{BillRefund, BillStatus, Channel, NewBill, RefundStatus};
use crate::error::Result;
use crate::record::Record;
use crate::store::{Found, Moved, News, Told};
use crate::{Service, meter};

/// What came of a look at one bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tended {
    /// Nothing is owed any more.
    Ended,
    /// The provider has answered, and it stands as before: the sweep looks again.
    Same,
    /// The provider gave no answer.
    Away(String),
    /// There is no such pay order, or it has no bill.
    Unknown,
    /// Its row makes no sense.
    Corrupt,
}

impl Service {
    /// The channel of this code, if it is configured.
    pub(crate) fn channel(&self, code: &str) -> Option<&dyn Channel> {
        self.parts.channels.iter().find(|channel| channel.code() == code).map(AsRef::as_ref)
    }

    /// Does what is owed for these bills, or looks how they stand; answers for each in the same order.
    pub(crate) async fn tend(&self, ids: &[PayOrderId]) -> Result<Vec<Tended>> {
        let found = self.store().by_ids(ids).await?;
        let looks = found.into_iter().map(|found| async move {
            match found {
                Found::Some(record) => self.tend_one(&record).await,
                Found::None => Ok(Tended::Unknown),
                Found::Corrupt => Ok(Tended::Corrupt),
            }
        });
        let looks: Vec<_> = stream::iter(looks).buffered(self.config().bills_at_once).collect().await;
        looks.into_iter().collect()
    }

    async fn tend_one(&self, record: &Record) -> Result<Tended> {
        let asked = match record.pay_order.bill {
            Bill::None => return Ok(Tended::Unknown),
            Bill::Paid | Bill::Returned => return Ok(Tended::Ended),
            Bill::Returning => self.give_back_at_provider(record).await,
            Bill::Opening | Bill::Open | Bill::Closing | Bill::Closed => self.ask(record).await,
        };
        match asked {
            Ok(None) => Ok(Tended::Same),
            Ok(Some(news)) => self.hear(news).await,
            Err(none) => Ok(Tended::Away(none.to_string())),
        }
    }

    /// Asks how a bill stands, by the question that brings it on.
    async fn ask(&self, record: &Record) -> Answer<Option<News>> {
        let channel = self.channel_of(record)?;
        let pay_order = &record.pay_order;
        let call = match pay_order.bill {
            Bill::Opening => {
                let info = record.method.info.clone();
                let bill = NewBill { pay_order: pay_order.id, amount: pay_order.amount, info };
                self.within(self.config().channel_wait_ms, channel.code(), channel.create(&bill)).await
            }
            Bill::Closing => {
                self.within(self.config().channel_wait_ms, channel.code(), channel.close(pay_order.id)).await
            }
            _ => {
                self.within(self.config().channel_wait_ms, channel.code(), channel.query(pay_order.id)).await
            }
        };
        Ok(news(record, call?))
    }

    /// Asks the provider to give back what it got for `record`; the news, if it is done.
    pub(crate) async fn give_back_at_provider(&self, record: &Record) -> Answer<Option<News>> {
        let channel = self.channel_of(record)?;
        let amount = record.bill.as_ref().and_then(|bill| bill.paid).unwrap_or(record.pay_order.amount);
        let refund = BillRefund { pay_order: record.pay_order.id, amount };
        let answer =
            self.within(self.config().channel_wait_ms, channel.code(), channel.refund(&refund)).await?;
        match answer {
            RefundStatus::Done { reference } => {
                let by_bill = record.pay_order.paid_by_bill();
                let event = if by_bill { Event::Refunded } else { Event::BillReturned };
                let told = Told { refund: reference, ..Told::default() };
                Ok(Some(News { pay_order: record.pay_order.id, event, told }))
            }
            RefundStatus::Accepted => Ok(None),
            RefundStatus::Refused { why } => {
                meter::refund_refused(channel.code());
                tracing::error!(pay_order = %record.pay_order.id, why, "a provider refuses a refund; it is asked again");
                Ok(None)
            }
        }
    }

    /// Lets news happen to the row. A refusal means that somebody else told it before.
    pub(crate) async fn hear(&self, news: News) -> Result<Tended> {
        let moved = self.store().hear(vec![news], self.now()).await?;
        Ok(match moved.as_slice() {
            [Moved::Done(record)] => {
                meter::bill_moved(record);
                if record.pay_order.bill.owes() { Tended::Same } else { Tended::Ended }
            }
            [Moved::Refused(_, record)] if record.pay_order.bill.owes() => Tended::Same,
            [Moved::Refused(..)] => Tended::Ended,
            [Moved::Missing] => Tended::Unknown,
            _ => Tended::Corrupt,
        })
    }

    /// A bill whose channel was taken out of the configuration is kept, and visibly not answered for.
    fn channel_of(&self, record: &Record) -> Answer<&dyn Channel> {
        let code = record.bill.as_ref().map_or("", |bill| bill.channel.as_str());
        let why = || NoAnswer::from("channel", format!("the channel `{code}` is not configured"));
        self.channel(code).ok_or_else(why)
    }
}

/// What an answer means for a bill, if anything.
fn news(record: &Record, status: BillStatus) -> Option<News> {
    let bill = record.pay_order.bill;
    let (event, url) = match status {
        BillStatus::Paid { amount } => (Event::BillPaid(amount), String::new()),
        BillStatus::Open { url } if bill == Bill::Opening => (Event::BillOpened, url),
        // What the provider never heard of, and was told to close, is closed there.
        BillStatus::Closed => (Event::BillClosed, String::new()),
        BillStatus::Unknown if bill == Bill::Closing => (Event::BillClosed, String::new()),
        BillStatus::Open { .. } => return None,
        BillStatus::Unknown => {
            tracing::warn!(pay_order = %record.pay_order.id, ?bill, "a provider does not know a payment");
            return None;
        }
    };
    Some(News { pay_order: record.pay_order.id, event, told: Told { url, ..Told::default() } })
}
