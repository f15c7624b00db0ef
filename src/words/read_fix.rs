//! From a `[[finding.fix]]` of a `check.toml` to [`FixWords`].

use super::{
    Action, ApiWords, ComposeScope, ExecWords, FixWords, ForVersions, SqlWords, WordsError,
    read::{checked, is_kebab, prose},
    table::{Table, Text},
    template::{self, Syntax},
};
use crate::model::Risk;

const RISKS: [(&str, Risk); 4] = [
    ("read-only", Risk::ReadOnly),
    ("restarts", Risk::Restarts),
    ("changes-data", Risk::ChangesData),
    ("destructive", Risk::Destructive),
];

const ENGINE_VERBS: [&str; 4] = ["start", "stop", "restart", "unpause"];

const METHODS: [(&str, &str); 5] = [
    ("GET", "GET"),
    ("POST", "POST"),
    ("PUT", "PUT"),
    ("PATCH", "PATCH"),
    ("DELETE", "DELETE"),
];

/// Programs that take what they read as code, where a bare value would be code too.
const INTERPRETERS: [&str; 8] = [
    "sh",
    "bash",
    "ash",
    "dash",
    "psql",
    "python",
    "python3",
    "redis-cli",
];

/// Reads a fix of the check `id`.
pub(super) fn fix(table: &Table<'_>, id: &str) -> Result<FixWords, WordsError> {
    let undo = table.table("undo")?.map(|undo| {
        let action = action(&undo)?;
        undo.finish()?;
        Ok(action)
    });
    let words = FixWords {
        does: checked(table.need("does")?, Syntax::Prose)?,
        risk: table.need("risk")?.one_of(&RISKS)?,
        recommended: table.flag("recommended")?,
        authentik: table.text("authentik")?.map(versions).transpose()?,
        note: prose(table.text("note")?)?,
        proves: proves(table, id)?,
        action: action(table)?,
        undo: undo.transpose()?,
        needs: needs(table)?,
    };
    table.finish()?;
    Ok(words)
}

fn proves(table: &Table<'_>, id: &str) -> Result<String, WordsError> {
    match table.text("proves")? {
        None => Ok(id.to_owned()),
        Some(text) if is_kebab(text.text) => Ok(text.text.to_owned()),
        Some(text) => Err(text.wrong(0, format_args!("{:?} is not a check's id", text.text))),
    }
}

/// Names of values, as templates write them.
fn needs(table: &Table<'_>) -> Result<Vec<String>, WordsError> {
    let names = table.texts("needs")?;
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if let Some(odd) = names.iter().find(|name| !name.text.chars().all(inside)) {
        return Err(odd.wrong(0, format_args!("{:?} is not a value's name", odd.text)));
    }
    Ok(names.iter().map(|name| name.text.to_owned()).collect())
}

/// Releases of authentik.
pub(super) fn versions(text: Text<'_>) -> Result<ForVersions, WordsError> {
    let range = text.text.parse().map_err(|error| {
        let like = "write bounds such as \">=2024.12, <2026.5\"";
        text.wrong(0, format_args!("{error}; {like}"))
    })?;
    Ok(ForVersions {
        text: text.text.to_owned(),
        range,
    })
}

/// The one action of a table.
fn action(table: &Table<'_>) -> Result<Action, WordsError> {
    let mut found = engine_actions(table)?;
    if let Some(code) = table.text("ak_shell")? {
        found.push(Action::AkShell(checked(code, Syntax::Python)?));
    }
    if let Some(exec) = table.table("exec")? {
        found.push(Action::Exec(exec_words(&exec)?));
    }
    if let Some(api) = table.table("api")? {
        found.push(Action::Api(api_words(&api)?));
    }
    if let Some(sql) = table.table("sql")? {
        found.push(Action::Sql(sql_words(&sql)?));
    }
    if table.get("run").is_some() {
        found.push(Action::Run(argv(table, "run")?));
    }
    if table.get("engine").is_some() {
        found.push(Action::EngineCommand(argv(table, "engine")?));
    }
    if table.get("pipe").is_some() {
        found.push(Action::Pipe(pipe(table)?));
    }
    if table.get("steps").is_some() {
        found.push(Action::Steps(steps(table)?));
    }
    if table.flag("advice")? == Some(true) {
        found.push(Action::Advice);
    }
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(table.wrong(
            "an action is missing: one of start, stop, restart, unpause, recreate, up, up_all, \
             engine, exec, ak_shell, api, run, pipe, steps, sql, advice",
        )),
        more => Err(table.wrong(format_args!("{more} actions in one; write a fix for each"))),
    }
}

fn engine_actions(table: &Table<'_>) -> Result<Vec<Action>, WordsError> {
    let mut found = Vec::new();
    for verb in ENGINE_VERBS {
        if let Some(container) = table.text(verb)? {
            let container = checked(container, Syntax::Argument)?;
            found.push(Action::Engine { verb, container });
        }
    }
    for (key, scope) in [
        ("recreate", ComposeScope::Anew),
        ("up", ComposeScope::Service),
        ("up_all", ComposeScope::Project),
    ] {
        if let Some(container) = table.text(key)? {
            let over = table.text("over")?;
            let over = over.map(|over| checked(over, Syntax::Argument));
            found.push(Action::Compose {
                scope,
                container: checked(container, Syntax::Argument)?,
                over: over.transpose()?,
            });
        }
    }
    Ok(found)
}

fn exec_words(table: &Table<'_>) -> Result<ExecWords, WordsError> {
    let argv = argv(table, "argv")?;
    let stdin = table.text("stdin")?;
    if let Some(text) = stdin
        && INTERPRETERS.contains(&argv[0].as_str())
        && !template::names(text.text).is_empty()
    {
        let why = "a value in what an interpreter reads would be code; use ak_shell or sql";
        return Err(text.wrong(0, why));
    }
    let words = ExecWords {
        container: checked(table.need("in")?, Syntax::Argument)?,
        argv,
        stdin: prose(stdin)?,
    };
    table.finish()?;
    Ok(words)
}

/// Program and arguments. No value may choose the program, or stand in the code of `sh -c`.
fn argv(table: &Table<'_>, key: &'static str) -> Result<Vec<String>, WordsError> {
    let texts = table.texts(key)?;
    for (at, text) in texts.iter().enumerate() {
        let follows_c = at > 0 && matches!(texts[at - 1].text, "-c" | "-lc" | "-ec");
        if (at == 0 || follows_c) && !template::names(text.text).is_empty() {
            let why = "a value may not be a program or code; give it as an argument";
            return Err(text.wrong(0, why));
        }
    }
    if texts.first().is_none_or(|program| program.text.is_empty()) {
        return Err(table.wrong(format_args!("`{key}` names no program")));
    }
    let texts = texts.into_iter();
    texts.map(|text| checked(text, Syntax::Argument)).collect()
}

fn api_words(table: &Table<'_>) -> Result<ApiWords, WordsError> {
    let path = table.need("path")?;
    if !path.text.starts_with('/') {
        return Err(path.wrong(0, "the path must begin with / (below /api/v3)"));
    }
    let words = ApiWords {
        method: table.need("method")?.one_of(&METHODS)?.to_owned(),
        path: checked(path, Syntax::Argument)?,
        body: table.text("body")?.map(json_body).transpose()?,
    };
    table.finish()?;
    Ok(words)
}

fn json_body(text: Text<'_>) -> Result<String, WordsError> {
    let body = checked(text, Syntax::Json)?;
    let names = template::names(&body);
    let nulls = names.iter().map(|name| (*name, "null")).collect();
    template::fill_texts(&body, &nulls)
        .map_err(|error| error.to_string())
        .and_then(|json| {
            serde_json::from_str::<serde::de::IgnoredAny>(&json).map_err(|error| error.to_string())
        })
        .map_err(|error| text.wrong(0, format_args!("the body is not JSON: {error}")))?;
    Ok(body)
}

fn sql_words(table: &Table<'_>) -> Result<SqlWords, WordsError> {
    let words = SqlWords {
        container: checked(table.need("in")?, Syntax::Argument)?,
        user: checked(table.need("user")?, Syntax::Argument)?,
        database: checked(table.need("database")?, Syntax::Argument)?,
        statement: checked(table.need("statement")?, Syntax::Sql)?,
    };
    table.finish()?;
    Ok(words)
}

/// The commands of a pipe: at least two, and only the first may have an input of its own.
fn pipe(table: &Table<'_>) -> Result<Vec<Action>, WordsError> {
    let tables = table.tables("pipe")?;
    if tables.len() < 2 {
        return Err(table.wrong("a pipe needs two commands or more"));
    }
    let mut steps = Vec::new();
    for (at, step) in tables.iter().enumerate() {
        let action = action(step)?;
        step.finish()?;
        let fed = matches!(&action, Action::Sql(_))
            || matches!(&action, Action::Exec(exec) if exec.stdin.is_some());
        let fits = matches!(
            action,
            Action::Exec(_)
                | Action::Run(_)
                | Action::EngineCommand(_)
                | Action::AkShell(_)
                | Action::Sql(_)
        );
        if !fits || (fed && at > 0) {
            return Err(step.wrong("this cannot be a part of a pipe here"));
        }
        steps.push(action);
    }
    Ok(steps)
}

/// Commands one after the other: at least two, none of them a sequence or words only.
fn steps(table: &Table<'_>) -> Result<Vec<Action>, WordsError> {
    let tables = table.tables("steps")?;
    if tables.len() < 2 {
        return Err(table.wrong("steps are two commands or more"));
    }
    let mut steps = Vec::new();
    for step in &tables {
        let action = action(step)?;
        step.finish()?;
        if matches!(action, Action::Steps(_) | Action::Advice) {
            return Err(step.wrong("a step is one command"));
        }
        steps.push(action);
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use crate::words::{Action, Words};

    fn fix(text: &str) -> Result<Words, String> {
        Words::parse(&format!(
            "id = \"a\"\ngroup = \"g\"\ntitle = \"t\"\nwhy = \"w\"\n[[finding]]\ncode = \"a/b\"\n\
             severity = \"info\"\nreach = \"nobody\"\nsays = \"s\"\nexplain = \"e\"\n\
             [[finding.fix]]\ndoes = \"d\"\nrisk = \"restarts\"\n{text}"
        ))
        .map_err(|error| error.to_string())
    }

    #[test]
    fn exactly_one_action() {
        assert!(fix("").unwrap_err().contains("an action is missing"));
        assert!(
            fix("start = \"a\"\nstop = \"b\"")
                .unwrap_err()
                .contains("2 actions")
        );
        let words = fix("start = \"{{ c }}\"\nundo = { stop = \"{{ c }}\" }").unwrap();
        let fix = &words.findings[0].fixes[0];
        assert!(matches!(
            fix.undo,
            Some(Action::Engine { verb: "stop", .. })
        ));
        assert_eq!(fix.proves, "a");
    }

    #[test]
    fn a_value_is_never_code() {
        for text in [
            "ak_shell = '''x = '{{ a }}' '''",
            "run = [\"{{ a }}\"]",
            "run = [\"sh\", \"-c\", \"rm {{ a }}\"]",
            "run = [\"echo\", \"'{{ a }}'\"]",
            "run = []",
            "exec = { in = \"{{ c }}\", argv = [\"python3\", \"-\"], stdin = \"x={{ a }}\" }",
            "sql = { in = \"c\", user = \"u\", database = \"d\", statement = \"select '{{ a }}'\" }",
            "api = { method = \"PATCH\", path = \"/x/\", body = '{\"a\": \"{{ a }}\"}' }",
            "api = { method = \"PATCH\", path = \"/x/\", body = '{\"a\": }' }",
            "api = { method = \"patch\", path = \"/x/\" }",
            "api = { method = \"GET\", path = \"x/\" }",
            "pipe = [{ run = [\"a\"] }]",
            "steps = [{ start = \"a\" }]",
            "steps = [{ start = \"a\" }, { advice = true }]",
            "start = \"a\"\nneeds = [\"O'Brien\"]",
            "engine = [\"{{ a }}\"]",
            "start = \"a\"\nover = \"b\"",
            "pipe = [{ run = [\"a\"] }, { start = \"b\" }]",
            "start = \"a\"\nauthentik = \"2025\"",
            "start = \"a\"\nundo = { stop = \"b\", x = 1 }",
            "exec = { in = \"c\", argv = [\"df\"], stdn = \"x\" }",
        ] {
            assert!(fix(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_action_reads() {
        for text in [
            "unpause = \"{{ c }}\"",
            "recreate = \"{{ c }}\"",
            "up = \"{{ c }}\"",
            "up = \"{{ c }}\"\nover = \"{{ file }}\"",
            "advice = true",
            "run = [\"chmod\", \"600\", \"--\", \"{{ path }}\"]",
            "ak_shell = '''print({{ a }}, {'k': {{ b }}})'''",
            "api = { method = \"PATCH\", path = \"/x/{{ pk }}/\", body = '{\"a\": {{ a }}}' }",
            "sql = { in = \"{{ c }}\", user = \"{{ u }}\", database = \"d\", statement = \"select {{ a }}\" }",
            "up_all = \"{{ c }}\"\nneeds = [\"other\"]",
            "engine = [\"logs\", \"--tail\", \"50\", \"{{ c }}\"]",
            "steps = [{ stop = \"{{ a }}\" }, { start = \"{{ b }}\" }]",
            "pipe = [{ exec = { in = \"a\", argv = [\"b\"] } }, { run = [\"c\"] }]",
        ] {
            fix(text).unwrap();
        }
    }
}
