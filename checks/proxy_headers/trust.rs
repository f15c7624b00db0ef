//! Whom authentik believes: the addresses of proxies that count as trusted (knowledge A.4).

use std::net::IpAddr;

/// What counts unless it is said otherwise; setting the variable replaces all of them.
pub(super) const DEFAULT: [&str; 6] = [
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "fe80::/10",
    "::1/128",
];

/// The ranges of the variable's value, or the usual ones without it.
pub(super) fn ranges(value: Option<&str>) -> Vec<String> {
    match value {
        None => DEFAULT.iter().map(|range| (*range).to_owned()).collect(),
        Some(value) => value
            .split(',')
            .map(|range| range.trim().to_owned())
            .filter(|range| !range.is_empty())
            .collect(),
    }
}

/// Whether an address is in one of these ranges; `None` where a range cannot be read.
pub(super) fn holds(ranges: &[String], address: IpAddr) -> Option<bool> {
    let mut held = false;
    for range in ranges {
        held |= is_in(range, address)?;
    }
    Some(held)
}

fn is_in(range: &str, address: IpAddr) -> Option<bool> {
    let (network, length) = match range.split_once('/') {
        Some((network, length)) => (network, length.parse::<u32>().ok()?),
        None => (range, u32::MAX),
    };
    let bits = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => (u128::from(u32::from(ip)) << 96, 32),
        IpAddr::V6(ip) => (u128::from(ip), 128),
    };
    let network: IpAddr = network.parse().ok()?;
    if network.is_ipv4() != address.is_ipv4() {
        return Some(false);
    }
    let ((network, whole), (address, _)) = (bits(network), bits(address));
    let length = length.min(whole);
    let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
    Some(network & mask == address & mask)
}

/// The range to add for a proxy: the private one that it is in, since containers change their
/// address when they are made anew; else itself.
pub(super) fn range_for(address: IpAddr) -> String {
    let private = DEFAULT
        .iter()
        .find(|range| is_in(range, address) == Some(true));
    match (private, address) {
        (Some(range), _) => (*range).to_owned(),
        (None, IpAddr::V4(_)) => format!("{address}/32"),
        (None, IpAddr::V6(_)) => format!("{address}/128"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_in_a_range() {
        let is = |range: &str, ip: &str| is_in(range, ip.parse().unwrap());
        assert_eq!(is("172.16.0.0/12", "172.31.255.1"), Some(true));
        assert_eq!(is("172.16.0.0/12", "172.32.0.1"), Some(false));
        assert_eq!(is("10.0.0.7", "10.0.0.7"), Some(true));
        assert_eq!(is("0.0.0.0/0", "203.0.113.9"), Some(true));
        assert_eq!(is("fe80::/10", "fe80::1"), Some(true));
        assert_eq!(is("::/0", "10.0.0.7"), Some(false));
        assert_eq!(is("10.0.0.0/x", "10.0.0.7"), None);
        assert_eq!(is("everybody", "10.0.0.7"), None);
    }

    #[test]
    fn the_variable_replaces_what_is_usual() {
        let usual = ranges(None);
        assert_eq!(holds(&usual, "192.168.7.9".parse().unwrap()), Some(true));
        let own = ranges(Some(" 10.0.0.0/8, ,203.0.113.0/24"));
        assert_eq!(own, ["10.0.0.0/8", "203.0.113.0/24"]);
        assert_eq!(holds(&own, "192.168.7.9".parse().unwrap()), Some(false));
        assert_eq!(range_for("172.19.0.6".parse().unwrap()), "172.16.0.0/12");
        assert_eq!(range_for("203.0.113.9".parse().unwrap()), "203.0.113.9/32");
    }
}
