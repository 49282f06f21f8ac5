//! The report's part on documents: the goals with what was measured, and the tables.

use std::fmt::Write as _;

use anyhow::Result;

use crate::bench::Bench;
use crate::documents::{REAL, name};
use crate::documents_child::SHEET_RECORDS_MAX;
use crate::goals::{at_most, goal};
use crate::report::{cell, count, scaled};
use crate::results::Summary;

/// The versions that `Cargo.toml`, `typst/Cargo.toml`, `requirements.txt` and `node/package.json` name.
const DOCX_RS: &str = "docx-rs 0.4.22";
const DOCXTPL: &str = "docxtpl 0.20.2";
const DOCXTEMPLATER: &str = "docxtemplater 3.71.0";
const TYPST: &str = "typst 0.15.1";
const XLSXWRITER: &str = "rust_xlsxwriter 0.102.0";
const PYTHON_DOCX: &str = "python-docx 1.2.0";

/// Figures of one size by what they are of.
struct Of<'a> {
    bench: &'a Bench,
    records: usize,
}

impl Of<'_> {
    fn figure(&self, what: &str, figure: &str) -> Option<Summary> {
        self.bench.results.summary(&name(what, self.records, figure))
    }

    /// In thousandths of what it was measured in.
    fn thousandths(&self, what: &str, figure: &str) -> Option<Summary> {
        self.figure(what, figure).map(|summary| scaled(summary, 1e3))
    }

    fn ratio(&self, (upper, over): (&str, &str), (lower, under): (&str, &str)) -> Option<Summary> {
        let name = |what, figure| name(what, self.records, figure);
        self.bench.results.ratio(&name(upper, over), &name(lower, under))
    }
}

/// The goals of all documents.
pub fn goals(out: &mut String, bench: &Bench) -> Result<()> {
    let of = Of { bench, records: bench.plan.records };
    let many = count(of.records);
    word(out, &of, &many)?;
    others(out, &of, &many)?;
    let all = bench.results.summary(&name("all", REAL, "seconds")).map(|seconds| scaled(seconds, 1e3));
    at_most(out, &format!("every format of {REAL} records in one pass ≤ 60 ms"), all, " ms", 60.0)?;
    import(out, &of, &many)
}

fn word(out: &mut String, of: &Of<'_>, many: &str) -> Result<()> {
    let docx = ("docx", "seconds");
    let title = |what: &str| format!("DOCX of {many} records: {what}");
    at_most(
        out,
        &title("time ≤ 1.3 × that of deflating its XML"),
        of.ratio(docx, ("docx", "deflate")),
        " ×",
        1.3,
    )?;
    let peer = |peer| of.ratio((peer, "seconds"), docx);
    goal(out, &title(&format!("time of {DOCX_RS} ≥ 4 × ours")), peer("docx-rs"), " ×", 4.0, 1.0)?;
    goal(out, &title(&format!("time of {DOCXTPL} ≥ 15 × ours")), peer("docxtpl"), " ×", 15.0, 1.0)?;
    let (memory, stream) = ("mib", "stream-docx");
    at_most(out, &title("peak memory ≤ 16 MiB"), of.figure(stream, memory), " MiB", 16.0)?;
    let leaner = of.ratio(("docx-rs-stream", memory), (stream, memory));
    goal(out, &title(&format!("memory of {DOCX_RS} ≥ 18 × ours")), leaner, " ×", 18.0, 1.0)?;
    if let Some(long) = of.bench.plan.records_long {
        let flat = of.bench.results.ratio(&name(stream, long, memory), &name(stream, of.records, memory));
        let what = format!("DOCX: peak memory with {} records ÷ with {many} ≤ 1.1", count(long));
        at_most(out, &what, flat, " ×", 1.1)?;
    }
    at_most(out, "form of a region: compiled in ≤ 10 ms", of.thousandths("form", "compile"), " ms", 10.0)?;
    let fill = of.ratio(("form", "seconds"), ("form", "built-in"));
    at_most(
        out,
        &format!("form of a region: {many} records in ≤ 1.3 × the time of the built-in form"),
        fill,
        " ×",
        1.3,
    )
}

fn others(out: &mut String, of: &Of<'_>, many: &str) -> Result<()> {
    let title = |what: &str| format!("PDF/A-2a and PDF/UA-1 of {many} records: {what}");
    let faster = of.ratio(("typst", "seconds"), ("pdf", "seconds"));
    goal(out, &title(&format!("time of {TYPST} ≥ 10 × ours")), faster, " ×", 10.0, 1.0)?;
    let leaner = of.ratio(("typst", "mib"), ("stream-pdf", "mib"));
    goal(out, &title(&format!("memory of {TYPST} ≥ 16 × ours")), leaner, " ×", 16.0, 1.0)?;
    at_most(out, &title("≤ 2 s"), of.figure("pdf", "seconds"), " s", 2.0)?;
    at_most(out, &title("peak memory ≤ 128 MiB"), of.figure("stream-pdf", "mib"), " MiB", 128.0)?;
    let alone = of.ratio(("xlsx", "seconds"), ("xlsx", "alone"));
    let what = format!("XLSX of {many} records: time ≤ 1.2 × that of {XLSXWRITER} alone");
    at_most(out, &what, alone, " ×", 1.2)
}

fn import(out: &mut String, of: &Of<'_>, many: &str) -> Result<()> {
    let title = |what: &str| format!("import of a DOCX of {many} records: {what}");
    let ours = "read-docx";
    at_most(out, &title("read and understood in ≤ 0.25 s"), of.figure(ours, "all"), " s", 0.25)?;
    at_most(out, &title("peak memory of reading ≤ 48 MiB"), of.figure(ours, "mib"), " MiB", 48.0)?;
    let peer = |peer, figure| of.ratio((peer, figure), (ours, figure));
    let (rust, python) = ("docx-rs-read", "python-docx-read");
    goal(out, &title(&format!("time of {DOCX_RS} ≥ 2.5 × ours")), peer(rust, "seconds"), " ×", 2.5, 1.0)?;
    goal(out, &title(&format!("memory of {DOCX_RS} ≥ 6 × ours")), peer(rust, "mib"), " ×", 6.0, 1.0)?;
    goal(
        out,
        &title(&format!("time of {PYTHON_DOCX} ≥ 15 × ours")),
        peer(python, "seconds"),
        " ×",
        15.0,
        1.0,
    )?;
    for (what, of_what) in [("bomb", "empty paragraphs"), ("padded-bomb", "with comments between them")] {
        let bytes = of.figure(what, "bytes").map_or(0.0, |bytes| bytes.median / 1e3);
        let title = format!("import: a bomb of {bytes:.0} KB, {of_what}, refused in ≤ 50 ms");
        at_most(out, &title, of.thousandths(what, "seconds"), " ms", 50.0)?;
    }
    Ok(())
}

/// The tables.
pub fn documents(out: &mut String, bench: &Bench) -> Result<()> {
    let of = Of { bench, records: bench.plan.records };
    writeln!(out, "\n## Documents of {} records\n", count(of.records))?;
    out.push_str(
        "Each row in processes of its own. Time: from records in memory to a file in memory, the fastest of a few; Python's \
         and node's starts do not count. Memory (VmHWM) is that of another process, which makes its records, or reads the printed rows \
         of them, one by one and writes to a file; docxtpl, docxtemplater and typst take all rows at once. The words are invented and \
         distributed as those of a language. Others make the same rows: docx-rs without a repeated heading row, docxtpl and docxtemplater in \
         forms of their own, typst with outline and tags by the same standards, rust_xlsxwriter the very cells of our sheet.\n\n",
    );
    out.push_str("| | s | MiB | MB |\n|---|---|---|---|\n");
    let rows = [
        ("DOCX".to_owned(), ("docx", "seconds"), "stream-docx", "docx"),
        (format!("– {DOCX_RS}"), ("docx-rs", "seconds"), "docx-rs-stream", "docx-rs"),
        (format!("– {DOCXTPL}"), ("docxtpl", "seconds"), "docxtpl", "docxtpl"),
        (format!("– {DOCXTEMPLATER}"), ("docxtemplater", "seconds"), "docxtemplater", "docxtemplater"),
        ("DOCX in a form of a region".to_owned(), ("form", "seconds"), "", ""),
        ("PDF/A-2a, PDF/UA-1".to_owned(), ("pdf", "seconds"), "stream-pdf", "pdf"),
        (format!("– {TYPST}"), ("typst", "seconds"), "typst", "typst"),
        ("XLSX".to_owned(), ("xlsx", "seconds"), "stream-xlsx", "xlsx"),
        (format!("– {XLSXWRITER} alone"), ("xlsx", "alone"), "", ""),
        ("ODT".to_owned(), ("odt", "seconds"), "stream-odt", "odt"),
        ("HTML".to_owned(), ("html", "seconds"), "stream-html", "html"),
        ("JSON".to_owned(), ("json", "seconds"), "stream-json", "json"),
    ];
    for (title, (what, seconds), memory, bytes) in rows {
        let megabytes = of.figure(bytes, "bytes").map(|bytes| scaled(bytes, 1e-6));
        let (seconds, memory) = (of.figure(what, seconds), of.figure(memory, "mib"));
        writeln!(out, "| {title} | {} | {} | {} |", cell(seconds, 3), cell(memory, 1), cell(megabytes, 2))?;
    }
    if let Some(long) = bench.plan.records_long {
        let of = Of { bench, records: long };
        let figure = |figure, by, digits| {
            cell(of.figure("stream-docx", figure).map(|summary| scaled(summary, by)), digits)
        };
        writeln!(
            out,
            "\nA DOCX of {} records, made and written one by one: {} s, {} MiB, {} MB.",
            count(long),
            figure("seconds", 1.0, 1),
            figure("mib", 1.0, 1),
            figure("bytes", 1e-6, 0)
        )?;
    }
    packing(out, bench)?;
    reading(out, &of)
}

fn packing(out: &mut String, bench: &Bench) -> Result<()> {
    out.push_str(
        "\nThe DOCX beside packing its finished parts again with the same library at the same level.\n\n",
    );
    out.push_str(
        "| records | ms rendering | ms deflating | rendering ÷ deflating | MB of XML | MB of document |\n",
    );
    out.push_str("|---|---|---|---|---|---|\n");
    let mut sizes = bench.plan.quarters.clone();
    sizes.push(bench.plan.records);
    sizes.sort_unstable();
    sizes.dedup();
    for records in sizes {
        let of = Of { bench, records };
        let megabytes = |figure| of.figure("docx", figure).map(|bytes| scaled(bytes, 1e-6));
        writeln!(
            out,
            "| {} | {} | {} | {} × | {} | {} |",
            count(records),
            cell(of.thousandths("docx", "seconds"), 2),
            cell(of.thousandths("docx", "deflate"), 2),
            cell(of.ratio(("docx", "seconds"), ("docx", "deflate")), 2),
            cell(megabytes("xml"), 2),
            cell(megabytes("bytes"), 3)
        )?;
    }
    Ok(())
}

fn reading(out: &mut String, of: &Of<'_>) -> Result<()> {
    writeln!(out, "\n## Import of a file of {} records\n", count(of.records))?;
    out.push_str(
        "From the bytes of a file to the text of every cell; then, ours alone, to records that may be filed.\n\n\
         | | s, read | MiB | s, understood | MiB |\n|---|---|---|---|---|\n",
    );
    for (title, what) in [
        ("DOCX".to_owned(), "read-docx"),
        (format!("– {DOCX_RS}"), "docx-rs-read"),
        (format!("– {PYTHON_DOCX}"), "python-docx-read"),
        (format!("XLSX of {} records", count(of.records.min(SHEET_RECORDS_MAX))), "read-xlsx"),
    ] {
        let said = |figure, digits| cell(of.figure(what, figure), digits);
        let (seconds, memory) = (said("seconds", 3), said("mib", 1));
        let (understood, after) = (said("understand", 3), said("mib-understood", 1));
        writeln!(out, "| {title} | {seconds} | {memory} | {understood} | {after} |")?;
    }
    Ok(())
}
