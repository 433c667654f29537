;; Gives back three megabytes.
(module
    ;;prelude
    (func (export "claudetools:plugin/tool@1.0.0#call") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
        (drop (memory.grow (i32.const 100)))
        (call $answer (i32.const 65536) (i32.const 3000000))))
