//! `costs`.

use claudetools_agent::models::{MicroUsd, Usage};
use claudetools_agent::{ThreadId, TurnId};
use claudetools_ledger::{Batch, Ledger, UsageRow};
use claudetools_tests::bot::Setup;
use claudetools_tests::company::Places;
use insta::assert_snapshot;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use crate::run;

fn row(turn: &str, member: &str, client: Option<&str>, cost: Option<u64>) -> UsageRow {
    UsageRow {
        thread: ThreadId::new("discord", 7),
        turn: TurnId(turn.to_owned()),
        member: member.to_owned(),
        client: client.map(str::to_owned),
        channel: None,
        model: "claude-opus-5-5".to_owned(),
        request: String::new(),
        usage: Usage { input: 100, cache_read: 9_900, output: 250, ..Usage::default() },
        cost: cost.map(MicroUsd),
        cache_lost: None,
        reservation: None,
    }
}

/// A company whose people have worked in November 2026, all on one day.
fn company() -> Places {
    let places = Places::new().unwrap();
    let filling = async {
        let ledger = Ledger::open(&places.path("data")).await.unwrap();
        let rows = [
            row("1", "discord:41", Some("contoso"), Some(1_230_000)),
            row("1", "discord:41", Some("contoso"), Some(20_000)),
            row("2", "discord:42", Some("fabrikam"), Some(400_000)),
            row("3", "discord:42", None, None),
        ];
        for row in &rows {
            ledger.commit(&row.thread, Batch { usage: Some(row), ..Batch::default() }).await.unwrap();
        }
        ledger.close().await;
        let file = places.path("data/ledger.sqlite");
        let mut connection = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
        let sql = "UPDATE usage SET at = '2026-11-05T09:00:00.000Z'";
        sqlx::query(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(filling);
    places
}

fn told(places: &Places, arguments: &[&str]) -> String {
    let ended = run(places, &Setup::new(places), &[&["costs"], arguments].concat());
    format!("{}{}", ended.stdout, ended.stderr)
}

#[test]
fn a_months_bill_is_a_line_for_each_client_member_or_day() {
    let places = company();
    assert_snapshot!(told(&places, &["--month", "2026-11"]), @r"
    2026-11 (UTC)
    client    turns  requests  tokens in  from cache  tokens out   cost
    -             1         1      10000        99 %         250  $0.00
    contoso       1         2      20000        99 %         500  $1.25
    fabrikam      1         1      10000        99 %         250  $0.40
    in all        3         4      40000        99 %        1000  $1.65
    The price of the model is not known for 1 of the requests: they count as nothing.
    ");
    assert_snapshot!(told(&places, &["--month", "2026-11", "--by", "member"]), @r"
    2026-11 (UTC)
    member      turns  requests  tokens in  from cache  tokens out   cost
    discord:41      1         2      20000        99 %         500  $1.25
    discord:42      2         2      20000        99 %         500  $0.40
    in all          3         4      40000        99 %        1000  $1.65
    The price of the model is not known for 1 of the requests: they count as nothing.
    ");
    assert_snapshot!(told(&places, &["--month", "2026-11", "--by", "day"]), @r"
    2026-11 (UTC)
    day         turns  requests  tokens in  from cache  tokens out   cost
    2026-11-05      3         4      40000        99 %        1000  $1.65
    in all          3         4      40000        99 %        1000  $1.65
    The price of the model is not known for 1 of the requests: they count as nothing.
    ");
    assert_snapshot!(told(&places, &["--month", "2026-11", "--json"]), @r#"{"schema":1,"month":"2026-11","rows":[{"client":"","turns":1,"requests":1,"cost_micro_usd":0,"requests_without_price":1,"tokens":{"input":100,"cache_write_5m":0,"cache_write_1h":0,"cache_read":9900,"output":250}},{"client":"contoso","turns":1,"requests":2,"cost_micro_usd":1250000,"requests_without_price":0,"tokens":{"input":200,"cache_write_5m":0,"cache_write_1h":0,"cache_read":19800,"output":500}},{"client":"fabrikam","turns":1,"requests":1,"cost_micro_usd":400000,"requests_without_price":0,"tokens":{"input":100,"cache_write_5m":0,"cache_write_1h":0,"cache_read":9900,"output":250}}],"total":{"client":"","turns":3,"requests":4,"cost_micro_usd":1650000,"requests_without_price":1,"tokens":{"input":400,"cache_write_5m":0,"cache_write_1h":0,"cache_read":39600,"output":1000}}}"#);
    assert_snapshot!(told(&places, &["--month", "2026-10"]), @r"
    2026-10 (UTC)
    client  turns  requests  tokens in  from cache  tokens out   cost
    in all      0         0          0           -           0  $0.00
    ");
}

#[test]
fn what_is_no_month_is_a_usage_error_and_no_ledger_has_no_bill() {
    let places = Places::new().unwrap();
    assert_snapshot!(told(&places, &["--month", "november"]), @r"
    error: invalid value 'november' for '--month <MONTH>': expected a year and a month, such as 2026-11

    For more information, try '--help'.
    ");
    assert_snapshot!(told(&places, &[]), @"claudetools: there is no ledger at …/data/ledger.sqlite: start claudetools once, or check CLAUDETOOLS_DATA_DIR");
    assert_snapshot!(told(&places, &["-h"]), @r"
    What requests to the model cost in a month

    Usage: claudetools costs [OPTIONS]

    Options:
          --by <BY>        One line for each [default: client] [possible values: day, member, client]
          --policy <FILE>  The policy file [default: plugins.toml of the working directory, else the built-in one]
          --month <MONTH>  Which month (UTC), as 2026-11 [default: this one]
          --json           Print one JSON object instead of a table
      -h, --help           Print help (see more with '--help')
    ");
}
