//! Documents that only an office program reads are converted by one: in a process group of its own with a profile of its
//! own, in a folder that is thrown away, with limits on time, memory, processor and files, without the network where the
//! system lets an ordinary user take it away (`unshare`), and never in the way of anything else: when it hangs or dies, its
//! whole group is killed and the file is refused.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Condvar, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::compound::Legacy;
use super::limits::PACKED_BYTES_MAX;
use super::{CannotRead, Limit, SourceFormat};

/// Bytes of address space. LibreOffice maps 1.5 GiB of libraries and fonts before it opens anything.
const MEMORY_KIB_MAX: u64 = 4 * 1024 * 1024;

/// Blocks of 512 bytes that it may write into one file: four times what is taken back.
const FILE_BLOCKS_MAX: u64 = 4 * PACKED_BYTES_MAX / 512;

/// The shell sets the limits and becomes the program, so that there is nothing between it and them. The network is taken
/// away where that is allowed; where not, the profile without updates and links is what is left.
const SCRIPT: &str = r#"
ulimit -c 0
ulimit -v "$1" && ulimit -f "$2" && ulimit -t "$3" || exit 126
shift 3
if unshare --user --map-root-user --net true 2>/dev/null; then
    exec unshare --user --map-root-user --net "$@"
fi
exec "$@"
"#;

/// The office program of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Office {
    /// Its name or path: `soffice`.
    pub program: PathBuf,
    /// How long a conversion may take.
    pub timeout: Duration,
}

impl Default for Office {
    /// A quarter's report takes two seconds, the first start of a profile three more.
    fn default() -> Self {
        Self { program: PathBuf::from("soffice"), timeout: Duration::from_secs(30) }
    }
}

impl Office {
    /// The same document in a format that is read here.
    pub(super) fn convert(&self, bytes: &[u8], legacy: Legacy) -> Result<Vec<u8>, CannotRead> {
        let format = legacy.format();
        let failed = |doing: &'static str| {
            move |error: io::Error| {
                tracing::warn!(%error, doing, format = format.name(), "conversion failed");
                CannotRead::OfficeFailed { format }
            }
        };
        let timed_out = CannotRead::OfficeTimedOut { format, seconds: self.timeout.as_secs() };
        let Some(_turn) = Turn::take(self.timeout) else { return Err(timed_out) };
        let (from, to) = endings(legacy);
        let folder = tempfile::tempdir().map_err(failed("making a folder"))?;
        let given = folder.path().join("in").with_extension(from);
        let profile = folder.path().join("profile/user");
        fs::create_dir_all(&profile).map_err(failed("making a profile"))?;
        fs::write(profile.join("registrymodifications.xcu"), PROFILE).map_err(failed("making a profile"))?;
        fs::write(&given, bytes).map_err(failed("writing the document"))?;
        let mut child =
            self.command(folder.path(), &given, to).spawn().map_err(failed("starting a shell"))?;
        self.wait(&mut child, format)?;
        // What the program prints and how it ends say little; whether the document is there says all.
        let made = folder.path().join("out/in").with_extension(to);
        let size = fs::metadata(&made).map_err(failed("looking for the document"))?.len();
        if size > PACKED_BYTES_MAX {
            return Err(CannotRead::TooLarge { limit: Limit::PackedBytes, max: PACKED_BYTES_MAX });
        }
        fs::read(made).map_err(failed("reading the document"))
    }

    fn command(&self, folder: &Path, given: &Path, to: &str) -> Command {
        let seconds = self.timeout.as_secs().max(1);
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "sh"]);
        command.args([MEMORY_KIB_MAX, FILE_BLOCKS_MAX, seconds].map(|limit| limit.to_string()));
        command.arg(&self.program);
        command.args(["--headless", "--norestore", "--nolockcheck", "--nodefault", "--nofirststartwizard"]);
        command.arg(format!("-env:UserInstallation=file://{}", folder.join("profile").display()));
        command.args(["--convert-to", to, "--outdir"]).arg(folder.join("out"));
        command.arg(given);
        // Nothing of the service's own is known to it: no secrets, no home, no proxies.
        let path = "/usr/local/bin:/usr/bin:/bin";
        command
            .env_clear()
            .env("PATH", path)
            .env("HOME", folder)
            .env("TMPDIR", folder)
            .env("LC_ALL", "C.UTF-8");
        command.current_dir(folder).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Waits for the end, or makes it.
    fn wait(&self, child: &mut Child, format: SourceFormat) -> Result<(), CannotRead> {
        let failed = |error: io::Error| {
            tracing::warn!(%error, format = format.name(), "the office program cannot be waited for");
            CannotRead::OfficeFailed { format }
        };
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let group = group.ok_or_else(|| failed(io::ErrorKind::InvalidInput.into()))?;
        let (sender, ended) = mpsc::channel();
        let in_time = thread::scope(|scope| {
            scope.spawn(move || {
                // The dead process is left for `Child::wait`, so that nobody else can get its number before the group
                // is killed.
                let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
                let _ = waitid(WaitId::Pid(group), options);
                let _ = sender.send(());
            });
            let in_time = ended.recv_timeout(self.timeout).is_ok();
            // The program starts others; they end with it.
            let _ = kill_process_group(group, Signal::KILL);
            in_time
        });
        let status = child.wait().map_err(failed)?;
        if !in_time {
            return Err(CannotRead::OfficeTimedOut { format, seconds: self.timeout.as_secs() });
        }
        if status.code() == Some(NOT_FOUND) {
            return Err(CannotRead::OfficeMissing { format });
        }
        Ok(())
    }
}

/// The right to run the office program. One at a time, because each may take gigabytes: whoever uploads many files at once
/// waits, and nobody else does.
struct Turn;

static IS_TAKEN: Mutex<bool> = Mutex::new(false);
static IS_FREE: Condvar = Condvar::new();

impl Turn {
    /// Waits for it, but no longer than this.
    fn take(timeout: Duration) -> Option<Self> {
        let is_taken = IS_TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = IS_FREE.wait_timeout_while(is_taken, timeout, |is_taken| *is_taken);
        let (mut is_taken, result) = waited.unwrap_or_else(PoisonError::into_inner);
        if result.timed_out() {
            return None;
        }
        *is_taken = true;
        Some(Self)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *IS_TAKEN.lock().unwrap_or_else(PoisonError::into_inner) = false;
        IS_FREE.notify_one();
    }
}

/// With this a shell ends that did not find the program.
const NOT_FOUND: i32 = 127;

/// The endings by which the office program knows what it reads and what it shall write.
const fn endings(legacy: Legacy) -> (&'static str, &'static str) {
    match legacy {
        Legacy::Doc => ("doc", "docx"),
        Legacy::Rtf => ("rtf", "docx"),
        Legacy::Xls => ("xls", "xlsx"),
    }
}

/// What the office program may not do: run macros, follow links to other files, load what a document only points to.
const PROFILE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>1</value></prop></item>
</oor:items>
"#;
