//! What every peer is given to store: one activity of a municipality, some 600 bytes of JSON in Cyrillic, another for
//! each number; and what is made of it again when everything is read. Peers in other languages read the same rows.json.

use std::collections::HashMap;
use std::sync::LazyLock;

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Events of one stream where everything is read.
pub const EVENTS_OF_STREAM: u64 = 4;

static TEMPLATE: LazyLock<Template> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../rows.json")).expect("rows.json is part of this program")
});

/// What rows.json says.
#[derive(Deserialize)]
struct Template {
    activity: Fixed,
    metadata: HashMap<String, String>,
    words_of_content: u64,
    words: String,
}

/// What is the same in all activities.
#[derive(Deserialize)]
struct Fixed {
    title: String,
    place: String,
    dates: Vec<String>,
    participants: Vec<String>,
}

/// An activity that a municipality reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// Which of the run's events this is.
    pub number: u64,
    /// Its name.
    pub title: String,
    /// Where it was.
    pub place: String,
    /// From when to when.
    pub dates: Vec<String>,
    /// What was done.
    pub content: String,
    /// Who took part.
    pub participants: Vec<String>,
}

/// The activity of a number.
pub fn activity(number: u64) -> Activity {
    static WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| TEMPLATE.words.split(' ').collect());
    let word = |place: u64| WORDS[((number * (2 * place + 3) + place * place) % WORDS.len() as u64) as usize];
    let content: Vec<&str> = (0..TEMPLATE.words_of_content).map(word).collect();
    let Fixed { title, place, dates, participants } = &TEMPLATE.activity;
    Activity {
        number,
        title: title.clone(),
        place: place.clone(),
        dates: dates.clone(),
        content: content.join(" "),
        participants: participants.clone(),
    }
}

/// What is stored beside an event where the peer has a place for it: some 140 bytes.
pub fn metadata() -> HashMap<String, String> {
    TEMPLATE.metadata.clone()
}

/// The name of a stream. Later ones sort after earlier ones, as peers advise, so that indexes grow at their end.
pub fn stream(number: u64) -> Uuid {
    let hash = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Uuid::from_u128((u128::from(number) << 64) | u128::from(hash))
}

/// What a replay makes of the events.
#[derive(Debug, Default)]
pub struct Fold {
    events: u64,
    numbers: u64,
    letters: usize,
}

impl Fold {
    /// Takes one event in.
    pub fn add(&mut self, activity: &Activity) {
        self.events += 1;
        self.numbers = self.numbers.wrapping_add(activity.number);
        self.letters += activity.title.len() + activity.content.len();
    }

    /// Whether every event from 0 was read once.
    pub fn check(&self, events: u64) -> Result<()> {
        ensure!(self.events == events, "{} events of {events} were read", self.events);
        let numbers = (0..events).fold(0, u64::wrapping_add);
        ensure!(self.numbers == numbers && self.letters > 0, "other events were read than were stored");
        Ok(())
    }
}
