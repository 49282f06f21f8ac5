//! `svod audit witness` beside a ledger that asks it: what is cosigned, what is refused, and what nobody forgets.

use std::io::{BufRead as _, BufReader, Lines, Read as _, Write as _};
use std::process::{Child, ChildStderr, Command, Stdio};

use serde_json::Value;

use crate::audit::{DATABASE, tamper};
use crate::ground::{Ended, Ledger};

/// A program that runs until the test kills it, as a power cut would.
struct Running {
    child: Child,
    said: Lines<BufReader<ChildStderr>>,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut child =
            command.env("NO_COLOR", "1").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, said }
    }

    /// Waits for a line that says all of these words.
    #[track_caller]
    fn hear(&mut self, words: &[&str]) -> String {
        let mut heard = vec![];
        for line in self.said.by_ref().map_while(Result::ok) {
            if words.iter().all(|word| line.contains(word)) {
                return line;
            }
            heard.push(line);
        }
        panic!("it never said {words:?}: {heard:#?}")
    }

    /// Ends it by a signal, as those do who want it to end in order.
    #[track_caller]
    fn end(mut self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        self.said.by_ref().for_each(drop);
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _killed = self.child.kill();
        let _status = self.child.wait();
    }
}

/// A witness in a folder of its own, on the same address each time it is started.
struct Witness {
    ground: Ledger,
    log: String,
    listen: String,
    running: Option<Running>,
    key: String,
}

impl Witness {
    fn of(ledger: &Ledger) -> Self {
        let log = ledger.svod(&["audit", "key"]).with(0).stdout.trim().to_owned();
        let mut witness = Self {
            ground: Ledger::new(),
            log,
            listen: "127.0.0.1:0".to_owned(),
            running: None,
            key: String::new(),
        };
        witness.start();
        witness
    }

    fn start(&mut self) {
        let mut command = self.ground.command();
        command.args(["audit", "witness", "--json", "--listen", &self.listen, "--log", &self.log]);
        let mut running = Running::start(&mut command);
        running.hear(&["the witness listens"]);
        let mut printed = BufReader::new(running.child.stdout.take().unwrap()).lines();
        let lines: Vec<String> =
            printed.by_ref().map(Result::unwrap).take_while(|line| line.trim() != "}").collect();
        let said: Value = serde_json::from_str(&format!("{}}}", lines.join("\n"))).unwrap();
        said["key"].as_str().unwrap().clone_into(&mut self.key);
        said["listen"].as_str().unwrap().clone_into(&mut self.listen);
        self.running = Some(running);
    }

    fn kill(&mut self) {
        self.running = None;
    }

    fn setting(&self) -> String {
        format!("http://{} {}", self.listen, self.key)
    }

    /// A service over the ledger that has only this to do.
    fn asked_by(&self, ledger: &Ledger) -> Running {
        Running::start(
            ledger.command().args(["run", "--role", "witness"]).env("SVOD_WITNESSES", self.setting()),
        )
    }

    fn status(&self, arguments: &[&str]) -> Ended {
        let all = [&["audit", "witness", "status"], arguments].concat();
        self.ground.svod(&all)
    }
}

fn position(ledger: &Ledger) -> String {
    ledger.svod(&["audit", "verify", "--json"]).with(0).json()["position"].to_string()
}

/// A ledger whose witness has cosigned all of it.
fn cosigned() -> (Ledger, Witness) {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    let witness = Witness::of(&ledger);
    let mut service = witness.asked_by(&ledger);
    service.hear(&["a checkpoint was cosigned", &format!("size={}", position(&ledger))]);
    service.end("TERM");
    (ledger, witness)
}

fn keep(ledger: &Ledger, name: &str) -> String {
    let note = ledger.svod(&["audit", "checkpoint"]).with(0).stdout;
    std::fs::write(ledger.path().join(name), &note).unwrap();
    note
}

#[test]
fn a_ledger_is_cosigned_as_it_grows_and_an_auditor_can_demand_it() {
    let (ledger, witness) = cosigned();
    let before = position(&ledger);
    ledger.open("2020-Q3");
    let verdict = ledger.svod(&["audit", "checkpoint", "--json"]).with(0).json();
    assert_eq!(verdict["cosigned"], true);
    let note = verdict["checkpoint"].as_str().unwrap();
    assert_eq!(
        note.lines().nth(1),
        Some(before.as_str()),
        "the newest that is cosigned, not the newest: {note}"
    );
    let mut service = witness.asked_by(&ledger);
    service.hear(&["a checkpoint was cosigned", &format!("size={}", position(&ledger))]);
    let note = keep(&ledger, "kept.txt");
    assert_eq!(note.lines().filter(|line| line.starts_with("\u{2014} ")).count(), 2, "{note}");
    let demand = ["audit", "verify", "--witness", &witness.key, "--quorum", "1", "--json"];
    for brought in [&[][..], &["--checkpoint", "kept.txt"]] {
        let verdict = ledger.svod(&[&demand[..], brought].concat()).with(0).json();
        assert_eq!(verdict["cosigned"]["position"].to_string(), position(&ledger));
        assert!(verdict["cosigned"]["witnesses"][&witness.key].is_string(), "{verdict}");
    }
}

#[test]
fn a_policy_file_says_whose_cosignatures_suffice() {
    let (ledger, witness) = cosigned();
    keep(&ledger, "kept.txt");
    let other = Witness::of(&ledger);
    let verify = |quorum: &str, log: &str| {
        let (one, two) = (&witness.key, &other.key);
        let policy = format!("log {log}\nwitness A {one}\nwitness B {two}\n{quorum}\n");
        std::fs::write(ledger.path().join("policy"), policy).unwrap();
        ledger.svod(&["audit", "verify", "--policy", "policy", "--checkpoint", "kept.txt"])
    };
    let log = witness.log.as_str();
    verify("quorum A", log).with(0);
    verify("group any any A B\nquorum any", log).with(0);
    verify("group all all A B\nquorum all", log).with(3);
    verify("quorum C", log).with(2);
    let elsewhere = Ledger::new();
    elsewhere.open("2020-Q2");
    let stranger = elsewhere.svod(&["audit", "key"]).with(0).stdout;
    verify("quorum A", stranger.trim()).with(1);
    verify("quorum A", &format!("{log}\nlog {stranger}")).with(0);
}

#[test]
fn too_few_cosignatures_are_told_and_a_false_one_too() {
    let (ledger, witness) = cosigned();
    let note = keep(&ledger, "kept.txt");
    let head = ledger.svod(&["audit", "checkpoint", "--head"]).with(0).stdout;
    std::fs::write(ledger.path().join("bare.txt"), &head).unwrap();
    let verify = |arguments: &[&str]| {
        ledger.svod(&[&["audit", "verify", "--json", "--witness", &witness.key][..], arguments].concat())
    };
    verify(&["--checkpoint", "bare.txt"]).with(0);
    assert_eq!(verify(&["--checkpoint", "bare.txt", "--quorum", "1"]).with(3).json()["sound"], false);
    verify(&["--quorum", "2"]).with(2);
    verify(&["--quorum", "2", "--witness", &witness.key]).with(2);
    // The same cosignature under another time.
    let line = note.lines().last().unwrap();
    let (start, end) = line.split_at(line.len() - 20);
    let bent =
        note.replace(line, &format!("{start}{}{}", if end.starts_with('A') { 'B' } else { 'A' }, &end[1..]));
    std::fs::write(ledger.path().join("bent.txt"), bent).unwrap();
    let verdict = verify(&["--checkpoint", "bent.txt"]).with(1).json();
    assert_eq!(verdict["defence"], "checkpoint");
}

#[test]
fn a_ledger_that_was_put_back_is_refused_by_its_witness_and_by_what_it_cosigned() {
    let (ledger, witness) = cosigned();
    let database = ledger.path().join(DATABASE);
    tamper(&ledger, "PRAGMA wal_checkpoint(TRUNCATE)");
    let backup = std::fs::read(&database).unwrap();
    ledger.open("2020-Q3");
    let mut service = witness.asked_by(&ledger);
    let size = position(&ledger);
    service.hear(&["a checkpoint was cosigned", &format!("size={size}")]);
    service.end("TERM");
    keep(&ledger, "kept.txt");

    tamper(&ledger, "PRAGMA wal_checkpoint(TRUNCATE)");
    std::fs::write(&database, backup).unwrap();
    // Within itself the backup is sound, its head is genuine.
    ledger.svod(&["audit", "verify"]).with(0);
    let mut service = witness.asked_by(&ledger);
    service.hear(&[
        "the log is not cosigned any more",
        &format!("has cosigned a log of {size} entries"),
        "put back",
    ]);
    let verdict = ledger.svod(&["audit", "verify", "--checkpoint", "kept.txt", "--json"]).with(1).json();
    assert_eq!(verdict["defence"], "checkpoint");
    let doctor = ledger.svod(&["doctor", "--json", "--witnesses", &witness.setting()]).with(1).json();
    let tells =
        |finding: &Value| finding["level"] == "bad" && finding["seen"].to_string().contains("put back");
    assert!(doctor.as_array().unwrap().iter().any(tells), "{doctor:#}");
    // What is recorded on top of it, however much, is not cosigned either.
    ledger.open("2020-Q3");
    ledger.open("2020-Q4");
    service.hear(&["the log is not cosigned any more", "the witness refuses: 422"]);
}

#[test]
fn a_leaf_that_was_changed_in_the_database_is_not_vouched_for() {
    let (ledger, witness) = cosigned();
    ledger.open("2020-Q3");
    let change = "DROP TRIGGER entries_are_not_updated;
        UPDATE entries SET leaf = zeroblob(32) WHERE position = (SELECT MAX(position) FROM entries);";
    tamper(&ledger, change);
    let mut service = witness.asked_by(&ledger);
    service.hear(&[
        "the log is not cosigned any more",
        "the leaves in the database are not those of its checkpoint",
    ]);
}

#[test]
fn a_ledger_whose_witness_is_silent_is_frozen_for_the_doctor_and_in_the_metrics() {
    let (ledger, mut witness) = cosigned();
    let doctor = || ledger.svod(&["doctor", "--json", "--witnesses", &witness.setting()]);
    let level = |ended: Ended| {
        let findings = ended.json();
        let of_witness = findings.as_array().unwrap().iter().find(|finding| finding["subject"] == "witness");
        of_witness.unwrap()["level"].as_str().unwrap().to_owned()
    };
    assert_eq!(level(doctor().with(0)), "good");
    ledger.open("2020-Q3");
    // A moment of silence is none; with no patience at all it is.
    assert_eq!(level(doctor().with(0)), "good");
    std::fs::write(ledger.path().join("svod.toml"), "witness_alarm_minutes = 0\n").unwrap();
    tamper(&ledger, BEFORE_ANY_WITNESS);
    assert_eq!(level(doctor().with(1)), "bad");
    witness.kill();
    let setting = witness.setting();
    let mut service = Running::start(ledger.command().args(["run"]).env("SVOD_WITNESSES", setting));
    let line = service.hear(&["the gateway listens"]);
    let address = line.split_once("address=").unwrap().1.split_whitespace().next().unwrap().to_owned();
    service.hear(&["the log waits for its witness"]);
    // The gauges are set beside the asking, so the first look may come too early.
    let look = || answer(&address, "GET /metrics HTTP/1.1\r\nhost: s\r\nconnection: close\r\n\r\n");
    let is_gauge = |line: &&str| line.starts_with("svod_witness_frozen{");
    let frozen = std::iter::repeat_with(look)
        .take(500)
        .find_map(|text| text.lines().find(is_gauge).map(str::to_owned));
    let frozen = frozen.unwrap();
    assert!(frozen.ends_with(" 1"), "{frozen}");
}

/// As if nothing had ever been cosigned.
const BEFORE_ANY_WITNESS: &str = "DELETE FROM cosigned_heads;";

/// What a server answers to a request that asks it to close the connection.
fn answer(address: &str, request: &str) -> String {
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_killed_witness_remembers_what_it_cosigned() {
    let (ledger, mut witness) = cosigned();
    let before = witness.status(&["--json"]).with(0).json();
    witness.kill();
    witness.start();
    assert_eq!(witness.status(&["--json"]).with(0).json(), before);
    let body = format!("old 0\n\n{}", ledger.svod(&["audit", "checkpoint", "--head"]).with(0).stdout);
    let length = body.len();
    let answer = answer(
        &witness.listen,
        &format!(
            "POST /add-checkpoint HTTP/1.1\r\nhost: w\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        ),
    );
    assert!(answer.starts_with("HTTP/1.1 409") && answer.contains("text/x.tlog.size"), "{answer}");
    assert!(answer.ends_with(&format!("\r\n\r\n{}\n", position(&ledger))), "{answer}");
}

#[test]
fn a_witness_has_one_name_and_tells_of_logs_that_are_silent() {
    let (ledger, mut witness) = cosigned();
    witness.status(&["--silence", "60"]).with(0);
    witness.running.take().unwrap().end("INT");
    let serve = |arguments: &[&str]| witness.ground.svod(&[&["audit", "witness"], arguments].concat());
    serve(&["--log", &witness.log, "--name", "another"]).with(2);
    serve(&["--log", &witness.key]).with(2);
    serve(&[]).with(2);
    ledger.svod(&["audit", "witness", "status"]).with(3);
    // One that was never heard of is silent, too.
    let unheard = Witness::of(&ledger);
    let told = unheard.status(&["--silence", "60"]).with(1).stdout;
    assert!(told.contains("never"), "{told}");
    ledger.svod(&["run", "--role", "witness"]).with(2);
}
