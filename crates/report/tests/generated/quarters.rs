//! Quarters as they are filed, in words that no typography touches, and what an import reads in their documents.

use jiff::civil::date;
use proptest::prelude::*;
use svod_domain::{
    Activity, DateRange, MunicipalityCode, Participant, Quarter, SubmissionId, Version, register,
};
use svod_engine::{ReportInputs, ReportRecord, ReportSection};
use svod_report::import::{
    Finding, Question, ReadOptions, Says, Severity, Stated, Understood, read, understand,
};
use svod_text::reading::{Unit, Units};
use uuid::Uuid;

/// Whose an activity is, and what it was.
pub(crate) type Filed = (MunicipalityCode, Activity);

fn quarter() -> Quarter {
    "2020-Q2".parse().expect("a quarter")
}

fn register_of_2020() -> Vec<register::Entry> {
    let day = quarter().last_day();
    let holds = |entry: &register::Entry| entry.from <= day && entry.until.is_none_or(|until| day < until);
    register::built_in().into_iter().filter(holds).collect()
}

fn units() -> Units {
    let unit = |entry: register::Entry| Unit {
        code: entry.municipality,
        names: vec![entry.report_heading, entry.short_name.clone()],
        short_name: entry.short_name,
    };
    Units::new(register_of_2020().into_iter().map(unit).collect())
}

/// Words that no typography touches, beginning with a capital.
fn words() -> impl Strategy<Value = String> {
    "[А-Я][а-я]{3,9}( [а-я]{3,9}){0,6}"
}

fn dates() -> impl Strategy<Value = Vec<DateRange>> {
    let range = (0_i32..85, 0_i32..6).prop_map(|(from, length)| {
        let day = |days: i32| date(2020, 4, 1).saturating_add(jiff::Span::new().days(days));
        DateRange { from: day(from), to: day(from + length) }
    });
    range.prop_map(|range| vec![range])
}

fn participant() -> impl Strategy<Value = Participant> {
    let positions = prop::sample::select(vec!["глава района", "директор музея", "Губернатор области"]);
    let person = (positions, "[А-Я]\\.[А-Я]\\. [А-Я][а-я]{3,9}")
        .prop_map(|(position, name)| Participant::Person { name, position: position.to_owned() });
    let groups = prop::sample::select(vec!["представители", "сотрудники", "студенты"]);
    let group =
        (groups, "[а-я]{4,9}").prop_map(|(who, of)| Participant::Group { group: format!("{who} {of}") });
    prop_oneof![person, group]
}

fn activity() -> impl Strategy<Value = Activity> {
    let content = prop::collection::vec(words(), 1..3).prop_map(|lines| lines.join("\n"));
    let participants = prop::collection::vec(participant(), 1..4);
    (words(), prop::option::of(words()), dates(), content, participants).prop_map(
        |(title, place, dates, content, participants)| Activity {
            title,
            place,
            dates,
            dates_text: None,
            content,
            agreements: None,
            participants,
            countries: vec![],
        },
    )
}

/// The sample with other sections, those of real municipalities.
pub(crate) fn quarters(sample: ReportInputs) -> impl Strategy<Value = ReportInputs> {
    let sections = prop::collection::btree_map(0_usize..27, prop::collection::vec(activity(), 1..4), 1..4);
    sections.prop_map(move |sections| {
        let register = register_of_2020();
        let record = |activity| ReportRecord {
            submission_id: SubmissionId(Uuid::nil()),
            version: Version::FIRST,
            late: false,
            activity,
        };
        let section = |(at, activities): (usize, Vec<Activity>)| ReportSection {
            municipality: register[at].municipality,
            heading: register[at].report_heading.clone(),
            records: activities.into_iter().map(record).collect(),
        };
        ReportInputs { sections: sections.into_iter().map(section).collect(), ..sample.clone() }
    })
}

/// Whose each activity is, in the order of the document; each once, for so it is taken.
pub(crate) fn filed(inputs: &ReportInputs) -> Vec<Filed> {
    let mut all: Vec<Filed> = vec![];
    for section in &inputs.sections {
        for record in &section.records {
            let one = (section.municipality, record.activity.clone());
            if !all.contains(&one) {
                all.push(one);
            }
        }
    }
    all
}

fn activity_of(stated: Stated) -> Filed {
    match stated.says {
        Says::Activity(activity) => (stated.municipality, *activity),
        Says::Nothing => panic!("nothing is stated"),
    }
}

/// What the import makes of a document.
pub(crate) fn understood(file: &[u8]) -> Result<Understood, String> {
    let grid = read(file, None, &ReadOptions::default()).map_err(|refusal| refusal.to_string())?;
    let units = units();
    let question =
        Question { file_name: None, quarter: quarter(), municipality: None, sender: None, units: &units };
    Ok(understand(&grid, question))
}

/// What the import reads in a document; the faults that it finds, if there are any.
pub(crate) fn read_again(file: &[u8]) -> Result<Vec<Filed>, String> {
    let understood = understood(file)?;
    let is_fault = |finding: &&Finding| finding.severity() == Severity::Fault;
    let faults: Vec<&Finding> = understood.findings.iter().filter(is_fault).collect();
    if !faults.is_empty() {
        return Err(format!("{faults:?}"));
    }
    Ok(understood.stated.into_iter().map(activity_of).collect())
}
