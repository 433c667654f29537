//! What the table says to people.

use super::{At, Needed, Spec, TABLE, listed};

/// What `/help` says.
pub(crate) fn help() -> String {
    let lines: Vec<String> = TABLE.iter().map(line).collect();
    format!(
        "{}\nMention me in a channel to begin a thread; in my threads, just write. A message written while I work joins the work at \
         the next tool call.",
        lines.join("\n")
    )
}

/// One command in one line: how it is typed, what it does, who may.
fn line(spec: &Spec) -> String {
    let who = match spec.who.needs(true) {
        [] => String::new(),
        roles if spec.who.needs(false).is_empty() => format!(" To change it takes the role {}.", listed(roles)),
        roles => format!(" For the role {}.", listed(roles)),
    };
    let at = if spec.at == At::Thread { "" } else { " Anywhere." };
    format!("- `{}`: {}.{at}{who}", usage(spec), spec.about)
}

/// `/ask question [file]`.
fn usage(spec: &Spec) -> String {
    let option = |option: &super::Opt| match option.needed {
        Needed::Yes => format!(" {}", option.name),
        Needed::No => format!(" [{}]", option.name),
    };
    let options: String = spec.options.iter().map(option).collect();
    format!("/{}{options}", spec.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_lists_every_command() {
        insta::assert_snapshot!(help(), @r"
        - `/ask question [file]`: Asks a question; in a channel it begins a thread, as a mention does. Anywhere.
        - `/resume [thread]`: Lists your threads, or wakes one of them. Anywhere.
        - `/skill name [arguments]`: Starts a skill or command of the repository. Anywhere.
        - `/status`: Shows what goes on in this thread.
        - `/stop`: Stops the answer that is being worked on.
        - `/model [model]`: Shows or chooses the model of this thread.
        - `/effort [effort]`: Shows or chooses how long the model thinks in this thread.
        - `/verbosity [verbosity]`: Shows or chooses how much is shown of the work in this thread.
        - `/plan [mode]`: Shows or switches plan mode: nothing is changed before a plan is approved.
        - `/client [name]`: Shows or binds the client that this thread is about. To change it takes the role `lead` or `admin`.
        - `/compact [instructions]`: Puts a summary in the place of this conversation.
        - `/clear`: Begins this conversation anew.
        - `/rewind [turns]`: Takes back the last turns of this conversation; files stay as they are.
        - `/fork`: Begins a new thread that goes on with this conversation.
        - `/context`: Shows what the next request is made of.
        - `/cost`: Shows what was spent here and by you, and what the limits leave.
        - `/export`: Gives you this thread as files, Markdown and JSON.
        - `/evidence`: Packs this thread, its files and its part of the audit, so that others can check it. For the role `lead` or `admin`.
        - `/plugins`: Lists the plugins: what is in force, and what waits in quarantine and why. Anywhere.
        - `/review name`: Shows the review of one plugin. Anywhere. For the role `reviewer` or `admin`.
        - `/audit [plugin] [rows]`: Shows the last rows of the audit of this thread or of a plugin, and checks the chain. Anywhere. For the role `admin`.
        - `/help`: Lists these commands. Anywhere.
        Mention me in a channel to begin a thread; in my threads, just write. A message written while I work joins the work at the next tool call.
        ");
    }

    #[test]
    fn the_readme_lists_these_commands() {
        let readme = include_str!("../../../../README.md");
        let wanted: Vec<String> = TABLE.iter().map(line).collect();
        let written: Vec<&str> = readme.lines().filter(|line| line.starts_with("- `/")).collect();
        assert_eq!(written, wanted, "the README's list of commands is made of the table");
    }
}
