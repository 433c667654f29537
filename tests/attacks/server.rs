//! A server that answers as no honest one would.

use std::io::{Result, Write as _};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claudetools_tests::company::CANARY;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::net::Seen;

/// The longest head that is read.
const HEAD: usize = 1 << 20;

/// Where this server is, and where the one without TLS.
#[derive(Clone, Copy)]
pub struct Ports {
    pub own: u16,
    pub plain: u16,
}

/// Answers every connection.
pub async fn plain(listener: TcpListener, seen: Seen, ports: Ports) {
    while let Ok((stream, _)) = listener.accept().await {
        // A client that hangs up is what half of the rows are about.
        tokio::spawn(answer(stream, seen.clone(), ports));
    }
}

/// The same behind TLS.
pub async fn encrypted(listener: TcpListener, acceptor: TlsAcceptor, seen: Seen, ports: Ports) {
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, seen) = (acceptor.clone(), seen.clone());
        tokio::spawn(async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                // The same.
                let _ = answer(stream, seen, ports).await;
            }
        });
    }
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, seen: Seen, ports: Ports) -> Result<()> {
    let Ports { own: port, plain } = ports;
    let Some(head) = head(&mut stream).await? else {
        return whole(&mut stream, "400 Bad Request", "", b"no HTTP").await;
    };
    let mut words = head.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let with = if carries_secret(&head) { " with the secret" } else { "" };
    let shown = path.replace(CANARY.trim_end(), "…");
    seen.arrive(format!("{method} {shown}{with}"));
    // Who answers before the body is there may end the connection under it.
    stream.read_exact(&mut vec![0; length(&head)]).await?;
    let name = path.split('?').next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    match name {
        "endless" => endless(&mut stream).await,
        "drip" => drip(&mut stream).await,
        "upload" => swallow(&mut stream).await,
        "cut" => stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await,
        "garbage" => stream.write_all(CANARY.as_bytes()).await,
        "bomb" => whole(&mut stream, "200 OK", "content-encoding: gzip\r\n", &bomb()?).await,
        "echo" => whole(&mut stream, "200 OK", &echoed(&head), echo(&head).as_bytes()).await,
        "halves" => halves(&mut stream, &head).await,
        "away" => redirect(&mut stream, &format!("http://other.test:{port}/api/v1/assets/1")).await,
        "stranger" => redirect(&mut stream, &format!("http://stranger.test:{port}/api/v1/assets/1")).await,
        "inside" => redirect(&mut stream, &format!("http://127.0.0.2:{port}/api/v1/assets/1")).await,
        "users" => redirect(&mut stream, "/api/v1/users").await,
        "scheme" => redirect(&mut stream, &format!("https://api.test:{port}/api/v1/assets/1")).await,
        "file" => redirect(&mut stream, "file:///etc/passwd").await,
        "down" => redirect(&mut stream, &format!("http://api.test:{plain}/api/v1/assets/1")).await,
        "round" => redirect(&mut stream, "/api/v1/assets/round").await,
        "next" => redirect(&mut stream, "/api/v1/assets/1").await,
        _ => whole(&mut stream, "200 OK", "", format!("{method} {shown}").as_bytes()).await,
    }
}

/// The head of a request; nothing where what comes is no HTTP, such as a greeting of TLS.
async fn head(stream: &mut (impl AsyncRead + Unpin)) -> Result<Option<String>> {
    let mut head = vec![stream.read_u8().await?];
    if !head[0].is_ascii_uppercase() {
        return Ok(None);
    }
    while !head.ends_with(b"\r\n\r\n") && head.len() < HEAD {
        head.push(stream.read_u8().await?);
    }
    Ok(Some(String::from_utf8_lossy(&head).into_owned()))
}

/// How many bytes a head says that follow: none where it does not say.
fn length(head: &str) -> usize {
    let said =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    said.unwrap_or(0)
}

/// Whether a head holds the secret as any place of it has it: as it is, or in the base64 of a user and a password.
fn carries_secret(head: &str) -> bool {
    let secret = CANARY.trim_end();
    head.contains(secret) || head.contains(&STANDARD.encode(format!("user:{secret}")))
}

async fn whole(stream: &mut (impl AsyncWrite + Unpin), status: &str, headers: &str, body: &[u8]) -> Result<()> {
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}connection: close\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    stream.shutdown().await
}

async fn redirect(stream: &mut (impl AsyncWrite + Unpin), to: &str) -> Result<()> {
    whole(stream, "302 Found", &format!("location: {to}\r\n"), b"over there").await
}

async fn chunk(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> Result<()> {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend([bytes, b"\r\n"].concat());
    stream.write_all(&chunk).await?;
    stream.flush().await
}

const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";

async fn endless(stream: &mut (impl AsyncWrite + Unpin)) -> Result<()> {
    stream.write_all(CHUNKED).await?;
    loop {
        chunk(stream, &[b'x'; 16 << 10]).await?;
    }
}

/// A byte in each second.
async fn drip(stream: &mut (impl AsyncWrite + Unpin)) -> Result<()> {
    stream.write_all(CHUNKED).await?;
    loop {
        chunk(stream, b"x").await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Reads for as long as something comes.
async fn swallow(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Result<()> {
    let mut bytes = vec![0; 64 << 10];
    while let Ok(Ok(1..)) = tokio::time::timeout(Duration::from_millis(500), stream.read(&mut bytes)).await {}
    whole(stream, "200 OK", "", b"swallowed").await
}

/// What the header that the secret went into had, in a header.
fn echoed(head: &str) -> String {
    let key = head.lines().filter(|line| line.to_ascii_lowercase().starts_with("x-api-key:"));
    key.map(|line| format!("x-echo: {}\r\n", line[10..].trim())).collect()
}

/// What was asked, and the secret in other forms, as a server might write it into its answer.
fn echo(head: &str) -> String {
    if !carries_secret(head) {
        return head.to_owned();
    }
    let secret = CANARY.trim_end();
    let each = |form: &dyn Fn(u8) -> String| secret.bytes().map(form).collect::<String>();
    let hex = each(&|byte| format!("{byte:02x}"));
    let percent = each(&|byte| format!("%{byte:02X}"));
    let escaped = each(&|byte| format!("\\u{byte:04x}"));
    format!(
        "{head}\n{hex}\n{percent}\n{escaped}\n{}\n{}",
        STANDARD.encode(secret),
        STANDARD.encode(format!("a{secret}"))
    )
}

/// The secret in two pieces, with a pause between.
async fn halves(stream: &mut (impl AsyncWrite + Unpin), head: &str) -> Result<()> {
    stream.write_all(CHUNKED).await?;
    let secret = if carries_secret(head) { CANARY.trim_end() } else { "no secret came" };
    let (first, second) = secret.split_at(7);
    chunk(stream, format!("begin {first}").as_bytes()).await?;
    tokio::time::sleep(Duration::from_millis(100)).await;
    chunk(stream, format!("{second} end").as_bytes()).await?;
    stream.write_all(b"0\r\n\r\n").await?;
    stream.shutdown().await
}

/// Fifty mebibytes of nothing, packed: one of them, fifty times, for packing takes its time without optimisation.
fn bomb() -> Result<Vec<u8>> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(&[0; 1 << 20])?;
    Ok(packed.finish()?.repeat(50))
}
