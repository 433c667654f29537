//! Markdown to harmless HTML.
//!
//! Raw HTML is shown as the text it is, images are never loaded, and a link shows where it goes: the model's text
//! may be steered by whatever a tool has read.

use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::escape::{attribute, shortened, text};

/// Longest address shown beside a link, in characters.
const SHOWN_ADDRESS: usize = 120;

/// Markdown as HTML that can be put into the page as it is.
pub(crate) fn to_html(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut safe = Safe::default();
    let events = Parser::new_ext(markdown, options).map(|event| safe.event(event));
    let mut html = String::with_capacity(markdown.len() * 3 / 2);
    pulldown_cmark::html::push_html(&mut html, events);
    html
}

/// What is open while the events pass.
#[derive(Default)]
struct Safe {
    links: Vec<Link>,
    columns: Vec<Alignment>,
    column: usize,
    in_table_head: bool,
}

/// An open link or image.
struct Link {
    address: String,
    label: String,
}

impl Safe {
    fn event<'a>(&mut self, event: Event<'a>) -> Event<'a> {
        match event {
            Event::Text(words) | Event::Html(words) | Event::InlineHtml(words) => self.words(&words),
            Event::Code(words) => {
                self.note_label(&words);
                html(format!("<code>{}</code>", text(&words)))
            }
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            other => other,
        }
    }

    fn words<'a>(&mut self, words: &str) -> Event<'a> {
        self.note_label(words);
        html(text(words))
    }

    fn note_label(&mut self, words: &str) {
        if let Some(link) = self.links.last_mut() {
            link.label.push_str(words);
        }
    }

    fn start<'a>(&mut self, tag: Tag<'a>) -> Event<'a> {
        match tag {
            Tag::HtmlBlock => html("<p>".into()),
            Tag::Heading { level, .. } => html(format!("<{}>", below(level))),
            Tag::Link { dest_url, .. } => self.open(&dest_url, ""),
            Tag::Image { dest_url, .. } => self.open(&dest_url, "Image: "),
            Tag::CodeBlock(kind) => html(code_start(&kind)),
            Tag::Table(columns) => {
                self.columns = columns;
                html("<div class=\"table\" tabindex=\"0\"><table>".into())
            }
            Tag::TableHead => {
                (self.column, self.in_table_head) = (0, true);
                html("<thead><tr>".into())
            }
            Tag::TableRow => {
                self.column = 0;
                html("<tr>".into())
            }
            Tag::TableCell => html(self.cell()),
            other => Event::Start(other),
        }
    }

    fn end<'a>(&mut self, tag: TagEnd) -> Event<'a> {
        match tag {
            TagEnd::HtmlBlock => html("</p>\n".into()),
            TagEnd::Heading(level) => html(format!("</{}>\n", below(level))),
            TagEnd::Link | TagEnd::Image => html(self.close()),
            TagEnd::CodeBlock => html("</code></pre></div>\n".into()),
            TagEnd::Table => html("</tbody></table></div>\n".into()),
            TagEnd::TableHead => {
                self.in_table_head = false;
                html("</tr></thead><tbody>\n".into())
            }
            TagEnd::TableRow => html("</tr>\n".into()),
            TagEnd::TableCell => html(if self.in_table_head { "</th>" } else { "</td>" }.into()),
            other => Event::End(other),
        }
    }

    fn cell(&mut self) -> String {
        let tag = if self.in_table_head { "th" } else { "td" };
        let class = match self.columns.get(self.column) {
            Some(Alignment::Right) => " class=\"right\"",
            Some(Alignment::Center) => " class=\"center\"",
            _ => "",
        };
        self.column += 1;
        format!("<{tag}{class}>")
    }

    fn open<'a>(&mut self, address: &str, before: &str) -> Event<'a> {
        self.links.push(Link { address: address.to_owned(), label: String::new() });
        match host(address) {
            Some(_) => html(format!(
                "<a href=\"{}\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">{before}",
                attribute(address),
            )),
            None => html(before.to_owned()),
        }
    }

    /// Ends a link and says where it goes, unless its text is the address itself.
    fn close(&mut self) -> String {
        let Some(Link { address, label }) = self.links.pop() else { return String::new() };
        // The text of an inner link or image is part of the outer one's.
        self.note_label(&label);
        match host(&address) {
            Some(_) if label == address => "</a>".into(),
            Some(host) => format!("</a> <span class=\"host\">({})</span>", text(host)),
            None if label == address || address.is_empty() => String::new(),
            None => format!(" <code>{}</code>", text(&shortened(&address, SHOWN_ADDRESS))),
        }
    }
}

/// The host of an `http` or `https` address that may be clicked: no credentials in front of it, nothing but
/// ASCII in it, and nothing in the address that a browser would skip or read as another character.
fn host(address: &str) -> Option<&str> {
    let rest = ["https://", "http://"].iter().find_map(|scheme| {
        let head = address.get(..scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then(|| &address[scheme.len()..])
    })?;
    if address.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return None;
    }
    let host = rest.split(['/', '?', '#']).next()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
    (!host.is_empty() && host.chars().all(plain)).then_some(host)
}

/// The page's own heading comes first, so those of an answer begin one lower.
fn below(level: HeadingLevel) -> &'static str {
    match level {
        HeadingLevel::H1 => "h2",
        HeadingLevel::H2 => "h3",
        HeadingLevel::H3 => "h4",
        HeadingLevel::H4 => "h5",
        HeadingLevel::H5 | HeadingLevel::H6 => "h6",
    }
}

fn code_start(kind: &CodeBlockKind<'_>) -> String {
    let language = match kind {
        CodeBlockKind::Fenced(info) => info.split([' ', ',']).next().unwrap_or_default(),
        CodeBlockKind::Indented => "",
    };
    format!(
        "<div class=\"code\"><div class=\"code-bar\"><span>{}</span>\
         <button type=\"button\" class=\"copy\">Copy</button></div><pre tabindex=\"0\"><code>",
        text(&shortened(language, 30)),
    )
}

fn html<'a>(markup: String) -> Event<'a> {
    Event::Html(markup.into())
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::{host, to_html};

    #[test]
    fn only_plain_web_addresses_may_be_clicked() {
        assert_eq!(host("HTTPS://docs.rs:443/a?b#c"), Some("docs.rs:443"));
        assert_eq!(host("http://[::1]/"), Some("[::1]"));
        for address in [
            "https://evil.tld\\@good.tld/",
            "https://good.tld@evil.tld/",
            "https://good.tld\t.evil.tld/",
            "https://g\u{43e}od.tld/",
            "https:///x",
            "//evil.tld",
            "javascript:https://good.tld/",
            "ftp://good.tld/",
        ] {
            assert_eq!(host(address), None, "{address}");
        }
    }

    #[test]
    fn hostile_markdown_is_harmless() {
        let hostile = r#"
<script>fetch('/api/threads')</script>

An <img src=x onerror=alert(1)> and <b onclick="x()">bold</b>, <!-- hidden -->

[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](data:text/html,<script>1</script>) [d](&#106;avascript:alert(1))

[https://bank.com](https://evil.tld/?q=1 "title\" onmouseover=alert(1)") [e](https://granted@evil.tld/) [f](https://evil.tld\@granted/)

![beacon](https://evil.tld/pixel.png?secret) ![x" onerror="alert(1)](x)

```"><script>alert(1)</script>
</code></pre><script>alert(1)</script>
```
"#;
        assert_snapshot!(to_html(hostile), @r#"
        <p>&lt;script&gt;fetch(&#39;/api/threads&#39;)&lt;/script&gt;
        </p>
        <p>An &lt;img src=x onerror=alert(1)&gt; and &lt;b onclick=&quot;x()&quot;&gt;bold&lt;/b&gt;, &lt;!-- hidden --&gt;</p>
        <p>a <code>javascript:alert(1)</code> b <code>JaVaScRiPt:alert(1)</code> c <code>data:text/html,&lt;script&gt;1&lt;/script&gt;</code> d <code>javascript:alert(1)</code></p>
        <p><a href="https://evil.tld/?q=1" target="_blank" rel="noopener noreferrer nofollow">https://bank.com</a> <span class="host">(evil.tld)</span> e <code>https://granted@evil.tld/</code> f <code>https://evil.tld@granted/</code></p>
        <p><a href="https://evil.tld/pixel.png?secret" target="_blank" rel="noopener noreferrer nofollow">Image: beacon</a> <span class="host">(evil.tld)</span> Image: x&quot; onerror=&quot;alert(1) <code>x</code></p>
        <div class="code"><div class="code-bar"><span>&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;</span><button type="button" class="copy">Copy</button></div><pre tabindex="0"><code>&lt;/code&gt;&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;
        </code></pre></div>
        "#);
    }

    #[test]
    fn a_link_shows_where_it_goes() {
        assert_snapshot!(
            to_html("[docs](https://docs.rs/axum) <https://docs.rs> [main.rs](host/src/main.rs) [`x`](x)"),
            @r#"<p><a href="https://docs.rs/axum" target="_blank" rel="noopener noreferrer nofollow">docs</a> <span class="host">(docs.rs)</span> <a href="https://docs.rs" target="_blank" rel="noopener noreferrer nofollow">https://docs.rs</a> main.rs <code>host/src/main.rs</code> <code>x</code></p>"#,
        );
    }

    #[test]
    fn tables_headings_and_code_have_their_form() {
        let markdown = "# One\n\n| file | lines |\n|---|--:|\n| a | 1 |\n\n```rust\nfn main() {}\n```\n- [x] done";
        assert_snapshot!(to_html(markdown), @r#"
        <h2>One</h2>
        <div class="table" tabindex="0"><table><thead><tr><th>file</th><th class="right">lines</th></tr></thead><tbody>
        <tr><td>a</td><td class="right">1</td></tr>
        </tbody></table></div>
        <div class="code"><div class="code-bar"><span>rust</span><button type="button" class="copy">Copy</button></div><pre tabindex="0"><code>fn main() {}
        </code></pre></div>
        <ul>
        <li><input disabled="" type="checkbox" checked=""/>
        done</li>
        </ul>
        "#);
    }

    #[test]
    fn a_fence_that_is_still_open_is_code_already() {
        assert_snapshot!(to_html("text\n```sh\nls <a"), @r#"
        <p>text</p>
        <div class="code"><div class="code-bar"><span>sh</span><button type="button" class="copy">Copy</button></div><pre tabindex="0"><code>ls &lt;a</code></pre></div>
        "#);
    }
}
