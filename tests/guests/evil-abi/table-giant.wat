;; Has a table of 2^30 elements.
(module
    ;;prelude
    (table $giant 0x40000000 funcref)
    (func (export "claudetools:plugin/tool@1.0.0#call") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
        (call $answer (i32.const 0) (i32.const 0))))
