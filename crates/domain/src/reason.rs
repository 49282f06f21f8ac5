//! The one table of reason codes: everything a user can be told «no» with. Codes are stable for ever.

/// Declares each code once: its variant, its name on the wire. The macro exists so that `ALL` can never miss one.
macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal,)+) => {
        /// A stable reason code; `svod-text` has its Russian words and advice.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ReasonCode { $($(#[doc = $doc])+ $variant,)+ }

        impl ReasonCode {
            /// Every code, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name on the wire, kebab-case.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// What the code means, in English, for those who write clients.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc,)+).trim_ascii(),)+ }
            }
        }
    };
}

reasons! {
    /// The body is not JSON in UTF-8, repeats a key, or nests too deep.
    NotJson = "not-json",
    /// The body is JSON but not a CloudEvents 1.0 event in structured mode.
    NotCloudEvents = "not-cloudevents",
    /// The type of the event is none of the contract's.
    UnknownType = "unknown-type",
    /// The data do not match the schema of the type.
    Schema = "schema",
    /// A text holds a character that no document can print.
    UnprintableText = "unprintable-text",
    /// The message, or what would be recorded of it, is larger than the limit.
    TooLarge = "too-large",
    /// The same id and source came before with other content or from another sender.
    IdReused = "id-reused",
    /// The broker names no validated sender.
    NoSender = "no-sender",
    /// The sender is no principal of this ledger, or its rights have ended.
    UnknownSender = "unknown-sender",
    /// The sender set headers that only a broker may set (CC, BCC, x-…).
    ForbiddenHeader = "forbidden-header",
    /// The sender may not do this, or not for this municipality.
    NotPermitted = "not-permitted",
    /// No municipality has this code.
    UnknownMunicipality = "unknown-municipality",
    /// The municipality does not report in this quarter: it begins later or has ended.
    MunicipalityNotActive = "municipality-not-active",
    /// The quarter has never been opened.
    UnknownQuarter = "unknown-quarter",
    /// No submission has this id.
    UnknownSubmission = "unknown-submission",
    /// The thing to be made is there already.
    AlreadyExists = "already-exists",
    /// The command speaks of a version that is not the present one.
    StaleVersion = "stale-version",
    /// The submission or quarter is not in a state that allows this.
    WrongState = "wrong-state",
    /// Who filed or corrected a version may not approve it.
    OwnSubmission = "own-submission",
    /// Who asked for an erasure may not approve it.
    OwnErasure = "own-erasure",
    /// Nobody asked for this erasure.
    UnknownErasure = "unknown-erasure",
    /// The quarter is closed; nothing of it changes until it is reopened.
    QuarterClosed = "quarter-closed",
    /// The quarter is not open yet.
    QuarterNotOpen = "quarter-not-open",
    /// The municipality has live submissions in the quarter, so it cannot declare that there is nothing.
    HasSubmissions = "has-submissions",
    /// The closing time is not in the future.
    CloseInPast = "close-in-past",
    /// The filing deadline lies behind the closing time.
    DeadlineAfterClose = "deadline-after-close",
    /// The command would change nothing.
    NothingToChange = "nothing-to-change",
    /// Asked of the API without a valid token.
    Unauthenticated = "unauthenticated",
    /// There is nothing at this address.
    NotFound = "not-found",
    /// The request itself (a parameter, a header) cannot be understood.
    BadRequest = "bad-request",
    /// The format belongs to the contract, but this version does not make it yet.
    FormatNotMade = "format-not-made",
    /// A file that is imported cannot be read, or is no document with tables.
    FileUnreadable = "file-unreadable",
    /// The service cannot answer now; nothing was recorded, the same request may be sent again.
    Unavailable = "unavailable",
    /// The handling of the message broke again and again; it lies in quarantine.
    Quarantined = "quarantined",
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_reasons_share_a_code_and_all_are_kebab_case() {
        let codes: BTreeSet<&str> = ReasonCode::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(codes.len(), ReasonCode::ALL.len());
        for code in codes {
            assert!(code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{code}");
        }
    }
}
