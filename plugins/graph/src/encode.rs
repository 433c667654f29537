//! Percent-encoding.

/// One part of a path or one value of a query: a guest's `#EXT#` becomes `%23EXT%23`, a `/` no other part.
pub fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// A string of an OData filter: `'O''Brien'`.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_and_quotes_are_encoded() {
        let upn = "ann_partner.example#EXT#@contoso.example";
        assert_eq!(encoded(upn), "ann_partner.example%23EXT%23%40contoso.example");
        assert_eq!(encoded(&format!("mail eq {}", quoted("o'brien@a"))), "mail%20eq%20%27o%27%27brien%40a%27");
        assert_eq!(encoded("../x?y/ü"), "..%2Fx%3Fy%2F%C3%BC");
    }
}
