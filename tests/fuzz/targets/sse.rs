#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| claudetools_fuzzed::sse(data));
