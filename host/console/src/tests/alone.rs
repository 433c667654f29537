//! What a yes has made is in the answer of the press, and in nothing else.

use claudetools_chat::cards::{Answer, Cards, Later, Press};
use claudetools_support::anthropic::Step;
use tokio::sync::{mpsc, oneshot, watch};

use super::*;

const TOKEN_OF_CARD: &str = "00112233445566778899aabbccddeeff";

#[tokio::test]
async fn what_was_made_comes_with_the_answer_of_the_press() {
    let (presses, mut pressed) = mpsc::channel::<Press>(1);
    let (_kept, shown) = watch::channel(Arc::default());
    let settings = Settings { confirmations: Some(Cards { shown, presses }), ..settings() };
    let world = World::with(Script::steps(Vec::<Step>::new()), POLICY, settings).await;
    let thread = world.new_thread().await;
    let desk = async {
        let (made, later) = oneshot::channel();
        let press = pressed.recv().await.unwrap();
        press.reply.send(Answer::Later(Later::new(later))).unwrap();
        tokio::task::yield_now().await;
        made.send("The new password: `x`".to_owned()).unwrap();
    };
    let path = format!("/api/threads/{thread}/confirm");
    let press = world.post(&path, json!({ "deed": "confirm", "token": TOKEN_OF_CARD }));
    let ((), (status, said)) = tokio::join!(desk, press);
    assert_eq!((status, said), (StatusCode::OK, json!({ "said": "The new password: `x`", "alone": true })));
}
