//! Values of a strategy, always the same ones for the same seed.

use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// So many values.
pub(crate) fn sequence<S: Strategy>(strategy: S, count: usize, seed: u64) -> impl Iterator<Item = S::Value> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let chance = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), chance);
    (0..count).map(move |_| strategy.new_tree(&mut runner).expect("nothing is filtered out").current())
}
