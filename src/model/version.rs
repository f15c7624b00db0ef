//! authentik's own version order. Not semver: an `-rc` build carries the behaviour of its release,
//! so `2025.10.0-rc1` satisfies `>=2025.10` (knowledge A: "compare as integers, never as text").

use std::{cmp::Ordering, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A release of authentik: year, month of the release train, patch.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version {
    year: u16,
    month: u16,
    /// `None` where only the family is known ("2025.10").
    patch: Option<u16>,
    /// What followed the numbers, such as `rc1`; kept for display, ignored in comparison.
    tail: Option<String>,
}

/// Why a text is no authentik version.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{text:?} is not an authentik version such as 2025.10.1")]
pub struct ParseVersionError {
    text: String,
}

impl Version {
    /// The release train, such as `(2025, 10)`.
    pub fn train(&self) -> (u16, u16) {
        (self.year, self.month)
    }

    /// Whether this release is of the given train or a later one.
    pub fn at_least(&self, year: u16, month: u16) -> bool {
        self.train() >= (year, month)
    }

    /// Whether the patch is known too, and not only the family ("2025.10").
    pub fn has_patch(&self) -> bool {
        self.patch.is_some()
    }

    /// Compares train and patch; an unknown patch counts as zero, a pre-release as its release.
    pub fn order(&self, other: &Self) -> Ordering {
        (self.year, self.month, self.patch.unwrap_or(0)).cmp(&(
            other.year,
            other.month,
            other.patch.unwrap_or(0),
        ))
    }
}

impl FromStr for Version {
    type Err = ParseVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseVersionError {
            text: text.chars().take(80).collect(),
        };
        let core = text.trim();
        let core = core
            .strip_prefix("version/")
            .or_else(|| core.strip_prefix("version-"))
            .or_else(|| core.strip_prefix('v'))
            .unwrap_or(core);
        let (numbers, tail) = match core.find(['-', '+', ' ']) {
            Some(at) => (&core[..at], Some(core[at + 1..].to_owned())),
            None => (core, None),
        };
        let mut parts = numbers.split('.');
        let mut number = || parts.next().map(str::parse::<u16>);
        let (Some(Ok(year)), Some(Ok(month))) = (number(), number()) else {
            return Err(wrong());
        };
        let patch = number().transpose().map_err(|_| wrong())?;
        // Trains are years since 2021 and months; "1.2.3" of some other image is not authentik's.
        if number().is_some() || !(2020..2100).contains(&year) || !(1..=12).contains(&month) {
            return Err(wrong());
        }
        Ok(Self {
            year,
            month,
            patch,
            tail,
        })
    }
}

impl TryFrom<String> for Version {
    type Error = ParseVersionError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.year, self.month)?;
        if let Some(patch) = self.patch {
            write!(f, ".{patch}")?;
        }
        if let Some(tail) = &self.tail {
            write!(f, "-{tail}")?;
        }
        Ok(())
    }
}

/// Versions that something holds for: comma-separated bounds, all of which must hold, such as
/// `>=2024.12, <2026.5`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRange {
    bounds: Vec<(Bound, Version)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    AtLeast,
    Above,
    AtMost,
    Below,
}

impl VersionRange {
    /// Whether every bound holds for this version.
    pub fn holds(&self, version: &Version) -> bool {
        self.bounds.iter().all(|(bound, limit)| {
            let order = version.order(limit);
            match bound {
                Bound::AtLeast => order.is_ge(),
                Bound::Above => order.is_gt(),
                Bound::AtMost => order.is_le(),
                Bound::Below => order.is_lt(),
            }
        })
    }
}

impl FromStr for VersionRange {
    type Err = ParseVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bounds = text
            .split(',')
            .map(|part| {
                let part = part.trim();
                let (bound, rest) = if let Some(rest) = part.strip_prefix(">=") {
                    (Bound::AtLeast, rest)
                } else if let Some(rest) = part.strip_prefix("<=") {
                    (Bound::AtMost, rest)
                } else if let Some(rest) = part.strip_prefix('>') {
                    (Bound::Above, rest)
                } else if let Some(rest) = part.strip_prefix('<') {
                    (Bound::Below, rest)
                } else {
                    return Err(ParseVersionError { text: part.into() });
                };
                Ok((bound, rest.trim().parse()?))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { bounds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn october_is_after_august() {
        assert!(version("2025.10").order(&version("2025.8.4")).is_gt());
    }

    #[test]
    fn a_release_candidate_satisfies_its_release() {
        let range: VersionRange = ">=2025.10, <2026.2".parse().unwrap();
        assert!(range.holds(&version("2025.10.0-rc1")));
        assert!(range.holds(&version("2025.12.3")));
        assert!(!range.holds(&version("2025.8.1")));
        assert!(!range.holds(&version("2026.2.0")));
    }

    #[test]
    fn every_spelling_of_a_version_reads_back() {
        for text in ["2025.10.0-rc1", "2023.10", "2026.5.6"] {
            assert_eq!(version(text).to_string(), text);
        }
        assert_eq!(version("version/2024.8.5"), version("2024.8.5"));
    }

    #[test]
    fn other_programs_versions_are_refused() {
        for text in [
            "",
            "latest",
            "17.2",
            "2025",
            "2025.13",
            "2025.10.1.2",
            "2025.x",
        ] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
        assert!("2025.10".parse::<VersionRange>().is_err());
    }
}
