;; Gives back the 200th case of a type that has two.
(module
    ;;prelude
    (func (export "claudetools:plugin/tool@1.0.0#call") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
        (drop (call $answer (i32.const 0) (i32.const 0)))
        (i32.store8 (i32.const 1024) (i32.const 200))
        (i32.const 1024)))
