use super::*;

fn from(method: &str) -> Target {
    Target::from_url(method, "https://a.example:8443/dir/file?x=1").unwrap()
}

/// The URL that follows a `GET` which was answered with 302, or the code.
fn follows(location: &str) -> String {
    let next = next(&from("GET"), StatusCode::FOUND, location);
    next.map_or_else(
        |refusal| refusal.code.to_string(),
        |target| format!("{}://{}{}", target.scheme.as_str(), target.authority(), target.path_and_query()),
    )
}

#[test]
fn what_a_location_stands_for() {
    assert_eq!(follows("https://b.example/x?y=2#part"), "https://b.example/x?y=2");
    assert_eq!(follows("//b.example/x"), "https://b.example/x");
    assert_eq!(follows("/x"), "https://a.example:8443/x");
    assert_eq!(follows("?y=2"), "https://a.example:8443/dir/file?y=2");
    assert_eq!(follows("other/x"), "https://a.example:8443/dir/other/x");
    assert_eq!(follows("#part"), "https://a.example:8443/dir/file?x=1");
}

#[test]
fn a_location_that_could_be_read_in_two_ways_is_refused() {
    assert_eq!(follows("../x"), "net.path");
    assert_eq!(follows("/a//b"), "net.path");
    assert_eq!(follows("https://user@b.example/"), "net.bad-target");
    assert_eq!(follows("https://b.example\\@a.example/"), "net.bad-target");
    assert_eq!(follows("file:///etc/passwd"), "net.bad-target");
    assert_eq!(follows("javascript:alert(1)"), "net.bad-target");
    assert_eq!(follows("https://b.example/a b"), "net.bad-target");
}

#[test]
fn a_redirect_never_leaves_tls() {
    assert_eq!(follows("http://a.example:8443/x"), "net.redirect");
}

#[test]
fn the_method_that_follows() {
    let after =
        |status: u16, method: &str| next(&from(method), StatusCode::from_u16(status).unwrap(), "/x").unwrap().method;
    assert_eq!([after(301, "POST"), after(302, "POST"), after(303, "POST"), after(303, "PUT")], ["GET"; 4]);
    assert_eq!([after(307, "POST"), after(308, "POST")], ["POST"; 2]);
    assert_eq!([after(301, "PUT"), after(302, "DELETE"), after(303, "HEAD")], ["PUT", "DELETE", "HEAD"]);
}

#[test]
fn only_redirects_with_a_location_lead_anywhere() {
    let answer = |status: u16, name: &str| Response::builder().status(status).header(name, "/x").body(()).unwrap();
    assert_eq!(location(&answer(302, "location")).as_deref(), Some("/x"));
    assert_eq!(location(&answer(302, "content-location")), None);
    assert_eq!([location(&answer(200, "location")), location(&answer(304, "location"))], [None, None]);
}
