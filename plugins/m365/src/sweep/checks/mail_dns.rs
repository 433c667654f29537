//! TS-21 and TS-22: whether others can write in the tenant's name.

use std::collections::BTreeSet;

use claudetools_graph::envelope::Severity::{High, Low, Medium};
use claudetools_graph::envelope::Status;
use serde_json::json;

use super::{About, Check, Found, Profile};
use crate::reach::Plan;
use crate::rule::Rule;
use crate::sweep::dns::MailDns;
use crate::sweep::known::{Known, Missing};
use crate::sweep::rows::{Dkim, ExchangeConfig};
use crate::sweep::source::{DKIM, EXCHANGE_CONFIG, MAIL_DNS as ALL_DNS};
use crate::sweep::spf::MOST_LOOKUPS;

const NO_SPF: Rule = Rule::new(
    "TS-21.R1",
    High,
    "No valid SPF record",
    "Anybody can send in the domain's name. Two records count as none.",
)
.mitre(&["T1566"]);
const SPF_FOR_ALL: Rule =
    Rule::new("TS-21.R2", High, "The SPF record lets everybody send", "It says that any server is right.")
        .mitre(&["T1566"]);
const SPF_TOO_LONG: Rule = Rule::new(
    "TS-21.R3",
    Medium,
    "The SPF record takes more than 10 DNS lookups",
    "Receivers take it for broken, and mail of the domain is refused or not checked.",
);
const SPF_SOFT: Rule =
    Rule::new("TS-21.R4", Low, "The SPF record refuses nobody", "`~all` and `?all` leave it to the receiver.")
        .mitre(&["T1566"]);
const NO_DMARC: Rule = Rule::new(
    "TS-21.R5",
    High,
    "No DMARC record",
    "Receivers are not told what to do with mail that is not the domain's.",
)
.mitre(&["T1566"]);
const DMARC_NONE: Rule =
    Rule::new("TS-21.R6", Medium, "The DMARC policy is `none`", "Mail in the domain's name is reported and delivered.")
        .mitre(&["T1566"]);
const DMARC_PART: Rule =
    Rule::new("TS-21.R7", Low, "The DMARC policy is for a part of the mail", "The rest is delivered without it.");
const NO_DKIM: Rule = Rule::new(
    "TS-21.R8",
    Medium,
    "Exchange Online does not sign with DKIM",
    "Forwarded mail of the domain fails its checks, and DMARC cannot be strict.",
);
const MX_CHANGED: Rule = Rule::new(
    "TS-21.R9",
    High,
    "The mail exchangers have changed",
    "Whoever runs the new ones gets all mail that comes in.",
)
.mitre(&["T1584.002"]);
const PARKED: Rule = Rule::new(
    "TS-21.R10",
    Low,
    "A domain without mail does not say so",
    "`v=spf1 -all` and a DMARC policy `reject` keep others from writing in its name.",
)
.mitre(&["T1566"]);

pub const MAIL_DNS: Check = Check {
    id: "TS-21",
    title: "Mail DNS",
    profile: Profile::Both,
    scuba: &["EXO.2.2", "EXO.3.1", "EXO.4.1", "EXO.4.2"],
    plan: None,
    sources: &[&ALL_DNS, &DKIM],
    rules: &[
        &NO_SPF,
        &SPF_FOR_ALL,
        &SPF_TOO_LONG,
        &SPF_SOFT,
        &NO_DMARC,
        &DMARC_NONE,
        &DMARC_PART,
        &NO_DKIM,
        &MX_CHANGED,
        &PARKED,
    ],
    parts: &[records, signing, exchangers],
};

fn records(known: &Known) -> Found {
    let mut found = Vec::new();
    for domain in known.rows::<MailDns>(&ALL_DNS)? {
        let evidence = json!({ "spf": domain.spf, "lookups": domain.lookups, "dmarc": domain.dmarc, "mx": domain.mx });
        let broken = if domain.is_parked() { domain.broken_when_parked() } else { domain.broken() };
        found.extend(broken.into_iter().map(|rule| rule.about(&domain.domain, evidence.clone())));
    }
    Ok(found)
}

impl MailDns {
    fn is_parked(&self) -> bool {
        self.mx.is_empty()
    }

    fn broken_when_parked(&self) -> Vec<&'static Rule> {
        let says_so = self.spf.len() == 1 && self.all == "-all" && self.tag("p") == Some("reject");
        if says_so { Vec::new() } else { vec![&PARKED] }
    }

    fn broken(&self) -> Vec<&'static Rule> {
        let has_spf = self.spf.len() == 1;
        let has_dmarc = !self.dmarc.is_empty();
        let percent = self.tag("pct").and_then(|percent| percent.parse::<u32>().ok());
        let rules = [
            (&NO_SPF, !has_spf),
            (&SPF_FOR_ALL, has_spf && self.all == "+all"),
            (&SPF_TOO_LONG, has_spf && self.lookups > MOST_LOOKUPS),
            (&SPF_SOFT, has_spf && matches!(self.all.as_str(), "~all" | "?all" | "")),
            (&NO_DMARC, !has_dmarc),
            // A policy that cannot be read counts as none for receivers.
            (&DMARC_NONE, has_dmarc && !matches!(self.tag("p"), Some("quarantine" | "reject"))),
            (&DMARC_PART, percent.is_some_and(|percent| percent < 100)),
        ];
        rules.into_iter().filter(|(_, broken)| *broken).map(|(rule, _)| rule).collect()
    }

    /// A tag of the DMARC record.
    fn tag(&self, name: &str) -> Option<&str> {
        let tags = self.dmarc.first()?.split(';');
        tags.filter_map(|tag| tag.split_once('='))
            .find(|(known, _)| known.trim() == name)
            .map(|(_, value)| value.trim())
    }
}

fn signing(known: &Known) -> Found {
    let domains = known.rows::<MailDns>(&ALL_DNS)?;
    let settings = known.licensed::<Dkim>(&DKIM)?;
    let off: BTreeSet<String> =
        settings.into_iter().filter(|it| !it.enabled).map(|it| it.domain.to_lowercase()).collect();
    let unsigned = domains.into_iter().filter(|it| !it.is_parked() && (!it.dkim || off.contains(&it.domain)));
    let about = |it: MailDns| {
        let evidence = json!({ "record": it.dkim, "enabled": !off.contains(&it.domain) });
        NO_DKIM.about(it.domain, evidence)
    };
    Ok(unsigned.map(about).collect())
}

fn exchangers(known: &Known) -> Found {
    let domains = known.rows::<MailDns>(&ALL_DNS)?;
    let Some(last) = known.last else { return Ok(Vec::new()) };
    let found = domains.into_iter().filter_map(|now| {
        let before = last.mx.get(&now.domain).filter(|before| **before != now.mx)?;
        Some(MX_CHANGED.about(now.domain, json!({ "before": before, "now": now.mx })))
    });
    Ok(found.collect())
}

const DIRECT: Rule = Rule::new(
    "TS-22.R1",
    Low,
    "Direct Send is open beside another mail filter",
    "Mail that is handed to Exchange Online directly passes the filter that the MX record names.",
)
.mitre(&["T1566"]);

pub const DIRECT_SEND: Check = Check {
    id: "TS-22",
    title: "Direct Send",
    profile: Profile::Hygiene,
    scuba: &[],
    plan: Some(Plan::Exchange),
    sources: &[&EXCHANGE_CONFIG, &ALL_DNS],
    rules: &[&DIRECT],
    parts: &[direct_send],
};

/// The ends of Exchange Online's own mail exchangers.
const OWN_EXCHANGERS: &[&str] = &[".mail.protection.outlook.com", ".mx.microsoft"];

fn direct_send(known: &Known) -> Found {
    let unread = || Missing::new(Status::Error, "Get-OrganizationConfig does not tell about RejectDirectSend");
    let is_closed = known.only::<ExchangeConfig>(&EXCHANGE_CONFIG)?.reject_direct_send.ok_or_else(unread)?;
    let domains = known.rows::<MailDns>(&ALL_DNS)?.into_iter();
    let is_other = |host: &String| !OWN_EXCHANGERS.iter().any(|own| host.ends_with(own));
    let filtered: Vec<String> = domains.filter(|it| it.mx.iter().any(is_other)).map(|it| it.domain).collect();
    Ok(if is_closed { Vec::new() } else { DIRECT.about_all(filtered) })
}
