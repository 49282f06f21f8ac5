//! The namespaces of office documents, whatever prefix a program gives them and whichever edition of the standard.

/// Whose names they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ns {
    /// Text of Word.
    Word,
    /// Sheets of Excel.
    Sheet,
    /// Ties between parts, as attributes.
    Relation,
    /// Parts and their ties, as elements.
    Package,
    /// Alternatives for older programs.
    Compatibility,
    /// Formulas of mathematics.
    Math,
    /// Pictures of `DrawingML`.
    Picture,
    /// Charts and diagrams of `DrawingML`.
    Diagram,
    /// Drawings of VML.
    Vml,
    /// Objects of other programs.
    Office,
    /// ODF: the document.
    OdfOffice,
    /// ODF: text.
    OdfText,
    /// ODF: tables.
    OdfTable,
    /// ODF: styles.
    OdfStyle,
    /// ODF: looks, as of XSL-FO.
    OdfFo,
    /// ODF: drawings.
    OdfDraw,
    /// ODF: the list of parts.
    OdfManifest,
    /// ODF: links.
    Xlink,
    /// Any other, or none.
    Other,
}

/// Both editions of ISO 29500, «transitional» and «strict», name the same things.
pub(super) fn namespace(name: &str) -> Ns {
    match name {
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
        | "http://purl.oclc.org/ooxml/wordprocessingml/main" => Ns::Word,
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        | "http://purl.oclc.org/ooxml/spreadsheetml/main" => Ns::Sheet,
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        | "http://purl.oclc.org/ooxml/officeDocument/relationships" => Ns::Relation,
        "http://schemas.openxmlformats.org/package/2006/relationships"
        | "http://schemas.openxmlformats.org/package/2006/content-types" => Ns::Package,
        "http://schemas.openxmlformats.org/markup-compatibility/2006" => Ns::Compatibility,
        "http://schemas.openxmlformats.org/officeDocument/2006/math"
        | "http://purl.oclc.org/ooxml/officeDocument/math" => Ns::Math,
        "http://schemas.openxmlformats.org/drawingml/2006/picture"
        | "http://purl.oclc.org/ooxml/drawingml/picture" => Ns::Picture,
        "http://schemas.openxmlformats.org/drawingml/2006/chart"
        | "http://purl.oclc.org/ooxml/drawingml/chart"
        | "http://schemas.openxmlformats.org/drawingml/2006/diagram"
        | "http://purl.oclc.org/ooxml/drawingml/diagram" => Ns::Diagram,
        "urn:schemas-microsoft-com:vml" => Ns::Vml,
        "urn:schemas-microsoft-com:office:office" => Ns::Office,
        "urn:oasis:names:tc:opendocument:xmlns:office:1.0" => Ns::OdfOffice,
        "urn:oasis:names:tc:opendocument:xmlns:text:1.0" => Ns::OdfText,
        "urn:oasis:names:tc:opendocument:xmlns:table:1.0" => Ns::OdfTable,
        "urn:oasis:names:tc:opendocument:xmlns:style:1.0" => Ns::OdfStyle,
        "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" => Ns::OdfFo,
        "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" => Ns::OdfDraw,
        "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" => Ns::OdfManifest,
        "http://www.w3.org/1999/xlink" => Ns::Xlink,
        _ => Ns::Other,
    }
}
