//! Configuration: `svod.toml`, overridden by the environment, overridden by flags. Read once, here.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};
use svod_domain::calendar::{Calendar, InvalidCalendar, TermRule, WORKING_DAY_MAX};
use svod_domain::quarter::Rules;
use svod_domain::register::{self, InvalidRegister};
use svod_report::ReportSettings;
use svod_store::default_vault_url;
use svod_witness::Witness;

use crate::keys;
use crate::witnesses::{self, UnfitWitness, WitnessSection};

/// The embedded ledger's file in the data folder.
pub(crate) const LEDGER_FILE: &str = "svod.db";

/// Where everything lies, unless something says otherwise.
const DATA_DIR: &str = "svod-data";
/// Only this machine reaches it, unless something says otherwise.
const HTTP_LISTEN: &str = "127.0.0.1:8080";

/// Flags that every command takes; clap reads the environment too.
#[expect(clippy::doc_markdown, reason = "these lines are what --help prints")]
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ConfigFlags {
    /// Configuration file; without it `svod.toml` in the working directory, if it is there
    #[arg(long, env = "SVOD_CONFIG", value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// The ledger: sqlite://PATH or postgres://USER@HOST/DATABASE [default: sqlite://svod-data/svod.db]
    #[arg(long, env = "SVOD_DATABASE_URL", value_name = "URL", global = true, hide_env_values = true)]
    database_url: Option<String>,
    /// Where persons are disclosed, if not beside the ledger (a SQLite file) or in its database (PostgreSQL)
    #[arg(long, env = "SVOD_VAULT_URL", value_name = "URL", global = true, hide_env_values = true)]
    vault_url: Option<String>,
    /// The brokers, separated by commas: amqp://USER:PASSWORD@HOST/VHOST; none: no broker
    #[arg(long, env = "SVOD_AMQP_URL", value_name = "URLS", global = true, hide_env_values = true)]
    amqp_url: Option<String>,
    /// Where HTTP listens [default: 127.0.0.1:8080]
    #[arg(long, env = "SVOD_HTTP_LISTEN", value_name = "ADDRESS", global = true)]
    http_listen: Option<String>,
    /// Folder of the embedded ledger and of built reports [default: svod-data]
    #[arg(long, env = "SVOD_DATA_DIR", value_name = "DIR", global = true)]
    data_dir: Option<PathBuf>,
    /// File with the keys of the ledger, made for an empty one [default: ledger.keys in the data folder]
    #[arg(long, env = "SVOD_KEYS_FILE", value_name = "FILE", global = true)]
    keys_file: Option<PathBuf>,
    /// Register of municipalities (CSV) that an empty ledger is given [default: the 27 of Smolensk oblast]
    #[arg(long, env = "SVOD_REGISTER", value_name = "FILE", global = true)]
    register: Option<PathBuf>,
    /// Who cosigns the checkpoints of the ledger: URL KEY, several separated by commas
    #[arg(long, env = "SVOD_WITNESSES", value_name = "WITNESSES", global = true)]
    witnesses: Option<String>,
}

/// The file's shape. Every key may be left out.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct ConfigFile {
    database_url: Option<String>,
    vault_url: Option<String>,
    amqp_url: Option<String>,
    http_listen: Option<String>,
    data_dir: Option<PathBuf>,
    keys_file: Option<PathBuf>,
    register: Option<PathBuf>,
    source: Option<String>,
    witness_alarm_minutes: Option<u32>,
    amqp: AmqpSection,
    report: ReportSettings,
    personal_data: PersonalDataSection,
    terms: TermsSection,
    witness: Vec<WitnessSection>,
}

/// `[amqp]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AmqpSection {
    /// Whose a message without a validated sender is. For development only.
    pub(crate) default_sender: Option<String>,
    /// Whether svod declares exchanges and queues itself.
    pub(crate) declare: bool,
}

impl Default for AmqpSection {
    fn default() -> Self {
        Self { default_sender: None, declare: true }
    }
}

/// `[personal_data]`: what stands in the papers on a destruction; what is missing is filled in by hand.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PersonalDataSection {
    /// The operator of personal data, as its papers name it.
    pub(crate) operator: String,
    /// Its address.
    pub(crate) address: String,
}

/// `[terms]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct TermsSection {
    submit_working_day: u8,
    close_working_day: u8,
    time: String,
    zone: String,
    calendar: Option<PathBuf>,
}

impl Default for TermsSection {
    fn default() -> Self {
        Self {
            submit_working_day: 5,
            close_working_day: 10,
            time: "18:00".to_owned(),
            zone: "Europe/Moscow".to_owned(),
            calendar: None,
        }
    }
}

/// What the program runs with.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Where the ledger is.
    pub(crate) database_url: String,
    /// Where the vault is.
    pub(crate) vault_url: String,
    /// Where the brokers are.
    pub(crate) amqp_url: Option<String>,
    /// Where HTTP listens.
    pub(crate) http_listen: String,
    /// Folder of the embedded ledger and of built reports.
    pub(crate) data_dir: PathBuf,
    /// File with the keys of the ledger.
    pub(crate) keys_file: PathBuf,
    /// The register for an empty ledger.
    pub(crate) register: Vec<register::Entry>,
    /// Where it was read; `None`: it is svod's own.
    pub(crate) register_file: Option<PathBuf>,
    /// CloudEvents `source` of what svod sends.
    pub(crate) source: String,
    /// The broker's part.
    pub(crate) amqp: AmqpSection,
    /// The region's words.
    pub(crate) report: ReportSettings,
    /// Who answers for personal data.
    pub(crate) personal_data: PersonalDataSection,
    /// Terms and calendar.
    pub(crate) rules: Rules,
    /// Who cosigns the checkpoints.
    pub(crate) witnesses: Vec<Witness>,
    /// How old the newest cosignature may be while the log grows, in seconds.
    pub(crate) witness_alarm_seconds: u64,
    /// As it is shown by `svod config`, secrets masked.
    pub(crate) shown: String,
}

/// A configuration that cannot be used. Exit status 2.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("reading {}", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{} is not a configuration", path.display())]
    Malformed {
        path: PathBuf,
        #[source]
        source: Box<toml::de::Error>,
    },
    #[error("the register {} cannot be used", path.display())]
    Register {
        path: PathBuf,
        #[source]
        source: InvalidRegister,
    },
    #[error("the calendar {} cannot be used", path.display())]
    Calendar {
        path: PathBuf,
        #[source]
        source: InvalidCalendar,
    },
    #[error("terms.{key} is {given:?}, but must be {wanted}")]
    Terms { key: &'static str, given: String, wanted: &'static str },
    #[error("the address of a ledger begins with sqlite:// or postgres://, but this one does not")]
    DatabaseUrl,
    #[error("the address of a vault begins with sqlite:// or postgres://, but this one does not")]
    VaultUrl,
    #[error("the witnesses cannot be used")]
    Witness(#[from] UnfitWitness),
    #[error("the configuration cannot be shown")]
    Shown(#[from] toml::ser::Error),
}

impl Config {
    /// Reads file, environment and flags.
    pub(crate) fn load(flags: &ConfigFlags) -> Result<Self, ConfigError> {
        let mut file = match &flags.config {
            Some(path) => parse(path, &read(path)?)?,
            None if Path::new("svod.toml").exists() => {
                let path = Path::new("svod.toml");
                parse(path, &read(path)?)?
            }
            None => ConfigFile::default(),
        };
        if let Some(setting) = &flags.witnesses {
            file.witness = witnesses::sections(setting)?;
        }
        let alarm_minutes = *file.witness_alarm_minutes.get_or_insert(witnesses::ALARM_MINUTES);
        let data_dir =
            flags.data_dir.clone().or_else(|| file.data_dir.clone()).unwrap_or_else(|| DATA_DIR.into());
        let embedded = || format!("sqlite://{}", data_dir.join(LEDGER_FILE).display());
        let given = |flag: &Option<String>, key: &Option<String>| {
            flag.clone().or_else(|| key.clone()).filter(|value| !value.is_empty())
        };
        let path = flags.register.clone().or_else(|| file.register.clone());
        let database_url = given(&flags.database_url, &file.database_url).unwrap_or_else(embedded);
        let mut config = Self {
            vault_url: given(&flags.vault_url, &file.vault_url)
                .unwrap_or_else(|| default_vault_url(&database_url)),
            database_url,
            amqp_url: given(&flags.amqp_url, &file.amqp_url),
            http_listen: given(&flags.http_listen, &file.http_listen)
                .unwrap_or_else(|| HTTP_LISTEN.to_owned()),
            register: path.as_deref().map_or_else(|| Ok(register::built_in()), read_register)?,
            register_file: path.clone(),
            source: file.source.clone().unwrap_or_else(|| "svod".to_owned()),
            amqp: file.amqp.clone(),
            report: file.report.clone(),
            personal_data: file.personal_data.clone(),
            rules: rules(&file.terms)?,
            witnesses: witnesses::read(&file.witness)?,
            witness_alarm_seconds: u64::from(alarm_minutes) * 60,
            keys_file: flags
                .keys_file
                .clone()
                .or_else(|| file.keys_file.clone())
                .unwrap_or_else(|| data_dir.join(keys::FILE)),
            data_dir,
            shown: String::new(),
        };
        let schemes = ["sqlite://", "postgres://", "postgresql://"];
        let known = |url: &str| schemes.iter().any(|scheme| url.starts_with(scheme));
        if !known(&config.database_url) {
            return Err(ConfigError::DatabaseUrl);
        }
        if !known(&config.vault_url) {
            return Err(ConfigError::VaultUrl);
        }
        config.shown = config.show(file, path)?;
        Ok(config)
    }

    /// The file of the embedded ledger. `None`: the ledger is on a server.
    pub(crate) fn database_file(&self) -> Option<&Path> {
        self.database_url.strip_prefix("sqlite://").map(Path::new)
    }

    /// What is in force, as a file that would say the same; passwords are masked.
    fn show(&self, file: ConfigFile, register: Option<PathBuf>) -> Result<String, ConfigError> {
        let shown = ConfigFile {
            database_url: Some(masked(&self.database_url)),
            vault_url: Some(masked(&self.vault_url)),
            amqp_url: self
                .amqp_url
                .as_deref()
                .map(|urls| urls.split(',').map(masked).collect::<Vec<_>>().join(",")),
            http_listen: Some(self.http_listen.clone()),
            data_dir: Some(self.data_dir.clone()),
            keys_file: Some(self.keys_file.clone()),
            register,
            source: Some(self.source.clone()),
            ..file
        };
        Ok(toml::to_string(&shown)?)
    }
}

/// Who sits at the terminal, as far as the system says: names the operator of orders given there.
#[expect(clippy::disallowed_methods, reason = "configuration is read here")]
pub(crate) fn login() -> String {
    ["USER", "LOGNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// A URL without its password.
pub(crate) fn masked(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let Some((user, host)) = rest.rsplit_once('@') else { return url.to_owned() };
    let name = user.split(':').next().unwrap_or_default();
    format!("{scheme}://{name}:***@{host}")
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })
}

fn parse(path: &Path, text: &str) -> Result<ConfigFile, ConfigError> {
    toml::from_str(text)
        .map_err(|source| ConfigError::Malformed { path: path.to_owned(), source: source.into() })
}

fn read_register(path: &Path) -> Result<Vec<register::Entry>, ConfigError> {
    register::read(&read(path)?).map_err(|source| ConfigError::Register { path: path.to_owned(), source })
}

fn rules(section: &TermsSection) -> Result<Rules, ConfigError> {
    let day = |key, given: u8| {
        let fits = (1..=WORKING_DAY_MAX).contains(&given);
        let wanted = "a working day from 1 to 60";
        if fits { Ok(given) } else { Err(ConfigError::Terms { key, given: given.to_string(), wanted }) }
    };
    let wrong = |key, given: &str, wanted| ConfigError::Terms { key, given: given.to_owned(), wanted };
    let terms = TermRule {
        submit_working_day: day("submit_working_day", section.submit_working_day)?,
        close_working_day: day("close_working_day", section.close_working_day)?,
        time: section.time.parse().map_err(|_| wrong("time", &section.time, "a time such as 18:00"))?,
        zone: jiff::tz::TimeZone::get(&section.zone)
            .map_err(|_| wrong("zone", &section.zone, "a time zone such as Europe/Moscow"))?,
    };
    let calendar = match &section.calendar {
        None => Calendar::built_in(),
        Some(path) => Calendar::read(&read(path)?)
            .map_err(|source| ConfigError::Calendar { path: path.clone(), source })?,
    };
    if terms.submit_working_day > terms.close_working_day {
        let given = section.submit_working_day.to_string();
        return Err(wrong("submit_working_day", &given, "not later than close_working_day"));
    }
    Ok(Rules { terms, calendar })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(masked("postgres://svod:s3cret@db/ledger"), "postgres://svod:***@db/ledger");
        assert_eq!(masked("amqp://svod:p@ss@mq:5672/svod"), "amqp://svod:***@mq:5672/svod");
        assert_eq!(masked("sqlite://svod-data/svod.db"), "sqlite://svod-data/svod.db");
    }

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("svod.toml");
        std::fs::write(&path, "http_listen = \"127.0.0.1:1\"\nsource = \"office\"\n").unwrap();
        let flags = ConfigFlags { config: Some(path), ..ConfigFlags::default() };
        let config = Config::load(&flags).unwrap();
        assert_eq!((config.http_listen.as_str(), config.source.as_str()), ("127.0.0.1:1", "office"));
        assert_eq!(config.database_url, "sqlite://svod-data/svod.db");
        let flags = ConfigFlags { http_listen: Some("127.0.0.1:2".into()), ..flags };
        assert_eq!(Config::load(&flags).unwrap().http_listen, "127.0.0.1:2");
    }

    #[test]
    fn a_deadline_after_the_close_and_an_unknown_key_are_refused() {
        let load = |text: &str| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("svod.toml");
            std::fs::write(&path, text).unwrap();
            Config::load(&ConfigFlags { config: Some(path), ..ConfigFlags::default() })
        };
        assert!(matches!(load("[terms]\nsubmit_working_day = 11\n"), Err(ConfigError::Terms { .. })));
        assert!(matches!(load("databse_url = \"\"\n"), Err(ConfigError::Malformed { .. })));
    }
}
