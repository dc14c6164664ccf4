//! Does every wallet hold what was put into it, less what was paid?

use std::rc::Rc;

use anyhow::Result;
use serde::Deserialize;

use super::{AT_ONCE, Part};
use crate::api;
use crate::book::Spent;
use crate::client::Conn;
use crate::pool;
use crate::users::{User, answered};
use crate::workload::Run;

#[derive(Deserialize)]
struct Me {
    balance: i64,
}

/// Looks at the wallet of every buyer.
pub(super) async fn check(run: &Rc<Run>) -> Part {
    let prices: Vec<i64> = run.items.iter().map(|item| item.price).collect();
    let spent = run.book.borrow().spent(run.users.len(), &prices);
    let mut part = Part::over(run.users.len(), run.users.len());
    let jobs = (0..run.users.len()).collect();
    let shared = run.clone();
    let look =
        async move |conn: &mut Conn, number: usize| (number, balance(conn, &shared.users[number]).await);
    for (number, balance) in pool::each(&run.target, AT_ONCE, jobs, look).await {
        let user = &run.users[number];
        match balance {
            Ok(balance) => {
                if let Some(why) = wrong(user.credited, spent[number], balance) {
                    part.wrong(format!("user {}: {why}", user.id));
                }
            }
            Err(error) => {
                part.wrong(format!("user {}: the wallet could not be looked at: {error:#}", user.id));
            }
        }
    }
    part
}

async fn balance(conn: &mut Conn, user: &User) -> Result<i64> {
    let uri = api::uri(conn.target(), "/users/me")?;
    let answer = answered(conn, || api::get(uri.clone(), Some(&user.token))).await?;
    Ok(api::body::<Me>(&answer, "GET /users/me")?.balance)
}

/// A payment in doubt may or may not have been taken.
fn wrong(credited: i64, spent: Spent, balance: i64) -> Option<String> {
    let most = credited - spent.certain;
    let least = most - spent.doubtful;
    let fits = (least..=most).contains(&balance);
    (!fits)
        .then(|| format!("{balance} cents are there, {most} should be, {} more were taken", most - balance))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_acknowledged_payments_may_have_been_taken() {
        let spent = Spent { certain: 30, doubtful: 0 };
        assert_eq!(wrong(100, spent, 70), None);
        assert!(wrong(100, spent, 40).is_some(), "taken twice");
        assert!(wrong(100, spent, 100).is_some(), "acknowledged and not taken");
    }

    #[test]
    fn a_doubtful_payment_may_have_been_taken_once() {
        let spent = Spent { certain: 30, doubtful: 10 };
        assert_eq!((wrong(100, spent, 70), wrong(100, spent, 60)), (None, None));
        assert!(wrong(100, spent, 59).is_some());
    }
}
