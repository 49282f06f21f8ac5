//! The machine: what it is, who else uses it, and what our own processes use.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::results::{STRANGERS_MAX, middle};

/// Clock ticks in a second, as /proc counts: fixed on Linux.
const TICKS: f64 = 100.0;

/// Whose processor time is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whose {
    /// The measuring program's.
    Client,
    /// The measured service's.
    Service,
    /// PostgreSQL's.
    Postgres,
    /// RabbitMQ's.
    Broker,
}

/// The processes whose work is ours: everything below these.
#[derive(Clone, Debug)]
pub struct Roots(Vec<(Whose, u32)>);

impl Roots {
    /// This program and the two servers of the run.
    pub fn of_this_run() -> Self {
        let mut roots = vec![(Whose::Client, std::process::id())];
        let servers = std::env::var("SVOD_TEST_SERVERS_DIR").unwrap_or_default();
        for (whose, file) in [(Whose::Postgres, "postgres/pid"), (Whose::Broker, "rabbitmq/pid")] {
            let pid = fs::read_to_string(Path::new(&servers).join(file)).ok();
            roots.extend(pid.and_then(|pid| Some((whose, pid.trim().parse().ok()?))));
        }
        Self(roots)
    }

    /// These, and a service.
    pub fn with(&self, service: Option<u32>) -> Self {
        let mut roots = self.0.clone();
        roots.extend(service.map(|pid| (Whose::Service, pid)));
        Self(roots)
    }

    fn whose(&self, mut pid: u32, parents: &HashMap<u32, u32>) -> Option<Whose> {
        // Nobody's ancestors are so many; a process that ends in the middle of this may leave a loop.
        for _ in 0..64 {
            if let Some((whose, _)) = self.0.iter().rev().find(|(_, root)| *root == pid) {
                return Some(*whose);
            }
            pid = *parents.get(&pid)?;
        }
        None
    }
}

/// What the kernel says of a process (proc(5), /proc/PID/stat).
struct Stat {
    parent: u32,
    /// Processor seconds of its threads.
    itself: f64,
    /// Of those of its children that have ended.
    children: f64,
}

impl Stat {
    /// Nothing where there is no such process any more.
    fn of(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name, which may hold anything, ends with the last bracket; the third field follows, the state.
        let (_, fields) = stat.rsplit_once(") ")?;
        let fields: Vec<&str> = fields.split(' ').collect();
        // Ticks in user mode and in the kernel.
        let seconds = |user: usize| {
            let both = fields.get(user..=user + 1)?.iter().map(|ticks| ticks.parse::<f64>());
            Some(both.sum::<Result<f64, _>>().ok()? / TICKS)
        };
        Some(Self { parent: fields.get(1)?.parse().ok()?, itself: seconds(11)?, children: seconds(13)? })
    }
}

/// Processor time of everybody, at one moment.
struct Snapshot {
    at: Instant,
    busy: f64,
    ours: HashMap<Whose, f64>,
}

impl Snapshot {
    fn take(roots: &Roots) -> Self {
        let (mut parents, mut used) = (HashMap::new(), vec![]);
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
                continue;
            };
            let Some(Stat { parent, itself, children }) = Stat::of(pid) else { continue };
            parents.insert(pid, parent);
            used.push((pid, itself + children));
        }
        let mut ours: HashMap<Whose, f64> = HashMap::new();
        for (pid, seconds) in used {
            if let Some(whose) = roots.whose(pid, &parents) {
                *ours.entry(whose).or_default() += seconds;
            }
        }
        Self { at: Instant::now(), busy: busy_seconds(), ours }
    }
}

/// Seconds that all processors together were not idle, the time stolen by other virtual machines included.
fn busy_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields: Vec<f64> = stat
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(1)
        .map(|field| field.parse().unwrap_or(0.0))
        .collect();
    // user, nice, system, irq, softirq, steal
    [0, 1, 2, 5, 6, 7].iter().filter_map(|index| fields.get(*index)).sum::<f64>() / TICKS
}

/// What happened on the machine between two moments.
#[derive(Clone, Debug)]
pub struct Use {
    /// The part of the machine that strangers used.
    pub strangers: f64,
    ours: HashMap<Whose, f64>,
}

impl Use {
    /// Processor seconds of one of ours.
    pub fn cpu(&self, whose: Whose) -> f64 {
        self.ours.get(&whose).copied().unwrap_or(0.0)
    }
}

/// Looks at the machine while something is measured.
pub struct Meter {
    roots: Roots,
    before: Snapshot,
}

impl Meter {
    /// Begins.
    pub fn start(roots: &Roots) -> Self {
        Self { roots: roots.clone(), before: Snapshot::take(roots) }
    }

    /// Ends.
    pub fn stop(self) -> Use {
        let after = Snapshot::take(&self.roots);
        let seconds = after.at.duration_since(self.before.at).as_secs_f64();
        let mut ours = HashMap::new();
        for (whose, used) in &after.ours {
            let before = self.before.ours.get(whose).copied().unwrap_or(0.0);
            ours.insert(*whose, (used - before).max(0.0));
        }
        let all = after.busy - self.before.busy;
        let strangers = (all - ours.values().sum::<f64>()).max(0.0) / (seconds * processors());
        Use { strangers, ours }
    }
}

fn processors() -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a machine has few processors")]
    std::thread::available_parallelism().map_or(1.0, |count| count.get() as f64)
}

/// Waits for a second in which strangers leave the machine alone, but not for ever.
pub async fn quiet_moment(roots: &Roots, patience: Duration) {
    let deadline = Instant::now() + patience;
    loop {
        let meter = Meter::start(roots);
        tokio::time::sleep(Duration::from_millis(700)).await;
        if meter.stop().strangers <= STRANGERS_MAX / 2.0 || Instant::now() >= deadline {
            return;
        }
    }
}

/// The load averages of the last minute, five and fifteen.
pub fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// Peak of the resident memory of a process, in MiB.
pub fn memory_peak_mib(pid: u32) -> Result<f64> {
    memory_mib(pid, "VmHWM:")
}

/// Resident memory of a process now, in MiB.
pub fn memory_now_mib(pid: u32) -> Result<f64> {
    memory_mib(pid, "VmRSS:")
}

/// Seconds that all threads of a process have used processors, to a hundredth.
pub fn processor_seconds(pid: u32) -> Result<f64> {
    Ok(Stat::of(pid).context("the program has ended")?.itself)
}

fn memory_mib(pid: u32, what: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).context("the service has ended")?;
    let line = status.lines().find(|line| line.starts_with(what)).context("no such memory")?;
    let kib: f64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
    Ok(kib / 1024.0)
}

/// Seconds of one small durable write: what a commit cannot be faster than.
pub fn sync_seconds(folder: &Path) -> Result<f64> {
    let path = folder.join("sync-probe");
    let mut file = fs::File::create(&path)?;
    let mut seconds = vec![];
    for _ in 0..200 {
        file.write_all(&[7; 1024])?;
        let began = Instant::now();
        file.sync_data()?;
        seconds.push(began.elapsed().as_secs_f64());
    }
    fs::remove_file(&path)?;
    Ok(middle(seconds))
}

/// What the machine and its programs are, as rows of a table.
pub async fn description() -> Vec<(&'static str, String)> {
    let said = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().ok();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        text.filter(|text| !text.is_empty()).unwrap_or_else(|| "unknown".to_owned())
    };
    let disk = |path: &str| {
        let table = said("df", &["--output=source,fstype", path]);
        table.lines().last().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(", ")
    };
    let line = |file: &str, key: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(key)).unwrap_or_default().to_owned();
        line.split_once(':').map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let postgres = std::env::var("SVOD_TEST_POSTGRES_URL").unwrap_or_default();
    let clean = Command::new("git").args(["diff", "--quiet", "HEAD", "--", "crates"]).status();
    let changed = if clean.is_ok_and(|status| status.success()) { "" } else { ", with changes" };
    vec![
        ("processor", format!("{}, {} cores", line("/proc/cpuinfo", "model name"), processors())),
        ("memory", line("/proc/meminfo", "MemTotal")),
        ("disk of the embedded ledgers", disk(".")),
        ("disk of the servers", disk(&std::env::var("SVOD_TEST_SERVERS_DIR").unwrap_or_default())),
        ("kernel", said("uname", &["-sr"])),
        ("compiler", said("rustc", &["--version"])),
        ("PostgreSQL", said("psql", &[&postgres, "-Atc", "SHOW server_version"])),
        ("RabbitMQ", crate::broker::version().await.unwrap_or_else(|_| "unknown".to_owned())),
        ("svod", format!("{}{changed}", said("git", &["rev-parse", "--short", "HEAD"]))),
    ]
}
