//! Addresses, and what staff do to accounts.

use api::calls::Address;
use engine::{IdempotencyKey, Once};
use model::{AddressId, Cents, UserId};

use crate::config::{CREDIT_MAX, TEXT_MAX};
use crate::store::{By, Credited, Saved};
use crate::{Error, Service};

impl Service {
    /// Keeps a new address; answers its id.
    pub async fn add_address(
        &self,
        user: UserId,
        address: Address,
        key: Option<IdempotencyKey>,
    ) -> Result<AddressId, Error> {
        check_address(&address)?;
        let at = self.now();
        let address = Address { id: AddressId(self.ids.next(at)), ..address };
        saved(&self.store.add_address(user, address, self.config.addresses_max, at, key).await?)
    }

    /// Changes an address.
    pub async fn change_address(
        &self,
        user: UserId,
        address: Address,
        key: Option<IdempotencyKey>,
    ) -> Result<AddressId, Error> {
        check_address(&address)?;
        saved(&self.store.change_address(user, address, self.now(), key).await?)
    }

    /// Deletes an address.
    pub async fn delete_address(
        &self,
        user: UserId,
        id: AddressId,
        key: Option<IdempotencyKey>,
    ) -> Result<(), Error> {
        match self.store.delete_address(user, id, self.now(), key).await? {
            Once::Outcome(true) => Ok(()),
            Once::Outcome(false) => Err(Error::Unknown),
            Once::OtherBody => Err(Error::OtherBody),
        }
    }

    /// Puts money into a wallet; answers the balance.
    pub async fn credit(
        &self,
        user: UserId,
        amount: Cents,
        by: By,
        key: Option<IdempotencyKey>,
    ) -> Result<Cents, Error> {
        if !(1..=CREDIT_MAX).contains(&amount.0) {
            return Err(Error::Rule(
                "bad_amount",
                "The amount must lie between 1 and 1000000000000 cents.",
                "金额须在 1 至 1000000000000 分之间。",
            ));
        }
        check_reason(&by.reason)?;
        match self.store.credit(user, amount, by, key).await? {
            Once::Outcome(Credited::Balance(balance)) => Ok(balance),
            Once::Outcome(Credited::UnknownUser) => Err(Error::Unknown),
            Once::Outcome(Credited::TooLarge) => {
                Err(Error::Rule("balance_too_large", "The balance would not fit.", "余额超出上限。"))
            }
            Once::OtherBody => Err(Error::OtherBody),
        }
    }

    /// Freezes or unfreezes an account.
    pub async fn set_frozen(
        &self,
        user: UserId,
        frozen: bool,
        by: By,
        key: Option<IdempotencyKey>,
    ) -> Result<(), Error> {
        check_reason(&by.reason)?;
        match self.store.set_frozen(user, frozen, by, key).await? {
            Once::Outcome(true) => Ok(()),
            Once::Outcome(false) => Err(Error::Unknown),
            Once::OtherBody => Err(Error::OtherBody),
        }
    }
}

fn saved(once: &Once<Saved>) -> Result<AddressId, Error> {
    match once {
        Once::Outcome(Saved::As(id)) => Ok(*id),
        Once::Outcome(Saved::Unknown) => Err(Error::Unknown),
        Once::Outcome(Saved::TooMany) => Err(Error::Rule(
            "too_many_addresses",
            "You keep as many addresses as allowed.",
            "收货地址数量已达上限。",
        )),
        Once::OtherBody => Err(Error::OtherBody),
    }
}

fn check_address(address: &Address) -> Result<(), Error> {
    let Address { province, city, town, mobile, street, contact, notes, .. } = address;
    let all = [province, city, town, mobile, street, contact, notes];
    if all.iter().any(|text| text.chars().count() > TEXT_MAX) {
        return Err(Error::Rule(
            "bad_address",
            "A field has at most 200 characters.",
            "地址字段最多 200 个字符。",
        ));
    }
    if [street, contact, mobile].iter().any(|text| text.trim().is_empty()) {
        return Err(Error::Rule(
            "bad_address",
            "Street, contact and mobile are needed.",
            "街道、联系人和手机号不能为空。",
        ));
    }
    Ok(())
}

fn check_reason(reason: &str) -> Result<(), Error> {
    if (1..=TEXT_MAX).contains(&reason.trim().chars().count()) {
        return Ok(());
    }
    Err(Error::Rule("bad_reason", "Give a reason of 1 to 200 characters.", "请填写 1 至 200 个字符的原因。"))
}
