//! Who may read what, and as of when.

use serde_json::{Value, json};

use crate::ground::{DESNOGORSK, Ground, SMOLENSK, message, uuid};

const EVERYONE: [&str; 5] = ["smolensk", "desnogorsk", "reviewer", "auditor", "operator"];
const OFFICE: [&str; 3] = ["reviewer", "auditor", "operator"];

/// Two cities with one submission each; that of Smolensk is approved.
async fn two_cities() -> Ground {
    let ground = Ground::with_open_quarter().await;
    ground.submit("smolensk", SMOLENSK, 1).await;
    ground.submit("desnogorsk", DESNOGORSK, 2).await;
    ground.approve(1).await;
    ground
}

fn municipalities(rows: &Value) -> Vec<&str> {
    rows.as_array().unwrap().iter().map(|row| row["municipality"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn every_role_reads_what_belongs_to_no_municipality() {
    let ground = two_cities().await;
    for who in EVERYONE {
        for path in [
            "/api/v1/quarters",
            "/api/v1/quarters/2020-Q2",
            "/api/v1/quarters/2020-Q2/board",
            "/api/v1/quarters/2020-Q2/submissions",
            "/api/v1/quarters/2020-Q2/report?format=json",
            "/api/v1/log",
            "/api/v1/log/checkpoint",
        ] {
            assert_eq!(ground.get(who, path).await.status, 200, "{who} {path}");
        }
    }
}

#[tokio::test]
async fn a_municipality_finds_only_its_own_submissions() {
    let ground = two_cities().await;
    let (own, other) = (uuid(1), uuid(2));
    for history in ["", "/history"] {
        let answer = ground.get("smolensk", &format!("/api/v1/submissions/{own}{history}")).await;
        assert_eq!(answer.status, 200);
        let foreign = ground.get("smolensk", &format!("/api/v1/submissions/{other}{history}")).await;
        let absent = ground.get("smolensk", &format!("/api/v1/submissions/{}{history}", uuid(9))).await;
        let foreign = foreign.is_problem(404, "unknown-submission");
        let absent = absent.is_problem(404, "unknown-submission");
        let said = |problem: &Value, id: &str| problem["detail"].as_str().unwrap().replace(id, "ID");
        assert_eq!(
            said(&foreign, &other),
            said(&absent, &uuid(9)),
            "it is not told whether another's exists"
        );
        for who in OFFICE {
            let answer = ground.get(who, &format!("/api/v1/submissions/{other}{history}")).await;
            assert_eq!(answer.status, 200, "{who}");
        }
    }
}

#[tokio::test]
async fn lists_hold_only_what_the_reader_may_see() {
    let ground = two_cities().await;
    let path = "/api/v1/quarters/2020-Q2/submissions";
    let own = ground.get("smolensk", path).await.json();
    assert_eq!(municipalities(&own["items"]), [SMOLENSK]);
    let foreign = ground.get("smolensk", &format!("{path}?municipality={DESNOGORSK}")).await.json();
    assert_eq!(foreign["items"], json!([]));
    let board = ground.get("smolensk", "/api/v1/quarters/2020-Q2/board").await.json();
    assert_eq!(municipalities(&board["rows"]), [SMOLENSK]);
    for who in OFFICE {
        let all = ground.get(who, path).await.json();
        assert_eq!(municipalities(&all["items"]), [SMOLENSK, DESNOGORSK], "{who}");
        let board = ground.get(who, "/api/v1/quarters/2020-Q2/board").await.json();
        assert_eq!(municipalities(&board["rows"]).len(), 27, "{who}");
    }
}

#[tokio::test]
async fn submissions_are_listed_by_state_and_municipality_page_by_page() {
    let ground = two_cities().await;
    ground.submit("desnogorsk", DESNOGORSK, 3).await;
    let ids = async |query: &str| {
        let page =
            ground.get("auditor", &format!("/api/v1/quarters/2020-Q2/submissions?{query}")).await.json();
        let items = page["items"].as_array().unwrap().clone();
        let ids: Vec<String> =
            items.iter().map(|item| item["submission_id"].as_str().unwrap().into()).collect();
        (ids, page["next"].as_str().map(str::to_owned))
    };
    assert_eq!(ids("state=approved").await.0, [uuid(1)]);
    assert_eq!(ids("state=submitted&municipality=").await.0, [uuid(2), uuid(3)]);
    assert_eq!(ids(&format!("state=&municipality={SMOLENSK}")).await.0, [uuid(1)]);
    let (first, next) = ids("limit=2").await;
    assert_eq!(first, [uuid(1), uuid(2)]);
    let (rest, end) = ids(&format!("limit=2&after={}", next.unwrap())).await;
    assert_eq!((rest, end), (vec![uuid(3)], None));
}

#[tokio::test]
async fn a_municipality_is_told_of_a_close_without_the_submissions_of_others() {
    let ground = two_cities().await;
    ground.close("c-1").await;
    let closed = async |who: &str| {
        let lines = lines(&ground.get(who, "/api/v1/log").await.text());
        lines.into_iter().find(|line| line["type"] == "quarter-closed").unwrap()["data"].clone()
    };
    let (whole, own) = (closed("auditor").await, closed("smolensk").await);
    assert!(whole["included"].is_array() && whole["left_out"].is_array());
    assert!(own.get("included").is_none() && own.get("left_out").is_none(), "{own}");
    assert_eq!(own["included_count"], whole["included_count"]);
    assert_eq!(own["left_out_count"], whole["left_out_count"]);
}

#[tokio::test]
async fn the_log_is_read_in_order_one_object_a_line() {
    let ground = two_cities().await;
    let answer = ground.get("auditor", "/api/v1/log").await;
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    let lines = lines(&answer.text());
    let head = ground.get("auditor", "/api/v1/log/checkpoint").await.json();
    assert_eq!(lines.len() as u64, head["position"].as_u64().unwrap());
    for (index, line) in lines.iter().enumerate() {
        assert_eq!(line["position"].as_u64().unwrap(), index as u64 + 1);
        let fields: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
        let mut wanted = ["position", "stream", "version", "type", "recorded_at", "actor", "data"];
        wanted.sort_unstable();
        assert_eq!(fields, wanted);
    }
    let last = lines.last().unwrap();
    assert_eq!((&last["type"], &last["actor"]["name"]), (&json!("activity-approved"), &json!("reviewer")));
    assert_eq!(last["recorded_at"], "2020-06-10T09:00:00.000000Z");
}

#[tokio::test]
async fn a_part_of_the_log_is_read_from_a_position_on() {
    let ground = two_cities().await;
    let all = lines(&ground.get("auditor", "/api/v1/log").await.text());
    let part = lines(&ground.get("auditor", "/api/v1/log?after=3&limit=4").await.text());
    assert_eq!(part, all[3..7]);
    let until = lines(&ground.get("auditor", "/api/v1/log?after=3&as_of=5").await.text());
    assert_eq!(until, all[3..5]);
    assert_eq!(ground.get("auditor", "/api/v1/log?after=100000").await.body, b"");
}

#[tokio::test]
async fn a_municipality_reads_its_own_part_of_the_log() {
    let ground = two_cities().await;
    let own = lines(&ground.get("smolensk", "/api/v1/log").await.text());
    let kinds: Vec<&str> = own.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["municipality-registered", "quarter-opened", "activity-submitted", "activity-approved"]
    );
    assert!(!ground.get("smolensk", "/api/v1/log").await.text().contains(DESNOGORSK));
}

#[tokio::test]
async fn a_checkpoint_of_the_past_is_what_it_was() {
    let ground = two_cities().await;
    let then = ground.get("auditor", "/api/v1/log/checkpoint").await.json();
    let text = ground.get("auditor", "/api/v1/log/checkpoint?format=text").await;
    let lines: Vec<String> = text.text().lines().map(str::to_owned).collect();
    assert_eq!((lines.len(), lines[1].as_str()), (3, then["position"].to_string().as_str()));
    ground.submit("smolensk", SMOLENSK, 3).await;
    let now = ground.get("auditor", "/api/v1/log/checkpoint").await.json();
    assert_ne!(now["root"], then["root"]);
    let again =
        ground.get("auditor", &format!("/api/v1/log/checkpoint?as_of={}", then["position"])).await.json();
    assert_eq!(again, then);
}

#[tokio::test]
async fn every_page_answers_as_of_a_position_and_as_of_a_time() {
    let ground = Ground::with_open_quarter().await;
    ground.set_clock("2020-06-11T09:00:00Z");
    let position = ground.submit("smolensk", SMOLENSK, 1).await["data"]["position"].as_u64().unwrap();
    ground.set_clock("2020-06-12T09:00:00Z");
    ground.approve(1).await;
    let state = async |as_of: &str| {
        let path = format!("/api/v1/submissions/{}{as_of}", uuid(1));
        let answer = ground.get("auditor", &path).await;
        if answer.status == 200 {
            answer.json()["state"].as_str().unwrap().to_owned()
        } else {
            answer.status.to_string()
        }
    };
    assert_eq!(state("").await, "approved");
    assert_eq!(state(&format!("?as_of={position}")).await, "submitted");
    assert_eq!(state(&format!("?as_of={}", position - 1)).await, "404");
    assert_eq!(state("?as_of=2020-06-11T12:00:00%2B03:00").await, "submitted");
    assert_eq!(state("?as_of=2020-06-11T08:59:59Z").await, "404");
    let before_opening = "?as_of=1";
    assert_eq!(ground.get("auditor", &format!("/api/v1/quarters{before_opening}")).await.json(), json!([]));
    for page in ["", "/board", "/submissions", "/report"] {
        let path = format!("/api/v1/quarters/2020-Q2{page}{before_opening}");
        ground.get("auditor", &path).await.is_problem(404, "unknown-quarter");
    }
}

#[tokio::test]
async fn the_history_tells_every_version_and_act() {
    let ground = two_cities().await;
    let data = json!({ "submission_id": uuid(2), "version": 1, "remarks": [{ "field": "dates", "text": "уточните" }] });
    assert_eq!(ground.send("reviewer", &message("r-1", "svod.review.return.v1", data)).await.status, 200);
    let history = ground.get("desnogorsk", &format!("/api/v1/submissions/{}/history", uuid(2))).await.json();
    assert_eq!(history["versions"].as_array().unwrap().len(), 1);
    let acts: Vec<&str> =
        history["acts"].as_array().unwrap().iter().map(|act| act["type"].as_str().unwrap()).collect();
    assert_eq!(acts, ["activity-submitted", "activity-returned"]);
    assert_eq!(history["acts"][1]["remarks"][0]["text"], "уточните");
}

#[tokio::test]
async fn what_is_not_there_and_what_cannot_be_understood_are_problems() {
    let ground = Ground::with_open_quarter().await;
    for (path, status, code) in [
        ("/api/v1/quarters/2019-Q1", 404, "unknown-quarter"),
        ("/api/v1/quarters/2020-Q5", 400, "bad-request"),
        ("/api/v1/quarters/2019-Q1/submissions", 404, "unknown-quarter"),
        ("/api/v1/submissions/no-uuid", 400, "bad-request"),
        ("/api/v1/quarters?asof=1", 400, "bad-request"),
        ("/api/v1/quarters?as_of=yesterday", 400, "bad-request"),
        ("/api/v1/quarters?held=yesterday", 400, "bad-request"),
        ("/api/v1/quarters/2020-Q2/board?held=17", 400, "bad-request"),
        ("/api/v1/quarters/2020-Q2/submissions?held=2020-06-10", 400, "bad-request"),
        ("/api/v1/quarters/2020-Q2/report?format=json&held=2020-06-10", 400, "bad-request"),
        ("/api/v1/submissions/018f3c5e-7a10-7c42-9d6b-5e2f1a0b9c01?held=2020-06-10", 400, "bad-request"),
        ("/api/v1/log?held=2020-06-10", 400, "bad-request"),
        ("/api/v1/quarters/2020-Q2/submissions?limit=0", 400, "bad-request"),
        ("/api/v1/quarters/2020-Q2/submissions?limit=501", 400, "bad-request"),
        ("/api/v1/quarters/2020-Q2/submissions?state=lost", 400, "bad-request"),
        ("/api/v1/quarters/2020-Q2/submissions?municipality=1", 400, "bad-request"),
        ("/api/v1/log?after=-1", 400, "bad-request"),
        ("/api/v1/log?limit=many", 400, "bad-request"),
        ("/api/v1/receipts?id=1", 400, "bad-request"),
        ("/api/v1/nothing", 404, "not-found"),
        ("/", 404, "not-found"),
    ] {
        let problem = ground.get("auditor", path).await.is_problem(status, code);
        assert_eq!(problem["instance"].as_str(), path.split('?').next(), "{path}");
        assert_eq!(problem["type"], format!("urn:svod:reason:{code}"));
        for words in ["title", "detail", "action"] {
            assert!(!problem[words].as_str().unwrap().is_empty(), "{path} {words}");
        }
        assert_eq!(problem["fault"].is_string(), code == "bad-request", "{path}");
    }
}

#[tokio::test]
async fn what_an_address_names_in_a_wrong_way_is_told_in_russian() {
    let ground = Ground::with_open_quarter().await;
    for (path, detail, word) in [
        ("/api/v1/quarters/2020-Q5", "«2020-Q5» — не квартал.", "2020-Q2"),
        ("/api/v1/quarters/2020-Q5/board", "«2020-Q5» — не квартал.", "2020-Q2"),
        ("/api/v1/submissions/no-uuid", "«no-uuid» — не идентификатор записи.", "submission_id"),
    ] {
        let problem = ground.get("auditor", path).await.is_problem(400, "bad-request");
        assert_eq!(problem["detail"], detail);
        assert!(problem["action"].as_str().unwrap().contains(word), "{problem}");
    }
}

#[tokio::test]
async fn what_held_is_told_apart_from_what_was_known() {
    let ground = two_cities().await;
    let state = async |query: &str| {
        let answer = ground.get("auditor", &format!("/api/v1/quarters/2020-Q2{query}")).await;
        if answer.status == 200 {
            answer.json()["state"].as_str().unwrap().to_owned()
        } else {
            answer.status.to_string()
        }
    };
    assert_eq!(state("").await, "open");
    assert_eq!(state("?held=2020-06-10T09:00:00Z").await, state("?held=2020-06-10").await);
    assert_eq!(state("?held=1999-01-01").await, "404");
    let units = async |query: &str| {
        let answer = ground.get("smolensk", &format!("/api/v1/municipalities{query}")).await;
        assert_eq!(answer.status, 200);
        answer.json().as_array().unwrap().len()
    };
    assert_eq!((units("?held=2020-06-10").await, units("?held=1999-01-01").await), (27, 0));
    assert_eq!(units("?as_of=1").await, 1);
    let board = ground.get("auditor", "/api/v1/quarters/2020-Q2/board?held=2020-06-10%20").await;
    assert_eq!(board.status, 400, "a day has no zone");
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
