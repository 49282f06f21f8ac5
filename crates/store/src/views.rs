//! Documents of views and progress of subscriptions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use svod_log::{LiveView, Position, READ_MAX, StoreError, ViewCommit, ViewId, ViewStore};

use crate::failure::failure_of_sqlite;
use crate::log::SqlStore;
use crate::session::{Session, on_a_thread};
use crate::sql;
use crate::value::{Column, Row, Value, at_most, names_under, number};

const READING: &str = "reading documents";
const COMMITTING: &str = "committing documents";
const DROPPING: &str = "dropping documents";

#[async_trait]
impl ViewStore for SqlStore {
    async fn document(&self, view: &ViewId, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let rows = self.database.rows(READING, sql::DOCUMENT, &[Value::Text(view), Value::Text(key)]).await?;
        rows.first().map(|row| Ok(document(row)?.1)).transpose()
    }

    async fn documents(
        &self,
        view: &ViewId,
        keys: &[String],
    ) -> Result<BTreeMap<String, Vec<u8>>, StoreError> {
        let mut found = BTreeMap::new();
        for some in keys.chunks(READ_MAX as usize) {
            let asked = Value::List(Column::Texts(some.iter().map(String::as_str).collect()));
            let arguments = [Value::Text(view), at_most(READ_MAX), asked];
            for row in self.database.rows(READING, sql::DOCUMENTS, &arguments).await? {
                let (key, body) = document(&row)?;
                found.insert(key, body);
            }
        }
        Ok(found)
    }

    async fn documents_under(
        &self,
        view: &ViewId,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let (from, to) = names_under(prefix, after);
        let arguments = [Value::Text(view), Value::Text(&from), Value::Text(&to), at_most(limit)];
        let rows = self.database.rows(READING, sql::DOCUMENTS_UNDER, &arguments).await?;
        rows.iter().map(document).collect()
    }

    async fn commit_views(&self, commits: &[ViewCommit]) -> Result<Vec<bool>, StoreError> {
        if commits.is_empty() {
            return Ok(vec![]);
        }
        let mut session = self.database.session(COMMITTING).await?;
        let Some(at_once) = &self.at_once else { return commit_whole(&mut session, commits).await };
        let (at_once, commits) = (Arc::clone(at_once), commits.to_vec());
        // The session is the turn of this process.
        let committed = on_a_thread(COMMITTING, move || at_once.commit_views(&commits)).await?;
        committed.map_err(|error| failure_of_sqlite(COMMITTING, error))
    }

    async fn progress(&self, name: &str) -> Result<Position, StoreError> {
        let rows = self.database.rows("reading progress", sql::PROGRESS, &[Value::Text(name)]).await?;
        rows.first().map_or(Ok(Position::START), |row| Ok(Position(row.count(0)?)))
    }

    async fn move_progress(&self, name: &str, from: Position, to: Position) -> Result<bool, StoreError> {
        let moved =
            self.database.execute("moving progress", sql::MOVE_PROGRESS, &step(name, from, to)).await?;
        Ok(moved == 1)
    }

    async fn live_views(&self) -> Result<BTreeMap<String, LiveView>, StoreError> {
        let rows =
            self.database.rows("reading which views are live", sql::LIVE_VIEWS, &[at_most(READ_MAX)]).await?;
        let live = |row: &Row| {
            Ok((row.text(0)?, LiveView { view: row.text(1)?, position: Position(row.count(2)?) }))
        };
        rows.iter().map(live).collect()
    }

    async fn live_view(&self, name: &str) -> Result<Option<String>, StoreError> {
        let rows =
            self.database.rows("reading which view is live", sql::LIVE_VIEW, &[Value::Text(name)]).await?;
        rows.first().map(|row| row.text(0)).transpose()
    }

    async fn promote_view(&self, name: &str, view: &ViewId) -> Result<(), StoreError> {
        let arguments = [Value::Text(name), Value::Text(view)];
        self.database.execute("promoting a view", sql::PROMOTE_VIEW, &arguments).await?;
        Ok(())
    }

    async fn view_ids(&self) -> Result<Vec<String>, StoreError> {
        let rows = self.database.rows("listing views", sql::VIEW_IDS, &[at_most(READ_MAX)]).await?;
        rows.iter().map(|row| row.text(0)).collect()
    }

    async fn drop_view(&self, view: &ViewId) -> Result<(), StoreError> {
        let mut session = self.database.session(DROPPING).await?;
        session.begin(DROPPING, sql::BEGIN).await?;
        // Progress first: it is the row that whoever commits to this view waits for.
        session.execute(DROPPING, sql::DROP_PROGRESS, &[Value::Text(view)]).await?;
        session.execute(DROPPING, sql::DROP_DOCUMENTS, &[Value::Text(view)]).await?;
        session.commit(DROPPING).await
    }
}

/// PostgreSQL: all of it in one statement, which is a transaction of its own.
async fn commit_whole(session: &mut Session, commits: &[ViewCommit]) -> Result<Vec<bool>, StoreError> {
    let names = Column::Texts(commits.iter().map(|commit| commit.view.as_str()).collect());
    let from = Column::Numbers(commits.iter().map(|commit| number(commit.from.0)).collect());
    let to = Column::Numbers(commits.iter().map(|commit| number(commit.to.0)).collect());
    let (mut views, mut keys, mut bodies) = (vec![], vec![], vec![]);
    let (mut gone_views, mut gone_keys) = (vec![], vec![]);
    for commit in commits {
        for (key, body) in &commit.changes {
            if let Some(body) = body {
                views.push(commit.view.as_str());
                keys.push(key.as_str());
                bodies.push(body.as_slice());
            } else {
                gone_views.push(commit.view.as_str());
                gone_keys.push(key.as_str());
            }
        }
    }
    let lists = [
        names,
        from,
        to,
        Column::Texts(views),
        Column::Texts(keys),
        Column::Blobs(bodies),
        Column::Texts(gone_views),
        Column::Texts(gone_keys),
    ];
    let rows = session.rows(COMMITTING, sql::COMMIT_VIEWS, &lists.map(Value::List)).await?;
    let moved: BTreeSet<String> = rows.iter().map(|row| row.text(0)).collect::<Result<_, _>>()?;
    Ok(commits.iter().map(|commit| moved.contains(&commit.view)).collect())
}

fn step(name: &str, from: Position, to: Position) -> [Value<'_>; 3] {
    [Value::Text(name), Value::Number(number(from.0)), Value::Number(number(to.0))]
}

fn document(row: &Row) -> Result<(String, Vec<u8>), StoreError> {
    Ok((row.text(0)?, row.bytes(1)?.to_vec()))
}
