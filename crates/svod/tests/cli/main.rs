//! The program as a person or a script calls it: what it prints, and how it ends.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed; its helpers are no different")]

mod audit;
mod contract;
mod demo;
mod doctor;
mod erasing;
mod ground;
mod importing;
mod looking_back;
mod office;
mod opening;
mod principals;
mod proofs;
mod quarantine;
mod reports;
mod reproduce;
mod sending;
mod since;
mod witness;
