//! `svod principal`: who may speak to the ledger.

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::Serialize;
use svod_amqp::definitions::{VHOST, sender_definitions};
use svod_domain::{ReasonCode, Role};
use svod_log::{Hash, Principal as Row, Store};
use svod_text::terminal::{self, name_taken, name_unknown};

use crate::app::now;
use crate::config::Config;
use crate::exit::Failure;
use crate::{ledger, print};

/// Longest name of a principal: it is also a broker user's name and part of routing keys.
const NAME_CHARS_MAX: usize = 64;
/// Bytes of chance in a token.
const TOKEN_BYTES: usize = 32;

/// Who may speak to the ledger
#[derive(Args, Debug)]
pub(crate) struct Principal {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    Add(Add),
    List(List),
    Revoke(Revoke),
    Definitions(Definitions),
}

/// Add a principal and print its token, once
///
/// The token goes to the standard output; only its SHA-256 is kept. The name is also the name of the principal's broker
/// user. For a new token, revoke the principal and add it again.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  svod principal add m-66701000 --role municipality:66701000
  svod principal add ivanova --role reviewer --role operator
  TOKEN=$(svod principal add clerk --role auditor)")]
struct Add {
    /// Its name: a small letter, then small letters, digits and hyphens
    #[arg(value_parser = name)]
    name: String,
    /// What it may do: municipality:CODE, reviewer, auditor or operator; may be given several times
    #[arg(long = "role", required = true, value_name = "ROLE")]
    roles: Vec<Role>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Print what the broker needs for a sender: rights, queue of receipts, binding
///
/// For brokers where svod itself may declare nothing. The broker's user bears the name and is made first; a definition of it
/// would take its password away.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  rabbitmqctl add_user m-66701000
  svod principal definitions m-66701000 > m-66701000.json
  rabbitmqctl import_definitions m-66701000.json")]
struct Definitions {
    /// The principal's name
    #[arg(value_parser = name)]
    name: String,
    /// The virtual host
    #[arg(long, default_value = VHOST)]
    vhost: String,
}

/// List all principals, the revoked ones too
#[derive(Args, Debug)]
#[command(after_help = "Example:
  svod principal list --json")]
struct List {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// End a principal's rights; services that run believe it for a second more
#[derive(Args, Debug)]
#[command(after_help = "Example:
  svod principal revoke m-66701000")]
struct Revoke {
    /// Its name
    name: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A principal that was just added.
#[derive(Serialize)]
pub(crate) struct Added {
    name: String,
    roles: Vec<String>,
    /// Shown once, kept nowhere.
    token: String,
}

impl Principal {
    /// Carries the verb out.
    pub(crate) async fn run(&self, config: &Config) -> Result<(), Failure> {
        let open = async || ledger::open(config).await.map_err(Failure::unavailable);
        match &self.verb {
            Verb::Add(add) => {
                // Who may speak is often the first thing that is said of a new ledger.
                let store = ledger::open_or_make(config).await.map_err(Failure::unavailable)?;
                add.run(store.as_ref(), config).await
            }
            Verb::List(list) => list.run(open().await?.as_ref()).await,
            Verb::Revoke(revoke) => revoke.run(open().await?.as_ref()).await,
            Verb::Definitions(definitions) => definitions.run(),
        }
    }
}

impl Add {
    #[expect(clippy::print_stderr, reason = "the token alone is the output")]
    async fn run(&self, store: &dyn Store, config: &Config) -> Result<(), Failure> {
        let added = add(store, &self.name, &self.roles).await?;
        if self.json {
            return print::json(&added);
        }
        eprintln!(
            "svod: {} may now speak as {}; its token is shown only once:",
            added.name,
            added.roles.join(", ")
        );
        print::line(&added.token)?;
        if config.amqp_url.is_some() {
            let name = &added.name;
            eprintln!(
                "svod: on the broker it needs the user {name} and the queue svod.receipts.{name}. svod makes the queue if it may \
                 declare; otherwise:\n      rabbitmqctl add_user {name}; svod principal definitions {name} > {name}.json; \
                 rabbitmqctl import_definitions {name}.json"
            );
        }
        Ok(())
    }
}

impl Definitions {
    fn run(&self) -> Result<(), Failure> {
        let unfit = || Failure::usage(anyhow::anyhow!("{} cannot be the name of a queue", self.name));
        print::json(&sender_definitions(&self.vhost, &self.name).ok_or_else(unfit)?)
    }
}

/// Adds a principal with a new token.
pub(crate) async fn add(store: &dyn Store, name: &str, roles: &[Role]) -> Result<Added, Failure> {
    let mut roles: Vec<String> = roles.iter().map(Role::to_string).collect();
    roles.sort_unstable();
    roles.dedup();
    let token = token().map_err(Failure::unavailable)?;
    let row = Row {
        name: name.to_owned(),
        roles: roles.clone(),
        token_sha256: Hash::of(token.as_bytes()),
        added_at: now(),
        revoked_at: None,
    };
    if store.add_principal(&row).await.map_err(Failure::unavailable)? {
        Ok(Added { name: row.name, roles, token })
    } else {
        Err(Failure::no(ReasonCode::AlreadyExists, name_taken(name)))
    }
}

fn token() -> anyhow::Result<String> {
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes).context("asking the system for chance")?;
    Ok(format!("svod_{}", hex::encode(bytes)))
}

impl List {
    async fn run(&self, store: &dyn Store) -> Result<(), Failure> {
        /// One line; never the hash, which helps nobody.
        #[derive(Serialize)]
        struct Listed {
            name: String,
            roles: Vec<String>,
            added_at: String,
            revoked_at: Option<String>,
        }
        let rows = store.principals().await.map_err(Failure::unavailable)?;
        let listed: Vec<Listed> = rows
            .into_iter()
            .map(|row| Listed {
                name: row.name,
                roles: row.roles,
                added_at: row.added_at.to_string(),
                revoked_at: row.revoked_at.map(|at| at.to_string()),
            })
            .collect();
        if self.json {
            return print::json(&listed);
        }
        let lines: Vec<[String; 4]> = listed
            .into_iter()
            .map(|one| [one.name, one.roles.join(" "), one.added_at, one.revoked_at.unwrap_or_default()])
            .collect();
        print::table(["NAME", "ROLES", "ADDED", "REVOKED"], &lines)
    }
}

impl Revoke {
    async fn run(&self, store: &dyn Store) -> Result<(), Failure> {
        /// A principal whose rights have just ended.
        #[derive(Serialize)]
        struct Revoked<'a> {
            name: &'a str,
            revoked_at: String,
        }
        let at = now();
        if !store.revoke_principal(&self.name, at).await.map_err(Failure::unavailable)? {
            return Err(Failure::no(ReasonCode::NotFound, name_unknown(&self.name)));
        }
        if self.json {
            return print::json(&Revoked { name: &self.name, revoked_at: at.to_string() });
        }
        print::line(terminal::revoked(&self.name))
    }
}

/// A name that also fits a broker user and a routing key.
fn name(text: &str) -> Result<String, String> {
    let mut chars = text.chars();
    let begins = chars.next().is_some_and(|first| first.is_ascii_lowercase());
    let goes_on = chars.all(|next| next.is_ascii_lowercase() || next.is_ascii_digit() || next == '-');
    if begins && goes_on && text.len() <= NAME_CHARS_MAX {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "a name begins with a-z, goes on with a-z, 0-9 or -, and has at most {NAME_CHARS_MAX} characters"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_a_broker_user() {
        for good in ["m-66701000", "a", &"z".repeat(64)] {
            assert_eq!(name(good).as_deref(), Ok(good));
        }
        for bad in ["", "1a", "-a", "A", "a.b", "a b", "я", &"z".repeat(65)] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn tokens_are_long_and_never_the_same() {
        let (one, other) = (token().unwrap(), token().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), "svod_".len() + 64);
    }
}
