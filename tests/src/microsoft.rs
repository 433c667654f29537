//! The plugins for Microsoft 365 granted as their READMEs say, with a Microsoft on loopback in the place of the real one.

use std::os::unix::fs::PermissionsExt as _;

use claudetools_support::microsoft::{FakeMicrosoft, Scenario};

use crate::company::policy;

/// The plugins, where their grants are described, and the variables that say where their services are.
const PLUGINS: [(&str, &str, &[&str]); 2] = [
    (
        "m365",
        concat!(include_str!("../../plugins/m365/README.md"), include_str!("../../plugins/m365/SWEEP.md")),
        &["GRAPH_BASE", "EXO_BASE", "DNS_BASE"],
    ),
    ("m365-remediate", include_str!("../../plugins/remediate/README.md"), &["GRAPH_BASE", "EXO_BASE"]),
];
/// The hosts that the READMEs name.
const HOSTS: [&str; 3] = ["graph.microsoft.com", "outlook.office365.com", "dns.google"];
/// The applications, as the READMEs name their secrets.
const APPS: [&str; 4] = ["m365-read", "m365-exo-read", "m365-remediate", "m365-exo-remediate"];

/// Writes the applications' secrets and a `plugins.toml` into a company's `base`. Its clients are the tenants of the fake, by the
/// names of their scenarios.
pub fn install(fake: &FakeMicrosoft, base: &std::path::Path) -> std::io::Result<()> {
    for app in APPS {
        std::fs::write(base.join(app), fake.app(app).secret)?;
        std::fs::set_permissions(base.join(app), std::fs::Permissions::from_mode(0o600))?;
    }
    std::fs::write(base.join("plugins.toml"), tables(fake))
}

/// The whole of that `plugins.toml`.
pub fn tables(fake: &FakeMicrosoft) -> String {
    let clients = Scenario::ALL.into_iter().map(client);
    let secrets = APPS.into_iter().map(|app| secret(fake, app));
    let plugins = PLUGINS.into_iter().map(|(name, readme, bases)| plugin(fake, name, readme, bases));
    policy() + &clients.chain(secrets).chain(plugins).collect::<String>()
}

fn client(scenario: Scenario) -> String {
    format!(
        "\n[client.{}]\ntenant = \"{}\"\ndomains = [\"{}\"]\nhome_countries = [\"DE\"]\ntime_zone = \"Europe/Berlin\"\n\
         break_glass = [\"{}\"]\n",
        scenario.name(),
        scenario.tenant(),
        scenario.domain(),
        scenario.upn("bg")
    )
}

fn secret(fake: &FakeMicrosoft, app: &str) -> String {
    let scope = if app.contains("exo") { "https://outlook.office365.com" } else { "https://graph.microsoft.com" };
    format!(
        "\n[secrets.{app}]\noauth = {{ token = \"{}/{{tenant}}/oauth2/v2.0/token\", client_id = \"{}\", scope = \
         \"{scope}/.default\", secret = {{ file = \"{app}\" }}, reach = [\"127.0.0.1/32\"] }}\naudience = [{{ {} }}]\n",
        fake.base_url,
        fake.app(app).client_id,
        place(fake)
    )
}

/// Where the fake is, in the words of a rule.
fn place(fake: &FakeMicrosoft) -> String {
    let port = fake.base_url.rsplit(':').next().unwrap_or_default();
    format!("scheme = \"http\", host = \"127.0.0.1\", port = {port}")
}

/// The plugin's table and grants, as its README has them, and where the services are: what an operator of another cloud writes.
fn plugin(fake: &FakeMicrosoft, name: &str, readme: &str, bases: &[&str]) -> String {
    let toml: String = readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let table = toml.find(&format!("[plugin.{name}]")).map_or("", |from| &toml[from..]);
    let at_fake = |text: String, host: &&str| text.replace(&format!("host = \"{host}\""), &place(fake));
    let table = HOSTS.iter().fold(table.to_owned(), at_fake);
    let is_net = |line: &str| line.starts_with("kind") && line.ends_with("\"net\"");
    let reaching = |line: &str| match is_net(line) {
        true => "kind = \"net\"\nreach = [\"127.0.0.1/32\"]\n".to_owned(),
        false => format!("{line}\n"),
    };
    let bases: Vec<String> = bases.iter().map(|name| format!("{name} = \"{}\"", fake.base_url)).collect();
    let table: String = table.lines().map(reaching).collect();
    format!(
        "\n{table}\n[[plugin.{name}.grant]]\nid = \"bases\"\nwhy = \"reach a Microsoft on loopback\"\nkind = \"env\"\n\
         values = {{ {} }}\n",
        bases.join(", ")
    )
}
