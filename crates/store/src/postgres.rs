//! Connections to PostgreSQL: their limits and settings, and where they rest. Not the driver's pool: that asks each connection whether
//! it still lives whenever it is given back, which is one more round trip for every statement, and in a task of its own, so that
//! whoever asks next has another connection made.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use svod_log::StoreError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout};

use crate::failure::{failure, is_not_ready};
use crate::open::ACQUIRE_TIMEOUT;

/// A connection that has rested for longer is asked whether it still lives before it is used.
const REST_TRUSTED: Duration = Duration::from_secs(1);
/// One that has rested for so long is not needed: many programs share a server.
const REST_MAX: Duration = Duration::from_mins(10);
/// An older one is not used again: the server's half of it grows with what it has seen.
const LIFETIME: Duration = Duration::from_mins(30);
/// Before a server that is not ready is asked again.
const READY_PAUSE: Duration = Duration::from_millis(50);

/// Settings of every session. The isolation is named, because a database may be configured to another one, under which
/// a lost compare-and-set would be an error instead of an answer.
///
/// Plans are made once: planning one anew for each short batch took the server longer than carrying it out. Every statement here finds
/// its rows by an index, and a plan that was made while a table was empty must do so, too, when it is not any more.
const SETTINGS: [(&str, &str); 8] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("default_transaction_isolation", "read committed"),
    ("lock_timeout", "5s"),
    ("statement_timeout", "15s"),
    ("idle_in_transaction_session_timeout", "15s"),
];

/// The connections of this process to one database.
pub(crate) struct Connections {
    options: PgConnectOptions,
    /// The one that was used last lies on top.
    rested: Mutex<Vec<Resting>>,
    /// One for each connection that there may be.
    turns: Arc<Semaphore>,
}

struct Resting {
    used: Used,
    since: Instant,
}

struct Used {
    connection: PgConnection,
    made: Instant,
}

/// A connection in use.
pub(crate) struct Taken {
    /// There until it is closed or dropped.
    used: Option<Used>,
    connections: Arc<Connections>,
    // Given back last: whoever waits for it finds what rests.
    _turn: OwnedSemaphorePermit,
}

impl Connections {
    /// To the database at `url`; connects when it is first used.
    pub(crate) fn of(url: &str, connections_max: u32) -> Result<Arc<Self>, StoreError> {
        let options: PgConnectOptions =
            url.parse().map_err(|error| failure("reading the address of PostgreSQL", error))?;
        let options = options.application_name("svod").options(SETTINGS);
        let turns = Arc::new(Semaphore::new(connections_max as usize));
        Ok(Arc::new(Self { options, rested: Mutex::default(), turns }))
    }

    /// Where the server is.
    pub(crate) fn host(&self) -> &str {
        self.options.get_host()
    }

    /// A connection, within the time that one is waited for.
    pub(crate) async fn take(self: &Arc<Self>) -> sqlx::Result<Taken> {
        let taken = async {
            let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| sqlx::Error::PoolClosed)?;
            let used = match self.trusted().await {
                Some(used) => used,
                None => self.made().await?,
            };
            Ok(Taken { used: Some(used), connections: Arc::clone(self), _turn: turn })
        };
        timeout(ACQUIRE_TIMEOUT, taken).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }

    /// The first of those that rest which still lives.
    async fn trusted(&self) -> Option<Used> {
        loop {
            let Resting { mut used, since } = self.rested().pop()?;
            if since.elapsed() <= REST_TRUSTED || used.connection.ping().await.is_ok() {
                return Some(used);
            }
        }
    }

    async fn made(&self) -> sqlx::Result<Used> {
        loop {
            match self.options.connect().await {
                Err(error) if is_not_ready(&error) => sleep(READY_PAUSE).await,
                done => return Ok(Used { connection: done?, made: Instant::now() }),
            }
        }
    }

    fn rest(&self, used: Used, now: Instant) {
        let mut rested = self.rested();
        rested.retain(|other| now - other.since <= REST_MAX);
        if now - used.made <= LIFETIME {
            rested.push(Resting { used, since: now });
        }
    }

    fn rested(&self) -> MutexGuard<'_, Vec<Resting>> {
        // Whoever panicked with the lock left whole connections behind.
        self.rested.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// It.
    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        &mut self.used.as_mut().expect("nobody uses one that was closed").connection
    }

    /// Closes it: something is left open on it.
    pub(crate) fn close(&mut self) {
        self.used = None;
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(used) = self.used.take() {
            self.connections.rest(used, Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connections(connections_max: u32) -> Arc<Connections> {
        #[expect(clippy::disallowed_methods, reason = "the tests have no configuration but this")]
        let server = std::env::var("SVOD_TEST_POSTGRES_URL").expect("run through `make test`");
        Connections::of(&server, connections_max).unwrap()
    }

    /// The server's process behind a connection.
    async fn process(taken: &mut Taken) -> i32 {
        sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(taken.connection()).await.unwrap()
    }

    #[tokio::test]
    async fn a_connection_that_was_given_back_is_the_next_one_and_was_asked_nothing() {
        let connections = connections(2);
        let mut first = connections.take().await.unwrap();
        let pid = process(&mut first).await;
        drop(first);
        let mut next = connections.take().await.unwrap();
        let mut observer = connections.take().await.unwrap();
        let last = "SELECT query FROM pg_stat_activity WHERE pid = $1";
        let last: String = sqlx::query_scalar(last).bind(pid).fetch_one(observer.connection()).await.unwrap();
        assert_eq!(last, "SELECT pg_backend_pid()");
        assert_eq!(process(&mut next).await, pid);
    }

    #[tokio::test]
    async fn one_that_was_closed_gives_its_turn_to_another() {
        let connections = connections(1);
        let mut first = connections.take().await.unwrap();
        let pid = process(&mut first).await;
        first.close();
        drop(first);
        assert_ne!(process(&mut connections.take().await.unwrap()).await, pid);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_not_waited_for_longer_than_for_any() {
        let connections = connections(0);
        let began = Instant::now();
        assert!(matches!(connections.take().await, Err(sqlx::Error::PoolTimedOut)));
        assert_eq!(began.elapsed().as_secs(), ACQUIRE_TIMEOUT.as_secs());
    }

    #[tokio::test]
    async fn who_rested_too_long_or_is_too_old_is_let_go() {
        let (connections, now) = (connections(2), Instant::now());
        let later = |how_long| now + how_long + Duration::from_secs(1);
        let mut both = [connections.take().await.unwrap(), connections.take().await.unwrap()];
        let [tired, fresh] = both.each_mut().map(|taken| taken.used.take().unwrap());
        connections.rest(tired, now);
        connections.rest(fresh, later(REST_MAX));
        assert_eq!(connections.rested().len(), 1, "one has rested for too long");
        let old = connections.rested().pop().unwrap().used;
        connections.rest(old, later(LIFETIME));
        assert_eq!(connections.rested().len(), 0, "and this one is too old");
    }
}
