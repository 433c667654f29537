;; Imports the interface for small values that stay.
(module
    (import "claudetools:plugin/state@1.0.0" "get" (func $get (param i32 i32 i32)))
    ;;prelude
    (data (i32.const 2000) "k")
    (func (export "claudetools:plugin/tool@1.0.0#call") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
        (call $get (i32.const 2000) (i32.const 1) (i32.const 3000))
        (call $answer (i32.const 2000) (i32.const 1))))
