//! Reports written in every format, where readers of others find them.

use std::fs;
use std::path::Path;

use serde::Serialize;
use svod_engine::ReportInputs;
use svod_report::{Renderer, ReportSettings, render_all};

/// Writes `FORMAT/NAME.EXTENSION` for every format, and what has to be found in each as `expected/NAME.json`.
pub(crate) fn write(folder: &Path, name: &str, inputs: &ReportInputs, expected: &impl Serialize) {
    let renderers = newest();
    let files =
        render_all(&renderers, inputs, &ReportSettings::default(), None).expect("the report is written");
    for (renderer, file) in renderers.iter().zip(files) {
        let (_, extension) = file.file_name.rsplit_once('.').expect("files have extensions");
        put(&folder.join(renderer.format().as_str()), &format!("{name}.{extension}"), &file.bytes);
    }
    let expected = serde_json::to_vec(expected).expect("rows are JSON");
    put(&folder.join("expected"), &format!("{name}.json"), &expected);
}

fn put(folder: &Path, name: &str, bytes: &[u8]) {
    fs::create_dir_all(folder).expect("the folder is made");
    fs::write(folder.join(name), bytes).expect("the file is written");
}

/// The last renderer of each format.
fn newest() -> Vec<Renderer> {
    let all = Renderer::ALL;
    let is_newest = |at: usize| all[at + 1..].iter().all(|later| later.format() != all[at].format());
    (0..all.len()).filter(|at| is_newest(*at)).map(|at| all[at]).collect()
}
