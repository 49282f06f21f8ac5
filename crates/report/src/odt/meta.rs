//! What the document says of itself: title, subject, issuer, language, time.

use svod_text::document::STATE_NAME;

use crate::Head;
use crate::properties::Properties;
use crate::xml::escaped;

const OPEN: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8"?>"#,
    "\n",
    r#"<office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" "#,
    r#"xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/" "#,
    r#"office:version="1.3"><office:meta><meta:generator>svod</meta:generator>"#,
);
const CLOSE: &str = "</office:meta></office:document-meta>";

/// `meta.xml`. The only time in it is that of the close.
pub(super) fn meta(head: &Head) -> String {
    let Properties { state, time, subject } = Properties::of(head);
    let (title, creator, subject) = (escaped(&head.title), escaped(&head.creator), escaped(&subject));
    [
        OPEN,
        &format!("<dc:title>{title}</dc:title><dc:subject>{subject}</dc:subject>"),
        &format!("<meta:initial-creator>{creator}</meta:initial-creator><dc:creator>{creator}</dc:creator>"),
        &format!("<meta:creation-date>{time}</meta:creation-date><dc:date>{time}</dc:date>"),
        "<dc:language>ru-RU</dc:language>",
        &format!(r#"<meta:user-defined meta:name="{STATE_NAME}">{}</meta:user-defined>"#, escaped(&state)),
        CLOSE,
    ]
    .concat()
}
