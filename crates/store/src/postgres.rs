//! Connections to PostgreSQL: their limits and settings, and where they rest. Not the driver's pool: that asks each connection whether
//! it still lives whenever it is given back, which is one more round trip for every statement, and in a task of its own, so that
//! whoever asks next has another connection made.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use svod_log::StoreError;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::failure::{failure, is_not_ready};
use crate::open::ACQUIRE_TIMEOUT;

/// A connection that has rested for longer is asked whether it still lives before it is used.
const REST_TRUSTED: Duration = Duration::from_secs(1);
/// A server that answers does it in a fraction of this.
const PING_MAX: Duration = Duration::from_secs(1);
/// One that has rested for so long is not needed: many programs share a server. It is looked at when another is taken or given back.
const REST_MAX: Duration = Duration::from_mins(10);
/// An older one is not used again: the server's half of it grows with what it has seen.
const LIFETIME: Duration = Duration::from_mins(30);
/// Before a server that is not ready is asked again; then twice as long, and so on.
const READY_PAUSE: Duration = Duration::from_millis(10);
/// Connecting costs a server that is full something, too.
const READY_PAUSE_MAX: Duration = Duration::from_secs(1);
/// How long it may take to take leave of the server.
const CLOSE_MAX: Duration = Duration::from_secs(5);

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
    rested: Mutex<Vec<Rested>>,
    /// One for each connection that there may be.
    turns: Arc<Semaphore>,
}

struct Rested {
    made: Made,
    since: Instant,
}

struct Made {
    connection: PgConnection,
    at: Instant,
}

impl Rested {
    fn is_wanted(&self, now: Instant) -> bool {
        now - self.since <= REST_MAX && now - self.made.at <= LIFETIME
    }
}

/// A connection in use.
pub(crate) struct Taken {
    /// There until it is closed or dropped.
    made: Option<Made>,
    connections: Arc<Connections>,
    // Given back last: whoever waits for it finds what rests.
    turn: Option<OwnedSemaphorePermit>,
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
        let until = Instant::now() + ACQUIRE_TIMEOUT;
        let taken = async {
            let turn = Arc::clone(&self.turns).acquire_owned().await.expect("nobody closes the turns");
            let made = match self.alive().await {
                Some(made) => made,
                None => self.made(until).await?,
            };
            Ok(Taken { made: Some(made), connections: Arc::clone(self), turn: Some(turn) })
        };
        let late = || {
            io::Error::new(io::ErrorKind::TimedOut, "no connection to PostgreSQL was free or made in time")
        };
        timeout_at(until, taken).await.unwrap_or_else(|_elapsed| Err(late().into()))
    }

    /// The first of those that rest which is alive.
    async fn alive(&self) -> Option<Made> {
        loop {
            let now = Instant::now();
            let rested = self.rested().pop()?;
            if !rested.is_wanted(now) {
                let_go(rested.made, None);
                continue;
            }
            let Rested { mut made, since } = rested;
            if now - since <= REST_TRUSTED {
                return Some(made);
            }
            if let Ok(Ok(())) = timeout(PING_MAX, made.connection.ping()).await {
                return Some(made);
            }
            // Those below have rested for longer.
            self.rested().clear();
        }
    }

    async fn made(&self, until: Instant) -> sqlx::Result<Made> {
        let mut pause = READY_PAUSE;
        loop {
            match self.options.connect().await {
                Err(error) if is_not_ready(&error) && Instant::now() + pause < until => sleep(pause).await,
                done => return Ok(Made { connection: done?, at: Instant::now() }),
            }
            pause = (pause * 2).min(READY_PAUSE_MAX);
        }
    }

    fn rest(&self, made: Made, now: Instant) {
        let mut rested = self.rested();
        rested.push(Rested { made, since: now });
        for unwanted in rested.extract_if(.., |rested| !rested.is_wanted(now)) {
            let_go(unwanted.made, None);
        }
    }

    fn rested(&self) -> MutexGuard<'_, Vec<Rested>> {
        // Whoever panicked with the lock left whole connections behind.
        self.rested.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// What was taken.
    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        &mut self.made.as_mut().expect("nobody uses one that was closed").connection
    }

    /// Closes it: something is left open on it.
    pub(crate) fn close(&mut self) {
        if let Some(made) = self.made.take() {
            let_go(made, self.turn.take());
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(made) = self.made.take() {
            self.connections.rest(made, Instant::now());
        }
    }
}

/// Tells the server that a connection is not needed any more, and only then gives its turn back. A program that ends says nothing; the
/// server finds out.
fn let_go(made: Made, turn: Option<OwnedSemaphorePermit>) {
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(async move {
            let _turn = turn;
            // One that cannot be closed in order is closed by being dropped.
            let _closed = timeout(CLOSE_MAX, made.connection.close()).await;
        });
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::poll;

    use super::*;
    use crate::session::Session;
    use crate::sql::{self, Sql};

    const DOING: &str = "trying";
    const SLEEP: Sql = Sql { postgres: "SELECT pg_sleep(60)", sqlite: "" };
    const ONE: Sql = Sql { postgres: "SELECT 1", sqlite: "" };

    fn connections(connections_max: u32) -> Arc<Connections> {
        #[expect(clippy::disallowed_methods, reason = "the tests have no configuration but this")]
        let server = std::env::var("SVOD_TEST_POSTGRES_URL").expect("run through `make test`");
        Connections::of(&server, connections_max).unwrap()
    }

    /// The server's process behind a connection.
    async fn process(taken: &mut Taken) -> i32 {
        sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(taken.connection()).await.unwrap()
    }

    /// When a process was last asked something.
    async fn last_asked(observer: &mut Taken, process: i32) -> String {
        let changed = "SELECT state_change::text FROM pg_stat_activity WHERE pid = $1";
        sqlx::query_scalar(changed).bind(process).fetch_one(observer.connection()).await.unwrap()
    }

    #[tokio::test]
    async fn a_connection_that_was_given_back_is_the_next_one_and_was_asked_nothing() {
        let connections = connections(2);
        let mut observer = connections.take().await.unwrap();
        let mut first = connections.take().await.unwrap();
        let pid = process(&mut first).await;
        let asked = last_asked(&mut observer, pid).await;
        drop(first);
        let mut next = connections.take().await.unwrap();
        assert_eq!(last_asked(&mut observer, pid).await, asked);
        assert_eq!(process(&mut next).await, pid);
        assert_ne!(last_asked(&mut observer, pid).await, asked, "or nothing would be seen");
    }

    #[tokio::test]
    async fn what_is_left_in_an_answer_or_in_a_transaction_is_closed() {
        let connections = connections(1);
        let session = async || Session::from(connections.take().await.unwrap());
        let mut in_answer = session().await;
        assert!(poll!(pin!(in_answer.rows(DOING, SLEEP, &[]))).is_pending());
        drop(in_answer);
        assert_eq!(connections.rested().len(), 0);
        let mut in_transaction = session().await;
        in_transaction.begin(DOING, sql::BEGIN).await.unwrap();
        drop(in_transaction);
        assert_eq!(connections.rested().len(), 0);
        let mut clean = session().await;
        clean.begin(DOING, sql::BEGIN).await.unwrap();
        clean.rows(DOING, ONE, &[]).await.unwrap();
        clean.roll_back(DOING).await.unwrap();
        drop(clean);
        assert_eq!(connections.rested().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_gets_no_turn_is_told_in_time() {
        let connections = connections(0);
        let began = Instant::now();
        let Err(sqlx::Error::Io(late)) = connections.take().await else { panic!("there is no turn") };
        assert_eq!(late.kind(), io::ErrorKind::TimedOut);
        assert_eq!(began.elapsed().as_secs(), ACQUIRE_TIMEOUT.as_secs());
    }

    #[tokio::test]
    async fn whoever_meets_no_server_is_told_why() {
        let nobody = Connections::of("postgres://127.0.0.1:1/svod", 1).unwrap();
        let Err(sqlx::Error::Io(refused)) = nobody.take().await else { panic!("there is no server") };
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    }

    #[tokio::test]
    async fn what_has_rested_too_long_or_is_too_old_is_let_go() {
        let connections = connections(2);
        let mut both = [connections.take().await.unwrap(), connections.take().await.unwrap()];
        let pid = process(&mut both[1]).await;
        let now = Instant::now();
        let later = |how_long| now + how_long + Duration::from_secs(1);
        let [tired, fresh] = both.each_mut().map(|taken| taken.made.take().unwrap());
        connections.rest(tired, now);
        connections.rest(fresh, later(REST_MAX));
        assert_eq!(connections.rested().len(), 1, "one has rested for too long");
        let mut left = both;
        left[1].made = connections.rested().pop().map(|rested| rested.made);
        assert_eq!(process(&mut left[1]).await, pid, "and it is the other one");
        connections.rest(left[1].made.take().unwrap(), later(LIFETIME));
        assert_eq!(connections.rested().len(), 0, "which then is too old");
    }
}
