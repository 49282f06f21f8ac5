//! Files by the hash of their bytes.

use async_trait::async_trait;
use svod_log::{FileStore, Hash, StoreError, StoredFile};

use crate::log::SqlStore;
use crate::sql;
use crate::value::Value;

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
}
