//! The goals and whether they are met. Each is a ratio of figures of the same rounds, or a bound in seconds or MiB.

use std::fmt::Write as _;

use anyhow::Result;

use crate::bench::Bench;
use crate::ledger::Kind;
use crate::report::{cell, count, scaled};
use crate::results::Summary;
use crate::{append, audit, audit_report, close, documents_report, engine, intake, limits, memory, visible};

/// Names of a figure of svod and of what it is divided by, and the least ratio.
type Ratio<'a> = (&'a str, String, String, f64);

/// Writes the table.
pub fn goals(out: &mut String, bench: &Bench) -> Result<()> {
    out.push_str("\n## Goals\n\n| goal | measured | |\n|---|---|---|\n");
    log(out, bench)?;
    views(out, bench)?;
    edge(out, bench)?;
    service(out, bench)?;
    audit_report::goals(out, bench)?;
    documents_report::goals(out, bench)
}

fn percent(out: &mut String, bench: &Bench, ratios: Vec<Ratio<'_>>) -> Result<()> {
    for (what, upper, lower, least) in ratios {
        let what = format!("{what} ≥ {:.0} %", least * 100.0);
        goal(out, &what, bench.results.ratio(&upper, &lower), " %", least, 100.0)?;
    }
    Ok(())
}

fn log(out: &mut String, bench: &Bench) -> Result<()> {
    use Kind::{Postgres, Sqlite};
    let limit = |kind, what: &str| limits::name(kind, what);
    let commands = |senders| engine::name(Postgres, senders, "rate");
    let (long, plain) = (longest(bench), limit(Postgres, "read-1"));
    percent(
        out,
        bench,
        vec![
            (
                "commands of 256 senders ÷ bare batches of 1,000",
                commands(256),
                limit(Postgres, "batch-1"),
                0.6,
            ),
            ("commands of 1,024 senders ÷ the same", commands(1_024), limit(Postgres, "batch-1"), 0.75),
            (
                "commands of 8 senders ÷ bare rows by 8 connections, in no order",
                commands(8),
                limit(Postgres, "single-8"),
                0.9,
            ),
            ("commands of 1 sender ÷ bare rows one by one", commands(1), limit(Postgres, "single-1"), 0.8),
            (
                "appends in batches of 1,000 ÷ bare batches, PostgreSQL",
                append::name(Postgres, 1_000),
                limit(Postgres, "batch-1"),
                0.7,
            ),
            (
                "appends in batches of 1,000 ÷ bare batches, SQLite",
                append::name(Sqlite, 1_000),
                limit(Sqlite, "batch-1"),
                0.55,
            ),
            (
                "the same ÷ bare binary COPY in, PostgreSQL",
                append::name(Postgres, 1_000),
                limit(Postgres, "copy-in"),
                0.7,
            ),
            (
                "entries read and verified ÷ rows copied out and folded, PostgreSQL",
                audit::name(Postgres, long, "integrity"),
                plain.clone(),
                0.8,
            ),
            (
                "all views rebuilt, events ÷ the same rows",
                memory::name(Postgres, long, "rebuild-rate"),
                plain,
                0.4,
            ),
            (
                "the board rebuilt, events ÷ a bare folded upsert, 5,000 events at once",
                memory::name(Postgres, long, "rebuild-board-rate"),
                limit(Postgres, "upsert-5000"),
                0.7,
            ),
        ],
    )?;
    for (senders, most) in [(256, 10.0), (1_024, 25.0)] {
        let what = format!("a command of {} senders ≤ {most:.0} ms, p99, PostgreSQL", count(senders));
        at_most(out, &what, bench.results.summary(&engine::name(Postgres, senders, "p99")), " ms", most)?;
    }
    for kind in Kind::ALL {
        let ratio = bench.results.ratio(&append::name(kind, 1_000), &append::name(kind, 1));
        let what = format!("events in batches ≥ 20 × one at a time, {}", kind.as_str());
        goal(out, &what, ratio, " ×", 20.0, 1.0)?;
    }
    Ok(())
}

fn views(out: &mut String, bench: &Bench) -> Result<()> {
    for (kind, most) in [(Kind::Postgres, 4.0), (Kind::Sqlite, 2.0)] {
        let seconds = bench.results.summary(&memory::name(kind, 1_000_000, "rebuild"));
        let what = format!("all views of a million events rebuilt ≤ {most:.0} s, {}", kind.as_str());
        at_most(out, &what, seconds, " s", most)?;
    }
    for kind in Kind::ALL {
        for (what, most) in [("p50", 2.0), ("p99", 20.0), ("p50-stranger", 2.0), ("p99-stranger", 20.0)] {
            let beside =
                if what.ends_with("stranger") { " beside a stranger's open transaction" } else { "" };
            let figure = bench.results.summary(&visible::name(kind, what));
            let title = format!(
                "recorded → on the board at 500 a second{beside} ≤ {most:.0} ms, {}, {}",
                &what[..3],
                kind.as_str()
            );
            at_most(out, &title, figure, " ms", most)?;
        }
    }
    Ok(())
}

fn edge(out: &mut String, bench: &Bench) -> Result<()> {
    let results = &bench.results;
    for kind in Kind::ALL {
        let (name, rate) = (kind.as_str(), intake::through_svod(kind, "rate"));
        let ratio = results.ratio(&rate, &intake::through_broker("rate"));
        goal(
            out,
            &format!("messages with receipts ≥ 35 % of the broker's own rate, {name}"),
            ratio,
            " %",
            0.35,
            100.0,
        )?;
        let ratio = results.ratio(&rate, "intake/naive/rate");
        goal(
            out,
            &format!("messages with receipts ≥ 10 × a naive consumer, {name}"),
            ratio,
            " ×",
            10.0,
            1.0,
        )?;
        let ratio = results.ratio(&intake::through_svod(kind, "again"), &rate);
        goal(
            out,
            &format!("new ones while each comes twice ≥ 90 % of the rate, {name}"),
            ratio,
            " %",
            0.9,
            100.0,
        )?;
        let alone = results.summary(&intake::through_svod(kind, "alone"));
        at_most(out, &format!("a receipt of an idle service ≤ 5 ms, p50, {name}"), alone, " ms", 5.0)?;
        let paced = results.summary(&intake::through_svod(kind, "paced-p99"));
        at_most(out, &format!("a receipt at 500 a second ≤ 40 ms, p99, {name}"), paced, " ms", 40.0)?;
    }
    Ok(())
}

fn service(out: &mut String, bench: &Bench) -> Result<()> {
    let results = &bench.results;
    for kind in Kind::ALL {
        let name = kind.as_str();
        for (records, most) in [(270, 0.1), (10_000, 1.5)] {
            let figure = results.summary(&close::name(name, records, "seconds"));
            let what = format!("close → document, {} records ≤ {most} s, {name}", count(records));
            at_most(out, &what, figure, " s", most)?;
        }
        let ready = results.summary(&memory::name(kind, 1_000_000, "ready"));
        at_most(
            out,
            &format!("start on a million events ≤ 1 s, {name}"),
            ready.map(|ms| scaled(ms, 1e-3)),
            " s",
            1.0,
        )?;
    }
    let now = results.summary(&memory::name(Kind::Sqlite, 1_000_000, "now"));
    at_most(out, "the embedded service on a million events ≤ 64 MiB", now, " MiB", 64.0)?;
    let Some(short) = bench.plan.logs.first() else { return Ok(()) };
    for kind in Kind::ALL {
        let long = longest(bench);
        let ratio = results.ratio(&memory::name(kind, long, "peak"), &memory::name(kind, *short, "peak"));
        flat(
            out,
            &format!("peak memory with {} events ÷ with {}, {}", count(long), count(*short), kind.as_str()),
            ratio,
        )?;
    }
    Ok(())
}

fn flat(out: &mut String, what: &str, ratio: Option<Summary>) -> Result<()> {
    let Some(ratio) = ratio else { return Ok(()) };
    let flat = if ratio.median <= 1.2 { "flat" } else { "**grows**" };
    writeln!(out, "| {what} | {} × | {flat} |", cell(Some(ratio), 2))?;
    Ok(())
}

/// A goal that is met by much.
pub(crate) fn goal(
    out: &mut String,
    what: &str,
    ratio: Option<Summary>,
    unit: &str,
    least: f64,
    scale: f64,
) -> Result<()> {
    let Some(ratio) = ratio else { return Ok(()) };
    let met = if ratio.median >= least { "met" } else { "**missed**" };
    writeln!(out, "| {what} | {}{unit} | {met} |", cell(Some(scaled(ratio, scale)), 1))?;
    Ok(())
}

/// A goal that is met by little; one that is no number belongs to another length of the log.
pub(crate) fn at_most(
    out: &mut String,
    what: &str,
    figure: Option<Summary>,
    unit: &str,
    most: f64,
) -> Result<()> {
    let Some(figure) = figure else { return Ok(()) };
    let met = match most {
        most if most.is_nan() => "",
        most if figure.median <= most => "met",
        _missed => "**missed**",
    };
    writeln!(out, "| {what} | {}{unit} | {met} |", cell(Some(figure), 2))?;
    Ok(())
}

/// Events of the longest log of every round.
pub fn longest(bench: &Bench) -> usize {
    bench.plan.logs.last().copied().unwrap_or_default()
}
