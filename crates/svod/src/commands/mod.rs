//! One command, one file.

pub(crate) mod run;
