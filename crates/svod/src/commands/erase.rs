//! `svod erase`: destroys what is known of a person. Two operators, and papers for the file.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::json;
use svod_domain::command::{ApproveErasure, RequestErasure};
use svod_domain::event::ErasureRequested;
use svod_domain::{Actor, Command, MunicipalityCode, ReasonCode, Refusal};
use svod_engine::{ErasureCard, FoundPerson};
use svod_log::{Position, Recorded};
use svod_text::erasure::{self, Destruction};
use uuid::Uuid;

use crate::app::App;
use crate::config::Config;
use crate::exit::Failure;
use crate::{print, progress};

/// Longest basis, in characters: one paragraph of a letter.
const BASIS_CHARS_MAX: usize = 500;

/// Destroy what is known of a person (two operators)
///
/// One operator asks, another approves. Then the person's key and all disclosures are destroyed, and documents that name the person
/// give way to their masked twins. The log stays as it is and every proof holds: it never held the name.
#[derive(Args, Debug)]
pub(crate) struct Erase {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// Ask that a person be erased
    #[command(after_help = "Example:
  svod erase request --name 'П.С. Орлов' --municipality 66701000 --basis 'отзыв согласия, вх. № 17 от 01.06.2021' --as operator-1")]
    Request {
        /// The name, as the records write it
        #[arg(long)]
        name: String,
        /// Whose records
        #[arg(long, value_name = "CODE")]
        municipality: MunicipalityCode,
        /// Why; it is kept for ever, so it must not name the person
        #[arg(long)]
        basis: String,
        /// The operator who asks
        #[arg(long = "as", value_name = "NAME")]
        principal: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Approve it, destroy everything, and print the act and the extract of the log (order № 179 of Roskomnadzor)
    ///
    /// The papers are the only place where the name is written, once. Approving again what was interrupted completes it.
    #[command(after_help = "Example:
  svod erase approve 018f3c5e-7a10-7c42-9d6b-5e2f1a0b9e01 --as operator-2 --out papers")]
    Approve {
        /// Which erasure
        erasure: Uuid,
        /// The operator who approves; not the one who asked
        #[arg(long = "as", value_name = "NAME")]
        principal: String,
        /// Also write the papers into this folder
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// List what was asked for
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

impl Erase {
    /// Carries the verb out.
    pub(crate) async fn run(&self, config: &Config) -> Result<(), Failure> {
        let app = match &self.verb {
            Verb::List { .. } => App::open(config).await,
            Verb::Request { .. } | Verb::Approve { .. } => App::open_to_append(config).await,
        };
        let app = app.map_err(Failure::unavailable)?;
        let done = match &self.verb {
            Verb::Request { name, municipality, basis, principal, json } => {
                request(&app, &Asked { name, municipality: *municipality, basis }, principal, *json).await
            }
            Verb::Approve { erasure, principal, out, json } => {
                approve(&app, config, *erasure, principal, out.as_deref(), *json).await
            }
            Verb::List { json } => list(&app, *json).await,
        };
        app.close().await;
        done
    }
}

/// Who is to be erased, and why.
struct Asked<'a> {
    name: &'a str,
    municipality: MunicipalityCode,
    basis: &'a str,
}

async fn operator(app: &App, name: &str) -> Result<Actor, Failure> {
    let actor = app.engine.principal(name).await.map_err(Failure::unavailable)?;
    actor.ok_or_else(|| Failure::refused(&Refusal::UnknownSender { name: name.to_owned() }))
}

async fn request(app: &App, asked: &Asked<'_>, principal: &str, json: bool) -> Result<(), Failure> {
    let Asked { name, municipality, basis } = *asked;
    let basis = basis.trim();
    if basis.is_empty() || basis.chars().count() > BASIS_CHARS_MAX || basis.contains(name) {
        let rules =
            format!("--basis says why, in 1 to {BASIS_CHARS_MAX} characters, and does not name the person");
        return Err(Failure::usage(anyhow::anyhow!(rules)));
    }
    let actor = operator(app, principal).await?;
    let person = app.engine.person_named(municipality, name).await.map_err(Failure::unavailable)?;
    let nobody = || {
        let (detail, action) = erasure::NOBODY;
        Failure::no(ReasonCode::NotFound, (detail.to_owned(), action.to_owned()))
    };
    let person = person.ok_or_else(nobody)?;
    let documents = app.engine.documents_naming(person.id).await.map_err(Failure::unavailable)?.len();
    let requested = ErasureRequested {
        erasure_id: Uuid::now_v7(),
        person: person.id,
        municipality,
        basis: basis.to_owned(),
    };
    let id = requested.erasure_id;
    order(app, actor, Command::RequestErasure(RequestErasure { requested })).await?;
    if json {
        return print::json(
            &json!({"erasure": id, "disclosures": person.digests.len(), "documents": documents}),
        );
    }
    print::line(erasure::asked(&id.to_string(), person.digests.len(), documents))
}

async fn order(app: &App, actor: Actor, command: Command) -> Result<Position, Failure> {
    let ordered = app.engine.order(actor, command).await.map_err(Failure::unavailable)?;
    Ok(ordered.map_err(|refusal| Failure::refused(&refusal))?.positions.0)
}

async fn approve(
    app: &App,
    config: &Config,
    id: Uuid,
    principal: &str,
    out: Option<&Path>,
    json: bool,
) -> Result<(), Failure> {
    let actor = operator(app, principal).await?;
    let unknown = || Failure::refused(&Refusal::UnknownErasure { id });
    let card = card(app, id).await?.ok_or_else(unknown)?;
    // The name is read before it is destroyed; what was interrupted has none any more.
    let person = app.engine.person(card.request.person).await.map_err(Failure::unavailable)?;
    if card.erased.is_none() {
        let (digests_root, digests) = person.as_ref().map_or_else(
            || (FoundPerson { id, name: String::new(), digests: vec![] }.digests_root(), 0),
            |person| (person.digests_root(), person.digests.len()),
        );
        let count = u32::try_from(digests).unwrap_or(u32::MAX);
        let command = Command::ApproveErasure(ApproveErasure { erasure_id: id, digests_root, count });
        order(app, actor, command).await?;
        svod_crash::point("erasure/approved");
    }
    let spinner = progress::spinner("destroying");
    let folder = config.data_dir.join("reports");
    let completed = svod_report::complete_erasures(&app.engine, Some(&folder)).await;
    spinner.finish_and_clear();
    completed.map_err(Failure::unavailable)?;
    let after = self::card(app, id).await?.ok_or_else(unknown)?;
    let name = person.map_or_else(String::new, |person| person.name);
    papers(app, config, &after, &name, out, json).await
}

async fn card(app: &App, id: Uuid) -> Result<Option<ErasureCard>, Failure> {
    let cards = app.engine.erasures().await.map_err(Failure::unavailable)?;
    Ok(cards.into_iter().find(|card| card.request.erasure_id == id))
}

/// Prints the act and the extract.
async fn papers(
    app: &App,
    config: &Config,
    card: &ErasureCard,
    name: &str,
    out: Option<&Path>,
    json: bool,
) -> Result<(), Failure> {
    let Some((erased, position, at)) = &card.erased else {
        return Err(Failure::unavailable(anyhow::anyhow!("the erasure was approved and is not in the log")));
    };
    let entry = entry_at(app, *position).await?;
    let documents = card.completed.as_ref().map_or(0, |(completed, _)| completed.documents.len());
    let (id, leaf) = (card.request.erasure_id.to_string(), entry.leaf.to_string());
    let destruction = Destruction {
        id: &id,
        operator: &config.personal_data.operator,
        address: &config.personal_data.address,
        person: name,
        basis: &erased.basis,
        requested_by: &erased.requested_by,
        approved_by: &erased.approved_by,
        at: *at,
        count: erased.count,
        documents,
        position: position.0,
        leaf: &leaf,
    };
    let (act, extract) = (erasure::act(&destruction), erasure::extract(&destruction));
    if let Some(folder) = out {
        write(folder, &format!("act-{id}.txt"), &act)?;
        write(folder, &format!("extract-{id}.txt"), &extract)?;
    }
    if json {
        return print::json(&json!({
            "erasure": id, "position": position, "disclosures": erased.count, "documents": documents,
            "act": act, "extract": extract,
        }));
    }
    print::line(format!("{act}\n{extract}\n{}", erasure::KEEP))
}

async fn entry_at(app: &App, position: Position) -> Result<std::sync::Arc<Recorded>, Failure> {
    let before = Position(position.0.saturating_sub(1));
    let entry = app.engine.store().read(before, 1).await.map_err(Failure::unavailable)?.pop();
    entry.context("the entry of the erasure is not in the log").map_err(Failure::unavailable)
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let path = folder.join(name);
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, text));
    written.with_context(|| format!("writing {}", path.display())).map_err(Failure::unavailable)
}

async fn list(app: &App, json: bool) -> Result<(), Failure> {
    let cards = app.engine.erasures().await.map_err(Failure::unavailable)?;
    let standing = |card: &ErasureCard| erasure::standing(card.erased.is_some(), card.completed.is_some());
    if json {
        let rows: Vec<_> = cards
            .iter()
            .map(|card| {
                json!({
                    "erasure": card.request.erasure_id, "municipality": card.request.municipality,
                    "basis": card.request.basis, "requested_by": card.requested.0,
                    "approved_by": card.erased.as_ref().map(|(erased, ..)| &erased.approved_by),
                    "completed": card.completed.is_some(),
                })
            })
            .collect();
        return print::json(&rows);
    }
    let rows: Vec<[String; 6]> = cards
        .iter()
        .map(|card| {
            let approved_by =
                card.erased.as_ref().map_or_else(String::new, |(erased, ..)| erased.approved_by.clone());
            [
                card.request.erasure_id.to_string(),
                card.request.municipality.to_string(),
                standing(card).to_owned(),
                card.requested.0.clone(),
                approved_by,
                card.request.basis.clone(),
            ]
        })
        .collect();
    print::table(erasure::ERASURES, &rows)
}
