//! Who gives an order that not just anybody at the terminal may give: a principal, shown by its token.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use svod_domain::{Actor, ReasonCode};
use svod_text::erasure::NO_SUCH_TOKEN;

use crate::app::App;
use crate::exit::Failure;

/// Longest file that is read for a token, in bytes: many times that of a token, and not that of a disk.
const TOKEN_FILE_BYTES_MAX: u64 = 4096;

/// The token of a principal.
#[derive(Args, Debug)]
pub(crate) struct Who {
    /// Your token, as `svod principal add` printed it. Others see the arguments of a program: rather set `SVOD_TOKEN`, or name a
    /// file
    #[arg(long, env = "SVOD_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// A file that holds your token; `-` is the standard input
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl Who {
    /// The principal whose token it is.
    pub(crate) async fn authenticate(&self, app: &App) -> Result<Actor, Failure> {
        let token = self.token()?;
        let actor = app.engine.authenticate(&token).await.map_err(Failure::unavailable)?;
        let (detail, action) = NO_SUCH_TOKEN;
        actor.ok_or_else(|| Failure::no(ReasonCode::Unauthenticated, (detail.to_owned(), action.to_owned())))
    }

    fn token(&self) -> Result<String, Failure> {
        match (&self.token_file, &self.token) {
            (Some(path), _) => read(path)
                .with_context(|| format!("reading a token from {}", path.display()))
                .map_err(Failure::usage),
            (None, Some(token)) => Ok(token.trim().to_owned()),
            (None, None) => {
                let rule = "your token is needed: set SVOD_TOKEN, or give --token-file FILE (- is the standard input)";
                Err(Failure::usage(anyhow::anyhow!(rule)))
            }
        }
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    if path.as_os_str() == "-" {
        std::io::stdin().take(TOKEN_FILE_BYTES_MAX).read_to_string(&mut text)?;
    } else {
        std::fs::File::open(path)?.take(TOKEN_FILE_BYTES_MAX).read_to_string(&mut text)?;
    }
    Ok(text.trim().to_owned())
}
