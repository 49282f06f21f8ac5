//! The keys: one for each person, wrapped by one that lies in the ledger's key file and never in a database.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use svod_log::{DisclosureRow, Hash, PersonRow, SealedDisclosure};
use unicode_normalization::UnicodeNormalization as _;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::Disclosure;
use crate::wrapping::{Newer, Wrapping, WrappingKeys};

/// Bytes of every key.
pub(crate) const KEY_BYTES: usize = 32;

/// Before what a wrapping key seals: it seals nothing else.
const WRAPPING: &[u8] = b"svod/person-key/1";

/// What the processes of a ledger seal and open with.
#[derive(Clone)]
pub struct SealingKeys {
    index: Hmac<Sha256>,
    wrapping: Wrapping,
}

/// A person's own key.
#[derive(Clone)]
pub struct PersonKey {
    person: Uuid,
    key: LessSafe,
}

/// A key, ready for use. Random nonces of 96 bits: a wrapping key seals each person once, a person's key a few disclosures,
/// which is far below the 2^32 after which they might repeat (NIST SP 800-38D §8.3).
type LessSafe = Arc<LessSafeKey>;

/// A key that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// There is no key to wrap with.
    #[error("there is no key that wraps the keys of persons")]
    None,
    /// The system gave no chance, or the library refused the key.
    #[error("a key could not be made")]
    Made,
}

/// What the vault holds does not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsealed {
    /// The person's key was wrapped by one that is not in the key file.
    #[error("the key of person {person} was wrapped by key {number}, which the key file does not have")]
    NoSuchKey {
        /// Whose.
        person: Uuid,
        /// Number of the wrapping key.
        number: u32,
    },
    /// It was altered, or belongs to another.
    #[error("what the vault holds of person {person} was altered, or is of another")]
    Altered {
        /// Whose.
        person: Uuid,
    },
}

impl SealingKeys {
    /// Of the key that indexes names, and those that wrap, by number; the last one wraps what is new.
    pub fn try_new(
        index: &[u8; KEY_BYTES],
        wrapping: &BTreeMap<u32, [u8; KEY_BYTES]>,
    ) -> Result<Self, BadKey> {
        Self::with(index, WrappingKeys::try_new(wrapping, None)?)
    }

    /// Of the key that indexes names, and those that wrap.
    pub fn with(index: &[u8; KEY_BYTES], wrapping: WrappingKeys) -> Result<Self, BadKey> {
        let index = Hmac::new_from_slice(index).map_err(|_| BadKey::Made)?;
        Ok(Self { index, wrapping: Wrapping::new(wrapping) })
    }

    /// Wrapping keys may be replaced while this program runs: `newer` is asked before a person is made, and when somebody is
    /// wrapped by a key that is not known here.
    #[must_use]
    pub fn reread(self, newer: Arc<Newer>) -> Self {
        Self { wrapping: self.wrapping.reread(newer), ..self }
    }

    /// Number of the key that wraps what is new.
    #[must_use]
    pub fn current(&self) -> u32 {
        self.wrapping.current()
    }

    /// What a person is found by, of those whom one municipality names: without the key nobody can try names.
    #[must_use]
    pub fn blind_index(&self, municipality: &str, name: &str) -> Hash {
        let mut code = self.index.clone();
        code.update(b"svod/person/1\n");
        code.update(municipality.as_bytes());
        code.update(b"\n");
        code.update(normalised(name).as_bytes());
        Hash(code.finalize().into_bytes().into())
    }

    /// A person not known yet: the row to keep, and the key.
    pub fn new_person(&self, blind_index: Hash) -> Result<(PersonRow, PersonKey), BadKey> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        getrandom::fill(&mut *bytes).map_err(|_| BadKey::Made)?;
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(|_| BadKey::Made)?;
        let person = uuid::Builder::from_random_bytes(id).into_uuid();
        let (key_number, wrapping) = self.wrapping.in_use().ok_or(BadKey::None)?;
        let wrapped_key = seal(&wrapping, &wrapping_aad(person), &*bytes)?;
        let row = PersonRow { person: person.to_string(), blind_index, key_number, wrapped_key };
        Ok((row, PersonKey { person, key: ready(&bytes)? }))
    }

    /// The key of a person whom the vault knows.
    pub fn unwrap(&self, row: &PersonRow) -> Result<PersonKey, Unsealed> {
        self.unwrap_parts(&row.person, row.key_number, &row.wrapped_key)
    }

    fn unwrap_parts(&self, person: &str, number: u32, wrapped: &[u8]) -> Result<PersonKey, Unsealed> {
        let (person, bytes) = self.unwrapped(person, number, wrapped)?;
        let bytes = bytes.as_slice().try_into().map(Zeroizing::new);
        let key = bytes.ok().and_then(|bytes: Zeroizing<[u8; KEY_BYTES]>| ready(&bytes).ok());
        Ok(PersonKey { person, key: key.ok_or(Unsealed::Altered { person })? })
    }

    /// Whose key it is, and its bytes.
    fn unwrapped(
        &self,
        person: &str,
        number: u32,
        wrapped: &[u8],
    ) -> Result<(Uuid, Zeroizing<Vec<u8>>), Unsealed> {
        let person: Uuid = person.parse().map_err(|_| Unsealed::Altered { person: Uuid::nil() })?;
        let wrapping = self.wrapping.numbered(number).ok_or(Unsealed::NoSuchKey { person, number })?;
        let bytes = open(&wrapping, &wrapping_aad(person), wrapped).ok_or(Unsealed::Altered { person })?;
        Ok((person, bytes))
    }

    /// The same key, wrapped by the current wrapping key.
    pub fn rewrap(&self, row: &PersonRow) -> Result<PersonRow, Unsealed> {
        let (person, bytes) = self.unwrapped(&row.person, row.key_number, &row.wrapped_key)?;
        let altered = Unsealed::Altered { person };
        let (key_number, wrapping) = self.wrapping.in_use().ok_or(altered.clone())?;
        let wrapped_key = seal(&wrapping, &wrapping_aad(person), &bytes).map_err(|_| altered)?;
        Ok(PersonRow { key_number, wrapped_key, ..row.clone() })
    }

    /// Opens what the vault holds under a digest, and makes sure that it is what the digest says.
    pub fn open(&self, row: &SealedDisclosure) -> Result<Disclosure, Unsealed> {
        let key = self.unwrap_parts(&row.disclosure.person, row.key_number, &row.wrapped_key)?;
        key.open(&row.disclosure)
    }
}

impl PersonKey {
    /// Whose.
    #[must_use]
    pub fn person(&self) -> Uuid {
        self.person
    }

    /// Seals a disclosure: AES-256-GCM, with digest and person as associated data.
    pub fn seal(&self, disclosure: &Disclosure) -> Result<DisclosureRow, BadKey> {
        let digest = disclosure.digest();
        let sealed = seal(&self.key, &self.associated(digest), disclosure.encoded().as_bytes())?;
        Ok(DisclosureRow { digest, person: self.person.to_string(), sealed })
    }

    /// Opens one. GCM alone would let two keys open one text to two meanings; the digest in the log does not.
    pub fn open(&self, row: &DisclosureRow) -> Result<Disclosure, Unsealed> {
        let altered = Unsealed::Altered { person: self.person };
        let bytes = open(&self.key, &self.associated(row.digest), &row.sealed).ok_or(altered.clone())?;
        let encoded = std::str::from_utf8(&bytes).map_err(|_| altered.clone())?;
        let disclosure = Disclosure::parse(encoded).map_err(|_| altered.clone())?;
        if disclosure.digest() == row.digest { Ok(disclosure) } else { Err(altered) }
    }

    fn associated(&self, digest: Hash) -> Vec<u8> {
        [&digest.0[..], self.person.as_bytes()].concat()
    }
}

impl fmt::Debug for SealingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKeys({})", self.current())
    }
}

impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonKey({})", self.person)
    }
}

/// A name as it is compared: spaces, case, ё and the way in which a letter is written down tell nobody apart.
#[must_use]
pub fn normalised(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    // «ё» and «й» are one sign or two, as the keyboard of the clerk has it; a reader sees no difference.
    words.join(" ").nfc().collect::<String>().to_lowercase().replace('ё', "е")
}

pub(crate) fn ready(bytes: &[u8; KEY_BYTES]) -> Result<LessSafe, BadKey> {
    let key = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| BadKey::Made)?;
    Ok(std::sync::Arc::new(LessSafeKey::new(key)))
}

/// A nonce of chance, then what was encrypted, then its tag.
fn seal(key: &LessSafeKey, associated: &[u8], plain: &[u8]) -> Result<Vec<u8>, BadKey> {
    let mut nonce = [0; NONCE_LEN];
    getrandom::fill(&mut nonce).map_err(|_| BadKey::Made)?;
    let mut text = plain.to_vec();
    let sealed =
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(associated), &mut text);
    sealed.map_err(|_| BadKey::Made)?;
    Ok([&nonce[..], &text].concat())
}

/// What goes with the wrapped key of a person: it opens nobody else's.
fn wrapping_aad(person: Uuid) -> Vec<u8> {
    [WRAPPING, person.as_bytes()].concat()
}

fn open(key: &LessSafeKey, associated: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>()?;
    let mut text = Zeroizing::new(text.to_vec());
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let plain = key.open_in_place(nonce, Aad::from(associated), &mut text).ok()?.len();
    text.truncate(plain);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(numbers: &[u32]) -> SealingKeys {
        let wrapping = numbers.iter().map(|number| (*number, [u8::try_from(*number).unwrap(); 32])).collect();
        SealingKeys::try_new(&[9; 32], &wrapping).unwrap()
    }

    fn person(keys: &SealingKeys) -> (PersonRow, PersonKey) {
        keys.new_person(keys.blind_index("66701000", "Ёлкин Пётр")).unwrap()
    }

    fn found(person: &PersonRow, disclosure: DisclosureRow) -> SealedDisclosure {
        let PersonRow { key_number, wrapped_key, .. } = person.clone();
        SealedDisclosure { disclosure, key_number, wrapped_key }
    }

    #[test]
    fn a_letter_of_two_signs_is_the_letter() {
        let keys = keys(&[1]);
        let index = |name| keys.blind_index("66701000", name);
        assert_eq!(index("Андрей Ёлкин"), index("Андреи\u{306} Е\u{308}лкин"));
        assert_ne!(index("Андрей Ёлкин"), index("Андреи Ёлкин"));
    }

    #[test]
    fn what_was_sealed_is_opened_with_the_keys_of_the_ledger() {
        let keys = keys(&[1]);
        let (row, key) = person(&keys);
        let told = Disclosure::new("name", "Ёлкин Пётр").unwrap();
        let sealed = key.seal(&told).unwrap();
        assert_eq!(keys.open(&found(&row, sealed)), Ok(told));
        assert_eq!(keys.unwrap(&row).unwrap().person(), key.person());
    }

    #[test]
    fn what_was_altered_or_belongs_to_another_does_not_open() {
        let keys = keys(&[1]);
        let ((row, key), (another, another_key)) = (person(&keys), person(&keys));
        let sealed = key.seal(&Disclosure::new("name", "Ким Ли").unwrap()).unwrap();
        let altered = Err(Unsealed::Altered { person: key.person() });
        for at in 0..sealed.sealed.len() {
            let mut other = sealed.clone();
            other.sealed[at] ^= 1;
            assert_eq!(keys.open(&found(&row, other)), altered, "byte {at}");
        }
        let renamed = DisclosureRow { digest: Hash([7; 32]), ..sealed.clone() };
        assert_eq!(keys.open(&found(&row, renamed)), altered);
        let moved = DisclosureRow { person: another.person.clone(), ..sealed.clone() };
        let refused = Err(Unsealed::Altered { person: another_key.person() });
        assert_eq!(keys.open(&found(&another, moved)), refused);
        let short = DisclosureRow { sealed: vec![1; 3], ..sealed };
        assert_eq!(keys.open(&found(&row, short)), altered);
    }

    #[test]
    fn a_person_whose_key_is_gone_cannot_be_read_even_with_all_other_keys() {
        let keys = keys(&[1]);
        let ((row, key), (another, _)) = (person(&keys), person(&keys));
        let sealed = key.seal(&Disclosure::new("name", "Ким Ли").unwrap()).unwrap();
        let stolen = PersonRow { wrapped_key: another.wrapped_key, ..row };
        assert!(keys.open(&found(&stolen, sealed)).is_err());
    }

    #[test]
    fn a_rewrapped_key_opens_the_same_and_the_old_wrapping_key_is_needed_no_more() {
        let (old, both, new) = (keys(&[1]), keys(&[1, 2]), keys(&[2]));
        let (row, key) = person(&old);
        let told = Disclosure::new("position", "глава города").unwrap();
        let sealed = key.seal(&told).unwrap();
        let gone = Err(Unsealed::NoSuchKey { person: key.person(), number: 1 });
        assert_eq!(new.open(&found(&row, sealed.clone())), gone);
        let rewrapped = both.rewrap(&row).unwrap();
        assert_eq!(rewrapped.key_number, 2);
        assert_eq!(new.open(&found(&rewrapped, sealed)), Ok(told));
    }

    #[test]
    fn spaces_case_and_yo_tell_nobody_apart_but_municipalities_do() {
        let keys = keys(&[1]);
        let index = |municipality, name| keys.blind_index(municipality, name);
        let one = index("66701000", "Ёлкин Пётр");
        for same in ["елкин петр", "  ЁЛКИН\u{a0} Пётр "] {
            assert_eq!(index("66701000", same), one, "{same:?}");
        }
        assert_ne!(index("66603000", "Ёлкин Пётр"), one);
        assert_ne!(index("66701000", "Ёлкин П."), one);
    }

    #[test]
    fn keys_are_not_printed() {
        let keys = keys(&[1, 2]);
        let (_, key) = person(&keys);
        assert_eq!(format!("{keys:?}"), "SealingKeys(2)");
        assert_eq!(format!("{key:?}"), format!("PersonKey({})", key.person()));
    }

    #[test]
    fn without_a_wrapping_key_nothing_is_sealed() {
        assert_eq!(SealingKeys::try_new(&[9; 32], &BTreeMap::new()).unwrap_err(), BadKey::None);
        let keys = WrappingKeys::try_new(&[(1, [1; 32])].into(), Some(2));
        assert_eq!(keys.err(), Some(BadKey::None), "the one in use is not there");
    }

    fn wrapping(numbers: &[u32], in_use: Option<u32>) -> WrappingKeys {
        let by_number = numbers.iter().map(|number| (*number, [u8::try_from(*number).unwrap(); 32]));
        WrappingKeys::try_new(&by_number.collect(), in_use).unwrap()
    }

    /// Keys that were read before, and learn of `newer` when they look.
    fn running(numbers: &[u32], newer: WrappingKeys) -> SealingKeys {
        keys(numbers).reread(Arc::new(move || Some(newer.clone())))
    }

    #[test]
    fn a_key_that_was_added_meanwhile_is_learnt_of_when_somebody_is_wrapped_by_it() {
        let (row, key) = person(&keys(&[1, 2]));
        assert_eq!(running(&[1], wrapping(&[1, 2], None)).unwrap(&row).unwrap().person(), key.person());
        let gone = Unsealed::NoSuchKey { person: key.person(), number: 2 };
        assert_eq!(running(&[1], wrapping(&[1, 3], None)).unwrap(&row).unwrap_err(), gone);
    }

    #[test]
    fn a_new_person_is_wrapped_by_the_key_that_is_in_use_by_now() {
        assert_eq!(person(&running(&[1], wrapping(&[1, 2], None))).0.key_number, 2);
        assert_eq!(person(&running(&[1], wrapping(&[1, 2], Some(1)))).0.key_number, 1, "2 is only prepared");
    }
}
