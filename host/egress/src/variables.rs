//! Secrets for a native program: variables of one child.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError};

use claudetools_policy::{Code, Refusal};
use claudetools_secrets::Scrub;

use crate::Egress;

/// Names and values. `Debug` shows no value.
#[derive(Default)]
pub struct Variables(BTreeMap<String, String>);

impl Egress {
    /// The values of these secrets, by the variables that are to hold them: `secret.unknown` where one has none.
    pub fn variables<'a>(
        &self,
        names: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> Result<Variables, Refusal> {
        let keys = Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner));
        let value = |(variable, name): (&String, &String)| {
            let value = keys.value(name).ok_or_else(|| {
                Refusal::new(Code::SecretUnknown, "A secret that this program needs has no value here.")
                    .hinted(format!("see why the secret `{name}` could not be read when the program started"))
            })?;
            Ok((variable.clone(), value.to_owned()))
        };
        names.into_iter().map(value).collect::<Result<_, _>>().map(Variables)
    }
}

impl Variables {
    /// Takes exactly these values out of a text.
    pub fn scrub(&self) -> Scrub {
        let scrub = Scrub::default();
        scrub.learn(self.0.values().map(String::as_str));
        scrub
    }

    /// The pairs, for the one who starts the child.
    pub fn into_pairs(self) -> impl Iterator<Item = (String, String)> {
        self.0.into_iter()
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::net::IpAddr;

    use claudetools_secrets::Secrets;

    use super::*;
    use crate::Resolve;

    struct Nowhere;

    #[async_trait::async_trait]
    impl Resolve for Nowhere {
        async fn resolve(&self, _name: &str) -> io::Result<Vec<IpAddr>> {
            Ok(Vec::new())
        }
    }

    #[test]
    fn a_secret_without_a_value_starts_nothing() {
        let egress = Egress::new(Nowhere, &[], Arc::new(Secrets::default())).unwrap();
        let names = BTreeMap::from([("KEY".to_owned(), "graph".to_owned())]);
        assert_eq!(egress.variables(&names).unwrap_err().code, Code::SecretUnknown);
        assert_eq!(egress.variables(&BTreeMap::new()).unwrap().into_pairs().count(), 0);
    }
}
