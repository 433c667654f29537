//! Refusals: the one vocabulary of "no".

#[cfg(test)]
mod tests;

use std::fmt;

macro_rules! codes {
    ($($variant:ident $text:literal $doc:literal;)*) => {
        /// Why something was refused. The text is stable: tests, audits and people match on it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $(#[doc = $doc] $variant,)* }

        impl Code {
            /// Every code, in the order of this file.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// The stable text, such as `fs.protected`.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $text,)* }
            }
        }
    };
}

codes! {
    FsOutsideRoot "fs.outside-root" "The path, once resolved, is not below a root.";
    FsProtected "fs.protected" "The path is on the list that no grant opens.";
    FsNotGranted "fs.not-granted" "No grant of this plugin covers this access to this path.";
    FsSpecialFile "fs.special-file" "Not a regular file or directory.";
    FsLinkCount "fs.link-count" "A write to a file that has other hard links.";
    FsTooLarge "fs.too-large" "Larger than the grant or the host allows.";
    StateNotGranted "state.not-granted" "The plugin has no `state` grant.";
    StateTooLarge "state.too-large" "More state than a plugin may keep in a thread.";
    ClientNone "client.none" "The thread is about no client, or about one that plugins.toml does not describe.";
    ClientOther "client.other" "The thread, or the call, is not about this client.";
    ClientNotGranted "client.not-granted" "The plugin has no `client` grant.";
    NetNotGranted "net.not-granted" "No grant covers this network access.";
    NetPrivate "net.private" "The host has an address that the grant does not reach: a private or special one.";
    NetMethod "net.method" "A granted host, but not this method.";
    NetPath "net.path" "A granted host, but not this path or query name.";
    NetBody "net.body" "A granted place, but not with this body.";
    NetRedirect "net.redirect" "A redirect to what is not granted.";
    NetBadTarget "net.bad-target" "A URL that could be read in two ways, or of a scheme other than http and https.";
    NetHeader "net.header" "A header that a plugin may not set.";
    NetBytes "net.bytes" "More bytes than the grant allows in one direction.";
    ExecProgram "exec.program" "No grant gives this native program.";
    ExecArgv "exec.argv" "A granted program, but not with these arguments.";
    ExecJail "exec.jail" "The program's jail cannot be built as it was granted, so nothing was started.";
    ExecChanged "exec.changed" "The program on disk is not the granted one.";
    SecretUnknown "secret.unknown" "There is no value for the grant's secret.";
    SecretAudience "secret.audience" "The secret may not go to this host.";
    SecretToken "secret.token" "No token was given for the secret.";
    SecretTenant "secret.tenant" "The token that was given is for another tenant than the client's.";
    SecretInOutput "secret.in-output" "A secret came back and was taken out.";
    ConfirmNeeded "confirm.needed" "A person has to confirm the effect, and nobody was asked.";
    ConfirmDenied "confirm.denied" "A person said no.";
    ConfirmExpired "confirm.expired" "Nobody answered in time.";
    ConfirmMismatch "confirm.mismatch" "What would happen is not what was confirmed, or the click belongs to something else.";
    ConfirmReplay "confirm.replay" "The question was settled before: a confirmation counts once.";
    ConfirmSelf "confirm.self" "Somebody else than the person who asked has to confirm it.";
    ConfirmUnshowable "confirm.unshowable" "The effect can't be shown whole, so nobody can confirm it.";
    PlanMode "plan.mode" "The thread plans: nothing is changed before a person approves the plan.";
    FlowTwo "flow.two" "Confidential and untrusted content met in the turn: what leaves needs a person.";
    LimitMemory "limit.memory" "The memory of the call or of its native program is used up.";
    LimitTime "limit.time" "The time of the call or of its native program is used up.";
    LimitOutput "limit.output" "The call gave back too much.";
    LimitHandles "limit.handles" "The call holds too many handles.";
    LimitHostcalls "limit.hostcalls" "The call asked the host too often or for too much.";
    LimitConcurrent "limit.concurrent" "Too many calls of this plugin at once.";
    LimitPids "limit.pids" "A native program's processes are too many.";
    LimitDisk "limit.disk" "The call's scratch directory is full.";
    LimitRate "limit.rate" "Too many calls in a short time.";
    LimitTurn "limit.turn" "The turn's number of tool calls or model calls is used up.";
    LimitMoney "limit.money" "The money set aside is used up.";
    ProtoShape "proto.shape" "Input that does not fit the tool's schema, or is not JSON.";
    ProtoUtf8 "proto.utf8" "Text that is not UTF-8, or a path with NUL.";
    ProtoTrap "proto.trap" "The plugin crashed.";
    ProtoExport "proto.export" "The component does not export the contract.";
    CallerRole "caller.role" "The person's roles do not allow it.";
    CallerOrigin "caller.origin" "Not callable from where the call came from, or no such tool.";
    CallerChannel "caller.channel" "The plugin may not be called in this channel.";
    CallerThread "caller.thread" "Somebody whose words are in the thread may not do it: the person whose turn it is has to confirm it.";
    CallerStale "caller.stale" "The person has lost the role since they asked.";
    CallerBot "caller.bot" "Bots and webhooks are not answered.";
    SupplyUnapproved "supply.unapproved" "No approval: the plugin is in quarantine.";
    SupplyDigest "supply.digest" "The bytes are not the approved ones.";
    SupplySignature "supply.signature" "The approval is not signed by a key that the operator trusts.";
    SupplyImport "supply.import" "It imports what its manifest does not ask for.";
    SupplyStrings "supply.strings" "The text that the model would see is not the approved one.";
    SupplyDuplicate "supply.duplicate" "Two plugins have the same name or a tool of the same name.";
    SupplySize "supply.size" "The file is too large, or not a regular file.";
    ChatNeutralised "chat.neutralised" "Something in outgoing text was made harmless.";
    AuditUnwritable "audit.unwritable" "The audit cannot be written, so nothing is done.";
    CallCancelled "call.cancelled" "A person stopped the call.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A coded "no": one sentence that everybody may read, and a hint that only operators see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why, in one stable word.
    pub code: Code,
    /// One sentence for plugin, model and person. Never a host path outside a root, a secret's name
    /// or another member's data.
    pub message: String,
    /// What an operator could write to allow it; never shown to the model.
    pub hint: Option<String>,
}

impl Refusal {
    /// A refusal without a hint.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None }
    }

    /// The same refusal with a hint for operators.
    pub fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refusal {}
