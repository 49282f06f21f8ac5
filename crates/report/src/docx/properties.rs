//! What the document says of itself: title, subject, issuer, language, time.

use crate::Head;
use crate::properties::Properties;
use crate::xml::escaped;

/// `docProps/core.xml`. The only time in it is that of the close.
pub(super) fn core(head: &Head) -> String {
    let Properties { state, time, subject } = Properties::of(head);
    let (title, creator) = (escaped(&head.title), escaped(&head.creator));
    let subject = escaped(&subject);
    let time_of = |name| format!(r#"<dcterms:{name} xsi:type="dcterms:W3CDTF">{time}</dcterms:{name}>"#);
    [
        OPEN,
        &format!("<dc:title>{title}</dc:title><dc:subject>{subject}</dc:subject>"),
        &format!("<dc:creator>{creator}</dc:creator><cp:lastModifiedBy>{creator}</cp:lastModifiedBy>"),
        &time_of("created"),
        &time_of("modified"),
        &format!("<cp:contentStatus>{}</cp:contentStatus><dc:language>ru-RU</dc:language>", escaped(&state)),
        "</cp:coreProperties>",
    ]
    .concat()
}

const OPEN: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    "\n",
    r#"<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" "#,
    r#"xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" "#,
    r#"xmlns:dcmitype="http://purl.org/dc/dcmitype/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">"#,
);
