//! A foreseen «no», with what its words need to say.

use jiff::Timestamp;
use uuid::Uuid;

use crate::guard::Unprintable;
use crate::{MunicipalityCode, Quarter, ReasonCode, SubmissionId, Version};

/// Why a command is refused. A refusal is data: recorded with the message, answered, the same for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// See [`ReasonCode::NotJson`].
    NotJson {
        /// What is wrong, for those who write clients.
        fault: JsonFault,
    },
    /// See [`ReasonCode::NotCloudEvents`].
    NotCloudEvents {
        /// The attribute that is missing or wrong, such as `specversion`; empty if the body is no object.
        attribute: String,
    },
    /// See [`ReasonCode::UnknownType`].
    UnknownType {
        /// The type that came.
        kind: String,
    },
    /// See [`ReasonCode::Schema`].
    Schema {
        /// JSON Pointer into the message.
        pointer: String,
        /// What is wrong there.
        fault: SchemaFault,
        /// What is wrong elsewhere, each with its pointer: who fills in a form wants to hear of everything at once.
        others: Vec<(String, SchemaFault)>,
    },
    /// See [`ReasonCode::UnprintableText`].
    UnprintableText {
        /// JSON Pointer into the message.
        pointer: String,
        /// The character.
        fault: Unprintable,
        /// The first such characters of other texts, each with its pointer.
        others: Vec<(String, Unprintable)>,
    },
    /// See [`ReasonCode::TooLarge`].
    TooLarge {
        /// How many bytes there are.
        bytes: usize,
        /// How many there may be.
        bytes_max: usize,
    },
    /// See [`ReasonCode::IdReused`].
    IdReused,
    /// See [`ReasonCode::NoSender`].
    NoSender,
    /// See [`ReasonCode::UnknownSender`].
    UnknownSender {
        /// The name that came.
        name: String,
    },
    /// See [`ReasonCode::ForbiddenHeader`].
    ForbiddenHeader {
        /// Its name.
        header: String,
    },
    /// See [`ReasonCode::NotPermitted`].
    NotPermitted {
        /// What would be needed.
        needs: Permission,
    },
    /// See [`ReasonCode::UnknownMunicipality`].
    UnknownMunicipality {
        /// The code that came.
        municipality: MunicipalityCode,
    },
    /// See [`ReasonCode::MunicipalityNotActive`].
    MunicipalityNotActive {
        /// Which one.
        municipality: MunicipalityCode,
        /// When.
        quarter: Quarter,
        /// Who reports in its place, if that is known.
        successor: Option<MunicipalityCode>,
    },
    /// See [`ReasonCode::UnknownQuarter`].
    UnknownQuarter {
        /// Which one.
        quarter: Quarter,
    },
    /// See [`ReasonCode::UnknownSubmission`].
    UnknownSubmission {
        /// Which one.
        submission: SubmissionId,
    },
    /// See [`ReasonCode::AlreadyExists`].
    AlreadyExists {
        /// What is there already.
        what: Existing,
    },
    /// See [`ReasonCode::StaleVersion`].
    StaleVersion {
        /// The version that the command speaks of.
        named: Version,
        /// The present one.
        present: Version,
    },
    /// See [`ReasonCode::WrongState`].
    WrongState {
        /// The state it is in.
        state: State,
        /// Its present version, if it is a submission.
        present: Option<Version>,
    },
    /// See [`ReasonCode::OwnErasure`].
    OwnErasure,
    /// See [`ReasonCode::UnknownErasure`].
    UnknownErasure {
        /// The id.
        id: Uuid,
    },
    /// See [`ReasonCode::OwnSubmission`].
    OwnSubmission,
    /// See [`ReasonCode::QuarterClosed`].
    QuarterClosed {
        /// Which one.
        quarter: Quarter,
        /// Since when.
        closed_at: Timestamp,
    },
    /// See [`ReasonCode::QuarterNotOpen`].
    QuarterNotOpen {
        /// Which one.
        quarter: Quarter,
    },
    /// See [`ReasonCode::HasSubmissions`].
    HasSubmissions {
        /// How many are alive.
        count: usize,
    },
    /// See [`ReasonCode::CloseInPast`].
    CloseInPast {
        /// The moment that was asked for.
        close_at: Timestamp,
        /// The moment it was asked at.
        now: Timestamp,
    },
    /// See [`ReasonCode::DeadlineAfterClose`].
    DeadlineAfterClose {
        /// The filing deadline.
        submit_by: Timestamp,
        /// The closing time.
        close_at: Timestamp,
    },
    /// See [`ReasonCode::NothingToChange`].
    NothingToChange,
}

/// What is wrong with a body that should be JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonFault {
    /// Not UTF-8, or not JSON, at this line and column (from 1).
    Syntax {
        /// Line.
        line: usize,
        /// Column, in bytes.
        column: usize,
    },
    /// An object has this key twice.
    RepeatedKey {
        /// The key.
        key: String,
    },
    /// Nested deeper than this.
    TooDeep {
        /// How deep it may be.
        depth_max: usize,
    },
}

/// Most faults of one message that are told: more than a clerk puts right in one go, and a receipt stays short.
pub const FAULTS_MAX: usize = 10;

/// What is wrong at one place of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaFault {
    /// A field is missing.
    Missing {
        /// Its name.
        field: String,
    },
    /// A field is there that the schema does not know.
    Unknown {
        /// Its name.
        field: String,
    },
    /// Not of this JSON type.
    NotOfType {
        /// The type or types, as JSON Schema names them.
        wanted: String,
    },
    /// Shorter than allowed (characters or items).
    TooShort {
        /// The least.
        min: u64,
    },
    /// Longer than allowed (characters or items).
    TooLong {
        /// The most.
        max: u64,
    },
    /// Not in the form that the schema demands.
    WrongForm {
        /// A pattern, a format's name, or the values allowed.
        wanted: String,
    },
    /// Smaller than allowed.
    TooSmall {
        /// The least.
        min: String,
    },
    /// None of the alternatives fits, such as a participant that is neither person nor group.
    NoAlternative,
    /// Neither `dates` nor `dates_text` says when it was.
    NoDates,
    /// A range ends before it begins.
    EndsBeforeItBegins,
    /// Wrong in another way; the words are the validator's.
    Other {
        /// In English.
        detail: String,
    },
}

/// What a sender would have to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// The principal of this municipality.
    Municipality(MunicipalityCode),
    /// A municipality's principal.
    AnyMunicipality,
    /// A reviewer.
    Reviewer,
    /// An operator.
    Operator,
    /// svod itself.
    Service,
    /// Any role that may read what was asked for.
    Reader,
}

/// What is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// A submission with this id.
    Submission(SubmissionId),
    /// This quarter is open or has been closed.
    Quarter(Quarter),
    /// A municipality with this code.
    Municipality(MunicipalityCode),
    /// The nil return of this municipality and quarter.
    NilReturn(MunicipalityCode, Quarter),
    /// The report of this quarter's edition.
    Report(Quarter),
    /// This erasure was asked for, approved or completed.
    Erasure(Uuid),
}

/// States that a refusal can speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A submission that waits for review.
    Submitted,
    /// A submission returned for correction.
    Returned,
    /// An approved submission.
    Approved,
    /// A withdrawn submission.
    Withdrawn,
    /// An open quarter.
    QuarterOpen,
    /// A closed quarter.
    QuarterClosed,
    /// A municipality that has ended.
    MunicipalityRetired,
}

impl State {
    /// The name of a state that a submission can be in.
    #[must_use]
    pub fn filed_name(self) -> Option<&'static str> {
        match self {
            Self::Submitted => Some("submitted"),
            Self::Returned => Some("returned"),
            Self::Approved => Some("approved"),
            Self::Withdrawn => Some("withdrawn"),
            Self::QuarterOpen | Self::QuarterClosed | Self::MunicipalityRetired => None,
        }
    }
}

impl Refusal {
    /// Of a message that does not match its schema: the faults in their order, at most [`FAULTS_MAX`]. `None` of none.
    pub fn of_faults(faults: impl IntoIterator<Item = (String, SchemaFault)>) -> Option<Self> {
        let mut faults = faults.into_iter().take(FAULTS_MAX);
        let (pointer, fault) = faults.next()?;
        Some(Self::Schema { pointer, fault, others: faults.collect() })
    }

    /// Its stable code.
    #[must_use]
    pub fn reason(&self) -> ReasonCode {
        match self {
            Self::NotJson { .. } => ReasonCode::NotJson,
            Self::NotCloudEvents { .. } => ReasonCode::NotCloudEvents,
            Self::UnknownType { .. } => ReasonCode::UnknownType,
            Self::Schema { .. } => ReasonCode::Schema,
            Self::UnprintableText { .. } => ReasonCode::UnprintableText,
            Self::TooLarge { .. } => ReasonCode::TooLarge,
            Self::IdReused => ReasonCode::IdReused,
            Self::NoSender => ReasonCode::NoSender,
            Self::UnknownSender { .. } => ReasonCode::UnknownSender,
            Self::ForbiddenHeader { .. } => ReasonCode::ForbiddenHeader,
            Self::NotPermitted { .. } => ReasonCode::NotPermitted,
            Self::UnknownMunicipality { .. } => ReasonCode::UnknownMunicipality,
            Self::MunicipalityNotActive { .. } => ReasonCode::MunicipalityNotActive,
            Self::UnknownQuarter { .. } => ReasonCode::UnknownQuarter,
            Self::UnknownSubmission { .. } => ReasonCode::UnknownSubmission,
            Self::AlreadyExists { .. } => ReasonCode::AlreadyExists,
            Self::StaleVersion { .. } => ReasonCode::StaleVersion,
            Self::WrongState { .. } => ReasonCode::WrongState,
            Self::OwnSubmission => ReasonCode::OwnSubmission,
            Self::OwnErasure => ReasonCode::OwnErasure,
            Self::UnknownErasure { .. } => ReasonCode::UnknownErasure,
            Self::QuarterClosed { .. } => ReasonCode::QuarterClosed,
            Self::QuarterNotOpen { .. } => ReasonCode::QuarterNotOpen,
            Self::HasSubmissions { .. } => ReasonCode::HasSubmissions,
            Self::CloseInPast { .. } => ReasonCode::CloseInPast,
            Self::DeadlineAfterClose { .. } => ReasonCode::DeadlineAfterClose,
            Self::NothingToChange => ReasonCode::NothingToChange,
        }
    }

    /// Where in the message the fault is, as a JSON Pointer.
    #[must_use]
    pub fn pointer(&self) -> Option<String> {
        let fixed = match self {
            Self::Schema { pointer, .. } | Self::UnprintableText { pointer, .. } => {
                return Some(pointer.clone());
            }
            Self::NotCloudEvents { attribute } => return Some(format!("/{attribute}")),
            Self::UnknownType { .. } => "/type",
            Self::UnknownMunicipality { .. } | Self::MunicipalityNotActive { .. } => "/data/municipality",
            Self::UnknownQuarter { .. } | Self::QuarterNotOpen { .. } => "/data/quarter",
            Self::UnknownSubmission { .. } => "/data/submission_id",
            Self::StaleVersion { .. } => "/data/version",
            Self::CloseInPast { .. } => "/data/close_at",
            Self::DeadlineAfterClose { .. } => "/data/submit_by",
            Self::NotJson { .. }
            | Self::TooLarge { .. }
            | Self::IdReused
            | Self::NoSender
            | Self::UnknownSender { .. }
            | Self::ForbiddenHeader { .. }
            | Self::NotPermitted { .. }
            | Self::AlreadyExists { .. }
            | Self::WrongState { .. }
            | Self::OwnSubmission
            | Self::OwnErasure
            | Self::UnknownErasure { .. }
            | Self::QuarterClosed { .. }
            | Self::HasSubmissions { .. }
            | Self::NothingToChange => return None,
        };
        Some(fixed.to_owned())
    }

    /// The present version of the submission, where that is what the sender must look at.
    #[must_use]
    pub fn present_version(&self) -> Option<Version> {
        match self {
            Self::StaleVersion { present, .. } => Some(*present),
            Self::WrongState { present, .. } => *present,
            _other => None,
        }
    }
}
