//! Failures of the engine (never refusals).

use svod_log::{Position, StoreError};

/// Why the engine could not answer.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The service is stopping; the message was not handled.
    #[error("the service is stopping")]
    Stopping,
    /// What the vault holds of a person does not open.
    #[error("a person cannot be read from the vault")]
    Unsealed(#[from] svod_seal::Unsealed),
    /// A person could not be sealed.
    #[error("a person cannot be sealed")]
    Unsealable(#[from] svod_seal::BadKey),
    /// Other writers were faster again and again.
    #[error("a decision was overtaken {attempts} times")]
    Contended {
        /// How often it was tried.
        attempts: usize,
    },
    /// Somebody whom a document names was erased while it was made: it must be made again, without the name.
    #[error("somebody whom the document names was erased meanwhile")]
    ErasedMeanwhile,
    /// The log names persons of whom the vault has nothing, and nobody erased them: the vault is not the one that they were
    /// told to. They must not be taken for erased.
    #[error("what was told of {persons} persons is not in the vault, and nobody erased them: they are lost")]
    Lost {
        /// How many.
        persons: usize,
    },
    /// The log holds an event that no rule could have emitted, or that this program cannot read.
    #[error("the log holds an impossible event at position {position}: {what}")]
    ImpossibleHistory {
        /// Where.
        position: Position,
        /// What is impossible about it.
        what: String,
    },
    /// A view has the documents of another version of the program, and those of this one are being built beside them.
    #[error("the view {view} is being built for this version of the program: try again later")]
    Building {
        /// Which view.
        view: &'static str,
    },
    /// What was read from a view cannot be decoded; rebuilding the view is the cure.
    #[error("a document of the view {view} cannot be read")]
    Document {
        /// Which view.
        view: String,
        /// The decoder's error.
        #[source]
        source: serde_json::Error,
    },
    /// What is to be kept cannot be encoded.
    #[error("{what} cannot be encoded")]
    Encode {
        /// What.
        what: &'static str,
        /// The encoder's error.
        #[source]
        source: serde_json::Error,
    },
}

impl EngineError {
    /// Whether trying again later may help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Store(StoreError::Unavailable { .. } | StoreError::Denied { .. })
            | Self::Stopping
            | Self::Contended { .. }
            | Self::Building { .. }
            | Self::ErasedMeanwhile => true,
            Self::Store(
                StoreError::Damaged { .. }
                | StoreError::Schema { .. }
                | StoreError::NotThere { .. }
                | StoreError::NoKeys,
            )
            | Self::Unsealed(_)
            | Self::Unsealable(_)
            | Self::Lost { .. }
            | Self::ImpossibleHistory { .. }
            | Self::Document { .. }
            | Self::Encode { .. } => false,
        }
    }

    /// Whether the fault is the service's own, so that no message fares better than the one at hand: the ledger is away,
    /// its tables are of another version, a key is not in the key file. Such a message is kept until the fault is
    /// mended; every other failure is the message's, which may be given up.
    #[must_use]
    pub fn is_own_fault(&self) -> bool {
        self.is_transient()
            || matches!(
                self,
                Self::Store(StoreError::Schema { .. } | StoreError::NoKeys)
                    | Self::Unsealed(svod_seal::Unsealed::NoSuchKey { .. })
                    | Self::Unsealable(_)
                    | Self::Lost { .. }
            )
    }

    /// The same failure for another who waits; causes are kept as text.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Store(StoreError::Unavailable { doing, source }) => {
                let source = source.to_string().into();
                StoreError::Unavailable { doing, source }.into()
            }
            Self::Store(StoreError::Denied { denial, doing, source }) => {
                let source = source.to_string().into();
                StoreError::Denied { denial: *denial, doing, source }.into()
            }
            Self::Store(StoreError::Damaged { what, place }) => {
                StoreError::Damaged { what: what.clone(), place: place.clone() }.into()
            }
            Self::Store(StoreError::Schema { what }) => StoreError::Schema { what: what.clone() }.into(),
            Self::Store(StoreError::NotThere { what, place }) => {
                StoreError::NotThere { what, place: place.clone() }.into()
            }
            Self::Store(StoreError::NoKeys) => StoreError::NoKeys.into(),
            Self::Stopping => Self::Stopping,
            Self::Unsealed(unsealed) => unsealed.clone().into(),
            Self::Unsealable(bad) => (*bad).into(),
            Self::ErasedMeanwhile => Self::ErasedMeanwhile,
            Self::Lost { persons } => Self::Lost { persons: *persons },
            Self::Contended { attempts } => Self::Contended { attempts: *attempts },
            Self::Building { view } => Self::Building { view },
            Self::ImpossibleHistory { position, what } => {
                Self::ImpossibleHistory { position: *position, what: what.clone() }
            }
            Self::Document { .. } | Self::Encode { .. } => {
                Self::ImpossibleHistory { position: Position::START, what: chain(self) }
            }
        }
    }
}

/// An error and its causes, on one line: what a log line says of a failure.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use svod_seal::{BadKey, Unsealed};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn no_message_is_given_up_for_a_fault_of_the_service() {
        let (person, what, place) = (Uuid::nil(), String::new(), String::new());
        let table: [(EngineError, bool); 10] = [
            (StoreError::Unavailable { doing: "reading", source: "gone".into() }.into(), true),
            (StoreError::Schema { what: what.clone() }.into(), true),
            (StoreError::NoKeys.into(), true),
            (EngineError::Stopping, true),
            (EngineError::Contended { attempts: 9 }, true),
            (Unsealed::NoSuchKey { person, number: 2 }.into(), true),
            (BadKey::None.into(), true),
            (Unsealed::Altered { person }.into(), false),
            (EngineError::ImpossibleHistory { position: Position::START, what: what.clone() }, false),
            (StoreError::Damaged { what, place }.into(), false),
        ];
        for (error, own) in table {
            assert_eq!(error.is_own_fault(), own, "{error}");
        }
    }
}
