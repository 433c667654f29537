;; Asks for a gigabyte of randomness at once.
(module
    (import "wasi:random/random@0.2.12" "get-random-bytes" (func $random (param i64 i32)))
    ;;prelude
    (func (export "claudetools:plugin/tool@1.0.0#call") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
        (call $random (i64.const 0x40000000) (i32.const 3000))
        (call $answer (i32.const 0) (i32.const 0))))
