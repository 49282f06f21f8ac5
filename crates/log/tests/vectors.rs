//! The public vectors of RFC 6962 proofs, made by nobody of this project.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use svod_log::Hash;
use svod_log::proof::{check_consistency, check_inclusion};

const INCLUSION: &str = include_str!("vectors/inclusion.json");
const CONSISTENCY: &str = include_str!("vectors/consistency.json");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inclusion {
    file: String,
    leaf_idx: u64,
    tree_size: u64,
    root: String,
    leaf_hash: String,
    proof: Vec<String>,
    want_err: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Consistency {
    file: String,
    size1: u64,
    size2: u64,
    root1: String,
    root2: String,
    proof: Vec<String>,
    want_err: bool,
}

/// `None`: the text is no hash of 32 bytes, which our types cannot even hold.
fn hash(text: &str) -> Option<Hash> {
    STANDARD.decode(text).ok()?.try_into().ok().map(Hash)
}

fn proof(texts: &[String]) -> Option<Vec<Hash>> {
    texts.iter().map(|text| hash(text)).collect()
}

fn included(vector: &Inclusion) -> Option<bool> {
    let (leaf, root) = (hash(&vector.leaf_hash)?, hash(&vector.root)?);
    let proof = proof(&vector.proof)?;
    Some(check_inclusion(leaf, vector.leaf_idx, vector.tree_size, &proof, root).is_ok())
}

fn consistent(vector: &Consistency) -> Option<bool> {
    let earlier = (vector.size1, hash(&vector.root1)?);
    let later = (vector.size2, hash(&vector.root2)?);
    Some(check_consistency(earlier, later, &proof(&vector.proof)?).is_ok())
}

#[test]
fn the_public_vectors_of_inclusion_pass_and_fail_as_they_say() {
    let vectors: Vec<Inclusion> = serde_json::from_str(INCLUSION).unwrap();
    assert_eq!(vectors.len(), 98);
    for vector in vectors {
        assert_eq!(included(&vector).unwrap_or(false), !vector.want_err, "{}", vector.file);
    }
}

#[test]
fn the_public_vectors_of_consistency_pass_and_fail_as_they_say() {
    let vectors: Vec<Consistency> = serde_json::from_str(CONSISTENCY).unwrap();
    assert_eq!(vectors.len(), 98);
    // Its roots are a text that is no hash, and it wants them to be called equal.
    let of_short_roots = "testdata/consistency/additional/sizes-are-equal-one-and-proof-is-empty.json";
    for vector in vectors {
        let expected = !vector.want_err && vector.file != of_short_roots;
        assert_eq!(consistent(&vector).unwrap_or(false), expected, "{}", vector.file);
    }
}
