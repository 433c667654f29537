//! One message: who, when, what, and everything that hangs on it.

use serde_json::Value;

use super::{escaped, inline, list, markdown, text};

pub(super) fn html(message: &Value, names: &Value) -> String {
    let author = text(&message["author"]["name"]);
    let badge = if message["author"]["bot"] == true { "<em>APP</em>" } else { "" };
    let at = text(&message["at"]).get(11..16).unwrap_or_default();
    let edited = if message["edited"] == true { "<small class=\"edited\">(edited)</small>" } else { "" };
    let class = if message["ephemeral"] == true { "message only" } else { "message" };
    let initial = escaped(&author.chars().take(1).collect::<String>().to_uppercase());
    let parts = [
        markdown(text(&message["content"]), names) + edited,
        list(&message["files"]).iter().map(file).collect(),
        list(&message["embeds"]).iter().map(|embed| self::embed(embed, names)).collect(),
        list(&message["components"]).iter().map(|row| component(row, names)).collect(),
        reactions(&message["reactions"]),
        if message["ephemeral"] == true {
            "<small>👁 Only you can see this</small>".to_owned()
        } else {
            String::new()
        },
    ];
    format!(
        "<article class=\"{class}\">{}<i class=\"face f{}\">{initial}</i><div class=\"body\">\
         <p class=\"who\"><b>{}</b>{badge}<time>{at}</time></p>{}</div></article>\n",
        reply(&message["reply"], names),
        author.len() % 5,
        escaped(author),
        parts.concat(),
    )
}

fn reply(answered: &Value, names: &Value) -> String {
    if answered.is_null() {
        return String::new();
    }
    let name = escaped(text(&answered["name"]));
    format!("<p class=\"reply\"><b>@{name}</b> {}</p>", inline::one_line(&answered["content"], names))
}

fn file(file: &Value) -> String {
    let (name, size) = (escaped(text(&file["name"])), file["size"].as_u64().unwrap_or(0));
    let kind = [("png", "png"), ("jpg", "jpeg"), ("jpeg", "jpeg"), ("gif", "gif"), ("webp", "webp")];
    let image = kind.into_iter().find(|(ending, _)| name.ends_with(&format!(".{ending}")));
    match (image, file["data"].as_str()) {
        (Some((_, kind)), Some(data)) => {
            format!("<img class=\"shown\" alt=\"{name}\" src=\"data:image/{kind};base64,{data}\">")
        }
        _ => format!("<div class=\"file\"><i>📄</i><span><a>{name}</a><small>{}</small></span></div>", sized(size)),
    }
}

fn sized(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{}.{} KB", bytes / 1024, bytes % 1024 * 10 / 1024),
        _ => format!("{}.{} MB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576),
    }
}

fn embed(embed: &Value, names: &Value) -> String {
    let colour = embed["color"].as_u64().map_or("#1e1f22".to_owned(), |colour| format!("#{colour:06x}"));
    let field = |field: &Value| {
        let class = if field["inline"] == true { "field beside" } else { "field" };
        let (name, value) = (inline::html(text(&field["name"]), names), markdown(text(&field["value"]), names));
        format!("<div class=\"{class}\"><b>{name}</b>{value}</div>")
    };
    let fields: String = list(&embed["fields"]).iter().map(field).collect();
    let around = |value: &Value, class: &str| match text(value) {
        "" => String::new(),
        said => format!("<div class=\"{class}\">{}</div>", markdown(said, names)),
    };
    format!(
        "<div class=\"embed\" style=\"--colour:{colour}\">{}{}<div class=\"fields\">{fields}</div>{}</div>",
        around(&embed["title"], "title"),
        around(&embed["description"], "about"),
        around(&embed["footer"]["text"], "footer"),
    )
}

/// A row, a button, a menu, or a part of the newer kind that holds text or others.
fn component(part: &Value, names: &Value) -> String {
    let inner = || list(&part["components"]).iter().map(|inner| component(inner, names)).collect::<String>();
    let off = if part["disabled"] == true { " off" } else { "" };
    match part["type"].as_u64().unwrap_or(0) {
        1 => format!("<div class=\"row\">{}</div>", inner()),
        2 => {
            let emoji = part["emoji"]["name"].as_str().map(|emoji| format!("{emoji} ")).unwrap_or_default();
            let style = part["style"].as_u64().unwrap_or(2);
            format!("<button class=\"b{style}{off}\">{emoji}{}</button>", escaped(text(&part["label"])))
        }
        3 => menu(part, off),
        9 | 17 => format!("<div class=\"box\">{}</div>", inner()),
        10 => markdown(text(&part["content"]), names),
        14 => "<hr>".to_owned(),
        kind => format!("<div class=\"row\">a component of type {kind}{}</div>", inner()),
    }
}

fn menu(part: &Value, off: &str) -> String {
    let placeholder = part["placeholder"].as_str().unwrap_or("Make a selection");
    let option = |option: &Value| {
        let chosen = if option["default"] == true { "☑ " } else { "" };
        let (label, about) = (escaped(text(&option["label"])), escaped(text(&option["description"])));
        format!("<li>{chosen}{label}<small>{about}</small></li>")
    };
    let options: String = list(&part["options"]).iter().map(option).collect();
    format!("<div class=\"menu{off}\"><span>{}</span>⌄<ul>{options}</ul></div>", escaped(placeholder))
}

fn reactions(reactions: &Value) -> String {
    let one = |emoji: &Value| format!("<span class=\"reaction\">{} 1</span>", escaped(text(emoji)));
    let all: String = list(reactions).iter().map(one).collect();
    if all.is_empty() { all } else { format!("<div class=\"row\">{all}</div>") }
}
