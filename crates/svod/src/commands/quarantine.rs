//! `svod quarantine`: messages that could not be handled, as they came; looked at, and sent again when the cause is
//! cured.

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::Value;
use svod_domain::ReasonCode;
use svod_engine::{Incoming, Outcome, Sender};
use svod_log::{Quarantined, READ_MAX, Store};
use svod_text::terminal::not_quarantined;

use super::send::print_receipt;
use crate::app::App;
use crate::config::Config;
use crate::exit::Failure;
use crate::print;

/// Messages that could not be handled: list, show, send again
#[derive(Args, Debug)]
pub(crate) struct Quarantine {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// List what lies in quarantine
    #[command(after_help = "Example:
  svod quarantine list --json")]
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show a message as it came: cause, sender, headers, body
    #[command(after_help = "Example:
  svod quarantine show 3")]
    Show {
        /// Its number
        number: u64,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Handle a message again, as its sender's; prints the receipt
    #[command(after_help = "Example:
  svod quarantine resend 3")]
    Resend {
        /// Its number
        number: u64,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// A message in quarantine.
#[derive(Serialize)]
struct Shown {
    number: u64,
    at: String,
    cause: String,
    sender: Option<String>,
    resent_at: Option<String>,
    size_bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<Value>,
    /// As text; bytes that are no UTF-8 are replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// The exact bytes, hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    body_hex: Option<String>,
}

impl Quarantine {
    /// Carries the verb out.
    pub(crate) async fn run(&self, config: &Config) -> Result<(), Failure> {
        let app = match &self.verb {
            Verb::List { .. } | Verb::Show { .. } => App::open(config).await,
            Verb::Resend { .. } => App::open_to_append(config).await,
        };
        let app = app.map_err(Failure::unavailable)?;
        let done = match &self.verb {
            Verb::List { json } => list(app.engine.store().as_ref(), *json).await,
            Verb::Show { number, json } => show(app.engine.store().as_ref(), *number, *json).await,
            Verb::Resend { number, json } => resend(&app, config, *number, *json).await,
        };
        app.close().await;
        done
    }
}

async fn list(store: &dyn Store, json: bool) -> Result<(), Failure> {
    let mut all = vec![];
    loop {
        let after = all.last().map_or(0, |last: &Shown| last.number);
        let page = store.quarantined(after, READ_MAX).await.map_err(Failure::unavailable)?;
        if page.is_empty() {
            break;
        }
        all.extend(page.iter().map(Shown::of));
    }
    if json {
        return print::json(&all);
    }
    let rows: Vec<[String; 6]> = all
        .into_iter()
        .map(|one| {
            let resent = one.resent_at.unwrap_or_default();
            let sender = one.sender.unwrap_or_default();
            [one.number.to_string(), one.at, one.cause, sender, one.size_bytes.to_string(), resent]
        })
        .collect();
    print::table(["NUMBER", "AT", "CAUSE", "SENDER", "BYTES", "RESENT"], &rows)
}

async fn show(store: &dyn Store, number: u64, json: bool) -> Result<(), Failure> {
    let message = find(store, number).await?;
    let shown = Shown {
        headers: Some(serde_json::from_str(&message.headers).unwrap_or(Value::Null)),
        body: Some(String::from_utf8_lossy(&message.body).into_owned()),
        body_hex: Some(hex::encode(&message.body)),
        ..Shown::of(&message)
    };
    if json {
        return print::json(&shown);
    }
    print::line(format!("number:  {number}\nat:      {}\ncause:   {}", shown.at, shown.cause))?;
    print::line(format!("sender:  {}", shown.sender.as_deref().unwrap_or("-")))?;
    print::line(format!("resent:  {}", shown.resent_at.as_deref().unwrap_or("-")))?;
    print::line(format!("headers: {}\n", message.headers))?;
    print::bytes(&message.body)?;
    print::line("")
}

async fn resend(app: &App, config: &Config, number: u64, json: bool) -> Result<(), Failure> {
    let store = app.engine.store();
    let message = find(store.as_ref(), number).await?;
    let name = message.sender.or_else(|| config.amqp.default_sender.clone());
    let sender = match name {
        None => Sender::Missing,
        Some(name) => match app.engine.principal(&name).await.map_err(Failure::unavailable)? {
            Some(actor) => Sender::Principal(actor),
            None => Sender::Unknown { name },
        },
    };
    let answered = app.engine.answer(Incoming { body: message.body, sender }).await;
    let answered = answered.map_err(Failure::unavailable)?;
    store.mark_resent(number, app.engine.now()).await.map_err(Failure::unavailable)?;
    print_receipt(&answered.receipt, json)?;
    match answered.outcome {
        Outcome::Recorded => Ok(()),
        Outcome::Refused(_) => Err(Failure::FoundWrong),
    }
}

async fn find(store: &dyn Store, number: u64) -> Result<Quarantined, Failure> {
    let absent = || Failure::no(ReasonCode::NotFound, not_quarantined(number));
    let before = number.checked_sub(1).ok_or_else(absent)?;
    let page = store.quarantined(before, 1).await.map_err(Failure::unavailable)?;
    page.into_iter().find(|message| message.number == number).ok_or_else(absent)
}

impl Shown {
    fn of(message: &Quarantined) -> Self {
        Self {
            number: message.number,
            at: message.at.to_string(),
            cause: message.cause.clone(),
            sender: message.sender.clone(),
            resent_at: message.resent_at.map(|at| at.to_string()),
            size_bytes: message.body.len(),
            headers: None,
            body: None,
            body_hex: None,
        }
    }
}
