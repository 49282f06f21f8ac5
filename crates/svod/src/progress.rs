//! Progress of long work on the standard error, only where a person looks at it.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

const BAR: &str = "{msg} [{bar:30}] {human_pos}/{human_len} {elapsed}";
const SPINNER: &str = "{msg} {spinner} {elapsed}";
const TICK: Duration = Duration::from_millis(120);

/// A bar up to a known end. Hidden where the standard error is no terminal.
pub(crate) fn bar(what: &'static str, length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length).with_message(what);
    if let Ok(style) = ProgressStyle::with_template(BAR) {
        bar.set_style(style);
    }
    bar
}

/// A sign of life for work whose end is not known.
pub(crate) fn spinner(what: &'static str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(what);
    if let Ok(style) = ProgressStyle::with_template(SPINNER) {
        spinner.set_style(style);
    }
    spinner.enable_steady_tick(TICK);
    spinner
}
