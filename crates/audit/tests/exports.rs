//! Exports that are sound, and exports that somebody attacked: each attack with the first bad position or file, and the
//! defence that sees it.

#![expect(clippy::unwrap_used, reason = "a test that cannot make its export has failed")]

mod exported;

use exported::{Exported, digest, disclosure, drafts, leaf, line, linked, root};
use svod_audit::{CannotTell, Ended, verify};
use svod_log::note::NoteSigner;
use svod_log::verify::Defence;
use svod_log::{Hash, Position};

#[test]
fn an_honest_export_is_sound_whatever_its_size() {
    for size in [0, 1, 2, 255, 256, 257, 300, 512] {
        let export = Exported::honest(size);
        let sound = export.judged(&[]).unwrap();
        let leaves: Vec<_> = linked(&drafts(size)).iter().map(|entry| leaf(entry)).collect();
        assert_eq!((sound.position, sound.root), (Position(size), Hash(root(&leaves))), "{size}");
        let kept = [3, 256].iter().filter(|kept| **kept < size).count() as u64;
        assert_eq!((sound.checkpoints, sound.disclosures, sound.documents), (kept + 1, 0, 0), "{size}");
    }
}

#[test]
fn what_is_disclosed_and_what_lies_beside_the_log_is_counted() {
    let export = Exported::honest(20);
    let lines: String = [0, 5, 20].map(disclosure).iter().map(|text| line(&digest(text), text)).collect();
    export.write("disclosures.jsonl", lines);
    let document = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855.docx";
    export.write(&format!("documents/{document}"), "");
    let sound = export.judged(&[]).unwrap();
    assert_eq!((sound.disclosures, sound.documents), (3, 1));
}

#[test]
fn bytes_of_an_entry_that_were_changed_are_seen_at_its_leaf() {
    let export = Exported::honest(300);
    export.flip("tile/entries/001.p/44", 40);
    export.is_refused(Some(257), Some("tile/0/001.p/44"), Defence::Leaf);
}

#[test]
fn a_tile_that_follows_the_changed_bytes_does_not_help() {
    let export = Exported::honest(20);
    let mut drafts = drafts(20);
    drafts[11].actor = "somebody".into();
    let other = Exported::of(&linked(&drafts));
    for name in ["tile/entries/000.p/20", "tile/0/000.p/20"] {
        export.write(name, other.read(name));
    }
    export.is_refused(Some(20), None, Defence::Checkpoint);
}

/// Everything in these exports fits the entries, signatures included.
#[test]
fn what_a_thief_of_the_key_writes_is_seen_by_the_entries_themselves() {
    type Change = fn(&mut Vec<exported::Draft>);
    let cases: [(Change, u64, Defence); 9] = [
        (|drafts| drafts[9].position = 11, 10, Defence::Positions),
        (|drafts| drop(drafts.remove(9)), 10, Defence::Positions),
        (|drafts| drafts.push(drafts[19].clone()), 21, Defence::Positions),
        (|drafts| drafts[9].version = 3, 10, Defence::Streams),
        (|drafts| drafts[9].recorded_at = "2020-01-01T00:00:00.000000Z".into(), 10, Defence::Clock),
        (|drafts| drafts[9].recorded_at = "2026-05-01 00:00:10.000000Z".into(), 10, Defence::Form),
        (|drafts| drafts[9].data = r#"{"a":1,"a":1}"#.into(), 10, Defence::Form),
        (|drafts| drafts[9].data = r#"{"b":1, "c":1}"#.into(), 10, Defence::Form),
        (|drafts| drafts[9].data = "1.5".into(), 10, Defence::Form),
    ];
    for (change, position, defence) in cases {
        let mut drafts = drafts(20);
        change(&mut drafts);
        let export = Exported::of(&linked(&drafts));
        let width = drafts.len();
        let file = exported::tile("entries", 0, width);
        export.is_refused(Some(position), Some(&file), defence);
    }
}

#[test]
fn an_entry_that_does_not_name_the_leaf_before_it_in_its_stream_is_seen() {
    let mut entries = linked(&drafts(20));
    let mut other = drafts(20)[9].clone();
    other.prev = Some(Hash([7; 32]).to_string());
    entries[9] = other.bytes();
    Exported::of(&entries).is_refused(Some(10), Some("tile/entries/000.p/20"), Defence::Streams);
}

#[test]
fn who_kept_a_checkpoint_sees_what_a_thief_wrote_anew() {
    let honest = linked(&drafts(20));
    let leaves: Vec<_> = honest.iter().map(|entry| leaf(entry)).collect();
    let mut drafts = drafts(20);
    drafts[4].actor = "somebody".into();
    let rewritten = Exported::of(&linked(&drafts));
    assert!(rewritten.judged(&[]).is_ok());
    let kept = rewritten.checkpoint(&leaves[..6]);
    rewritten.is_refused_with(&[&kept], Some(6), None, Defence::Checkpoint);
    let cut = Exported::of(&honest[..15]);
    assert!(cut.judged(&[&kept]).is_ok());
    cut.is_refused_with(&[&cut.checkpoint(&leaves)], Some(16), None, Defence::Checkpoint);
}

#[test]
fn only_the_given_key_is_believed() {
    let export = Exported::honest(20);
    for (name, seed) in [(exported::ORIGIN, [8; 32]), ("svod.example/another", [7; 32])] {
        let key = NoteSigner::try_new(name, &seed).unwrap().verifier_key();
        let refused = verify(export.path(), &key, &[]);
        assert!(
            matches!(&refused, Err(Ended::Tampered(fault)) if fault.defence == Defence::Checkpoint),
            "{refused:?}"
        );
    }
}

#[test]
fn a_checkpoint_that_was_kept_must_be_signed_and_true() {
    let export = Exported::honest(300);
    export.write("checkpoints/256", export.read("checkpoints/3"));
    export.is_refused(None, Some("checkpoints/256"), Defence::Checkpoint);
    export.write("checkpoints/256", export.checkpoint(&[[9; 32]; 256]));
    export.is_refused(Some(256), None, Defence::Checkpoint);
}

#[test]
fn bundles_and_tiles_are_as_long_as_the_log_says() {
    let cases: [(&str, isize, Option<u64>, &str, Defence); 6] = [
        ("tile/entries/000", -1, Some(256), "tile/entries/000", Defence::Bundles),
        ("tile/entries/000", 1, Some(257), "tile/entries/000", Defence::Bundles),
        ("tile/entries/001.p/44", 2, Some(301), "tile/entries/001.p/44", Defence::Bundles),
        ("tile/0/000", -32, Some(1), "tile/0/000", Defence::Tiles),
        ("tile/0/001.p/44", 1, Some(257), "tile/0/001.p/44", Defence::Tiles),
        ("tile/1/000.p/1", 32, None, "tile/1/000.p/1", Defence::Tiles),
    ];
    for (name, change, position, file, defence) in cases {
        let export = Exported::honest(300);
        let mut content = export.read(name);
        content.resize(content.len().checked_add_signed(change).unwrap(), 0);
        export.write(name, content);
        export.is_refused(position, Some(file), defence);
    }
}

#[test]
fn a_hash_of_a_higher_level_that_is_not_of_the_entries_is_seen() {
    let export = Exported::honest(300);
    export.flip("tile/1/000.p/1", 0);
    export.is_refused(None, Some("tile/1/000.p/1"), Defence::Tiles);
}

#[test]
fn a_missing_file_is_named() {
    for (name, position) in [
        ("checkpoint", None),
        ("manifest.json", None),
        ("vkey", None),
        ("tile/entries/000", Some(1)),
        ("tile/entries/001.p/44", Some(257)),
        ("tile/0/001.p/44", Some(257)),
        ("tile/1/000.p/1", None),
    ] {
        let export = Exported::honest(300);
        export.remove(name);
        export.is_refused(position, Some(name), Defence::Files);
    }
}

#[test]
fn a_file_that_has_no_place_in_an_export_is_named() {
    for name in [
        "readme.txt",
        "checkpoints/03",
        "checkpoints/latest",
        "documents/report.docx",
        "tile/0/000.p/7",
        "tile/0/001",
        "tile/2/000",
        "tile/entries/x000/000",
    ] {
        let export = Exported::honest(300);
        export.write(name, "");
        export.is_refused(None, Some(name), Defence::Files);
    }
}

#[test]
fn a_manifest_that_says_something_else_is_seen() {
    for (from, to) in [
        ("svod-export/1", "svod-export/2"),
        ("svod.example/test", "svod.example/tent"),
        ("\"size\":20", "\"size\":21"),
        ("\"size\":20", "\"size\":20.0"),
        ("\"root\":\"", "\"root\":\"A"),
        ("{", "["),
    ] {
        let export = Exported::honest(20);
        let manifest = String::from_utf8(export.read("manifest.json")).unwrap();
        export.write("manifest.json", manifest.replacen(from, to, 1));
        export.is_refused(None, Some("manifest.json"), Defence::Manifest);
    }
    let export = Exported::honest(20);
    export.write("vkey", "svod.example/test+00000000+AAAA");
    export.is_refused(None, Some("vkey"), Defence::Manifest);
}

#[test]
fn a_disclosure_that_no_entry_commits_to_is_seen() {
    let (first, second) = (disclosure(5), disclosure(10));
    let nameless = "WyJzYWx0IiwgIm5hbWUiXQ";
    for lines in [
        line(&digest(&first), &second),
        line(&digest(&second), &first),
        line(&digest(&disclosure(7)), &disclosure(7)),
        line(&digest(&first), &first).repeat(2),
        line(&digest(nameless), nameless),
        format!("{}\n", line(&digest(&first), &first)),
        "{}\n".into(),
        "digest\n".into(),
    ] {
        let export = Exported::honest(20);
        export.write("disclosures.jsonl", &lines);
        export.is_refused(None, Some("disclosures.jsonl"), Defence::Disclosures);
    }
}

#[test]
fn a_document_that_is_not_the_one_of_its_name_is_seen() {
    let export = Exported::honest(20);
    let name = format!("documents/{}.docx", "7".repeat(64));
    export.write(&name, "a report");
    export.is_refused(None, Some(&name), Defence::Documents);
}

#[test]
fn a_folder_without_any_part_of_an_export_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let refused = verify(folder.path(), &Exported::honest(0).key(), &[]);
    assert!(matches!(refused, Err(Ended::CannotTell(CannotTell::NotAnExport { .. }))), "{refused:?}");
}
