//! What the guard says to the requests of its call: egress decides, and asks here whether a person has to be asked.

use claudetools_egress::{Made, Note, Overseer, Wish};
use claudetools_policy::{Ask, Flow, NetEffect, Output, Refusal, Target, Tenant, Touch};

use super::Guard;
use crate::effects::Subject;
use crate::standing::{Detail, Planned};

impl Guard {
    /// Notes what egress decided. The answer to an allowed request is taken in.
    fn heard(&self, note: Note) {
        if note.decision.is_ok() && self.plugin.policy.output == Output::Untrusted {
            self.desk().took_in(Flow { untrusted: true, sensitive: false });
        }
        let subject = match note.subject {
            claudetools_egress::Subject::Request(asked) => Subject::Request(asked),
            claudetools_egress::Subject::Unreadable(shown) | claudetools_egress::Subject::Service(shown) => {
                Subject::Network(shown)
            }
        };
        self.effects().note(subject, note.decision.as_ref().map(String::as_str));
    }
}

impl Overseer for Guard {
    fn hear(&self, note: Note) {
        self.heard(note);
    }

    fn flow(&self) -> Flow {
        Guard::flow(self)
    }

    fn tenant(&self) -> Option<Tenant> {
        self.whom.tenant()
    }

    fn asks(&self, target: &Target, looks: bool, ask: Option<Ask>) -> Result<Option<Ask>, Refusal> {
        self.permit(Touch::Request(looks), || target.whole())?;
        self.also_asks(ask, false)
    }

    fn ask(&self, wish: &Wish<'_>, id: &str, ask: &Ask) -> Result<(), Refusal> {
        let &Wish { target, headers, body, is_filled } = wish;
        let phrase = ask.confirm.phrase(&self.tool, Some(&NetEffect { target, body: Some(body) }))?;
        let header = |(name, value): &(String, Vec<u8>)| (name.clone(), String::from_utf8_lossy(value).into_owned());
        let detail = Detail::Sent { headers: headers.iter().map(header).collect(), body: body.clone() };
        let planned =
            Planned { effect: self.whom.words(target.whole()), verb: target.method.clone(), detail, phrase, is_filled };
        Guard::ask(self, planned, id, ask)
    }

    fn made(&self, made: Made) {
        self.desk().keep(made);
    }
}
