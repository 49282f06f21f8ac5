//! A ledger of the test's own, and the program over it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// What the program left behind.
pub(crate) struct Ended {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// Fails unless the program ended with this status.
    #[track_caller]
    pub(crate) fn with(self, status: i32) -> Self {
        assert_eq!(self.status, status, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// What it printed, as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}

/// An embedded ledger in a folder of its own.
pub(crate) struct Ledger {
    pub(crate) folder: tempfile::TempDir,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// The program, unaware of the environment of the test.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_svod"));
        command
            .env_clear()
            .env("USER", "clerk")
            .env("PATH", "/usr/bin:/bin")
            .env("SVOD_HTTP_LISTEN", "127.0.0.1:0")
            .current_dir(self.folder.path());
        command
    }

    pub(crate) fn svod(&self, arguments: &[&str]) -> Ended {
        ended(self.command().args(arguments))
    }

    /// With this standard input.
    pub(crate) fn svod_with(&self, arguments: &[&str], input: &str) -> Ended {
        let mut command = self.command();
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        of(child.wait_with_output().unwrap())
    }

    /// Adds a principal and returns its token.
    #[track_caller]
    pub(crate) fn principal(&self, name: &str, role: &str) -> String {
        let added = self.svod(&["principal", "add", name, "--role", role, "--json"]).with(0).json();
        added["token"].as_str().unwrap().to_owned()
    }

    /// Opens a quarter that nobody closes meanwhile.
    #[track_caller]
    pub(crate) fn open(&self, quarter: &str) {
        let far = "2099-01-01T00:00:00Z";
        self.svod(&["quarter", "open", quarter, "--submit-by", far, "--close-at", far]).with(0);
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

pub(crate) fn ended(command: &mut Command) -> Ended {
    of(command.output().unwrap())
}

fn of(output: std::process::Output) -> Ended {
    Ended {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A service over a ledger, ended with the test.
pub(crate) struct Service {
    child: Child,
    pub(crate) url: String,
}

impl Service {
    pub(crate) fn start(ledger: &Ledger) -> Self {
        let mut command = ledger.command();
        command.args(["run"]).env("NO_COLOR", "1").stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let rest = line.split_once("the gateway listens")?.1.split_once("address=")?.1.to_owned();
            rest.split_whitespace().next().map(str::to_owned)
        });
        // What it says later is read away, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url: format!("http://{}", address.expect("the service listens")) }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

pub(crate) const CODE: &str = "66605000";
pub(crate) const SENDER: &str = "m-66605000";

/// The id of the submission of that number.
pub(crate) fn submission_id(number: u32) -> String {
    format!("0192f0c1-0000-7000-8000-{number:012}")
}

/// A message of that number and type.
pub(crate) fn message(number: u32, kind: &str, data: &Value) -> Value {
    json!({"specversion": "1.0", "id": format!("{kind}-{number}"), "source": "/test", "type": kind, "data": data})
}

/// A submission of that number to 2020-Q2.
pub(crate) fn submission(number: u32) -> Value {
    let data = json!({
        "submission_id": submission_id(number), "municipality": CODE, "quarter": "2020-Q2",
        "activity": {
            "title": format!("Встреча {number}"), "place": "г. Вязьма",
            "dates": [{"from": "2020-06-05", "to": "2020-06-06"}], "content": "Обсудили обмен.",
            "participants": [{"name": "И.И. Иванов", "position": "глава"}, {"group": "сотрудники"}],
        },
    });
    message(number, "svod.activity.submit.v1", &data)
}

/// An approval of its first version.
pub(crate) fn approval(number: u32) -> Value {
    let data = json!({"submission_id": submission_id(number), "version": 1});
    message(number, "svod.review.approve.v1", &data)
}

/// Several messages, one a line.
pub(crate) fn lines(messages: &[Value]) -> String {
    messages.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")
}
