//! Whether a component's export is the contract, told from its types before any of it runs.

use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::{Case, ComponentFunc, ComponentItem, Type};

/// The exported interface.
const TOOL: &str = "claudetools:plugin/tool@1.0.0";

/// The type of its `call`, as [`shape`] writes it.
const CALL: &str = "(record{id:string,tool:string,input:string,budget-ms:u32})->\
    result<record{parts:list<variant{text(string),table(string),\
    image(record{media-type:string,data:list<u8>}),document(record{media-type:string,data:list<u8>})}>,\
    summary:string,truncated:bool},\
    variant{invalid(string),refused(string),unavailable(string),internal(string)}>";

/// Checks the export, and says what is wrong with it.
pub(crate) fn check(engine: &Engine, component: &Component) -> Result<(), String> {
    let tool = component.component_type().get_export(engine, TOOL).map(|export| export.ty);
    let Some(ComponentItem::ComponentInstance(tool)) = tool else {
        return Err(format!("no instance `{TOOL}` is exported"));
    };
    let call = tool.get_export(engine, "call").map(|export| export.ty);
    let Some(ComponentItem::ComponentFunc(call)) = call else {
        return Err(format!("`{TOOL}` has no function `call`"));
    };
    match shape(&call) {
        found if found == CALL => Ok(()),
        found => Err(format!("`call` is {found}; expected {CALL}")),
    }
}

fn shape(function: &ComponentFunc) -> String {
    let params: Vec<_> = function.params().map(|(_, ty)| written(&ty)).collect();
    let results: Vec<_> = function.results().map(|ty| written(&ty)).collect();
    format!("({})->{}", params.join(","), results.join(","))
}

/// A type in one line. Kinds that the contract does not use are only named.
fn written(ty: &Type) -> String {
    let inner = |ty: Option<Type>| ty.map_or_else(|| "_".to_owned(), |ty| written(&ty));
    let list = |items: Vec<String>| items.join(",");
    match ty {
        Type::String => "string".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::U8 => "u8".to_owned(),
        Type::U32 => "u32".to_owned(),
        Type::List(items) => format!("list<{}>", written(&items.ty())),
        Type::Result(result) => format!("result<{},{}>", inner(result.ok()), inner(result.err())),
        Type::Record(record) => {
            let field = |field: wasmtime::component::types::Field<'_>| format!("{}:{}", field.name, written(&field.ty));
            format!("record{{{}}}", list(record.fields().map(field).collect()))
        }
        Type::Variant(variant) => {
            let case = |case: Case<'_>| match &case.ty {
                Some(ty) => format!("{}({})", case.name, written(ty)),
                None => case.name.to_owned(),
            };
            format!("variant{{{}}}", list(variant.cases().map(case).collect()))
        }
        _ => "another type".to_owned(),
    }
}
