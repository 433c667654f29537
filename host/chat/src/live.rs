//! The live message.
