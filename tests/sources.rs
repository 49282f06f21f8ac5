//! The project's own sources, read for the tests that hold the tree to its rules.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Item, Meta};

/// One Rust file.
pub(crate) struct Source {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// A piece of code with the line it starts on.
pub(crate) struct Located {
    pub(crate) line: usize,
    pub(crate) text: String,
}

impl Source {
    /// Whether the whole file is a test, an example or a measurement: what holds for code does not bind it.
    pub(crate) fn is_test(&self) -> bool {
        let folders = ["tests/", "examples/", "benches/"];
        let is_in =
            |folder: &&str| self.path.starts_with(*folder) || self.path.contains(&format!("/{folder}"));
        folders.iter().any(is_in) || ["/tests.rs", "_tests.rs"].iter().any(|end| self.path.ends_with(end))
    }

    /// The code without its tests and the number of lines they took.
    pub(crate) fn without_tests(&self) -> (syn::File, usize) {
        let mut file =
            syn::parse_file(&self.text).unwrap_or_else(|error| panic!("{} is not Rust: {error}", self.path));
        let mut strip = StripTests { lines: 0 };
        strip.visit_file_mut(&mut file);
        (file, strip.lines)
    }
}

/// Every Rust file of the workspace, in order.
pub(crate) fn rust_files() -> Vec<Source> {
    files(&["crates", "tests"], &["rs"])
}

/// Every file with one of the extensions under the folders, in order.
pub(crate) fn files(folders: &[&str], extensions: &[&str]) -> Vec<Source> {
    let mut paths = Vec::new();
    for folder in folders {
        collect(&root().join(folder), extensions, &mut paths);
    }
    paths.sort();
    paths
        .into_iter()
        .map(|path| Source {
            text: fs::read_to_string(&path)
                .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display())),
            path: path
                .strip_prefix(root())
                .expect("found under the root")
                .to_string_lossy()
                .replace('\\', "/"),
        })
        .collect()
}

/// The root of the project.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the project").to_path_buf()
}

fn collect(folder: &Path, extensions: &[&str], found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                collect(&path, extensions, found);
            }
        } else if extensions.iter().any(|extension| name.ends_with(&format!(".{extension}"))) {
            found.push(path);
        }
    }
}

/// Text with the line of its place.
pub(crate) fn located(span: Span, text: String) -> Located {
    Located { line: span.start().line, text }
}

/// Visits every token but those of comments; says of each whether `::` stands before it.
pub(crate) fn walk(tokens: TokenStream, visit: &mut impl FnMut(&TokenTree, bool)) {
    let mut colons = 0;
    let mut after_hash = false;
    for token in tokens {
        match &token {
            TokenTree::Group(group) if after_hash && is_comment(&group.stream()) => {}
            TokenTree::Group(group) => walk(group.stream(), visit),
            token => visit(token, colons == 2),
        }
        let mark = match &token {
            TokenTree::Punct(punct) => punct.as_char(),
            _ => ' ',
        };
        colons = if mark == ':' { colons + 1 } else { 0 };
        after_hash = mark == '#' || (after_hash && mark == '!');
    }
}

fn is_comment(attribute: &TokenStream) -> bool {
    matches!(attribute.clone().into_iter().next(), Some(TokenTree::Ident(name)) if name == "doc")
}

struct StripTests {
    lines: usize,
}

impl VisitMut for StripTests {
    fn visit_file_mut(&mut self, file: &mut syn::File) {
        self.strip(&mut file.items);
        visit_mut::visit_file_mut(self, file);
    }

    fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
        if let Some((_, items)) = &mut module.content {
            self.strip(items);
        }
        visit_mut::visit_item_mod_mut(self, module);
    }
}

impl StripTests {
    fn strip(&mut self, items: &mut Vec<Item>) {
        items.retain(|item| {
            let kept = !attributes(item).iter().any(is_test_only);
            if !kept {
                self.lines += line_count(item);
            }
            kept
        });
    }
}

/// How many lines a piece of code takes.
pub(crate) fn line_count(code: &impl ToTokens) -> usize {
    let mut tokens = code.to_token_stream().into_iter();
    let Some(first) = tokens.next() else { return 0 };
    let start = first.span().start().line;
    let end = tokens.last().unwrap_or(first).span().end().line;
    end + 1 - start
}

fn is_test_only(attribute: &Attribute) -> bool {
    match &attribute.meta {
        Meta::Path(path) => path.segments.last().is_some_and(|last| last.ident == "test"),
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string();
            condition == "test" || condition.starts_with("all (test ,") || condition.starts_with("all(test,")
        }
        _ => false,
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
