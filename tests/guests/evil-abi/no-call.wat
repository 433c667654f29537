;; Exports a function, and not the contract.
(module
    (memory (export "memory") 1)
    (func (export "call") (param i32) (result i32)
        (local.get 0)))
