//! Ciphertexts that the sops program made, with the published test identity: what it encrypted, sealed by nobody here.
//! None of these files has a `version`.

use super::*;

/// A file around `body`: the data key, armored, and the rest of the `sops` part.
pub fn file(body: &str, armored: &[&str], rest: &str) -> String {
    let enc = armored.join("\n      ");
    let (begin, end) = ("-----BEGIN AGE ENCRYPTED FILE-----", "-----END AGE ENCRYPTED FILE-----");
    format!(
        "{body}sops:\n  age:\n  - recipient: {}\n    enc: |\n      {begin}\n      {enc}\n      {end}\n{rest}",
        seal::RECIPIENT
    )
}

/// Texts, a float and truth values, in lists and outside.
pub fn every_type() -> String {
    file(
        r#"hello: ENC[AES256_GCM,data:8qKuCV7HkZSpWQj8YrpeC1bi28WkOcA/De3O6ITe7tFKqj1h1QXN+qTm+hQOqA==,iv:YIKmKtTqVwenr0pZwIBMeIkLhdIUYjylqsYesHY20T4=,tag:F7JDsbStittMNkW67nxxVw==,type:str]
example_key: ENC[AES256_GCM,data:dlBJhoPbBr+/7DUcDA==,iv:NHLG+AGcXdkoUHqG1bnOr6jy+rCu9Dwnqgm78+69W4M=,tag:D8V48sWQNsvJ39n/Dqhxtg==,type:str]
example_array: [ "ENC[AES256_GCM,data:SpMMITB9xz3BV9IikVs=,iv:6i59WuNz7HXvKkOEsUvTOAMpUDWt+Yr/7VLZiZpuUQY=,tag:WW75SSkKbnzU+j97OeqtUg==,type:str]", "ENC[AES256_GCM,data:X3v+SseqhnHVUj/coFA=,iv:cH10NnQpN43bsK88B7216JW2ksGzSUdUZBVf6WrG5ZE=,tag:IhIWznMk05PROaR9wBzazw==,type:str]" ]
example_number: ENC[AES256_GCM,data:jJDmeUep5pLyrA==,iv:GShxk0uB8mIIJFyRbMAfvhmvD459q3l5HVLmho+6dPs=,tag:U5pKd0A5xAbGhQjxkJJXKw==,type:float]
example_booleans:
  - ENC[AES256_GCM,data:fY3cXA==,iv:WD5F3zC+JSGMrYuDv0mwxIJ5/8IuAr1pTn3Hw3xcNBk=,tag:8sXFUDmSoRi+Hrlo5HxM6g==,type:bool]
  - ENC[AES256_GCM,data:QN1RgWA=,iv:Pxpghl71bAX3ZE/gxkCDWSUCf8/KGS9uncoQ598haIM=,tag:Gk++6TuD+eN/m0b8qkiW6Q==,type:bool]
"#,
        &[
            "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBLRldWU0RNM3NQOVBFOFdi",
            "a0JBd2hRa2dTa1Nuc2NLNjVsNHc4YWJJK3k0ClJPRktvZS91UmtyK3NTV2tycWxO",
            "Wm4zWURqT3RVYXRTb0FHb1p4UGRrYmcKLS0tIDNFK3ZjUTZVclBaTlhFNSs5TEQ1",
            "elJ6QmRiMmFzY0dETWRzWFcxck9yTzQKlEuRma1842fqnnveiDqLwjhMXuiICQ/T",
            "Ededl+gNtC1YBaNBMzEgQnmYvBRiTG/dZToIFHE4Dsru5+yQvh/s4g==",
        ],
        "  lastmodified: 2023-12-25T10:31:01Z\n  mac: ENC[AES256_GCM,data:71P4QU1+TCVHWmuOUIKP8ZTFkEo1fxJU/N5b7pxM8iKZ5U46vi+cOeDas9HBTfq9QLRnTVWs9M0WLfcksqnq/fTo2111/kDIBsi97G/BtBcS615s6AeEOcukn52F7yuFT+jAY5P5Jbio1dxtfBevbBKnhleXXkCo7z9Dub7k/R8=,iv:Q/SVo4J3ZVlqXAZC+BticPJhXJZTK4DHHuMh8kl82Z4=,tag:fCyM4KEwGG+tWqqw/uqD0Q==,type:str]\n",
    )
}

/// Only what is below a key that begins with `encrypted` is encrypted.
pub fn by_regex() -> String {
    file(
        r#"a:
  encrypted_1: { a: "ENC[AES256_GCM,data:63NN,iv:tMGNl1clK1rQt7oy2huw+YJ+361iSpV2F4zT07ZPZAk=,tag:MPkuD6FNDqlr+2nuu/b61g==,type:str]", b: "ENC[AES256_GCM,data:1CSH,iv:FbmtCB0SV5d5m1Q1Rr1RG5bSP1kBtlD5ggQUkAbrYOM=,tag:5N/qZ2dX4+RiJo6jmpuQyw==,type:str]" }
  not_encrypted: aaa
b: aaa
"#,
        &[
            "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSAvMlNwZnp6c2k1M2x0Zm5R",
            "TndCSDBMcFhNZml6V0lCMDhGNk9zSlJNa1NzCk9tbEw0ZXNwVlBVNWY4cEZ3QVY0",
            "MEVmajlYWFdITXFnZTBoQUkvcXFMamcKLS0tIExTRmRhL05vR295UVhpQXAxTzJl",
            "VWNWR1ZTeGVjS0drQzBPdFo3SFJPekEKQNeCRUtk4Z1BLF992WbqTUUpgoxsZfhL",
            "fBNBMSsTksIRVENtclN+/0Ja0nTpGAa/LkR7G9pg2cJIewTTX+RjiQ==",
        ],
        "  lastmodified: 2023-12-26T17:50:08Z\n  mac: ENC[AES256_GCM,data:DD0b27Jih05cCdjug/+al0cuOIef99UF/bCn0SJbBL593NOEJ4N3CS8nQKzH17umdCRq0pZzESp31FaIyMkifU3WJHDkFc6I8ZHzVr0t86JbCaCv8LiUH5YesMwo8VFhYDCL6+ODHVZ8IZ7Eu5X1SpwyisYWDBKG9G3+wols4dk=,iv:3bkd03+k2ereCrvcU9c9AHhDOBWlVyp/jnP8UONCL1o=,tag:h6HsMmNBz7zPIl4+B2BiUA==,type:str]\n  encrypted_regex: ^encrypted\n",
    )
}

/// The MAC is over what is encrypted only.
pub fn mac_only_encrypted() -> String {
    file(
        r#"a_encrypted: ENC[AES256_GCM,data:IA46,iv:Ap9PrtKlfDVKOh/ExGZoXl8Qh85iQrL3iFtpRRurYv8=,tag:rEnl+xiPY5/v+7G/kQNkdQ==,type:str]
b_unencrypted: { a: aaa, b: [ 123, 456 ] }
c_encrypted: ENC[AES256_GCM,data:+uP6,iv:wYcY2h8IGCn0CW23ZeqMct6SnGYQgmnW21iQL1rA03U=,tag:yeiq5D6oElI05nPihnWptQ==,type:str]
d_unencrypted: aaa
"#,
        &[
            "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBPTXdHZnZ0SkhGZ3UydzlZ",
            "RklUWXorWk1Kb3QwR29qWktqVHh1enV0RndvCit0cHQxRVBNTEdZSUxNYWJxT0Qz",
            "eWRKOVJWcUQ3am1mZGF6UExhT2JqMmcKLS0tIFNZWG5ML1hVSWVVMG1QbGwxQmFh",
            "UE1nSm01Q2lObzlwMDBmazJtWG9qSVEKdHkhmvoMB4JfSztonfNqUGM4PuQs+T16",
            "9+A3/jb3bGQIbGcZfC8p7662USXWdAYDagLGYZVSf02xaEsjhlP5TQ==",
        ],
        "  lastmodified: 2023-12-27T11:13:48Z\n  mac: ENC[AES256_GCM,data:N/tCLvJawgY4qYPtu2D541yl8+YMRtrTETqAvkQih4EkR2N3YZB0D6XfcFxOHei6kDKEXc4HNPN5vwbaq8U5DeOGfSH00ZLdh85I1Ldh8Jbxnrtd+Kkti8chD2dZrD66c++oZb70z/jaM7+U37tOXM2Zy4SrRbIsUWjJ6LTY5Cs=,iv:NkvFXhw7M0DpksLeRgWdpPAxw1cx64rU+kbayQDMO3A=,tag:7uI8YXb3NPBuWtXIJWv86g==,type:str]\n  unencrypted_suffix: _unencrypted\n  mac_only_encrypted: true\n",
    )
}

#[test]
fn what_sops_encrypted_is_opened() {
    let opened = |file: String, fields: &[&str]| {
        let document = open(Format::Yaml, &file).unwrap();
        fields.iter().map(|name| field(&document, name).unwrap()).collect::<Vec<_>>()
    };
    let fields = ["hello", "example_key", "example_array.0", "example_array.1", "example_number"];
    let texts = [
        "Welcome to SOPS! Edit this file as you please!",
        "example_value",
        "example_value1",
        "example_value2",
        "1234.56789",
    ];
    assert_eq!(opened(every_type(), &fields), texts);
    assert_eq!(opened(every_type(), &["example_booleans.0", "example_booleans.1"]), ["True", "False"]);
    assert_eq!(opened(by_regex(), &["a.encrypted_1.a", "a.encrypted_1.b"]), ["xxx", "xxx"]);
    assert_eq!(opened(mac_only_encrypted(), &["a_encrypted", "c_encrypted"]), ["xxx", "xxx"]);
}
