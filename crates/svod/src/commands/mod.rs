//! One command, one file.

pub(crate) mod audit;
pub(crate) mod board;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod demo;
pub(crate) mod docs;
pub(crate) mod doctor;
pub(crate) mod erase;
pub(crate) mod import;
pub(crate) mod log;
pub(crate) mod migrate;
pub(crate) mod municipality;
pub(crate) mod principal;
pub(crate) mod quarantine;
pub(crate) mod quarter;
mod reading;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod send;
pub(crate) mod submission;
pub(crate) mod summary;
pub(crate) mod template;
pub(crate) mod views;
