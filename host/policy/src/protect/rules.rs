//! Matching folded paths against a list of names.

/// What a rule looks at.
pub(super) enum Shape {
    /// A part of this name, at any depth, and everything below it.
    Part(&'static str),
    /// A part that ends so, after at least one more character.
    Suffix(&'static str),
    /// A part that begins so, unless it goes on with exactly one of these words.
    Start(&'static str, &'static [&'static str]),
    /// A part of the first name and, in it, one that begins with the second and ends with the third.
    In(&'static str, &'static str, &'static str),
}

/// A rule, with the reason that people read.
type Rule = (Shape, &'static str);

/// A list of rules.
///
/// A walk asks for every file of a repository, so nearly every part is passed over by its first and
/// last byte alone.
pub(super) struct Rules {
    rules: &'static [Rule],
    starts: [bool; 256],
    ends: [bool; 256],
}

impl Rules {
    pub const fn new(rules: &'static [Rule]) -> Self {
        let (mut starts, mut ends) = ([false; 256], [false; 256]);
        let mut index = 0;
        while index < rules.len() {
            match rules[index].0 {
                Shape::Part(start) | Shape::Start(start, _) | Shape::In(_, start, _) => {
                    starts[start.as_bytes()[0] as usize] = true;
                }
                Shape::Suffix(end) => ends[end.as_bytes()[end.len() - 1] as usize] = true,
            }
            index += 1;
        }
        Self { rules, starts, ends }
    }

    /// The reason of the first rule that a path falls under, by itself or by a directory above it.
    pub fn first(&self, folded: &str) -> Option<&'static str> {
        let mut above = "";
        for part in folded.split('/') {
            if self.may_fit(part) {
                let hit = self.rules.iter().find(|(shape, _)| shape.fits(above, part));
                if let Some((_, why)) = hit {
                    return Some(why);
                }
            }
            above = part;
        }
        None
    }

    /// Whether the path is a directory that some rule names a place in.
    pub fn hold_below(&self, folded: &str) -> bool {
        let last = folded.rsplit('/').next().unwrap_or(folded);
        self.rules.iter().any(|(shape, _)| matches!(shape, Shape::In(above, ..) if *above == last))
    }

    fn may_fit(&self, part: &str) -> bool {
        let at = |table: &[bool; 256], byte: Option<&u8>| byte.is_some_and(|byte| table[usize::from(*byte)]);
        at(&self.starts, part.as_bytes().first()) || at(&self.ends, part.as_bytes().last())
    }
}

impl Shape {
    fn fits(&self, above: &str, part: &str) -> bool {
        match *self {
            Self::Part(name) => part == name,
            Self::Suffix(end) => part.len() > end.len() && part.ends_with(end),
            Self::Start(start, but) => part.strip_prefix(start).is_some_and(|rest| !but.contains(&rest)),
            Self::In(dir, start, end) => {
                let long_enough = part.len() >= start.len() + end.len();
                above == dir && long_enough && part.starts_with(start) && part.ends_with(end)
            }
        }
    }
}
