//! Whole calls against recorded answers.

mod asking;
mod busy;
mod changing;
mod hostile;
mod kinds;
mod owners;
mod recorded;
