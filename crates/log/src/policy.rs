//! Whom an auditor believes, in a file (c2sp.org/tlog-policy): the keys of logs and of witnesses, and how many of which
//! witnesses must have cosigned a checkpoint.

use std::collections::BTreeMap;

use crate::cosignature::CosignerKey;
use crate::note::{NotSigned, Note, VerifierKey};

/// Most lines that define something: C2SP asks programs to know 32 logs, 32 witnesses and 32 groups.
const DEFINITIONS_MAX: usize = 1_000;

/// The name of the quorum that wants nobody.
const NONE: &str = "none";

/// Logs, witnesses, and the rule by which these suffice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<VerifierKey>,
    witnesses: Vec<CosignerKey>,
    quorum: Quorum,
}

/// Who has to have cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Quorum {
    /// The witness at this place of the list.
    Witness(usize),
    /// So many of these.
    Group { wanted: usize, members: Vec<Quorum> },
}

/// Why a text is no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the policy {what}")]
pub struct NotAPolicy {
    /// The line, from 1; the one behind the last if something is missing.
    pub line: usize,
    what: &'static str,
}

impl Policy {
    /// Keys of witnesses of which so many have to have cosigned.
    #[must_use]
    pub fn of(witnesses: Vec<CosignerKey>, wanted: usize) -> Self {
        let members = (0..witnesses.len()).map(Quorum::Witness).collect();
        Self { logs: vec![], witnesses, quorum: Quorum::Group { wanted, members } }
    }

    /// Keys of logs, any of which may have signed.
    #[must_use]
    pub fn logs(&self) -> &[VerifierKey] {
        &self.logs
    }

    /// All known witnesses.
    #[must_use]
    pub fn witnesses(&self) -> &[CosignerKey] {
        &self.witnesses
    }

    /// Which of the known witnesses cosigned a note, and when (in seconds since 1970). A false cosignature of one of them
    /// condemns the note.
    pub fn cosigners(&self, note: &Note) -> Result<Vec<(&CosignerKey, u64)>, NotSigned> {
        let mut found = vec![];
        for key in &self.witnesses {
            match key.cosigned_at(note) {
                Ok(at) => found.push((key, at)),
                Err(NotSigned::Unknown { .. }) => {}
                Err(error @ NotSigned::False { .. }) => return Err(error),
            }
        }
        Ok(found)
    }

    /// Whether these witnesses suffice.
    #[must_use]
    pub fn is_met_by(&self, cosigners: &[&CosignerKey]) -> bool {
        self.quorum.is_met(&|place| cosigners.contains(&&self.witnesses[place]))
    }
}

impl Quorum {
    fn is_met(&self, cosigned: &impl Fn(usize) -> bool) -> bool {
        match self {
            Self::Witness(place) => cosigned(*place),
            Self::Group { wanted, members } => {
                members.iter().filter(|member| member.is_met(cosigned)).count() >= *wanted
            }
        }
    }
}

impl std::str::FromStr for Policy {
    type Err = NotAPolicy;

    fn from_str(text: &str) -> Result<Self, NotAPolicy> {
        let mut reading = Reading::default();
        let mut lines = 0;
        for (line, content) in (1..).zip(text.split_terminator('\n')) {
            reading.line(content).map_err(|what| NotAPolicy { line, what })?;
            lines = line;
        }
        let missing = NotAPolicy { line: lines + 1, what: "is missing: there is no quorum" };
        let quorum = reading.quorum.ok_or(missing)?;
        Ok(Self { logs: reading.logs, witnesses: reading.witnesses, quorum })
    }
}

/// A policy as far as it has been read.
#[derive(Default)]
struct Reading {
    logs: Vec<VerifierKey>,
    witnesses: Vec<CosignerKey>,
    /// Witnesses and groups by name. Whoever has become the member of a group can be none of another: `None`.
    named: BTreeMap<String, Option<Quorum>>,
    quorum: Option<Quorum>,
}

impl Reading {
    fn line(&mut self, line: &str) -> Result<(), &'static str> {
        if line.chars().any(|character| character.is_ascii_control() && character != '\t') {
            return Err("has a character that may not be there");
        }
        let words: Vec<&str> = line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
        match words.as_slice() {
            [] => Ok(()),
            [first, ..] if first.starts_with('#') => Ok(()),
            _ if self.logs.len() + self.named.len() >= DEFINITIONS_MAX => Err("is one too many"),
            ["log", key] | ["log", key, _] => self.log(key),
            ["witness", name, key] | ["witness", name, key, _] => self.witness(name, key),
            ["group", name, wanted, members @ ..] if !members.is_empty() => self.group(name, wanted, members),
            ["quorum", name] => self.decide(name),
            _ => Err("is none that a policy has"),
        }
    }

    fn log(&mut self, key: &str) -> Result<(), &'static str> {
        let key: VerifierKey = key.parse().map_err(|_| "has no key of a log")?;
        if self.logs.iter().any(|known| known.is_same_key(&key)) {
            return Err("names a log's key for the second time");
        }
        self.logs.push(key);
        Ok(())
    }

    fn witness(&mut self, name: &str, key: &str) -> Result<(), &'static str> {
        let key: CosignerKey = key.parse().map_err(|_| "has no key of a witness")?;
        if self.witnesses.iter().any(|known| known.is_same_key(&key)) {
            return Err("names a witness's key for the second time");
        }
        self.name(name, Quorum::Witness(self.witnesses.len()))?;
        self.witnesses.push(key);
        Ok(())
    }

    fn group(&mut self, name: &str, wanted: &str, members: &[&str]) -> Result<(), &'static str> {
        let wanted = match wanted {
            "any" => 1,
            "all" => members.len(),
            number => number.parse().ok().filter(|count: &usize| count.to_string() == number).unwrap_or(0),
        };
        if !(1..=members.len()).contains(&wanted) {
            return Err("wants a number of members that there cannot be");
        }
        let members = members.iter().map(|member| self.take(member)).collect::<Result<_, _>>()?;
        self.name(name, Quorum::Group { wanted, members })
    }

    fn decide(&mut self, name: &str) -> Result<(), &'static str> {
        let quorum =
            if name == NONE { Quorum::Group { wanted: 0, members: vec![] } } else { self.take(name)? };
        match self.quorum.replace(quorum) {
            None => Ok(()),
            Some(_) => Err("is a second quorum"),
        }
    }

    fn name(&mut self, name: &str, quorum: Quorum) -> Result<(), &'static str> {
        if name == NONE || self.named.contains_key(name) {
            return Err("gives a name that is taken");
        }
        self.named.insert(name.to_owned(), Some(quorum));
        Ok(())
    }

    fn take(&mut self, name: &str) -> Result<Quorum, &'static str> {
        let named = self.named.get_mut(name).ok_or("names somebody who is not known yet")?;
        named.take().ok_or("names somebody who is the member of another group")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cosignature::Cosigner;
    use crate::note::NoteSigner;

    fn key(seed: u8) -> CosignerKey {
        Cosigner::try_new(&format!("w{seed}"), &[seed; 32]).unwrap().verifier_key()
    }

    fn log() -> VerifierKey {
        NoteSigner::try_new("log", &[99; 32]).unwrap().verifier_key()
    }

    fn met(policy: &str, cosigners: &[u8]) -> bool {
        let keys: Vec<CosignerKey> = cosigners.iter().map(|seed| key(*seed)).collect();
        policy.parse::<Policy>().unwrap().is_met_by(&keys.iter().collect::<Vec<_>>())
    }

    fn five() -> String {
        let line = |seed| format!("witness W{seed} {} http://w{seed}\n", key(seed));
        (1..=5).map(line).collect::<Vec<_>>().concat()
    }

    #[test]
    fn groups_of_groups_decide_who_suffices() {
        let two_levels = format!(
            "# two operators\n\nlog {}\n{}\tgroup X 2  W1 W2 W3 \ngroup Y any W4 W5\ngroup both all X Y\nquorum both\n",
            log(),
            five()
        );
        for (cosigners, suffices) in [
            (&[1, 2, 4][..], true),
            (&[1, 3, 4, 5], true),
            (&[1, 2, 3], false),
            (&[1, 4, 5], false),
            (&[], false),
        ] {
            assert_eq!(met(&two_levels, cosigners), suffices, "{cosigners:?}");
        }
        assert!(
            met(&format!("{}quorum W2\n", five()), &[2]) && !met(&format!("{}quorum W2\n", five()), &[1])
        );
        assert!(met("quorum none\n", &[]));
        assert_eq!(two_levels.parse::<Policy>().unwrap().logs(), [log()]);
        assert!(Policy::of(vec![key(1), key(2)], 1).is_met_by(&[&key(2)]));
    }

    #[test]
    fn what_is_no_policy_is_refused_with_its_line() {
        let (one, five) = (key(1), five());
        for (text, line) in [
            (String::new(), 1),
            (format!("witness A {one}\n"), 2),
            ("quorum A\n".into(), 1),
            ("quorum none\nquorum none\n".into(), 2),
            ("log nothing\n".into(), 1),
            (format!("log {one}\n"), 1),
            (format!("log {0}\nlog {0}\n", log()), 2),
            (format!("witness A {}\n", log()), 1),
            (format!("witness A {one}\nwitness B {one}\n"), 2),
            (format!("witness A {one}\nwitness A {}\n", key(2)), 2),
            (format!("witness none {one}\n"), 1),
            (format!("{five}group X 0 W1\n"), 6),
            (format!("{five}group X 2 W1\n"), 6),
            (format!("{five}group X 01 W1\n"), 6),
            (format!("{five}group X any\n"), 6),
            (format!("{five}group X any W1\ngroup Y any W1\n"), 7),
            (format!("{five}group X any W1 W1\n"), 6),
            (format!("{five}group X any X\n"), 6),
            (format!("{five}group X any none\n"), 6),
            ("quorum none\r\n".into(), 1),
            ("witnesses\n".into(), 1),
        ] {
            assert_eq!(text.parse::<Policy>().map_err(|error| error.line), Err(line), "{text}");
        }
    }
}
