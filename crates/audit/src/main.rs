//! `svod-audit`: proves an exported log and its documents, with nothing but the files and the public key.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use svod_audit::{CannotTell, Ended, Sound, key_in, note_in, verify};

const USAGE: &str = "\
usage: svod-audit EXPORT --key KEY|FILE [--checkpoint FILE]... [--json]

EXPORT is a folder that `svod audit export` wrote. KEY is the log's verifier key, or a file that holds it: take it from
elsewhere than the export. FILE is a checkpoint that somebody kept, or a receipt that carries one.

Status: 0 sound; 1 tampered: the first position or file that cannot be believed, and which defence saw it; 2 bad usage;
3 it cannot be told. docs/AUDIT.md says what is looked at.
";

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(Stopped::Help) => return tell(io::stdout(), USAGE, 0),
        Err(Stopped::Usage(what)) => return tell(io::stderr(), &format!("svod-audit: {what}\n{USAGE}"), 2),
    };
    let (words, json, status) = match arguments.judge() {
        Ok(sound) => (sound.to_string(), sound.to_json(), 0),
        Err(ended) => {
            let status = if matches!(ended, Ended::Tampered(_)) { 1 } else { 3 };
            (ended.to_string(), ended.to_json(), status)
        }
    };
    let answer = if arguments.json { json.to_string() } else { words };
    tell(io::stdout(), &format!("{answer}\n"), status)
}

/// The status says it all, also to somebody who does not listen.
fn tell(mut out: impl io::Write, text: &str, status: u8) -> ExitCode {
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).ok();
    ExitCode::from(status)
}

/// What was asked for.
struct Arguments {
    export: PathBuf,
    key: Option<String>,
    checkpoints: Vec<PathBuf>,
    json: bool,
}

/// Why nothing is looked at.
enum Stopped {
    Help,
    Usage(String),
}

impl Arguments {
    fn parse(given: impl Iterator<Item = std::ffi::OsString>) -> Result<Self, Stopped> {
        let (mut export, mut key, mut checkpoints, mut json) = (None, None, vec![], false);
        let mut given = given;
        while let Some(argument) = given.next() {
            let mut value =
                |of: &str| given.next().ok_or_else(|| Stopped::Usage(format!("{of} wants a value")));
            match argument.to_str() {
                Some("--key") => key = Some(value("--key")?.to_string_lossy().into_owned()),
                Some("--checkpoint") => checkpoints.push(PathBuf::from(value("--checkpoint")?)),
                Some("--json") => json = true,
                Some("--help" | "-h") => return Err(Stopped::Help),
                Some(option) if option.starts_with('-') => {
                    return Err(Stopped::Usage(format!("{option} is no option")));
                }
                Some(_) | None if export.is_some() => {
                    return Err(Stopped::Usage("one export at a time".into()));
                }
                Some(_) | None => export = Some(PathBuf::from(argument)),
            }
        }
        let export = export.ok_or_else(|| Stopped::Usage("which export?".into()))?;
        Ok(Self { export, key, checkpoints, json })
    }

    fn judge(&self) -> Result<Sound, Ended> {
        let no_key = || CannotTell::NoKey { given: "nothing".into() };
        let key = key_in(self.key.as_deref().ok_or_else(no_key)?)?;
        let brought = self.checkpoints.iter().map(|path| Ok((shown(path), note_in(path)?)));
        let brought = brought.collect::<Result<Vec<_>, CannotTell>>()?;
        verify(&self.export, &key, &brought)
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
