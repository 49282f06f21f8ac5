//! What the document says of itself: title, subject, issuer, language, time.

use crate::Head;
use crate::properties::{Fact, Properties};
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
pub(super) fn meta(head: &Head, facts: &[(&str, Fact)]) -> String {
    let Properties { time, subject, .. } = Properties::of(head);
    let (title, creator, subject) = (escaped(&head.title), escaped(&head.creator), escaped(&subject));
    [
        OPEN,
        &format!("<dc:title>{title}</dc:title><dc:subject>{subject}</dc:subject>"),
        &format!("<meta:initial-creator>{creator}</meta:initial-creator><dc:creator>{creator}</dc:creator>"),
        &format!("<meta:creation-date>{time}</meta:creation-date><dc:date>{time}</dc:date>"),
        "<dc:language>ru-RU</dc:language>",
        &facts.iter().map(|(name, fact)| user_defined(name, fact)).collect::<String>(),
        CLOSE,
    ]
    .concat()
}

fn user_defined(name: &str, fact: &Fact) -> String {
    let (kind, value) = match fact {
        Fact::Text(text) => ("", escaped(text)),
        Fact::Number(number) => (r#" meta:value-type="float""#, number.to_string()),
        Fact::Moment(moment) => (r#" meta:value-type="date""#, moment.clone()),
    };
    format!(r#"<meta:user-defined meta:name="{name}"{kind}>{value}</meta:user-defined>"#)
}
