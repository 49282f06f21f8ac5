//! The golden log is sound for ever (tests/golden).

use std::path::Path;

use svod_audit::verify;
use svod_log::Position;

/// The root of the log; never changed.
const ROOT: &str = "0b2bce1b05e0df3436f8acd02adf1768acb5b50c008360ae30c51c7abb7aacea";

#[test]
fn the_golden_log_is_what_it_was() {
    let export = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/export");
    let key = std::fs::read_to_string(export.join("vkey")).unwrap().trim().parse().unwrap();
    let sound = verify(&export, &key, &[]).unwrap();
    assert_eq!((sound.position, sound.root.to_string().as_str()), (Position(1_000), ROOT));
    assert_eq!((sound.checkpoints, sound.disclosures, sound.documents), (3, 17, 2));
}
