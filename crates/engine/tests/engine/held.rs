//! What held at a moment, apart from what was known at one.

use serde_json::json;
use svod_domain::Actor;
use svod_domain::command::CloseQuarter;
use svod_engine::{AsOf, Held, QuarterPhase, Reader};
use svod_log::Position;

use crate::ground::{
    Ground, Message, SMOLENSK, VYAZMA, nothing, operator, ordered, quarter, recorded, reopen,
};

fn office(id: &str, kind: &'static str, data: serde_json::Value) -> Message {
    Message { id: id.into(), kind, data, actor: operator() }
}

/// Views of a position, with what held at a moment.
async fn held(ground: &Ground, position: u64, moment: &str) -> Reader {
    let reader = ground.engine.reader(Some(AsOf::Position(Position(position)))).await.unwrap();
    reader.held(Some(moment.parse::<Held>().unwrap()))
}

#[tokio::test]
async fn a_quarter_that_closed_while_the_service_slept_was_closed_from_its_time_on() {
    let ground = Ground::new().await;
    ground.clock.set("2020-07-16T08:00:00Z");
    let command = CloseQuarter { quarter: quarter("2020-Q2"), reason: String::new() };
    ordered(&ground.engine, Actor::service(), svod_domain::Command::CloseQuarter(command)).await;
    let known = async |moment: &str| {
        let reader = ground.engine.reader(Some(moment.parse().unwrap())).await.unwrap();
        reader.quarter(quarter("2020-Q2")).await.unwrap().unwrap().state
    };
    assert_eq!(known("2020-07-15T20:00:00Z").await, QuarterPhase::Open, "nobody knew");
    for (moment, state) in [
        ("2020-07-15T14:59:59Z", QuarterPhase::Open),
        ("2020-07-15T15:00:00Z", QuarterPhase::Closed),
        ("2020-07-14", QuarterPhase::Open),
        ("2020-07-15", QuarterPhase::Closed),
    ] {
        let card = held(&ground, 5, moment).await.quarter(quarter("2020-Q2")).await.unwrap().unwrap();
        assert_eq!(card.state, state, "{moment}");
    }
    let before = held(&ground, 4, "2020-07-15").await.quarter(quarter("2020-Q2")).await.unwrap().unwrap();
    assert_eq!(before.state, QuarterPhase::Open, "what was not known does not hold either");
}

#[tokio::test]
async fn terms_are_those_of_the_moment() {
    let ground = Ground::new().await;
    ground.clock.set("2020-07-03T00:00:00Z");
    let data = json!({"quarter": "2020-Q2", "close_at": "2020-07-20T15:00:00Z", "reason": "х"});
    recorded(&ground.engine, &[office("1", "svod.quarter.move.v1", data)]).await;
    ground.clock.set("2020-07-10T00:00:00Z");
    recorded(&ground.engine, &[crate::ground::close("2")]).await;
    ground.clock.set("2020-07-11T00:00:00Z");
    recorded(&ground.engine, &[reopen("3", "2020-08-01T00:00:00Z")]).await;
    for (moment, close_at, state) in [
        ("2020-07-02", "2020-07-15T15:00:00Z", QuarterPhase::Open),
        ("2020-07-04", "2020-07-20T15:00:00Z", QuarterPhase::Open),
        ("2020-07-10T12:00:00Z", "2020-07-20T15:00:00Z", QuarterPhase::Closed),
        ("2020-07-12", "2020-08-01T00:00:00Z", QuarterPhase::Open),
    ] {
        let reader = held(&ground, 99, moment).await;
        let card = reader.quarter(quarter("2020-Q2")).await.unwrap().unwrap();
        assert_eq!((card.close_at, card.state), (close_at.parse().unwrap(), state), "{moment}");
        assert_eq!(reader.quarters().await.unwrap(), std::slice::from_ref(&card));
        assert_eq!(reader.board(quarter("2020-Q2")).await.unwrap().unwrap().quarter, card);
    }
    let unopened = held(&ground, 99, "2020-05-31").await;
    assert_eq!(unopened.quarters().await.unwrap(), []);
    assert_eq!(unopened.board(quarter("2020-Q2")).await.unwrap(), None);
}

#[tokio::test]
async fn the_register_has_the_units_and_the_names_of_the_day_as_far_as_they_were_known() {
    let ground = Ground::new().await;
    let rename = json!({"municipality": VYAZMA, "short_name": "Вяземский округ", "report_heading": "Округ",
        "from": "2020-06-10"});
    let retire = json!({"municipality": SMOLENSK, "from": "2020-06-20"});
    recorded(
        &ground.engine,
        &[
            office("1", "svod.municipality.rename.v1", rename),
            office("2", "svod.municipality.retire.v1", retire),
        ],
    )
    .await;
    let names = async |position: u64, moment: &str| -> Vec<String> {
        let cards = held(&ground, position, moment).await.municipalities().await.unwrap();
        cards.iter().map(|card| card.names.last().unwrap().short_name.clone()).collect()
    };
    assert_eq!(names(6, "2020-06-09").await, ["Смоленск", "Десногорск", "Вяземский район"]);
    assert_eq!(names(6, "2020-06-10").await, ["Смоленск", "Десногорск", "Вяземский округ"]);
    assert_eq!(names(6, "2020-06-19T20:59:59Z").await.len(), 3, "it is still the 19th in Moscow");
    assert_eq!(names(6, "2020-06-19T21:00:00Z").await, ["Десногорск", "Вяземский округ"]);
    assert_eq!(names(4, "2020-06-20").await, ["Смоленск", "Десногорск", "Вяземский район"], "nobody knew");
    assert_eq!(names(6, "2005-12-31").await, [] as [String; 0]);
}

#[tokio::test]
async fn a_board_shows_who_reported_then_and_under_which_name_with_all_that_was_filed() {
    let ground = Ground::new().await;
    let rename = json!({"municipality": VYAZMA, "short_name": "Вяземский округ", "report_heading": "Округ",
        "from": "2020-06-10"});
    let retire = json!({"municipality": SMOLENSK, "from": "2020-06-20"});
    recorded(
        &ground.engine,
        &[
            nothing("0", VYAZMA),
            office("1", "svod.municipality.rename.v1", rename),
            office("2", "svod.municipality.retire.v1", retire),
        ],
    )
    .await;
    let rows = async |moment: &str| -> Vec<String> {
        let board = held(&ground, 99, moment).await.board(quarter("2020-Q2")).await.unwrap().unwrap();
        board.rows.iter().map(|row| format!("{} {:?}", row.short_name, row.state)).collect()
    };
    assert_eq!(rows("2020-06-05").await, ["Смоленск Missing", "Десногорск Missing", "Вяземский район Nil"]);
    assert_eq!(rows("2020-06-25").await, ["Десногорск Missing", "Вяземский округ Nil"]);
}
