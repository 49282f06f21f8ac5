//! Named points between two steps at which a test kills the process (SIGKILL: no goodbye, nothing is flushed), to see that what was
//! acknowledged is kept and that the next process goes on. Without the feature `armed` a point is nothing at all.

/// Every point, in the order of a record's way: where it stands in the code, its name says.
pub const POINTS: &[&str] = &[
    "sequencer/decided",
    "sequencer/sealed",
    "append/staged",
    "append/committed",
    "intake/answered",
    "intake/receipts-confirmed",
    "intake/acknowledged",
    "gateway/answered",
    "subscription/handled",
    "subscription/progress-kept",
    "projector/folded",
    "projector/committed",
    "rebuild/caught-up",
    "rebuild/promoted",
    "scheduler/due",
    "scheduler/ordered",
    "report/rendered",
    "report/kept",
    "report/copied",
    "report/recorded",
    "erasure/approved",
    "erasure/destroyed",
    "erasure/twin-kept",
    "erasure/twin-copied",
    "erasure/document-dropped",
    "erasure/all-masked",
];

#[cfg(feature = "armed")]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// The point that kills, and how often it lets the process pass before that.
    static ARMED: OnceLock<(String, AtomicU64)> = OnceLock::new();

    /// Arms a point: `NAME`, or `NAME:N` for the Nth passage.
    pub fn arm(at: &str) {
        let (name, passage) = at.split_once(':').unwrap_or((at, "1"));
        let passes = passage.parse::<u64>().unwrap_or(1).saturating_sub(1);
        // Armed once a process; a second time changes nothing.
        let _armed_before = ARMED.set((name.to_owned(), AtomicU64::new(passes)));
    }

    /// The process passes here, or ends here.
    pub fn point(name: &str) {
        let Some((armed, passes)) = ARMED.get() else { return };
        if armed == name
            && passes.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_err()
        {
            let _killed =
                rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
            loop {
                std::thread::park();
            }
        }
    }
}

#[cfg(feature = "armed")]
pub use armed::{arm, point};

/// The process passes here.
#[cfg(not(feature = "armed"))]
#[inline]
pub fn point(_name: &str) {}
