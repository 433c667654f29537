//! The table.

use claudetools_agent::models::EFFORTS;

use super::{At, Does, Needed, Opt, Seen, Source, Spec, Takes, Who};

/// The longest text that Discord takes as an option.
const LONGEST: usize = 6000;
/// The longest name of a model or client that anybody needs.
const NAME: usize = 100;

const fn may(name: &'static str, about: &'static str, takes: Takes) -> Opt {
    Opt { name, about, takes, needed: Needed::No }
}

const fn must(name: &'static str, about: &'static str, takes: Takes) -> Opt {
    Opt { needed: Needed::Yes, ..may(name, about, takes) }
}

/// A command for everybody with a role, whose answer the person alone sees.
const fn row(name: &'static str, does: Does, about: &'static str, at: At, options: &'static [Opt]) -> Spec {
    Spec { name, about, does, options, who: Who::Anybody, at, seen: Seen::Alone }
}

impl Spec {
    const fn who(self, who: Who) -> Self {
        Self { who, ..self }
    }

    const fn seen(self, seen: Seen) -> Self {
        Self { seen, ..self }
    }
}

/// Every command, in the order of `/help`.
pub(crate) const TABLE: &[Spec] = &[
    row(
        "ask",
        Does::Ask,
        "Asks a question; in a channel it begins a thread, as a mention does",
        At::Anywhere,
        &[
            must("question", "What you want to know, or have done", Takes::Text(LONGEST)),
            may("file", "A file that belongs to the question", Takes::File),
        ],
    ),
    row(
        "resume",
        Does::Resume,
        "Lists your threads, or wakes one of them",
        At::Anywhere,
        &[may("thread", "The thread that is to go on", Takes::Suggested(Source::Threads))],
    ),
    row(
        "skill",
        Does::Skill,
        "Starts a skill or command of the repository",
        At::Anywhere,
        &[
            must("name", "The skill's name", Takes::Suggested(Source::Skills)),
            may("arguments", "What it is to be done with", Takes::Text(LONGEST)),
        ],
    ),
    row("status", Does::Status, "Shows what goes on in this thread", At::Thread, &[]),
    row("stop", Does::Stop, "Stops the answer that is being worked on", At::Thread, &[]),
    row(
        "model",
        Does::Model,
        "Shows or chooses the model of this thread",
        At::Thread,
        &[may("model", "The model, from the next request on", Takes::Suggested(Source::Models))],
    )
    .seen(Seen::Change),
    row(
        "effort",
        Does::Effort,
        "Shows or chooses how long the model thinks in this thread",
        At::Thread,
        &[may("effort", "More effort thinks longer and costs more", Takes::OneOf(EFFORTS))],
    )
    .seen(Seen::Change),
    row(
        "verbosity",
        Does::Verbosity,
        "Shows or chooses how much is shown of the work in this thread",
        At::Thread,
        &[may("verbosity", "How much is shown beside the answer", Takes::OneOf(&["quiet", "normal", "verbose"]))],
    )
    .seen(Seen::Change),
    row(
        "plan",
        Does::Plan,
        "Shows or switches plan mode: nothing is changed before a plan is approved",
        At::Thread,
        &[may("mode", "On or off", Takes::OneOf(&["on", "off"]))],
    )
    .seen(Seen::Change),
    row(
        "client",
        Does::Client,
        "Shows or binds the client that this thread is about",
        At::Thread,
        &[may("name", "The client's name; `none` takes the binding back", Takes::Suggested(Source::Clients))],
    )
    .who(Who::ToChange(&["lead", "admin"]))
    .seen(Seen::Change),
    row(
        "compact",
        Does::Compact,
        "Puts a summary in the place of this conversation",
        At::Thread,
        &[may("instructions", "What the summary must keep", Takes::Text(LONGEST))],
    )
    .seen(Seen::All),
    row("clear", Does::Clear, "Begins this conversation anew", At::Thread, &[]).seen(Seen::All),
    row(
        "rewind",
        Does::Rewind,
        "Takes back the last turns of this conversation; files stay as they are",
        At::Thread,
        &[may("turns", "How many; one where it is left out", Takes::Count(1, 100))],
    )
    .seen(Seen::All),
    row("fork", Does::Fork, "Begins a new thread that goes on with this conversation", At::Thread, &[]).seen(Seen::All),
    row("context", Does::Context, "Shows what the next request is made of", At::Thread, &[]).seen(Seen::Secret),
    row("cost", Does::Cost, "Shows what was spent here and by you, and what the limits leave", At::Thread, &[])
        .seen(Seen::Secret),
    row("export", Does::Export, "Gives you this thread as files, Markdown and JSON", At::Thread, &[])
        .seen(Seen::Secret),
    row(
        "evidence",
        Does::Evidence,
        "Packs this thread, its files and its part of the audit, so that others can check it",
        At::Thread,
        &[],
    )
    .who(Who::Only(&["lead", "admin"]))
    .seen(Seen::Secret),
    row(
        "plugins",
        Does::Plugins,
        "Lists the plugins: what is in force, and what waits in quarantine and why",
        At::Anywhere,
        &[],
    ),
    row(
        "review",
        Does::Review,
        "Shows the review of one plugin",
        At::Anywhere,
        &[must("name", "The plugin's name", Takes::Suggested(Source::Plugins))],
    )
    .who(Who::Only(&["reviewer", "admin"]))
    .seen(Seen::Secret),
    row(
        "audit",
        Does::Audit,
        "Shows the last rows of the audit of this thread or of a plugin, and checks the chain",
        At::Anywhere,
        &[
            may("plugin", "The plugin's name; this thread where it is left out", Takes::Suggested(Source::Plugins)),
            may("rows", "How many rows", Takes::Count(1, 100)),
        ],
    )
    .who(Who::Only(&["admin"]))
    .seen(Seen::Secret),
    row("help", Does::Help, "Lists these commands", At::Anywhere, &[]),
];

impl Takes {
    /// The longest text that it takes, in characters.
    pub(crate) fn longest(self) -> usize {
        match self {
            Self::Text(most) => most,
            Self::Suggested(_) | Self::OneOf(_) | Self::Count(..) | Self::File => NAME,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn is_name(name: &str) -> bool {
        (1..=32).contains(&name.len()) && name.chars().all(|c| c.is_ascii_lowercase() || c == '-')
    }

    /// Discord's limits; the fake checks what is really sent, skills included.
    #[test]
    fn every_row_fits() {
        let mut names = BTreeSet::new();
        for Spec { name, about, options, .. } in TABLE {
            assert!(names.insert(name), "{name} stands twice");
            assert!(is_name(name) && (1..=100).contains(&about.chars().count()), "{name}");
            let needed: Vec<bool> = options.iter().map(|option| option.needed == Needed::Yes).collect();
            assert!(needed.is_sorted_by(|one, next| one >= next), "{name}: what is needed comes first");
            for option in *options {
                assert!(is_name(option.name) && (1..=100).contains(&option.about.chars().count()), "{name}");
                assert!(!matches!(option.takes, Takes::OneOf(choices) if choices.len() > 25), "{name}");
            }
        }
    }

    #[test]
    fn only_the_named_roles_change_what_is_bound() {
        let roles = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let who = Who::ToChange(&["lead", "admin"]);
        assert!(who.lets(&roles(&["tech"]), false));
        assert!(!who.lets(&roles(&["tech"]), true));
        assert!(who.lets(&roles(&["tech", "lead"]), true));
        assert!(!Who::Anybody.lets(&roles(&[]), false), "without any role nothing is allowed");
    }
}
