//! The texts of every order, each with its place in the message and what it may hold.

use crate::command::{
    CloseQuarter, Correct, MoveQuarter, OpenQuarter, RegisterMunicipality, Remark, RenameMunicipality,
    ReopenQuarter, RequestErasure, Return, Revoke, Submit, Withdraw,
};
use crate::{Activity, Command, Participant};

/// Where in a message a text stands. Made a pointer only where there is something to tell.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// A field of its own.
    Field(&'static str),
    /// A field of a participant.
    Participant(usize, &'static str),
    /// A field of a remark.
    Remark(usize, &'static str),
}

impl Place {
    /// As a JSON Pointer.
    pub(super) fn pointer(self) -> String {
        match self {
            Self::Field(pointer) => pointer.to_owned(),
            Self::Participant(index, name) => format!("/data/activity/participants/{index}/{name}"),
            Self::Remark(index, name) => format!("/data/remarks/{index}/{name}"),
        }
    }
}

/// What a text may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Line breaks.
    pub(super) lines: bool,
    /// Something must be left of it.
    pub(super) needed: bool,
}

/// A name or a heading.
const NAME: Shape = Shape { lines: false, needed: true };
/// What may be absent, in one line.
const DETAIL: Shape = Shape { lines: false, needed: false };
/// What is told.
const STORY: Shape = Shape { lines: true, needed: true };
/// What may be told besides.
const NOTE: Shape = Shape { lines: true, needed: false };

/// Shows every text of an order, in the order of its fields.
pub(super) fn each_text(command: &mut Command, see: &mut impl FnMut(Place, Shape, &mut String)) {
    match command {
        Command::Submit(Submit { activity, .. }) => of_activity(activity, see),
        Command::Correct(Correct { activity, note, .. }) => {
            of_activity(activity, see);
            optional("/data/note", NOTE, note, see);
        }
        Command::Withdraw(Withdraw { reason, .. })
        | Command::Revoke(Revoke { reason, .. })
        | Command::MoveQuarter(MoveQuarter { reason, .. })
        | Command::CloseQuarter(CloseQuarter { reason, .. })
        | Command::ReopenQuarter(ReopenQuarter { reason, .. }) => {
            see(Place::Field("/data/reason"), STORY, reason);
        }
        Command::OpenQuarter(OpenQuarter { reason, .. }) => optional("/data/reason", NOTE, reason, see),
        Command::Return(Return { remarks, .. }) => {
            for (index, Remark { field, text }) in remarks.iter_mut().enumerate() {
                if let Some(field) = field {
                    see(Place::Remark(index, "field"), NAME, field);
                }
                see(Place::Remark(index, "text"), STORY, text);
            }
        }
        Command::RegisterMunicipality(RegisterMunicipality { short_name, report_heading, .. })
        | Command::RenameMunicipality(RenameMunicipality { short_name, report_heading, .. }) => {
            see(Place::Field("/data/short_name"), NAME, short_name);
            see(Place::Field("/data/report_heading"), NAME, report_heading);
        }
        Command::RequestErasure(RequestErasure { requested }) => {
            see(Place::Field("/data/basis"), STORY, &mut requested.basis);
        }
        Command::DeclareNothing(_)
        | Command::Approve(_)
        | Command::RetireMunicipality(_)
        | Command::RecordReport(_)
        | Command::ApproveErasure(_)
        | Command::CompleteErasure(_) => {}
    }
}

fn of_activity(activity: &mut Activity, see: &mut impl FnMut(Place, Shape, &mut String)) {
    see(Place::Field("/data/activity/title"), NAME, &mut activity.title);
    optional("/data/activity/place", DETAIL, &mut activity.place, see);
    optional("/data/activity/dates_text", DETAIL, &mut activity.dates_text, see);
    see(Place::Field("/data/activity/content"), STORY, &mut activity.content);
    optional("/data/activity/agreements", NOTE, &mut activity.agreements, see);
    for (index, participant) in activity.participants.iter_mut().enumerate() {
        match participant {
            Participant::Person { name, position } => {
                see(Place::Participant(index, "name"), NAME, name);
                see(Place::Participant(index, "position"), NAME, position);
            }
            Participant::Group { group } => see(Place::Participant(index, "group"), NAME, group),
            Participant::Sealed { .. } => {}
        }
    }
}

fn optional(
    pointer: &'static str,
    shape: Shape,
    text: &mut Option<String>,
    see: &mut impl FnMut(Place, Shape, &mut String),
) {
    if let Some(text) = text {
        see(Place::Field(pointer), shape, text);
    }
}
