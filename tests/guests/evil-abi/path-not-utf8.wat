;; Opens a path that is not UTF-8.
(module
    (import "wasi:filesystem/preopens@0.2.12" "get-directories" (func $directories (param i32)))
    (import "wasi:filesystem/types@0.2.12" "[method]descriptor.open-at"
        (func $open (param i32 i32 i32 i32 i32 i32 i32)))
    ;;prelude
    (data (i32.const 2000) "\ff\fe")
    (func (export "claudetools:plugin/tool@1.0.0#call") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
        (call $directories (i32.const 3000))
        ;; The first directory, no links followed, two bytes of path, no flags, to read.
        (call $open (i32.load (i32.load (i32.const 3000))) (i32.const 0)
            (i32.const 2000) (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 3100))
        (call $answer (i32.const 0) (i32.const 0))))
