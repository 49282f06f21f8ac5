//! How the parts of an Office Open XML file are tied together, and what each of them is.

use super::CannotRead;
use super::limits::DEFINITIONS_MAX;
use super::names::Ns;
use super::package::Package;
use super::xml::{Node, Xml};
use crate::opc;

const CONTENT_TYPES: &str = "[Content_Types].xml";

/// One part speaks of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Relation {
    pub(super) id: String,
    /// The last word of its type: `styles`, `hyperlink`.
    pub(super) kind: String,
    /// The part; of an external relation whatever its author wrote.
    pub(super) target: String,
    pub(super) is_external: bool,
}

/// What a part speaks of; the empty name is the archive itself.
pub(super) fn relations(package: &mut Package<'_>, part: &str) -> Result<Vec<Relation>, CannotRead> {
    let (folder, name) = part.rsplit_once('/').unwrap_or(("", part));
    let slash = if folder.is_empty() { "" } else { "/" };
    let Some(mut xml) = package.find_definitions(&format!("{folder}{slash}_rels/{name}.rels"))? else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    loop {
        match xml.next()? {
            Node::Start if xml.is(Ns::Package, "Relationship") => found.extend(relation(&xml, folder)),
            Node::Eof => return Ok(found),
            Node::Start | Node::End | Node::Text => {}
        }
        if found.len() > DEFINITIONS_MAX {
            return Err(super::too_many_definitions());
        }
    }
}

/// The part of the given kind that a part speaks of.
pub(super) fn related<'r>(relations: &'r [Relation], kind: &str) -> Option<&'r str> {
    let found = relations.iter().find(|relation| relation.kind == kind && !relation.is_external);
    found.map(|relation| relation.target.as_str())
}

fn relation(xml: &Xml<'_>, folder: &str) -> Option<Relation> {
    let is_external = xml.attribute(Ns::Other, "TargetMode").as_deref() == Some("External");
    let target = xml.attribute(Ns::Other, "Target")?;
    let kind = xml.attribute(Ns::Other, "Type")?;
    Some(Relation {
        id: xml.attribute(Ns::Other, "Id")?,
        kind: kind.rsplit('/').next().unwrap_or_default().to_owned(),
        target: if is_external { target } else { resolved(folder, &target) },
        is_external,
    })
}

/// The path of a part from the folder of the one that speaks of it; some programs write `\` for `/`.
fn resolved(folder: &str, target: &str) -> String {
    opc::resolved(folder, &target.replace('\\', "/"))
}

/// What the archive says that a part is; empty if it says nothing.
pub(super) fn content_type(package: &mut Package<'_>, part: &str) -> Result<String, CannotRead> {
    let Some(mut xml) = package.find_definitions(CONTENT_TYPES)? else { return Ok(String::new()) };
    let ending = part.rsplit('.').next().unwrap_or_default();
    let mut by_ending = String::new();
    loop {
        match xml.next()? {
            Node::Start if xml.is(Ns::Package, "Override") => {
                let name = xml.attribute(Ns::Other, "PartName").unwrap_or_default();
                if name.trim_start_matches('/').eq_ignore_ascii_case(part) {
                    return Ok(xml.attribute(Ns::Other, "ContentType").unwrap_or_default());
                }
            }
            Node::Start if xml.is(Ns::Package, "Default") => {
                let named = xml.attribute(Ns::Other, "Extension").unwrap_or_default();
                if named.eq_ignore_ascii_case(ending) {
                    by_ending = xml.attribute(Ns::Other, "ContentType").unwrap_or_default();
                }
            }
            Node::Eof => return Ok(by_ending),
            Node::Start | Node::End | Node::Text => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_found_from_the_folder_of_the_part_that_names_it() {
        let cases = [
            ("word", "styles.xml", "word/styles.xml"),
            ("word", "/word/styles.xml", "word/styles.xml"),
            ("word", "../custom/item.xml", "custom/item.xml"),
            ("xl/worksheets", "..\\comments1.xml", "xl/comments1.xml"),
            ("", "word/document.xml", "word/document.xml"),
            ("", "../../../etc/passwd", "etc/passwd"),
        ];
        for (folder, target, path) in cases {
            assert_eq!(resolved(folder, target), path);
        }
    }
}
