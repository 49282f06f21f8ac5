//! A gateway on a free port, with an engine, its views, a clock that tests set, and one principal of each role.

use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use serde_json::{Value, json};
use svod_domain::calendar::{Calendar, TermRule};
use svod_domain::quarter::Rules;
use svod_domain::register;
use svod_domain::{Actor, ReasonCode};
use svod_engine::{
    Engine, EngineOptions, ImportAction, ImportEntry, ImportPlan, ReportInputs, ReportStatus, Wording,
};
use svod_gateway::{
    FileVerdict, GatewayOptions, ImportRefused, ImportRequest, Readiness, RenderRefused, RenderedReport,
    Verified, serve,
};
use svod_log::{Hash, Head, MemoryStore, Position, Principal, PrincipalStore as _};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub(crate) const EVENT: &str = "application/cloudevents+json";
pub(crate) const BATCH: &str = "application/cloudevents-batch+json";

/// The city of Smolensk, whose principal is `smolensk`.
pub(crate) const SMOLENSK: &str = "66701000";
/// Desnogorsk, whose principal is `desnogorsk`.
pub(crate) const DESNOGORSK: &str = "66710000";

const PRINCIPALS: [(&str, &[&str]); 6] = [
    ("smolensk", &["municipality:66701000"]),
    ("desnogorsk", &["municipality:66710000"]),
    ("reviewer", &["reviewer"]),
    ("auditor", &["auditor"]),
    ("operator", &["operator"]),
    ("roleless", &[]),
];

/// In the second quarter of 2020, before its deadline.
const START: &str = "2020-06-10T09:00:00Z";

pub(crate) struct Ground {
    pub(crate) engine: Engine,
    pub(crate) store: MemoryStore,
    pub(crate) broker: Arc<Mutex<Readiness>>,
    clock: Arc<Mutex<Timestamp>>,
    origin: String,
    client: reqwest::Client,
    stop: CancellationToken,
    gateway: CancellationToken,
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, body: response.bytes().await.unwrap().to_vec() }
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Asserts the status of a problem and its code.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(
            (self.status, self.header("content-type")),
            (status, "application/problem+json"),
            "{}",
            self.text()
        );
        let problem = self.json();
        assert_eq!((&problem["code"], &problem["status"]), (&json!(code), &json!(status)));
        problem
    }
}

impl Ground {
    /// With the register of the oblast and nothing else.
    pub(crate) async fn start() -> Self {
        let store = MemoryStore::new();
        for (name, roles) in PRINCIPALS {
            store.add_principal(&principal(name, roles)).await.unwrap();
        }
        let clock = Arc::new(Mutex::new(START.parse().unwrap()));
        let stop = CancellationToken::new();
        let engine = engine(&store, &clock, &stop);
        for command in register::commands(&register::built_in()) {
            engine.order(Actor::service(), command).await.unwrap().unwrap();
        }
        let broker = Arc::new(Mutex::new(Readiness::Ready));
        let gateway = CancellationToken::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(serve(engine.clone(), options(listener, &broker), gateway.clone()));
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { engine, store, broker, clock, origin, client, stop, gateway }
    }

    /// With the second quarter of 2020 open.
    pub(crate) async fn with_open_quarter() -> Self {
        let ground = Self::start().await;
        let open = message("open", "svod.quarter.open.v1", json!({ "quarter": "2020-Q2" }));
        assert_eq!(ground.send("operator", &open).await.status, 200);
        ground
    }

    pub(crate) fn set_clock(&self, moment: &str) {
        *self.clock.lock().unwrap() = moment.parse().unwrap();
    }

    pub(crate) fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.origin))
    }

    pub(crate) fn address(&self) -> &str {
        self.origin.strip_prefix("http://").unwrap()
    }

    /// Asks as the principal `who`.
    pub(crate) async fn get(&self, who: &str, path: &str) -> Answer {
        let request = self.request(reqwest::Method::GET, path).bearer_auth(token(who));
        Answer::of(request.send().await.unwrap()).await
    }

    /// Asks without a token.
    pub(crate) async fn get_unknown(&self, path: &str) -> Answer {
        Answer::of(self.request(reqwest::Method::GET, path).send().await.unwrap()).await
    }

    pub(crate) async fn post(&self, who: &str, media_type: &str, body: Vec<u8>) -> Answer {
        let request = self.request(reqwest::Method::POST, "/api/v1/messages");
        let request = request.bearer_auth(token(who)).header("content-type", media_type).body(body);
        Answer::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn send(&self, who: &str, message: &Value) -> Answer {
        self.post(who, EVENT, message.to_string().into_bytes()).await
    }

    /// Files an activity for the second quarter of 2020 and returns the receipt.
    #[track_caller]
    pub(crate) fn submit(&self, who: &str, municipality: &str, id: u128) -> impl Future<Output = Value> {
        let message = submit(&format!("submit-{id}"), municipality, id);
        async move {
            let answer = self.send(who, &message).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            answer.json()
        }
    }

    /// Approves a first version.
    pub(crate) async fn approve(&self, id: u128) {
        let data = json!({ "submission_id": uuid(id), "version": 1 });
        let answer =
            self.send("reviewer", &message(&format!("approve-{id}"), "svod.review.approve.v1", data)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    pub(crate) async fn close(&self, id: &str) {
        let data = json!({ "quarter": "2020-Q2", "reason": "всё собрано" });
        let answer = self.send("operator", &message(id, "svod.quarter.close.v1", data)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Stops the engine; the gateway goes on.
    pub(crate) fn stop_engine(&self) {
        self.stop.cancel();
    }

    /// Stops the gateway; the engine goes on.
    pub(crate) fn stop_gateway(&self) {
        self.gateway.cancel();
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        self.stop.cancel();
        self.gateway.cancel();
    }
}

pub(crate) fn token(name: &str) -> String {
    format!("svod_{name}")
}

fn principal(name: &str, roles: &[&str]) -> Principal {
    Principal {
        name: name.into(),
        roles: roles.iter().map(|&role| role.into()).collect(),
        token_sha256: Hash::of(token(name).as_bytes()),
        added_at: START.parse().unwrap(),
        revoked_at: None,
    }
}

fn engine(store: &MemoryStore, clock: &Arc<Mutex<Timestamp>>, stop: &CancellationToken) -> Engine {
    let wording = Wording {
        refusal: |refusal| {
            let words = svod_text::refusal(refusal);
            (words.detail, words.action)
        },
        warning: svod_text::warning,
        read_dates: |_, _| None,
    };
    let clock = Arc::clone(clock);
    let (engine, sequencer) = Engine::new(EngineOptions {
        store: Arc::new(store.clone()),
        wording,
        rules: Rules { terms: TermRule::default(), calendar: Calendar::built_in() },
        clock: Arc::new(move || *clock.lock().unwrap()),
        source: "svod".into(),
        sealing: Some(sealing()),
    });
    tokio::spawn(sequencer.run(stop.clone()));
    tokio::spawn(svod_engine::project(engine.clone(), stop.clone()));
    engine
}

fn options(listener: TcpListener, broker: &Arc<Mutex<Readiness>>) -> GatewayOptions {
    let broker = Arc::clone(broker);
    GatewayOptions {
        listener,
        render: Arc::new(render),
        import: Arc::new(|request| Box::pin(async move { import(request) })),
        verify: Arc::new(|bytes| Box::pin(async move { verify(&bytes) })),
        readiness: vec![("broker".into(), Arc::new(move || broker.lock().unwrap().clone()))],
        metrics: Arc::new(|| "svod_up 1\n".into()),
    }
}

/// A file that says whether it is a document of the ledger; one that says nothing breaks who reads it.
fn verify(bytes: &[u8]) -> Result<Verified, Box<dyn std::error::Error + Send + Sync>> {
    let verdict = match bytes {
        b"ours" => FileVerdict::Authentic,
        b"" => return Err("it says nothing".into()),
        _other => FileVerdict::Unknown,
    };
    let head = Head { position: Position(1), root: Hash::of(b"root") };
    Ok(Verified::new(verdict, bytes, &head))
}

/// A file that says in JSON what it is understood as: whose records, and whether something has to be put right.
fn import(request: ImportRequest) -> Result<ImportPlan, ImportRefused> {
    let Ok(said) = serde_json::from_slice::<Value>(&request.bytes) else {
        return Err(ImportRefused::Unreadable(svod_text::reason(ReasonCode::FileUnreadable)));
    };
    let municipality = said["municipality"].as_str().unwrap().parse().unwrap();
    let is_own = request.own.as_ref().is_none_or(|own| own.contains(&municipality));
    let entry = ImportEntry {
        place: request.file_name,
        municipality,
        title: None,
        action: ImportAction::Submit,
        detail: String::new(),
        submission_id: None,
        version: None,
        changed: vec![],
        message: Some(said["message"].clone()),
    };
    Ok(ImportPlan { quarter: request.quarter, can_be_filed: is_own, entries: vec![entry], findings: vec![] })
}

/// A document that says what it was made of, so that tests can read it.
fn render(inputs: &ReportInputs, format: &str) -> Result<RenderedReport, RenderRefused> {
    match format {
        "odt" => return Err(RenderRefused::NoRenderer { format: format.into() }),
        "xlsx" => return Err(RenderRefused::Failed("the renderer broke at the secret place".into())),
        "html" => panic!("the renderer panicked"),
        _ => {}
    }
    let status = match inputs.status {
        ReportStatus::Preview => "preview".to_owned(),
        ReportStatus::Edition { edition, .. } => format!("edition {edition}"),
        ReportStatus::Extract { edition, .. } => format!("extract of edition {edition}"),
    };
    let sections: Vec<String> = inputs
        .sections
        .iter()
        .map(|section| format!("{}:{}", section.municipality, section.records.len()))
        .collect();
    let bytes = format!("{format} {status} {}", sections.join(" ")).into_bytes();
    Ok(RenderedReport { bytes, media_type: format!("application/{format}") })
}

pub(crate) fn uuid(number: u128) -> String {
    uuid::Uuid::from_u128(number).to_string()
}

#[expect(clippy::needless_pass_by_value, reason = "data are written where they are given")]
pub(crate) fn message(id: &str, kind: &str, data: Value) -> Value {
    json!({ "specversion": "1.0", "id": id, "source": "urn:test", "type": kind, "data": data })
}

pub(crate) fn submit(message_id: &str, municipality: &str, submission: u128) -> Value {
    message(
        message_id,
        "svod.activity.submit.v1",
        json!({
            "submission_id": uuid(submission),
            "municipality": municipality,
            "quarter": "2020-Q2",
            "activity": {
                "title": "Встреча с делегацией города-побратима",
                "dates": [{ "from": "2020-06-05", "to": "2020-06-05" }],
                "content": "Обсудили обмен школьными группами",
                "participants": [{ "name": "И.И. Иванов", "position": "глава города" }],
                "countries": ["PL"],
            },
        }),
    )
}

/// The keys that these ledgers seal persons with.
fn sealing() -> svod_seal::SealingKeys {
    svod_seal::SealingKeys::try_new(&[1; 32], &[(1, [2; 32])].into()).unwrap()
}
