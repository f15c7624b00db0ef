//! A report made by hand that holds every outcome, every severity and every kind of mend.

use akdoctor::model::{
    Cause, CheckReport, Counts, Finding, Fix, Hit, Kind, Outcome, Point, Reach, Report, Risk,
    SCHEMA_VERSION, Severity, Subject, Summary, Target, Verdict,
};

pub fn report() -> Report {
    let checks = vec![
        health(),
        redirects(),
        whole(Outcome::Broke),
        whole(Outcome::Skipped),
    ];
    let mut summary = Summary {
        errors: 4,
        warnings: 1,
        infos: 1,
        ..Summary::default()
    };
    for check in &checks {
        summary.checks.add(check.outcome);
        check
            .points
            .iter()
            .for_each(|p| summary.points.add(p.outcome));
    }
    Report {
        schema_version: SCHEMA_VERSION,
        akdoctor: "0.1.0".into(),
        started: "2026-11-23T10:14:30Z".into(),
        milliseconds: 1234,
        partial: false,
        target: Target {
            url: Some("http://host.docker.internal:9000".into()),
            version: Some("2025.10.1".into()),
            engine: Some("Docker 29.1".into()),
            config: Some("akdoctor.toml".into()),
            simulated: None,
        },
        verdict: Verdict {
            hit: Hit::Everybody,
            names: Vec::new(),
            certain: true,
            headline: "NOBODY CAN SIGN IN".into(),
        },
        summary,
        checks,
        findings: vec![
            database(),
            server(),
            outdated(),
            redirect(),
            past(),
            worker(),
        ],
        notes: vec!["requests go through http://proxy:3128 (HTTPS_PROXY)".into()],
    }
}

/// The same with nothing wrong.
pub fn healthy() -> Report {
    let mut healthy = report();
    healthy.findings.clear();
    healthy.notes.clear();
    healthy.checks.truncate(1);
    healthy.checks[0].points.truncate(1);
    healthy.checks[0].outcome = Outcome::Passed;
    let one = Counts {
        passed: 1,
        ..Counts::default()
    };
    healthy.summary = Summary {
        checks: one,
        points: one,
        ..Summary::default()
    };
    healthy.verdict = Verdict {
        hit: Hit::None,
        names: Vec::new(),
        certain: true,
        headline: "NOTHING FOUND".into(),
    };
    healthy
}

pub fn finding(code: &str, severity: Severity, subject: Subject, says: &str) -> Finding {
    Finding {
        code: code.into(),
        severity,
        subject,
        says: says.into(),
        expected: None,
        observed: None,
        since: None,
        certain: true,
        reach: Reach::Everybody,
        cites: Vec::new(),
        caused_by: None,
        fixes: Vec::new(),
        admin: None,
        see: Vec::new(),
    }
}

pub fn fix(does: &str, risk: Risk, shell: &str) -> Fix {
    Fix {
        does: does.into(),
        risk,
        recommended: false,
        argv: Vec::new(),
        shell: Some(shell.into()),
        undo: None,
        proves: "health".into(),
        note: None,
    }
}

fn postgres() -> Subject {
    Subject::new(Kind::Database, "authentik-postgresql-1")
}

fn database() -> Finding {
    let start = Fix {
        recommended: true,
        undo: Some("docker stop authentik-postgresql-1".into()),
        ..fix(
            "Start the database container",
            Risk::Restarts,
            "docker start authentik-postgresql-1",
        )
    };
    let restore = Fix {
        note: Some("sessions since the last backup are lost".into()),
        ..fix(
            "Restore the last backup",
            Risk::Destructive,
            "docker exec -i authentik-postgresql-1 psql -U authentik <<'EOF'\nSELECT 'a  b';\nEOF",
        )
    };
    Finding {
        expected: Some("running".into()),
        observed: Some("exited with code 137".into()),
        since: Some("2026-11-23T10:02:10Z".into()),
        cites: vec!["inspect 4f1c".into()],
        fixes: vec![restore, start],
        admin: Some(
            "http://host.docker.internal:9000/if/admin/#/administration/system-tasks".into(),
        ),
        see: vec!["https://docs.goauthentik.io/troubleshooting/postgres/".into()],
        ..finding(
            "health/database-down",
            Severity::Error,
            postgres(),
            "authentik's database authentik-postgresql-1 is stopped",
        )
    }
}

fn caused(finding: Finding, code: &str) -> Finding {
    Finding {
        caused_by: Some(Cause {
            code: code.into(),
            subject: postgres(),
        }),
        ..finding
    }
}

fn server() -> Finding {
    let server = Subject::new(Kind::Server, "authentik-server-1");
    let says = "authentik's server answers every request with status 500";
    let server = finding("health/server-failing", Severity::Error, server, says);
    caused(server, "health/database-down")
}

fn worker() -> Finding {
    let worker = Subject::new(Kind::Worker, "authentik-worker-1");
    let says = "authentik's worker restarts again and again";
    let worker = finding("health/worker-restarting", Severity::Error, worker, says);
    caused(worker, "health/database-down")
}

fn redirect() -> Finding {
    let allow = Fix {
        recommended: true,
        ..fix(
            "Allow https://gitea.company/user/oauth2/authentik/callback on provider gitea",
            Risk::ChangesData,
            "docker exec authentik-server-1 ak shell -c 'provider(\"gitea\").allow(\"https://x\")'",
        )
    };
    Finding {
        expected: Some("https://gitea.company/user/oauth2/callback".into()),
        observed: Some("http://gitea.company/user/oauth2/callback".into()),
        certain: false,
        reach: Reach::Subject,
        fixes: vec![allow],
        ..finding(
            "redirect-uri/not-registered",
            Severity::Error,
            Subject::new(Kind::App, "gitea"),
            "gitea sends a redirect URI that authentik does not allow",
        )
    }
}

fn outdated() -> Finding {
    let look = fix("Look at the releases", Risk::ReadOnly, "docker images");
    Finding {
        reach: Reach::Nobody,
        fixes: vec![look],
        ..finding(
            "health/versions-differ",
            Severity::Warning,
            Subject::new(Kind::Instance, "authentik"),
            "server and worker are of different versions",
        )
    }
}

fn past() -> Finding {
    Finding {
        reach: Reach::Nobody,
        since: Some("2026-11-20T08:00:00Z".into()),
        ..finding(
            "logs/past-errors",
            Severity::Info,
            Subject::new(Kind::Server, "authentik-server-1"),
            "the log holds errors with no living fault behind them",
        )
    }
}

fn point(what: &str, outcome: Outcome, why: Option<&str>) -> Point {
    Point {
        what: what.into(),
        subject: Subject::new(Kind::Server, "authentik-server-1"),
        outcome,
        why: why.map(Into::into),
        cites: vec!["http GET http://host.docker.internal:9000/-/health/ready/".into()],
        folded_under: None,
    }
}

fn health() -> CheckReport {
    let mut points = vec![
        point("the server is live", Outcome::Passed, None),
        point(
            "the database runs",
            Outcome::Found,
            Some("health/database-down"),
        ),
        point(
            "the tasks are worked off",
            Outcome::Skipped,
            Some("no API token was given"),
        ),
    ];
    points.extend((1..=7).map(|n| Point {
        folded_under: Some("health/server-failing".into()),
        ..point(
            &format!("question {n} is answered"),
            Outcome::Unknown,
            Some("host.docker.internal:9000 answered with status 500"),
        )
    }));
    CheckReport {
        id: "health".into(),
        title: "every part of authentik is up".into(),
        outcome: Outcome::Found,
        why: None,
        milliseconds: 812,
        points,
    }
}

fn redirects() -> CheckReport {
    let hidden = Some("10.0.0.7:443 did not answer within 5000 ms");
    CheckReport {
        id: "redirect-uri".into(),
        title: "apps use redirect URIs that authentik allows".into(),
        outcome: Outcome::Unknown,
        why: None,
        milliseconds: 5003,
        points: vec![
            point(
                "gitea sends an allowed redirect URI",
                Outcome::Unknown,
                hidden,
            ),
            point(
                "coder sends an allowed redirect URI",
                Outcome::Unknown,
                hidden,
            ),
            point(
                "minio sends an allowed redirect URI",
                Outcome::Unknown,
                Some("no such name"),
            ),
        ],
    }
}

fn whole(outcome: Outcome) -> CheckReport {
    CheckReport {
        id: format!("check-{outcome:?}").to_lowercase(),
        title: "something holds".into(),
        outcome,
        why: Some("that is why".into()),
        milliseconds: 1,
        points: Vec::new(),
    }
}
