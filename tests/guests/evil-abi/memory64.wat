;; Has a memory of 64 bits.
(module
    ;;prelude
    (memory $wide i64 1)
    (func (export "claudetools:plugin/tool@1.0.0#call") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
        (call $answer (i32.const 0) (i32.const 0))))
