use claudetools_policy::*;
use claudetools_sandbox::*;
use std::{collections::BTreeMap, sync::Arc, time::Instant};
#[tokio::main]
async fn main() {
    let a: Vec<String> = std::env::args().collect();
    let policy = Policy::parse("schema = 1\n[roots.repo]\n[roles.all]\nlocal = true\n[plugin.search]\ncallers = { roles = [\"all\"], origin = [\"model\"] }\n[[plugin.search.grant]]\nid = \"r\"\nwhy = \"x\"\nkind = \"fs\"\nroot = \"repo\"\naccess = [\"read\", \"list\"]\nallow = [\"**\"]\nmax_file = \"64MiB\"\n").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let roots = Arc::new(Roots::open(&policy, BTreeMap::from([("repo".to_owned(), a[2].clone().into())])).unwrap());
    let sandbox = Sandbox::new(
        Settings { cache_dir: dir.path().join("c"), scratch_dir: dir.path().join("s"), compiler: Compiler::InProcess },
        roots,
    )
    .unwrap();
    let bytes = read_component(std::path::Path::new(&a[1])).unwrap();
    let t = Instant::now();
    let Admission::Admitted(admitted) = admit(inspect(&bytes).unwrap(), &policy, true) else { panic!() };
    let plugin = sandbox.load(&bytes, admitted.clone()).await.unwrap();
    println!("load {:?}", t.elapsed());
    let t = Instant::now();
    sandbox.load(&bytes, admitted).await.unwrap();
    println!("load again {:?}", t.elapsed());
    for _ in 0..7 {
        let t = Instant::now();
        let o = sandbox
            .call(&plugin, Call { id: "1".into(), tool: a[3].clone(), input: a[4].clone(), state: BTreeMap::new() })
            .outcome()
            .await;
        let text = format!("{:?}", o.result);
        println!(
            "{:?} {:?} allowed {} refused {} {}",
            t.elapsed(),
            o.usage,
            o.effects.allowed,
            o.effects.refused,
            &text[..text.len().min(300)]
        );
    }
}
