//! Cases that no scenario plays: recorded evidence with a few answers changed to what authentik,
//! PostgreSQL, the engine and proxies were seen to answer.

use std::collections::BTreeMap;

use akdoctor::{
    evidence::Entry,
    probe::ProbeError,
    stack::{Authentik, Stack},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Case;

pub(super) type Recorded = BTreeMap<String, Case>;
pub(super) type Roots = &'static [(&'static str, &'static str)];

/// A case, what it is made of, and the root causes it must come to.
pub(super) struct Made {
    pub name: &'static str,
    pub make: fn(&Recorded) -> Case,
    pub roots: Roots,
}

const HERE: &str = "http://localhost:9000";
const INSIDE: &str = "http://host.docker.internal:9000";
const ELSEWHERE: &str = "https://auth.example.com";

pub(super) const MADE: &[Made] = &[
    Made {
        name: "redis-stopped",
        make: redis_stopped,
        roots: &[("health/container-stopped", "authentik-redis")],
    },
    Made {
        name: "database-password-refused",
        make: password_refused,
        roots: &[("health/database-password", "authentik-postgresql")],
    },
    Made {
        name: "database-disk-full",
        make: disk_full,
        roots: &[("health/disk-full", "authentik-postgresql")],
    },
    Made {
        name: "clock-skew",
        make: clock_skew,
        roots: &[("health/clock-skew", HERE)],
    },
    Made {
        name: "workers-unlisted-after-restart",
        make: workers_unlisted,
        roots: &[],
    },
    Made {
        name: "queue-stuck",
        make: queue_stuck,
        roots: &[("health/queue-stuck", "authentik-worker")],
    },
    Made {
        name: "nginx-502",
        make: nginx_502,
        roots: &[("health/gateway-error", HERE)],
    },
    Made {
        name: "backend-gone",
        make: backend_gone,
        roots: &[("health/backend-gone", HERE)],
    },
    Made {
        name: "version-mismatch",
        make: version_mismatch,
        roots: &[("health/version-mismatch", "authentik-worker")],
    },
    Made {
        name: "port-taken",
        make: port_taken,
        roots: &[("health/port-taken", "authentik-server")],
    },
    Made {
        name: "port-elsewhere",
        make: port_elsewhere,
        roots: &[("health/port-elsewhere", "authentik-server")],
    },
    Made {
        name: "certificate-expired",
        make: certificate_expired,
        roots: &[("health/tls", ELSEWHERE)],
    },
    Made {
        name: "certificate-of-a-private-authority",
        make: private_authority,
        roots: &[("health/tls", ELSEWHERE)],
    },
    Made {
        name: "moved-to-https",
        make: moved,
        roots: &[("health/moved", HERE)],
    },
    Made {
        name: "name-without-address",
        make: no_address,
        roots: &[("health/no-address", ELSEWHERE)],
    },
    Made {
        name: "no-way-there",
        make: unreachable,
        roots: &[("health/unreachable", ELSEWHERE)],
    },
    Made {
        name: "under-another-path",
        make: wrong_path,
        roots: &[("health/wrong-path", HERE)],
    },
    Made {
        name: "live-fails",
        make: live_fails,
        roots: &[("health/live-fails", HERE)],
    },
    Made {
        name: "database-name-unknown",
        make: |recorded| refused_by_database(recorded, "database \"authentik\" does not exist"),
        roots: &[("health/database-name-unknown", "authentik-postgresql")],
    },
    Made {
        name: "database-connections",
        make: |recorded| refused_by_database(recorded, "sorry, too many clients already"),
        roots: &[("health/database-connections", "authentik-postgresql")],
    },
];

impl Case {
    pub(super) fn of(recorded: &Recorded, scenario: &str) -> Self {
        recorded[scenario].clone()
    }

    pub(super) fn answer(&mut self, key: &str) -> &mut Value {
        let entry = self.evidence.get_mut(key);
        let entry = entry.unwrap_or_else(|| panic!("{key} was not asked"));
        entry
            .answer
            .as_mut()
            .unwrap_or_else(|| panic!("{key} has no answer"))
    }

    pub(super) fn container(&mut self, name: &str) -> &mut Value {
        let mut inspected = self.evidence.values_mut().filter(|e| e.kind == "inspect");
        let found = inspected.find_map(|e| e.answer.as_mut().filter(|c| c["name"] == name));
        found.unwrap_or_else(|| panic!("{name} was not inspected"))
    }

    pub(super) fn put(&mut self, key: &str, answer: Result<Value, ProbeError>) {
        let (answer, error) = match answer {
            Ok(answer) => (Some(answer), None),
            Err(error) => (None, Some(error)),
        };
        let entry = Entry {
            kind: key.split(' ').next().unwrap_or_default().to_owned(),
            question: Value::Null,
            at: self.started,
            milliseconds: 1,
            answer,
            error,
        };
        self.evidence.insert(key.to_owned(), entry);
    }

    /// What live and ready answer, at both addresses.
    fn health(&mut self, live: &Value, ready: &Value) {
        for base in [HERE, INSIDE] {
            self.put(&format!("http GET {base}/-/health/live/"), Ok(live.clone()));
            self.put(
                &format!("http GET {base}/-/health/ready/"),
                Ok(ready.clone()),
            );
        }
    }

    /// How a command in the database's container ended.
    fn ran(&mut self, label: &str, exit_code: i64, stdout: &str, stderr: &str) {
        let id = self.container("authentik-postgresql")["id"].clone();
        let key = format!("exec {} {label}", id.as_str().unwrap());
        let done = json!({"exit_code": exit_code, "stdout": stdout, "stderr": stderr});
        self.put(&key, Ok(done));
    }

    pub(super) fn ago(&self, minutes: i64) -> String {
        let then = self.started - SignedDuration::from_mins(minutes);
        then.to_string()
    }
}

fn http(status: u16, headers: Value, body: &str) -> Value {
    json!({
        "status": status, "headers": headers, "body": body,
        "truncated": false, "milliseconds": 1,
    })
}

/// The page "Server Error" of a stopped database.
fn server_error(recorded: &Recorded) -> Value {
    let mut case = Case::of(recorded, "database-down");
    case.answer(&format!("http GET {HERE}/-/health/ready/"))
        .clone()
}

/// Every container runs for days and authentik is not ready.
fn not_ready(recorded: &Recorded) -> Case {
    let mut case = Case::of(recorded, "starting");
    let started = case.ago(3 * 24 * 60);
    for name in ["authentik-server", "authentik-worker"] {
        let container = case.container(name);
        container["state"]["started"] = started.clone().into();
        container["state"]["health"]["status"] = "healthy".into();
    }
    case
}

/// 2025.10.0-rc1 still needs it: ready 503 without a text, live 200.
fn redis_stopped(recorded: &Recorded) -> Case {
    let mut case = not_ready(recorded);
    let marks = json!({"server": "uvicorn", "x-authentik-id": "484f4a77e56c4ec9866318d09a18ab83"});
    case.health(&http(200, marks.clone(), ""), &http(503, marks, ""));
    let finished = case.ago(7);
    let mut redis = case.container("authentik-postgresql").clone();
    redis["id"] = "redis-0".into();
    redis["name"] = "authentik-redis".into();
    redis["image"] = "redis:8-alpine".into();
    redis["args"] = json!(["redis-server"]);
    redis["env"] = json!({});
    redis["mounts"] = json!([]);
    redis["compose"]["service"] = "redis".into();
    redis["state"] = json!({
        "status": "exited", "oom_killed": false, "exit_code": 0, "error": "",
        "started": null, "finished": finished, "health": null,
    });
    let listed = json!({
        "id": "redis-0", "name": "authentik-redis", "image": "redis:8-alpine",
        "command": "redis-server", "compose": redis["compose"],
    });
    case.answer("containers")
        .as_array_mut()
        .unwrap()
        .push(listed);
    case.put("inspect redis-0", Ok(redis));
    let server = case.container("authentik-server");
    server["env"]["AUTHENTIK_REDIS__HOST"] = json!({"plain": "authentik-redis"});
    case
}

/// The volume is older than the container, so a new password never reached it.
fn password_refused(recorded: &Recorded) -> Case {
    let mut case = not_ready(recorded);
    let page = server_error(recorded);
    case.health(&page, &page);
    case.ran(
        "psql as authentik on authentik",
        2,
        "",
        "psql: error: connection to server at \"172.19.0.2\", port 5432 failed: FATAL:  password \
         authentication failed for user \"authentik\"\n",
    );
    let made = case.ago(40 * 24 * 60);
    case.put("volume authentik_database", Ok(json!({"created": made})));
    case
}

fn disk_full(recorded: &Recorded) -> Case {
    let mut case = not_ready(recorded);
    let page = server_error(recorded);
    case.health(&page, &page);
    case.ran(
        "pg_isready",
        2,
        "/var/run/postgresql:5432 - no response\n",
        "",
    );
    case.ran(
        "df /var/lib/postgresql/data",
        0,
        "Filesystem     1024-blocks     Used Available Capacity Mounted on\n\
         /dev/vda1         82043328 82039204      4124     100% /var/lib/postgresql/data\n",
        "",
    );
    case
}

/// authentik's clock is three minutes ahead.
fn clock_skew(recorded: &Recorded) -> Case {
    let mut case = Case::of(recorded, "healthy");
    let then: Timestamp = case.started + SignedDuration::from_mins(3);
    let date = then.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    case.answer(&format!("http GET {HERE}/-/health/ready/"))["headers"]["date"] = date.into();
    case
}

/// Recorded minutes after a restart of the database (298, 300): nobody is listed, nothing waits.
fn workers_unlisted(recorded: &Recorded) -> Case {
    let mut case = Case::of(recorded, "healthy");
    *case.answer(&workers()) = json!({"count": 0, "rows": []});
    *case.answer(&queue()) = json!({"count": 0, "oldest": null});
    case
}

/// Seen once: the worker's container is healthy, it lists itself, and it works nothing off.
fn queue_stuck(recorded: &Recorded) -> Case {
    let mut case = Case::of(recorded, "healthy");
    let oldest = case.ago(25);
    *case.answer(&queue()) = json!({"count": 7, "oldest": oldest});
    case
}

fn workers() -> String {
    format!("api GET {HERE}/api/v3/tasks/workers")
}

fn queue() -> String {
    format!("api GET {HERE}/api/v3/tasks/tasks/?state=queued")
}

fn nginx_502(recorded: &Recorded) -> Case {
    let mut case = not_ready(recorded);
    let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 \
                Bad Gateway</h1></center>\r\n<hr><center>nginx/1.27.3</center>\r\n</body>\r\n</html>";
    let headers = json!({"server": "nginx/1.27.3", "content-type": "text/html"});
    let answer = http(502, headers, page);
    case.health(&answer, &answer);
    case
}

fn backend_gone(recorded: &Recorded) -> Case {
    let mut case = not_ready(recorded);
    let words = "failed to connect to authentik backend: dial unix /dev/shm/authentik-core.sock: \
                 connect: connection refused";
    let headers = json!({"x-powered-by": "authentik", "content-type": "text/plain; charset=utf-8"});
    let live = http(200, json!({"x-powered-by": "authentik"}), "");
    case.health(&live, &http(502, headers, words));
    case
}

/// The worker was not made anew with the server: told by its image and by authentik itself.
fn version_mismatch(recorded: &Recorded) -> Case {
    let mut case = Case::of(recorded, "healthy");
    let worker = case.container("authentik-worker");
    worker["image"] = "ghcr.io/goauthentik/server:2025.8.4".into();
    worker["image_version"] = "2025.8.4".into();
    let row = &mut case.answer(&workers())["rows"][0];
    row["version"] = "2025.8.4".into();
    row["version_matching"] = false.into();
    case
}

fn port(outside: u16, inside: u16) -> Value {
    json!({"inside": inside, "protocol": "tcp", "host_ip": "0.0.0.0", "outside": outside})
}

/// MinIO has port 9000, so the engine could not start the server.
fn port_taken(recorded: &Recorded) -> Case {
    let mut case = Case::of(recorded, "not-authentik");
    let server = case.container("authentik-server");
    server["ports"] = json!([port(9000, 9000), port(9443, 9443)]);
    server["state"] = json!({
        "status": "exited", "oom_killed": false, "exit_code": 128, "started": null,
        "finished": null, "health": null,
        "error": "failed to set up container networking: driver failed programming external \
                  connectivity on endpoint authentik-server (4f1c): Bind for 0.0.0.0:9000 failed: \
                  port is already allocated",
    });
    case
}

/// The server runs, on another port than people were told.
fn port_elsewhere(recorded: &Recorded) -> Case {
    let mut case = Case::of(recorded, "server-down");
    let started = case.ago(30);
    let server = case.container("authentik-server");
    server["state"]["status"] = "running".into();
    server["state"]["started"] = started.into();
    server["state"]["health"]["status"] = "healthy".into();
    let port = |outside, inside| json!({"inside": inside, "protocol": "tcp", "host_ip": "0.0.0.0", "outside": outside});
    server["ports"] = json!([port(9100, 9000), port(9543, 9443)]);
    case
}

/// The words of PostgreSQL for why it does not let authentik in.
fn refused_by_database(recorded: &Recorded, words: &str) -> Case {
    let mut case = not_ready(recorded);
    let page = server_error(recorded);
    case.health(&page, &page);
    let words = format!(
        "psql: error: connection to server at \"172.19.0.2\", port 5432 failed: FATAL:  {words}\n"
    );
    case.ran("psql as authentik on authentik", 2, "", &words);
    case
}

/// A reverse proxy that sends everybody from http to https.
fn moved(recorded: &Recorded) -> Case {
    let mut case = Case::of(recorded, "healthy");
    let to = json!({"server": "nginx", "location": "https://auth.example.com/-/health/ready/"});
    let answer = http(301, to, "");
    case.health(&answer, &answer);
    case
}

/// authentik answers, and not below the path of the base URL.
fn wrong_path(recorded: &Recorded) -> Case {
    let mut case = not_ready(recorded);
    let marks = json!({"x-authentik-id": "484f4a77e56c4ec9866318d09a18ab83"});
    let answer = http(404, marks, "<title>authentik</title><h1>Not Found</h1>");
    case.health(&answer, &answer);
    case
}

fn live_fails(recorded: &Recorded) -> Case {
    let mut case = Case::of(recorded, "healthy");
    let page = server_error(recorded);
    case.put(&format!("http GET {HERE}/-/health/live/"), Ok(page));
    case
}

fn no_address(recorded: &Recorded) -> Case {
    from_a_laptop(recorded, &|| ProbeError::NoAddress {
        host: "auth.example.com".into(),
        detail: "Name or service not known".into(),
    })
}

fn unreachable(recorded: &Recorded) -> Case {
    from_a_laptop(recorded, &|| ProbeError::TimedOut {
        at: "auth.example.com:443".into(),
        doing: "accept a connection".into(),
        millis: 3000,
    })
}

/// Signed by an authority that this machine does not know; others may.
fn private_authority(recorded: &Recorded) -> Case {
    let mut case = certificate_expired(recorded);
    let later = case.started + SignedDuration::from_hours(24 * 90);
    let answer = case.answer("tls auth.example.com:443");
    answer["fault"] = "unknown-authority".into();
    answer["detail"] = "invalid peer certificate: UnknownIssuer".into();
    answer["chain"][0]["not_after"] = later.to_string().into();
    case
}

/// From a laptop: no engine, no token, and a certificate that ended three days ago.
fn certificate_expired(recorded: &Recorded) -> Case {
    let mut case = from_a_laptop(recorded, &|| ProbeError::Tls {
        at: "auth.example.com:443".into(),
        detail: "invalid peer certificate: Expired".into(),
    });
    let (from, until) = (case.ago(93 * 24 * 60), case.ago(3 * 24 * 60));
    let leaf = json!({
        "subject": "CN=auth.example.com", "issuer": "C=US, O=Let's Encrypt, CN=R11",
        "names": ["auth.example.com"], "not_before": from, "not_after": until,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    });
    let answer = json!({
        "chain": [leaf], "fault": "expired",
        "detail": "invalid peer certificate: Expired",
    });
    case.put("tls auth.example.com:443", Ok(answer));
    case
}

/// From a laptop, with nothing but a URL that every request to fails alike.
fn from_a_laptop(recorded: &Recorded, refused: &dyn Fn() -> ProbeError) -> Case {
    let mut case = Case::of(recorded, "healthy");
    case.evidence.clear();
    case.stack = Stack {
        authentik: Authentik {
            url: Some(ELSEWHERE.into()),
            ..Authentik::default()
        },
        ..Stack::default()
    };
    let none = || {
        Err(ProbeError::NotConfigured {
            why: "no container engine was found".into(),
        })
    };
    case.put("engine", none());
    case.put("containers", none());
    for path in [
        "/-/health/live/",
        "/-/health/ready/",
        "/if/flow/default-authentication-flow/",
    ] {
        case.put(&format!("http GET {ELSEWHERE}{path}"), Err(refused()));
    }
    case
}
