//! What the bookkeeping of limits promises.

use super::Urgency::{Now, Soon, Spare, Unbound};
use super::*;

const POST: &str = "POST messages";
const PATCH: &str = "PATCH message";

fn told(remaining: u32, reset_after: u64) -> Told {
    Told {
        bucket: Some("abc".to_owned()),
        limit: Some(5),
        remaining: Some(remaining),
        reset_after: Some(Duration::from_secs(reset_after)),
        ..Told::default()
    }
}

#[test]
fn an_empty_bucket_is_waited_for() {
    let now = Instant::now();
    let mut limits = Limits::new(now);
    assert_eq!(limits.take(POST, 1, Now, now), Ok(()));
    limits.learn(POST, 1, &told(0, 5), now);
    assert_eq!(limits.take(POST, 1, Now, now), Err(Wait::Bucket(Duration::from_secs(5) + MARGIN)));
    assert_eq!(limits.take(POST, 2, Now, now), Ok(()), "another channel has a bucket of its own");
    assert_eq!(limits.take(POST, 1, Now, now + Duration::from_secs(6)), Ok(()));
}

#[test]
fn routes_of_one_bucket_share_it() {
    let now = Instant::now();
    let mut limits = Limits::new(now);
    limits.learn(POST, 1, &told(3, 5), now);
    limits.learn(PATCH, 1, &told(2, 5), now);
    assert_eq!(limits.take(POST, 1, Now, now), Ok(()));
    assert_eq!(limits.take(PATCH, 1, Now, now), Ok(()));
    assert!(limits.take(POST, 1, Now, now).is_err(), "the two before took what was left");
}

#[test]
fn what_can_be_spared_leaves_room_for_others() {
    let (mut limits, now) = (Limits::new(Instant::now()), Instant::now() + Duration::from_secs(60));
    let later = |seconds: u64| now + Duration::from_secs(seconds);
    let told = |remaining, after| Told { bucket: None, ..told(remaining, after) };
    limits.learn(PATCH, 1, &told(3, 60), now);
    assert_eq!(limits.take(PATCH, 1, Spare, now), Ok(()));
    assert!(limits.take(PATCH, 1, Spare, later(1)).is_err());
    assert_eq!(limits.take(PATCH, 1, Now, later(1)), Ok(()));
    limits.learn(POST, 2, &Told { limit: Some(1), ..told(1, 60) }, now);
    assert_eq!(limits.take(POST, 2, Spare, later(2)), Ok(()), "a bucket of one would never be free");
}

#[test]
fn an_answer_that_is_late_gives_nothing_back() {
    let now = Instant::now();
    let mut limits = Limits::new(now);
    limits.learn(POST, 1, &told(1, 5), now);
    assert_eq!(limits.take(POST, 1, Now, now), Ok(()));
    limits.learn(POST, 1, &told(3, 5), now);
    assert!(limits.take(POST, 1, Now, now).is_err());
}

#[test]
fn a_429_is_obeyed_on_its_route_or_everywhere() {
    let now = Instant::now();
    let wait = Some(Duration::from_secs(2));
    let mut limits = Limits::new(now);
    limits.learn(POST, 1, &Told { retry_after: wait, ..Told::default() }, now);
    assert!(limits.take(POST, 1, Now, now + Duration::from_secs(1)).is_err());
    assert_eq!(limits.take(PATCH, 1, Now, now), Ok(()));
    limits.learn(POST, 1, &Told { retry_after: wait, global: true, ..Told::default() }, now);
    assert!(limits.take(PATCH, 7, Now, now + Duration::from_secs(1)).is_err());
    assert_eq!(limits.take("POST callback", 7, Unbound, now), Ok(()), "answers to interactions are not bound");
    assert_eq!(limits.take(PATCH, 7, Now, now + Duration::from_secs(3)), Ok(()));
}

#[test]
fn a_place_is_void_when_somebody_is_told_to_wait_before_it_is_used() {
    let (now, wait) = (Instant::now(), Some(Duration::from_secs(2)));
    for (global, others) in [(false, true), (true, false)] {
        let mut limits = Limits::new(now);
        limits.learn(POST, 1, &told(3, 5), now);
        limits.learn(POST, 2, &told(3, 5), now);
        let all = |limits: &Limits, at| [1, 2].map(|major| limits.holds(POST, major, now, at));
        assert_eq!(all(&limits, now), [true, true]);
        limits.learn(POST, 1, &Told { retry_after: wait, global, ..Told::default() }, now);
        assert_eq!(all(&limits, now + Duration::from_secs(1)), [false, others]);
    }
}

#[test]
fn a_place_is_void_when_the_time_of_its_bucket_is_over() {
    let now = Instant::now();
    let later = |seconds: u64| now + Duration::from_secs(seconds);
    let mut limits = Limits::new(now);
    limits.learn(POST, 1, &told(3, 5), now);
    assert!(limits.holds(POST, 1, now, later(5)));
    assert!(!limits.holds(POST, 1, now, later(6)), "the server counts it in the next time");
    assert!(limits.holds(POST, 1, later(6), later(7)), "it was taken in the time that nobody has told of yet");
}

#[test]
fn a_429_that_names_its_bucket_closes_that_one() {
    let now = Instant::now();
    let mut limits = Limits::new(now);
    let wait = Some(Duration::from_secs(8));
    limits.learn(PATCH, 1, &told(3, 5), now);
    limits.learn(POST, 1, &Told { retry_after: wait, ..told(3, 5) }, now);
    assert!(limits.take(PATCH, 1, Now, now + Duration::from_secs(6)).is_err());
}

/// A way of 400 ms there and back, on which Discord counts a request anywhere.
#[test]
fn the_global_limit_is_kept_without_being_told_however_long_requests_are_on_their_way() {
    let now = Instant::now();
    let mut limits = Limits::new(now);
    let (mut counted, mut answers) = (Vec::new(), Vec::new());
    for tick in 0..4000 {
        let now = now + Duration::from_millis(tick);
        answers.iter().filter(|at| **at == tick).for_each(|_| limits.answered(now));
        while limits.take(POST, tick, Now, now).is_ok() {
            counted.push(tick + tick * 7919 % 400);
            answers.push(tick + 400);
        }
    }
    let in_second = |from: &u64| counted.iter().filter(|at| (*from..from + 1000).contains(at)).count();
    assert!(counted.iter().map(in_second).max() <= Some(50));
    assert!(counted.len() > 4 * 33, "and no more of it is wasted than must be: {}", counted.len());
}

#[test]
fn requests_over_all_routes_are_spaced() {
    let now = Instant::now();
    let mut limits = Limits::new(now);
    let mut sent = Vec::new();
    for tick in 0..4000 {
        let now = now + Duration::from_millis(tick);
        while limits.take(POST, tick, Now, now).is_ok() {
            sent.push(tick);
            limits.answered(now);
        }
    }
    let busiest =
        |time: u64| sent.iter().map(|from| sent.iter().filter(|at| (*from..from + time).contains(at)).count()).max();
    assert_eq!([busiest(100), busiest(1000)], [Some(9), Some(MOST)]);
}

#[test]
fn what_is_shown_gives_way_to_what_is_waited_for() {
    let now = Instant::now();
    let mut limits = Limits::new(now);
    assert_eq!(limits.take(POST, 1, Soon, now), Ok(()));
    assert_eq!(limits.take(POST, 2, Soon, now), Err(Wait::All(APART)));
    assert_eq!(limits.take(POST, 3, Now, now), Ok(()));
}

#[test]
fn missing_and_odd_headers_say_nothing() {
    let mut headers = HeaderMap::new();
    for (name, value) in [("retry-after", "-1"), ("x-ratelimit-limit", "many"), ("x-ratelimit-reset-after", "inf")] {
        if let Ok(value) = value.parse() {
            headers.insert(name, value);
        }
    }
    assert_eq!(Told::of(&headers), Told::default());
}
