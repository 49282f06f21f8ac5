//! A virtual host for one test, users in it, and a foreign client that knows nothing of svod's own code.

use std::time::Duration;

use futures_util::StreamExt as _;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions,
    QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, Consumer};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use svod_amqp::BrokerUrls;
use tokio::time::timeout;
use uuid::Uuid;

/// How long anything may take on a loaded machine before the test has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Every test user's password. The broker listens on loopback only and ends with the run.
const PASSWORD: &str = "test";

fn variable(name: &str) -> String {
    let value = std::env::var_os(name).and_then(|value| value.into_string().ok());
    value.unwrap_or_else(|| panic!("{name} is not set: run under tests/servers/with-servers.sh"))
}

/// A virtual host of a test's own.
pub(crate) struct Broker {
    pub(crate) vhost: String,
    api: String,
    node: String,
    client: Client,
}

impl Broker {
    /// A new one on the broker of the run.
    pub(crate) async fn fresh() -> Self {
        Self::on(&variable("SVOD_TEST_AMQP_URL"), &variable("SVOD_TEST_RABBITMQ_API")).await
    }

    /// A new one on this broker.
    pub(crate) async fn on(url: &str, api: &str) -> Self {
        let vhost = format!("test-{}", Uuid::new_v4().simple());
        let at = url.find("amqp://").map_or(0, |at| at + "amqp://".len());
        let node = url[at..].split('@').next_back().unwrap().split('/').next().unwrap().to_owned();
        let broker = Self { vhost, api: api.trim_end_matches('/').to_owned(), node, client: Client::new() };
        broker.call(Method::PUT, &format!("vhosts/{}", broker.vhost), json!({})).await;
        broker.user("svod-test", ".*").await;
        broker
    }

    /// Calls the management API.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Value) -> Value {
        loop {
            let request = self.client.request(method.clone(), format!("{}/api/{path}", self.api)).json(&body);
            let answer = request.send().await.unwrap();
            let status = answer.status();
            let text = answer.text().await.unwrap();
            // Users belong to the whole broker, and another test was making the same one at this moment. What else the call
            // was to do (a whole file of definitions) was left undone; now that the user is there it is done.
            if text.contains("user_already_exists") {
                continue;
            }
            assert!(status.is_success(), "{method} {path}: {status} {text}");
            return serde_json::from_str(&text).unwrap_or(Value::Null);
        }
    }

    /// A user who may read and write everything here, and declare what `configure` matches.
    pub(crate) async fn user(&self, name: &str, configure: &str) {
        self.call(Method::PUT, &format!("users/{name}"), json!({"password": PASSWORD, "tags": ""})).await;
        let permission = json!({"configure": configure, "write": ".*", "read": ".*"});
        self.call(Method::PUT, &format!("permissions/{}/{name}", self.vhost), permission).await;
    }

    /// How the user reaches this virtual host.
    pub(crate) fn url(&self, user: &str) -> String {
        format!("amqp://{user}:{PASSWORD}@{}/{}", self.node, self.vhost)
    }

    /// How svod reaches it.
    pub(crate) fn urls(&self) -> BrokerUrls {
        self.url("svod-test").parse().unwrap()
    }

    /// A client that is logged in as this user, who is made if need be.
    pub(crate) async fn client(&self, user: &str) -> Speaker {
        self.user(user, ".*").await;
        Speaker::connect(&self.url(user), user).await
    }

    /// How many messages lie in a queue, counted by a client: the API's numbers are old.
    pub(crate) async fn ready(&self, queue: &str) -> u32 {
        let speaker = Speaker::connect(&self.url("svod-test"), "svod-test").await;
        let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let queue =
            speaker.channel.queue_declare(queue.into(), options, FieldTable::default()).await.unwrap();
        queue.message_count()
    }
}

impl Drop for Broker {
    /// A thread of its own, because the runtime of the test may be going down.
    fn drop(&mut self) {
        let path = format!("{}/api/vhosts/{}", self.api, self.vhost);
        let deleted = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map(|runtime| runtime.block_on(Client::new().delete(path).send()).map(drop))
        });
        drop(deleted.join());
    }
}

/// A foreign client on one channel.
pub(crate) struct Speaker {
    pub(crate) name: String,
    pub(crate) channel: Channel,
    _connection: Connection,
}

impl Speaker {
    pub(crate) async fn connect(url: &str, name: &str) -> Self {
        let connection = Connection::connect(url, ConnectionProperties::default()).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
        Self { name: name.to_owned(), channel, _connection: connection }
    }

    /// Properties as the contract asks for them.
    pub(crate) fn properties(&self) -> BasicProperties {
        BasicProperties::default()
            .with_user_id(self.name.as_str().into())
            .with_content_type("application/cloudevents+json".into())
            .with_delivery_mode(2)
    }

    /// Publishes to the exchange of commands, confirmed.
    pub(crate) async fn say(&self, key: &str, body: &[u8], properties: BasicProperties) {
        let sent = self.publish("svod.commands", key, body, properties).await;
        assert!(matches!(sent, Ok(Confirmation::Ack(None))), "{sent:?}");
    }

    pub(crate) async fn publish(
        &self,
        exchange: &str,
        key: &str,
        body: &[u8],
        properties: BasicProperties,
    ) -> lapin::Result<Confirmation> {
        let options = BasicPublishOptions::default();
        self.channel.basic_publish(exchange.into(), key.into(), options, body, properties).await?.await
    }

    /// Sends a command under the key of the contract.
    pub(crate) async fn command(&self, message: &Value) {
        let key = format!("activity.submit.{}", self.name);
        self.say(&key, message.to_string().as_bytes(), self.properties()).await;
    }

    /// Listens to a queue that may not be there yet.
    pub(crate) async fn listen(self, queue: &str) -> Listener {
        let Self { name, channel, _connection: connection } = self;
        let last = std::sync::Mutex::new("no answer".to_owned());
        let listening = async {
            loop {
                let channel = connection.create_channel().await.unwrap();
                let options = BasicConsumeOptions::default();
                let table = FieldTable::default();
                match channel.basic_consume(queue.into(), "".into(), options, table).await {
                    Ok(consumer) => return consumer,
                    Err(error) => {
                        *last.lock().unwrap() = error.to_string();
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                }
            }
        };
        let consumer = timeout(PATIENCE, listening).await;
        let consumer = consumer.unwrap_or_else(|_| panic!("{queue} never came: {}", last.lock().unwrap()));
        let speaker = Self { name, channel, _connection: connection };
        Listener { consumer, _speaker: speaker }
    }

    /// Listens to everything that is published to an exchange under keys of this pattern.
    pub(crate) async fn overhear(self, exchange: &str, pattern: &str) -> Listener {
        let options = QueueDeclareOptions { exclusive: true, ..QueueDeclareOptions::default() };
        let queue = self.channel.queue_declare("".into(), options, FieldTable::default()).await.unwrap();
        let name = queue.name().clone();
        let (options, table) = (QueueBindOptions::default(), FieldTable::default());
        self.channel.queue_bind(name.clone(), exchange.into(), pattern.into(), options, table).await.unwrap();
        self.listen(name.as_str()).await
    }

    /// Takes one message of a queue, as soon as there is one.
    pub(crate) async fn take(&self, queue: &str) -> Delivery {
        let taking = async {
            loop {
                let got =
                    self.channel.basic_get(queue.into(), BasicGetOptions { no_ack: true }).await.unwrap();
                match got {
                    Some(message) => return message.delivery,
                    None => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
        };
        timeout(PATIENCE, taking).await.unwrap_or_else(|_| panic!("nothing came to {queue}"))
    }
}

/// A client that waits on a queue.
pub(crate) struct Listener {
    consumer: Consumer,
    _speaker: Speaker,
}

impl Listener {
    pub(crate) async fn next(&mut self) -> Delivery {
        let delivery = timeout(PATIENCE, self.consumer.next()).await.expect("nothing came").unwrap().unwrap();
        assert!(delivery.ack(BasicAckOptions::default()).await.unwrap());
        delivery
    }

    /// The next message's body, a JSON text.
    pub(crate) async fn json(&mut self) -> Value {
        serde_json::from_slice(&self.next().await.data).unwrap()
    }

    /// That nothing more comes for a while.
    pub(crate) async fn expect_silence(&mut self) {
        let more = timeout(Duration::from_millis(500), self.consumer.next()).await;
        assert!(more.is_err(), "{more:?}");
    }
}
