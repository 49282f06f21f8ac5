//! What people do in the demonstration: open, file, return, correct, approve, and bring the close nearer.

use jiff::{SignedDuration, Timestamp};
use svod_domain::command::{MoveQuarter, OpenQuarter};
use svod_domain::{Command, MunicipalityCode, Quarter, Role};
use svod_engine::receipt::{ReceiptData, Verdict, read_receipt};
use svod_engine::{Incoming, Sender};
use svod_text::{demo, terminal};

use super::script::{QUARTER, Script, Sent};
use crate::app::App;
use crate::commands::principal;
use crate::exit::Failure;
use crate::print;

/// The quarter closes so long after its opening, unless it is moved: nobody is that slow.
const OPEN_FOR: SignedDuration = SignedDuration::from_mins(5);
/// So long after the last approval it closes by itself.
const CLOSE_IN: SignedDuration = SignedDuration::from_secs(2);
const REVIEWER: &str = "r-1";

/// Plays everything that needs people.
pub(super) async fn file_and_review(app: &App) -> Result<(), Failure> {
    let quarter: Quarter = QUARTER.parse().map_err(Failure::usage)?;
    let script = Script::load().map_err(Failure::unavailable)?;
    add_principals(app, &script).await?;
    open(app, quarter).await?;
    for sent in script.filed.iter().chain([&script.nothing]) {
        let receipt = send(app, sent).await?;
        tell_filed(app, sent, &receipt).await?;
    }
    send(app, &script.returned).await?;
    let remarks = script.returned.told().map_err(Failure::unavailable)?.remarks;
    print::line(demo::returned(remarks.first().map_or("", |remark| &remark.text)))?;
    send(app, &script.corrected).await?;
    print::line(demo::CORRECTED)?;
    refuse_stale(app, &script.stale).await?;
    for sent in &script.approved {
        send(app, sent).await?;
    }
    print::line(demo::approved(script.approved.len()))?;
    bring_close_nearer(app, quarter).await
}

async fn add_principals(app: &App, script: &Script) -> Result<(), Failure> {
    let mut names: Vec<&str> = vec![];
    for sent in script.filed.iter().chain([&script.nothing]) {
        if names.contains(&sent.sender.as_str()) {
            continue;
        }
        let code = sent.told().map_err(Failure::unavailable)?.municipality;
        let code: MunicipalityCode = code.parse().map_err(Failure::usage)?;
        principal::add(app.engine.store().as_ref(), &sent.sender, &[Role::Municipality(code)]).await?;
        names.push(&sent.sender);
    }
    principal::add(app.engine.store().as_ref(), REVIEWER, &[Role::Reviewer]).await?;
    names.push(REVIEWER);
    print::line(demo::principals_added(&names))
}

async fn open(app: &App, quarter: Quarter) -> Result<(), Failure> {
    let close_at = app.engine.now() + OPEN_FOR;
    let (submit_by, close_at) = (Some(close_at), Some(close_at));
    app.order(Command::OpenQuarter(OpenQuarter { quarter, submit_by, close_at, reason: None })).await?;
    print::line(demo::quarter_opened(quarter))
}

async fn bring_close_nearer(app: &App, quarter: Quarter) -> Result<(), Failure> {
    let close_at: Timestamp = app.engine.now() + CLOSE_IN;
    let reason = demo::WHY_NEARER.to_owned();
    let (submit_by, close_at) = (Some(close_at), Some(close_at));
    app.order(Command::MoveQuarter(MoveQuarter { quarter, submit_by, close_at, reason })).await?;
    print::line(demo::close_moved(CLOSE_IN.as_secs()))
}

/// Sends a message as its sender. What the script sends here is always recorded.
async fn send(app: &App, sent: &Sent) -> Result<ReceiptData, Failure> {
    let receipt = answer(app, sent).await?;
    match receipt.outcome {
        Verdict::Recorded => Ok(receipt),
        Verdict::Refused => Err(Failure::Refused {
            code: receipt.code.unwrap_or_default(),
            detail: receipt.detail.unwrap_or_default(),
            action: receipt.action.unwrap_or_default(),
        }),
    }
}

async fn answer(app: &App, sent: &Sent) -> Result<ReceiptData, Failure> {
    let actor = app.engine.principal(&sent.sender).await.map_err(Failure::unavailable)?;
    let sender = match actor {
        Some(actor) => Sender::Principal(actor),
        None => Sender::Unknown { name: sent.sender.clone() },
    };
    let incoming = Incoming { body: sent.message.get().as_bytes().to_vec(), sender };
    let answered = app.engine.answer(incoming).await.map_err(Failure::unavailable)?;
    Ok(read_receipt(&answered.receipt).map_err(Failure::unavailable)?.data)
}

async fn tell_filed(app: &App, sent: &Sent, receipt: &ReceiptData) -> Result<(), Failure> {
    let told = sent.told().map_err(Failure::unavailable)?;
    let register = app.reader(None).await?.municipalities().await.map_err(Failure::unavailable)?;
    let unit = register.iter().find(|unit| unit.municipality.to_string() == told.municipality);
    let name = unit.and_then(|unit| unit.names.first()).map_or("", |naming| naming.short_name.as_str());
    match told.activity {
        Some(activity) => print::line(demo::filed(name, &activity.title))?,
        None => print::line(demo::nothing_declared(name))?,
    }
    for warning in &receipt.warnings {
        print::line(format!("  {}", terminal::noticed(&warning.detail)))?;
    }
    Ok(())
}

async fn refuse_stale(app: &App, sent: &Sent) -> Result<(), Failure> {
    print::line(demo::STALE)?;
    let receipt = answer(app, sent).await?;
    let words = [receipt.code, receipt.detail, receipt.action].map(Option::unwrap_or_default);
    print::line(format!("  {}", demo::answer(&words[0], &words[1], &words[2])))
}
