//! The document from its title to its last row: what goes onto which page.

use std::io::Write;
use std::rc::Rc;

use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::outline::{Outline, OutlineNode};
use krilla::{Document, SerializeSettings};

use super::faces::Faces;
use super::facts::metadata;
use super::letters::Paragraph;
use super::lines::lines;
use super::page::{Page, Part, Placed, point};
use super::structure::{Place, Structure};
use super::style::{BOTTOM, HEADER, LEFT, Length, Style, TOP, WIDTH};
use super::table::{Kind, LINES_MIN, Laid};
use crate::properties::mark;
use crate::{Head, RenderError, Renderer, Revision, Row, SectionHead, Writer};

/// White under the mark, and under a heading below the table.
const AFTER_MARK: Length = 3_000;
/// The same under the title.
const AFTER_TITLE: Length = 12_000;

/// White between the table and what stands below it.
const BEFORE_REVISION: Length = 12_000;

/// The heading of a section is repeated where it has no more lines than this; pages would else hold little else.
const REPEATED_LINES_MAX: usize = 4;

/// What the file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// PDF/A-2a and PDF/UA-1.
    Accessible,
    /// PDF/A-1b: the same pages without structure and outline.
    Plain,
}

/// A PDF that is being written. The pages that are full are in memory, compressed, until the end: a PDF begins with what
/// only its last page decides.
pub(crate) struct Pdf<W> {
    out: W,
    document: Document,
    structure: Structure,
    outline: Outline,
    faces: Faces,
    head: Head,
    renderer: Renderer,
    profile: Profile,
    columns: Laid,
    page: Page,
    /// Pages before this one.
    pages: usize,
    /// Where the next row goes.
    top: Length,
    /// Whether nothing but headings stands on the page.
    is_fresh: bool,
    /// The section whose first row has not come yet.
    waiting: Option<SectionHead>,
    /// The section whose rows come, as it is repeated on further pages.
    section: Option<SectionHead>,
}

impl<W: Write> Pdf<W> {
    /// Lays out what stands before the first section.
    pub(crate) fn begin(head: &Head, renderer: Renderer, profile: Profile, out: W) -> Self {
        let mut faces = Faces::new();
        let columns = Laid::columns(&mut faces);
        let mut pdf = Self {
            out,
            document: Document::new_with(settings(profile)),
            structure: Structure::default(),
            outline: Outline::new(),
            faces,
            head: head.clone(),
            renderer,
            profile,
            columns,
            page: Page::default(),
            pages: 0,
            top: TOP,
            is_fresh: true,
            waiting: None,
            section: None,
        };
        if let Some(mark) = mark(head.status) {
            pdf.paragraph(mark, Style::MARK, Part::Content(Place::Mark));
            pdf.top += AFTER_MARK;
        }
        pdf.outline_entry(&head.title);
        pdf.paragraph(&head.title, Style::TITLE, Part::Content(Place::Title));
        pdf.top += AFTER_TITLE;
        pdf.table_head(Kind::Columns);
        pdf
    }

    /// Lines across the page, at the top of the first one.
    fn paragraph(&mut self, text: &str, style: Style, part: Part) {
        let paragraph = Rc::new(Paragraph::new(text, style.weight, &mut self.faces));
        for line in lines(&paragraph, style.ems(WIDTH), &self.faces) {
            if self.top + style.leading() > BOTTOM {
                self.end_page();
                self.top = TOP;
            }
            let placed = Placed { line, style, left: LEFT, width: WIDTH, top: self.top };
            self.page.put(part, vec![placed]);
            self.top += style.leading();
        }
    }

    fn table_head(&mut self, kind: Kind) {
        if self.top + self.columns.height(self.columns.lines) > BOTTOM {
            self.end_page();
            self.top = TOP;
        }
        self.columns.put(&mut self.page, self.top, 0..self.columns.lines, kind);
        self.top += self.columns.height(self.columns.lines);
    }

    fn outline_entry(&mut self, text: &str) {
        let place = XyzDestination::new(self.pages, point(LEFT, self.top));
        self.outline.push_child(OutlineNode::new(text.to_owned(), place));
    }

    /// The page is full. The next one has its number, and the mark of what is no edition.
    fn end_page(&mut self) {
        let full = std::mem::take(&mut self.page);
        full.draw(&mut self.document, &mut self.structure, &mut self.faces);
        self.pages += 1;
        self.top = HEADER;
        let number = (self.pages + 1).to_string();
        self.paragraph(&number, Style::NUMBER, Part::Repeated);
        if let Some(mark) = mark(self.head.status) {
            self.paragraph(mark, Style::MARK, Part::Repeated);
        }
    }

    /// Goes on with the table on a new page.
    fn next_page(&mut self) {
        self.end_page();
        self.top = TOP;
        self.table_head(Kind::ColumnsAgain);
        if let Some(section) = &self.section {
            let again = Laid::continued(&section.heading, &mut self.faces);
            if again.lines <= REPEATED_LINES_MAX {
                again.put(&mut self.page, self.top, 0..again.lines, Kind::SectionAgain);
                self.top += again.height(again.lines);
            }
        }
        self.is_fresh = true;
    }

    /// What the edition says of the one that it replaces, below the table.
    fn revision(&mut self) {
        let Some(revision) = self.head.revision.clone() else { return };
        self.top += BEFORE_REVISION;
        // The heading stands with the first line under it.
        if self.top + 2 * Style::TEXT.leading() + AFTER_MARK > BOTTOM {
            self.end_page();
            self.top = TOP;
        }
        self.outline_entry(&revision.heading());
        self.paragraph(&revision.heading(), Style::SUBHEADING, Part::Content(Place::RevisionHeading));
        self.top += AFTER_MARK;
        for (number, text) in revision.paragraphs().iter().enumerate() {
            self.paragraph(text, Style::TEXT, Part::Content(Place::Revision(number)));
        }
    }

    /// A row from its first line to its last, on as many pages as it takes.
    fn put(&mut self, row: &Laid, kind: Kind) {
        let mut begun = 0;
        while begun < row.lines {
            let left = row.lines - begun;
            let room = row.lines_in(BOTTOM - self.top);
            if left <= room {
                row.put(&mut self.page, self.top, begun..row.lines, kind);
                self.top += row.height(left);
                self.is_fresh = false;
                return;
            }
            let is_kept = row.stays_whole() || room < LINES_MIN;
            if is_kept && !self.is_fresh {
                self.next_page();
                continue;
            }
            // What is left for the next page is not a single line either.
            let shown = room.min(left.saturating_sub(LINES_MIN)).max(1);
            row.put(&mut self.page, self.top, begun..begun + shown, kind);
            begun += shown;
            self.next_page();
        }
    }

    /// The heading of a section stands on the page of its first row.
    fn put_section(&mut self, section: SectionHead, first: &Laid) {
        let heading = Laid::section(&section.heading, &mut self.faces);
        self.section = None;
        let height = heading.height(heading.lines) + first.height_min();
        if self.top + height > BOTTOM && !self.is_fresh {
            self.next_page();
        }
        let number = self.structure.begin_section();
        self.outline_entry(&section.heading);
        self.put(&heading, Kind::Section(number));
        self.section = Some(section);
    }
}

impl<W: Write> Writer for Pdf<W> {
    fn section(&mut self, section: &SectionHead) -> Result<(), RenderError> {
        self.waiting = Some(section.clone());
        Ok(())
    }

    fn row(&mut self, row: &Row) -> Result<(), RenderError> {
        let laid = Laid::activity(row, &mut self.faces);
        if let Some(section) = self.waiting.take() {
            self.put_section(section, &laid);
        }
        let number = self.structure.begin_row();
        self.put(&laid, Kind::Activity(number));
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), RenderError> {
        self.revision();
        let Self { mut out, mut document, mut structure, mut faces, .. } = *self;
        self.page.draw(&mut document, &mut structure, &mut faces);
        document.set_metadata(metadata(&self.head, self.renderer));
        let revision = self.head.revision.as_ref().map(Revision::heading).unwrap_or_default();
        if self.profile == Profile::Accessible {
            document.set_outline(self.outline);
            document.set_tag_tree(structure.tree(&self.head.title, &revision));
        }
        out.write_all(&document.finish().map_err(Box::new)?)?;
        Ok(())
    }
}

fn settings(profile: Profile) -> SerializeSettings {
    let (archival, accessibility) = match profile {
        Profile::Accessible => (Archival::A2_A, Some(Accessibility::UA1)),
        Profile::Plain => (Archival::A1_B, None),
    };
    let mut configuration = ConfigurationBuilder::new().with_archival_validator(archival);
    if let Some(accessibility) = accessibility {
        configuration = configuration.with_accessibility_validator(accessibility);
    }
    let configuration = configuration.finish().expect("the standards agree on a version of PDF");
    SerializeSettings {
        configuration,
        enable_tagging: accessibility.is_some(),
        ..SerializeSettings::default()
    }
}
