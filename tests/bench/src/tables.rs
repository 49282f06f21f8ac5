//! Tables of the report: the limits, the edge, ledgers side by side.

use std::fmt::Write as _;

use anyhow::Result;

use crate::bench::Bench;
use crate::intake::{self, PACE};
use crate::ledger::Kind;
use crate::report::{cell, count, scaled};
use crate::{append, engine, limits, pairs, scale, visible};

/// What the databases can do with plain rows.
pub fn limits(out: &mut String, bench: &Bench) -> Result<()> {
    writeln!(
        out,
        "\n## Limits: plain rows a second\n\nRows of a place, a stream, a payload of some 600 bytes and metadata, on a key and an index as any \
         log has them; no rules, no receipts, no proofs, and by several connections in no order. {} rows are read, each payload \
         parsed and folded.\n\n| what | PostgreSQL | SQLite, synchronous FULL |\n|---|---|---|",
        count(usize::try_from(bench.plan.rows)?)
    )?;
    for (title, what) in [
        ("a row a transaction, 1 connection", "single-1"),
        ("the same, 8 connections", "single-8"),
        ("1,000 rows a transaction, 1 connection", "batch-1"),
        ("the same, 2 connections", "batch-2"),
        ("an entry and a receipt of a ledger as bare rows, 1,000 of each a transaction", pairs::WHAT),
        ("10,000 rows copied in in binary form", "copy-in"),
        ("read in order and folded", "read-1"),
        ("the same, two ranges at once", "read-2"),
        ("read, folded, and upserted into a view, 500 events a transaction", "upsert-500"),
        ("the same, 5,000 events a transaction", "upsert-5000"),
    ] {
        write!(out, "| {title} |")?;
        for kind in [Kind::Postgres, Kind::Sqlite] {
            write!(out, " {} |", cell(bench.results.summary(&limits::name(kind, what)), 0))?;
        }
        out.push('\n');
    }
    let of_pairs = |kind, upper: &str| {
        let ratio = bench.results.ratio(upper, &limits::name(kind, pairs::WHAT));
        cell(ratio.map(|ratio| scaled(ratio, 100.0)), 1)
    };
    let said = |kind| {
        let appends = of_pairs(kind, &append::name(kind, 1_000));
        let [some, many] = [256, 1_024].map(|senders| of_pairs(kind, &engine::name(kind, senders, "rate")));
        format!(
            "{appends} % in batches of 1,000 appends, {some} and {many} % of commands of 256 and 1,024 senders"
        )
    };
    writeln!(
        out,
        "\nAn append is two rows, with three keys and three times the bytes of a plain one. Of what the databases do with its bare \
         rows svod reaches, on PostgreSQL, {}; on SQLite {}.",
        said(Kind::Postgres),
        said(Kind::Sqlite)
    )?;
    Ok(())
}

/// How soon the board shows what was recorded.
pub fn visible(out: &mut String, bench: &Bench) -> Result<()> {
    out.push_str("\n## From the receipt to the board\n\n500 commands a second in the measuring process, the projector in it, too; every \
        tenth sender reads the board as soon as it has its receipt, and waits until its record is on it. «Stranger»: somebody leaves \
        a transaction open that has written, in the same and in another database of the server.\n\n\
        | store | ms, p50 | p99 | beside a stranger: p50 | p99 |\n|---|---|---|---|---|\n");
    for kind in Kind::ALL {
        write!(out, "| {} |", kind.as_str())?;
        for what in ["p50", "p99", "p50-stranger", "p99-stranger"] {
            write!(out, " {} |", cell(bench.results.summary(&visible::name(kind, what)), 2))?;
        }
        out.push('\n');
    }
    Ok(())
}

/// What else is asked of the edge.
pub fn edge(out: &mut String, bench: &Bench) -> Result<()> {
    writeln!(
        out,
        "\n«Naive»: a consumer that reads a message, records it in a transaction of its own on PostgreSQL, answers with a confirm and \
         acknowledges, and then takes the next: {} messages/s. «At {PACE} a second»: a sender that does not wait for receipts. «Each \
         twice»: every message comes again {} messages later; not one event more was recorded than there were messages.\n\n\
         | | × naive | ms until the receipt at {PACE} a second, p50 | p99 | new ones a second, each twice | of the rate |\n\
         |---|---|---|---|---|---|",
        cell(bench.results.summary("intake/naive/rate"), 0),
        intake::REPEATED_AFTER
    )?;
    for kind in Kind::ALL {
        let name = |what: &str| intake::through_svod(kind, what);
        let results = &bench.results;
        writeln!(
            out,
            "| svod on {} | {} × | {} | {} | {} | {} % |",
            kind.as_str(),
            cell(results.ratio(&name("rate"), "intake/naive/rate"), 1),
            cell(results.summary(&name("paced-p50")), 1),
            cell(results.summary(&name("paced-p99")), 1),
            cell(results.summary(&name("again")), 0),
            cell(results.ratio(&name("again"), &name("rate")).map(|ratio| scaled(ratio, 100.0)), 0)
        )?;
    }
    Ok(())
}

/// Ledgers side by side.
pub fn scale(out: &mut String, bench: &Bench) -> Result<()> {
    out.push_str("\n## Ledgers side by side\n\nEach with a service, a database and a virtual host of its own, on one PostgreSQL and one \
        RabbitMQ, and all of it on the processors named above; the same messages as through the broker, shared out.\n\n\
        | ledgers | messages with receipts a second, together | ÷ one ledger |\n|---|---|---|\n");
    for ledgers in &bench.plan.ledgers {
        let (rate, one) = (scale::name(*ledgers, "rate"), scale::name(1, "rate"));
        let ratio = bench.results.ratio(&rate, &one);
        writeln!(out, "| {ledgers} | {} | {} × |", cell(bench.results.summary(&rate), 0), cell(ratio, 2))?;
    }
    let said =
        |what: &str, digits| cell(bench.results.summary(&scale::name(scale::COUNTRY_LEDGERS, what)), digits);
    writeln!(
        out,
        "
The last hour of a quarter, in {} s: {} records to {} ledgers, ever more towards the end (e-fold in a quarter of the time, so at the end {} a second). A sender waited for its receipt {} ms (p50), {} ms (p99), {} ms (the last one of all). Then all ledgers were closed at once: {} s until the last document was there (nothing was approved, so it is the close of as many records as nobody reviewed and a document without any). [SCALE.md](SCALE.md) says what that is of a country.",
        scale::HOUR.as_secs(),
        count(bench.plan.country),
        scale::COUNTRY_LEDGERS,
        count(scale::peak(bench.plan.country)),
        said("p50", 1),
        said("p99", 1),
        said("last", 0),
        said("closed", 2)
    )?;
    Ok(())
}
