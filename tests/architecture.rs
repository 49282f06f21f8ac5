//! Who may know whom, who owns which library, and what the pure crates may not touch.
//!
//! The tables are the rule; docs/ARCHITECTURE.md gives the reasons. Dependencies of tests alone are free.

mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use proc_macro2::TokenTree;
use quote::ToTokens;
use serde_json::Value;
use sources::{Located, located, walk};

/// Each crate with the crates it may know.
const ARROWS: &[(&str, &[&str])] = &[
    // everywhere: nothing at all in a released program
    ("svod-crash", &[]),
    // ground: neither knows the other
    ("svod-domain", &[]),
    ("svod-log", &[]),
    // sockets
    ("svod-http", &[]),
    // persons
    ("svod-seal", &["svod-log"]),
    // words
    ("svod-text", &["svod-domain"]),
    // running
    ("svod-engine", &["svod-crash", "svod-domain", "svod-log", "svod-seal"]),
    // edges
    ("svod-store", &["svod-crash", "svod-log"]),
    ("svod-amqp", &["svod-crash", "svod-engine", "svod-text", "svod-domain", "svod-log"]),
    ("svod-gateway", &["svod-crash", "svod-engine", "svod-http", "svod-text", "svod-domain", "svod-log"]),
    ("svod-report", &["svod-crash", "svod-engine", "svod-text", "svod-domain", "svod-log"]),
    ("svod-witness", &["svod-http", "svod-log"]),
    // programs
    ("svod-audit", &["svod-log"]),
    (
        "svod",
        &[
            "svod-crash",
            "svod-domain",
            "svod-log",
            "svod-seal",
            "svod-text",
            "svod-engine",
            "svod-store",
            "svod-amqp",
            "svod-gateway",
            "svod-report",
            "svod-witness",
        ],
    ),
];

/// Libraries that one crate keeps to itself, so that they can be exchanged behind its back.
const OWNERS: &[(&str, &str)] = &[
    ("sqlx", "svod-store"),
    ("rusqlite", "svod-store"),
    ("lapin", "svod-amqp"),
    ("axum", "svod-gateway"),
    ("rust_xlsxwriter", "svod-report"),
    ("zip", "svod-report"),
    ("krilla", "svod-report"),
    ("hayro-syntax", "svod-report"),
    ("harfrust", "svod-report"),
    ("quick-xml", "svod-report"),
    ("csv", "svod-report"),
    ("html5gum", "svod-report"),
    ("aws-lc-rs", "svod-seal"),
];

/// Most libraries of others that are in the auditor's program: whoever is to trust it has to trust them, too. What only
/// runs while it is built is not counted.
const AUDIT_LIBRARIES_MAX: usize = 22;

/// Crates that compute and do nothing else.
const PURE: &[&str] = &["svod-domain", "svod-text"];

/// Libraries by which a crate waits, speaks or rolls dice.
const IMPURE_LIBRARIES: &[&str] = &[
    "tokio",
    "tokio-util",
    "async-trait",
    "futures-util",
    "tracing",
    "metrics",
    "reqwest",
    "rand",
    "getrandom",
];

/// Ends of paths by which code asks the machine: the clock, chance, files, the network, other programs.
const IMPURE_PATHS: &[&str] = &[
    "Timestamp::now",
    "Zoned::now",
    "SystemTime::now",
    "Instant::now",
    "Uuid::new_v4",
    "Uuid::now_v7",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
];

#[test]
fn crates_know_only_whom_they_may() {
    expect_nothing(&forbidden_arrows(&workspace()));
}

#[test]
fn a_library_is_named_only_by_its_owner() {
    expect_nothing(&strays(&workspace()));
}

#[test]
fn pure_crates_name_no_library_that_acts() {
    expect_nothing(&impurities(&workspace()));
}

#[test]
fn pure_crates_do_not_ask_the_machine() {
    let complaints: Vec<String> = sources::rust_files()
        .iter()
        .filter(|source| PURE.iter().any(|pure| source.path.starts_with(&format!("{}/src/", folder(pure)))))
        .flat_map(|source| questions_to_the_machine(source, IMPURE_PATHS))
        .collect();
    expect_nothing(&complaints);
}

#[test]
fn the_auditors_program_is_made_of_few_libraries() {
    let arguments = ["tree", "--package=svod-audit", "--prefix=none", "--edges=normal,no-proc-macro"];
    let tree = cargo(&[&arguments[..], &["--offline", "--format={p}"]].concat());
    let names =
        tree.lines().filter_map(|line| line.split(' ').next()).filter(|name| !name.starts_with("svod-"));
    let libraries: BTreeSet<&str> = names.collect();
    assert!(libraries.contains("sha2"), "{libraries:?}");
    assert!(libraries.len() <= AUDIT_LIBRARIES_MAX, "{} libraries: {libraries:?}", libraries.len());
}

#[test]
fn only_programs_read_the_environment() {
    let complaints: Vec<String> = sources::rust_files()
        .iter()
        .filter(|source| source.path.starts_with("crates/") && !source.is_test())
        .filter(|source| {
            !source.path.starts_with("crates/svod/") && !source.path.starts_with("crates/audit/")
        })
        .flat_map(|source| questions_to_the_machine(source, &["env::var", "env::var_os", "env::vars"]))
        .collect();
    expect_nothing(&complaints);
}

#[test]
fn a_forbidden_arrow_is_seen() {
    let workspace = crates(&[("svod-store", &["svod-log", "svod-domain", "serde"]), ("svod-log", &["svod"])]);
    assert_eq!(
        forbidden_arrows(&workspace),
        ["svod-log may not know svod", "svod-store may not know svod-domain"]
    );
    assert_eq!(forbidden_arrows(&crates(&[("svod-new", &[])])), ["svod-new is not in the table of arrows"]);
}

#[test]
fn a_stray_library_is_seen() {
    let workspace =
        crates(&[("svod", &["sqlx", "lapin"]), ("svod-amqp", &["lapin"]), ("svod-text", &["tokio"])]);
    assert_eq!(
        strays(&workspace),
        ["only svod-store may name sqlx, not svod", "only svod-amqp may name lapin, not svod"]
    );
    assert_eq!(impurities(&workspace), ["svod-text is pure and may not name tokio"]);
}

#[test]
fn a_question_to_the_machine_is_seen_outside_tests_and_comments() {
    let source = sources::Source {
        path: "crates/domain/src/rule.rs".to_owned(),
        text: "//! Never std::env::var.\nfn due() -> bool {\n    check!(jiff::Timestamp::now() > last)\n}\n\
               #[cfg(test)]\nmod tests {\n    fn now() { jiff::Timestamp::now(); }\n}\n"
            .to_owned(),
    };
    assert_eq!(
        questions_to_the_machine(&source, IMPURE_PATHS),
        ["crates/domain/src/rule.rs:3: jiff::Timestamp::now asks the machine"]
    );
}

/// The crates under crates/ with everything they name, the dependencies of tests left out.
type Workspace = BTreeMap<String, Vec<String>>;

fn forbidden_arrows(workspace: &Workspace) -> Vec<String> {
    let mut complaints = Vec::new();
    for (name, dependencies) in workspace {
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| known == name) else {
            complaints.push(format!("{name} is not in the table of arrows"));
            continue;
        };
        for dependency in dependencies {
            let ours = dependency == "svod" || dependency.starts_with("svod-");
            if ours && !allowed.contains(&dependency.as_str()) {
                complaints.push(format!("{name} may not know {dependency}"));
            }
        }
    }
    complaints
}

fn strays(workspace: &Workspace) -> Vec<String> {
    let mut complaints = Vec::new();
    for (library, owner) in OWNERS {
        for (name, dependencies) in workspace {
            if name != owner && dependencies.iter().any(|dependency| dependency == library) {
                complaints.push(format!("only {owner} may name {library}, not {name}"));
            }
        }
    }
    complaints
}

fn impurities(workspace: &Workspace) -> Vec<String> {
    let mut complaints = Vec::new();
    for name in PURE {
        for dependency in workspace.get(*name).into_iter().flatten() {
            if IMPURE_LIBRARIES.contains(&dependency.as_str()) {
                complaints.push(format!("{name} is pure and may not name {dependency}"));
            }
        }
    }
    complaints
}

fn questions_to_the_machine(source: &sources::Source, questions: &[&str]) -> Vec<String> {
    if source.is_test() {
        return Vec::new();
    }
    paths(&source.without_tests().0)
        .iter()
        .filter(|path| questions.iter().any(|question| names(&path.text, question)))
        .map(|path| format!("{}:{}: {} asks the machine", source.path, path.line, path.text))
        .collect()
}

/// The paths that the code names (`std::env::var`), in macros too. A name that is reached through `use` stands with
/// what is left of it, so callers look for the ends of paths.
fn paths(file: &syn::File) -> Vec<Located> {
    let mut found: Vec<Located> = Vec::new();
    walk(file.to_token_stream(), &mut |token, joined| {
        let TokenTree::Ident(ident) = token else { return };
        match found.last_mut() {
            Some(last) if joined => {
                last.text.push_str("::");
                last.text.push_str(&ident.to_string());
            }
            _ => found.push(located(ident.span(), ident.to_string())),
        }
    });
    found
}

/// Whether `path` holds the segments of `part`, one after the other.
fn names(path: &str, part: &str) -> bool {
    format!("::{path}::").contains(&format!("::{part}::"))
}

fn folder(name: &str) -> String {
    format!("crates/{}", name.trim_start_matches("svod-"))
}

/// What cargo prints.
fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(arguments)
        .current_dir(sources::root())
        .output()
        .expect("cargo runs the tests, so it is there");
    assert!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo prints UTF-8")
}

fn workspace() -> Workspace {
    let printed = cargo(&["metadata", "--no-deps", "--offline", "--format-version=1"]);
    let metadata: Value = serde_json::from_str(&printed).expect("cargo metadata prints JSON");
    let inside = format!("{}/crates/", sources::root().display());
    let list = |value: &Value| value.as_array().cloned().expect("cargo metadata has lists here");
    let text = |value: &Value| value.as_str().map(str::to_owned).expect("cargo metadata has text here");
    list(&metadata["packages"])
        .iter()
        .filter(|package| text(&package["manifest_path"]).starts_with(&inside))
        .map(|package| {
            let dependencies = list(&package["dependencies"]);
            let named = dependencies.iter().filter(|dependency| dependency["kind"] != "dev");
            (text(&package["name"]), named.map(|dependency| text(&dependency["name"])).collect())
        })
        .collect()
}

fn crates(list: &[(&str, &[&str])]) -> Workspace {
    list.iter()
        .map(|(name, dependencies)| {
            ((*name).to_owned(), dependencies.iter().map(|&d| d.to_owned()).collect())
        })
        .collect()
}

#[track_caller]
fn expect_nothing(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn a_released_program_cannot_be_killed_at_a_point() {
    let mut cargo = Command::new(env!("CARGO"));
    let tree = cargo
        .args([
            "tree",
            "--offline",
            "--package",
            "svod",
            "--edges",
            "normal,features",
            "--invert",
            "svod-crash",
        ])
        .current_dir(sources::root())
        .output()
        .expect("cargo runs");
    let tree = String::from_utf8_lossy(&tree.stdout);
    assert!(tree.contains("svod-crash"), "{tree}");
    assert!(!tree.contains("armed"), "{tree}");
}
