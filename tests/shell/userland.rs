//! Every command of the everyday userland, at least once.

use crate::world::World;

const COMMANDS: &[(&str, &str)] = &[
    ("cat docs/a.md", "alpha"),
    ("ls docs", "a.md"),
    ("seq 1 9 | head -2", "1\n2"),
    ("seq 1 9 | tail -n +8", "8\n9"),
    ("printf 'a b\\nc\\n' | wc -lw | tr -s ' ' | sed 's/^ //'", "2 3"),
    ("printf '10\\n9\\n' | sort -n", "9\n10"),
    ("printf 'a\\na\\nb\\n' | uniq -d", "a"),
    ("echo a:b:c | cut -d: -f2-", "b:c"),
    ("echo shell | tr a-z A-Z", "SHELL"),
    ("echo 'one two' | sed -E 's/(one) (two)/\\2 \\1/'", "two one"),
    ("printf '1 2\\n3 4\\n' | awk '{s+=$2} END {print s, NR}'", "6 2"),
    ("grep -rn alpha docs", "docs/a.md:1:alpha"),
    ("find . -name '*.rs' -type f", "./src/main.rs"),
    ("printf 'a b' | xargs -n1 echo item", "item a\nitem b"),
    ("echo '{\"a\":[1,2]}' | jq -c '.a|map(.+1)'", "[2,3]"),
    ("printf 'a\\n' > /tmp/1; printf 'b\\n' > /tmp/2; diff -u /tmp/1 /tmp/2 | tail -2", "-a\n+b"),
    ("date -u -d @0 +%Y-%m-%dT%H:%M:%S", "1970-01-01T00:00:00"),
    ("A=1 env | grep ^A=", "A=1"),
    ("printf '%05.1f|%-4s|%x\\n' 3.14159 ab 255", "003.1|ab  |ff"),
    ("test 3 -gt 2 && echo yes", "yes"),
    ("basename /x/y.sh .sh; dirname /x/y.sh", "y\n/x"),
    ("mkdir -p /tmp/d/e; cp -r /tmp/d /tmp/c; touch /tmp/c/f; mv /tmp/c/f /tmp/g; rm -r /tmp/c; ls /tmp", "d\ng"),
    ("echo t | tee /tmp/t | cat - /tmp/t", "t\nt"),
    ("seq -s, 1 3", "1,2,3"),
    ("echo hello | base64 | base64 -d", "hello"),
    ("printf abc | sha256sum", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  -"),
    ("echo x > /scratch/s; stat -c %s /scratch/s; du -b /scratch/s | cut -f1", "2\n2"),
    ("cd /tmp; echo z > z; tar -cf t.tar z; tar -tf t.tar; gzip -c z | gunzip", "z\nz"),
    ("printf 'b 1\\n' > /tmp/b; printf 'a\\n' | paste - /tmp/b; echo abc | rev", "a\tb 1\ncba"),
];

#[tokio::test]
async fn every_command_does_its_work() {
    let world = World::new().await;
    let mut wrong = Vec::new();
    for (script, wanted) in COMMANDS {
        let said = world.bash(script).await;
        let said = said.split("\nShell cwd was reset").next().unwrap_or_default();
        if said != *wanted {
            wrong.push(format!("{script}\n-- wanted:\n{wanted}\n-- said:\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
