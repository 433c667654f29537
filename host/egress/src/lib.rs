//! Every request that a plugin makes over the network passes through one function here.

#![forbid(unsafe_code)]
