//! Who may speak to the ledger.

use async_trait::async_trait;
use jiff::Timestamp;
use svod_log::{Principal, PrincipalStore, READ_MAX, StoreError};

use crate::failure::damaged;
use crate::log::SqlStore;
use crate::sql;
use crate::value::{Row, Value, at_most, microseconds};

#[async_trait]
impl PrincipalStore for SqlStore {
    async fn add_principal(&self, principal: &Principal) -> Result<bool, StoreError> {
        let roles = serde_json::Value::from(principal.roles.clone()).to_string();
        let arguments = [
            Value::Text(&principal.name),
            Value::Text(&roles),
            Value::Bytes(&principal.token_sha256.0),
            Value::Number(microseconds(principal.added_at)),
            Value::MaybeNumber(principal.revoked_at.map(microseconds)),
        ];
        Ok(self.database.execute("adding a principal", sql::ADD_PRINCIPAL, &arguments).await? == 1)
    }

    async fn principals(&self) -> Result<Vec<Principal>, StoreError> {
        let mut all: Vec<Principal> = Vec::new();
        loop {
            let after = all.last().map_or(String::new(), |last| last.name.clone());
            let arguments = [Value::Text(&after), at_most(READ_MAX)];
            let rows = self.database.rows("reading principals", sql::PRINCIPALS, &arguments).await?;
            for row in &rows {
                all.push(principal(row)?);
            }
            if rows.len() < READ_MAX as usize {
                return Ok(all);
            }
        }
    }

    async fn revoke_principal(&self, name: &str, at: Timestamp) -> Result<bool, StoreError> {
        let arguments = [Value::Text(name), Value::Number(microseconds(at))];
        Ok(self.database.execute("revoking a principal", sql::REVOKE_PRINCIPAL, &arguments).await? == 1)
    }
}

fn principal(row: &Row) -> Result<Principal, StoreError> {
    let name = row.text(0)?;
    let roles = serde_json::from_str(&row.text(1)?);
    let roles =
        roles.map_err(|error| damaged(&error.to_string(), format!("roles of the principal {name}")))?;
    Ok(Principal {
        name,
        roles,
        token_sha256: row.hash(2)?,
        added_at: row.moment(3)?,
        revoked_at: row.maybe_moment(4)?,
    })
}
