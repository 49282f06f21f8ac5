//! `svod config`: what is in force.

use anyhow::Context as _;
use clap::Args;

use crate::config::Config as Loaded;
use crate::exit::Failure;
use crate::print;

/// Print the configuration that is in force, as a svod.toml; passwords are masked
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  svod config
  svod config --json
  svod config > svod.toml")]
pub(crate) struct Config {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Config {
    /// Prints it.
    pub(crate) fn run(&self, config: &Loaded) -> Result<(), Failure> {
        if self.json {
            let shown: Result<toml::Table, _> = toml::from_str(&config.shown);
            return print::json(&shown.context("reading what is shown").map_err(Failure::unavailable)?);
        }
        print::bytes(config.shown.as_bytes())
    }
}
