//! What a plugin says once: which type is its tool, and which file is its manifest.

/// Makes a type that implements [`Guest`](crate::Guest) the component's tool.
///
/// On other targets than wasm nothing is exported, so that a plugin's own tests link there.
#[macro_export]
macro_rules! export {
    ($plugin:ident) => {
        #[cfg(target_family = "wasm")]
        $crate::export_component!($plugin with_types_in $crate::bindings);

        #[cfg(not(target_family = "wasm"))]
        const _: fn($crate::Invocation) -> Result<$crate::Output, $crate::Failure> =
            <$plugin as $crate::Guest>::call;
    };
}

/// Puts the file at `$path`, relative to the plugin's `Cargo.toml`, into the component as its manifest.
///
/// The host reads the custom section `claudetools:manifest` without running any code of the plugin.
/// A component has exactly one: write this once.
#[macro_export]
macro_rules! manifest {
    ($path:literal) => {
        const _: () = {
            const TEXT: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $path));
            #[used]
            #[cfg_attr(target_family = "wasm", unsafe(link_section = "claudetools:manifest"))]
            static MANIFEST: [u8; TEXT.len()] = *include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $path));
        };
    };
}
