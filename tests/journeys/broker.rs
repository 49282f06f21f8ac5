//! A virtual host of the test's own on the run's RabbitMQ (or another), with users as an office would make them.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::service::{root, variable};

/// A virtual host. Removed at the end of the test.
pub(crate) struct Broker {
    vhost: String,
    api: String,
    admin_url: String,
}

impl Broker {
    /// On the run's RabbitMQ.
    pub(crate) fn new() -> Self {
        Self::at(&variable("SVOD_TEST_AMQP_URL"), &variable("SVOD_TEST_RABBITMQ_API"))
    }

    /// On this server.
    pub(crate) fn at(amqp_url: &str, api: &str) -> Self {
        let vhost = format!("journey-{}", uuid::Uuid::new_v4().simple());
        let api = api.trim_end_matches('/').trim_end_matches("/api").to_owned();
        let scheme_end = amqp_url.find("://").unwrap() + 3;
        let authority_end = amqp_url[scheme_end..].find('/').map_or(amqp_url.len(), |at| scheme_end + at);
        let broker = Self { vhost, api, admin_url: amqp_url[..authority_end].to_owned() };
        broker.put(&format!("vhosts/{}", broker.vhost), &json!({}));
        let (admin, _) = broker.admin_url[scheme_end..].split_once(':').unwrap();
        let all = json!({"configure": ".*", "write": ".*", "read": ".*"});
        broker.put(&format!("permissions/{}/{admin}", broker.vhost), &all);
        broker
    }

    /// For the service.
    pub(crate) fn url(&self) -> String {
        format!("{}/{}", self.admin_url, self.vhost)
    }

    /// A user that may write commands and read its own receipts; the URL it connects by.
    pub(crate) fn user(&self, name: &str) -> String {
        let host = self.admin_url.rsplit('@').next().unwrap();
        self.put(&format!("users/{name}"), &json!({"password": "secret", "tags": ""}));
        let own = format!("^svod\\.receipts\\.{name}$");
        let rights = json!({"configure": "^$", "write": "^svod\\.commands$", "read": own});
        self.put(&format!("permissions/{}/{name}", self.vhost), &rights);
        format!("amqp://{name}:secret@{host}/{}", self.vhost)
    }

    /// How many messages a queue holds. `None`: no such queue yet.
    pub(crate) fn queue_length(&self, queue: &str) -> Option<u64> {
        let answer =
            reqwest::blocking::get(format!("{}/api/queues/{}/{queue}", self.api, self.vhost)).ok()?;
        answer.json::<Value>().ok()?["messages"].as_u64()
    }

    #[track_caller]
    fn put(&self, path: &str, body: &Value) {
        let client = reqwest::blocking::Client::new();
        let answer = client.put(format!("{}/api/{path}", self.api)).json(body).send().unwrap();
        assert!(answer.status().is_success(), "PUT {path}: {}", answer.status());
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let client = reqwest::blocking::Client::new();
        let _gone = client.delete(format!("{}/api/vhosts/{}", self.api, self.vhost)).send();
    }
}

/// Runs one of the foreign clients with Python; what it printed, a JSON value a line.
#[track_caller]
pub(crate) fn python(script: &str, arguments: &[&str], input: &str) -> Vec<Value> {
    use std::io::Write as _;
    let mut child = Command::new(variable("SVOD_TEST_PYTHON"))
        .arg(root().join("tests/journeys/clients").join(script))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let feeder = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let _broken_pipe_is_told_by_the_status = feeder.join().unwrap();
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Publishes messages as the URL's user and returns their receipts, in the order they came.
#[track_caller]
pub(crate) fn exchange(url: &str, messages: &[Value]) -> Vec<Value> {
    let lines: Vec<String> = messages.iter().map(Value::to_string).collect();
    let count = messages.len().to_string();
    let printed = python("amqp.py", &["--url", url, "--receipts", &count], &lines.join("\n"));
    printed.into_iter().map(|line| line["receipt"].clone()).collect()
}

/// A message as the foreign client takes it: routing key by type and sender.
pub(crate) fn addressed(event: &Value, sender: &str) -> Value {
    let kind = event["type"].as_str().unwrap_or("svod.unknown.unknown.v1");
    let parts: Vec<&str> = kind.split('.').collect();
    json!({"routing_key": format!("{}.{}.{sender}", parts[1], parts[2]), "body": event})
}
