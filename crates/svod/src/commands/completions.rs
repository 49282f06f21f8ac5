//! `svod completions`: what a shell needs to complete svod's words.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::exit::Failure;
use crate::{Cli, print};

/// Print completions for a shell
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  svod completions bash > /usr/share/bash-completion/completions/svod
  svod completions zsh > /usr/share/zsh/site-functions/_svod")]
pub(crate) struct Completions {
    /// Which shell
    shell: Shell,
}

impl Completions {
    /// Prints them.
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let mut script = vec![];
        clap_complete::generate(self.shell, &mut Cli::command(), "svod", &mut script);
        print::bytes(&script)
    }
}
