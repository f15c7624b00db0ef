//! What the screen can show: colours, Unicode, width. Colour never carries a meaning alone; every
//! painted line has a mark or a word as well.

use std::{borrow::Cow, fmt::Write as _};

use anstyle::AnsiColor;

use crate::model::{Outcome, Severity, printable};

/// What the reader's screen can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to write colour codes.
    pub color: bool,
    /// Whether to write characters beyond ASCII.
    pub unicode: bool,
    /// Columns of the screen; less than [`Style::NARROWEST`] is taken as that.
    pub width: usize,
}

/// How a line is painted when there are colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paint {
    Plain,
    Bold,
    Dim,
    Command,
    Good,
    Info,
    Warning,
    Error,
}

impl Style {
    /// The narrowest screen that is laid out for; narrower ones wrap by themselves.
    pub const NARROWEST: usize = 20;

    /// Words and data as this screen can show them: nothing that steers a terminal, and nothing
    /// beyond ASCII where that would be garbage.
    pub(super) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let safe = printable(text);
        if self.unicode || safe.is_ascii() {
            return safe;
        }
        Cow::Owned(ascii(&safe))
    }

    /// The codes that begin and end a painted text; both empty without colours.
    pub(super) fn codes(&self, paint: Paint) -> (String, String) {
        let style = match paint {
            _ if !self.color => anstyle::Style::new(),
            Paint::Plain => anstyle::Style::new(),
            Paint::Bold => anstyle::Style::new().bold(),
            Paint::Dim => anstyle::Style::new().dimmed(),
            Paint::Command => AnsiColor::Cyan.on_default().bold(),
            Paint::Good => AnsiColor::Green.on_default().bold(),
            Paint::Info => AnsiColor::Blue.on_default().bold(),
            Paint::Warning => AnsiColor::Yellow.on_default().bold(),
            Paint::Error => AnsiColor::Red.on_default().bold(),
        };
        (style.render().to_string(), style.render_reset().to_string())
    }

    /// The mark of a severity.
    pub(super) fn severity(&self, severity: Severity) -> (&'static str, Paint) {
        match severity {
            Severity::Error => (self.either("✗", "x"), Paint::Error),
            Severity::Warning => (self.either("⚠", "!"), Paint::Warning),
            Severity::Info => (self.either("ℹ", "i"), Paint::Info),
        }
    }

    /// The mark of an outcome.
    pub(super) fn outcome(&self, outcome: Outcome) -> (&'static str, Paint) {
        match outcome {
            Outcome::Passed => (self.either("✓", "+"), Paint::Plain),
            Outcome::Found => (self.either("✗", "x"), Paint::Error),
            Outcome::Unknown => ("?", Paint::Warning),
            Outcome::Skipped => (self.either("–", "-"), Paint::Dim),
            Outcome::Broke => ("*", Paint::Warning),
        }
    }

    fn either(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.unicode { unicode } else { ascii }
    }
}

/// Typographic characters by their nearest relation, everything else by its code point, so that
/// two names that differ still differ.
fn ascii(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '«' | '‹' => plain.push('<'),
            '»' | '›' => plain.push('>'),
            '–' | '—' => plain.push('-'),
            '’' | '‘' => plain.push('\''),
            '“' | '”' => plain.push('"'),
            '…' => plain.push_str("..."),
            '→' => plain.push_str("->"),
            c if c.is_ascii() => plain.push(c),
            c => {
                let _ = write!(plain, "\\u{{{:x}}}", c as u32);
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(color: bool, unicode: bool) -> Style {
        Style {
            color,
            unicode,
            width: 80,
        }
    }

    #[test]
    fn without_unicode_everything_is_ascii_and_still_told_apart() {
        let plain = style(false, false);
        let shown = plain.text("«secret 3f9a» → Zoë\u{1b}");
        assert_eq!(shown, "<secret 3f9a> -> Zo\\u{eb}\\u{1b}");
        for severity in [Severity::Info, Severity::Warning, Severity::Error] {
            assert!(plain.severity(severity).0.is_ascii());
        }
    }

    #[test]
    fn without_colour_there_are_no_codes() {
        let (on, off) = style(false, true).codes(Paint::Error);
        assert_eq!(on + &off, "");
        let (on, off) = style(true, true).codes(Paint::Error);
        assert!(on.contains("\u{1b}[") && off == "\u{1b}[0m", "{on:?}");
        let (on, off) = style(true, true).codes(Paint::Plain);
        assert_eq!(on + &off, "");
    }
}
