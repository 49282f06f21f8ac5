//! `svod send`: messages to the ledger, over the broker, over HTTP or in this process; their receipts back.

pub(super) mod direct;
mod http;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use indicatif::ProgressBar;
use serde_json::value::RawValue;
use svod_amqp::{BrokerUrls, Link, Progress, SendError, SendOptions};
use svod_engine::receipt::{Verdict, read_receipt};
use svod_text::terminal::{self, SENDING};

use crate::config::Config;
use crate::exit::Failure;
use crate::{print, progress};

/// How long to go on when no receipt comes.
const PATIENCE: Duration = Duration::from_mins(1);

/// Send messages and print their receipts
///
/// FILE holds CloudEvents in JSON: one, an array, or one after another (NDJSON). Sending the same file again is harmless:
/// the same message gets the same receipt for ever. Without --amqp and --http the messages are handled in this process,
/// on the configured ledger, as the principal --as.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  svod send messages.ndjson --http http://127.0.0.1:8080 --token svod_…
  svod send messages.json --amqp amqp://m-66701000:PASSWORD@127.0.0.1/svod
  cat message.json | svod send - --as m-66701000 --json

Exit status: 0 all recorded, 1 some refused, 3 not all answered.")]
pub(crate) struct Send {
    /// Where the messages are; - is the standard input
    file: PathBuf,
    /// Over this broker, as the user in the address
    #[arg(long, value_name = "URLS", conflicts_with = "http")]
    amqp: Option<BrokerUrls>,
    /// Over HTTP to this service
    #[arg(long, value_name = "URL", requires = "token")]
    http: Option<String>,
    /// The principal's token, for --http
    #[arg(long, env = "SVOD_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Whose the messages are, when they are handled in this process
    #[arg(long = "as", value_name = "NAME", conflicts_with_all = ["amqp", "http"])]
    principal: Option<String>,
    /// Print receipts as JSON, one a line
    #[arg(long)]
    json: bool,
}

impl Send {
    /// Sends, and prints every receipt that came, also when others did not.
    pub(crate) async fn run(&self, config: &Config) -> Result<(), Failure> {
        let text = read(&self.file).map_err(Failure::usage)?;
        let messages = split(&text).with_context(|| format!("reading {}", self.file.display()));
        let messages = messages.map_err(Failure::usage)?;
        let mut receipts = Receipts::new(messages.len(), self.json);
        let sent = match (&self.amqp, &self.http, &self.token, &self.principal) {
            (Some(urls), ..) => over_broker(urls, &messages, &mut receipts).await,
            (None, Some(url), Some(token), _) => http::send(url, token, &messages, &mut receipts).await,
            (None, None, _, Some(name)) => direct::send(config, name, &messages, &mut receipts).await,
            (None, ..) => {
                let error =
                    anyhow::anyhow!("say how: --amqp URL, --http URL, or --as NAME to handle them here");
                Err(Failure::usage(error))
            }
        };
        receipts.end(sent)
    }
}

/// Receipts in the order of their messages, printed as soon as those before them are.
pub(super) struct Receipts {
    json: bool,
    bar: ProgressBar,
    waiting: BTreeMap<usize, Vec<u8>>,
    next: usize,
    recorded: usize,
    refused: usize,
}

impl Receipts {
    /// Before any of so many has come.
    pub(super) fn new(count: usize, json: bool) -> Self {
        let bar = progress::bar(SENDING, count as u64);
        Self { json, bar, waiting: BTreeMap::new(), next: 0, recorded: 0, refused: 0 }
    }

    /// Takes the receipt of a message.
    pub(super) fn take(&mut self, index: usize, receipt: Vec<u8>) -> Result<(), Failure> {
        self.bar.inc(1);
        self.waiting.insert(index, receipt);
        while let Some(receipt) = self.waiting.remove(&self.next) {
            self.next += 1;
            self.print(&receipt)?;
        }
        Ok(())
    }

    /// Says what is wrong and tried again.
    #[expect(clippy::print_stderr, reason = "receipts alone are the output")]
    fn waits(&self, error: &str) {
        self.bar.suspend(|| eprintln!("svod: {error}; trying again"));
    }

    fn print(&mut self, receipt: &[u8]) -> Result<(), Failure> {
        let verdict = self.bar.suspend(|| print_receipt(receipt, self.json))?;
        match verdict {
            Verdict::Recorded => self.recorded += 1,
            Verdict::Refused => self.refused += 1,
        }
        Ok(())
    }

    /// Prints what is left, and says how it went.
    pub(super) fn end(mut self, sent: Result<(), Failure>) -> Result<(), Failure> {
        if let Err(Failure::ReaderGone) = sent {
            return sent;
        }
        for receipt in std::mem::take(&mut self.waiting).into_values() {
            self.print(&receipt)?;
        }
        self.bar.finish_and_clear();
        sent?;
        if !self.json {
            print::line(terminal::sent(self.recorded, self.refused))?;
        }
        if self.refused > 0 { Err(Failure::FoundWrong) } else { Ok(()) }
    }
}

/// Prints a receipt: its bytes, or a line for people.
pub(super) fn print_receipt(receipt: &[u8], json: bool) -> Result<Verdict, Failure> {
    let data = read_receipt(receipt).context("reading a receipt").map_err(Failure::unavailable)?.data;
    if json {
        print::bytes(&[receipt, b"\n"].concat())?;
        return Ok(data.outcome);
    }
    let message = data.message_id.as_deref().unwrap_or(terminal::UNNAMED);
    let line = match data.outcome {
        Verdict::Recorded => {
            let is_late = data.late.unwrap_or_default();
            terminal::recorded(message, data.version, data.position, is_late, data.submission_id)
        }
        Verdict::Refused => {
            let words =
                [&data.code, &data.detail, &data.action].map(|word| word.as_deref().unwrap_or_default());
            terminal::refused(message, words[0], words[1], words[2])
        }
    };
    print::line(line)?;
    for warning in &data.warnings {
        print::line(format!("  {}", terminal::noticed(&warning.detail)))?;
    }
    Ok(data.outcome)
}

async fn over_broker(
    urls: &BrokerUrls,
    messages: &[Vec<u8>],
    receipts: &mut Receipts,
) -> Result<(), Failure> {
    // A broker that restarts is waited for; where none answers at the beginning, none will.
    Link::open(urls, 0, "send").await.map_err(Failure::unavailable)?.close().await;
    let options = SendOptions { urls: urls.clone(), patience: PATIENCE };
    let mut printed = Ok(());
    let sent = svod_amqp::send(&options, messages, |progress| match progress {
        Progress::Published { .. } => {}
        Progress::Answered { index, receipt } => {
            let taken = receipts.take(index, receipt);
            if printed.is_ok() {
                printed = taken;
            }
        }
        Progress::Waiting { error } => receipts.waits(&error),
    });
    let sent = sent.await;
    printed?;
    match sent {
        Ok(_receipts) => Ok(()),
        Err(
            error @ (SendError::Refused { .. }
            | SendError::NoIntake
            | SendError::Unanswered { .. }
            | SendError::Broker(_)),
        ) => Err(Failure::unavailable(error)),
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    if file != Path::new("-") {
        return std::fs::read(file).with_context(|| format!("reading {}", file.display()));
    }
    let mut text = vec![];
    std::io::stdin().lock().read_to_end(&mut text).context("reading the standard input")?;
    Ok(text)
}

/// Cuts a file into messages and leaves each as it was written: what is wrong inside one is said in its receipt.
fn split(text: &[u8]) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut messages = vec![];
    for value in serde_json::Deserializer::from_slice(text).into_iter::<&RawValue>() {
        let value = value.context("the messages are not JSON: one object, an array, or one after another")?;
        if value.get().starts_with('[') {
            let array: Vec<&RawValue> = serde_json::from_str(value.get())?;
            messages.extend(array.into_iter().map(|message| message.get().as_bytes().to_vec()));
        } else {
            messages.push(value.get().as_bytes().to_vec());
        }
    }
    anyhow::ensure!(!messages.is_empty(), "there are no messages in it");
    Ok(messages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, messages: &[&str]) {
        let split = split(text.as_bytes()).unwrap();
        let split: Vec<&str> = split.iter().map(|message| std::str::from_utf8(message).unwrap()).collect();
        assert_eq!(split, messages);
    }

    #[test]
    fn one_an_array_and_lines_are_messages_as_they_were_written() {
        check(r#"{"a": 1.0}"#, &[r#"{"a": 1.0}"#]);
        check(r#" [{"a":1}, 7] "#, &[r#"{"a":1}"#, "7"]);
        check("{\"a\":1}\n{\"b\":2}\r\n\n", &[r#"{"a":1}"#, r#"{"b":2}"#]);
    }

    #[test]
    fn what_is_no_json_and_what_is_empty_is_not_sent() {
        for text in ["", "[]", "hello", "{\"a\":1} {", "[{]"] {
            assert!(split(text.as_bytes()).is_err(), "{text:?}");
        }
    }
}
