//! Address ranges, of both versions of IP.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::{Value, json};

use super::super::Fault;
use super::{Answer, Arguments, Function, pure};

pub(super) const TABLE: &[Function] = &[
    pure("parseCidr", 1, 1, parse),
    pure("cidrSubnet", 3, 3, subnet),
    pure("cidrHost", 2, 2, host),
];

/// Addresses as numbers, so that both versions share their arithmetic.
#[derive(Clone, Copy)]
struct Network {
    first: u128,
    prefix: u32,
    /// 32 or 128.
    bits: u32,
}

fn parse(arguments: &Arguments<'_>) -> Answer {
    let network = Network::read(arguments)?;
    let (first, last) = network.usable();
    let mut parts = json!({
        "network": network.show(network.first),
        "netmask": network.show(network.mask()),
        "broadcast": network.show(network.last()),
        "firstUsable": network.show(first),
        "lastUsable": network.show(last),
        "cidr": network.prefix,
    });
    if let (128, Some(parts)) = (network.bits, parts.as_object_mut()) {
        // There is no broadcast in version 6.
        parts.shift_remove("broadcast");
    }
    Ok(parts)
}

fn subnet(arguments: &Arguments<'_>) -> Answer {
    let network = Network::read(arguments)?;
    let (prefix, index) = (arguments.integer(1)?, arguments.integer(2)?);
    let allowed = network.prefix..=network.bits;
    let prefix = u32::try_from(prefix)
        .ok()
        .filter(|prefix| allowed.contains(prefix))
        .ok_or_else(|| {
            let (least, most) = (network.prefix, network.bits);
            arguments.fault(format!(
                "the new prefix must be between {least} and {most} and is {prefix}"
            ))
        })?;
    let exponent = prefix - network.prefix;
    let found = u128::try_from(index)
        .ok()
        .filter(|index| exponent >= 128 || *index < 1 << exponent);
    let index = found.ok_or_else(|| arguments.fault(format!("there is no subnet with the index {index}")))?;
    // With a prefix of zero bits there is one subnet only, and a shift by all bits would be none.
    let offset = index.checked_shl(network.bits - prefix).unwrap_or(0);
    let address = network.first + offset;
    Ok(format!("{}/{prefix}", network.show(address)).into())
}

/// Host 0 is the first usable address.
fn host(arguments: &Arguments<'_>) -> Answer {
    let network = Network::read(arguments)?;
    let (first, last) = network.usable();
    let index = arguments.integer(1)?;
    let address = u128::try_from(index)
        .ok()
        .and_then(|index| first.checked_add(index))
        .filter(|found| *found <= last);
    match address {
        Some(address) => Ok(Value::from(network.show(address))),
        None => Err(arguments.fault(format!("there is no host with the index {index}"))),
    }
}

impl Network {
    fn read(arguments: &Arguments<'_>) -> Result<Self, Fault> {
        let text = arguments.text(0)?;
        let read = || {
            let (address, prefix) = text.split_once('/')?;
            let (address, bits) = match address.parse().ok()? {
                IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
                IpAddr::V6(address) => (u128::from(address), 128),
            };
            let prefix: u32 = prefix.parse().ok().filter(|prefix| *prefix <= bits)?;
            let network = Self {
                first: address,
                prefix,
                bits,
            };
            Some(Self {
                first: address & network.mask(),
                ..network
            })
        };
        read().ok_or_else(|| {
            arguments.fault(format!("'{text}' is not an address range, such as '10.0.0.0/16'"))
        })
    }

    fn mask(&self) -> u128 {
        let all = u128::MAX >> (128 - self.bits);
        // A prefix of all 128 bits leaves no hosts, and a shift by 128 is none.
        all ^ all.checked_shr(self.prefix).unwrap_or(0)
    }

    fn last(&self) -> u128 {
        self.first | (self.mask() ^ (u128::MAX >> (128 - self.bits)))
    }

    /// Version 4 keeps the first address for the network and the last for broadcasts, where there are more than two.
    fn usable(&self) -> (u128, u128) {
        match self.bits == 32 && self.prefix < 31 {
            true => (self.first + 1, self.last() - 1),
            false => (self.first, self.last()),
        }
    }

    fn show(&self, address: u128) -> String {
        match self.bits {
            32 => Ipv4Addr::from(address as u32).to_string(),
            _ => Ipv6Addr::from(address).to_string(),
        }
    }
}
