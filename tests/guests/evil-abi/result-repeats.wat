;; Gives back the same 60 KB three thousand times.
(module
    ;;prelude
    (func (export "claudetools:plugin/tool@1.0.0#call") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
        (local $n i32)
        (loop $l
            (i32.store (i32.add (i32.const 2004) (i32.mul (local.get $n) (i32.const 20))) (i32.const 70000))
            (i32.store (i32.add (i32.const 2008) (i32.mul (local.get $n) (i32.const 20))) (i32.const 60000))
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $l (i32.lt_u (local.get $n) (i32.const 3000))))
        (drop (call $answer (i32.const 0) (i32.const 0)))
        (i32.store (i32.const 1028) (i32.const 2000))
        (i32.store (i32.const 1032) (i32.const 3000))
        (i32.const 1024)))
