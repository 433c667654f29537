//! `claudetools costs`.

use claudetools_agent::models::{MicroUsd, Usage};
use claudetools_ledger::{By as Sorted, Ledger, Totals, now};
use serde_json::{Value, json};

use super::ask::plain;
use super::out;
use crate::boot::ledger_failed;
use crate::cli::By;
use crate::config::Config;
use crate::exit::Fatal;

/// Prints what a month cost; works while the bot runs.
pub async fn costs(config: &Config, by: By, month: Option<String>, json: bool) -> Result<(), Fatal> {
    let month = month.unwrap_or_else(|| now().get(..7).unwrap_or_default().to_owned());
    let ledger = Ledger::open_read_only(&config.data_dir).await.map_err(ledger_failed)?;
    let rows = ledger.bill(sorted(by), &month).await.map_err(ledger_failed)?;
    match json {
        true => out(format_args!("{}\n", object(by, &month, &rows))),
        false => out(table(by, &month, &rows)),
    }
}

fn sorted(by: By) -> Sorted {
    match by {
        By::Day => Sorted::Day,
        By::Member => Sorted::Member,
        By::Client => Sorted::Client,
    }
}

fn word(by: By) -> &'static str {
    match by {
        By::Day => "day",
        By::Member => "member",
        By::Client => "client",
    }
}

fn table(by: By, month: &str, rows: &[(String, Totals)]) -> String {
    let total = total(rows);
    let mut lines =
        vec![[word(by), "turns", "requests", "tokens in", "from cache", "tokens out", "cost"].map(str::to_owned)];
    lines.extend(rows.iter().map(|(name, totals)| cells(if name.is_empty() { "-" } else { name }, totals)));
    lines.push(cells("in all", &total));
    let width = |column: usize| lines.iter().map(|cells| cells[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; 7] = std::array::from_fn(width);
    let mut text = format!("{month} (UTC)\n");
    for cells in &lines {
        let [name, numbers @ ..] = cells;
        text.push_str(&format!("{name:<0$}", widths[0]));
        numbers.iter().zip(&widths[1..]).for_each(|(cell, width)| text.push_str(&format!("  {cell:>width$}")));
        text.push('\n');
    }
    if total.unpriced > 0 {
        let requests = total.unpriced;
        text.push_str(&format!(
            "The price of the model is not known for {requests} of the requests: they count as nothing.\n"
        ));
    }
    text
}

fn cells(name: &str, totals: &Totals) -> [String; 7] {
    let Totals { usage, cost, replies, turns, .. } = totals;
    let cached = usage.hit_rate().map_or("-".to_owned(), |rate| format!("{rate} %"));
    let numbers = [turns, replies, &usage.prompt()].map(ToString::to_string);
    let [turns, replies, prompt] = numbers;
    [plain(name), turns, replies, prompt, cached, usage.output.to_string(), cost.to_string()]
}

fn total(rows: &[(String, Totals)]) -> Totals {
    let add = |sum: u64, one: u64| sum.saturating_add(one);
    rows.iter().fold(Totals::default(), |sum, (_, one)| Totals {
        usage: Usage {
            input: add(sum.usage.input, one.usage.input),
            cache_write_5m: add(sum.usage.cache_write_5m, one.usage.cache_write_5m),
            cache_write_1h: add(sum.usage.cache_write_1h, one.usage.cache_write_1h),
            cache_read: add(sum.usage.cache_read, one.usage.cache_read),
            output: add(sum.usage.output, one.usage.output),
        },
        cost: MicroUsd(add(sum.cost.0, one.cost.0)),
        replies: add(sum.replies, one.replies),
        turns: add(sum.turns, one.turns),
        unpriced: add(sum.unpriced, one.unpriced),
    })
}

fn object(by: By, month: &str, rows: &[(String, Totals)]) -> Value {
    let row = |name: &str, totals: &Totals| {
        json!({
            word(by): name, "turns": totals.turns, "requests": totals.replies, "cost_micro_usd": totals.cost.0,
            "requests_without_price": totals.unpriced, "tokens": totals.usage,
        })
    };
    let listed: Vec<Value> = rows.iter().map(|(name, totals)| row(name, totals)).collect();
    json!({ "schema": 1, "month": month, "rows": listed, "total": row("", &total(rows)) })
}
