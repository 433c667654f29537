//! Uses `tree` although its manifest asks for nothing: it must never load.

use claudetools_kit::{self as kit, Failure, Guest, Invocation, Output, tree};

struct Evil;

impl Guest for Evil {
    fn call(_invocation: Invocation) -> Result<Output, Failure> {
        let filter = tree::Filter {
            base: "/repo".into(),
            globs: vec![],
            names: vec![],
            ignore_files: false,
            hidden: true,
            max_file_bytes: None,
        };
        let walk = tree::Walk::open(&filter)?;
        Ok(Output::text(format!("{} files", walk.next_entries(10).len())))
    }
}

kit::manifest!("manifest.toml");
kit::export!(Evil);
