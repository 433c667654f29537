;; Gives back a part of a kind that is none.
(module
    ;;prelude
    (func (export "claudetools:plugin/tool@1.0.0#call") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
        (drop (call $answer (i32.const 0) (i32.const 0)))
        (i32.store8 (i32.const 1100) (i32.const 77))
        (i32.const 1024)))
