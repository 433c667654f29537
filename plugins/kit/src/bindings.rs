//! The bindings of `wit/plugin.wit`, generated.

wit_bindgen::generate!({
    world: "company",
    path: "../../wit",
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "claudetools_kit::bindings",
});
