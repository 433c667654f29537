use super::{Examples, Places};

const TEXT: &str = r#"schema = 1
[plugin.notes]
callers = { roles = ["tech"] }   # who

[[plugin.notes.grant]]
id = "one"
allow = [
    "a",
    "b",
]
examples.allow  = ["x"]
[plugin.notes.grant.examples]
"#;

#[test]
fn keys_and_items_have_the_line_they_stand_on() {
    let text = TEXT.replace("[plugin.notes.grant.examples]\n", "examples.refuse = [\"y\", \"z\"]\n");
    let places = Places::read(&text);
    assert_eq!(places.plugin_key("notes", "callers"), Some(3));
    assert_eq!(places.text_of(3), "callers = { roles = [\"tech\"] }   # who");
    assert_eq!(places.grant_key("notes", "one", "allow"), Some(7));
    assert_eq!(places.grant_item("notes", "one", "allow", 1), Some(9));
    assert_eq!(places.examples("notes", "one"), Examples { allow: 1, refuse: 2 });
}

#[test]
fn what_is_not_there_has_no_line() {
    for text in [TEXT, "not [ toml", "", "plugin = 3\n"] {
        let places = Places::read(text);
        assert_eq!(places.grant_key("notes", "two", "allow"), None);
        assert_eq!(places.plugin_key("others", "callers"), None);
        assert_eq!(places.examples("notes", "two"), Examples::default());
        assert_eq!((places.text_of(0), places.text_of(999)), ("", ""));
    }
}
