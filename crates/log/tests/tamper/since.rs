//! What a verification sees that only looks at what came since an earlier one.

use std::collections::HashMap;

use serde_json::json;
use svod_log::tree::{Frontier, leaf_hash};
use svod_log::verify::{Defence, Kept, Sound, Tampered, Verifier};
use svod_log::{AuditRow, Hash, Position};

use super::{Attack, COLUMNS, Honest, Tables, honest, notary, say, stranger, tampered, thief, verify};

/// What an auditor kept when the log had so many entries.
fn kept(honest: &Honest, size: u64) -> Kept {
    let head = &honest.notes[&size];
    let tree = Frontier::from_bytes(&head.frontier).unwrap();
    let sound = Sound { position: Position(size), root: tree.root(), checkpoints: 1, macs: true };
    Kept::parse(&Kept::of(head, &sound, true).unwrap().to_json()).unwrap()
}

/// Looks only at what came since.
fn go_on(tables: &Tables, kept: &Kept) -> Result<Sound, Tampered> {
    let mut verifier = Verifier::new(Some(notary()), None).since(kept)?;
    let size = usize::try_from(kept.size()).unwrap();
    let (before, since) = tables.rows.split_at(tables.rows.len().min(size));
    let mut tips: HashMap<&str, &AuditRow> = HashMap::new();
    tips.extend(before.iter().map(|row| (row.stream.as_str(), row)));
    let followed = tips.values().filter(|tip| since.iter().any(|row| row.stream == tip.stream));
    for row in followed.copied().chain(before.last()) {
        verifier.before(row.shown())?;
    }
    since.iter().try_for_each(|row| verifier.row(row.shown()))?;
    verifier.end(&tables.head).map_err(tampered)
}

#[tokio::test]
async fn what_came_since_is_checked_without_what_came_before() {
    let honest = honest().await;
    let whole = verify(&honest.tables, &honest, COLUMNS - 1).unwrap();
    for size in [1, 399, 400, 512, 600] {
        let sound = go_on(&honest.tables, &kept(&honest, size)).unwrap();
        assert_eq!((sound.position, sound.root, sound.macs), (whole.position, whole.root, true), "{size}");
    }
}

#[tokio::test]
async fn a_row_is_seen_to_be_changed_if_it_came_since_or_something_since_follows_on_it() {
    let honest = honest().await;
    let kept = kept(&honest, 400);
    for (position, seen) in [(100, None), (399, Some(Defence::Leaf)), (450, Some(Defence::Leaf))] {
        let mut tables = honest.tables.clone();
        tables.edit(position, say);
        let found = go_on(&tables, &kept).err().map(|found| (found.position, found.defence));
        assert_eq!(found, seen.map(|defence| (Position(position as u64), defence)), "{position}");
        // The whole verification sees all of them.
        verify(&tables, &honest, COLUMNS - 1).unwrap_err();
    }
    for (name, attack, expected) in [
        (
            "edited, and rehashed",
            (|t, _| {
                t.edit(450, say);
                t.rehash(&thief());
            }) as Attack,
            Defence::Mac,
        ),
        ("deleted", |t, _| drop(t.rows.remove(449)), Defence::Positions),
        ("cut to before", |t, honest| t.restore(honest, 300), Defence::Checkpoint),
        ("put back to the point itself and cut", |t, _| t.rows.truncate(400), Defence::Head),
        (
            "a backup of 500",
            |t, honest| {
                t.restore(honest, 500);
                t.head = honest.notes[&600].clone();
            },
            Defence::Head,
        ),
    ] {
        let mut tables = honest.tables.clone();
        attack(&mut tables, &honest);
        let found = go_on(&tables, &kept).unwrap_err();
        assert_eq!(found.defence, expected, "{name}: {found}");
    }
}

#[tokio::test]
async fn a_link_to_before_the_kept_point_must_be_the_one_that_stands_there() {
    let honest = honest().await;
    let mut tables = honest.tables.clone();
    // Entry 401 is made to follow on another leaf, by a program that has the ledger's keys.
    tables.edit(401, |entry| entry["prev"] = json!(Hash([7; 32]).to_string()));
    let (leaf, position) = (leaf_hash(&tables.rows[400].bytes), Position(401));
    (tables.rows[400].leaf, tables.rows[400].mac) =
        (leaf.0.to_vec().into(), notary().mac(position, leaf).0.to_vec().into());
    let found = go_on(&tables, &kept(&honest, 400)).unwrap_err();
    assert_eq!((found.position, found.defence), (position, Defence::Streams), "{found}");
    let mut tables = honest.tables.clone();
    tables.edit(401, |entry| entry["recorded_at"] = json!("1970-01-01T00:00:01.000000Z"));
    let leaf = leaf_hash(&tables.rows[400].bytes);
    (tables.rows[400].leaf, tables.rows[400].mac) =
        (leaf.0.to_vec().into(), notary().mac(position, leaf).0.to_vec().into());
    let found = go_on(&tables, &kept(&honest, 400)).unwrap_err();
    assert_eq!((found.position, found.defence), (position, Defence::Clock), "{found}");
}

#[tokio::test]
async fn a_kept_verification_that_was_forged_is_seen() {
    let honest = honest().await;
    let genuine = kept(&honest, 400);
    let mut other = honest.tables.clone();
    other.rows.truncate(400);
    other.edit(100, say);
    other.rehash(&thief());
    let frontier = Frontier::from_bytes(&other.head.frontier).unwrap();
    for (name, forged, expected) in [
        ("another frontier", Kept { frontier: frontier.clone(), ..genuine.clone() }, Defence::Checkpoint),
        (
            "a frontier of another size",
            Kept { frontier: kept(&honest, 401).frontier, ..genuine.clone() },
            Defence::Checkpoint,
        ),
        (
            "a checkpoint of nobody",
            Kept {
                checkpoint: stranger().checkpoint(&frontier),
                frontier: frontier.clone(),
                ..genuine.clone()
            },
            Defence::Checkpoint,
        ),
        // Whoever stole the signing key still cannot make the entries of the ledger grow out of other ones.
        (
            "a checkpoint of the thief",
            Kept { checkpoint: thief().checkpoint(&frontier), frontier, ..genuine },
            Defence::Head,
        ),
    ] {
        let found = go_on(&honest.tables, &forged).unwrap_err();
        assert_eq!(found.defence, expected, "{name}: {found}");
    }
    for text in [
        "",
        "{}",
        r#"{"format":"svod-kept/2","checkpoint":"","frontier":"","codes_checked":true}"#,
        r#"{"format":"svod-kept/1","checkpoint":"","frontier":"AAAA","codes_checked":true}"#,
        r#"{"format":"svod-kept/1","checkpoint":"","frontier":"?","codes_checked":true}"#,
    ] {
        Kept::parse(text).unwrap_err();
    }
}

#[tokio::test]
async fn only_a_row_from_before_the_kept_point_stands_before_it() {
    let honest = honest().await;
    let mut verifier = Verifier::new(Some(notary()), None).since(&kept(&honest, 400)).unwrap();
    let found = verifier.before(honest.tables.rows[400].shown()).unwrap_err();
    assert_eq!(found.defence, Defence::Positions);
    verifier.before(honest.tables.rows[399].shown()).unwrap();
}
