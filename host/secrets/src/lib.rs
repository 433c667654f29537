//! Secret values: where they come from, and how they are kept out of everything else.

#![forbid(unsafe_code)]
