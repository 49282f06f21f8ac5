//! The run's broker: a virtual host of one's own, and a client that publishes with confirms and consumes.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use futures_util::{StreamExt as _, stream};
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
    QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, PublisherConfirm};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::messages::SENDER;
use crate::naive;

/// Messages without a confirm at once: the knee of the measured curve.
const WINDOW: usize = 200;
/// Deliveries on their way.
const PREFETCH: u16 = 500;
/// Deliveries acknowledged at once.
const ACK_EVERY: usize = 100;
/// A broker or a service that gives nothing for so long gives nothing any more.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// A virtual host with the sender's user. It goes with the run.
pub struct Broker {
    /// For the service.
    pub url: String,
    /// For the sender.
    pub sender_url: String,
}

impl Broker {
    /// A new one.
    pub async fn fresh() -> Result<Self> {
        let admin_url = variable("SVOD_TEST_AMQP_URL")?;
        let (authority, _vhost) =
            admin_url.rsplit_once('/').context("the address of the broker has no path")?;
        let (login, host) = authority.split_once('@').context("the address of the broker has no user")?;
        let admin = login.trim_start_matches("amqp://").split(':').next().unwrap_or_default();
        let vhost = format!("bench-{}", Uuid::new_v4().simple());
        put(&format!("vhosts/{vhost}"), &json!({})).await?;
        put(&format!("users/{SENDER}"), &json!({"password": "secret", "tags": ""})).await?;
        let all = json!({"configure": ".*", "write": ".*", "read": ".*"});
        for user in [admin, SENDER] {
            put(&format!("permissions/{vhost}/{user}"), &all).await?;
        }
        let sender_url = format!("amqp://{SENDER}:secret@{host}/{vhost}");
        Ok(Self { url: format!("{authority}/{vhost}"), sender_url })
    }
}

/// A quorum queue.
pub async fn declare(channel: &Channel, queue: &str) -> Result<()> {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(queue.into(), options, arguments).await?;
    Ok(())
}

/// Where messages go in and what comes of them comes out.
pub struct Way {
    /// The exchange that is published to.
    pub exchange: String,
    /// Under which key.
    pub key: String,
    /// The queue that is consumed.
    pub queue: String,
}

impl Way {
    /// Commands of the sender and its receipts.
    pub fn through_svod() -> Self {
        Self {
            exchange: "svod.commands".to_owned(),
            key: format!("activity.submit.{SENDER}"),
            queue: format!("svod.receipts.{SENDER}"),
        }
    }

    /// To the consumer that thinks of nothing, and its receipts.
    pub fn through_naive() -> Self {
        Self { exchange: String::new(), key: naive::COMMANDS.to_owned(), queue: naive::RECEIPTS.to_owned() }
    }

    /// Straight through one quorum queue.
    pub async fn through_broker(url: &str) -> Result<Self> {
        let queue = "bench.through";
        let connection = connect(url).await?;
        declare(&connection.create_channel().await?, queue).await?;
        Ok(Self { exchange: String::new(), key: queue.to_owned(), queue: queue.to_owned() })
    }
}

/// One publisher and one consumer, each on a connection of its own.
pub struct Client {
    publishing: Channel,
    consuming: lapin::Consumer,
    way: Way,
    _connections: (Connection, Connection),
}

impl Client {
    /// Connects as the sender.
    pub async fn open(url: &str, way: Way) -> Result<Self> {
        let (out, back) = (connect(url).await?, connect(url).await?);
        let publishing = out.create_channel().await?;
        publishing.confirm_select(ConfirmSelectOptions::default()).await?;
        let channel = back.create_channel().await?;
        channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
        let options = BasicConsumeOptions::default();
        let consuming = channel
            .basic_consume(way.queue.as_str().into(), "".into(), options, FieldTable::default())
            .await?;
        Ok(Self { publishing, consuming, way, _connections: (out, back) })
    }

    /// Publishes everything and takes as many deliveries; their bodies, and the seconds that it took.
    pub async fn exchange(&mut self, bodies: &[Vec<u8>]) -> Result<(Vec<Vec<u8>>, f64)> {
        let began = Instant::now();
        let (channel, way) = (&self.publishing, &self.way);
        let consumer = &mut self.consuming;
        let (_, taken) = tokio::try_join!(publish(channel, way, bodies), take(consumer, bodies.len()))?;
        Ok((taken, began.elapsed().as_secs_f64()))
    }

    /// Publishes each when it is due, whatever comes back; how many milliseconds each took from then until what came of it was
    /// there. Sorted.
    pub async fn paced(&mut self, bodies: &[Vec<u8>], due: &[Duration]) -> Result<Vec<f64>> {
        let (channel, way, consumer) = (&self.publishing, &self.way, &mut self.consuming);
        let began = Instant::now();
        let due = |index: usize| began + due.get(index).copied().unwrap_or_default();
        let sending = async {
            let mut confirms = stream::FuturesUnordered::new();
            for (index, body) in bodies.iter().enumerate() {
                tokio::time::sleep_until(due(index).into()).await;
                confirms.push(send(channel, way, index, body).await?);
            }
            while let Some(confirm) = confirms.next().await {
                ensure!(confirm?.is_ack(), "the broker refused a message");
            }
            Ok(())
        };
        let taking = async {
            let mut waits_ms = Vec::with_capacity(bodies.len());
            while waits_ms.len() < bodies.len() {
                let next = tokio::time::timeout(SILENCE_MAX, consumer.next()).await;
                let delivery =
                    next.context("nothing comes any more")?.context("the consumer was ended")??;
                let id = delivery.properties.correlation_id().as_ref().context("no correlation id")?;
                ensure!(is_recorded(&delivery.data), "{}", String::from_utf8_lossy(&delivery.data));
                let late = due(id.as_str().parse()?).elapsed();
                waits_ms.push(late.as_secs_f64() * 1e3);
                delivery.acker.ack(BasicAckOptions::default()).await?;
            }
            waits_ms.sort_by(f64::total_cmp);
            Ok(waits_ms)
        };
        let ((), waits_ms) = tokio::try_join!(sending, taking)?;
        Ok(waits_ms)
    }
}

/// Whether a receipt says so; as cheaply as can be, because the client shares the processors with what is measured.
pub fn is_recorded(receipt: &[u8]) -> bool {
    const SAYS: &[u8] = b"\"outcome\":\"recorded\"";
    receipt.windows(SAYS.len()).any(|some| some == SAYS)
}

async fn send(channel: &Channel, way: &Way, index: usize, body: &[u8]) -> Result<PublisherConfirm> {
    let properties = BasicProperties::default()
        .with_content_type("application/cloudevents+json".into())
        .with_delivery_mode(2)
        .with_user_id(SENDER.into())
        .with_correlation_id(index.to_string().into());
    let (exchange, key) = (way.exchange.as_str().into(), way.key.as_str().into());
    Ok(channel.basic_publish(exchange, key, BasicPublishOptions::default(), body, properties).await?)
}

async fn publish(channel: &Channel, way: &Way, bodies: &[Vec<u8>]) -> Result<()> {
    let sending = bodies
        .iter()
        .enumerate()
        .map(|(index, body)| async move { anyhow::Ok(send(channel, way, index, body).await?.await?) });
    let mut confirms = stream::iter(sending).buffered(WINDOW);
    while let Some(confirm) = confirms.next().await {
        ensure!(confirm?.is_ack(), "the broker refused a message");
    }
    Ok(())
}

async fn take(consumer: &mut lapin::Consumer, count: usize) -> Result<Vec<Vec<u8>>> {
    let mut bodies = Vec::with_capacity(count);
    while bodies.len() < count {
        let next = tokio::time::timeout(SILENCE_MAX, consumer.next()).await;
        let next = next.with_context(|| format!("only {} of {count} came", bodies.len()))?;
        let Delivery { data, acker, .. } = next.context("the consumer was ended")??;
        bodies.push(data);
        if bodies.len() % ACK_EVERY == 0 || bodies.len() == count {
            acker.ack(BasicAckOptions { multiple: true }).await?;
        }
    }
    Ok(bodies)
}

pub async fn connect(url: &str) -> Result<Connection> {
    Ok(Connection::connect(url, ConnectionProperties::default()).await?)
}

/// What broker it is.
pub async fn version() -> Result<String> {
    let overview: Value = reqwest::get(format!("{}/overview", api()?)).await?.json().await?;
    let said = |key: &str| overview[key].as_str().unwrap_or_default().to_owned();
    Ok(format!("{} on Erlang {}", said("rabbitmq_version"), said("erlang_version")))
}

async fn put(path: &str, body: &Value) -> Result<()> {
    let answer = reqwest::Client::new().put(format!("{}/{path}", api()?)).json(body).send().await?;
    ensure!(answer.status().is_success(), "PUT {path}: {}", answer.status());
    Ok(())
}

fn api() -> Result<String> {
    let url = variable("SVOD_TEST_RABBITMQ_API")?;
    Ok(format!("{}/api", url.trim_end_matches('/').trim_end_matches("/api")))
}

fn variable(name: &str) -> Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set: run it through tests/bench/run.sh"))
}
