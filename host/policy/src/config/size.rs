//! Values that are written as text: sizes, times, digests.

use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::Rate;
use crate::Digest;

/// Bytes, written `"64MiB"`. Never 0.
#[derive(Clone, Copy)]
pub(super) struct Size(pub u64);

/// A time, written `"5s"`. Never 0.
#[derive(Clone, Copy)]
pub(super) struct Time(pub Duration);

const SECONDS: &[(&str, u64)] = &[("s", 1), ("min", 60), ("h", 3600)];
const SIZES: &[(&str, u64)] = &[("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("B", 1)];
const TIMES: &[(&str, u64)] = &[("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

/// The number before one of the units, in the smallest unit; `None` for anything else, 0 included.
fn number(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (count, unit) = text.split_at(digits);
    let (_, each) = units.iter().find(|(name, _)| *name == unit)?;
    count.parse::<u64>().ok()?.checked_mul(*each).filter(|product| *product > 0)
}

/// A number of calls and a time, from text such as `30/min`.
fn rate(text: &str) -> Option<Rate> {
    let (calls, unit) = text.split_once('/')?;
    let (_, seconds) = SECONDS.iter().find(|(name, _)| *name == unit)?;
    let calls = number(calls, &[("", 1)])?.try_into().ok()?;
    Some(Rate { calls, per: Duration::from_secs(*seconds) })
}

/// Text that `parse` reads; `expected` is said to a person who wrote something else.
struct Text<T> {
    expected: &'static str,
    parse: fn(&str) -> Option<T>,
}

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).ok_or_else(|| E::custom(format_args!("`{text}` is not {}", self.expected)))
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let expected = "a size above 0 such as \"64MiB\", in B, KiB, MiB or GiB";
        from.deserialize_str(Text { expected, parse: |text| number(text, SIZES).map(Self) })
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let expected = "a time above 0 such as \"30s\", in ms, s, m or h";
        let parse = |text: &str| number(text, TIMES).map(Duration::from_millis).map(Self);
        from.deserialize_str(Text { expected, parse })
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let expected = "a number of calls in a time, such as \"30/min\", in s, min or h";
        from.deserialize_str(Text { expected, parse: rate })
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let expected = "a digest, which is `sha256:` and 64 hex digits";
        from.deserialize_str(Text { expected, parse: |text| text.parse().ok() })
    }
}
