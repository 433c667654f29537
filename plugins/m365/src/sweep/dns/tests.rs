//! Mail DNS as a name server gives it.

use claudetools_graph::{Places, Recorded};

use super::*;

fn server(records: &[(&str, &str, u64, &str)]) -> Recorded {
    let mut wire = Recorded::at("2026-11-29T12:00:00Z").with("GET /resolve", json!({"Status": 3}));
    for (name, kind, code, data) in records {
        wire = wire.with(
            &format!("GET /resolve?name={name}&type={kind}"),
            json!({"Status": 0, "Answer": [{"type": code, "data": data}]}),
        );
    }
    wire
}

fn asked(wire: &mut Recorded, domains: &[&str]) -> (Vec<MailDns>, Option<Missing>) {
    let domains = domains.iter().map(|domain| (*domain).to_owned()).collect();
    let answer = gather(&mut Tenant::new(wire, Places::default(), "T"), &domains);
    (answer.read().unwrap_or_default(), answer.gap().cloned())
}

#[test]
fn a_domain_is_read_through_its_includes() {
    let mut wire = server(&[
        ("a.example", "MX", 15, "10 MX.a.example."),
        ("a.example", "TXT", 16, "\"v=spf1 include:b.example \" \"-all\""),
        ("b.example", "TXT", 16, "v=spf1 include:c.example a ~all"),
        ("c.example", "TXT", 16, "v=spf1 ip4:192.0.2.1 -all"),
        ("_dmarc.a.example", "TXT", 16, "v=DMARC1; p=reject"),
        ("selector2._domainkey.a.example", "CNAME", 5, "selector2-a-example._domainkey.a.onmicrosoft.com."),
    ]);
    let (rows, gap) = asked(&mut wire, &["a.example", "a.onmicrosoft.com"]);
    assert_eq!(gap, None);
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!(
        (row.mx.as_slice(), row.lookups, row.all.as_str(), row.dkim),
        (&["mx.a.example".to_owned()][..], 3, "-all", true)
    );
    assert_eq!((row.spf.len(), row.dmarc.len()), (1, 1));
    assert_eq!(wire.count("GET /resolve?name=a.onmicrosoft.com"), 0);
}

#[test]
fn a_domain_below_has_the_policy_of_the_one_above() {
    let mut wire = server(&[("_dmarc.a.example", "TXT", 16, "v=DMARC1; p=reject")]);
    let (rows, _) = asked(&mut wire, &["a.example", "mail.a.example"]);
    assert!(rows.iter().all(|row| row.dmarc == ["v=DMARC1; p=reject"]));
}

#[test]
fn a_null_exchanger_and_an_empty_key_are_none() {
    let mut wire =
        server(&[("a.example", "MX", 15, "0 ."), ("selector1._domainkey.a.example", "TXT", 16, "v=DKIM1; p=")]);
    let (rows, _) = asked(&mut wire, &["a.example"]);
    assert!(rows[0].mx.is_empty() && !rows[0].dkim);
}

#[test]
fn a_name_server_that_fails_is_a_gap() {
    let failing = |body: Value| {
        let mut wire = server(&[]).with("GET /resolve?name=a.example&type=TXT", body);
        let (rows, gap) = asked(&mut wire, &["a.example"]);
        (rows.len(), gap.map(|gap| gap.status))
    };
    assert_eq!(failing(json!({"Status": 2})), (0, Some(Status::Unavailable)));
    assert_eq!(failing(json!({})), (0, Some(Status::Error)));
    assert_eq!(failing(json!({"Status": 0, "Answer": 5})), (0, Some(Status::Error)));
    assert_eq!(failing(json!({"Status": 0, "Answer": [{"type": "TXT"}]})), (0, Some(Status::Error)));
    assert_eq!(failing(json!({"Status": 3})), (1, None));
}

#[test]
fn an_include_that_fails_is_a_gap() {
    let mut wire = server(&[("a.example", "TXT", 16, "v=spf1 include:b.example -all")])
        .with("GET /resolve?name=b.example&type=TXT", json!({"Status": 2}));
    let (rows, gap) = asked(&mut wire, &["a.example"]);
    assert_eq!((rows.len(), gap.map(|gap| gap.status)), (1, Some(Status::Unavailable)));
}
