//! What the document says of itself: title, subject, issuer, language, time.

use crate::Head;
use crate::properties::{Fact, Properties};
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

/// What programs of Microsoft know properties of a user's own by, and the number that the first of them bears.
const FORMAT_ID: &str = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}";
const FIRST_ID: usize = 2;

/// `docProps/custom.xml`: where the document comes from.
pub(super) fn custom(facts: &[(&str, Fact)]) -> String {
    let properties = facts.iter().zip(FIRST_ID..).map(|((name, fact), id)| {
        let value = match fact {
            Fact::Text(text) => format!("<vt:lpwstr>{}</vt:lpwstr>", escaped(text)),
            Fact::Number(number) => format!("<vt:i4>{number}</vt:i4>"),
            Fact::Moment(moment) => format!("<vt:filetime>{moment}</vt:filetime>"),
        };
        format!(r#"<property fmtid="{FORMAT_ID}" pid="{id}" name="{name}">{value}</property>"#)
    });
    format!("{CUSTOM_OPEN}{}</Properties>", properties.collect::<String>())
}

const CUSTOM_OPEN: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    "\n",
    r#"<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" "#,
    r#"xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">"#,
);
