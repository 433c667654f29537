//! The list that no grant opens.
