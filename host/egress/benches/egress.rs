//! What egress costs over a bare call of `reqwest`: the same server on loopback and 16 KiB of answer. A connection a request, as
//! egress makes one; for comparison also with the connection that `reqwest` keeps.

#![expect(clippy::unwrap_used, reason = "a benchmark")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use claudetools_egress::{Egress, MadeFor, Patience, Request, Sender, System};
use claudetools_policy::{Admission, Digest, Found, Manifest, Policy, admit};
use claudetools_secrets::{Places, Secrets};
use criterion::{Criterion, criterion_group, criterion_main};
use http_body_util::{BodyExt, Empty, Full};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

const MANIFEST: &str = r#"
name = "guest"
version = "1.0.0"
license = "MIT"
description = "For the benchmark."
[[tool]]
name = "Try"
description = "Tries."
effects = ["read"]
input = { type = "object", additionalProperties = false, properties = {} }
[[request]]
why = "For the benchmark."
kind = "net"
hosts = ["127.0.0.1"]
methods = ["GET"]
"#;

/// Requests of each kind in the comparison that is printed: they take turns, so that load hits all alike.
const ROUNDS: usize = 2000;

async fn serve() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let body = Bytes::from(vec![b'x'; 16 << 10]);
        while let Ok((stream, _)) = listener.accept().await {
            let body = body.clone();
            let answer = hyper::service::service_fn(move |_| {
                let body = body.clone();
                async { Ok::<_, std::convert::Infallible>(hyper::Response::new(Full::new(body))) }
            });
            let served = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
            tokio::spawn(served);
        }
    });
    port
}

/// A plugin with one grant, with or without a secret.
fn sender(port: u16, secret: &str) -> (Egress, Sender) {
    let text = format!(
        "schema = 1\n[secrets.key]\nsource = {{ env = \"KEY\" }}\n\
         audience = [{{ scheme = \"http\", host = \"127.0.0.1\", port = {port} }}]\n\
         [plugin.guest]\n[[plugin.guest.grant]]\nid = \"g\"\nwhy = \"b\"\nkind = \"net\"\nreach = [\"127.0.0.0/8\"]\n{secret}\n\
         allow = [{{ scheme = \"http\", host = \"127.0.0.1\", port = {port}, method = [\"GET\"], path = \"/**\" }}]"
    );
    let policy = Policy::parse(&text).unwrap();
    let env = |_: &str| Some("a-secret-of-the-benchmark".to_owned());
    let (secrets, _) = Secrets::load(&policy, &Places { base: "/".as_ref(), vault: None, env: &env });
    let found = Found {
        component: Digest::of("guest"),
        manifest: Manifest::parse(MANIFEST).unwrap(),
        imports: BTreeSet::new(),
        exports: BTreeSet::from(["claudetools:plugin/tool@1.0.0".to_owned()]),
        bytes: 5,
    };
    let Admission::Admitted(plugin) = admit(found, &policy, true) else { panic!("not admitted") };
    let until = tokio::time::Instant::now() + Duration::from_secs(3600);
    let sender = Sender {
        plugin: Arc::new(plugin),
        tool: "Try".into(),
        until,
        overseer: Arc::new(drop),
        made: MadeFor::default(),
    };
    (Egress::new(System, &[], Arc::new(secrets)).unwrap(), sender)
}

async fn through(egress: &Egress, sender: &Sender, port: u16) {
    let request = Request {
        method: "GET".into(),
        scheme: "http".into(),
        authority: format!("127.0.0.1:{port}"),
        path_and_query: "/api/v1/assets/12".into(),
        headers: vec![("accept".into(), b"application/json".to_vec())],
        body: Empty::<Bytes>::new(),
        length: None,
        patience: Patience::default(),
    };
    let answer = egress.send(request, sender).await.unwrap();
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes().len(), 16 << 10);
}

/// A client that keeps so many connections.
fn client(kept: usize) -> reqwest::Client {
    reqwest::Client::builder().no_proxy().pool_max_idle_per_host(kept).build().unwrap()
}

async fn bare(client: &reqwest::Client, port: u16) {
    let request = client.get(format!("http://127.0.0.1:{port}/api/v1/assets/12")).header("accept", "application/json");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.bytes().await.unwrap().len(), 16 << 10);
}

async fn timed(call: impl Future<Output = ()>) -> Duration {
    let start = Instant::now();
    call.await;
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Prints the ratios of medians; wanted is at most 1.2 without a secret.
async fn compare(port: u16, plain: &(Egress, Sender), secret: &(Egress, Sender)) {
    let (fresh, kept) = (client(0), client(1));
    let mut times: [Vec<Duration>; 4] = Default::default();
    for _ in 0..ROUNDS {
        times[0].push(timed(bare(&fresh, port)).await);
        times[1].push(timed(through(&plain.0, &plain.1, port)).await);
        times[2].push(timed(through(&secret.0, &secret.1, port)).await);
        times[3].push(timed(bare(&kept, port)).await);
    }
    let [bare, plain, secret, kept] = times.map(median);
    let ratio = |time: Duration| time.as_secs_f64() / bare.as_secs_f64();
    println!(
        "bare reqwest {bare:.1?}; egress {plain:.1?}, ratio {:.2}; with a secret {secret:.1?}, ratio {:.2}; \
         reqwest on a connection that it keeps {kept:.1?}",
        ratio(plain),
        ratio(secret)
    );
}

fn egress(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let port = runtime.block_on(serve());
    let _inside = runtime.enter();
    let plain = sender(port, "");
    let secret = sender(port, "secret = { name = \"key\", header = \"x-api-key\" }");
    runtime.block_on(compare(port, &plain, &secret));
    let fresh = client(0);
    criterion.bench_function("bare reqwest", |b| b.to_async(&runtime).iter(|| bare(&fresh, port)));
    criterion.bench_function("egress", |b| b.to_async(&runtime).iter(|| through(&plain.0, &plain.1, port)));
    criterion
        .bench_function("egress with a secret", |b| b.to_async(&runtime).iter(|| through(&secret.0, &secret.1, port)));
}

criterion_group!(benches, egress);
criterion_main!(benches);
