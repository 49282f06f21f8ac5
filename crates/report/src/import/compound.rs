//! Compound files, the container of Office before 2007, and of everything that Office encrypts since. Only their directory
//! is looked at: which streams there are says what the file is.

use super::{CannotRead, Looks, SourceFormat};

/// Entries of the directory begin at multiples of this, whatever the size of sectors.
const ENTRY_BYTES: usize = 128;

/// A name takes at most this much of an entry, in UTF-16.
const NAME_BYTES: usize = 64;

/// Where an entry says in which sector its stream begins.
const FIRST_SECTOR_AT: usize = 116;

/// Where the head of the file says how large sectors are, as a power of two.
const SECTOR_SHIFT_AT: usize = 30;

/// Where the first block of a Word document says whether it is encrypted, and by which bit.
const FLAGS_AT: usize = 10;
const ENCRYPTED: u16 = 0x0100;

/// What only an office program reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Legacy {
    Doc,
    Rtf,
    Xls,
}

impl Legacy {
    pub(super) const fn format(self) -> SourceFormat {
        match self {
            Self::Doc => SourceFormat::Doc,
            Self::Rtf => SourceFormat::Rtf,
            Self::Xls => SourceFormat::Xls,
        }
    }
}

pub(super) fn kind(bytes: &[u8]) -> Result<Legacy, CannotRead> {
    if find(bytes, "EncryptedPackage").is_some() {
        return Err(CannotRead::Encrypted);
    }
    if let Some(entry) = find(bytes, "WordDocument") {
        if is_encrypted_word(bytes, entry) {
            return Err(CannotRead::Encrypted);
        }
        return Ok(Legacy::Doc);
    }
    if find(bytes, "Workbook").or_else(|| find(bytes, "Book")).is_some() {
        return Ok(Legacy::Xls);
    }
    Err(CannotRead::NotADocument { looks: Looks::OtherOffice })
}

/// How a row of a table ends in Word before 2007: the mark of its last cell and its own, in letters of two bytes or of one.
const ROW_ENDS: [&[u8]; 2] = [b"\x07\0\x07\0", b"\x07\x07"];

/// Whether an old Word document seems to have tables.
pub(super) fn seems_to_have_rows(bytes: &[u8]) -> bool {
    ROW_ENDS.iter().any(|end| memchr::memmem::find(bytes, end).is_some())
}

/// The entry of the stream with this name.
fn find<'a>(bytes: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let wanted: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    let length = u16::try_from(wanted.len()).ok()?.to_le_bytes();
    bytes
        .chunks_exact(ENTRY_BYTES)
        .find(|entry| entry.starts_with(&wanted) && entry[NAME_BYTES..NAME_BYTES + 2] == length)
}

fn is_encrypted_word(bytes: &[u8], entry: &[u8]) -> bool {
    let flags = || {
        let sector = u32::from_le_bytes(entry.get(FIRST_SECTOR_AT..)?.first_chunk().copied()?) as usize;
        let shift = u16::from_le_bytes(bytes.get(SECTOR_SHIFT_AT..)?.first_chunk().copied()?);
        let at = sector.checked_add(1)?.checked_mul(1_usize.checked_shl(u32::from(shift))?)?;
        Some(u16::from_le_bytes(bytes.get(at.checked_add(FLAGS_AT)?..)?.first_chunk().copied()?))
    };
    flags().is_some_and(|flags| flags & ENCRYPTED != 0)
}
