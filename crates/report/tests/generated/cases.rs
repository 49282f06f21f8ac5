//! How many cases a law is tried with.

use proptest::prelude::ProptestConfig;

/// As many as `PROPTEST_CASES` says, else so many.
pub(crate) fn cases(usual: u32) -> ProptestConfig {
    let said = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_some() { said } else { ProptestConfig { cases: usual, ..said } }
}
