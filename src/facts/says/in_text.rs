//! Settings that stand in a text: a configuration file of the container, or one variable that holds
//! many.

use super::{Place, Said, reader::Reader};
use crate::{
    evidence::{Evidence, Unknown},
    probe::{
        Probe as _, ProbeError,
        engine::{AskSettings, Container, InspectContainer, taken},
    },
    stack::profiles::{Profile, SettingsText, What},
};

/// A setting, and where it stands.
pub(super) struct InText {
    pub(super) value: String,
    /// The file or the variable.
    stands: String,
    cite: String,
}

/// What the texts of a container say of this, the first that says it.
pub(super) async fn in_texts(
    container: &Container,
    profile: &Profile,
    what: What,
    seen: &Evidence,
) -> Result<Option<InText>, Unknown> {
    for text in &profile.texts {
        let Some(pattern) = text.pattern(what) else {
            continue;
        };
        let found = match by_variable(container, text, pattern) {
            Some(found) => Some(found),
            None => by_file(container, text, what, seen).await?,
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn by_variable(container: &Container, text: &SettingsText, pattern: &str) -> Option<InText> {
    let variable = text.variable.as_ref()?;
    let whole = container.env.get(variable)?.plain()?;
    let id = container.id.clone();
    Some(InText {
        value: taken(whole, text.comment.as_deref(), pattern)?,
        stands: variable.clone(),
        cite: InspectContainer { id }.key(),
    })
}

async fn by_file(
    container: &Container,
    text: &SettingsText,
    what: What,
    seen: &Evidence,
) -> Result<Option<InText>, Unknown> {
    let patterns = What::ALL.into_iter().filter_map(|what| {
        let pattern = text.pattern(what)?;
        Some((what.key().to_owned(), pattern.to_owned()))
    });
    let patterns: std::collections::BTreeMap<String, String> = patterns.collect();
    let named = text.named_by.as_ref();
    let named = named.and_then(|name| container.env.get(name)?.plain());
    let named = named.filter(|path| path.starts_with('/'));
    for path in named
        .into_iter()
        .chain(text.files.iter().map(String::as_str))
    {
        let ask = AskSettings {
            container: container.id.clone(),
            path: path.to_owned(),
            comment: text.comment.clone(),
            patterns: patterns.clone(),
        };
        let cite = ask.key();
        match seen.ask(ask).await {
            Ok(found) => {
                let value = found.values.get(what.key()).cloned();
                let stands = path.to_owned();
                return Ok(value.map(|value| InText {
                    value,
                    stands,
                    cite,
                }));
            }
            Err(why) if matches!(why.error, ProbeError::Absent { .. }) => {}
            Err(why) => return Err(why),
        }
    }
    Ok(None)
}

impl Reader<'_> {
    /// What it says, or else what its texts say.
    pub(super) async fn or_in_text(&self, said: Said, what: What) -> Said {
        if !matches!(said, Said::Not(_)) {
            return said;
        }
        match in_texts(self.container, self.profile, what, self.seen).await {
            Ok(Some(found)) => {
                let place = Place {
                    text: format!("{} in {} of {}", what.key(), found.stands, self.named()),
                    container: Some(self.container.name.clone()),
                    cites: vec![found.cite],
                    ..Place::default()
                };
                let value = found.value;
                Said::Value { value, place }
            }
            Ok(None) => said,
            Err(why) => Said::Hidden(why),
        }
    }
}
