//! The keys that wrap the keys of persons. They are replaced from time to time, also while programs run that read them before.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::aead::LessSafeKey;

use crate::keys::{BadKey, KEY_BYTES, ready};

/// Wrapping keys by number, and which of them is in use.
#[derive(Clone)]
pub struct WrappingKeys {
    by_number: BTreeMap<u32, Arc<LessSafeKey>>,
    current: u32,
}

/// Looks whether there are others by now. `None`: they are what they were, or cannot be read.
pub type Newer = dyn Fn() -> Option<WrappingKeys> + Send + Sync;

impl WrappingKeys {
    /// Of these keys. `in_use` wraps what is new; if none is named, the one with the greatest number does.
    pub fn try_new(by_number: &BTreeMap<u32, [u8; KEY_BYTES]>, in_use: Option<u32>) -> Result<Self, BadKey> {
        let greatest = by_number.keys().next_back().copied();
        let current = in_use.or(greatest).filter(|number| by_number.contains_key(number));
        let current = current.ok_or(BadKey::None)?;
        let by_number = by_number.iter().map(|(number, key)| Ok((*number, ready(key)?)));
        Ok(Self { by_number: by_number.collect::<Result<_, BadKey>>()?, current })
    }
}

/// Wrapping keys as a running program has them.
#[derive(Clone)]
pub(crate) struct Wrapping {
    keys: Arc<RwLock<WrappingKeys>>,
    newer: Option<Arc<Newer>>,
}

impl Wrapping {
    pub(crate) fn new(keys: WrappingKeys) -> Self {
        Self { keys: Arc::new(RwLock::new(keys)), newer: None }
    }

    pub(crate) fn reread(self, newer: Arc<Newer>) -> Self {
        Self { newer: Some(newer), ..self }
    }

    /// Number of the one in use, as far as is known here.
    pub(crate) fn current(&self) -> u32 {
        self.read(|keys| keys.current)
    }

    /// What wraps a new person. Looked for anew each time: who would go on with the old one would wrap a person with a key that is
    /// about to be retired.
    pub(crate) fn in_use(&self) -> Option<(u32, Arc<LessSafeKey>)> {
        self.look();
        self.read(|keys| Some((keys.current, keys.by_number.get(&keys.current)?.clone())))
    }

    /// The key of this number. Looked for anew if it is not known: another process may have begun to use it.
    pub(crate) fn numbered(&self, number: u32) -> Option<Arc<LessSafeKey>> {
        let known = || self.read(|keys| keys.by_number.get(&number).cloned());
        known().or_else(|| {
            self.look();
            known()
        })
    }

    fn look(&self) {
        if let Some(newer) = self.newer.as_ref().and_then(|newer| newer()) {
            *self.keys.write().unwrap_or_else(PoisonError::into_inner) = newer;
        }
    }

    fn read<T>(&self, read: impl FnOnce(&WrappingKeys) -> T) -> T {
        read(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }
}
