//! The rules of a quarter as tables: given, when, then.
