//! Commands that feed one another, and their two forms: what is run, and what is pasted.

use super::quote::shell_line;

/// The longest argument that Linux takes, in bytes without its NUL (MAX_ARG_STRLEN; measured in
/// verified.md 4).
pub(super) const LONGEST_ARGUMENT: usize = 131_071;

/// The longest input that is handed over in arguments, in bytes: under every kernel's ARG_MAX.
const LONGEST_INPUT: usize = 1_000_000;

/// What the first command of a pipeline reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Input {
    /// Nothing of ours.
    None,
    /// A text.
    Text(String),
    /// The header with the API token, by the name of the variable that holds it: `printf` is a
    /// shell's own, so the token appears in no list of processes.
    Bearer(String),
}

/// Commands that feed one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pipeline {
    pub(super) input: Input,
    pub(super) commands: Vec<Vec<String>>,
    /// What runs after it, if it succeeded.
    pub(super) then: Vec<Pipeline>,
}

/// A pipeline in its two forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) argv: Vec<String>,
    pub(super) shell: String,
}

impl Pipeline {
    /// A single command that reads nothing.
    pub(super) fn of(argv: Vec<String>) -> Self {
        Self {
            input: Input::None,
            commands: vec![argv],
            then: Vec::new(),
        }
    }

    /// Writes both forms.
    ///
    /// # Errors
    /// Why it can be neither run nor pasted.
    pub(super) fn write(mut self) -> Result<Written, String> {
        let then = std::mem::take(&mut self.then);
        let mut written = self.write_one()?;
        for next in then {
            written.shell = format!("{} && {}", written.shell, next.write_one()?.shell);
            written.argv = vec!["sh".into(), "-c".into(), written.shell.clone()];
        }
        Ok(written)
    }

    fn write_one(self) -> Result<Written, String> {
        let mut words = self.commands.iter().flatten();
        if words.any(|word| word.len() > LONGEST_ARGUMENT) {
            return Err("an argument is longer than the system takes".to_owned());
        }
        let commands = self.commands.iter().map(|argv| shell_line(argv));
        let commands = commands.collect::<Result<Vec<_>, _>>()?.join(" | ");
        let feed = self.input.feed()?;
        let shell = format!("{feed}{commands}");
        let argv = match (self.input, <[_; 1]>::try_from(self.commands)) {
            (Input::None, Ok([argv])) => argv,
            (Input::Text(text), _) if shell.len() > LONGEST_ARGUMENT => {
                in_pieces(&text, &commands)?
            }
            _ => vec!["sh".into(), "-c".into(), shell.clone()],
        };
        Ok(Written { argv, shell })
    }
}

impl Input {
    fn feed(&self) -> Result<String, String> {
        Ok(match self {
            Self::None => String::new(),
            Self::Text(text) => format!("printf %s {} | ", super::quote::shell_word(text)?),
            Self::Bearer(variable) => {
                format!("printf 'Authorization: Bearer %s\\n' \"${variable}\" | ")
            }
        })
    }
}

/// A shell that is handed a long input as several arguments, since one could not hold it.
fn in_pieces(text: &str, commands: &str) -> Result<Vec<String>, String> {
    if text.len() > LONGEST_INPUT {
        return Err("the input is longer than the system takes".to_owned());
    }
    let script = format!("printf %s \"$@\" | {commands}");
    let mut argv = vec!["sh".to_owned(), "-c".to_owned(), script, "sh".to_owned()];
    let mut piece = String::new();
    for c in text.chars() {
        if piece.len() + c.len_utf8() > LONGEST_ARGUMENT {
            argv.push(std::mem::take(&mut piece));
        }
        piece.push(c);
    }
    argv.push(piece);
    Ok(argv)
}
