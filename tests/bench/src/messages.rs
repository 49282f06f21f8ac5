//! The messages that are sent: submissions of the size that a real one has.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use svod_domain::register;
use uuid::Uuid;

/// The municipality whose user sends through the broker.
pub const MUNICIPALITY: &str = "66701000";
/// Its user.
pub const SENDER: &str = "m-66701000";
/// Who approves.
pub const REVIEWER: &str = "r-1";
/// Who opens and closes.
pub const OPERATOR: &str = "o-1";
/// The quarter that most is filed for.
pub const QUARTER: &str = "2020-Q2";

/// What texts are made of: as many words as a clerk uses in a quarter.
const WORDS: &str = "участники конференции рассмотрели вопросы сотрудничества области культуры образования туризма обсудили \
    проведение совместных фестивалей обмен школьными делегациями обменялись опытом работы условиях ограничений \
    договорились подготовке совместной выставки празднованию города представители администрации района посетили \
    предприятия провели переговоры руководством побратима подписали соглашение намерениях открытии представительства \
    торжественная церемония возложения цветов мемориалу памяти павших воинов ансамбль выступил концертной программой \
    молодёжный форум круглый стол семинар мастер-класс выставка рисунков детский лагерь спортивный турнир шахматам \
    библиотека музей театр университет гимназия больница ярмарка делегация посольство консульство республика \
    Беларусь Германия Польша Сербия Китай Витебск Могилёв Орша Хаген Тюль ЮНЕСКО Днепр крепость собор набережная";

/// A text of some 500 bytes, another one for each number.
pub fn text(number: u64) -> String {
    // Making a message costs the measuring program hardly anything: it shares the processors with what is measured.
    static WORD_LIST: LazyLock<Vec<&str>> = LazyLock::new(|| WORDS.split_whitespace().collect());
    let words = &*WORD_LIST;
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut text = String::with_capacity(600);
    for _ in 0..30 {
        // xorshift: what is the same in every run needs no source of chance.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let index = usize::try_from(state >> 32).unwrap_or_default() % words.len();
        text.push_str(words[index]);
        text.push(' ');
    }
    text.pop();
    text
}

/// An activity of some 1,200 bytes, as the six of the reference document have on average.
pub fn activity(content: &str) -> Value {
    json!({
        "title": "Участие в международной онлайн-конференции городов-побратимов «Города без границ»",
        "place": "г. Смоленск, культурно-выставочный центр имени Тенишевых",
        "dates": [{"from": "2020-06-05", "to": "2020-06-06"}],
        "content": content,
        "agreements": "Подписан протокол о намерениях",
        "participants": [
            {"name": "А.А. Борисов", "position": "Глава города Смоленска"},
            {"group": "сотрудники Администрации города, представители городов-побратимов"},
        ],
        "countries": ["DE", "BY"],
    })
}

/// An activity of some 600 bytes: that of a short record, and as long as the rows that the limits take.
pub fn short_activity(content: &str) -> Value {
    json!({
        "title": "Онлайн-конференция городов-побратимов",
        "place": "г. Смоленск, культурный центр",
        "dates": [{"from": "2020-06-05", "to": "2020-06-06"}],
        "content": content,
        "participants": [{"name": "А.А. Борисов", "position": "Глава города Смоленска"}],
        "countries": ["BY"],
    })
}

/// How much of a text a short record has, in bytes.
const SHORT_BYTES: usize = 210;

/// At most so many bytes of a text.
pub fn cut(mut text: String, bytes: usize) -> String {
    text.truncate(text.floor_char_boundary(bytes));
    text
}

/// A text of some 200 bytes.
pub fn short_text(number: u64) -> String {
    cut(text(number), SHORT_BYTES)
}

/// A CloudEvent.
pub fn event(id: &str, source: &str, kind: &str, data: &Value) -> Vec<u8> {
    let event = json!({
        "specversion": "1.0", "id": id, "source": source, "type": kind,
        "datacontenttype": "application/json", "data": data,
    });
    event.to_string().into_bytes()
}

/// A submission's message, as its bytes around the id that it names twice and the content. Making one costs the
/// measuring program hardly anything.
pub struct SubmitTemplate {
    parts: [String; 4],
    content: fn(u64) -> String,
    made: AtomicU64,
}

/// Stands where something else will.
const GAP: &str = "00000000-1111-2222-3333-444444444444";

impl SubmitTemplate {
    /// Of a municipality, for a quarter.
    pub fn new(municipality: &str, quarter: &str) -> Self {
        Self::of(municipality, quarter, &activity(GAP), text)
    }

    /// Of short records.
    pub fn short(municipality: &str, quarter: &str) -> Self {
        Self::of(municipality, quarter, &short_activity(GAP), short_text)
    }

    fn of(municipality: &str, quarter: &str, activity: &Value, content: fn(u64) -> String) -> Self {
        let data = json!({
            "submission_id": GAP, "municipality": municipality, "quarter": quarter, "activity": activity,
        });
        let text = event(GAP, &format!("/municipalities/{municipality}"), "svod.activity.submit.v1", &data);
        let text = String::from_utf8(text).expect("JSON is UTF-8");
        let parts: Vec<String> = text.split(GAP).map(str::to_owned).collect();
        // Keys are sorted, so the content comes first, then the submission's id, then the message's.
        Self { parts: parts.try_into().expect("three gaps"), content, made: AtomicU64::new(0) }
    }

    /// One with a new id and its own content.
    pub fn next(&self) -> (Uuid, Vec<u8>) {
        let id = Uuid::now_v7();
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let [head, middle, between, tail] = &self.parts;
        (id, format!("{head}{}{middle}{id}{between}{id}{tail}", (self.content)(number)).into_bytes())
    }

    /// Several with new ids.
    pub fn many(&self, count: usize) -> Vec<Vec<u8>> {
        (0..count).map(|_| self.next().1).collect()
    }
}

/// The approval of a submission's first version.
pub fn approval(submission: Uuid) -> Vec<u8> {
    let data = json!({"submission_id": submission, "version": 1});
    event(&format!("approve-{submission}"), "/department", "svod.review.approve.v1", &data)
}

/// The order to close a quarter.
pub fn close(quarter: &str) -> Vec<u8> {
    let data = json!({"quarter": quarter, "reason": "measured"});
    event(&format!("close-{quarter}"), "/operator", "svod.quarter.close.v1", &data)
}

/// Codes of the municipalities that report in [`QUARTER`].
pub fn municipalities() -> Vec<String> {
    let day = jiff::civil::date(2020, 6, 1);
    let holds = |entry: &register::Entry| entry.from <= day && entry.until.is_none_or(|until| day < until);
    register::built_in().into_iter().filter(holds).map(|entry| entry.municipality.to_string()).collect()
}
