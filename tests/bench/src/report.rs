//! The report: tables of medians with their spreads, and the ratios that the goals speak of.

use std::fmt::Write as _;

use anyhow::Result;
use jiff::Timestamp;

use crate::bench::Bench;
use crate::ledger::Kind;
use crate::results::{STRANGERS_MAX, Summary};
use crate::{
    append, audit_report, close, documents_report, engine, goals, growth, intake, ledger, memory, peers,
    tables,
};

/// Under what circumstances it was measured.
pub struct Circumstances {
    /// When it began.
    pub at: Timestamp,
    /// The machine and its programs.
    pub machine: Vec<(&'static str, String)>,
    /// The load averages before.
    pub load_before: String,
    /// And after.
    pub load_after: String,
    /// How long it took.
    pub minutes: f64,
}

/// The whole report.
pub fn text(bench: &Bench, circumstances: &Circumstances) -> Result<String> {
    let mut out = String::new();
    out.push_str(
        "<!-- Written by `make bench`. What is to be said by hand stands in tests/bench/preamble.md. -->\n",
    );
    out.push_str(&std::fs::read_to_string(ledger::root().join("tests/bench/preamble.md"))?);
    run(&mut out, bench, circumstances)?;
    goals::goals(&mut out, bench)?;
    for (part, write) in [
        ("limits", tables::limits as fn(&mut String, &Bench) -> Result<()>),
        ("peers", peers::report),
        ("append", appends),
        ("engine", engines),
        ("visible", tables::visible),
        ("intake", intakes),
        ("intake", tables::edge),
        ("scale", tables::scale),
        ("memory", memories),
        ("memory", growth::report),
        ("close", closes),
        ("audit", audit_report::audits),
        ("documents", documents_report::documents),
    ] {
        if bench.plan.takes(part) {
            write(&mut out, bench)?;
        }
    }
    Ok(out)
}

fn run(out: &mut String, bench: &Bench, circumstances: &Circumstances) -> Result<()> {
    let (samples, disturbed) = bench.results.disturbed();
    out.push_str("\n## The run\n\n| | |\n|---|---|\n");
    writeln!(out, "| date | {} |", circumstances.at.strftime("%Y-%m-%d %H:%M UTC"))?;
    for (what, value) in &circumstances.machine {
        writeln!(out, "| {what} | {value} |")?;
    }
    let (plan, minutes) = (&bench.plan, circumstances.minutes);
    writeln!(out, "| run | {}, {} of {} rounds, {minutes:.0} min |", plan.name, bench.round, plan.rounds)?;
    writeln!(out, "| load before / after | {} / {} |", circumstances.load_before, circumstances.load_after)?;
    writeln!(out, "| one durable write of 1 KiB | {} ms |", cell(bench.results.summary("sync"), 2))?;
    writeln!(
        out,
        "| samples / disturbed by strangers | {samples} / {disturbed}{} |",
        if disturbed * 2 > samples {
            ": **this machine was too noisy, do not believe the absolute figures**"
        } else {
            ""
        }
    )?;
    writeln!(
        out,
        "\nMedian [least – greatest] of the rounds. A sample during which strangers used more than {:.0} % of the machine \
         is left out; where that would leave less than half of the samples, all are used and the figure is marked †. \
         Ratios are of figures of the same round.",
        STRANGERS_MAX * 100.0
    )?;
    Ok(())
}

fn appends(out: &mut String, bench: &Bench) -> Result<()> {
    out.push_str("\n## Events appended a second, by appends in a batch\n\n");
    out.push_str("`EventLog::append`, one batch after another; each append is an event of a short submission on a stream of its \
        own, three assumptions and a receipt.\n\n| store |");
    head(out, &append::BATCHES.map(count), "1,000 ÷ 1")?;
    for kind in Kind::ALL {
        write!(out, "| {} |", kind.as_str())?;
        for batch in append::BATCHES {
            write!(out, " {} |", cell(bench.results.summary(&append::name(kind, batch)), 0))?;
        }
        let ratio = bench.results.ratio(&append::name(kind, 1_000), &append::name(kind, 1));
        writeln!(out, " {} × |", cell(ratio, 1))?;
    }
    Ok(())
}

fn engines(out: &mut String, bench: &Bench) -> Result<()> {
    out.push_str("\n## Commands answered a second, by senders at once\n\n");
    out.push_str(
        "The engine in the measuring process: parse, schema, rules, append, receipt. A sender waits for its \
        receipt before it sends the next command, so one sender is one at a time.\n\n| store |",
    );
    head(out, &engine::SENDERS.map(count), "256 ÷ 1")?;
    for kind in Kind::ALL {
        for (what, title, digits) in [
            ("rate", "commands/s", 0),
            ("p50", "ms, p50", 2),
            ("p99", "ms, p99", 2),
            ("cpu", "µs of processor a command, database server not counted", 0),
            ("cpu-postgres", "µs of processor a command, the server's", 0),
        ] {
            if kind == Kind::Sqlite && what == "cpu-postgres" {
                continue;
            }
            write!(out, "| {}, {title} |", kind.as_str())?;
            for senders in engine::SENDERS {
                write!(
                    out,
                    " {} |",
                    cell(bench.results.summary(&engine::name(kind, senders, what)), digits)
                )?;
            }
            let ratio = bench
                .results
                .ratio(&engine::name(kind, 256, what), &engine::name(kind, engine::SENDERS[0], what));
            writeln!(out, " {} × |", cell(ratio, 1))?;
        }
    }
    Ok(())
}

fn intakes(out: &mut String, bench: &Bench) -> Result<()> {
    out.push_str("\n## Through the broker, with receipts\n\n");
    writeln!(
        out,
        "One publisher with at most 200 messages unconfirmed, one consumer; {} persistent messages of about 1.7 KB, quorum \
         queues. «Broker alone»: straight through one queue. Else: commands in, `svod run` with every role, until the \
         client has every receipt; each command is also an event published and a row in every view.\n",
        count(bench.plan.messages)
    )?;
    out.push_str("| | messages/s | of the broker alone | ms, one message alone | s until the views have followed | µs of processor a message: client | service | PostgreSQL | RabbitMQ |\n");
    out.push_str("|---|---|---|---|---|---|---|---|---|\n");
    let mut row = |title: &str, name: &dyn Fn(&str) -> String| {
        let results = &bench.results;
        let ratio = results.ratio(&name("rate"), &intake::through_broker("rate"));
        write!(out, "| {title} | {} |", cell(results.summary(&name("rate")), 0))?;
        write!(out, " {} % |", cell(ratio.map(|ratio| scaled(ratio, 100.0)), 1))?;
        write!(out, " {} |", cell(results.summary(&name("alone")), 2))?;
        write!(out, " {} |", cell(results.summary(&name("behind")), 1))?;
        for what in ["cpu-client", "cpu-service", "cpu-postgres", "cpu-broker"] {
            write!(out, " {} |", cell(results.summary(&name(what)), 0))?;
        }
        out.push('\n');
        anyhow::Ok(())
    };
    row("broker alone", &intake::through_broker)?;
    for kind in Kind::ALL {
        row(&format!("svod on {}", kind.as_str()), &|what| intake::through_svod(kind, what))?;
    }
    Ok(())
}

fn memories(out: &mut String, bench: &Bench) -> Result<()> {
    out.push_str("\n## Memory and start-up, by the length of the log\n\n");
    out.push_str("`svod run` on a log of 40 closed quarters, then 1,000 commands over HTTP from 8 senders for an open one. \
        Peaks are VmHWM. «From nothing» is the first start of all, which builds every view and every report from the \
        log; measured once. «Rebuilt» is `svod views rebuild`, all views, its start included. A board and the history of a new \
        submission over HTTP, the middle of twenty.\n\n");
    out.push_str("| store | events | ms until ready | ms, first command | commands/s | ms, board | ms, history | MiB when ready | MiB after them: peak | now | s, rebuilt | from nothing: s | MiB |\n");
    out.push_str("|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    for kind in Kind::ALL {
        for events in bench.plan.logs.iter().chain(&bench.plan.longest) {
            let said =
                |what: &str, digits| cell(bench.results.summary(&memory::name(kind, *events, what)), digits);
            writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
                kind.as_str(),
                count(*events),
                said("ready", 0),
                said("first", 1),
                said("rate", 0),
                said("board", 1),
                said("history", 1),
                said("peak-ready", 1),
                said("peak", 1),
                said("now", 1),
                said("rebuild", 2),
                said("rebuild-seconds", 1),
                said("rebuild-peak", 1)
            )?;
        }
    }
    Ok(())
}

fn closes(out: &mut String, bench: &Bench) -> Result<()> {
    out.push_str("\n## From the close to the document\n\n");
    out.push_str("The order to close goes over HTTP; the clock stops when the whole document is in the folder of reports.\n\n");
    out.push_str(
        "| store | records | s until the receipt | s until the document | MiB before | MiB after |\n",
    );
    out.push_str("|---|---|---|---|---|---|\n");
    for kind in Kind::ALL {
        for records in &bench.plan.quarters {
            let said = |what: &str, digits| {
                cell(bench.results.summary(&close::name(kind.as_str(), *records, what)), digits)
            };
            writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} |",
                kind.as_str(),
                count(*records),
                said("answered", 3),
                said("seconds", 3),
                said("peak-before", 1),
                said("peak", 1)
            )?;
        }
    }
    Ok(())
}

pub(crate) fn head(out: &mut String, columns: &[String], last: &str) -> Result<()> {
    writeln!(out, " {} | {last} |", columns.join(" | "))?;
    writeln!(out, "|---|{}---|", "---|".repeat(columns.len()))?;
    Ok(())
}

pub(crate) fn scaled(summary: Summary, by: f64) -> Summary {
    Summary {
        median: summary.median * by,
        low: summary.low * by,
        high: summary.high * by,
        noisy: summary.noisy,
    }
}

/// `median [least – greatest]`.
pub(crate) fn cell(summary: Option<Summary>, digits: usize) -> String {
    let Some(Summary { median, low, high, noisy }) = summary else { return "–".to_owned() };
    let mark = if noisy { "†" } else { "" };
    let number = |value: f64| grouped(value, digits);
    if (high - low).abs() < f64::EPSILON {
        return format!("{}{mark}", number(median));
    }
    format!("{}{mark} [{} – {}]", number(median), number(low), number(high))
}

pub(crate) fn count(number: usize) -> String {
    #[expect(clippy::cast_precision_loss, reason = "at most a million")]
    grouped(number as f64, 0)
}

/// With commas between thousands.
fn grouped(value: f64, digits: usize) -> String {
    let plain = format!("{value:.digits$}");
    let (whole, rest) =
        plain.split_once('.').map_or((plain.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let mut text = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    rest.map_or(text.clone(), |rest| format!("{text}.{rest}"))
}
