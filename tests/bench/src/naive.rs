//! A consumer as one writes it first: each message is read, recorded in a transaction of its own, answered, acknowledged, and only
//! then comes the next. No rules, no order of its own, no proofs; a message that comes twice is known by its id.

use anyhow::{Context as _, Result};
use futures_util::StreamExt as _;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection};
use serde_json::{Value, json};
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};
use tokio::task::JoinHandle;

use crate::broker::{connect, declare};

/// Where it takes from.
pub const COMMANDS: &str = "bench.naive";
/// Where it answers.
pub const RECEIPTS: &str = "bench.naive.receipts";

const TABLE: &str = "CREATE TABLE events (
    position BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, message_id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    data JSONB NOT NULL, recorded_at TIMESTAMPTZ NOT NULL DEFAULT now()
)";
const RECORD: &str = "INSERT INTO events (message_id, kind, data) VALUES ($1, $2, $3::JSONB)
    ON CONFLICT (message_id) DO UPDATE SET kind = excluded.kind RETURNING position";

/// It at work.
pub struct Naive {
    task: JoinHandle<Result<()>>,
    _connection: Connection,
}

impl Naive {
    /// Declares its queues and its table and begins.
    pub async fn start(amqp_url: &str, database_url: &str) -> Result<Self> {
        let connection = connect(amqp_url).await?;
        let channel = connection.create_channel().await?;
        for queue in [COMMANDS, RECEIPTS] {
            declare(&channel, queue).await?;
        }
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        let mut database = PgConnection::connect(database_url).await?;
        database.execute(TABLE).await?;
        let task = tokio::spawn(async move { consume(channel, database).await });
        Ok(Self { task, _connection: connection })
    }

    /// Ends it.
    pub fn stop(self) {
        self.task.abort();
    }
}

async fn consume(channel: Channel, mut database: PgConnection) -> Result<()> {
    let options = BasicConsumeOptions::default();
    let mut consumer =
        channel.basic_consume(COMMANDS.into(), "".into(), options, FieldTable::default()).await?;
    while let Some(delivery) = consumer.next().await {
        let delivery = delivery?;
        let message: Value = serde_json::from_slice(&delivery.data).context("a message is not JSON")?;
        let said = |key: &str| message[key].as_str().with_context(|| format!("a message without {key}"));
        let mut transaction = database.begin().await?;
        let query = sqlx::query_scalar::<_, i64>(RECORD).bind(said("id")?).bind(said("type")?);
        let position = query.bind(message["data"].to_string()).fetch_one(&mut *transaction).await?;
        transaction.commit().await?;
        let receipt = json!({"id": said("id")?, "outcome": "recorded", "position": position}).to_string();
        let mut properties = BasicProperties::default().with_delivery_mode(2);
        if let Some(id) = delivery.properties.correlation_id() {
            properties = properties.with_correlation_id(id.clone());
        }
        let options = BasicPublishOptions::default();
        let sent = channel
            .basic_publish("".into(), RECEIPTS.into(), options, receipt.as_bytes(), properties)
            .await?;
        sent.await?;
        delivery.acker.ack(BasicAckOptions::default()).await?;
    }
    Ok(())
}
