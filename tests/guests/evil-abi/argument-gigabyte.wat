;; Hands the host a log line of a gigabyte that it does not have.
(module
    (import "claudetools:plugin/log@1.0.0" "write" (func $log (param i32 i32 i32)))
    ;;prelude
    (func (export "claudetools:plugin/tool@1.0.0#call") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
        (call $log (i32.const 1) (i32.const 0) (i32.const 0x40000000))
        (call $answer (i32.const 0) (i32.const 0))))
