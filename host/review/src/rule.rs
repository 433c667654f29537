//! The rules: what a review looks for.

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Good to know.
    Note,
    /// To be looked at before an approval.
    Warning,
    /// Not to be approved as it is.
    Error,
}

impl Level {
    /// The word for it, in every rendering.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One hit of a rule.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// How bad.
    pub level: Level,
    /// One sentence. May repeat what a plugin wrote; the renderings make that harmless.
    pub message: String,
    /// The line of `plugins.toml` (1-based), where one decides.
    pub line: Option<usize>,
    /// What to do or to write instead.
    pub fix: Option<String>,
}

macro_rules! rules {
    ($($variant:ident $id:literal $level:ident $title:literal $doc:literal;)*) => {
        /// What a review looks for. Ids are stable: code scanning and people refer to them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Rule { $(#[doc = $doc] $variant,)* }

        impl serde::Serialize for Rule {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.id())
            }
        }

        impl Rule {
            /// Every rule, by id.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable id, such as `PLG003`.
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// What is wrong, in a few words that go on after the plugin's name.
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// The level of most of its findings; one may be better or worse.
            pub fn usual_level(self) -> Level {
                match self { $(Self::$variant => Level::$level,)* }
            }

            /// What the rule means, one or two sentences.
            pub fn help(self) -> &'static str {
                match self { $(Self::$variant => $doc,)* }
            }
        }
    };
}

rules! {
    ImportedNotAsked "PLG001" Error "imports what it does not ask for"
        "The component imports an interface that its manifest does not ask for. It is not loaded.";
    AskedNotGranted "PLG002" Note "asks for more than it was granted"
        "The manifest asks for something that no grant gives. The calls that need it are refused.";
    GrantedNotAsked "PLG003" Error "was granted what it does not ask for"
        "A grant gives something that the manifest does not ask for. It allows nothing, and waits for a version that asks.";
    GrantedNotImported "PLG004" Error "was granted what it cannot use"
        "A grant gives something that the component does not import, so its code cannot use it.";
    GrantedNotUsed "PLG005" Warning "does not use all it was granted"
        "A grant, or a part of it, was not used in 30 days or more. The narrower grant covers all use.";
    RefusedAttempts "PLG006" Warning "tried what is refused"
        "Calls of the plugin were refused. Either a grant is missing, or the plugin tries what it should not.";
    NotApproved "PLG007" Error "is not what was approved"
        "The bytes, the manifest or the grants are not those that a reviewer approved, or nobody approved any.";
    StringsChanged "PLG008" Error "changed the words that the model reads"
        "Names, descriptions or schemas of tools are not the approved ones. They are instructions to the model.";
    ImportsGrew "PLG009" Error "imports more than was approved"
        "The imports of the component are not the approved ones.";
    LimitsRaised "PLG010" Warning "has higher limits than were approved"
        "A limit of its calls is higher than when it was approved.";
    WideReach "PLG011" Warning "reaches hosts that nobody named"
        "A network grant names a wildcard host or an address, or reaches networks that are not the public Internet.";
    ToxicPair "PLG012" Warning "has grants that are dangerous together"
        "Two effects that are harmless alone let data out or code in when one plugin has both.";
    ProgramChanged "PLG013" Error "starts a program that changed"
        "The program on the disk is not the one that the grant pins, or can't be read. It is not started (`exec.changed`).";
    NoExamples "PLG014" Note "has grants without examples"
        "A grant has no example of what it refuses. Examples are tried whenever the file is read; one that fails is an error there.";
    WideSecret "PLG015" Warning "has a secret with more audience than it needs"
        "A secret may be sent to services that the plugin's grants for it never name.";
    WeakConfirm "PLG016" Warning "does what nobody confirms"
        "A grant that destroys something, or sends something out, does not ask a person first.";
    HiddenWords "PLG017" Warning "has words that give orders or hide"
        "Text of the plugin reads like an instruction to the model, or has characters that nobody can see.";
    Unsigned "PLG018" Note "has an approval that nobody signed"
        "The approval has no signature of a trusted key, or one of another key than before.";
    OldWasmtime "PLG019" Error "runs in a sandbox with known holes"
        "The wasmtime of this program is older than the advisories allow: 47.0.3, or 46.0.2 on that line.";
    SizeOrShadow "PLG020" Error "is too large, or takes a name that is in use"
        "The component is larger than the loader reads, or has the name of another plugin or of another plugin's tool.";
    FitsNothing "PLG021" Note "was granted paths that are not there"
        "A pattern of a grant fits no file and no directory of its root now. It may be meant for what is made later.";
}
