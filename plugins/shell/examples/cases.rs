use shell::{Files, Run, Sink, run};
use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::Mutex;
#[derive(Default)]
struct Both(Mutex<(Vec<u8>, Vec<u8>)>);
impl Sink for Both {
    fn stdout(&self, b: &[u8]) {
        self.0.lock().unwrap().0.extend(b)
    }
    fn stderr(&self, b: &[u8]) {
        self.0.lock().unwrap().1.extend(b)
    }
}
fn one(line: &str, n: usize) -> String {
    let case: serde_json::Value = serde_json::from_str(line).unwrap();
    let base = std::path::PathBuf::from(format!("/dev/shm/cases/{}-{n}", std::process::id()));
    for d in ["repo", "vault", "scratch"] {
        std::fs::create_dir_all(base.join(d)).unwrap();
    }
    for f in case["files"].as_array().unwrap() {
        let p = base.join("repo").join(f["path"].as_str().unwrap());
        std::fs::create_dir_all(p.parent().unwrap()).unwrap();
        std::fs::write(p, f["contents"].as_str().unwrap()).unwrap();
    }
    let mut script = String::from("cp -r /repo/. /tmp; cd /tmp; unset OLDPWD; ");
    if let Ok(s) = std::env::var("RAWDIR") {
        script = format!("cd {s}; ");
    }
    for (k, v) in case["env"].as_object().unwrap() {
        script += &format!("export {k}='{}'; ", v.as_str().unwrap());
    }
    script += case["script"].as_str().unwrap();
    let out = Both::default();
    let ended = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(run(
        &Run { script: &script, directory: Path::new("/repo"), timeout: std::time::Duration::from_secs(10) },
        Files::new(&base),
        &out,
    ));
    let _ = std::fs::remove_dir_all(&base);
    let g = out.0.into_inner().unwrap();
    serde_json::json!({"id": case["id"], "stdout": String::from_utf8_lossy(&g.0), "stderr": String::from_utf8_lossy(&g.1), "status": ended.status}).to_string()
}
fn main() {
    let lines: Vec<String> = std::io::stdin().lines().map(Result::unwrap).collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|s| {
        for _ in 0..2 {
            s.spawn(|| {
                loop {
                    let n = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let Some(line) = lines.get(n) else { return };
                    let l = line.clone();
                    let t = std::thread::Builder::new().stack_size(64 << 20).spawn(move || one(&l, n)).unwrap();
                    if let Ok(text) = t.join() {
                        let mut o = std::io::stdout().lock();
                        writeln!(o, "{text}").unwrap();
                    }
                }
            });
        }
    });
}
