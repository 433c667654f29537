//! What a script prints steers no terminal and no page, wherever it ends up.

use claudetools_tests::bot::Setup;
use claudetools_tests::company::Places;

/// Clears a screen, sets a title, turns text around.
const SCRIPT: &str = r"printf '\x1b[2Jhere\x1b]0;title\x07\x08\xe2\x80\xae\x9b2J\n'";

fn harmless(text: &str) -> bool {
    text.contains("here") && !text.contains(['\u{1b}', '\u{7}', '\u{8}', '\u{202e}', '\u{9b}'])
}

#[tokio::test]
async fn the_command_line_prints_no_escapes() {
    let places = Places::compiled().unwrap();
    let input = serde_json::json!({ "command": SCRIPT }).to_string();
    let ended = Setup::new(&places).run(&["plugin", "call", "Bash", &input, "--as", "tech"]).unwrap();
    let (out, err) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(harmless(&out), "{out:?} {err:?}");
    assert!(!err.contains('\u{1b}'), "{err:?}");
}
