//! Runs commands by the real `sh` against programs that write down what they were given.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

/// What a program was given: its name and arguments, and its input.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) argv: Vec<String>,
    pub(super) stdin: String,
}

/// Runs scripts one after another in one real `sh`; says what was called by each.
pub(super) fn run_all(scripts: &[String]) -> Vec<Vec<Call>> {
    let folder = tempfile::tempdir().unwrap();
    let bin = folder.path().join("bin");
    fs::create_dir(&bin).unwrap();
    recorders(&bin);
    let mut whole = String::new();
    for (at, script) in scripts.iter().enumerate() {
        let out = folder.path().join(at.to_string());
        fs::create_dir(&out).unwrap();
        whole.push_str(&format!("OUT='{}'; export OUT\n{script}\n", out.display()));
    }
    let file = folder.path().join("all.sh");
    fs::write(&file, whole).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    for flags in [&["-n"][..], &[]] {
        let ran = Command::new("sh")
            .args(flags)
            .arg(&file)
            .env("PATH", &path)
            .env("MY_TOKEN", "t0ken%s\\n")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(
            ran.status.success() && said.is_empty(),
            "sh {flags:?}: {said}"
        );
    }
    (0..scripts.len())
        .map(|at| calls(&folder.path().join(at.to_string())))
        .collect()
}

pub(super) fn call(argv: &[&str], stdin: &str) -> Call {
    Call {
        argv: argv.iter().map(|word| (*word).to_owned()).collect(),
        stdin: stdin.to_owned(),
    }
}

/// Puts programs into a folder that write down what they are given: NUL-separated arguments, a
/// line with the number of bytes of the input, the input.
fn recorders(folder: &Path) {
    let script = "#!/bin/sh\nset -e\nn=0\nuntil mkdir \"$OUT/call.$n\" 2>/dev/null; do n=$((n+1)); done\n\
                  at=\"$OUT/call.$n\"\nprintf '%s\\0' \"${0##*/}\" \"$@\" > \"$at/argv\"\n\
                  if [ -p /dev/stdin ]; then cat > \"$at/stdin\"; else : > \"$at/stdin\"; fi\n";
    for name in ["docker", "podman", "curl", "chmod"] {
        let path = folder.join(name);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

fn calls(out: &Path) -> Vec<Call> {
    let mut calls: Vec<Call> = fs::read_dir(out)
        .unwrap()
        .map(|entry| {
            let at = entry.unwrap().path();
            let argv = fs::read_to_string(at.join("argv")).unwrap();
            let argv = argv.strip_suffix('\0').unwrap();
            Call {
                argv: argv.split('\0').map(str::to_owned).collect(),
                stdin: fs::read_to_string(at.join("stdin")).unwrap(),
            }
        })
        .collect();
    // The parts of a pipe start in any order.
    calls.sort_by(|a, b| a.argv.cmp(&b.argv));
    calls
}
