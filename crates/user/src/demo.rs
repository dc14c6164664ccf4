//! Users to try the shop with.

use api::calls::Address;
use auth::password::Password;
use edge::Role;
use model::{AddressId, Cents, UserId};

use crate::store::{By, NewUser, Registered};
use crate::{Error, Service};

/// The password of the demo buyers.
pub const DEMO_PASSWORD: &str = "123";

const BALANCE: Cents = Cents(1_000_000);
const STAFF: &str = "admin";
const STAFF_ID: UserId = UserId(1_000);

/// Id, name, address id, street, city.
const BUYERS: [(u64, &str, u64, &str, &str); 4] = [
    (1, "jack", 61, "Lantern Lane 7", "上海 Shanghai"),
    (2, "rose", 62, "Maple Court 12", "杭州 Hangzhou"),
    (3, "hope", 63, "Harbour Road 3", "广州 Guangzhou"),
    (4, "thomas", 64, "Orchard Street 21", "成都 Chengdu"),
];

/// What seeding did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoSeed {
    /// Buyers that did not exist before.
    pub buyers: usize,
    /// The staff user's name, if it did not exist before.
    pub staff: Option<&'static str>,
}

impl Service {
    /// Makes the demo users that do not exist yet; the staff user gets `staff_password`.
    pub async fn seed_demo(&self, staff_password: Password) -> Result<DemoSeed, Error> {
        let mut seed = DemoSeed { buyers: 0, staff: None };
        for (id, name, address, street, city) in BUYERS {
            if self.seed(UserId(id), name, Password::new(DEMO_PASSWORD), Role::Buyer).await? {
                seed.buyers += 1;
            }
            // Apart from the account, so that a start that was cut short is made good by the next one.
            if self.store.by_name(name).await?.is_some_and(|user| user.id == UserId(id)) {
                self.furnish(UserId(id), name, AddressId(address), street, city).await?;
            }
        }
        if self.seed(STAFF_ID, STAFF, staff_password, Role::Staff).await? {
            seed.staff = Some(STAFF);
        }
        Ok(seed)
    }

    async fn seed(&self, id: UserId, name: &str, password: Password, role: Role) -> Result<bool, Error> {
        if self.store.by_name(name).await?.is_some() || self.store.by_id(id).await?.is_some() {
            return Ok(false);
        }
        let password = self.passwords.hash(password, (self.salt)()).await.map_err(|_| Error::Busy)?;
        let new = NewUser { id, username: name.to_owned(), password, role, at: self.now(), hired_by: None };
        let registered = self.store.register(new, None).await?;
        Ok(registered == engine::Once::Outcome(Registered::Created(id)))
    }

    async fn furnish(
        &self,
        id: UserId,
        name: &str,
        address: AddressId,
        street: &str,
        city: &str,
    ) -> Result<(), Error> {
        let by = By { user: UserId(0), reason: "demo balance".into(), at: self.now() };
        if self.store.entries(id, 0, 1).await?.0 == 0 {
            self.store.credit(id, BALANCE, by, None).await?;
        }
        let address = Address {
            id: address,
            city: city.into(),
            street: street.into(),
            contact: name.into(),
            mobile: format!("1380000000{id}"),
            is_default: true,
            ..Address::default()
        };
        if self.store.addresses(id).await?.is_empty() {
            self.store.add_address(id, address, self.config.addresses_max, self.now(), None).await?;
        }
        Ok(())
    }
}
