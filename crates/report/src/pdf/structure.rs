//! What the document is for whoever has it read aloud, and for programs that read it: a title, then a table with a head, a
//! body for each municipality, rows and cells (ISO 32000-1, 14.8).

use std::num::{NonZeroU16, NonZeroU32};

use krilla::tagging::{Identifier, Node, TableHeaderScope, Tag, TagGroup, TagKind, TagTree};

/// What a piece of a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The mark of what is no edition.
    Mark,
    Title,
    /// The heading of that column.
    Column(usize),
    /// The row across the table that this section begins with.
    Section(usize),
    /// Of that row, the cell in that column.
    Cell(usize, usize),
    /// The heading of what an edition says of the one that it replaces.
    RevisionHeading,
    /// That paragraph under it.
    Revision(usize),
}

/// The pieces of the document by what they belong to, in the order of reading.
#[derive(Default)]
pub(super) struct Structure {
    mark: Vec<Identifier>,
    title: Vec<Identifier>,
    columns: [Vec<Identifier>; 6],
    sections: Vec<Section>,
    rows: Vec<[Vec<Identifier>; 6]>,
    revision_heading: Vec<Identifier>,
    revision: Vec<Vec<Identifier>>,
}

#[derive(Default)]
struct Section {
    heading: Vec<Identifier>,
    /// The first of its rows; the last is before that of the next section.
    first_row: usize,
}

impl Structure {
    /// Begins the part of a municipality; which one of all it is.
    pub(super) fn begin_section(&mut self) -> usize {
        self.sections.push(Section { heading: vec![], first_row: self.rows.len() });
        self.sections.len() - 1
    }

    /// Begins a row of the newest section; which one of all it is.
    pub(super) fn begin_row(&mut self) -> usize {
        self.rows.push(Default::default());
        self.rows.len() - 1
    }

    /// What was drawn belongs there, behind what belonged there before.
    pub(super) fn add(&mut self, place: Place, drawn: Identifier) {
        match place {
            Place::Mark => self.mark.push(drawn),
            Place::Title => self.title.push(drawn),
            Place::Column(column) => self.columns[column].push(drawn),
            Place::Section(section) => self.sections[section].heading.push(drawn),
            Place::Cell(row, column) => self.rows[row][column].push(drawn),
            Place::RevisionHeading => self.revision_heading.push(drawn),
            Place::Revision(paragraph) => {
                self.revision.resize_with(self.revision.len().max(paragraph + 1), Vec::new);
                self.revision[paragraph].push(drawn);
            }
        }
    }

    /// The tree as it is written into the file. `revision`: the heading of that part.
    pub(super) fn tree(self, title: &str, revision: &str) -> TagTree {
        let mut tree = TagTree::new();
        if !self.mark.is_empty() {
            tree.push(group(Tag::P, self.mark));
        }
        tree.push(group(Tag::Hn(NonZeroU16::MIN, Some(title.to_owned())), self.title));
        let mut table = TagGroup::new(Tag::Table.with_summary(Some(title.to_owned())));
        let columns = self.columns.into_iter().map(|drawn| group(Tag::TH(TableHeaderScope::Column), drawn));
        table.push(TagGroup::with_children(Tag::THead, vec![row(columns).into()]));
        let mut rows = self.rows.into_iter();
        let mut sections = self.sections.into_iter().peekable();
        while let Some(section) = sections.next() {
            let end = sections.peek().map_or(usize::MAX, |next| next.first_row);
            let mut body = TagGroup::new(Tag::TBody);
            let across = Tag::TH(TableHeaderScope::Row).with_col_span(NonZeroU32::new(6));
            body.push(row([group(across, section.heading)]));
            for cells in rows.by_ref().take(end - section.first_row) {
                body.push(row(cells.into_iter().map(|drawn| group(Tag::TD, drawn))));
            }
            table.push(body);
        }
        tree.push(table);
        if !self.revision_heading.is_empty() {
            tree.push(group(Tag::Hn(SECOND, Some(revision.to_owned())), self.revision_heading));
        }
        for paragraph in self.revision {
            tree.push(group(Tag::P, paragraph));
        }
        tree
    }
}

/// Level of the heading below the title.
const SECOND: NonZeroU16 = NonZeroU16::MIN.saturating_add(1);

fn row(cells: impl IntoIterator<Item = TagGroup>) -> TagGroup {
    TagGroup::with_children(Tag::TR, cells.into_iter().map(Node::from).collect())
}

fn group(tag: impl Into<TagKind>, drawn: Vec<Identifier>) -> TagGroup {
    TagGroup::with_children(tag, drawn.into_iter().map(Node::from).collect())
}
