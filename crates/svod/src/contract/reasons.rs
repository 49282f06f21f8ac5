//! The list of reason codes: what each means, its HTTP status, and the words that a clerk reads.

use std::fmt::Write as _;

use svod_domain::ReasonCode;

const HEAD: &str = "# Reason codes

Every «no» of svod has one of these codes, in receipts and in problems (RFC 9457) alike. Codes are stable: none is ever
renamed or given another meaning. The words are those of the general case; a receipt says them with the facts of its
own case. This page is made by `make docs`.
";

/// The page, in Markdown.
pub(super) fn text() -> String {
    let mut text = HEAD.to_owned();
    for reason in ReasonCode::ALL {
        let words = svod_text::reason(*reason);
        let written = write!(
            text,
            "\n## {code}\n\n{meaning}\n\nHTTP {status}. **{title}.** {detail} {action}\n",
            code = reason.as_str(),
            meaning = reason.meaning(),
            status = svod_gateway::http_status(*reason),
            title = svod_text::title(*reason),
            detail = words.detail,
            action = words.action,
        );
        written.expect("writing to a String never fails");
    }
    text
}
