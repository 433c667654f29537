//! What `bindgen!` makes of `wit/`: the traits that this crate implements, and the call into the guest.

wasmtime::component::bindgen!({
    path: ["wit/deps/io.wit", "wit/deps/clocks.wit", "wit/deps/filesystem.wit", "../../wit", "wit/world.wit"],
    world: "claudetools:sandbox/sandbox",
    imports: {
        // These two wait for a slow reader, so that nothing is lost and nothing piles up.
        "claudetools:plugin/progress.append": async | trappable,
        "claudetools:plugin/log.write": async | trappable,
        // And these for the thread that walks, so that a person can stop them meanwhile.
        "claudetools:plugin/tree.[method]walk.next-entries": async | trappable,
        "claudetools:plugin/tree.[method]walk.next-files": async | trappable,
        // These wait for a program of the host.
        "claudetools:plugin/process.[static]child.start": async | trappable,
        "claudetools:plugin/process.[method]child.next": async | trappable,
        // And this for a token.
        "claudetools:plugin/client.permissions": async | trappable,
        default: trappable,
    },
    exports: { default: async },
    trappable_error_type: {
        "wasi:filesystem/types.error-code" => crate::files::FsError,
    },
    with: {
        "wasi:io": wasmtime_wasi::p2::bindings::io,
        "wasi:clocks": wasmtime_wasi::p2::bindings::clocks,
        "wasi:filesystem/types.descriptor": crate::files::Descriptor,
        "wasi:filesystem/types.directory-entry-stream": crate::files::Listing,
        "claudetools:plugin/process.child": crate::own::Child,
        "claudetools:plugin/tree.walk": crate::own::Walk,
    },
});
