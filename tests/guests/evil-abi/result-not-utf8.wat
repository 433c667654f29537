;; Gives back text that is not UTF-8.
(module
    ;;prelude
    (data (i32.const 2000) "\ff\fe")
    (func (export "claudetools:plugin/tool@1.0.0#call") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
        (call $answer (i32.const 2000) (i32.const 2))))
