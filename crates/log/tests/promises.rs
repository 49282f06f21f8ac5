//! The store in memory keeps the promises.

use std::future::{Ready, ready};
use std::sync::Arc;

use async_trait::async_trait;
use svod_log::promises::Home;
use svod_log::{MemoryStore, Store};

struct Memory(MemoryStore);

#[async_trait]
impl Home for Memory {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(self.0.clone())
    }

    async fn raze(&self) {}
}

fn memory() -> Ready<Memory> {
    ready(Memory(MemoryStore::new()))
}

svod_log::log_promises!(crate::memory);
svod_log::peer_promises!(crate::memory);
svod_log::batch_promises!(crate::memory);
svod_log::view_promises!(crate::memory);
svod_log::keeping_promises!(crate::memory);
svod_log::vault_promises!(crate::memory);
svod_log::witnessed_promises!(crate::memory);
