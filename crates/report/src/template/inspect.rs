//! What may stand in a part of a template. Word's own names are looked for, whatever their prefix.

use roxmltree::{Document, Node};

use super::{TemplateFault, TemplateRefused};

/// The namespace of Word's own elements.
pub(super) const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

/// Elements that fetch, run, hide or embed something, or belong to work that is not finished.
const REFUSED: &[(&str, TemplateFault)] = &[
    ("altChunk", TemplateFault::AltChunk),
    ("object", TemplateFault::Object),
    ("OLEObject", TemplateFault::Object),
    ("control", TemplateFault::Control),
    ("ocx", TemplateFault::Control),
    ("subDoc", TemplateFault::External),
    ("attachedTemplate", TemplateFault::External),
    ("saveThroughXslt", TemplateFault::External),
    ("mailMerge", TemplateFault::Element),
    ("dataBinding", TemplateFault::Element),
    ("script", TemplateFault::Element),
    ("ffData", TemplateFault::Control),
    ("commentReference", TemplateFault::Comments),
    ("commentRangeStart", TemplateFault::Comments),
    ("ins", TemplateFault::TrackedChanges),
    ("del", TemplateFault::TrackedChanges),
    ("moveFrom", TemplateFault::TrackedChanges),
    ("moveTo", TemplateFault::TrackedChanges),
    ("pPrChange", TemplateFault::TrackedChanges),
    ("rPrChange", TemplateFault::TrackedChanges),
    ("tblPrChange", TemplateFault::TrackedChanges),
    ("trPrChange", TemplateFault::TrackedChanges),
    ("tcPrChange", TemplateFault::TrackedChanges),
    ("sectPrChange", TemplateFault::TrackedChanges),
    ("cellIns", TemplateFault::TrackedChanges),
    ("cellDel", TemplateFault::TrackedChanges),
];

/// Attributes by which older drawings name a source without a relation.
const SOURCES: &[&str] = &["href", "src", "link", "althref"];

/// The only fields: the number of the page and how many there are.
const FIELDS: &[&str] = &["PAGE", "NUMPAGES"];

/// Refuses a part with anything in it that a template does not need.
pub(super) fn inspect(document: &Document<'_>) -> Result<(), TemplateRefused> {
    let mut fields: Vec<String> = vec![];
    for node in document.descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        if let Some((_, fault)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
            return Err(TemplateRefused::new(*fault, name));
        }
        if let Some(source) = node.attributes().find(|attribute| SOURCES.contains(&attribute.name())) {
            return Err(TemplateRefused::new(TemplateFault::External, source.value()));
        }
        match name {
            "fldSimple" => check_field(node.attribute((W, "instr")).unwrap_or_default())?,
            "fldChar" => {
                let kind = node.attribute((W, "fldCharType")).unwrap_or_default();
                if kind != "begin" {
                    check_field(&fields.pop().unwrap_or_default())?;
                }
                match kind {
                    "begin" => fields.push(String::new()),
                    // What follows until the end is the field's result, and may hold no instruction.
                    "separate" => fields.push(FIELDS[0].to_owned()),
                    _ => {}
                }
            }
            "instrText" => match fields.last_mut() {
                Some(field) => field.push_str(node.text().unwrap_or_default()),
                None => check_field(node.text().unwrap_or_default())?,
            },
            _ => {}
        }
    }
    // A field that never ends is one all the same.
    fields.iter().try_for_each(|field| check_field(field))
}

/// Behind the name only switches of how the number is written.
fn check_field(instruction: &str) -> Result<(), TemplateRefused> {
    let refused = || TemplateRefused::new(TemplateFault::Field, instruction.trim());
    let mut words = instruction.split_whitespace();
    let name = words.next().unwrap_or_default().to_uppercase();
    let is_switch = |word: &str| word == "\\*" || word.chars().all(char::is_alphabetic);
    if FIELDS.contains(&name.as_str()) && words.all(is_switch) { Ok(()) } else { Err(refused()) }
}
