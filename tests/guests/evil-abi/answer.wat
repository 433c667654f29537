;; Answers as it should.
(module
    ;;prelude
    (data (i32.const 2000) "harmless")
    (func (export "claudetools:plugin/tool@1.0.0#call") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
        (call $answer (i32.const 2000) (i32.const 8))))
