;; Has a call that takes a number and gives one.
(module
    (memory (export "memory") 1)
    (func (export "claudetools:plugin/tool@1.0.0#call") (param i32) (result i32)
        (local.get 0)))
