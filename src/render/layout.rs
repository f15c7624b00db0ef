//! Lines on a screen of a certain width: words are wrapped, commands never.

use std::io::{self, Write};

use textwrap::{Options, WordSplitter};

use super::style::{Paint, Style};

/// Narrower screens put a label on a line of its own.
const ROOM_FOR_LABELS: usize = 40;
/// Columns that labels such as `expected` take beside their text.
const LABEL: usize = 10;

/// A screen that is being written on.
pub(super) struct Page<'a> {
    out: &'a mut dyn Write,
    pub(super) style: &'a Style,
    empty: bool,
}

impl<'a> Page<'a> {
    pub(super) fn new(out: &'a mut dyn Write, style: &'a Style) -> Self {
        Self {
            out,
            style,
            empty: true,
        }
    }

    /// An empty line, unless nothing stands above it.
    pub(super) fn gap(&mut self) -> io::Result<()> {
        if self.empty {
            return Ok(());
        }
        writeln!(self.out)
    }

    /// Words, wrapped: `first` before the first line, `rest` before the others.
    pub(super) fn words(
        &mut self,
        paint: Paint,
        first: &str,
        rest: &str,
        text: &str,
    ) -> io::Result<()> {
        let text = self.style.text(text);
        let options = Options::new(self.width())
            .initial_indent(first)
            .subsequent_indent(rest)
            .word_splitter(WordSplitter::NoHyphenation);
        for line in textwrap::wrap(&text, options) {
            self.line(paint, &line)?;
        }
        Ok(())
    }

    /// A label with words beside it, or beneath it where there is no room.
    pub(super) fn labelled(&mut self, label: &str, text: &str) -> io::Result<()> {
        if self.has_room_for_labels() {
            let (first, rest) = (self.label(label), self.label(""));
            return self.words(Paint::Plain, &first, &rest, text);
        }
        self.words(Paint::Dim, "  ", "  ", &format!("{label}:"))?;
        self.words(Paint::Plain, "    ", "    ", text)
    }

    /// What stands before a labelled text.
    pub(super) fn label(&self, label: &str) -> String {
        format!("    {label:<LABEL$}")
    }

    /// Whether labels stand beside their text.
    pub(super) fn has_room_for_labels(&self) -> bool {
        self.width() >= ROOM_FOR_LABELS
    }

    /// A command exactly as it is to be pasted. A single line may be indented; in a here-document
    /// an indentation would be part of the text, so several lines stand at the margin.
    pub(super) fn command(&mut self, command: &str) -> io::Result<()> {
        if command.chars().any(steers_a_terminal) {
            let refusal = "(this command holds characters that a terminal would act on: take it \
                           from the JSON report, -o json)";
            return self.words(Paint::Plain, "    ", "    ", refusal);
        }
        let command = command.trim_end_matches('\n');
        let indent = if command.contains('\n') { "" } else { "    " };
        for line in command.split('\n') {
            write!(self.out, "{indent}")?;
            self.line(Paint::Command, line)?;
        }
        Ok(())
    }

    /// A link after its label; never broken, so that it can be opened.
    pub(super) fn link(&mut self, label: &str, link: &str) -> io::Result<()> {
        let link = self.style.text(link);
        let line = format!("  {label} {link}");
        if textwrap::core::display_width(&line) <= self.width() {
            return self.line(Paint::Plain, &line);
        }
        self.words(Paint::Plain, "  ", "  ", label)?;
        self.line(Paint::Plain, &format!("    {link}"))
    }

    /// One line as it is; the text must be safe already.
    pub(super) fn line(&mut self, paint: Paint, safe: &str) -> io::Result<()> {
        self.empty = false;
        let (on, off) = self.style.codes(paint);
        writeln!(self.out, "{on}{safe}{off}")
    }

    /// Columns to write in.
    pub(super) fn width(&self) -> usize {
        self.style.width.max(Style::NARROWEST)
    }
}

fn steers_a_terminal(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(width: usize, write: impl Fn(&mut Page) -> io::Result<()>) -> String {
        let style = Style {
            color: false,
            unicode: true,
            width,
        };
        let mut out = Vec::new();
        write(&mut Page::new(&mut out, &style)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_command_is_never_broken() {
        let command = format!("docker exec -i server ak {}", "x".repeat(300));
        assert_eq!(
            written(20, |page| page.command(&command)),
            format!("    {command}\n")
        );
    }

    #[test]
    fn a_here_document_stands_at_the_margin() {
        let command = "docker exec -i s ak shell <<'EOF'\nif a:\n    b()\nEOF\n";
        assert_eq!(written(20, |page| page.command(command)), command);
    }

    #[test]
    fn a_command_that_steers_a_terminal_is_not_shown_in_part() {
        let shown = written(80, |page| page.command("echo '\u{1b}[2J'"));
        assert!(
            !shown.contains('\u{1b}') && !shown.contains("echo"),
            "{shown}"
        );
        let kept = written(80, |page| page.command("echo 'Zoë\u{202e}'"));
        assert_eq!(kept, "    echo 'Zoë\u{202e}'\n");
    }

    #[test]
    fn no_width_is_too_narrow() {
        for width in 0..60 {
            let shown = written(width, |page| {
                page.labelled("expected", "名前が長いhttp://x/verylongword and more")?;
                page.link("In authentik:", "http://authentik.company/if/admin/")
            });
            let widest = shown
                .lines()
                .filter(|line| !line.contains("if/admin"))
                .map(textwrap::core::display_width)
                .max();
            assert!(widest <= Some(width.max(Style::NARROWEST)), "{shown}");
        }
    }
}
