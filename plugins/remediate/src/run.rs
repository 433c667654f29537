//! Carries a plan out: once, and read back.

use std::time::Duration;

use claudetools_graph::{Class, Gap, Tenant, ids};
use serde_json::Value;

use crate::plan::Plan;

/// How often it is read back, until it is as it should be: what was written may not be seen at once.
const LOOKS: u32 = 4;
/// Between two looks.
const PAUSE: Duration = Duration::from_secs(2);

/// What came of a plan.
#[derive(Debug)]
pub(crate) enum Ended {
    /// It was so already; nothing was sent.
    Already,
    /// It was read back, and is as it should be.
    Done(Value),
    /// The service said no.
    Refused(Gap),
    /// It was sent, and is not as it should be: this was read back.
    NotYet(Value),
    /// The answer was lost, and what is read back shows that it did not happen.
    Lost(Gap, Value),
    /// Nobody can say.
    Unknown(Gap),
}

/// Sends the one request of a plan, if it is needed, and looks at what came of it.
pub(crate) fn run(tenant: &mut Tenant<'_>, tool: &str, plan: &Plan) -> Ended {
    if (plan.done)(&plan.before) {
        return Ended::Already;
    }
    let stands_on = ids::of(&[tenant.id(), tool, &plan.before.to_string()]);
    let sent = tenant.ask(plan.write.clone().once().header("client-request-id", stands_on));
    match sent {
        Ok(_) => looked(tenant, plan, None),
        // What was cut off or timed out may have happened all the same.
        Err(gap) if matches!(gap.class, Class::Unavailable | Class::Malformed) => looked(tenant, plan, Some(gap)),
        Err(gap) => Ended::Refused(gap),
    }
}

/// Reads back until it is as it should be.
fn looked(tenant: &mut Tenant<'_>, plan: &Plan, lost: Option<Gap>) -> Ended {
    let mut last = None;
    for look in 0..LOOKS {
        if look > 0 {
            tenant.sleep(PAUSE);
        }
        match (plan.read)(tenant) {
            Ok(now) if (plan.done)(&now) => return Ended::Done(now),
            read => last = Some(read),
        }
    }
    match (last, lost) {
        (Some(Ok(now)), None) => Ended::NotYet(now),
        (Some(Ok(now)), Some(gap)) => Ended::Lost(gap, now),
        (Some(Err(gap)), _) | (None, Some(gap)) => Ended::Unknown(gap),
        (None, None) => Ended::Unknown(Gap::new(Class::Unavailable, "it was not read back")),
    }
}
