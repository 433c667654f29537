//! What a turn may use up.

use claudetools_policy::{Code, Refusal};

use super::*;

fn limited(limits: TurnLimits) -> Run {
    let mut run = Run::new(limits);
    run.on(Event::Begin);
    run
}

#[test]
fn calls_beyond_the_limit_are_refused_and_the_model_may_conclude_once() {
    let mut run = limited(TurnLimits { tool_calls: 2, ..TurnLimits::default() });
    insta::assert_snapshot!(run.reply("tool_use", &[call("a", "Read"), call("b", "Read"), call("c", "Read")]), @r#"
    journal reply tool_use
    show began a
    journal intent a
    run a Read {"of":"a"}
    show began b
    journal intent b
    run b Read {"of":"b"}
    show began c
    refused c Read limit.turn
    journal {"type":"tool_result","tool_use_id":"c","content":[{"type":"text","text":"limit.turn: this turn has made its 2 tool calls; conclude with what you have."}],"is_error":true}
    show ended c true limit.turn
    "#);
    run.done("a");
    assert!(run.done("b").ends_with("call model"));
    insta::assert_snapshot!(run.reply("tool_use", &[text("Once more."), call("d", "Read")]), @r#"
    journal reply tool_use
    show began d
    refused d Read limit.turn
    journal {"type":"tool_result","tool_use_id":"d","content":[{"type":"text","text":"limit.turn: this turn has made its 2 tool calls; conclude with what you have."}],"is_error":true}
    show ended d true limit.turn
    refused turn the model limit.turn
    journal ended
    show ended
    end answered: Once more.

    *I stopped here: the model went on calling tools after the last one it may call. 2 tool calls were made.*
    "#);
}

#[test]
fn a_model_that_concludes_is_heard() {
    let mut run = limited(TurnLimits { tool_calls: 0, ..TurnLimits::default() });
    assert!(run.reply("tool_use", &[call("a", "Read")]).ends_with("call model"));
    assert!(run.reply("end_turn", &[text("So.")]).ends_with("end answered: So."));
}

#[test]
fn a_turn_without_money_ends_after_its_tools() {
    let mut run = limited(TurnLimits { money: MicroUsd(200), ..TurnLimits::default() });
    run.reply("tool_use", &[call("a", "Read")]);
    run.on(steer("and b"));
    insta::assert_snapshot!(run.done("a"), @r#"
    journal {"type":"tool_result","tool_use_id":"a","content":[{"type":"text","text":"result of a"}]}
    show ended a false ok
    refused turn the model limit.money
    journal ended
    show ended
    end failed: I stopped here: this turn has used up its money ($0.01). One tool call was made.
    "#);
}

#[test]
fn requests_and_tokens_have_an_end() {
    for limits in
        [TurnLimits { requests: 3, ..TurnLimits::default() }, TurnLimits { output_tokens: 30, ..TurnLimits::default() }]
    {
        let mut run = limited(limits);
        let mut told = String::new();
        for id in ["a", "b", "c"] {
            run.reply("tool_use", &[call(id, "Read")]);
            told = run.done(id);
        }
        assert!(told.contains("end failed: I stopped here: this turn has "), "{told}");
    }
}

#[test]
fn an_answer_stands_although_it_took_the_last_of_the_money() {
    let mut run = limited(TurnLimits { money: MicroUsd(200), ..TurnLimits::default() });
    run.on(steer("one more"));
    assert!(run.reply("end_turn", &[text("Yes.")]).ends_with("end answered: Yes."));
}

#[test]
fn a_request_that_nobody_can_pay_ends_the_turn_with_everything_so_far() {
    let mut run = limited(TurnLimits::default());
    run.reply("tool_use", &[text("I looked."), call("a", "Read")]);
    assert!(run.done("a").ends_with("call model"));
    let refusal = Refusal::new(Code::LimitMoney, "this thread has spent $1.00 of its $1.00");
    insta::assert_snapshot!(run.on(Event::Unaffordable(refusal)), @r"
    refused turn the model limit.money
    journal ended
    show ended
    end answered: I looked.

    *I stopped here: this thread has spent $1.00 of its $1.00. One tool call was made.*
    ");
}
