//! The language, through the sandbox: scripts and what bash makes of them.

use crate::world::World;

const SCRIPTS: &[(&str, &str)] = &[
    ("printf 'b\\na\\nb\\n' | sort | uniq -c | awk '{print $2 $1}'", "a1\nb2"),
    ("for i in 1 2 3; do [ $i = 2 ] && continue; echo $i; done; n=3; while ((n--)); do echo $n; done", "1\n3\n2\n1\n0"),
    ("a=(x 'y z'); a+=(w); echo ${#a[@]} \"${a[1]}\"; declare -A m=([k]=v); echo ${m[k]} ${!m[@]}", "3 y z\nv k"),
    ("f() { local n=$1; ((n<2)) && echo 1 || echo $((n * $(f $((n-1))))); }; f 6", "720"),
    ("x=1; cat <<END\nx is $x\nEND\ncat <<'END'\n$x\nEND\ncat <<< \"$x here\"", "x is 1\n$x\n1 here"),
    (
        "echo $(echo in) `echo old` $((2**10 % 7)); v=file.tar.gz; echo ${v%%.*} ${v#*.} ${v/tar/zip} ${v:5:3} ${v^^}",
        "in old 2\nfile tar.gz file.zip.gz tar FILE.TAR.GZ",
    ),
    ("cd /tmp; touch a1 a2 b1; echo a* [!a]* {x,y}{1..2}; shopt -s extglob\necho !(a*)", "a1 a2 b1 x1 x2 y1 y2\nb1"),
    ("[[ abc =~ ^a(.)c$ ]] && echo ${BASH_REMATCH[1]}; [[ -f docs/a.md && ! -d docs/a.md ]] && echo file", "b\nfile"),
    ("diff <(echo a) <(echo b); echo $?; set -o pipefail; false | true; echo $?", "1c1\n< a\n---\n> b\n1\n1"),
    ("case x.rs in *.md) echo no;; *.rs) echo yes;; esac; select_() { echo ${@:2}; }; select_ 1 2 3", "yes\n2 3"),
    ("trap 'echo bye' EXIT; (exit 3); echo $?; { echo out; echo err >&2; } 2>&1 | sort", "3\nerr\nout\nbye"),
    ("while IFS=, read -r a b; do echo \"$b-$a\"; done < <(printf '1,2\\n3,4\\n')", "2-1\n4-3"),
];

#[tokio::test]
async fn scripts_do_what_they_do_in_bash() {
    let world = World::new().await;
    let mut wrong = Vec::new();
    for (script, wanted) in SCRIPTS {
        let said = world.bash(script).await;
        let said = said.split("\nShell cwd was reset").next().unwrap_or_default();
        if said != *wanted {
            wrong.push(format!("{script}\n-- wanted:\n{wanted}\n-- said:\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[tokio::test]
async fn what_cannot_be_read_is_status_2() {
    let world = World::new().await;
    assert!(world.bash("echo before\nif true; then").await.starts_with("Exit code 2\n"));
}
