//! Who may decide on what: refusals first.

use claudetools_chat::cards::{Offer, Typed};
use claudetools_policy::{Digest, MemberId, Policy};

use super::*;
use crate::catalog::Catalog;

const TOKEN: &str = "00112233445566778899aabbccddeeff";

struct World {
    _dir: tempfile::TempDir,
    desk: Desk,
    reviews: Cards,
    ledger: Ledger,
}

/// A desk that offers the approval of `notes`, whose risk is extreme where it is given.
async fn world(in_chat: bool, extreme: Option<u32>) -> World {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(&dir.path().join("data")).await.unwrap();
    let text = format!("schema = 1\n[roles]\nreviewer = {{}}\n[review]\nin_chat = {in_chat}\n[plugin.notes]\n");
    let plugins_toml = dir.path().join("plugins.toml");
    std::fs::write(&plugins_toml, &text).unwrap();
    let place = Place { plugins_toml, data_dir: dir.path().join("data"), ledger: ledger.clone() };
    let in_force = InForce::fixed(Catalog::default(), Policy::parse(&text).unwrap());
    let (mut desk, reviews) = Desk::open(place, in_force).await.unwrap();
    let digest = Digest::of("x");
    let approval = claudetools_policy::Approval {
        component: digest,
        request: digest,
        imports: digest,
        strings: digest,
        grants: None,
        version: "1.0.0".into(),
        by: String::new(),
        at: String::new(),
        note: String::new(),
        signature: None,
    };
    let shown = Shown { name: "notes".into(), file: dir.path().join("notes.wasm"), approval, extreme };
    desk.offers.insert(TOKEN.parse().unwrap(), (Deed::Approve, shown));
    World { _dir: dir, desk, reviews, ledger }
}

impl World {
    async fn press(&mut self, token: &str, deed: Deed, role: &str, typed: Option<(&str, &str)>) -> Answer {
        let offer = Offer { deed, token: token.parse().unwrap() };
        let typed = typed
            .map(|(name, risk)| Typed::from([(NAME.to_owned(), name.to_owned()), (RISK.to_owned(), risk.to_owned())]));
        let roles = BTreeSet::from([role.to_owned()]);
        let asked = self.reviews.press(
            offer,
            (MemberId("discord:7".into()), roles),
            claudetools_chat::cards::Place::Review,
            typed,
        );
        let answered = async {
            let press = self.desk.presses.recv().await.unwrap();
            self.desk.answer(press).await;
        };
        tokio::join!(asked, answered).0
    }

    async fn refused(&mut self, token: &str, deed: Deed, role: &str, typed: Option<(&str, &str)>) -> String {
        let before = self.ledger.audit(0, 100).await.unwrap().len();
        let Answer::Refused(why) = self.press(token, deed, role, typed).await else { panic!("it was not refused") };
        let rows = self.ledger.audit(0, 100).await.unwrap();
        let last = rows.last().unwrap();
        assert!(
            rows.len() > before && last.kind == "refusal" && last.member.as_deref() == Some("discord:7"),
            "{last:?}"
        );
        why
    }
}

#[tokio::test]
async fn where_the_operator_did_not_allow_it_nobody_decides() {
    let mut world = world(false, None).await;
    let why = world.refused(TOKEN, Deed::Approve, "reviewer", None).await;
    assert_eq!(why, "Approving from chat is off; `[review] in_chat` of plugins.toml says so.");
}

#[tokio::test]
async fn only_a_reviewer_decides_at_the_click_and_at_the_form() {
    let mut world = world(true, None).await;
    let form = world.press(TOKEN, Deed::Approve, "reviewer", None).await;
    assert!(matches!(form, Answer::Ask(_)), "a reviewer gets the form, and has lost the role when it comes back");
    for typed in [None, Some(("notes", ""))] {
        let why = world.refused(TOKEN, Deed::Approve, "admin", typed).await;
        assert_eq!(why, "Only a member with the role `reviewer` may decide on a plugin.");
    }
}

#[tokio::test]
async fn what_nobody_was_shown_is_out_of_date() {
    let mut world = world(true, None).await;
    let forged = "ffffffffffffffffffffffffffffffff";
    assert_eq!(world.refused(forged, Deed::Approve, "reviewer", None).await, OUT_OF_DATE);
    assert_eq!(world.refused(TOKEN, Deed::Revoke, "reviewer", None).await, OUT_OF_DATE);
    assert_eq!(world.refused(forged, Deed::Approve, "reviewer", Some(("notes", ""))).await, OUT_OF_DATE);
}

#[tokio::test]
async fn the_name_is_typed_and_an_extreme_risk_is_accepted_by_its_number() {
    let mut world = world(true, Some(134)).await;
    let form = world.press(TOKEN, Deed::Approve, "reviewer", None).await;
    let Answer::Ask(form) = form else { panic!("{form:?}") };
    assert_eq!(form.fields.iter().map(|field| field.name).collect::<Vec<_>>(), [NAME, RISK]);
    let why = world.refused(TOKEN, Deed::Approve, "reviewer", Some(("note", "134"))).await;
    assert_eq!(why, "What you typed is not `notes`; nothing was changed.");
    let why = world.refused(TOKEN, Deed::Approve, "reviewer", Some(("notes", ""))).await;
    assert_eq!(why, "The risk of `notes` is 134 and was not accepted; nothing was changed.");
}

#[tokio::test]
async fn a_decision_is_used_up_by_its_first_try() {
    let mut world = world(true, None).await;
    // The component that was shown is not there any more.
    let why = world.refused(TOKEN, Deed::Approve, "reviewer", Some(("notes", ""))).await;
    assert!(why.starts_with("Nothing was changed: "), "{why}");
    assert_eq!(world.refused(TOKEN, Deed::Approve, "reviewer", Some(("notes", ""))).await, OUT_OF_DATE);
}
