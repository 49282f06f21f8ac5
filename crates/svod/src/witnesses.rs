//! The witnesses of the configuration: who they are, and how long they may be silent.

use serde::{Deserialize, Serialize};
use svod_log::cosignature::CosignerKey;
use svod_witness::{Seconds, Witness};

use crate::app::now;

/// How old the newest cosignature may be while the log grows, in minutes, unless the configuration says otherwise: three
/// times what a witness that is well lets pass without a word.
pub(crate) const ALARM_MINUTES: u32 = 15;

/// Most witnesses of a ledger: each is asked in every round, and C2SP asks programs to know 32.
const WITNESSES_MAX: usize = 32;

/// `[[witness]]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WitnessSection {
    /// Where it listens.
    url: String,
    /// Its verifier key, which it prints when it starts.
    key: String,
}

/// What cannot be a list of witnesses.
#[derive(Debug, thiserror::Error)]
#[error("the witness {given:?} {what}")]
pub(crate) struct UnfitWitness {
    given: String,
    what: &'static str,
}

/// The entries of a setting: an address and a key each, with commas between them.
pub(crate) fn sections(setting: &str) -> Result<Vec<WitnessSection>, UnfitWitness> {
    let entries = setting.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    entries
        .map(|entry| {
            let unfit = || UnfitWitness { given: entry.to_owned(), what: "is no address and key" };
            let (url, key) = entry.split_once(char::is_whitespace).ok_or_else(unfit)?;
            Ok(WitnessSection { url: url.to_owned(), key: key.trim().to_owned() })
        })
        .collect()
}

/// The witnesses that the sections name.
pub(crate) fn read(sections: &[WitnessSection]) -> Result<Vec<Witness>, UnfitWitness> {
    let mut witnesses: Vec<Witness> = vec![];
    for WitnessSection { url, key } in sections {
        let unfit = |what| UnfitWitness { given: url.clone(), what };
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(unfit("has an address that begins with neither http:// nor https://"));
        }
        let key: CosignerKey =
            key.parse().map_err(|_| unfit("has no key of a witness: name+id+base64, of type 0x04"))?;
        if witnesses.iter().any(|known| known.key == key) {
            return Err(unfit("has the key of another one"));
        }
        witnesses.push(Witness { url: url.trim_end_matches('/').to_owned(), key });
        if witnesses.len() > WITNESSES_MAX {
            return Err(unfit("is one too many: 32 at most"));
        }
    }
    Ok(witnesses)
}

/// The program's clock, in the seconds of cosignatures.
pub(crate) fn clock() -> Seconds {
    std::sync::Arc::new(seconds)
}

/// What time it is, in seconds since 1970.
pub(crate) fn seconds() -> u64 {
    u64::try_from(now().as_second()).unwrap_or_default()
}

/// A second of a cosignature, for people.
pub(crate) fn moment(seconds: u64) -> String {
    let moment = i64::try_from(seconds).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    moment.map_or_else(|| format!("second {seconds}"), |moment| moment.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> String {
        svod_log::cosignature::Cosigner::try_new("w", &[seed; 32]).unwrap().verifier_key().to_string()
    }

    #[test]
    fn witnesses_are_an_address_and_a_key_each() {
        let setting = format!("http://one:1/ {},  https://two  {} ,", key(1), key(2));
        let read = read(&sections(&setting).unwrap()).unwrap();
        let found: Vec<_> = read.iter().map(|each| (each.url.as_str(), each.key.to_string())).collect();
        assert_eq!(found, [("http://one:1", key(1)), ("https://two", key(2))]);
    }

    #[test]
    fn what_names_no_witness_is_refused() {
        let log = svod_log::note::NoteSigner::try_new("w", &[1; 32]).unwrap().verifier_key();
        for setting in [
            "http://one".to_owned(),
            format!("ftp://one {}", key(1)),
            format!("http://one {log}"),
            format!("http://one {0},http://two {0}", key(1)),
        ] {
            assert!(sections(&setting).and_then(|sections| read(&sections)).is_err(), "{setting}");
        }
    }
}
