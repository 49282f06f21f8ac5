//! The messages of an import, as any sender might send them, with ids that follow from what is filed: not from names of
//! persons, for an id is never sealed, and who guesses a name could tell whether it was right.

use serde_json::{Value, json};
use svod_domain::guard::Guarded;
use svod_domain::{
    Activity, Command, MunicipalityCode, Participant, Quarter, Refusal, SubmissionId, Version,
};
use svod_engine::MESSAGE_BYTES_MAX;
use svod_engine::message::check_data;
use svod_log::MessageKey;
use uuid::{Uuid, uuid};

/// The `source` of every message of an import.
const SOURCE: &str = "urn:svod:import";

/// The namespace of ids that follow from content. It never changes: another one would file everything anew.
const IDS: Uuid = uuid!("6f9d2b1e-3c47-5a80-9e15-c0a1d7b4e823");

/// A message that has no name yet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Message {
    kind: &'static str,
    /// What the name follows from.
    about: String,
    data: Value,
}

impl Message {
    /// Files a new submission.
    pub(crate) fn submit(
        id: SubmissionId,
        municipality: MunicipalityCode,
        quarter: Quarter,
        activity: &Activity,
    ) -> Self {
        let data = json!({
            "submission_id": id, "municipality": municipality, "quarter": quarter, "activity": activity,
        });
        Self { kind: "svod.activity.submit.v1", about: id.to_string(), data }
    }

    /// Corrects a submission.
    pub(crate) fn correct(id: SubmissionId, version: Version, activity: &Activity) -> Self {
        let data = json!({ "submission_id": id, "version": version, "activity": activity });
        let words = nameless(activity);
        Self { kind: "svod.activity.correct.v1", about: format!("{id}/{version}/{words}"), data }
    }

    /// States that there was nothing.
    pub(crate) fn none(municipality: MunicipalityCode, quarter: Quarter) -> Self {
        let data = json!({ "municipality": municipality, "quarter": quarter });
        Self { kind: "svod.activity.none.v1", about: format!("{municipality}/{quarter}"), data }
    }

    /// Its name at the n-th attempt. A message that was refused is answered for ever, so another attempt has another name.
    pub(crate) fn key(&self, attempt: u32) -> MessageKey {
        let name = format!("{}/{}/{attempt}", self.kind, self.about);
        MessageKey { source: SOURCE.to_owned(), id: Uuid::new_v5(&IDS, name.as_bytes()).to_string() }
    }

    /// The whole message under its name.
    pub(crate) fn under(&self, key: &MessageKey) -> Value {
        json!({
            "specversion": "1.0", "id": key.id, "source": key.source, "type": self.kind,
            "datacontenttype": "application/json", "data": self.data,
        })
    }

    /// Whether the contract lets it through. What was filed before and is carried over may not be taken any more.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        check_data(self.kind, &self.data)?;
        if let Some(Ok(command)) = Command::read(self.kind, self.data.clone()) {
            Guarded::try_new(command)?;
        }
        let bytes = self.under(&self.key(0)).to_string().len();
        if bytes > MESSAGE_BYTES_MAX {
            return Err(Refusal::TooLarge { bytes, bytes_max: MESSAGE_BYTES_MAX });
        }
        Ok(())
    }
}

/// The id of the submission that a record becomes. `repeat` tells records apart that differ in persons only.
pub(crate) fn submission_id(
    municipality: MunicipalityCode,
    quarter: Quarter,
    activity: &Activity,
    repeat: u32,
) -> SubmissionId {
    let words = nameless(activity);
    SubmissionId(Uuid::new_v5(&IDS, format!("{municipality}/{quarter}/{words}/{repeat}").as_bytes()))
}

/// An activity without its persons, always the same text for the same words.
pub(crate) fn nameless(activity: &Activity) -> String {
    let groups: Vec<&str> = activity
        .participants
        .iter()
        .filter_map(|participant| match participant {
            Participant::Group { group } => Some(group.as_str()),
            Participant::Person { .. } | Participant::Sealed { .. } => None,
        })
        .collect();
    let Activity { title, place, dates, dates_text, content, agreements, .. } = activity;
    json!([title, place, dates, dates_text, content, agreements, groups]).to_string()
}
