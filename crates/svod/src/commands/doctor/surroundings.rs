//! What stands around the ledger: configuration, folders, broker, HTTP.

use std::path::Path;
use std::time::Duration;

use svod_amqp::{BrokerUrls, Level as BrokerLevel};
use tokio::net::TcpListener;

use super::Finding;
use crate::config::Config;

/// How long a service may take to say that it lives.
const ANSWER_MAX: Duration = Duration::from_secs(2);

/// Configuration that works and yet should be looked at.
pub(super) fn configuration(config: &Config) -> Vec<Finding> {
    let mut findings = vec![Finding::good("configuration", "can be read")];
    let unconfirmed: Vec<String> = config
        .register
        .iter()
        .filter(|entry| !entry.confirmed)
        .map(|entry| entry.municipality.to_string())
        .collect();
    findings.push(register(config.register_file.as_deref(), &unconfirmed.join(", ")));
    if let Some(name) = &config.amqp.default_sender {
        let seen = format!("messages without a validated sender are taken as {name}'s");
        findings.push(Finding::odd("amqp.default_sender", seen, "remove it: it is for development only"));
    }
    findings
}

/// The register that an empty ledger is given. Of svod's own nobody here can confirm more; of a file somebody has written `no`.
fn register(file: Option<&Path>, unconfirmed: &str) -> Finding {
    const SUBJECT: &str = "register";
    match file {
        Some(file) if unconfirmed.is_empty() => {
            Finding::good(SUBJECT, format!("{}, every code confirmed", file.display()))
        }
        Some(file) => {
            let seen = format!("{} says `no` to `confirmed` for the codes {unconfirmed}", file.display());
            let cure =
                "look them up in the classifier of municipalities (OKTMO), correct them, and write `yes`";
            Finding::odd(SUBJECT, seen, cure)
        }
        None => {
            let of = "svod's own, of Smolensk oblast";
            let seen = format!(
                "{of}; compare the codes {unconfirmed} with the classifier (OKTMO) before these units report"
            );
            Finding::good(SUBJECT, if unconfirmed.is_empty() { of.to_owned() } else { seen })
        }
    }
}

/// Folders that svod writes to.
pub(super) fn folders(config: &Config) -> Vec<Finding> {
    let database = config.database_file().and_then(Path::parent);
    let mut folders: Vec<&Path> = database.into_iter().chain([config.data_dir.as_path()]).collect();
    folders.dedup();
    folders.into_iter().map(folder).collect()
}

fn folder(path: &Path) -> Finding {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let subject = format!("folder {}", path.display());
    // Made on first use: what counts is the nearest folder that is there.
    let Some(present) = path.ancestors().map(or_here).find(|folder| folder.exists()) else {
        return Finding::bad(&subject, "no folder above it is there", "make it, or correct SVOD_DATA_DIR");
    };
    let probe = present.join(format!(".svod-doctor-{}", std::process::id()));
    let written = std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe));
    match written {
        Ok(()) if present == path => Finding::good(&subject, "can be written"),
        Ok(()) => Finding::good(&subject, "is made on first use"),
        Err(error) => Finding::bad(
            &subject,
            format!("cannot be written: {error}"),
            "give it to the user that svod runs as, or free the disk",
        ),
    }
}

fn or_here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// The broker, its topology, what this user may do there, and whether everybody who may speak is answered there.
pub(super) async fn broker(config: &Config, senders: &[String]) -> Vec<Finding> {
    const SUBJECT: &str = "broker";
    let Some(urls) = &config.amqp_url else {
        return vec![Finding::good(SUBJECT, "none is configured: messages come over HTTP and `svod send`")];
    };
    let urls: BrokerUrls = match urls.parse() {
        Ok(urls) => urls,
        Err(error) => return vec![Finding::bad(SUBJECT, format!("{error:#}"), "correct SVOD_AMQP_URL")],
    };
    let findings = svod_amqp::doctor(&urls, senders).await;
    findings
        .into_iter()
        .map(|finding| match finding.level {
            BrokerLevel::Good => Finding::good(&finding.subject, finding.seen),
            BrokerLevel::Odd => {
                let cure = "run `svod run` as a user that may declare, or import deployments/rabbitmq";
                Finding::odd(&finding.subject, finding.seen, cure)
            }
            BrokerLevel::Bad => {
                let cure = match finding.subject.strip_prefix("queue svod.receipts.") {
                    Some(sender) => format!(
                        "make its user if there is none (rabbitmqctl add_user), and load what `svod principal definitions \
                         {sender}` prints (rabbitmqctl import_definitions)"
                    ),
                    None => "start the broker, correct SVOD_AMQP_URL, or give the user its rights (deployments/rabbitmq)".to_owned(),
                };
                Finding::bad(&finding.subject, finding.seen, cure)
            }
        })
        .collect()
}

/// The address of HTTP: free, or svod's own.
pub(super) async fn http(config: &Config) -> Finding {
    const SUBJECT: &str = "http";
    let address = &config.http_listen;
    match TcpListener::bind(address).await {
        Ok(_free) => Finding::good(SUBJECT, format!("{address} is free; no gateway runs here")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            if answers(address).await {
                Finding::good(
                    SUBJECT,
                    format!(
                        "svod answers at {address}; if that is another ledger's, give this one another address"
                    ),
                )
            } else {
                let seen = format!("another program listens on {address}");
                Finding::bad(SUBJECT, seen, "stop it, or set SVOD_HTTP_LISTEN to another address")
            }
        }
        Err(error) => {
            let seen = format!("{address} cannot be listened on: {error}");
            Finding::bad(SUBJECT, seen, "correct SVOD_HTTP_LISTEN: an address of this machine and a port")
        }
    }
}

async fn answers(address: &str) -> bool {
    let Ok(client) = reqwest::Client::builder().timeout(ANSWER_MAX).build() else { return false };
    let answer = client.get(format!("http://{address}/healthz")).send().await;
    answer.is_ok_and(|answer| answer.status().is_success())
}
