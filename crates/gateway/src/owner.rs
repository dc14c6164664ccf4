//! Which service owns which path.

/// A service that clients reach through the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Users, addresses, wallets.
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

use Owner::{Cart, Item, Pay, Trade, User};

/// The first segments of all paths there are, each with its owner.
const PREFIXES: [(&str, Owner); 14] = [
    ("/users", User),
    ("/addresses", User),
    ("/wallet", User),
    ("/staff/users", User),
    ("/staff/stock", Item),
    ("/staff/payments", Pay),
    ("/items", Item),
    ("/search", Item),
    ("/pictures", Item),
    ("/stock", Item),
    ("/carts", Cart),
    ("/orders", Trade),
    ("/staff/orders", Trade),
    ("/pay-orders", Pay),
];

impl Owner {
    /// The owner of `path`.
    pub fn of(path: &str) -> Option<Self> {
        let is_below = |prefix: &str| {
            path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        PREFIXES.iter().find(|(prefix, _)| is_below(prefix)).map(|(_, owner)| *owner)
    }

    /// The service's name.
    pub fn name(self) -> &'static str {
        match self {
            User => "user",
            Item => "item",
            Cart => "cart",
            Trade => "trade",
            Pay => "pay",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_segments_count() {
        assert_eq!(Owner::of("/orders"), Some(Trade));
        assert_eq!(Owner::of("/orders/{id}"), Some(Trade));
        assert_eq!(Owner::of("/pay-orders/biz/{id}"), Some(Pay));
        assert_eq!(Owner::of("/staff/users"), Some(User));
        assert_eq!(Owner::of("/staff/stock/holds"), Some(Item));
        for path in ["/ordersx", "/staff", "/", "", "orders"] {
            assert_eq!(Owner::of(path), None, "{path}");
        }
    }
}
