//! The running program: `target/debug/svod` over a ledger of the test's own.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long anything that should happen may take, on a machine that runs everything else at once.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);
/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Looks until the condition yields something, or fails with what was waited for.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::sleep(LOOK_EVERY);
    }
}

/// A ledger, the folder of its files, and the environment that programs over it share.
pub(crate) struct Ledger {
    /// Temporary; goes with the test.
    pub(crate) folder: tempfile::TempDir,
    database_url: String,
    admin_url: Option<String>,
    amqp_url: Option<String>,
}

impl Ledger {
    /// Embedded, no servers.
    pub(crate) fn embedded() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database_url = format!("sqlite://{}", folder.path().join("svod.db").display());
        Self { folder, database_url, admin_url: None, amqp_url: None }
    }

    /// A database of its own on the run's PostgreSQL, migrated.
    pub(crate) fn postgres() -> Self {
        Self::postgres_at(&variable("SVOD_TEST_POSTGRES_URL"))
    }

    /// A database of its own on this server, migrated.
    pub(crate) fn postgres_at(admin_url: &str) -> Self {
        let name = format!("journey_{}", uuid::Uuid::new_v4().simple());
        psql(admin_url, &format!("CREATE DATABASE {name}"));
        let (server, _) = admin_url.rsplit_once('/').unwrap();
        let database_url = format!("{server}/{name}");
        let folder = tempfile::tempdir().unwrap();
        let ledger = Self { folder, database_url, admin_url: Some(admin_url.to_owned()), amqp_url: None };
        ledger.svod(&["migrate"]);
        ledger
    }

    /// A ledger of its own that holds the same, with the same keys. No service may be running.
    pub(crate) fn copy(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let copied =
            Command::new("cp").arg("-a").arg(self.folder.path().join(".")).arg(folder.path()).status();
        assert!(copied.unwrap().success());
        let Some(admin_url) = &self.admin_url else {
            let database_url = format!("sqlite://{}", folder.path().join("svod.db").display());
            return Self { folder, database_url, admin_url: None, amqp_url: None };
        };
        let name = format!("journey_{}", uuid::Uuid::new_v4().simple());
        let template = self.database_url.rsplit('/').next().unwrap();
        psql(admin_url, &format!("CREATE DATABASE {name} TEMPLATE {template}"));
        let (server, _) = admin_url.rsplit_once('/').unwrap();
        let database_url = format!("{server}/{name}");
        Self { folder, database_url, admin_url: Some(admin_url.clone()), amqp_url: None }
    }

    /// Connected to a broker.
    pub(crate) fn with_broker(mut self, url: &str) -> Self {
        self.amqp_url = Some(url.to_owned());
        self
    }

    /// The program with the ledger's environment.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(program());
        command
            .current_dir(self.folder.path())
            .env("SVOD_DATABASE_URL", &self.database_url)
            .env("SVOD_DATA_DIR", self.folder.path().join("data"))
            .env("SVOD_HTTP_LISTEN", "127.0.0.1:0")
            .env_remove("SVOD_AMQP_URL");
        if let Some(url) = &self.amqp_url {
            command.env("SVOD_AMQP_URL", url);
        }
        command
    }

    /// Runs a command that must succeed, and returns what it printed.
    #[track_caller]
    pub(crate) fn svod(&self, arguments: &[&str]) -> String {
        let output = self.command().args(arguments).env("SVOD_LOG", "warn").output().unwrap();
        assert!(
            output.status.success(),
            "svod {arguments:?}: {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that must end with this status, and returns what it printed, as JSON.
    #[track_caller]
    pub(crate) fn svod_ends(&self, status: i32, arguments: &[&str]) -> Value {
        let output = self.command().args(arguments).env("SVOD_LOG", "warn").output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "svod {arguments:?}: {printed}\n{said}");
        serde_json::from_str(&printed)
            .unwrap_or_else(|error| panic!("svod {arguments:?}: {error}: {printed}"))
    }

    /// Runs a command that must end with this status and say this on the standard error.
    #[track_caller]
    pub(crate) fn svod_fails(&self, status: i32, arguments: &[&str], saying: &str) {
        let output = self.command().args(arguments).env("SVOD_LOG", "error").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "svod {arguments:?}: {said}");
        assert!(said.contains(saying), "svod {arguments:?}: {said}");
    }

    /// Where the database is, if it is a server's.
    pub(crate) fn postgres_url(&self) -> Option<&str> {
        self.admin_url.as_ref().map(|_| self.database_url.as_str())
    }

    /// Runs a statement on the vault of an embedded ledger.
    pub(crate) fn vault_sql(&self, statement: &str) {
        sqlite(&self.vault_file(), statement);
    }

    fn vault_file(&self) -> String {
        self.folder.path().join("svod-vault.db").to_str().unwrap().to_owned()
    }

    /// What a query of the ledger's database yields: columns of text.
    pub(crate) fn rows(&self, query: &str) -> Vec<Vec<String>> {
        let printed = match self.database_url.strip_prefix("sqlite://") {
            Some(file) => sqlite_rows(file, query),
            None => psql(&self.database_url, query),
        };
        columns(&printed)
    }

    /// The same of the vault: of an embedded ledger a file of its own.
    pub(crate) fn vault_rows(&self, query: &str) -> Vec<Vec<String>> {
        match self.postgres_url() {
            Some(url) => columns(&psql(url, query)),
            None => columns(&sqlite_rows(&self.vault_file(), query)),
        }
    }

    /// Adds a principal and returns its token, which also lies in a file that is called after it.
    #[track_caller]
    pub(crate) fn principal(&self, name: &str, roles: &[&str]) -> String {
        let mut arguments = vec!["principal", "add", name, "--json"];
        for role in roles {
            arguments.extend(["--role", role]);
        }
        let printed: Value = serde_json::from_str(&self.svod(&arguments)).unwrap();
        let token = printed["token"].as_str().unwrap().to_owned();
        std::fs::write(self.folder.path().join(format!("{name}.token")), &token).unwrap();
        token
    }

    /// Where the report worker puts documents.
    pub(crate) fn report(&self, quarter: &str, edition: u32) -> PathBuf {
        self.folder.path().join(format!("data/reports/report-{quarter}-edition-{edition}.docx"))
    }

    /// Runs a statement on the ledger's database.
    pub(crate) fn sql(&self, statement: &str) -> String {
        match self.database_url.strip_prefix("sqlite://") {
            Some(file) => sqlite(file, statement),
            None => psql(&self.database_url, statement),
        }
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        if let Some(admin_url) = &self.admin_url {
            let name = self.database_url.rsplit('/').next().unwrap_or_default();
            let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            // The server may have been stopped by the test itself.
            let _ended =
                Command::new("psql").args([admin_url, "-qc", &statement]).stderr(Stdio::null()).status();
        }
    }
}

#[track_caller]
fn psql(url: &str, statement: &str) -> String {
    told(Command::new("psql").args([url, "-qAt", "-F", "\t", "-v", "ON_ERROR_STOP=1"]), statement)
}

/// The same for a SQLite file.
#[track_caller]
fn sqlite(file: &str, statement: &str) -> String {
    let script = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.executescript(sys.stdin.read()); db.commit()";
    told(Command::new("python3").args(["-c", script, file]), statement)
}

/// What a query of a SQLite file yields.
#[track_caller]
fn sqlite_rows(file: &str, query: &str) -> String {
    let script = "import sqlite3, sys\nfor row in sqlite3.connect(sys.argv[1]).execute(sys.stdin.read()): print(*row, sep='\t')";
    told(Command::new("python3").args(["-c", script, file]), query)
}

/// Gives a program its input, which may be longer than an argument may be, and returns what it printed.
#[track_caller]
fn told(command: &mut Command, input: &str) -> String {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = piped.expect("the program is installed");
    let mut stdin = child.stdin.take().unwrap();
    // Whoever ends before it has read everything says why below.
    let _broken_off = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let beginning: String = input.chars().take(500).collect();
    assert!(output.status.success(), "{beginning}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn columns(printed: &str) -> Vec<Vec<String>> {
    printed.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// A running service. Killed at the end of the test.
pub(crate) struct Service {
    child: Child,
    log: PathBuf,
    /// Where its API is, if it has one.
    pub(crate) url: String,
}

impl Service {
    /// Starts every role and waits until it is ready.
    pub(crate) fn start(ledger: &Ledger) -> Self {
        let service = Self::launch(ledger);
        service.wait_until_ready();
        service
    }

    /// Starts every role and waits only until HTTP listens.
    pub(crate) fn launch(ledger: &Ledger) -> Self {
        Self::launch_with(ledger, &[])
    }

    /// The same with more variables in its environment.
    pub(crate) fn launch_with(ledger: &Ledger, variables: &[(&str, &str)]) -> Self {
        let log = ledger.folder.path().join(format!("service-{}.log", uuid::Uuid::new_v4().simple()));
        let file = std::fs::File::create(&log).unwrap();
        let child = ledger
            .command()
            .arg("run")
            .env("SVOD_LOG", "info,svod=debug,svod_amqp=debug,svod_engine=debug")
            .env("NO_COLOR", "1")
            .envs(variables.iter().copied())
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .unwrap();
        let mut service = Self { child, log, url: String::new() };
        service.url = eventually("the gateway listens", || {
            if let Ok(Some(status)) = service.child.try_wait() {
                panic!("the service ended with {status}:\n{}", service.log());
            }
            let log = service.log();
            let line = log.lines().find(|line| line.contains("the gateway listens"))?;
            let address = line.split("address=").nth(1)?.split_whitespace().next()?;
            Some(format!("http://{address}"))
        });
        service
    }

    /// Waits until /readyz says yes.
    pub(crate) fn wait_until_ready(&self) {
        eventually("the service is ready", || {
            let answer = reqwest::blocking::get(format!("{}/readyz", self.url)).ok()?;
            answer.status().is_success().then_some(())
        });
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// SIGKILL: no goodbye.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// GET with a token; the status and the body.
    pub(crate) fn get(&self, token: &str, path: &str) -> (u16, Vec<u8>) {
        let client = reqwest::blocking::Client::new();
        let answer = client.get(format!("{}{path}", self.url)).bearer_auth(token).send().unwrap();
        (answer.status().as_u16(), answer.bytes().unwrap().to_vec())
    }

    /// GET of something that is there, as JSON.
    #[track_caller]
    pub(crate) fn json(&self, token: &str, path: &str) -> Value {
        let (status, body) = self.get(token, path);
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }

    /// POST of one message; the status and the receipt.
    pub(crate) fn post(&self, token: &str, body: impl Into<Vec<u8>>) -> (u16, Value) {
        let client = reqwest::blocking::Client::new();
        let answer = client
            .post(format!("{}/api/v1/messages", self.url))
            .bearer_auth(token)
            .header("content-type", "application/cloudevents+json")
            .body(body.into())
            .send()
            .unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_slice(&answer.bytes().unwrap()).unwrap_or(Value::Null))
    }

    /// POST of bytes to an address; the status and the answer.
    pub(crate) fn post_bytes(&self, token: &str, path: &str, body: Vec<u8>) -> (u16, Value) {
        let client = reqwest::blocking::Client::new();
        let request = client.post(format!("{}{path}", self.url)).bearer_auth(token);
        let answer = request.header("content-type", "application/octet-stream").body(body).send().unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_slice(&answer.bytes().unwrap()).unwrap_or(Value::Null))
    }

    /// POST of one message that may never be answered.
    pub(crate) fn try_post(&self, token: &str, body: &str) -> Option<u16> {
        let client = reqwest::blocking::Client::new();
        let request = client.post(format!("{}/api/v1/messages", self.url)).bearer_auth(token);
        let request = request.header("content-type", "application/cloudevents+json").body(body.to_owned());
        request.send().ok().map(|answer| answer.status().as_u16())
    }

    /// How it ended.
    pub(crate) fn ended(mut self) -> std::process::ExitStatus {
        self.child.wait().unwrap()
    }

    /// Every entry of the log, as the API shows it.
    pub(crate) fn whole_log(&self, token: &str) -> Vec<Value> {
        let mut entries: Vec<Value> = vec![];
        loop {
            let after = entries.last().map_or(0, |entry| entry["position"].as_u64().unwrap());
            let (status, body) = self.get(token, &format!("/api/v1/log?after={after}&limit=1000"));
            assert_eq!(status, 200);
            let text = String::from_utf8(body).unwrap();
            let before = entries.len();
            entries.extend(text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
            if entries.len() == before {
                return entries;
            }
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ended_before = self.child.kill();
        let _status = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<&str> = log.lines().rev().take(40).collect();
            let tail: Vec<&str> = tail.into_iter().rev().collect();
            let _ = writeln!(std::io::stderr(), "--- the service's last lines ---\n{}", tail.join("\n"));
        }
    }
}

/// A variable that `with-servers.sh` sets.
#[track_caller]
pub(crate) fn variable(name: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "the servers of the run are named by the environment")]
    let value = std::env::var(name);
    value.unwrap_or_else(|_| panic!("{name} is not set: run the tests through `make test`"))
}

/// The root of the checkout.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The program under test, built by `make test` before the tests run.
fn program() -> PathBuf {
    built("svod")
}

/// A program of the checkout.
pub(crate) fn built(name: &str) -> PathBuf {
    let program = root().join("target/debug").join(name);
    assert!(program.exists(), "{} is not built: run the tests through `make test`", program.display());
    program
}
