//! Connections to one of several nodes, kept by our own supervisor: the client library's recovery knows one address
//! and leaves consumers silent while it waits.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use futures_util::StreamExt as _;
use lapin::uri::AMQPUri;
use lapin::{Channel, Connection, ConnectionProperties, ErrorKind, Event};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::task::AbortOnDropHandle;
use tracing::{info, warn};

use crate::guard;

/// Seconds between heartbeats where the URL does not say: a dead peer is noticed after two of them.
const HEARTBEAT_S: u16 = 5;
/// How long one node may take to open a connection, TLS included, before the next one is tried.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a broker may take over an order that it answers at once when it is well. Declaring a quorum queue on a
/// loaded cluster is the slowest of them.
pub(crate) const ORDER_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a closing handshake is waited for: the connection ends without it, too.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// The first pause after a failure.
const PAUSE_MIN: Duration = Duration::from_millis(100);
/// The longest pause: a broker that comes back is found within it.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// The addresses of the nodes of one broker. Passwords are never printed.
#[derive(Clone, PartialEq)]
pub struct BrokerUrls {
    nodes: Vec<AMQPUri>,
}

/// Not a list of addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("address {place} of the broker is not amqp://USER:PASSWORD@HOST:PORT/VHOST: {what}")]
pub struct InvalidUrls {
    /// Which of the list, from 1.
    pub place: usize,
    /// What is wrong. Never holds the address itself, which has a password in it.
    pub what: String,
}

impl FromStr for BrokerUrls {
    type Err = InvalidUrls;

    /// Reads one address, or several with commas between them. No path, or an empty one, is the virtual host `/`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut nodes = Vec::new();
        for (index, part) in text.split(',').enumerate() {
            let parsed = part.trim().parse::<AMQPUri>();
            let mut node = parsed.map_err(|what| InvalidUrls { place: index + 1, what })?;
            if node.vhost.is_empty() {
                "/".clone_into(&mut node.vhost);
            }
            node.query.heartbeat.get_or_insert(HEARTBEAT_S);
            nodes.push(node);
        }
        Ok(Self { nodes })
    }
}

impl BrokerUrls {
    /// The name that the first address logs in with.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.nodes[0].authority.userinfo.username
    }

    /// The virtual host of the first address.
    #[must_use]
    pub fn vhost(&self) -> &str {
        &self.nodes[0].vhost
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }
}

impl fmt::Debug for BrokerUrls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.nodes.iter().map(name)).finish()
    }
}

/// A node without its password.
fn name(node: &AMQPUri) -> String {
    let AMQPUri { authority, vhost, .. } = node;
    format!("{}@{}:{} {vhost}", authority.userinfo.username, authority.host, authority.port)
}

/// Why a broker cannot be used now.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// It did not do in time what it does at once when it is well.
    #[error("the broker does not answer while {doing}")]
    Silent {
        /// What was being done.
        doing: &'static str,
    },
    /// Name, password or virtual host are wrong. Waiting does not help.
    #[error("the broker refuses {node}: name, password or virtual host are wrong")]
    Refused {
        /// The node, without the password.
        node: String,
        /// What the broker says.
        #[source]
        source: Box<lapin::Error>,
    },
    /// The connection cannot be made, or broke.
    #[error("the broker failed while {doing}")]
    Broken {
        /// What was being done.
        doing: &'static str,
        /// The client library's error.
        #[source]
        source: Box<lapin::Error>,
    },
}

impl LinkError {
    /// The broker's code (403, 404, 406), if it answered with one.
    pub(crate) fn code(&self) -> Option<u16> {
        match self {
            Self::Silent { .. } => None,
            Self::Refused { source, .. } | Self::Broken { source, .. } => match source.kind() {
                ErrorKind::ProtocolError(error) => Some(error.get_id()),
                _other => None,
            },
        }
    }
}

/// Waits for an order to the broker, not for ever.
pub(crate) async fn order<T>(
    doing: &'static str,
    answer: impl Future<Output = lapin::Result<T>>,
) -> Result<T, LinkError> {
    match timeout(ORDER_TIMEOUT, answer).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(source)) => Err(LinkError::Broken { doing, source: Box::new(source) }),
        Err(_elapsed) => Err(LinkError::Silent { doing }),
    }
}

/// What the broker has said of the connection as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// It takes and gives.
    Open,
    /// It takes nothing for now: memory or disk are short. What is published waits.
    Blocked,
    /// It is gone.
    Lost,
}

/// One connection.
#[derive(Debug)]
pub struct Link {
    connection: Connection,
    state: watch::Receiver<LinkState>,
    _listener: AbortOnDropHandle<()>,
}

impl Link {
    /// Connects to the first address that answers, beginning with number `first`, each tried once.
    pub async fn open(urls: &BrokerUrls, first: usize, purpose: &str) -> Result<Self, LinkError> {
        let mut failure = LinkError::Silent { doing: "connecting" };
        for offset in 0..urls.len() {
            let node = &urls.nodes[(first + offset) % urls.len()];
            match Self::open_node(node, purpose).await {
                Ok(link) => return Ok(link),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    async fn open_node(node: &AMQPUri, purpose: &str) -> Result<Self, LinkError> {
        let properties =
            ConnectionProperties::default().with_connection_name(format!("svod {purpose}").into());
        let connected = timeout(CONNECT_TIMEOUT, guard::connect(node.clone(), properties)).await;
        let connection = match connected {
            Ok(Ok(connection)) => connection,
            Ok(Err(source)) if is_refusal(&source) => {
                return Err(LinkError::Refused { node: name(node), source: Box::new(source) });
            }
            Ok(Err(source)) => {
                return Err(LinkError::Broken { doing: "connecting", source: Box::new(source) });
            }
            Err(_elapsed) => return Err(LinkError::Silent { doing: "connecting" }),
        };
        info!(node = name(node), purpose, "connected to the broker");
        let (tell, state) = watch::channel(LinkState::Open);
        let listener = tokio::spawn(listen(connection.events_listener(), tell, purpose.to_owned()));
        Ok(Self { connection, state, _listener: AbortOnDropHandle::new(listener) })
    }

    /// A new channel. One task owns it: the client library mixes up verdicts when several publish on one.
    pub async fn channel(&self) -> Result<Channel, LinkError> {
        order("opening a channel", self.connection.create_channel()).await
    }

    /// Follows the state of the connection.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<LinkState> {
        self.state.clone()
    }

    /// Whether it is still there.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.connection.status().connected() && *self.state.borrow() != LinkState::Lost
    }

    /// Says goodbye, briefly.
    pub async fn close(self) {
        let goodbye = self.connection.close(lapin::protocol::constants::REPLY_SUCCESS, "done".into());
        // The peer notices a closed socket as well.
        let _unheard = timeout(CLOSE_TIMEOUT, goodbye).await;
    }
}

/// 403: the name or the password; 530: no such virtual host, or not for this name.
fn is_refusal(error: &lapin::Error) -> bool {
    const ACCESS_REFUSED: u16 = 403;
    const NOT_ALLOWED: u16 = 530;
    matches!(error.kind(), ErrorKind::ProtocolError(error) if [ACCESS_REFUSED, NOT_ALLOWED].contains(&error.get_id()))
}

async fn listen(
    events: impl futures_util::Stream<Item = Event> + Send + 'static,
    tell: watch::Sender<LinkState>,
    purpose: String,
) {
    let mut events = std::pin::pin!(events);
    while let Some(event) = events.next().await {
        match event {
            Event::ConnectionBlocked(reason) => {
                warn!(purpose, reason, "the broker takes nothing for now");
                tell.send_replace(LinkState::Blocked);
            }
            Event::ConnectionUnblocked => {
                info!(purpose, "the broker takes messages again");
                tell.send_replace(LinkState::Open);
            }
            // A refusal ends a channel and leaves the connection.
            Event::Error(error) if !error.is_amqp_soft_error() => {
                tell.send_replace(LinkState::Lost);
            }
            _other => {}
        }
    }
    tell.send_replace(LinkState::Lost);
}

/// Growing pauses with jitter, so that many services do not come back at one moment.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Things went well.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// Waits after a failure: between a half and the whole of 100 ms, 200 ms, 400 ms … 5 s.
    pub(crate) async fn pause(&mut self) {
        let whole = PAUSE_MIN.saturating_mul(1 << self.failures.min(10)).min(PAUSE_MAX);
        self.failures += 1;
        let dice = u32::from(uuid::Uuid::new_v4().as_bytes()[0]);
        sleep(whole / 2 + whole / 2 * dice / u32::from(u8::MAX)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_addresses_are_read_and_their_passwords_are_never_printed() {
        let urls: BrokerUrls = "amqp://svod:secret@one:5672/region, amqp://svod:secret@two".parse().unwrap();
        assert_eq!((urls.len(), urls.user(), urls.vhost()), (2, "svod", "region"));
        let printed = format!("{urls:?}");
        assert!(!printed.contains("secret"), "{printed}");
        assert!(printed.contains("svod@two:5672 /"), "{printed}");
    }

    #[test]
    fn an_empty_path_is_the_default_virtual_host() {
        for text in ["amqp://h", "amqp://h/", "amqp://h/%2f"] {
            assert_eq!(text.parse::<BrokerUrls>().unwrap().vhost(), "/", "{text}");
        }
    }

    #[test]
    fn a_wrong_address_is_named_by_its_place_and_not_repeated() {
        let error = "amqp://a:secret@h,http://b:secret@h".parse::<BrokerUrls>().unwrap_err();
        assert_eq!(error.place, 2);
        assert!(!error.to_string().contains("secret"), "{error}");
        assert!("".parse::<BrokerUrls>().is_err());
    }

    #[test]
    fn heartbeats_are_frequent_unless_the_address_says_otherwise() {
        let heartbeat = |text: &str| text.parse::<BrokerUrls>().unwrap().nodes[0].query.heartbeat;
        assert_eq!(heartbeat("amqp://h"), Some(HEARTBEAT_S));
        assert_eq!(heartbeat("amqp://h/v?heartbeat=60"), Some(60));
    }
}
