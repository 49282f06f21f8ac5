//! Files as clerks make them and as enemies do: each is read as a person sees it, or refused with the reason. The files
//! are made here, part by part, so that each shows one thing.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests: a panic is how they fail")]

#[path = "import/delimited.rs"]
mod delimited;
#[path = "import/files.rs"]
mod files;
#[path = "import/hostile.rs"]
mod hostile;
#[path = "import/lists.rs"]
mod lists;
#[path = "import/mutants.rs"]
mod mutants;
#[path = "import/offices.rs"]
mod offices;
#[path = "import/opendocument.rs"]
mod opendocument;
#[path = "import/pages.rs"]
mod pages;
#[path = "import/seen.rs"]
mod seen;
#[path = "import/sheets.rs"]
mod sheets;
#[path = "import/tables.rs"]
mod tables;
#[path = "import/words.rs"]
mod words;
