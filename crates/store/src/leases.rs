//! Leases: the right to run something alone, for a while.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use svod_log::{LeaseStore, StoreError};

use crate::log::SqlStore;
use crate::sql;
use crate::value::{Value, microseconds};

#[async_trait]
impl LeaseStore for SqlStore {
    async fn take_lease(
        &self,
        name: &str,
        holder: &str,
        now: Timestamp,
        term: Duration,
    ) -> Result<bool, StoreError> {
        let until = now.checked_add(term).unwrap_or(Timestamp::MAX);
        let arguments = [
            Value::Text(name),
            Value::Text(holder),
            Value::Number(microseconds(until)),
            Value::Number(microseconds(now)),
        ];
        Ok(self.database.execute("taking a lease", sql::TAKE_LEASE, &arguments).await? == 1)
    }

    async fn release_lease(&self, name: &str, holder: &str) -> Result<(), StoreError> {
        let arguments = [Value::Text(name), Value::Text(holder)];
        self.database.execute("releasing a lease", sql::RELEASE_LEASE, &arguments).await?;
        Ok(())
    }
}
