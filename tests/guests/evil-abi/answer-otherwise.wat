;; Answers, too, in other words: the same plugin with other code.
(module
    ;;prelude
    (data (i32.const 2000) "changed!")
    (func (export "claudetools:plugin/tool@1.0.0#call") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
        (call $answer (i32.const 2000) (i32.const 8))))
