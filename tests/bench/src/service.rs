//! The measured service: the released program, as an office would run it.

use std::fs::File;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tokio::process::{Child, Command};

use crate::ledger::{Ledger, program, token};
use crate::results::middle;

/// How long anything that should happen may take.
pub const PATIENCE: Duration = Duration::from_secs(600);

/// A running service.
pub struct Service {
    child: Child,
    client: reqwest::Client,
    url: String,
    /// Its number.
    pub pid: u32,
    /// Seconds from its start until it said that it is ready.
    pub ready_after: f64,
}

impl Service {
    /// Starts every role and waits until it is ready.
    pub async fn start(ledger: &Ledger, amqp_url: Option<&str>) -> Result<Self> {
        let program = program("svod")?;
        // Nobody else takes a port that was free a moment ago: the kernel gives others first.
        let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let log = File::create(ledger.folder.path().join("service.log"))?;
        let mut command = Command::new(&program);
        command
            .arg("run")
            .current_dir(ledger.folder.path())
            .env("SVOD_DATABASE_URL", &ledger.url)
            .env("SVOD_DATA_DIR", ledger.folder.path().join("data"))
            .env("SVOD_HTTP_LISTEN", address.to_string())
            .env_remove("SVOD_AMQP_URL")
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true);
        if let Some(url) = amqp_url {
            command.env("SVOD_AMQP_URL", url);
        }
        let began = Instant::now();
        let child = command.spawn().with_context(|| format!("starting {}", program.display()))?;
        let pid = child.id().context("the service has ended at once")?;
        let url = format!("http://{address}");
        let mut service = Self { child, client: reqwest::Client::new(), url, pid, ready_after: 0.0 };
        service.wait_until_ready(ledger).await?;
        service.ready_after = began.elapsed().as_secs_f64();
        Ok(service)
    }

    async fn wait_until_ready(&mut self, ledger: &Ledger) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                let log = std::fs::read_to_string(ledger.folder.path().join("service.log"))?;
                bail!("the service ended with {status}:\n{log}");
            }
            let answer = self.client.get(format!("{}/readyz", self.url)).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        bail!("the service was not ready after {PATIENCE:?}")
    }

    /// Sends one message that must be recorded.
    pub async fn send(&self, sender: &str, body: Vec<u8>) -> Result<()> {
        let answer = self
            .client
            .post(format!("{}/api/v1/messages", self.url))
            .bearer_auth(token(sender))
            .header("content-type", "application/cloudevents+json")
            .body(body)
            .send()
            .await?;
        let status = answer.status();
        ensure!(status.is_success(), "{status}: {}", answer.text().await?);
        Ok(())
    }

    /// The milliseconds of one answer, the middle of so many.
    pub async fn get_ms(&self, reader: &str, path: &str, times: usize) -> Result<f64> {
        let mut waits_ms = vec![];
        for _ in 0..times {
            let began = Instant::now();
            let request = self.client.get(format!("{}{path}", self.url)).bearer_auth(token(reader));
            let answer = request.send().await?;
            ensure!(answer.status().is_success(), "GET {path}: {}", answer.status());
            answer.bytes().await?;
            waits_ms.push(began.elapsed().as_secs_f64() * 1e3);
        }
        Ok(middle(waits_ms))
    }

    /// Tells it to stop, and waits.
    pub async fn stop(mut self) -> Result<()> {
        let told = Command::new("kill").args(["-TERM", &self.pid.to_string()]).status().await?;
        ensure!(told.success(), "the service could not be told to stop");
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await??;
        ensure!(status.success(), "the service ended with {status}");
        Ok(())
    }
}
