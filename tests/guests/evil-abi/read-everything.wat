;; Reads as many bytes as a number can say.
(module
    (import "wasi:filesystem/preopens@0.2.12" "get-directories" (func $directories (param i32)))
    (import "wasi:filesystem/types@0.2.12" "[method]descriptor.open-at"
        (func $open (param i32 i32 i32 i32 i32 i32 i32)))
    (import "wasi:filesystem/types@0.2.12" "[method]descriptor.read" (func $read (param i32 i64 i64 i32)))
    ;;prelude
    (data (i32.const 2000) "docs/a.md")
    (func (export "claudetools:plugin/tool@1.0.0#call") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
        (call $directories (i32.const 3000))
        (call $open (i32.load (i32.load (i32.const 3000))) (i32.const 0)
            (i32.const 2000) (i32.const 9) (i32.const 0) (i32.const 1) (i32.const 3100))
        (if (i32.load8_u (i32.const 3100)) (then unreachable))
        (call $read (i32.load (i32.const 3104)) (i64.const -1) (i64.const 0) (i32.const 3200))
        (if (i32.load8_u (i32.const 3200)) (then unreachable))
        (call $answer (i32.load (i32.const 3204)) (i32.load (i32.const 3208)))))
