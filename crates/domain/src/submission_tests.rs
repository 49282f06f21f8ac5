//! The rules of a submission as tables: given, when, then.
