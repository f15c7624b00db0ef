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

/// What PostgreSQL wrote when a statement of akdoctor's own ran into its own limit, and when one
/// asked for a column that the release does not have; between them authentik's own.
#[test]
fn what_akdoctor_asked_the_database_itself_is_not_blamed_on_authentik() {
    let ours = "\
2026-11-28 10:25:34.846 UTC [2053] ERROR:  canceling statement due to statement timeout
2026-11-28 10:25:34.846 UTC [2053] STATEMENT:  select jsonb_build_object('flow_stages', coalesce(jsonb_agg(jsonb_build_object(
\t    'flow', b.target_id,
\t    'stage', s.stage_uuid,
2026-11-28 10:26:01.112 UTC [2060] ERROR:  column authentik_core_user.last_seen does not exist at character 61
2026-11-28 10:26:01.112 UTC [2060] STATEMENT:  select jsonb_build_object('found', coalesce(jsonb_agg(
\t    'pk', u.id,
";
    let theirs = "\
2026-11-28 10:19:59.122 UTC [88] ERROR:  column authentik_tenants_tenant.reputation_lower_limit does not exist at character 417
2026-11-28 10:19:59.122 UTC [88] STATEMENT:  SELECT \"authentik_tenants_tenant\".\"tenant_uuid\", \"authentik_tenants_tenant\".\"schema_name\" FROM \"authentik_tenants_tenant\"
2026-11-28 10:27:11.020 UTC [91] ERROR:  canceling statement due to statement timeout
2026-11-28 10:27:11.020 UTC [91] STATEMENT:  SELECT COUNT(*) AS \"__count\" FROM \"authentik_events_event\"
";
    let rules = || Rules {
        component: Component::Database,
        ..Rules::unknown()
    };
    let told = digest(ours.as_bytes(), 64 << 10, rules());
    assert_eq!(ids(&told), [""; 0]);
    assert_eq!(told.unknown, []);
    let told = digest(
        format!("{ours}{theirs}{ours}").as_bytes(),
        64 << 10,
        rules(),
    );
    assert_eq!(ids(&told), ["PG-13", "PG-19"]);
    assert!(told.groups.iter().all(|group| group.count == 1));
}
