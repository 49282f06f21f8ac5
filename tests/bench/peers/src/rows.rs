//! What every peer is given to store: one activity of a municipality, some 600 bytes of JSON in Cyrillic, another for
//! each number; and what is made of it again when everything is read.

use std::collections::HashMap;

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Events of one stream where everything is read.
pub const EVENTS_OF_STREAM: u64 = 4;
/// Words of the content: so many that the whole event has some 600 bytes.
const WORDS_OF_CONTENT: u64 = 12;

const WORDS: &str = "участники конференции рассмотрели вопросы сотрудничества области культуры образования туризма \
    обсудили проведение совместных фестивалей обмен школьными делегациями обменялись опытом работы договорились \
    подготовке выставки празднованию города представители администрации района посетили предприятия провели \
    переговоры руководством побратима подписали соглашение намерениях торжественная церемония возложения цветов \
    мемориалу ансамбль выступил концертной программой молодёжный форум круглый стол семинар шахматам библиотека \
    музей театр университет гимназия больница ярмарка посольство Беларусь Витебск Хаген крепость набережная";

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
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut content = Vec::new();
    for _ in 0..WORDS_OF_CONTENT {
        // xorshift: what is the same in every run needs no source of chance.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let index = usize::try_from(state >> 32).unwrap_or_default() % words.len();
        content.push(words[index]);
    }
    Activity {
        number,
        title: "Конференция городов-побратимов «Города без границ»".into(),
        place: "г. Смоленск, выставочный центр имени Тенишевых".into(),
        dates: vec!["2020-06-05".into(), "2020-06-06".into()],
        content: content.join(" "),
        participants: vec!["А.А. Борисов".into(), "представители городов-побратимов".into()],
    }
}

/// What is stored beside an event where the peer has a place for it: some 140 bytes.
pub fn metadata(number: u64) -> HashMap<String, String> {
    let message = stream(number).to_string();
    [("sender", "m-66701000"), ("message", message.as_str()), ("at", "2020-07-03T10:15:00Z"), ("form", "activity-1")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
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
