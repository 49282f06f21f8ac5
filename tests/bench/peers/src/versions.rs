//! The exact versions of the peers, from the lock files that they were installed by.

use anyhow::{Context as _, Result};
use serde_json::Value;

const CRATES: &str = include_str!("../Cargo.lock");
const NPM: &str = include_str!("../package-lock.json");

/// The versions of the packages, in words: one where they all have the same.
pub fn version(packages: &[&str]) -> Result<String> {
    let mut versions = Vec::new();
    for package in packages {
        versions.push(if package.starts_with('@') { of_npm(package)? } else { of_crates(package)? });
    }
    if versions.windows(2).all(|pair| pair[0] == pair[1]) {
        return versions.into_iter().next().context("a peer has no package");
    }
    let named: Vec<String> =
        packages.iter().zip(versions).map(|(name, version)| format!("{name} {version}")).collect();
    Ok(named.join(", "))
}

fn of_crates(package: &str) -> Result<String> {
    let head = format!("name = \"{package}\"\nversion = \"");
    let rest = CRATES.split_once(&head).with_context(|| format!("{package} is not locked"))?.1;
    Ok(rest.split('"').next().unwrap_or_default().to_owned())
}

fn of_npm(package: &str) -> Result<String> {
    let lock: Value = serde_json::from_str(NPM)?;
    let version = lock["packages"][format!("node_modules/{package}")]["version"].as_str();
    Ok(version.with_context(|| format!("{package} is not locked"))?.to_owned())
}
