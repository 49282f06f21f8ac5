//! `svod submission`: one submission as it stands, and everything that was done to it.

use clap::{Args, Subcommand};
use svod_domain::{Activity, ERASED, Participant, Quarter, Refusal, SubmissionId};
use svod_engine::{Act, SubmissionHistory};
use svod_text::fields::activity_field;
use svod_text::terminal::{self, HISTORY};
use svod_text::{dates, states};
use uuid::Uuid;

use super::reading::{Reading, submission_state};
use crate::app::App;
use crate::config::Config;
use crate::exit::Failure;
use crate::print;

/// One submission: as it stands, or with its history
#[derive(Args, Debug)]
pub(crate) struct Submission {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// Show a submission as it stands
    #[command(after_help = "Example:
  svod submission show 018f3c5e-7a10-7c42-9d6b-5e2f1a0b9c01")]
    Show(Which),
    /// Show every version and every act, with actors, times and places in the log
    #[command(after_help = "Example:
  svod submission history 018f3c5e-7a10-7c42-9d6b-5e2f1a0b9c01 --json")]
    History(Which),
}

/// Which submission.
#[derive(Args, Debug)]
struct Which {
    /// Its id
    id: Uuid,
    #[command(flatten)]
    reading: Reading,
}

impl Submission {
    /// Carries the verb out.
    pub(crate) async fn run(&self, config: &Config) -> Result<(), Failure> {
        let (Verb::Show(which) | Verb::History(which)) = &self.verb;
        let app = App::open(config).await.map_err(Failure::unavailable)?;
        let history = which.load(&app).await;
        app.close().await;
        let history = history?;
        match (&self.verb, which.reading.json) {
            (Verb::Show(_), true) => print::json(&history.submission),
            (Verb::Show(_), false) => show(&history),
            (Verb::History(_), true) => print::json(&history),
            (Verb::History(_), false) => show_history(&history),
        }
    }
}

impl Which {
    async fn load(&self, app: &App) -> Result<SubmissionHistory, Failure> {
        let submission = SubmissionId(self.id);
        let history = app.reader(self.reading.as_of).await?.history(submission).await;
        let history = history.map_err(Failure::unavailable)?;
        history.ok_or_else(|| Failure::refused(&Refusal::UnknownSubmission { submission }))
    }
}

fn show(history: &SubmissionHistory) -> Result<(), Failure> {
    let card = &history.submission;
    print::line(format!("{} {} {}", card.submission_id, card.quarter, card.municipality))?;
    print::line(terminal::submission_stands(submission_state(card.state), card.version, card.late))?;
    for (field, text) in texts(&card.activity, card.quarter) {
        print::line(format!("{}: {text}", activity_field(field).unwrap_or(field)))?;
    }
    let last = history.acts.last().filter(|act| !act.remarks.is_empty());
    if let Some(act) = last {
        print::line(format!("{}:", terminal::REMARKS))?;
        print::line(format!("  {}", remarks(act).join("\n  ")))?;
    }
    Ok(())
}

fn show_history(history: &SubmissionHistory) -> Result<(), Failure> {
    show(history)?;
    print::line("")?;
    let rows: Vec<[String; 6]> = history
        .acts
        .iter()
        .map(|act| {
            let said = act.reason.iter().chain(&act.note).cloned().chain(remarks(act));
            [
                act.position.to_string(),
                dates::moment(act.at),
                states::act(&act.kind).to_owned(),
                act.version.map(|version| version.to_string()).unwrap_or_default(),
                act.actor.name.clone(),
                said.collect::<Vec<_>>().join("; "),
            ]
        })
        .collect();
    print::table(HISTORY, &rows)?;
    for version in &history.versions {
        print::line(format!("\n{}", terminal::version(version.version)))?;
        for (field, text) in texts(&version.activity, history.submission.quarter) {
            print::line(format!("  {}: {text}", activity_field(field).unwrap_or(field)))?;
        }
    }
    Ok(())
}

fn remarks(act: &Act) -> Vec<String> {
    let words = |remark: &svod_domain::command::Remark| match &remark.field {
        Some(field) => format!("{}: {}", activity_field(field).unwrap_or(field), remark.text),
        None => remark.text.clone(),
    };
    act.remarks.iter().map(words).collect()
}

/// The fields of an activity that are filled in, as the municipality typed them.
fn texts(activity: &Activity, quarter: Quarter) -> Vec<(&'static str, String)> {
    let days = || dates::date_ranges(&activity.dates, quarter);
    let participants = activity.participants.iter().map(|participant| match participant {
        erased if erased.is_erased() => ERASED.to_owned(),
        Participant::Person { name, position } => format!("{position} {name}"),
        Participant::Sealed { .. } => ERASED.to_owned(),
        Participant::Group { group } => group.clone(),
    });
    let fields = [
        ("title", Some(activity.title.clone())),
        ("place", activity.place.clone()),
        ("dates", Some(activity.dates_text.clone().unwrap_or_else(days))),
        ("content", Some(activity.content.clone())),
        ("agreements", activity.agreements.clone()),
        ("participants", Some(participants.collect::<Vec<_>>().join(", "))),
    ];
    fields.into_iter().filter_map(|(field, text)| Some((field, text?))).collect()
}
