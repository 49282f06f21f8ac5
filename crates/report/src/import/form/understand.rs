//! From the grid to records of the form: who states what for the quarter, and what in the file wants a look.

use std::collections::BTreeMap;

use svod_domain::{Activity, MunicipalityCode, Quarter};
use svod_text::reading::{Doubt, Units};

use super::activity::activity;
use super::walk::Walk;
use super::{Grid, Notice, Place, Severity};

/// What is asked of a file.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Its name, which may tell whose it is.
    pub file_name: Option<&'a str>,
    /// For which quarter it is handed in.
    pub quarter: Quarter,
    /// Whose it is, if that is said.
    pub municipality: Option<MunicipalityCode>,
    /// Who hands it in, if that is one municipality: a file that does not say whose it is is its own.
    pub sender: Option<MunicipalityCode>,
    /// Who reports in that quarter.
    pub units: &'a Units,
}

/// What a file states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Understood {
    /// In the order of the file; statements that there was nothing come last.
    pub stated: Vec<Stated>,
    /// What wants a look: first what was noticed while the file was read.
    pub findings: Vec<Finding>,
}

/// One statement of a municipality.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// Where in the file.
    pub place: Place,
    /// Whose.
    pub municipality: MunicipalityCode,
    /// What is stated.
    pub says: Says,
}

/// What is stated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// That this took place.
    Activity(Box<Activity>),
    /// That there was nothing.
    Nothing,
}

/// Something that wants a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Noticed while the file was read.
    Notice(Notice),
    /// Noticed while records were made of it.
    Doubt(Place, Doubt),
}

impl Finding {
    /// How much it weighs.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self {
            Self::Notice(notice) => notice.severity,
            Self::Doubt(_, doubt) => doubt.severity(),
        }
    }
}

/// Makes records of what a person sees in a file.
#[must_use]
pub fn understand(grid: &Grid, question: Question<'_>) -> Understood {
    let mut walk = Walk::over(grid, question);
    let mut stated: Vec<Stated> = vec![];
    let mut by_title: BTreeMap<(MunicipalityCode, String), Vec<usize>> = BTreeMap::new();
    for record in &walk.records {
        let Some(activity) = activity(record, question.quarter, &mut walk.doubts) else { continue };
        let same_title = by_title.entry((record.municipality, activity.title.clone())).or_default();
        let says = Says::Activity(Box::new(activity));
        if same_title.iter().any(|at| stated[*at].says == says) {
            walk.doubts.push((record.place.clone(), Doubt::RecordTwice));
            continue;
        }
        same_title.push(stated.len());
        stated.push(Stated { place: record.place.clone(), municipality: record.municipality, says });
    }
    for (place, municipality) in walk.nothing {
        if walk.records.iter().any(|record| record.municipality == municipality) {
            walk.doubts.push((place, Doubt::NothingWithRecords));
        } else if !stated.iter().any(|other| other.municipality == municipality) {
            stated.push(Stated { place, municipality, says: Says::Nothing });
        }
    }
    let notices = grid.findings.iter().cloned().map(Finding::Notice);
    let doubts = told(walk.doubts).into_iter().map(|(place, doubt)| Finding::Doubt(place, doubt));
    Understood { stated, findings: notices.chain(doubts).collect() }
}

/// What is told: that a column is missing says for all rows that its field is empty.
fn told(doubts: Vec<(Place, Doubt)>) -> Vec<(Place, Doubt)> {
    let missing: Vec<_> = doubts
        .iter()
        .filter_map(|(_, doubt)| match doubt {
            Doubt::ColumnMissing { column } => Some(*column),
            _ => None,
        })
        .collect();
    let follows = |doubt: &Doubt| matches!(doubt, Doubt::FieldEmpty { column } if missing.contains(column));
    doubts.into_iter().filter(|(_, doubt)| !follows(doubt)).collect()
}
