;; Opens a path with NUL in it, and says that the host refused.
(module
    (import "wasi:filesystem/preopens@0.2.12" "get-directories" (func $directories (param i32)))
    (import "wasi:filesystem/types@0.2.12" "[method]descriptor.open-at"
        (func $open (param i32 i32 i32 i32 i32 i32 i32)))
    ;;prelude
    (data (i32.const 2000) "docs\00a.md")
    (func (export "claudetools:plugin/tool@1.0.0#call") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
        (call $directories (i32.const 3000))
        ;; The first directory, no links followed, nine bytes of path, no flags, to read.
        (call $open (i32.load (i32.load (i32.const 3000))) (i32.const 0)
            (i32.const 2000) (i32.const 9) (i32.const 0) (i32.const 1) (i32.const 3100))
        (if (i32.eqz (i32.load8_u (i32.const 3100))) (then unreachable))
        ;; A failure of the second kind, with no words of its own.
        (i32.store (i32.const 1024) (i32.const 1))
        (i32.store (i32.const 1028) (i32.const 1))
        (i32.store (i32.const 1032) (i32.const 2000))
        (i32.store (i32.const 1036) (i32.const 0))
        (i32.const 1024)))
