//! Only quarters that are asked for are held in memory, and few of them: what was let go is read again.

use serde_json::json;
use svod_domain::Quarter;

use crate::ground::{
    Ground, Message, Running, SMOLENSK, VYAZMA, approve, code, correct, open, operator, ordered, recorded,
    submit,
};
use crate::history::check_history;

/// More quarters than are held at once.
const QUARTERS: u32 = 40;

fn quarter(number: u32) -> Quarter {
    let year = 2020 + i16::try_from(number / 4).unwrap();
    Quarter::find(year, i8::try_from(number % 4).unwrap() + 1).unwrap()
}

fn filing(id: &str, municipality: &str, number: u32) -> Message {
    let mut message = submit(id, municipality, number);
    message.data["quarter"] = json!(quarter(number));
    message
}

/// Opens 40 quarters (2020-Q2 is open already); submission `n` is filed in quarter `n`.
async fn filled(ground: &Ground) {
    for number in (0..QUARTERS).filter(|number| *number != 1) {
        let open = open(&quarter(number).to_string(), "2040-01-01T00:00:00Z", "2040-02-01T00:00:00Z");
        ordered(&ground.engine, operator(), open).await;
    }
    let filings: Vec<Message> =
        (0..QUARTERS).map(|number| filing(&format!("filing-{number}"), SMOLENSK, number)).collect();
    recorded(&ground.engine, &filings).await;
}

async fn review(engine: &Running) {
    for number in 0..QUARTERS {
        let (again, correct, approve) = (
            filing(&format!("again-{number}"), SMOLENSK, number),
            correct(&format!("correct-{number}"), SMOLENSK, number, 1),
            approve(&format!("approve-{number}"), number, 2),
        );
        assert_eq!(code(engine, &again).await.as_deref(), Some("already-exists"), "{number}");
        assert_eq!(code(engine, &correct).await, None, "{number}");
        assert_eq!(code(engine, &approve).await, None, "{number}");
    }
}

#[tokio::test]
async fn what_was_let_go_is_read_again_and_answered_rightly() {
    let ground = Ground::new().await;
    filled(&ground).await;
    review(&ground.engine).await;
    check_history(&ground.store).await;
}

#[tokio::test]
async fn one_batch_may_speak_of_more_quarters_than_are_held() {
    let ground = Ground::new().await;
    filled(&ground).await;
    // Ids that are taken in the later half of the quarters, which nobody holds: each conflict brings one more in.
    let engine = ground.copy();
    let taken: Vec<Message> = (0..QUARTERS / 2)
        .map(|number| {
            let mut message = filing(&format!("taken-{number}"), VYAZMA, number + QUARTERS / 2);
            message.data["quarter"] = json!(quarter(number));
            message
        })
        .collect();
    let answered = engine.answer_all(taken.iter().map(Message::incoming).collect()).await.unwrap();
    for one in answered {
        assert_eq!(crate::ground::said(&one).code.as_deref(), Some("already-exists"));
    }
    review(&engine).await;
    check_history(&ground.store).await;
}
