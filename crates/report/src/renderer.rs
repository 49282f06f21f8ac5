//! The renderers: one for each form that a format ever had. An edition names the one that wrote it and is rebuilt by
//! that one for ever, so a change of a single byte of the output is a new renderer, and none is ever taken away.

use std::fmt;
use std::io::{Seek, Write};
use std::str::FromStr;

use crate::docx::Docx;
use crate::html::Html;
use crate::json::Json;
use crate::odt::Odt;
use crate::pdf::{Pdf, Profile};
use crate::xlsx::Xlsx;
use crate::{Format, Head, RenderError, Writer};

/// What writes a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Renderer {
    /// `docx/1`: without the properties that say where in the log it comes from, and without a name of the table.
    Docx1,
    /// `docx/2`: without what changed since the edition before.
    Docx2,
    /// `docx/3`
    Docx3,
    /// `odt/1`: as `docx/1`.
    Odt1,
    /// `odt/2`: as `docx/2`.
    Odt2,
    /// `odt/3`
    Odt3,
    /// `xlsx/1`: as `docx/2`.
    Xlsx1,
    /// `xlsx/2`
    Xlsx2,
    /// `pdf/1`: PDF/A-2a and PDF/UA-1.
    Pdf1,
    /// `pdf-a1b/1`: PDF/A-1b.
    PdfA1b1,
    /// `html/1`: as `docx/2`.
    Html1,
    /// `html/2`
    Html2,
    /// `json/1`: as `docx/2`.
    Json1,
    /// `json/2`
    Json2,
}

/// Not a renderer of this program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is no renderer of this program")]
pub struct UnknownRenderer {
    /// What was given.
    pub given: String,
}

impl Renderer {
    /// Every renderer, those of a format from its first to its newest.
    pub const ALL: &[Self] = &[
        Self::Docx1,
        Self::Docx2,
        Self::Docx3,
        Self::Odt1,
        Self::Odt2,
        Self::Odt3,
        Self::Xlsx1,
        Self::Xlsx2,
        Self::Pdf1,
        Self::PdfA1b1,
        Self::Html1,
        Self::Html2,
        Self::Json1,
        Self::Json2,
    ];

    /// Its name, as the log has it for ever.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Docx1 => "docx/1",
            Self::Docx2 => "docx/2",
            Self::Docx3 => "docx/3",
            Self::Odt1 => "odt/1",
            Self::Odt2 => "odt/2",
            Self::Odt3 => "odt/3",
            Self::Xlsx1 => "xlsx/1",
            Self::Xlsx2 => "xlsx/2",
            Self::Pdf1 => "pdf/1",
            Self::PdfA1b1 => "pdf-a1b/1",
            Self::Html1 => "html/1",
            Self::Html2 => "html/2",
            Self::Json1 => "json/1",
            Self::Json2 => "json/2",
        }
    }

    /// The format of its files.
    #[must_use]
    pub const fn format(self) -> Format {
        match self {
            Self::Docx1 | Self::Docx2 | Self::Docx3 => Format::Docx,
            Self::Odt1 | Self::Odt2 | Self::Odt3 => Format::Odt,
            Self::Xlsx1 | Self::Xlsx2 => Format::Xlsx,
            Self::Pdf1 => Format::Pdf,
            Self::PdfA1b1 => Format::PdfA1b,
            Self::Html1 | Self::Html2 => Format::Html,
            Self::Json1 | Self::Json2 => Format::Json,
        }
    }

    /// Whether its documents say which edition they replace: all but those of before, which are these for ever.
    #[must_use]
    pub const fn tells_revision(self) -> bool {
        !matches!(
            self,
            Self::Docx1 | Self::Docx2 | Self::Odt1 | Self::Odt2 | Self::Xlsx1 | Self::Html1 | Self::Json1
        )
    }

    /// The one that new documents of a format are written by.
    #[must_use]
    pub fn newest(format: Format) -> Self {
        let newest = Self::ALL.iter().rfind(|renderer| renderer.format() == format);
        *newest.expect("every format has a renderer")
    }

    /// Begins a document: what stands before its first section is written.
    pub fn begin<'a>(
        self,
        head: &Head,
        out: impl Write + Seek + Send + 'a,
    ) -> Result<Box<dyn Writer + 'a>, RenderError> {
        Ok(match self {
            Self::Docx1 => Box::new(Docx::begin_first(head, out)?),
            Self::Docx2 => Box::new(Docx::begin_second(head, out)?),
            Self::Docx3 => Box::new(Docx::begin(head, out)?),
            Self::Odt1 => Box::new(Odt::begin_first(head, out)?),
            Self::Odt2 => Box::new(Odt::begin_second(head, out)?),
            Self::Odt3 => Box::new(Odt::begin(head, out)?),
            Self::Xlsx1 => Box::new(Xlsx::begin_first(head, out)?),
            Self::Xlsx2 => Box::new(Xlsx::begin(head, out)?),
            Self::Pdf1 => Box::new(Pdf::begin(head, self, Profile::Accessible, out)),
            Self::PdfA1b1 => Box::new(Pdf::begin(head, self, Profile::Plain, out)),
            Self::Html1 => Box::new(Html::begin_first(head, out)?),
            Self::Html2 => Box::new(Html::begin(head, out)?),
            Self::Json1 => Box::new(Json::begin_first(head, out)?),
            Self::Json2 => Box::new(Json::begin(head, out)?),
        })
    }
}

impl fmt::Display for Renderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Renderer {
    type Err = UnknownRenderer;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|renderer| renderer.as_str() == text);
        found.copied().ok_or_else(|| UnknownRenderer { given: text.to_owned() })
    }
}
