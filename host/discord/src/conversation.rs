//! Commands that look at a conversation as a whole, or change it.

use claudetools_agent::ThreadId;
use claudetools_chat::render::Outbound;
use claudetools_chat::{ContextUse, Costs, LimitLeft, render, title};

use crate::body::Body;
use crate::commands::{Does, Typed};
use crate::core::{Core, FRONT};
use crate::intake::{NO_CHANNEL, member};
use crate::places::{Kind, Known};
use crate::reply::{No, Reply};
use crate::trouble::Deed;
use crate::wish::Wish;

/// The largest archive that is attached: what Discord takes in a guild without boosts.
const MOST_EVIDENCE: usize = 10 << 20;

impl Core {
    /// The transcript as two files.
    pub(crate) async fn export(&self, thread: &ThreadId) -> Result<Reply, No> {
        let export = self.chat.export(thread).await?;
        let file = |ending: &str, text: String| (format!("thread-{}.{ending}", thread.name()), text.into_bytes());
        let files = vec![file("md", export.markdown), file("json", export.json)];
        Ok(Reply { text: "This thread, as it is at the moment:".to_owned(), files, ..Reply::default() })
    }

    /// The thread as evidence, for the one who asked.
    pub(crate) async fn evidence(&self, wish: &Wish, thread: &ThreadId) -> Result<Reply, No> {
        let evidence = self.chat.evidence(thread, &member(wish.user)).await?;
        if evidence.archive.len() > MOST_EVIDENCE {
            return Err(No::Failed(format!(
                "The archive has {} MiB, more than Discord takes. `claudetools evidence {}` on the bot's machine makes the same one.",
                evidence.archive.len() >> 20,
                thread.name()
            )));
        }
        let text = format!(
            "This thread as evidence. Whoever has this digest knows that nothing in it was changed:\n`{}`\n\
             `claudetools evidence --verify FILE` checks it; its README.txt says how to do that by hand.",
            evidence.digest
        );
        let files = vec![(format!("evidence-{}.zip", thread.name()), evidence.archive)];
        Ok(Reply { text, files, ..Reply::default() })
    }

    pub(crate) async fn context(&self, thread: &ThreadId) -> Result<Reply, No> {
        Ok(context(&self.chat.context(thread).await?).into())
    }

    pub(crate) async fn cost(&self, wish: &Wish, thread: &ThreadId) -> Result<Reply, No> {
        Ok(costs(&self.chat.costs(thread, &member(wish.user)).await?).into())
    }

    /// What changes a whole conversation is in the audit.
    pub(crate) async fn change(&self, wish: &Wish, thread: &ThreadId, typed: &Typed) -> Result<Reply, No> {
        let reply = match typed.spec.does {
            Does::Compact => self.compact(thread, typed).await?,
            Does::Clear => self.clear(thread).await?,
            Does::Rewind => self.rewind(thread, typed).await?,
            _ => self.fork(wish, thread).await?,
        };
        let to = reply.threads.first().map(|(thread, _)| ThreadId::new(FRONT, *thread));
        self.chat.note_change(thread, &member(wish.user), typed.spec.name, to.as_ref()).await?;
        Ok(reply)
    }

    async fn compact(&self, thread: &ThreadId, typed: &Typed) -> Result<Reply, No> {
        Ok(self.chat.compact(thread, typed.text("instructions")).await?.to_string().into())
    }

    async fn clear(&self, thread: &ThreadId) -> Result<Reply, No> {
        self.chat.clear(thread).await?;
        Ok("The conversation begins anew here: I no longer know what was said above. Files stay as they are.".into())
    }

    async fn rewind(&self, thread: &ThreadId, typed: &Typed) -> Result<Reply, No> {
        let turns = u32::try_from(typed.count("turns").unwrap_or(1)).unwrap_or(1);
        Ok(self.chat.rewind(thread, turns).await?.to_string().into())
    }

    /// Begins a thread beside this one, with its conversation.
    async fn fork(&self, wish: &Wish, from: &ThreadId) -> Result<Reply, No> {
        if self.chat.is_running(from) {
            return Err(No::Failed("A turn is running here; wait for its end or stop it, and try again.".to_owned()));
        }
        let above = self.channel_of(wish.channel).await;
        let channel = above.ok_or_else(|| No::Failed(NO_CHANNEL.to_owned()))?;
        let row = self.chat.thread(from).await?;
        let title = row.map(|row| row.title).filter(|title| !title.is_empty()).unwrap_or("A thread".to_owned());
        let shown =
            render::notice(&format!("{} goes on here with a conversation:", wish.name), None, self.chat.guard());
        let to = match self.places.is_forum(channel) {
            true => self.open_post(wish, channel, &title, &shown).await?,
            false => self.open_below(wish, channel, &title, &shown).await?,
        };
        if let Err(error) = self.chat.fork(from, &ThreadId::new(FRONT, to)).await {
            // A post's first message stands in it; that of another thread above it.
            self.unsay(if self.places.is_forum(channel) { to } else { channel }, to).await;
            return Err(error.into());
        }
        let text = "A new thread goes on with this conversation:".to_owned();
        Ok(Reply { text, threads: vec![(to, String::new())], ..Reply::default() })
    }
}

impl Core {
    /// Begins a thread under a message of its own.
    async fn open_below(&self, wish: &Wish, channel: u64, title: &str, shown: &Outbound) -> Result<u64, No> {
        let body = Body::create(shown, &format!("fork-{:x}", wish.id)).with_threads(&[(wish.channel, None)]);
        match self.rest.post(channel, &body, &[]).await {
            Ok(message) => self.open(wish, channel, message, title).await,
            Err(error) => {
                let why = self.explained(&error, Deed::WriteInChannel, channel).await;
                Err(No::Failed(format!("I cannot write in the channel: {why}.")))
            }
        }
    }

    /// Begins a post of a forum.
    async fn open_post(&self, wish: &Wish, forum: u64, title: &str, shown: &Outbound) -> Result<u64, No> {
        let body = Body::edit(shown).with_threads(&[(wish.channel, None)]);
        match self.rest.begin_post(forum, &title::of(title), &body).await {
            Ok(post) => {
                let kind = Kind::Thread { owner: self.me, parent: forum };
                self.places.note((post, Known { kind, guild: wish.guild.unwrap_or(0) }));
                Ok(post)
            }
            Err(error) => {
                let why = self.explained(&error, Deed::WriteInChannel, forum).await;
                Err(No::Failed(format!("I cannot write a post here: {why}.")))
            }
        }
    }
}

fn context(used: &ContextUse) -> String {
    let whole = used.budget.saturating_sub(used.free);
    let by = if used.counted { "counted by the model's server" } else { "estimated from the length of the texts" };
    let window = used.window.map(|window| format!(" The model reads {} at most.", tokens(window))).unwrap_or_default();
    let compacted = match used.compactions {
        0 => String::new(),
        1 => " It was compacted once.".to_owned(),
        times => format!(" It was compacted {times} times."),
    };
    format!(
        "The next request to `{}` has {} of {} tokens, {by}; at three quarters the conversation is compacted.{window}{compacted}\n\
         - my own rules: {}\n- tools: {}\n- instructions and skills: {}\n- what was said: {}\n- what tools gave: {}",
        used.model,
        tokens(whole),
        tokens(used.budget),
        tokens(used.system),
        tokens(used.tools),
        tokens(used.instructions),
        tokens(used.conversation),
        tokens(used.results),
    )
}

/// In thousands from 10,000 on.
fn tokens(count: u64) -> String {
    if count < 10_000 { count.to_string() } else { format!("{}k", count.saturating_add(500) / 1000) }
}

fn costs(costs: &Costs) -> String {
    let mut lines = vec![
        format!("The last turn cost {}, this thread {} so far.", costs.turn.cost, costs.thread.cost),
        format!("You used {} today, everybody together {}.", costs.member_today.cost, costs.today.cost),
    ];
    if let Some(client) = &costs.client {
        let (today, month) = (client.today.cost, client.month.cost);
        lines.push(format!("The client `{}` used {today} today and {month} this month.", client.name));
    }
    lines.extend(costs.limits.iter().map(limit));
    if costs.thread.unpriced > 0 {
        lines.push(format!("{} replies have no known price and are not counted.", costs.thread.unpriced));
    }
    if let Some(why) = &costs.cache_lost {
        lines.push(format!(
            "The cache was lost at {} of the requests here; what had changed the last time: {why}.",
            costs.cache_losses
        ));
    }
    lines.join("\n")
}

fn limit(limit: &LimitLeft) -> String {
    let LimitLeft { key, starts_anew, most, left, .. } = limit;
    format!("- {key}: {left} of {most} left; {starts_anew}")
}

#[cfg(test)]
mod tests {
    use claudetools_agent::models::MicroUsd;
    use claudetools_chat::{ClientCosts, Totals};

    use super::*;

    #[test]
    fn what_a_request_is_made_of_is_listed() {
        let used = ContextUse {
            model: "claude-opus-5-5".to_owned(),
            system: 1_200,
            tools: 4_800,
            instructions: 900,
            conversation: 30_100,
            results: 113_000,
            free: 50_000,
            budget: 200_000,
            window: Some(1_000_000),
            compactions: 2,
            counted: true,
        };
        insta::assert_snapshot!(context(&used), @r"
        The next request to `claude-opus-5-5` has 150k of 200k tokens, counted by the model's server; at three quarters the conversation is compacted. The model reads 1000k at most. It was compacted 2 times.
        - my own rules: 1200
        - tools: 4800
        - instructions and skills: 900
        - what was said: 30k
        - what tools gave: 113k
        ");
    }

    #[test]
    fn costs_name_who_spent_what_and_what_is_left() {
        let spent = |cents: u64| Totals { cost: MicroUsd(cents * 10_000), ..Totals::default() };
        let limit = LimitLeft {
            key: "`usd_per_thread`",
            starts_anew: "it does not start anew, but a new thread does",
            most: MicroUsd(5_000_000),
            spent: MicroUsd(1_230_000),
            reserved: MicroUsd(0),
            left: MicroUsd(3_770_000),
        };
        let all = Costs {
            turn: spent(7),
            thread: Totals { unpriced: 2, ..spent(123) },
            member_today: spent(400),
            client: Some(ClientCosts { name: "contoso".to_owned(), today: spent(250), month: spent(9_900) }),
            today: spent(1_200),
            limits: vec![limit],
            cache_losses: 1,
            cache_lost: Some("the tools".to_owned()),
        };
        insta::assert_snapshot!(costs(&all), @r"
        The last turn cost $0.07, this thread $1.23 so far.
        You used $4.00 today, everybody together $12.00.
        The client `contoso` used $2.50 today and $99.00 this month.
        - `usd_per_thread`: $3.77 of $5.00 left; it does not start anew, but a new thread does
        2 replies have no known price and are not counted.
        The cache was lost at 1 of the requests here; what had changed the last time: the tools.
        ");
    }
}
