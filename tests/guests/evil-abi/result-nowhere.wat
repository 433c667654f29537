;; Gives back an address that is no place in its memory.
(module
    ;;prelude
    (func (export "claudetools:plugin/tool@1.0.0#call") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
        (i32.const 0x7ffffff0)))
