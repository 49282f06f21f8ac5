//! The report's part on the audit: the goals with what was measured, and the table.

use std::fmt::Write as _;

use anyhow::Result;

use crate::audit::{cost, name};
use crate::bench::Bench;
use crate::goals::{at_most, goal};
use crate::ledger::Kind;
use crate::report::{cell, count, scaled};

/// The length of the log that the goals of past states speak of.
const MILLION: usize = 1_000_000;

/// The goals of the longest log.
pub fn goals(out: &mut String, bench: &Bench) -> Result<()> {
    let [.., short, long] = bench.plan.logs.as_slice() else { return Ok(()) };
    let results = &bench.results;
    for kind in Kind::ALL {
        let of = |what: &str| name(kind, *long, what);
        let title = |what: &str| format!("audit of {} entries: {what}, {}", count(*long), kind.as_str());
        let limit = results.ratio(&of("integrity"), &of("scan-and-tree"));
        let what = "integrity ≥ 50 % of reading, then hashing in memory";
        goal(out, &title(what), limit, " %", 0.5, 100.0)?;
        let limit = results.ratio(&of("full"), &of("tree"));
        goal(out, &title("everything ≥ 27 % of hashing in memory"), limit, " %", 0.27, 100.0)?;
        let most = [
            ("since", "1,000 new entries ≤ 20 ms", " ms", 20.0),
            ("since-program", "the same as a program, its start included, ≤ 20 ms", " ms", 20.0),
            ("record", "state of one record ≤ 5 ms, p99", " ms", 5.0),
        ];
        for (figure, what, unit, most) in most {
            at_most(out, &title(what), results.summary(&of(figure)), unit, most)?;
        }
        let whole = results.summary(&of("whole"));
        let most = if *long == MILLION { 3.0 } else { f64::NAN };
        at_most(out, &title("state of everything, a million ≤ 3 s"), whole, " s", most)?;
        let flat = results.ratio(&of("full-peak"), &name(kind, *short, "full-peak"));
        let what = format!("audit: peak memory with {} entries ÷ with {}", count(*long), count(*short));
        at_most(out, &format!("{what} ≤ 1.2, {}", kind.as_str()), flat, " ×", 1.2)?;
    }
    at_most(out, "audit: an appended event ≤ 5 µs of processor", results.summary(&cost("all")), " µs", 5.0)
}

/// The table.
pub fn audits(out: &mut String, bench: &Bench) -> Result<()> {
    out.push_str("\n## Auditing, by the length of the log\n\n");
    out.push_str(
        "`svod audit verify` as a program of its own, its start included: `--integrity`, and everything with the keys and the \
         vault. «1,000 new»: what came since a kept verification, codes and vault too, in the measuring process on a store that is \
         open, and by the program, which connects and looks at the guards of the database. Beside it, in the measuring process on one thread: the same rows read through the store and dropped, and up to \
         100,000 of them hashed in memory, leaves and tree. Past states in the measuring process: everything at the end of the \
         log, folded, and folded and written; one record, p99 of 200. What takes milliseconds is the middle of nine times. \
         Peaks of memory are compared with those of the log before, because one of a thousand entries is read in two pages.\n\n| store | entries |",
    );
    let columns = [
        ("scan", "read, entries/s", 0),
        ("tree", "hashed, entries/s", 0),
        ("integrity", "integrity, entries/s", 0),
        ("full", "everything, entries/s", 0),
        ("full-processor", "µs of processor an entry", 1),
        ("full-peak", "MiB", 0),
        ("since", "ms, 1,000 new", 1),
        ("since-program", "ms, as a program", 1),
        ("start", "ms, start alone", 1),
        ("record", "ms, one record", 2),
        ("whole", "s, state of everything", 2),
        ("whole-written", "s, and written", 2),
    ];
    for (_, title, _) in columns {
        write!(out, " {title} |")?;
    }
    writeln!(out, "\n|---|---|{}", "---|".repeat(columns.len()))?;
    for kind in Kind::ALL {
        for events in &bench.plan.logs {
            write!(out, "| {} | {} |", kind.as_str(), count(*events))?;
            for (what, _, digits) in columns {
                write!(out, " {} |", cell(bench.results.summary(&name(kind, *events, what)), digits))?;
            }
            out.push('\n');
        }
    }
    out.push_str(
        "\nWhat the defences add to an appended event, µs on one thread; a signature serves 256 entries.\n\n",
    );
    out.push_str("| leaf | tree | code | head: signature and code | together |\n|---|---|---|---|---|\n|");
    for what in ["leaf", "node", "mac", "head", "all"] {
        write!(
            out,
            " {} |",
            cell(bench.results.summary(&cost(what)).map(|summary| scaled(summary, 1.0)), 2)
        )?;
    }
    out.push('\n');
    Ok(())
}
