//! The preview of an import: a file read, understood, compared with the ledger, its messages named.

use std::collections::BTreeSet;

use svod_domain::{MunicipalityCode, Quarter, Refusal};
use svod_engine::{Engine, EngineError, ImportPlan, MunicipalityCard, QuarterPhase, Reader};
use svod_text::reading::{Doubt, Place, Unit, Units};

use super::filed::Filed;
use super::plan::{Draft, draft};
use super::{CannotRead, Finding, Question, ReadOptions, Understood, read, understand};

/// Most names that are tried for a message: each is one refusal of the same message.
const ATTEMPTS_MAX: u32 = 1_000;

/// A file that somebody hands in.
#[derive(Clone, Debug)]
pub struct Handed {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its name, which may tell whose it is.
    pub file_name: Option<String>,
    /// For which quarter.
    pub quarter: Quarter,
    /// Whose it is, if that is said.
    pub municipality: Option<MunicipalityCode>,
    /// Of whom the one who hands it in may file and see. `None`: of everybody.
    pub own: Option<Vec<MunicipalityCode>>,
}

/// Why there is no preview.
#[derive(Debug, thiserror::Error)]
pub enum CannotImport {
    /// Nothing of the file is taken.
    #[error("the file cannot be read")]
    Unreadable(#[source] CannotRead),
    /// The municipality that was named does not report in the quarter.
    #[error("the municipality cannot be imported for: {}", _0.reason().as_str())]
    Refused(Refusal),
    /// The ledger failed.
    #[error("the ledger failed while a file was compared with it")]
    Ledger(#[from] EngineError),
    /// The reading broke.
    #[error("the reading of the file broke")]
    Broken,
}

/// What an import of the file would do now.
pub async fn preview(
    engine: &Engine,
    reader: &Reader,
    handed: Handed,
    options: ReadOptions,
) -> Result<ImportPlan, CannotImport> {
    let units = units(&reader.municipalities().await?, handed.quarter);
    let quarter = handed.quarter;
    let own = handed.own.clone();
    let mut understood = understood(handed, units.clone(), options).await?;
    let mut findings = not_own(&mut understood, own.as_deref(), &units);
    if reader.quarter(quarter).await?.is_none_or(|card| card.state != QuarterPhase::Open) {
        findings.push(Finding::Doubt(Place::File, Doubt::QuarterNotOpen { quarter }));
    }
    understood.findings.splice(0..0, findings);
    let mentioned: BTreeSet<MunicipalityCode> =
        understood.stated.iter().map(|stated| stated.municipality).collect();
    let filed = Filed::read(reader, quarter, &mentioned).await?;
    let mut draft = draft(&understood.stated, &understood.findings, quarter, &filed);
    name_messages(engine, &mut draft).await?;
    Ok(draft.finished())
}

/// What a file would be filed as where there is no ledger to compare it with.
pub async fn preview_alone(
    units: Units,
    handed: Handed,
    options: ReadOptions,
) -> Result<ImportPlan, CannotImport> {
    let quarter = handed.quarter;
    let understood = understood(handed, units, options).await?;
    let mut draft = draft(&understood.stated, &understood.findings, quarter, &Filed::default());
    for (entry, message) in &mut draft.entries {
        entry.message = message.as_ref().map(|message| message.under(&message.key(0)));
    }
    Ok(draft.finished())
}

/// Who reports in the quarter, by all the names of the register.
#[must_use]
pub fn units(register: &[MunicipalityCard], quarter: Quarter) -> Units {
    let reporting = register.iter().filter(|card| card.reports_in(quarter));
    let unit = |card: &MunicipalityCard| {
        let naming = card.naming(quarter)?;
        let names =
            card.names.iter().flat_map(|naming| [naming.report_heading.clone(), naming.short_name.clone()]);
        Some(Unit { code: card.municipality, short_name: naming.short_name.clone(), names: names.collect() })
    };
    Units::new(reporting.filter_map(unit).collect())
}

/// Reading may take a second, or as long as an office program may, so it has a thread of its own.
async fn understood(handed: Handed, units: Units, options: ReadOptions) -> Result<Understood, CannotImport> {
    if let Some(municipality) = handed.municipality.filter(|code| !units.contains(*code)) {
        return Err(CannotImport::Refused(Refusal::UnknownMunicipality { municipality }));
    }
    let read = tokio::task::spawn_blocking(move || {
        let file_name = handed.file_name.as_deref();
        let grid = read(&handed.bytes, file_name, &options)?;
        let Handed { quarter, municipality, ref own, .. } = handed;
        let sender = match own.as_deref() {
            Some([own]) if units.contains(*own) => Some(*own),
            _none_or_several => None,
        };
        Ok(understand(&grid, Question { file_name, quarter, municipality, sender, units: &units }))
    });
    read.await.map_err(|_| CannotImport::Broken)?.map_err(CannotImport::Unreadable)
}

/// Takes out what the one who hands it in may neither file nor see, and tells of it, once for each municipality.
fn not_own(understood: &mut Understood, own: Option<&[MunicipalityCode]>, units: &Units) -> Vec<Finding> {
    let Some(own) = own else { return vec![] };
    let mut findings: Vec<Finding> = vec![];
    let mut told: BTreeSet<MunicipalityCode> = BTreeSet::new();
    understood.stated.retain(|stated| {
        let is_own = own.contains(&stated.municipality);
        if !is_own && told.insert(stated.municipality) {
            let name = units.short_name(stated.municipality).unwrap_or_default().to_owned();
            findings.push(Finding::Doubt(stated.place.clone(), Doubt::UnitNotOwn { name }));
        }
        is_own
    });
    findings
}

/// Gives each message a name that no message has. Those whose messages were recorded are filed and have no message here, so
/// every name that is taken was refused.
async fn name_messages(engine: &Engine, draft: &mut Draft) -> Result<(), EngineError> {
    let mut attempt = 0;
    let mut waiting: Vec<usize> =
        (0..draft.entries.len()).filter(|at| draft.entries[*at].1.is_some()).collect();
    while !waiting.is_empty() && attempt < ATTEMPTS_MAX {
        let key = |at: &usize| draft.entries[*at].1.as_ref().map(|message| message.key(attempt));
        let keys: Vec<_> = waiting.iter().filter_map(key).collect();
        let answered = engine.store().receipts(&keys).await?;
        let mut still = vec![];
        for (at, key) in waiting.into_iter().zip(keys) {
            let (entry, message) = &mut draft.entries[at];
            entry.message = message.as_ref().map(|message| message.under(&key));
            if answered.contains_key(&key) {
                still.push(at);
            }
        }
        (waiting, attempt) = (still, attempt + 1);
    }
    Ok(())
}
