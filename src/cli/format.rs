//! `-o FORMAT[=FILE]`: which formats a report is written in, and where each goes.

use std::{ffi::OsStr, path::PathBuf};

use anyhow::{Result, bail};
use clap::{
    Arg, Command, ValueEnum,
    builder::{EnumValueParser, PossibleValue, TypedValueParser},
    error::{ContextKind, ContextValue, ErrorKind},
};

use crate::render::{self, NagiosState};

use super::{args::Global, output};

/// A format of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Human,
    /// For programs; docs/schema/report.schema.json describes it
    Json,
    /// JUnit XML: a case for each check and subject
    Junit,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands of GitHub Actions; the whole goes to the step's summary
    Github,
    /// For a ticket
    Markdown,
    /// Metrics in Prometheus's text format
    Prometheus,
    /// One line with performance data, and the exit codes of Nagios plugins
    Nagios,
}

/// What a report is written in.
pub(super) const REPORT: &[Format] = &[
    Format::Human,
    Format::Json,
    Format::Junit,
    Format::Sarif,
    Format::Github,
    Format::Markdown,
    Format::Prometheus,
    Format::Nagios,
];

/// What everything else is written in.
pub(super) const PLAIN: &[Format] = &[Format::Human, Format::Json];

/// A format that was asked for, with the file it goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub format: Format,
    /// `None` for stdout, or `--output-file`.
    pub file: Option<PathBuf>,
}

/// Reads `FORMAT` or `FORMAT=FILE`.
#[derive(Debug, Clone)]
pub(super) struct WantedParser;

impl TypedValueParser for WantedParser {
    type Value = Wanted;

    fn parse_ref(
        &self,
        cmd: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Wanted, clap::Error> {
        let Some(text) = value.to_str() else {
            return Err(clap::Error::new(ErrorKind::InvalidUtf8).with_cmd(cmd));
        };
        let (name, file) = match text.split_once('=') {
            Some((name, file)) => (name, Some(file)),
            None => (text, None),
        };
        if file == Some("") {
            let mut error = clap::Error::new(ErrorKind::InvalidValue).with_cmd(cmd);
            let arg = arg.map_or_else(String::new, ToString::to_string);
            error.insert(ContextKind::InvalidArg, ContextValue::String(arg));
            let value = format!("{text} (no file is named after =)");
            error.insert(ContextKind::InvalidValue, ContextValue::String(value));
            return Err(error);
        }
        let format = EnumValueParser::<Format>::new().parse_ref(cmd, arg, OsStr::new(name))?;
        Ok(Wanted {
            format,
            file: file.map(PathBuf::from),
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let formats = Format::value_variants().iter();
        Some(Box::new(formats.filter_map(ValueEnum::to_possible_value)))
    }
}

impl Global {
    /// Every format that was asked for with where it goes; the one for people where none was.
    ///
    /// # Errors
    /// When two would go to the same place, when a format is asked for that `known` does not hold,
    /// and when Nagios's, whose exit codes are others, is combined with another.
    pub fn wanted(&self, known: &[Format]) -> Result<Vec<Wanted>> {
        let mut wanted = self.output.clone();
        if wanted.is_empty() {
            let format = Format::Human;
            wanted.push(Wanted { format, file: None });
        }
        if let Some(other) = wanted.iter().find(|it| !known.contains(&it.format)) {
            let names: Vec<String> = known.iter().copied().map(name_of).collect();
            bail!(
                "this command does not write {}; it writes {}",
                name_of(other.format),
                crate::model::list_of(&names)
            );
        }
        if self.is_nagios() && wanted.len() > 1 {
            bail!(
                "-o nagios has exit codes of its own and cannot be combined with another format; \
                 run akdoctor once for each"
            );
        }
        for one in &mut wanted {
            if one.file.is_none() {
                one.file.clone_from(&self.output_file);
            }
        }
        for (at, one) in wanted.iter().enumerate() {
            if wanted[..at].iter().any(|other| other.file == one.file) {
                let place = one.file.as_ref();
                let place = place.map_or_else(|| "stdout".into(), |it| it.display().to_string());
                bail!(
                    "two formats would both go to {place}; give one a file of its own, as in \
                     -o {}=FILE",
                    name_of(one.format)
                );
            }
        }
        Ok(wanted)
    }

    /// The format of a command that writes for people or for programs, as one thing.
    ///
    /// # Errors
    /// As for [`Global::wanted`].
    pub fn plain(&self) -> Result<(Plain, Option<PathBuf>)> {
        let mut wanted = self.wanted(PLAIN)?;
        let first = wanted.swap_remove(0);
        if !wanted.is_empty() {
            bail!("this command writes one format at a time");
        }
        let plain = match first.format {
            Format::Json => Plain::Json,
            _ => Plain::Human,
        };
        Ok((plain, first.file))
    }

    /// Whether the format for people goes to a file, which has no colours and no width.
    pub fn is_human_to_file(&self) -> bool {
        let mut human = self.output.iter().filter(|it| it.format == Format::Human);
        match human.next() {
            Some(human) => human.file.is_some() || self.output_file.is_some(),
            None => self.output_file.is_some(),
        }
    }

    /// Whether the exit codes are those of Nagios plugins.
    pub fn is_nagios(&self) -> bool {
        self.output.iter().any(|it| it.format == Format::Nagios)
    }
}

/// The format of what is no report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plain {
    /// For people.
    Human,
    /// For programs.
    Json,
}

/// Says in Nagios's way why there is no report, and with which code to exit.
pub(super) fn nagios_failed(why: &str) -> u8 {
    let mut line = Vec::new();
    // Writing to memory cannot fail; where stdout is closed there is nobody to tell.
    let _ = render::nagios_failed(why, &mut line);
    let _ = output::deliver(&line, None);
    NagiosState::Unknown.code()
}

fn name_of(format: Format) -> String {
    let value = format.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{super::args::Cli, *};

    fn wanted(line: &str) -> Result<Vec<Wanted>> {
        let global = Cli::try_parse_from(line.split(' '))?.global;
        global.wanted(Format::value_variants())
    }

    fn told(line: &str) -> Vec<(Format, Option<String>)> {
        let all = wanted(line).unwrap().into_iter();
        all.map(|it| (it.format, it.file.map(|file| file.display().to_string())))
            .collect()
    }

    #[test]
    fn formats_go_where_they_are_sent() {
        let file = |name: &str| Some(name.to_owned());
        assert_eq!(told("akdoctor"), [(Format::Human, None)]);
        assert_eq!(
            told("akdoctor -o human -o junit=report=1.xml --output sarif=x.sarif"),
            [
                (Format::Human, None),
                (Format::Junit, file("report=1.xml")),
                (Format::Sarif, file("x.sarif")),
            ]
        );
        assert_eq!(
            told("akdoctor -o json --output-file a -o junit=b"),
            [(Format::Json, file("a")), (Format::Junit, file("b"))]
        );
    }

    #[test]
    fn what_cannot_be_is_refused_with_the_way_on() {
        for (line, said) in [
            ("akdoctor -o json -o human", "would both go to stdout"),
            ("akdoctor -o json=a -o junit=a", "would both go to a"),
            ("akdoctor -o nagios -o junit=a", "cannot be combined"),
            ("akdoctor -o junit=", "no file is named after ="),
            ("akdoctor -o jsn", "a similar value exists: 'json'"),
        ] {
            let error = wanted(line).unwrap_err().to_string();
            assert!(error.contains(said), "{line}: {error}");
        }
        let global = Cli::try_parse_from(["akdoctor", "-o", "junit"])
            .unwrap()
            .global;
        let error = global.plain().unwrap_err().to_string();
        assert_eq!(
            error,
            "this command does not write junit; it writes human and json"
        );
    }
}
