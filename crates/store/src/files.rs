//! Files by the hash of their bytes.

use async_trait::async_trait;
use svod_log::{FileStore, Hash, StoreError, StoredFile};

use crate::log::SqlStore;
use crate::session::Dialect;
use crate::sql;
use crate::value::{Value, at_most};

const DROPPING: &str = "taking a file out";

#[async_trait]
impl FileStore for SqlStore {
    async fn keep_file(&self, file: &StoredFile) -> Result<(), StoreError> {
        file.check()?;
        let arguments =
            [Value::Bytes(&file.sha256.0), Value::Text(&file.media_type), Value::Bytes(&file.bytes)];
        self.database.execute("keeping a file", sql::KEEP_FILE, &arguments).await?;
        Ok(())
    }

    async fn file(&self, sha256: Hash) -> Result<Option<StoredFile>, StoreError> {
        let rows = self.database.rows("reading a file", sql::FILE, &[Value::Bytes(&sha256.0)]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let file = StoredFile { sha256, media_type: row.text(0)?, bytes: row.bytes(1)?.into() };
        file.check()?;
        Ok(Some(file))
    }

    async fn files(&self, after: Option<Hash>, limit: u32) -> Result<Vec<Hash>, StoreError> {
        // No hash is empty bytes, and all are greater.
        let after = after.as_ref().map_or(&[][..], |hash| &hash.0);
        let arguments = [Value::Bytes(after), at_most(limit)];
        let rows = self.database.rows("listing the files", sql::FILES, &arguments).await?;
        rows.iter().map(|row| row.hash(0)).collect()
    }

    async fn drop_file(&self, sha256: Hash) -> Result<bool, StoreError> {
        let mut session = self.database.session(DROPPING).await?;
        let in_sqlite = session.dialect() == Dialect::Sqlite;
        if in_sqlite {
            session.rows(DROPPING, sql::OVERWRITE_DELETED, &[]).await?;
        }
        let dropped = session.execute(DROPPING, sql::DROP_FILE, &[Value::Bytes(&sha256.0)]).await;
        if in_sqlite {
            // Only here, because overwriting costs; and the pages of the write-ahead log go as well.
            session.rows(DROPPING, sql::LEAVE_DELETED, &[]).await?;
            session.empty_wal(DROPPING).await?;
        }
        Ok(dropped? > 0)
    }
}
