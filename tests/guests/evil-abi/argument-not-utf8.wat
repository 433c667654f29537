;; Hands the host text that is not UTF-8.
(module
    (import "claudetools:plugin/progress@1.0.0" "status" (func $status (param i32 i32)))
    ;;prelude
    (data (i32.const 2000) "\ff\fe")
    (func (export "claudetools:plugin/tool@1.0.0#call") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
        (call $status (i32.const 2000) (i32.const 2))
        (call $answer (i32.const 0) (i32.const 0))))
