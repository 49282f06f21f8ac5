//! How the program ends: 0 done, 1 refused or found wrong, 2 bad usage or configuration, 3 could not tell or
//! unavailable.

use std::process::ExitCode;

use svod_domain::{ReasonCode, Refusal};

use crate::cure;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The rules said no, or something was found wrong. Status 1.
    Refused {
        /// The stable reason code.
        code: String,
        /// Russian: what is wrong.
        detail: String,
        /// Russian: what to do.
        action: String,
    },
    /// Something was found wrong and has been told already. Status 1.
    FoundWrong,
    /// Something could not be looked at, and that has been told already. Status 3.
    CouldNotTell,
    /// Whoever reads the output has had enough. Status 0, and not a word.
    ReaderGone,
    /// Bad usage or configuration. Status 2.
    Usage(anyhow::Error),
    /// Something could not be reached, read or written. Status 3.
    Unavailable(anyhow::Error),
}

impl Failure {
    /// Bad usage or configuration.
    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self::Usage(error.into())
    }

    /// Something could not be reached, read or written.
    pub(crate) fn unavailable(error: impl Into<anyhow::Error>) -> Self {
        Self::Unavailable(error.into())
    }

    /// A «no» that no rule of the ledger says: its code, what is wrong, what to do.
    pub(crate) fn no(reason: ReasonCode, (detail, action): (String, String)) -> Self {
        Self::Refused { code: reason.as_str().to_owned(), detail, action }
    }

    /// A rule's «no».
    pub(crate) fn refused(refusal: &Refusal) -> Self {
        let words = svod_text::refusal(refusal);
        Self::no(refusal.reason(), (words.detail, words.action))
    }

    /// Tells the user, and gives the status.
    #[expect(clippy::print_stderr, reason = "this is the program's last word")]
    pub(crate) fn tell(&self) -> ExitCode {
        match self {
            Self::Refused { code, detail, action } => {
                eprintln!("svod: {detail} [{code}]\n      {action}");
                ExitCode::from(1)
            }
            Self::FoundWrong => ExitCode::from(1),
            Self::CouldNotTell => ExitCode::from(3),
            Self::ReaderGone => ExitCode::SUCCESS,
            Self::Usage(error) => {
                eprintln!("svod: {error:#}");
                ExitCode::from(2)
            }
            Self::Unavailable(error) => {
                let cure = cure::of(error).map(|cure| format!("\n      {cure}")).unwrap_or_default();
                eprintln!("svod: {error:#}{cure}");
                ExitCode::from(3)
            }
        }
    }
}
