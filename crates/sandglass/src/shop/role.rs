//! The parts of a shop that can be processes of their own.

use std::str::FromStr;

/// A part of the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The one door.
    Gateway,
    /// The pages.
    Web,
    /// Users and wallets.
    User,
    /// Catalogue and stock.
    Item,
    /// Carts.
    Cart,
    /// Orders.
    Trade,
    /// Payments.
    Pay,
}

impl Role {
    /// Those that keep something.
    pub const SERVICES: [Role; 5] = [Role::User, Role::Item, Role::Cart, Role::Trade, Role::Pay];

    /// Its name on the command line, in configurations, and of its schema.
    pub fn name(self) -> &'static str {
        match self {
            Role::Gateway => "gateway",
            Role::Web => "web",
            Role::User => "user",
            Role::Item => "item",
            Role::Cart => "cart",
            Role::Trade => "trade",
            Role::Pay => "pay",
        }
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [&[Role::Gateway, Role::Web][..], &Role::SERVICES].concat();
        all.into_iter().find(|role| role.name() == text).ok_or_else(|| {
            format!("there is no role `{text}`; there are gateway, web, user, item, cart, trade, pay")
        })
    }
}
