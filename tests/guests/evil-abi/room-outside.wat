;; Gives the host a place for the input that is not in its memory.
(module
    (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
        (i32.const 0x7ffffff0))
    (func (export "claudetools:plugin/tool@1.0.0#call") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
        (i32.const 1024)))
