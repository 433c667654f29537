use super::{RelPath, shown};
use crate::Code;

fn refused(text: &str) -> Code {
    RelPath::parse(text).unwrap_err().code
}

#[test]
fn a_path_that_could_leave_its_root_is_refused() {
    for text in
        ["..", "../etc/passwd", "a/../../b", "a/..", "/etc/passwd", "//etc", "/", ".", "./a", "a/./b", "a//b", "a/"]
    {
        assert_eq!(refused(text), Code::FsOutsideRoot, "{text}");
    }
}

#[test]
fn a_path_that_no_file_system_takes_is_refused() {
    assert_eq!(refused("a\0b"), Code::ProtoUtf8);
    assert_eq!(refused(&"a/".repeat(2500)), Code::FsNotGranted);
    assert_eq!(refused(&"a".repeat(256)), Code::FsNotGranted);
    assert_eq!(refused(&format!("a/{}", "é".repeat(128))), Code::FsNotGranted);
}

#[test]
fn the_longest_path_has_4096_bytes() {
    let longest = format!("{}{}/c", format!("{}/", "a".repeat(255)).repeat(15), "b".repeat(254));
    assert_eq!(RelPath::parse(&longest).map(|path| path.as_str().len()), Ok(4096));
    assert_eq!(refused(&format!("{longest}c")), Code::FsNotGranted);
}

#[test]
fn a_plain_path_is_kept_as_it_is() {
    for text in ["a", "a/b.c", "...", "..a/b..", " ", "é/日本", &"a".repeat(255)] {
        let path = RelPath::parse(text).unwrap();
        assert_eq!((path.as_str(), path.to_string().as_str()), (text, text));
    }
    assert_eq!(RelPath::parse("").unwrap(), RelPath::root());
    assert_eq!(RelPath::parse("a/b/c").unwrap().parts().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(RelPath::root().parts().count(), 0);
}

#[test]
fn text_in_messages_is_harmless_and_short() {
    assert_eq!(shown("a\u{1b}[31m`\u{202e}\n'é'"), "a\\u{1b}[31m\\u{60}\\u{202e}\\n'é'");
    assert_eq!(shown(&"x".repeat(200)), format!("{}…", "x".repeat(160)));
    assert_eq!(shown(&"x".repeat(160)), "x".repeat(160));
}
