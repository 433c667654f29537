;; Has a memory that threads share.
(module
    ;;prelude
    (memory $shared 1 1 shared)
    (func (export "claudetools:plugin/tool@1.0.0#call") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
        (call $answer (i32.const 0) (i32.const 0))))
