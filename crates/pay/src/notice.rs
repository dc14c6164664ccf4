//! Notices of providers: late, twice, out of order, or never.
//!
//! A notice of money acts by itself: it is signed by whoever has the money, and nothing takes money back, so in whatever
//! order it comes it is as good as the answer to a question. It acts only if its amount is what is to be paid. Every
//! other notice is only a wake-up: the provider is asked, and its answer acts. So a notice "closed" that is overtaken
//! by one "paid" changes nothing.

use model::pay_order::{Bill, Event};

use crate::bill::Tended;
use crate::channel::{BadNotice, Notice, Noticed, RawNotice};
use crate::error::Result;
use crate::record::Record;
use crate::store::{Found, News, Told};
use crate::{Service, meter};

/// The answer to a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeAnswer {
    /// What it told is in the row, or will be asked for.
    Heard,
    /// There is no such payment at this provider.
    Unknown,
    /// It tells of another amount than is to be paid: for people to look at. The provider is asked.
    OtherAmount,
    /// It is not believed.
    Bad(BadNotice),
    /// There is no such channel.
    NoChannel,
}

impl Service {
    /// Hears a notice that came in for the channel of this code.
    pub async fn notice(&self, code: &str, raw: RawNotice<'_>) -> Result<NoticeAnswer> {
        let Some(channel) = self.channel(code) else { return Ok(NoticeAnswer::NoChannel) };
        let answer = match channel.verify(raw, self.now()) {
            Ok(notice) => self.believe(code, notice).await?,
            Err(bad) => {
                tracing::warn!(channel = code, why = %bad, "a notice is not believed");
                NoticeAnswer::Bad(bad)
            }
        };
        meter::noticed(channel.code(), answer);
        Ok(answer)
    }

    async fn believe(&self, code: &str, notice: Notice) -> Result<NoticeAnswer> {
        let Some(record) = self.bill_of(code, notice).await? else {
            tracing::error!(channel = code, pay_order = %notice.pay_order, "a notice is about a payment nobody made here");
            return Ok(NoticeAnswer::Unknown);
        };
        match notice.what {
            Noticed::Paid(amount) if amount == record.pay_order.amount => {
                let event = Event::BillPaid(amount);
                let tended =
                    self.hear(News { pay_order: notice.pay_order, event, told: Told::default() }).await?;
                if tended == Tended::Corrupt {
                    return Err(engine::Error::corrupt("pay_orders", notice.pay_order).into());
                }
                Ok(NoticeAnswer::Heard)
            }
            Noticed::Paid(amount) => {
                let due = record.pay_order.amount;
                tracing::error!(pay_order = %notice.pay_order, amount = amount.0, due = due.0, "a notice tells of another amount than is due");
                self.look_at_bill(&record).await?;
                // If the provider says so too, that is in the row by now, and on its way back.
                let known = self.bill_of(code, notice).await?.and_then(|record| record.bill?.paid);
                Ok(if known == Some(amount) { NoticeAnswer::Heard } else { NoticeAnswer::OtherAmount })
            }
            Noticed::Other => {
                self.look_at_bill(&record).await?;
                Ok(NoticeAnswer::Heard)
            }
        }
    }

    async fn bill_of(&self, code: &str, notice: Notice) -> Result<Option<Record>> {
        match self.store().by_ids(&[notice.pay_order]).await?.pop() {
            Some(Found::Some(record)) => {
                let here = record.bill.as_ref().is_some_and(|bill| bill.channel == code);
                Ok(here.then_some(*record))
            }
            Some(Found::Corrupt) => Err(engine::Error::corrupt("pay_orders", notice.pay_order).into()),
            Some(Found::None) | None => Ok(None),
        }
    }

    /// Asks the provider. Without an answer the row stays under the sweep's eyes, as it was before.
    async fn look_at_bill(&self, record: &Record) -> Result<()> {
        let ended = matches!(record.pay_order.bill, Bill::Paid | Bill::Returned);
        if !ended && let Some(Tended::Away(why)) = self.tend(&[record.pay_order.id]).await?.pop() {
            tracing::warn!(pay_order = %record.pay_order.id, why, "a notice woke nobody; the sweep asks again");
        }
        Ok(())
    }
}
