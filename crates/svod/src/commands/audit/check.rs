//! `svod audit check`: is what somebody brings proved. Needs no database and no configuration.

use std::path::Path;

use anyhow::Context as _;
use serde_json::json;
use svod_log::note::VerifierKey;

use super::stream_proof::{Proved, ProvedEntry, Unproved, check_entry, check_folder, entry_beside};
use crate::exit::Failure;
use crate::print;

/// Carries `svod audit check` out.
pub(super) fn check(path: &Path, key: &str, entry: Option<&Path>, json: bool) -> Result<(), Failure> {
    let key = verifier_key(key)?;
    if path.is_dir() {
        tell(check_folder(path, &key), json, |proved| print_record(proved, json))
    } else {
        let beside = entry_beside(path);
        tell(check_entry(path, entry.unwrap_or(&beside), &key), json, |proved| print_entry(proved, json))
    }
}

/// The key that is written here, or in the file of this name.
pub(super) fn verifier_key(given: &str) -> Result<VerifierKey, Failure> {
    let path = Path::new(given);
    let text = if path.is_file() {
        std::fs::read_to_string(path).with_context(|| format!("reading {given}")).map_err(Failure::usage)?
    } else {
        given.to_owned()
    };
    text.trim().parse().context("reading --key").map_err(Failure::usage)
}

fn tell<T>(
    checked: Result<T, Unproved>,
    json: bool,
    sound: impl FnOnce(&T) -> Result<(), Failure>,
) -> Result<(), Failure> {
    match checked {
        Ok(proved) => sound(&proved),
        Err(unread @ Unproved::Unread { .. }) => Err(Failure::unavailable(unread)),
        Err(Unproved::Wrong { file, what }) => {
            if json {
                print::json(&json!({"sound": false, "defence": "proof", "file": file, "what": what}))?;
            } else {
                print::line(format!("not proved: {file}: {what}"))?;
            }
            Err(Failure::FoundWrong)
        }
    }
}

fn print_entry(proved: &ProvedEntry, json: bool) -> Result<(), Failure> {
    let ProvedEntry { position, checkpoint, .. } = proved;
    let (origin, size, root) = (&checkpoint.origin, checkpoint.size, checkpoint.root.to_string());
    if json {
        return print::json(&json!({
            "sound": true, "entry": position, "origin": origin, "position": size, "root": root,
        }));
    }
    print::line(format!("proved: the entry at position {position} of {origin}; position {size}, root {root}"))
}

fn print_record(proved: &Proved, json: bool) -> Result<(), Failure> {
    let Proved { stream, events, later, complete_until, checkpoint } = proved;
    let (origin, size, root) = (&checkpoint.origin, checkpoint.size, checkpoint.root.to_string());
    if json {
        return print::json(&json!({
            "sound": true, "stream": stream, "events": events, "later": later, "complete_until": complete_until,
            "origin": origin, "position": size, "root": root,
        }));
    }
    print::line(match complete_until {
        Some(until) => format!(
            "complete: {stream} has {} events up to position {until}, and {later} came later; {origin}, position {size}, root {root}",
            events - later
        ),
        None => format!(
            "proved: {events} events of {stream}; that there are no others no close attests; {origin}, position {size}, root {root}"
        ),
    })
}
