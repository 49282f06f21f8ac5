//! How much of a file is taken. A file of a clerk is handed in by anyone, so every size is bounded before anything is
//! made of it; all bounds together keep reading within 64 MiB.

/// Bytes of the file. The largest report seen, with scans in it, had 11 MiB.
pub const PACKED_BYTES_MAX: u64 = 20 * 1024 * 1024;

/// Bytes that the parts of an archive say to have together. The text of 10,000 records is 16 MB of XML; pictures, which
/// are never unpacked, count too.
pub(super) const UNPACKED_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Bytes for each packed byte, of a part that is large at all: XML of thousands of equal rows reaches 200.
pub(super) const RATIO_MAX: u64 = 300;

/// A part that is smaller when unpacked may be packed as tightly as it likes: reading it costs nothing.
pub(super) const RATIO_BYTES_MIN: u64 = 16 * 1024 * 1024;

/// Parts of an archive; a document with a hundred pictures has 130. Each costs memory before it is looked at.
pub(super) const ENTRIES_MAX: usize = 4096;

/// Elements within elements. A table in a table in a table, with all wrappers, has 50; each costs stack.
pub(super) const DEPTH_MAX: usize = 200;

/// Bytes of one tag, one text or one comment, which is held whole. The largest that Word writes are texts of cells.
pub(super) const ELEMENT_BYTES_MAX: u64 = 1024 * 1024;

/// Attributes of one element, and namespaces in force: the root of a Word file has 35 of both. Each is compared with
/// each name that is looked up.
pub(super) const ATTRIBUTES_MAX: usize = 256;

/// Paragraphs, empty ones too: 10,000 records have about 70,000.
pub(super) const PARAGRAPHS_MAX: usize = 200_000;

/// Cells that are kept: 20,000 records of six.
pub(super) const CELLS_MAX: usize = 120_000;

/// Bytes of all text that is kept, of notes too: 20,000 long records.
pub(super) const TEXT_BYTES_MAX: usize = 12 * 1024 * 1024;

/// Columns of a table: those of a sheet of Excel. What lies beyond is taken for the last.
pub(super) const COLUMNS_MAX: usize = 16_384;

/// Styles, lists, notes, merged ranges: each kind for itself. Word itself stops at some thousands of styles.
pub(super) const DEFINITIONS_MAX: usize = 20_000;

/// Bytes of a part that explains others: styles, lists, the directory of parts. What they say is kept while the text is read.
pub(super) const DEFINITION_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Bytes of all notes of one kind, which are kept while the text is read.
pub(super) const NOTE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Letters of a name that every place repeats; a tab of Excel has 31 at most.
pub(super) const NAME_CHARS_MAX: usize = 100;

/// Notices that are kept word by word; the rest is counted. Nobody reads more.
pub(super) const FINDINGS_MAX: usize = 1000;
