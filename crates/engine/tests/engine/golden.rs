//! The golden log (tests/golden) is read and written for ever as it was when it was made.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use svod_domain::Event;
use svod_engine::Happened;
use svod_log::{EventLog as _, MemoryStore, Recorded};

use crate::ground::{append_of, new_event};

/// The root of the log; never changed.
const ROOT: &str = "0b2bce1b05e0df3436f8acd02adf1768acb5b50c008360ae30c51c7abb7aacea";

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// The entries, from the bundles of the export.
fn golden() -> Vec<Arc<Recorded>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/export/tile/entries");
    let mut entries = vec![];
    for file in files_below(&folder) {
        let bundle = std::fs::read(file).unwrap();
        let mut rest = bundle.as_slice();
        while let Some((length, behind)) = rest.split_first_chunk::<2>() {
            let (entry, behind) = behind.split_at(usize::from(u16::from_be_bytes(*length)));
            entries.push(Arc::new(Recorded::decode(&entry.into()).unwrap()));
            rest = behind;
        }
    }
    entries
}

#[test]
fn every_event_of_the_golden_log_is_read_and_none_is_missing_in_it() {
    let entries = golden();
    assert_eq!(entries.len(), 1_000);
    let mut kinds = BTreeSet::new();
    for entry in entries {
        let happened = Happened::decode(entry.clone()).unwrap();
        kinds.insert(happened.event.kind());
        let again = happened.event.data().unwrap();
        let before: serde_json::Value = serde_json::from_str(entry.data.get()).unwrap();
        assert_eq!(again, before, "position {}", entry.position);
    }
    // An event that is added later is not in it.
    assert!(kinds.is_subset(&Event::KINDS.iter().copied().collect()));
    assert_eq!(kinds.len(), 19);
}

#[tokio::test]
async fn the_golden_log_is_written_again_to_the_same_bytes() {
    let store = MemoryStore::new();
    for entry in golden() {
        store.append(&[append_of(&entry, new_event(&entry))]).await.unwrap();
    }
    assert_eq!(store.head().await.unwrap().root.to_string(), ROOT);
}
