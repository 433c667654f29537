//! The rules, one group a file.
