//! Curves over the length of the log, as a picture beside the report: what should be flat is seen to be, or not.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use plotters::coord::Shift;
use plotters::prelude::*;

use crate::bench::Bench;
use crate::ledger::Kind;
use crate::memory;

/// What is drawn: the title, and the figure of each store.
const CURVES: [(&str, &str); 8] = [
    ("start until ready, ms", "ready"),
    ("first command, on a cold stream, ms", "first"),
    ("commands over HTTP, a second", "rate"),
    ("the board, ms", "board"),
    ("the history of a submission, ms", "history"),
    ("views rebuilt, events a second", "rebuild-rate"),
    ("memory after 1,000 commands, peak, MiB", "peak"),
    ("memory of the first start, peak, MiB", "rebuild-peak"),
];
/// Columns of pictures, and the size of one.
const COLUMNS: usize = 2;
const SIZE: (u32, u32) = (460, 230);
const COLOURS: [(Kind, RGBColor); 2] =
    [(Kind::Sqlite, RGBColor(0, 90, 160)), (Kind::Postgres, RGBColor(190, 80, 0))];

/// Draws the curves, and shows them in the report.
pub fn report(out: &mut String, bench: &Bench) -> Result<()> {
    let lengths: Vec<usize> = bench.plan.logs.iter().chain(&bench.plan.longest).copied().collect();
    if lengths.len() < 2 {
        return Ok(());
    }
    let path = bench.plan.out.with_file_name("benchmarks-growth.svg");
    draw(&path, bench, &lengths).with_context(|| format!("drawing {}", path.display()))?;
    writeln!(
        out,
        "\n![Curves over the length of the log: what is named above each, for SQLite (blue) and PostgreSQL (orange).](benchmarks-growth.svg)\n\n\
         The same as curves over the length of the log, on a logarithmic axis: SQLite blue, PostgreSQL orange. A log was filled with as \
         many events of closed quarters; the longest one was measured in the first round only."
    )?;
    Ok(())
}

fn draw(path: &PathBuf, bench: &Bench, lengths: &[usize]) -> Result<()> {
    let rows = CURVES.len().div_ceil(COLUMNS);
    let size = (SIZE.0 * u32::try_from(COLUMNS)?, SIZE.1 * u32::try_from(rows)?);
    let root = SVGBackend::new(path, size).into_drawing_area();
    root.fill(&WHITE)?;
    for ((title, what), area) in CURVES.iter().zip(root.split_evenly((rows, COLUMNS))) {
        curve(&area, bench, lengths, title, what)?;
    }
    root.present()?;
    Ok(())
}

fn curve(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    bench: &Bench,
    lengths: &[usize],
    title: &str,
    what: &str,
) -> Result<()> {
    let points = |kind: Kind| -> Vec<(f64, f64)> {
        let point = |events: &usize| {
            let summary = bench.results.summary(&memory::name(kind, *events, what))?;
            #[expect(clippy::cast_precision_loss, reason = "some millions")]
            Some((*events as f64, summary.median))
        };
        lengths.iter().filter_map(point).collect()
    };
    let series = COLOURS.map(|(kind, colour)| (points(kind), colour));
    let all = || series.iter().flat_map(|(points, _)| points);
    let highest = all().map(|(_, value)| *value).fold(0.0, f64::max);
    let (first, last) = all().fold((f64::MAX, 0.0_f64), |(low, high), (x, _)| (low.min(*x), high.max(*x)));
    if highest <= 0.0 {
        return Ok(());
    }
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 14))
        .margin(10)
        .x_label_area_size(24)
        .y_label_area_size(60)
        .build_cartesian_2d((first..last * 1.05).log_scale(), 0.0..highest * 1.15)?;
    let number = |value: &f64| if *value >= 1e6 { format!("{} M", value / 1e6) } else { format!("{value}") };
    chart.configure_mesh().x_labels(4).y_labels(5).x_label_formatter(&number).draw()?;
    for (points, colour) in series {
        chart.draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))?;
        chart.draw_series(points.iter().map(|point| Circle::new(*point, 3, colour.filled())))?;
    }
    Ok(())
}
