//! What the program stands on, looked at piece by piece: nothing is made, changed or sent but a question to Discord and
//! the model.

mod ground;
mod machine;
mod outside;

use std::path::Path;

use claudetools_jail::LayerState;

use crate::config::Config;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// As it should be.
    Ok,
    /// Works with less, or was not looked at; no reason to stop.
    Note,
    /// Something does not work.
    Bad,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Check {
    /// What it is.
    pub name: String,
    /// How it came out.
    pub state: State,
    /// What was found and, where it is not well, what to do.
    pub says: String,
}

impl Check {
    fn new(name: impl Into<String>, state: State, says: impl Into<String>) -> Self {
        Self { name: name.into(), state, says: says.into() }
    }

    /// What worked says one thing, what did not another.
    fn of<E: std::fmt::Display>(name: &str, result: Result<String, E>) -> Self {
        match result {
            Ok(says) => Self::new(name, State::Ok, says),
            Err(error) => Self::new(name, State::Bad, error.to_string()),
        }
    }
}

/// Looks at everything, in the order in which a start would need it.
pub async fn look(config: &Config, policy_file: Option<&Path>) -> Vec<Check> {
    let mut checks: Vec<Check> = claudetools_jail::layers().into_iter().map(layer).collect();
    checks.extend(ground::checks(config, policy_file).await);
    checks.extend(machine::checks(&config.data_dir));
    checks.extend(outside::checks(config, &ground::channels(policy_file)).await);
    checks
}

/// A layer of the jail of native programs.
fn layer(LayerState { layer, missing }: LayerState) -> Check {
    let name = format!("jail: {layer}");
    match missing {
        None => Check::new(name, State::Ok, "works"),
        Some(why) if layer.is_promised() => {
            Check::new(name, State::Bad, format!("{why} Until then no native program is started (exec.jail)."))
        }
        Some(why) => Check::new(name, State::Note, why),
    }
}

#[cfg(test)]
mod tests {
    use claudetools_jail::Layer;
    use insta::assert_snapshot;

    use super::*;

    fn said(layer: Layer, missing: Option<&str>) -> String {
        let Check { name, state, says } = super::layer(LayerState { layer, missing: missing.map(str::to_owned) });
        format!("{state:?} · {name} · {says}")
    }

    #[test]
    fn a_missing_layer_is_named_with_what_to_do_and_what_it_means() {
        assert_snapshot!(said(Layer::User, None), @"Ok · jail: user namespace · works");
        assert_snapshot!(said(Layer::User, Some("It can't be had. Do this.")), @"Bad · jail: user namespace · It can't be had. Do this. Until then no native program is started (exec.jail).");
        assert_snapshot!(said(Layer::Proc, Some("It can't be had. Do this.")), @"Note · jail: own /proc · It can't be had. Do this.");
    }
}
