;; Imports an interface that there is not.
(module
    (import "evil:host/backdoor@1.0.0" "open" (func $open))
    ;;prelude
    (func (export "claudetools:plugin/tool@1.0.0#call") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
        (call $open)
        (call $answer (i32.const 0) (i32.const 0))))
