//! `svod erase`: destroys what is known of a person. Two operators, and papers for the file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::json;
use svod_domain::command::{ApproveErasure, RequestErasure};
use svod_domain::event::ErasureRequested;
use svod_domain::refusal::Permission;
use svod_domain::{Actor, Command, MunicipalityCode, ReasonCode, Refusal, Role, guard};
use svod_engine::ErasureCard;
use svod_log::{Position, Recorded};
use svod_report::{complete_erasure_of, has_copies, mask_erased};
use svod_text::erasure::{self, Destruction};
use uuid::Uuid;

use crate::app::App;
use crate::config::Config;
use crate::exit::Failure;
use crate::who::Who;
use crate::{ledger, print, progress};

/// Longest basis, in characters: one paragraph of a letter.
const BASIS_CHARS_MAX: usize = 500;

/// Destroy what is known of a person (two operators)
///
/// One operator asks, another approves; each shows his own token. Then the person's key and all disclosures are destroyed, and documents that name the person
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
  svod erase request --name 'П.С. Орлов' --municipality 66701000 --basis 'отзыв согласия, вх. № 17 от 01.06.2021' \\
    --token-file operator-1.token")]
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
        #[command(flatten)]
        who: Who,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Approve it, destroy everything, and print the act and the extract of the log (order № 179 of Roskomnadzor)
    ///
    /// The papers are the only place where the name is written, once. Approving again what was interrupted completes it.
    #[command(after_help = "Example:
  svod erase approve 018f3c5e-7a10-7c42-9d6b-5e2f1a0b9e01 --token-file operator-2.token --out papers")]
    Approve {
        /// Which erasure
        erasure: Uuid,
        #[command(flatten)]
        who: Who,
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
            // It reads the log alone, and says what waits while the vault is not to be had.
            Verb::List { .. } => match ledger::open(config).await {
                Ok(store) => App::over(store, config),
                Err(error) => Err(error),
            },
            Verb::Request { .. } | Verb::Approve { .. } => App::open_to_append(config).await,
        };
        let app = app.map_err(Failure::unavailable)?;
        let done = match &self.verb {
            Verb::Request { name, municipality, basis, who, json } => {
                request(&app, &Asked { name, municipality: *municipality, basis }, who, *json).await
            }
            Verb::Approve { erasure, who, out, json } => {
                approve(&app, config, *erasure, who, out.as_deref(), *json).await
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

async fn request(app: &App, asked: &Asked<'_>, who: &Who, json: bool) -> Result<(), Failure> {
    let Asked { name, municipality, basis } = *asked;
    // As it would be recorded: a name of letters and marks apart is the name, too.
    let basis = guard::line(basis.trim());
    let names_person = basis.contains(&*guard::line(name.trim()));
    if basis.is_empty() || basis.chars().count() > BASIS_CHARS_MAX || names_person {
        let rules =
            format!("--basis says why, in 1 to {BASIS_CHARS_MAX} characters, and does not name the person");
        return Err(Failure::usage(anyhow::anyhow!(rules)));
    }
    let actor = who.authenticate(app).await?;
    let person = app.engine.person_named(municipality, name).await.map_err(Failure::unavailable)?;
    let (entries, first) = in_clear(app, name).await?;
    let nobody = || {
        let (detail, action) = erasure::NOBODY;
        let told = match entries {
            0 => (detail.to_owned(), action.to_owned()),
            _ => erasure::only_in_clear(entries, &first),
        };
        Failure::no(ReasonCode::NotFound, told)
    };
    let person = person.ok_or_else(nobody)?;
    let documents = documents_naming(app, person.id, Position(u64::MAX)).await?;
    let requested = ErasureRequested {
        erasure_id: Uuid::now_v7(),
        person: person.id,
        municipality,
        basis: basis.into_owned(),
    };
    let id = requested.erasure_id;
    order(app, actor, Command::RequestErasure(RequestErasure { requested })).await?;
    if json {
        return print::json(&json!({
            "erasure": id, "disclosures": person.digests, "documents": documents,
            "in_clear": {"entries": entries, "first": first},
        }));
    }
    print::line(erasure::asked(&id.to_string(), person.digests, documents, (entries, &first)))
}

/// How many entries of the log write a name in clear, and the places of the first of them.
async fn in_clear(app: &App, name: &str) -> Result<(u64, Vec<u64>), Failure> {
    let spinner = progress::spinner("looking for the name in the log");
    let found = app.engine.written_in_clear(name).await;
    spinner.finish_and_clear();
    let found = found.map_err(Failure::unavailable)?;
    Ok((found.entries, found.first.into_iter().map(|position| position.0).collect()))
}

/// How many documents name a person who was erased at a position.
async fn documents_naming(app: &App, person: Uuid, erased: Position) -> Result<usize, Failure> {
    let naming = app.engine.documents_naming(&[(person, erased)].into()).await;
    Ok(naming.map_err(Failure::unavailable)?.len())
}

async fn order(app: &App, actor: Actor, command: Command) -> Result<Position, Failure> {
    let ordered = app.engine.order(actor, command).await.map_err(Failure::unavailable)?;
    Ok(ordered.map_err(|refusal| Failure::refused(&refusal))?.positions.0)
}

async fn approve(
    app: &App,
    config: &Config,
    id: Uuid,
    who: &Who,
    out: Option<&Path>,
    json: bool,
) -> Result<(), Failure> {
    let actor = who.authenticate(app).await?;
    let unknown = || Failure::refused(&Refusal::UnknownErasure { id });
    let card = card(app, id).await?.ok_or_else(unknown)?;
    // The name is read before it is destroyed; what was interrupted has none any more.
    let name = app.engine.person_name(card.request.person).await.map_err(Failure::unavailable)?;
    if !actor.roles.contains(&Role::Operator) {
        return Err(Failure::refused(&Refusal::NotPermitted { needs: Permission::Operator }));
    }
    // Before anything is destroyed: what fails then could not be told in the act any more.
    let name = name.unwrap_or_default();
    let in_clear = in_clear(app, &name).await?;
    if card.erased.is_none() {
        order(app, actor, Command::ApproveErasure(ApproveErasure::new(id))).await?;
        svod_crash::point("erasure/approved");
    }
    let spinner = progress::spinner("destroying");
    let folder = config.data_dir.join("reports");
    let done = carry_out(app, config, card.request.person, &folder).await;
    spinner.finish_and_clear();
    let after = self::card(app, id).await?.ok_or_else(unknown)?;
    // Whatever became of it: once it is destroyed nobody can tell the name for the act again.
    papers(app, config, &after, (&name, &in_clear), out, json).await?;
    done.map_err(Failure::unavailable)
}

/// Destroys, and completes the erasure if the copies of documents are here: elsewhere only the report worker that has them can
/// say that they are gone.
async fn carry_out(app: &App, config: &Config, person: Uuid, folder: &Path) -> anyhow::Result<()> {
    let is_here = config.database_file().is_some() || has_copies(&app.engine, person, folder).await?;
    if is_here {
        complete_erasure_of(&app.engine, Some(folder), person).await?;
    } else {
        mask_erased(&app.engine, Some(folder)).await?;
    }
    Ok(())
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
    (name, (entries, first)): (&str, &(u64, Vec<u64>)),
    out: Option<&Path>,
    json: bool,
) -> Result<(), Failure> {
    let Some((erased, position, at)) = &card.erased else {
        return Err(Failure::unavailable(anyhow::anyhow!("the erasure was approved and is not in the log")));
    };
    let entry = entry_at(app, *position).await?;
    let completed = card.completed.as_ref().map(|(completed, _)| completed.documents.as_slice());
    let documents = match completed {
        Some(documents) => documents.len(),
        None => documents_naming(app, card.request.person, *position).await?,
    };
    let without_twin = completed.unwrap_or_default().iter().filter(|one| one.without_twin).count();
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
        without_twin,
        in_clear: (*entries, first),
        completed: completed.is_some(),
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
            "documents_without_twin": without_twin, "completed": completed.is_some(),
            "in_clear": {"entries": entries, "first": first}, "act": act, "extract": extract,
        }));
    }
    print::line(format!("{act}\n{extract}\n{}", erasure::keep(*entries)))
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
    let erased: BTreeSet<Uuid> =
        cards.iter().filter(|card| card.erased.is_some()).map(|card| card.request.person).collect();
    let standing = |card: &ErasureCard| {
        let elsewhere = erased.contains(&card.request.person);
        erasure::standing(card.erased.is_some(), card.completed.is_some(), elsewhere)
    };
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
