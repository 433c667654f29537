;; Gives back text that begins in its memory and ends far outside.
(module
    ;;prelude
    (func (export "claudetools:plugin/tool@1.0.0#call") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
        (call $answer (i32.const 65536) (i32.const 0x7fffffff))))
