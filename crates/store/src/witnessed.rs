//! What is kept for witnesses of the log: leaves for proofs, and the checkpoints that they cosigned.

use async_trait::async_trait;
use svod_log::{Cosigned, CosignedHead, Hash, Position, READ_MAX, StoreError, WitnessedLog};

use crate::log::SqlStore;
use crate::sql;
use crate::value::{Row, Value, at_most, number};

const KEEPING: &str = "keeping a cosigned checkpoint";
const READING: &str = "reading cosigned checkpoints";

#[async_trait]
impl WitnessedLog for SqlStore {
    async fn leaves(&self, after: Position, limit: u32) -> Result<Vec<Hash>, StoreError> {
        let arguments = [Value::Number(number(after.0)), at_most(limit)];
        let rows = self.database.rows("reading leaves", sql::LEAVES, &arguments).await?;
        rows.iter().map(|row| row.hash(0)).collect()
    }

    async fn keep_cosigned(&self, head: &CosignedHead, forever: bool) -> Result<(), StoreError> {
        let CosignedHead { cosigned: Cosigned { size, witness, note }, frontier } = head;
        let (size, witness, note) = (Value::Number(number(*size)), Value::Text(witness), Value::Text(note));
        // What is to stay comes first: if the second fails, the witness is shown the same again and nothing is missing.
        if forever {
            let arguments = [size.clone(), witness.clone(), note.clone()];
            self.database.execute(KEEPING, sql::KEEP_COSIGNED, &arguments).await?;
        }
        let arguments = [witness, size, note, Value::Bytes(frontier)];
        self.database.execute(KEEPING, sql::KEEP_COSIGNED_HEAD, &arguments).await?;
        Ok(())
    }

    async fn cosigned_heads(&self) -> Result<Vec<CosignedHead>, StoreError> {
        let rows = self.database.rows(READING, sql::COSIGNED_HEADS, &[at_most(READ_MAX)]).await?;
        let head =
            |row: &Row| Ok(CosignedHead { cosigned: cosigned(row)?, frontier: row.bytes(3)?.to_vec() });
        rows.iter().map(head).collect()
    }

    async fn cosigned(&self, after: (u64, &str), limit: u32) -> Result<Vec<Cosigned>, StoreError> {
        let arguments = [Value::Number(number(after.0)), Value::Text(after.1), at_most(limit)];
        let rows = self.database.rows(READING, sql::COSIGNED, &arguments).await?;
        rows.iter().map(cosigned).collect()
    }
}

fn cosigned(row: &Row) -> Result<Cosigned, StoreError> {
    Ok(Cosigned { size: row.count(0)?, witness: row.text(1)?, note: row.text(2)? })
}
