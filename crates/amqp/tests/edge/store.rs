//! A ledger in memory that fails when told to.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use svod_log::StoreError;
use svod_log::meddling::{Call, Meddle};

/// A ledger with faults in front of it.
pub(crate) type Meddling = svod_log::meddling::Meddling<Faults>;

#[derive(Default)]
pub(crate) struct Faults {
    away: AtomicBool,
    refused: AtomicUsize,
    damaged: Mutex<Option<String>>,
    gate: Arc<tokio::sync::Mutex<()>>,
    asked: AtomicUsize,
}

impl Faults {
    /// The database goes away, or comes back.
    pub(crate) fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    /// How often it was asked while it was away.
    pub(crate) fn refused(&self) -> usize {
        self.refused.load(Ordering::SeqCst)
    }

    /// From now on this stream cannot be read.
    pub(crate) fn damage(&self, stream: &str) {
        *self.damaged.lock().unwrap() = Some(stream.to_owned());
    }

    /// Until this is dropped, whoever asks for principals waits.
    pub(crate) async fn hold_principals(&self) -> tokio::sync::OwnedMutexGuard<()> {
        self.gate.clone().lock_owned().await
    }

    /// How often principals were asked for.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn up(&self) -> Result<(), StoreError> {
        if !self.away.load(Ordering::SeqCst) {
            return Ok(());
        }
        self.refused.fetch_add(1, Ordering::SeqCst);
        Err(StoreError::Unavailable {
            doing: "testing",
            source: std::io::Error::other("the cable was pulled").into(),
        })
    }
}

#[async_trait]
impl Meddle for Faults {
    async fn before(&self, call: Call<'_>) -> Result<(), StoreError> {
        if call == Call::Principals {
            self.asked.fetch_add(1, Ordering::SeqCst);
        }
        self.up()?;
        match call {
            Call::Principals => drop(self.gate.lock().await),
            Call::ReadStream(stream) if self.damaged.lock().unwrap().as_deref() == Some(stream.as_str()) => {
                return Err(StoreError::Damaged { what: "a bit flipped".into(), place: stream.to_string() });
            }
            _as_it_is => {}
        }
        Ok(())
    }
}
