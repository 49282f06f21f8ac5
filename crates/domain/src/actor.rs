//! Who acts, and in which role.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::MunicipalityCode;

/// A role; what it may do stands beside each command's rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Files, corrects and withdraws its own municipality's submissions.
    Municipality(MunicipalityCode),
    /// Approves, returns, revokes.
    Reviewer,
    /// Reads.
    Auditor,
    /// Opens, moves, closes and reopens quarters; keeps the register.
    Operator,
    /// svod itself: what happens by rule (opening, closing) and the building of reports. No principal has it.
    Service,
}

/// Not a role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not a role: municipality:CODE, reviewer, auditor or operator")]
pub struct InvalidRole {
    /// What was given.
    pub given: String,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Municipality(code) => write!(f, "municipality:{code}"),
            Self::Reviewer => f.write_str("reviewer"),
            Self::Auditor => f.write_str("auditor"),
            Self::Operator => f.write_str("operator"),
            Self::Service => f.write_str("service"),
        }
    }
}

impl FromStr for Role {
    type Err = InvalidRole;

    /// `service` is not read: nobody can be given it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || InvalidRole { given: text.to_owned() };
        match text {
            "reviewer" => Ok(Self::Reviewer),
            "auditor" => Ok(Self::Auditor),
            "operator" => Ok(Self::Operator),
            _ => {
                let code = text.strip_prefix("municipality:").ok_or_else(refuse)?;
                code.parse().map(Self::Municipality).map_err(|_| refuse())
            }
        }
    }
}

impl Serialize for Role {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "service" { Ok(Self::Service) } else { text.parse().map_err(serde::de::Error::custom) }
    }
}

/// One who acts: a principal's name and its roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The principal's name, also its broker user's.
    pub name: String,
    /// Its roles.
    pub roles: Vec<Role>,
}

impl Actor {
    /// svod itself.
    #[must_use]
    pub fn service() -> Self {
        Self { name: "svod".into(), roles: vec![Role::Service] }
    }

    /// Whether it has the role.
    #[must_use]
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// The municipalities it speaks for.
    pub fn municipalities(&self) -> impl Iterator<Item = MunicipalityCode> + '_ {
        self.roles.iter().filter_map(|role| match role {
            Role::Municipality(code) => Some(*code),
            Role::Reviewer | Role::Auditor | Role::Operator | Role::Service => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_reads_back_as_it_is_written() {
        for text in ["municipality:66701000", "reviewer", "auditor", "operator"] {
            assert_eq!(text.parse::<Role>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn nobody_can_be_given_the_role_of_the_service() {
        for text in ["service", "municipality:1", "municipality", "admin", ""] {
            assert!(text.parse::<Role>().is_err(), "{text}");
        }
    }
}
