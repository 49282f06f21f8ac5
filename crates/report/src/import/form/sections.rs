//! Whose the records are: a row or a line that names a municipality heads what stands below it; where none does, whoever
//! was asked for, or the title, or the name of the file. Never a guess.

use svod_domain::MunicipalityCode;
use svod_text::reading::{Doubt, HowNamed, Named, looks_like_unit};

use super::{Block, Grid, GridCell, Place, Question, heading};

/// Which municipality the reading stands at.
pub(crate) struct Sections<'a> {
    question: Question<'a>,
    current: Current,
    fallback: Option<MunicipalityCode>,
    /// Whether the fallback was told, and is not just whoever hands the file in.
    is_told: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Current {
    /// No section has begun.
    None,
    /// In the section of this one.
    Of(MunicipalityCode),
    /// In the section of one that nobody knows; that is told already.
    Unknown,
}

/// What a text is where a section may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begins {
    /// The section of a known or unknown municipality.
    Section,
    /// Nothing.
    Nothing,
}

impl<'a> Sections<'a> {
    /// Before anything is read of the tables.
    pub(crate) fn new(question: Question<'a>, grid: &Grid) -> Self {
        let title = title(grid);
        let spoken = || question.units.spoken_of(&title);
        let named = || question.file_name.and_then(|name| question.units.spoken_of(stem(name)));
        let told = question.municipality.or_else(spoken).or_else(named);
        Self { question, current: Current::None, fallback: told.or(question.sender), is_told: told.is_some() }
    }

    /// Takes a text that stands where a section may begin.
    pub(crate) fn take(&mut self, text: &str, place: &Place, doubts: &mut Vec<(Place, Doubt)>) -> Begins {
        let doubt = match self.question.units.named(text) {
            Named::One { code, how } => {
                self.current = Current::Of(code);
                let name = self.name(code);
                match self.question.municipality {
                    Some(asked) if asked != code => Some(Doubt::OtherUnit { name, asked: self.name(asked) }),
                    _ if how == HowNamed::ByAlias => Some(Doubt::UnitByAlias { text: text.to_owned(), name }),
                    _ => None,
                }
            }
            Named::Nobody if looks_like_unit(text) => Some(self.take_unknown(text)),
            Named::Nobody => return Begins::Nothing,
        };
        doubts.extend(doubt.map(|doubt| (place.clone(), doubt)));
        Begins::Section
    }

    /// Takes a text that names a municipality and nothing else, and leaves any other.
    pub(crate) fn take_name(
        &mut self,
        text: &str,
        place: &Place,
        doubts: &mut Vec<(Place, Doubt)>,
    ) -> Begins {
        match self.question.units.named(text) {
            Named::One { .. } => self.take(text, place, doubts),
            Named::Nobody => Begins::Nothing,
        }
    }

    /// Takes the name of a column of its own, which has to be one.
    pub(crate) fn must_take(&mut self, text: &str, place: &Place, doubts: &mut Vec<(Place, Doubt)>) {
        if let Begins::Nothing = self.take(text, place, doubts) {
            let doubt = self.take_unknown(text);
            doubts.push((place.clone(), doubt));
        }
    }

    /// A name that the register does not have is nobody's, unless whose the records are was said beside the file.
    fn take_unknown(&mut self, text: &str) -> Doubt {
        let nearest = self.question.units.nearest(text);
        let text = text.to_owned();
        if let Some(asked) = self.question.municipality {
            self.current = Current::Of(asked);
            return Doubt::UnitAsAsked { text, asked: self.name(asked) };
        }
        self.current = Current::Unknown;
        Doubt::UnitUnknown { text, nearest }
    }

    /// Whose a record at this place is. `None`: nobody knows, and that is told.
    pub(crate) fn whose(
        &mut self,
        place: &Place,
        doubts: &mut Vec<(Place, Doubt)>,
    ) -> Option<MunicipalityCode> {
        match (self.current, self.fallback) {
            (Current::Of(code), _) => Some(code),
            (Current::Unknown, _) => None,
            (Current::None, Some(code)) => {
                if self.is_told && self.question.municipality.is_none() {
                    doubts.push((place.clone(), Doubt::UnitFromTitle { name: self.name(code) }));
                }
                self.current = Current::Of(code);
                Some(code)
            }
            (Current::None, None) => {
                self.current = Current::Unknown;
                doubts.push((place.clone(), Doubt::NoUnit));
                None
            }
        }
    }

    fn name(&self, code: MunicipalityCode) -> String {
        self.question.units.short_name(code).map_or_else(|| code.to_string(), str::to_owned)
    }
}

/// The lines before the first table, and those that sheets have as rows above its heading.
fn title(grid: &Grid) -> String {
    let mut lines: Vec<String> = vec![];
    for block in &grid.blocks {
        match block {
            Block::Paragraph(paragraph) => lines.push(paragraph.text.clone()),
            Block::Table(table) => {
                let heading = (0..table.rows.len()).find(|at| heading::find(table, *at).is_some());
                let above = table.rows[..heading.unwrap_or_default()].iter().flat_map(|row| &row.cells);
                lines.extend(above.map(GridCell::text));
                break;
            }
        }
    }
    lines.join(" ")
}

/// The name of a file without folders and without its ending.
fn stem(name: &str) -> &str {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}
