//! `svod config`: what is in force.

use clap::Args;

use crate::config::Config as Loaded;
use crate::exit::Failure;
use crate::print;

/// Print the configuration that is in force, as a svod.toml; passwords are masked
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  svod config
  svod config > svod.toml")]
pub(crate) struct Config {}

impl Config {
    /// Prints it.
    #[expect(clippy::unused_self, reason = "every command is run in the same way")]
    pub(crate) fn run(&self, config: &Loaded) -> Result<(), Failure> {
        print::bytes(config.shown.as_bytes())
    }
}
