use super::{Kind, Subject};

/// Where the configuration file speaks of a subject, for formats that show a line of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// The file, as the person knows it; `None` where there is none.
    pub file: Option<String>,
    /// Subjects with their lines, both counted from 1.
    pub lines: Vec<(Subject, usize)>,
    /// The line of the table about authentik itself.
    pub authentik: Option<usize>,
}

impl Places {
    /// The file and the line for a subject: its own table, else that about authentik, else the
    /// file's first line. `None` where there is no file.
    pub fn of(&self, subject: &Subject) -> Option<(&str, usize)> {
        let file = self.file.as_deref()?;
        let mut lines = self.lines.iter();
        let own = lines.find(|(known, _)| known == subject);
        let of_authentik = || match subject.kind {
            Kind::App | Kind::Person | Kind::Group | Kind::Host => None,
            _ => self.authentik,
        };
        let line = own.map(|(_, line)| *line).or_else(of_authentik);
        Some((file, line.unwrap_or(1)))
    }
}
