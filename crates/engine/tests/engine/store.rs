//! A store that meddles: it lets other tasks run in between, fails when told to, and reads in small pages.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use svod_log::meddling::{Call, Meddle};
use svod_log::{MemoryStore, StoreError};
use tokio::sync::Semaphore;

/// A store with faults in front of it.
pub(crate) type Meddling = svod_log::meddling::Meddling<Faults>;

/// When the database goes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outage {
    /// An append that did not happen.
    BeforeAppend,
    /// An append that happened, and nobody was told.
    AfterAppend,
    /// A read of the log.
    Read,
    /// The destruction of a person.
    Destruction,
}

#[derive(Default)]
pub(crate) struct Faults {
    outages: Mutex<VecDeque<Outage>>,
    /// State of a small generator that says how often to yield; 0 never yields.
    seed: Mutex<u64>,
    /// Sizes of the pages of the log that are read, over and over.
    pages: Vec<u32>,
    read: Mutex<usize>,
    tips: AtomicUsize,
    /// How many appends may go on, if they are held up.
    may_append: Option<Semaphore>,
}

impl Faults {
    /// Lets other tasks run before and after everything, as often as the seed says.
    pub(crate) fn yielding(self, seed: u64) -> Self {
        Self { seed: Mutex::new(seed), ..self }
    }

    pub(crate) fn paged(self, pages: Vec<u32>) -> Self {
        Self { pages, ..self }
    }

    /// Holds every append up until it may go on.
    pub(crate) fn holding_appends_up(self) -> Self {
        Self { may_append: Some(Semaphore::new(0)), ..self }
    }

    /// Lets so many appends go on.
    pub(crate) fn let_append(&self, count: usize) {
        self.may_append.as_ref().unwrap().add_permits(count);
    }

    /// In front of this store.
    pub(crate) fn before(self, store: &MemoryStore) -> Meddling {
        Meddling::new(store, self)
    }

    pub(crate) fn fail_next(&self, outage: Outage) {
        self.outages.lock().unwrap().push_back(outage);
    }

    /// How often a page of the ends of all streams was read.
    pub(crate) fn tips(&self) -> usize {
        self.tips.load(Ordering::SeqCst)
    }

    fn fails(&self, outage: Outage) -> Result<(), StoreError> {
        let mut outages = self.outages.lock().unwrap();
        if outages.front() != Some(&outage) {
            return Ok(());
        }
        outages.pop_front();
        let source = std::io::Error::other("the cable was pulled").into();
        Err(StoreError::Unavailable { doing: "testing", source })
    }

    async fn others(&self) {
        let count = {
            let mut seed = self.seed.lock().unwrap();
            // xorshift: every seed but 0 gives an endless sequence.
            *seed ^= *seed << 13;
            *seed ^= *seed >> 7;
            *seed ^= *seed << 17;
            *seed % 5
        };
        for _ in 0..count {
            tokio::task::yield_now().await;
        }
    }
}

#[async_trait]
impl Meddle for Faults {
    async fn before(&self, call: Call<'_>) -> Result<(), StoreError> {
        if !is_of_a_close(call) {
            self.others().await;
        }
        match call {
            Call::Append => {
                if let Some(may_append) = &self.may_append {
                    may_append.acquire().await.unwrap().forget();
                }
                self.fails(Outage::BeforeAppend)
            }
            Call::Read => self.fails(Outage::Read),
            Call::DestroyPerson => self.fails(Outage::Destruction),
            Call::StreamTips => {
                self.tips.fetch_add(1, Ordering::SeqCst);
                Ok(())
            }
            _never_fails => Ok(()),
        }
    }

    async fn after(&self, call: Call<'_>) -> Result<(), StoreError> {
        if call == Call::Append {
            self.fails(Outage::AfterAppend)?;
        }
        if !is_of_a_close(call) {
            self.others().await;
        }
        Ok(())
    }

    fn page(&self, limit: u32) -> u32 {
        if self.pages.is_empty() {
            return limit;
        }
        let mut read = self.read.lock().unwrap();
        *read += 1;
        limit.min(self.pages[*read % self.pages.len()])
    }
}

/// What only a close reads. If it yielded there as well, it would always come last, and race with nobody.
fn is_of_a_close(call: Call<'_>) -> bool {
    matches!(call, Call::StreamTips | Call::Guards)
}
