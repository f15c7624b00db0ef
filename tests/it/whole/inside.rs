//! What is asked inside the database's container: `pg_isready`, `psql`, `df`, and what mends a
//! password.

use std::{
    fs,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use super::{
    run::{finish, paste, recommended},
    stack::{Parts, Stack},
};
use crate::support::ContainerSpec;

/// A password of everything that quoting can get wrong.
const HARD: &str = "p'a\"b  c$HOME`d\\e %s é\u{1f511};--#";
const ISREADY: &str = "pg_isready";

#[test]
fn a_database_without_a_shell_is_no_finding() {
    let greets = [
        "nc",
        "-ll",
        "-p",
        "5432",
        "-e",
        "/busybox-server",
        "echo",
        "postgres",
    ];
    let made = Stack::changed(|parts| Parts {
        database: ContainerSpec::bare()
            .commanded(&[&["/busybox-server"], &greets[..]].concat())
            .called("postgresql")
            .with(&["--network", &parts.network, "--network-alias", "postgresql"]),
        ..parts
    });
    let Some(stack) = made else { return };
    let ran = stack.ask();
    assert_eq!((ran.code, ran.findings().len()), (3, 0), "{ran}");
    for (what, program) in [
        ("the database accepts connections", ISREADY),
        ("the database's disk has room", "df"),
    ] {
        let why = ran.why_unknown(what);
        assert!(why.contains(program) && why.contains("not found"), "{why}");
    }
}

#[test]
fn a_database_that_takes_no_connections() {
    let Some(stack) = Stack::start() else { return };
    stack.shell(&stack.database, "echo > /sick");
    let path = "/bin/pg_isready";
    let refuses = "#!/bin/sh\necho '/run/postgresql:5432 - rejecting connections'\nexit 1\n";
    stack.put(&stack.database, path, refuses);
    let ran = stack.ask();
    let root = ran.root("health/database-not-accepting", &stack.database.name);
    assert_eq!(
        root["observed"],
        "/run/postgresql:5432 - rejecting connections"
    );
    ran.follows("health/server-error", "health/database-not-accepting");
    paste(recommended(root));
    stack.put(&stack.database, path, "#!/bin/sh\necho accepting\n");
    stack.shell(&stack.database, "/bin/busybox rm /sick");
    stack.heals();
}

#[test]
fn a_disk_that_is_full() {
    let Some(stack) = Stack::start() else { return };
    stack.shell(&stack.database, "echo > /sick");
    let df = |used: u32, free: u64| {
        format!(
            "#!/bin/sh\necho 'Filesystem 1024-blocks Used Available Capacity Mounted on'\n\
             echo '/dev/sda1 100000000 1 {free} {used}% /var/lib/postgresql/data'\n"
        )
    };
    stack.put(&stack.database, "/bin/df", &df(100, 0));
    let ran = stack.ask();
    let root = ran.root("health/disk-full", &stack.database.name);
    assert_eq!(root["observed"], "100 % used, 0 B free");
    ran.follows("health/server-error", "health/disk-full");
    assert_eq!(recommended(root), "docker system df");
    stack.put(&stack.database, "/bin/df", &df(96, 4_000_000));
    stack.shell(&stack.database, "/bin/busybox rm /sick");
    let ran = stack.ask();
    let low = ran.root("health/disk-low", &stack.database.name);
    assert_eq!(low["observed"], "96 % used, 3906 MiB free", "{ran}");
}

/// A `psql` that refuses until it has read the SQL that mends the password, which it keeps.
const PSQL: &str = "#!/bin/sh\ncase \"$*\" in\n*'select 1'*)\n[ -e /mended ] && exec echo 1\n\
    printf %s \"$PGPASSWORD\" > /tried\n\
    echo 'psql: error: connection to server at \"db\", port 5432 failed: FATAL:  password \
    authentication failed for user \"authentik\"' >&2\nexit 2 ;;\n\
    -q*) echo \"$@\" > /argv; cat > /sql; echo > /mended; /bin/busybox rm -f /sick ;;\nesac\n";

#[test]
fn a_password_that_the_database_does_not_take() {
    let secret = format!("AUTHENTIK_POSTGRESQL__PASSWORD={HARD}");
    let made = Stack::changed(|parts| Parts {
        server: parts.server.with(&["-e", &secret]).program(
            "/bin/python3",
            "#!/bin/sh\nprintf %s \"$2\" > /code\nsleep 1\ncat /out\n",
        ),
        database: parts.database.program("/bin/psql", PSQL),
        ..parts
    });
    let Some(stack) = made else { return };
    stack.shell(&stack.database, "echo > /sick");
    let ran = stack.ask();
    let root = ran.root("health/database-password", &stack.database.name);
    ran.follows("health/server-error", "health/database-password");
    assert_eq!(stack.shell(&stack.database, "cat /tried"), HARD);
    let line = recommended(root).to_owned();
    assert!(told_nowhere(&stack), "the password is printed");

    let sql = sql_of(&line, &secret);
    let doubled = HARD.replace('\'', "''");
    assert_eq!(
        sql,
        format!("ALTER USER \"authentik\" WITH PASSWORD '{doubled}';\n")
    );
    stack.put(&stack.server, "/out", &sql);
    let seen = watched(HARD, || paste(&line));
    assert!(!seen, "the password stood in a process's arguments");
    assert_eq!(stack.shell(&stack.server, "cat /code"), code_of(&line));
    assert_eq!(stack.shell(&stack.database, "cat /sql") + "\n", sql);
    let argv = stack.shell(&stack.database, "cat /argv");
    assert_eq!(argv, "-q -v ON_ERROR_STOP=1 -U authentik -d authentik");
    stack.heals();
}

/// Whether no form of the report holds the password, or the part of it that no format escapes.
fn told_nowhere(stack: &Stack) -> bool {
    [&["-v"][..], &["-o", "json"], &["-q"]].iter().all(|args| {
        let output = finish(&mut stack.command(args));
        let printed = [output.stdout, output.stderr].concat();
        !String::from_utf8_lossy(&printed).contains("c$HOME")
    })
}

/// The Python that the line runs in the server's container.
fn code_of(line: &str) -> String {
    let words = shlex::split(line).unwrap();
    let at = words.iter().position(|word| word == "-c").unwrap();
    words[at + 1].clone()
}

/// What that Python prints in such an environment: busybox has none, this machine has.
fn sql_of(line: &str, variable: &str) -> String {
    let (name, value) = variable.split_once('=').unwrap();
    let output = Command::new("python3")
        .env_clear()
        .env("PATH", "/usr/bin:/bin:/usr/local/bin")
        .args(["-c", &code_of(line)])
        .env(name, value)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Whether a process of this machine, or of a container on it, shows the text among its arguments
/// meanwhile.
fn watched<T>(text: &str, meanwhile: impl FnOnce() -> T) -> bool {
    let done = AtomicBool::new(false);
    let shown = || {
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        processes
            .filter_map(|entry| fs::read(entry.path().join("cmdline")).ok())
            .any(|line| String::from_utf8_lossy(&line).contains(text))
    };
    thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut seen = false;
            while !done.load(Ordering::Relaxed) {
                seen |= shown();
                thread::sleep(Duration::from_millis(20));
            }
            seen
        });
        meanwhile();
        done.store(true, Ordering::Relaxed);
        watch.join().unwrap()
    })
}
