//! Ordinary traffic is silent, however much of it there is.

use akdoctor::{logs::Rules, words::Component};

use super::{ORDINARY, digest, ids};

#[test]
fn a_hundred_thousand_ordinary_lines_give_no_finding() {
    let lines: Vec<&str> = ORDINARY.lines().collect();
    let mut log = String::new();
    for number in 0..100_000 {
        log.push_str(lines[(number * 7919) % lines.len()]);
        log.push('\n');
    }
    let digest = digest(log.as_bytes(), 64 << 10, Rules::unknown());
    assert_eq!((digest.lines, digest.bytes), (100_000, log.len() as u64));
    assert_eq!(ids(&digest), [""; 0]);
    assert_eq!(digest.unknown, []);
}

/// The same lines between faults do not hide them.
#[test]
fn a_fault_is_found_wherever_it_stands_among_them() {
    let fault = "2025-07-03 07:49:54.203 UTC [88] FATAL:  sorry, too many clients already\n";
    let rules = || Rules {
        component: Component::Database,
        ..Rules::unknown()
    };
    let ordinary = ORDINARY.repeat(40);
    for before in (0..ordinary.len()).step_by(99_991) {
        let cut = ordinary[..before].rfind('\n').map_or(0, |end| end + 1);
        let log = format!("{}{fault}{}", &ordinary[..cut], &ordinary[cut..]);
        for piece in [8191, 64 << 10, 1 << 20] {
            let digest = digest(log.as_bytes(), piece, rules());
            assert_eq!(ids(&digest), ["PG-05"], "at {cut} in pieces of {piece}");
            assert_eq!(digest.groups[0].count, 1);
        }
    }
}
