//! A network as people write it.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, de};

/// A network, such as `10.0.0.0/8` or `2001:db8::/32`, or a single address; never all there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(pub IpNet);

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let single = || text.parse::<IpAddr>().map(IpNet::from);
        let network = text.parse().or_else(|_| single()).map_err(|_| {
            format!("`{text}` is no network: write an address, or one and a length, such as 10.0.0.0/8")
        })?;
        if network.prefix_len() == 0 {
            return Err(format!(
                "`{text}` is everybody, who then could say to be anybody: name the proxies only"
            ));
        }
        Ok(Self(network))
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Layers;

    #[test]
    fn proxies_are_networks_or_addresses_but_never_everybody() {
        let of = |text| Layers::defaults().set("trusted_proxies", text).config();
        let networks = of("10.0.0.0/8, 192.0.2.1, 2001:db8::/32, ::1").unwrap().trusted_proxies;
        let texts: Vec<String> = networks.iter().map(|network| network.0.to_string()).collect();
        assert_eq!(texts, ["10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32", "::1/128"]);
        assert!(of("").unwrap().trusted_proxies.is_empty());
        for wrong in ["0.0.0.0/0", "::/0", "proxy.example", "10.0.0.0/33", "10.0.0.0/"] {
            let why = of(wrong).unwrap_err().0;
            assert!(why.contains("trusted_proxies") && why.contains(wrong), "{why}");
        }
    }
}
