//! From an action's words to the commands that do it here.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Runtime, Workshop,
    command::{Input, LONGEST_ARGUMENT, Pipeline},
    quote,
};
use crate::{
    probe::engine::{Compose, Flavour},
    words::{
        Action, ApiWords, ComposeScope, ExecWords, SqlWords,
        template::{FillError, fill_with},
    },
};

/// Why an action has no command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cannot {
    /// It is not for this stack: something that it needs is not here.
    Here,
    /// A value cannot be pasted.
    Paste(String),
}

impl From<FillError> for Cannot {
    fn from(error: FillError) -> Self {
        match error {
            // A value that nobody could tell: the fix is for cases in which it is known.
            FillError::Missing(_) => Self::Here,
            other => Self::Paste(other.to_string()),
        }
    }
}

/// Reads its script from its input: `ak shell`'s own reading of it is a console (verified.md 4).
const FROM_STDIN: &str = "import sys;exec(compile(sys.stdin.read(),'akd','exec'),globals())";

/// What actions are built with.
pub(super) struct Builder<'a> {
    pub(super) values: &'a BTreeMap<&'a str, Value>,
    pub(super) shop: &'a Workshop,
}

impl Builder<'_> {
    /// The commands of an action; none for advice.
    pub(super) fn build(&self, action: &Action) -> Result<Option<Pipeline>, Cannot> {
        Ok(Some(match action {
            Action::Advice => return Ok(None),
            Action::Engine { verb, container } => {
                let name = self.container(container)?;
                let engine = self.engine(&name);
                Pipeline::of(vec![engine, (*verb).to_owned(), name])
            }
            Action::Compose {
                scope,
                container,
                over,
            } => self.compose(*scope, container, over.as_deref())?,
            Action::EngineCommand(words) => self.engine_command(words)?,
            Action::Steps(steps) => self.steps(steps)?,
            Action::Exec(exec) => self.exec(exec, false)?,
            Action::AkShell(code) => self.ak_shell(code, false)?,
            Action::Api(api) => self.api(api)?,
            Action::Run(argv) => Pipeline::of(self.argv(argv)?),
            Action::Pipe(steps) => self.pipe(steps)?,
            Action::Sql(sql) => self.sql(sql)?,
        }))
    }

    fn fill(&self, template: &str) -> Result<String, Cannot> {
        Ok(fill_with(template, self.values, quote::argument)?)
    }

    /// A container's name. Engines take letters, digits, `_`, `.` and `-` only, and no dash in
    /// front (github.com/moby/moby, `names.RestrictedNameChars`); anything else is no name, and
    /// could be read as an option.
    fn container(&self, template: &str) -> Result<String, Cannot> {
        let name = self.fill(template)?;
        let inside = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        if name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(inside) {
            return Ok(name);
        }
        Err(Cannot::Paste(format!("{name:?} is not a container's name")))
    }

    fn runtime(&self, container: &str) -> Option<&Runtime> {
        self.shop.containers.get(container)
    }

    fn engine(&self, container: &str) -> String {
        match self.runtime(container).map(|runtime| runtime.flavour) {
            Some(Flavour::Podman) => "podman".to_owned(),
            Some(Flavour::Docker) | None => "docker".to_owned(),
        }
    }

    fn compose(
        &self,
        scope: ComposeScope,
        container: &str,
        over: Option<&str>,
    ) -> Result<Pipeline, Cannot> {
        let name = self.container(container)?;
        let placed = self.runtime(&name).and_then(|at| at.compose.as_ref());
        let compose = placed.ok_or(Cannot::Here)?;
        // A project that compose 1 made is brought up by compose 1: where that is still in use the
        // engine's command line has no plugin.
        let mut argv = match compose.version.as_deref() {
            Some(version) if version.starts_with("1.") => vec!["docker-compose".to_owned()],
            _ => vec![self.engine(&name), "compose".to_owned()],
        };
        argv.extend(project(compose));
        if let Some(over) = over {
            argv.extend(["-f".to_owned(), self.fill(over)?]);
        }
        argv.extend(["up".to_owned(), "-d".to_owned()]);
        if scope == ComposeScope::Project {
            return Ok(Pipeline::of(argv));
        }
        if scope == ComposeScope::Anew {
            argv.push("--force-recreate".to_owned());
        }
        if compose.service.starts_with('-') {
            argv.push("--".to_owned());
        }
        argv.push(compose.service.clone());
        Ok(Pipeline::of(argv))
    }

    /// A command of the engine that the named container is on, else of any engine here.
    fn engine_command(&self, words: &[String]) -> Result<Pipeline, Cannot> {
        let words = self.argv(words)?;
        let named = words.iter().find(|word| self.runtime(word).is_some());
        let any = self.shop.containers.keys().next();
        let engine = self.engine(named.or(any).map_or("", String::as_str));
        Ok(Pipeline::of([vec![engine], words].concat()))
    }

    fn steps(&self, steps: &[Action]) -> Result<Pipeline, Cannot> {
        let built: Vec<Option<Pipeline>> = steps
            .iter()
            .map(|step| self.build(step))
            .collect::<Result<_, _>>()?;
        let mut built = built.into_iter().flatten();
        let mut first = built.next().ok_or(Cannot::Here)?;
        first.then = built.collect();
        Ok(first)
    }

    /// A container's `exec`; `-i` where something feeds it.
    fn in_container(&self, name: &str, fed: bool, argv: Vec<String>) -> Vec<String> {
        let mut whole = vec![self.engine(name), "exec".to_owned()];
        if fed {
            whole.push("-i".to_owned());
        }
        whole.push(name.to_owned());
        whole.extend(argv);
        whole
    }

    fn exec(&self, exec: &ExecWords, fed: bool) -> Result<Pipeline, Cannot> {
        let name = self.container(&exec.container)?;
        let stdin = exec.stdin.as_deref().map(|text| self.fill(text));
        let stdin = stdin.transpose()?;
        let fed = fed || stdin.is_some();
        Ok(Pipeline {
            input: stdin.map_or(Input::None, Input::Text),
            commands: vec![self.in_container(&name, fed, self.argv(&exec.argv)?)],
            then: Vec::new(),
        })
    }

    /// Program and arguments. A value with a dash in front would be read as an option, unless
    /// `--` has ended them.
    fn argv(&self, templates: &[String]) -> Result<Vec<String>, Cannot> {
        let mut argv: Vec<String> = Vec::with_capacity(templates.len());
        for template in templates {
            let word = self.fill(template)?;
            let foreign = template.starts_with("{{") && word.starts_with('-');
            if foreign && !argv.iter().any(|earlier| earlier == "--") {
                let why = format!("{word:?} begins with a dash and would be read as an option");
                return Err(Cannot::Paste(why));
            }
            argv.push(word);
        }
        Ok(argv)
    }

    fn ak_shell(&self, code: &str, fed: bool) -> Result<Pipeline, Cannot> {
        let server = self.shop.server.as_deref().ok_or(Cannot::Here)?;
        let server = self.container(server)?;
        let code = fill_with(code, self.values, quote::python)?;
        let code = code.trim_matches('\n').to_owned();
        let shell = |code: &str| ["ak", "shell", "-c", code].map(str::to_owned).to_vec();
        if code.len() <= LONGEST_ARGUMENT {
            return Ok(Pipeline::of(self.in_container(&server, fed, shell(&code))));
        }
        if fed {
            let why = "the script is too long to stand behind a pipe".to_owned();
            return Err(Cannot::Paste(why));
        }
        Ok(Pipeline {
            input: Input::Text(code),
            commands: vec![self.in_container(&server, true, shell(FROM_STDIN))],
            then: Vec::new(),
        })
    }

    fn api(&self, api: &ApiWords) -> Result<Pipeline, Cannot> {
        let base = self.shop.api.as_deref().ok_or(Cannot::Here)?;
        let path = fill_with(&api.path, self.values, quote::path_part)?;
        let url = format!("{}/api/v3{path}", base.trim_end_matches('/'));
        if !(url.starts_with("https://") || url.starts_with("http://")) {
            return Err(Cannot::Here);
        }
        let mut argv = ["curl", "-fsS", "-H", "@-"].map(str::to_owned).to_vec();
        if api.method != "GET" {
            // authentik answers with the whole object, a provider's client secret included.
            argv.extend(["-o", "/dev/null"].map(str::to_owned));
        }
        if let Some(body) = &api.body {
            let body = fill_with(body, self.values, quote::json)?;
            // --data-raw: a body that begins with @ would otherwise name a file.
            let kind = "Content-Type: application/json".to_owned();
            argv.extend(["-H".to_owned(), kind, "--data-raw".to_owned(), body]);
        }
        argv.extend(["-X".to_owned(), api.method.clone(), url]);
        Ok(Pipeline {
            input: Input::Bearer(self.token_variable()?),
            commands: vec![argv],
            then: Vec::new(),
        })
    }

    fn token_variable(&self) -> Result<String, Cannot> {
        let name = match self.shop.token_variable.as_str() {
            "" => "AKDOCTOR_TOKEN",
            name => name,
        };
        let inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let digit = name.starts_with(|c: char| c.is_ascii_digit());
        if digit || !name.chars().all(inside) {
            return Err(Cannot::Paste(format!("{name:?} is not a variable's name")));
        }
        Ok(name.to_owned())
    }

    fn sql(&self, sql: &SqlWords) -> Result<Pipeline, Cannot> {
        let name = self.container(&sql.container)?;
        let (user, database) = (self.fill(&sql.user)?, self.fill(&sql.database)?);
        // libpq takes such a database for a whole connection string (manual, section 32.1.1).
        if database.contains('=') || database.contains("://") {
            return Err(Cannot::Paste(format!(
                "{database:?} is not a database's name"
            )));
        }
        let argv = [
            "psql",
            "-X",
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            &user,
            "-d",
            &database,
        ];
        let statement = fill_with(&sql.statement, self.values, quote::sql)?;
        Ok(Pipeline {
            input: Input::Text(statement),
            commands: vec![self.in_container(&name, true, argv.map(str::to_owned).to_vec())],
            then: Vec::new(),
        })
    }

    fn pipe(&self, steps: &[Action]) -> Result<Pipeline, Cannot> {
        let mut whole = Pipeline {
            input: Input::None,
            commands: Vec::with_capacity(steps.len()),
            then: Vec::new(),
        };
        for (at, step) in steps.iter().enumerate() {
            let built = match step {
                Action::Exec(exec) => Some(self.exec(exec, at > 0)?),
                Action::AkShell(code) => Some(self.ak_shell(code, at > 0)?),
                other => self.build(other)?,
            };
            let Some(built) = built else { continue };
            if at == 0 {
                whole.input = built.input;
            }
            whole.commands.extend(built.commands);
        }
        Ok(whole)
    }
}

/// The options of compose that name a project as it was started.
fn project(compose: &Compose) -> Vec<String> {
    let mut options = vec!["-p".to_owned(), compose.project.clone()];
    if let Some(folder) = &compose.folder {
        options.extend(["--project-directory".to_owned(), folder.clone()]);
    }
    for file in &compose.files {
        // Compose 1 writes the names as they were typed, which is beside the project's folder.
        let file = match &compose.folder {
            Some(folder) if !file.starts_with('/') => format!("{folder}/{file}"),
            _ => file.clone(),
        };
        options.extend(["-f".to_owned(), file]);
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn up(version: Option<&str>) -> Vec<String> {
        let compose = Compose {
            project: "sso".into(),
            service: "server".into(),
            files: Vec::new(),
            folder: None,
            version: version.map(Into::into),
        };
        let runtime = Runtime {
            flavour: Flavour::Docker,
            compose: Some(compose),
        };
        let shop = Workshop {
            containers: BTreeMap::from([("sso_server_1".into(), runtime)]),
            ..Workshop::default()
        };
        let values = BTreeMap::new();
        let builder = Builder {
            values: &values,
            shop: &shop,
        };
        let pipeline = builder.compose(ComposeScope::Service, "sso_server_1", None);
        pipeline.unwrap().commands.remove(0)
    }

    #[test]
    fn a_project_is_brought_up_by_the_compose_that_made_it() {
        let words = ["-p", "sso", "up", "-d", "server"];
        assert_eq!(
            up(Some("1.29.2")),
            [&["docker-compose"], &words[..]].concat()
        );
        let plugin = [&["docker", "compose"], &words[..]].concat();
        assert_eq!(up(Some("2.27.0")), plugin);
        assert_eq!(up(None), plugin);
    }
}
