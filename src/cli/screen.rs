//! What the screen can show, from flags, environment and terminal.

use std::{
    env,
    io::{IsTerminal, stdout},
};

use crate::render::Style;

use super::args::{Color, Global};

/// Columns where nobody says otherwise.
const USUAL: usize = 80;
/// Longer lines are hard to read.
const WIDEST: usize = 120;

type Var<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The style of a human report that goes where the options say.
pub(super) fn style(global: &Global) -> Style {
    let var = |name: &str| env::var(name).ok();
    let to_file = global.is_human_to_file();
    let terminal = !to_file && stdout().is_terminal();
    Style {
        color: !to_file && color(global.color, &var, terminal),
        unicode: !global.ascii && unicode(&var),
        width: if terminal { width(&var) } else { USUAL },
    }
}

/// <https://no-color.org> and <https://bixense.com/clicolors>: a flag beats the environment,
/// `NO_COLOR` beats `CLICOLOR_FORCE`.
fn color(choice: Color, var: Var<'_>, terminal: bool) -> bool {
    let is_set = |name| var(name).is_some_and(|value| !value.is_empty());
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if is_set("NO_COLOR") => false,
        Color::Auto if is_set("CLICOLOR_FORCE") => var("CLICOLOR_FORCE").as_deref() != Some("0"),
        Color::Auto if var("CLICOLOR").as_deref() == Some("0") => false,
        Color::Auto => terminal && var("TERM").as_deref() != Some("dumb"),
    }
}

/// Whether the locale is a UTF-8 one: the first of these that is set decides (POSIX, base
/// definitions 8.2).
pub(super) fn unicode(var: Var<'_>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(var)
        .find(|value| !value.is_empty())
        .unwrap_or_default()
        .to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

fn width(var: Var<'_>) -> usize {
    let asked = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let told = || var("COLUMNS").and_then(|columns| columns.parse().ok());
    asked
        .filter(|&width| width > 0)
        .or_else(told)
        .unwrap_or(USUAL)
        .min(WIDEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env<'a>(set: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        move |name| {
            let found = set.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn who_decides_about_colours() {
        use Color::{Always, Auto, Never};
        for (choice, set, terminal, colored) in [
            (Auto, &[][..], true, true),
            (Auto, &[], false, false),
            (Auto, &[("NO_COLOR", "1")], true, false),
            (Auto, &[("NO_COLOR", "")], true, true),
            (Auto, &[("CLICOLOR_FORCE", "1")], false, true),
            (Auto, &[("CLICOLOR_FORCE", "0")], true, false),
            (
                Auto,
                &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")],
                true,
                false,
            ),
            (Auto, &[("CLICOLOR", "0")], true, false),
            (Auto, &[("TERM", "dumb")], true, false),
            (
                Auto,
                &[("TERM", "dumb"), ("CLICOLOR_FORCE", "1")],
                true,
                true,
            ),
            (Always, &[("NO_COLOR", "1")], false, true),
            (Never, &[("CLICOLOR_FORCE", "1")], true, false),
        ] {
            assert_eq!(
                color(choice, &env(set), terminal),
                colored,
                "{choice:?} {set:?}"
            );
        }
    }

    #[test]
    fn the_first_locale_variable_that_is_set_decides() {
        for (set, utf8) in [
            (&[("LANG", "en_GB.UTF-8")][..], true),
            (&[("LANG", "C.utf8")], true),
            (&[("LANG", "C")], false),
            (&[("LC_ALL", "C"), ("LANG", "en_GB.UTF-8")], false),
            (
                &[("LC_ALL", ""), ("LC_CTYPE", "C.UTF-8"), ("LANG", "C")],
                true,
            ),
            (&[], false),
        ] {
            assert_eq!(unicode(&env(set)), utf8, "{set:?}");
        }
    }
}
