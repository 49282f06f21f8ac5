//! Declaring the topology where svod may, and looking whether it is there where svod may not.

use std::fmt;

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Channel, ExchangeKind};
use tracing::{debug, warn};

use crate::connection::{Link, LinkError, order};
use crate::topology::{BINDINGS, Binding, EXCHANGES, Exchange, QUEUES, Queue, Routing, field_table};

/// The broker's «you may not».
const ACCESS_REFUSED: u16 = 403;
/// The broker's «there is no such thing».
const NOT_FOUND: u16 = 404;
/// The broker's «it is there, but it is another».
const PRECONDITION_FAILED: u16 = 406;

/// How a thing of the table stands on the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As the table wants it.
    AsWanted,
    /// It is there; whether it is as wanted cannot be told without the right to declare it.
    Present,
    /// It is there with other arguments.
    Different,
    /// It is not there.
    Missing,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AsWanted => "as wanted",
            Self::Present => "present",
            Self::Different => "there with other arguments",
            Self::Missing => "missing",
        })
    }
}

/// One thing of the table, on the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// `exchange svod.commands`, `queue svod.intake`, `binding …`.
    pub what: String,
    /// How it stands.
    pub standing: Standing,
}

/// Declares things one after another. A refusal closes the channel, so this opens a new one behind it.
#[derive(Debug)]
pub struct Declarer<'a> {
    link: &'a Link,
    channel: Option<Channel>,
    may_declare: bool,
}

#[derive(Clone, Copy)]
enum Thing<'a> {
    Exchange(&'a Exchange),
    Queue(&'a Queue),
    Binding(&'a Binding),
}

impl fmt::Display for Thing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exchange(exchange) => write!(f, "exchange {}", exchange.name),
            Self::Queue(queue) => write!(f, "queue {}", queue.name),
            Self::Binding(Binding { exchange, queue, key }) => {
                write!(f, "binding {exchange} -{key}-> {queue}")
            }
        }
    }
}

enum Tried {
    Done,
    Refused(u16),
}

impl<'a> Declarer<'a> {
    /// With `may_declare` false it only looks.
    #[must_use]
    pub fn new(link: &'a Link, may_declare: bool) -> Self {
        Self { link, channel: None, may_declare }
    }

    /// Whether the broker has let everything be declared so far.
    #[must_use]
    pub fn may_declare(&self) -> bool {
        self.may_declare
    }

    /// The whole table.
    pub async fn table(&mut self) -> Result<Vec<Found>, LinkError> {
        let mut found = Vec::with_capacity(EXCHANGES.len() + QUEUES.len() + BINDINGS.len());
        for exchange in EXCHANGES {
            found.push(self.stand(Thing::Exchange(exchange)).await?);
        }
        for queue in QUEUES {
            found.push(self.stand(Thing::Queue(queue)).await?);
        }
        for binding in BINDINGS {
            found.push(self.stand(Thing::Binding(binding)).await?);
        }
        for Found { what, standing } in &found {
            match standing {
                Standing::AsWanted | Standing::Present => debug!(what, %standing, "topology"),
                Standing::Different | Standing::Missing => warn!(what, %standing, "topology"),
            }
        }
        Ok(found)
    }

    /// One sender's queue of receipts.
    pub async fn receipts(&mut self, queue: &Queue, binding: &Binding) -> Result<Standing, LinkError> {
        let standing = self.stand(Thing::Queue(queue)).await?.standing;
        if standing != Standing::Missing {
            self.stand(Thing::Binding(binding)).await?;
        }
        Ok(standing)
    }

    /// Declares a thing if it may, and otherwise looks for it.
    async fn stand(&mut self, thing: Thing<'_>) -> Result<Found, LinkError> {
        let what = thing.to_string();
        let standing = |standing| Ok(Found { what, standing });
        if self.may_declare {
            match self.attempt(thing, false).await? {
                Tried::Done => return standing(Standing::AsWanted),
                Tried::Refused(ACCESS_REFUSED) => self.may_declare = false,
                Tried::Refused(NOT_FOUND) => return standing(Standing::Missing),
                Tried::Refused(_) => return standing(Standing::Different),
            }
        }
        match self.attempt(thing, true).await? {
            Tried::Refused(NOT_FOUND) => standing(Standing::Missing),
            Tried::Done | Tried::Refused(_) => standing(Standing::Present),
        }
    }

    async fn attempt(&mut self, thing: Thing<'_>, passive: bool) -> Result<Tried, LinkError> {
        let channel = match self.channel.take() {
            Some(channel) => channel,
            None => self.link.channel().await?,
        };
        let declared = match thing {
            Thing::Exchange(exchange) => declare_exchange(&channel, exchange, passive).await,
            Thing::Queue(queue) => declare_queue(&channel, queue, passive).await,
            // A binding can be made, but the protocol has no way of asking whether it is there.
            Thing::Binding(_) if passive => Ok(()),
            Thing::Binding(binding) => bind(&channel, binding).await,
        };
        match declared {
            Ok(()) => {
                self.channel = Some(channel);
                Ok(Tried::Done)
            }
            Err(error) => match error.code() {
                Some(code @ (ACCESS_REFUSED | NOT_FOUND | PRECONDITION_FAILED)) => Ok(Tried::Refused(code)),
                Some(_) | None => Err(error),
            },
        }
    }
}

async fn declare_exchange(channel: &Channel, exchange: &Exchange, passive: bool) -> Result<(), LinkError> {
    let kind = match exchange.routing {
        Routing::Topic => ExchangeKind::Topic,
        Routing::Fanout => ExchangeKind::Fanout,
    };
    let options = ExchangeDeclareOptions { passive, durable: true, ..ExchangeDeclareOptions::default() };
    let declared =
        channel.exchange_declare(exchange.name.into(), kind, options, field_table(exchange.arguments));
    order("declaring an exchange", declared).await
}

async fn declare_queue(channel: &Channel, queue: &Queue, passive: bool) -> Result<(), LinkError> {
    let options = QueueDeclareOptions { passive, durable: true, ..QueueDeclareOptions::default() };
    let declared = channel.queue_declare(queue.name.as_ref().into(), options, field_table(queue.arguments));
    order("declaring a queue", declared).await.map(drop)
}

async fn bind(channel: &Channel, binding: &Binding) -> Result<(), LinkError> {
    let Binding { exchange, queue, key } = binding;
    let (queue, exchange, key) = (queue.as_ref().into(), (*exchange).into(), key.as_ref().into());
    let bound = channel.queue_bind(queue, exchange, key, QueueBindOptions::default(), FieldTable::default());
    order("binding a queue", bound).await
}
