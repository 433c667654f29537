//! CSV for people's spreadsheets, safe to open.

/// Rows as CSV: UTF-8 with a byte order mark, RFC 4180, every cell quoted.
///
/// Cells come from strangers: what a spreadsheet would take for a formula begins with an apostrophe. Numbers stay numbers.
pub fn csv<Cell: AsRef<str>>(rows: impl IntoIterator<Item = impl IntoIterator<Item = Cell>>) -> Vec<u8> {
    let mut text = String::from('\u{feff}');
    for row in rows {
        let cells: Vec<String> = row.into_iter().map(|cell| quoted(cell.as_ref())).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text.into_bytes()
}

fn quoted(cell: &str) -> String {
    let is_formula =
        cell.trim_start_matches(' ').starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let is_number =
        cell.bytes().all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte)) && cell.parse::<f64>().is_ok();
    let guard = if is_formula && !is_number { "'" } else { "" };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_calculate_is_a_text() {
        for formula in
            ["=1+1", "+cmd|'/C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "--", "+", "-inf"]
        {
            let text = String::from_utf8(csv([[formula]])).unwrap();
            assert_eq!(text, format!("\u{feff}\"'{formula}\"\r\n"), "{formula}");
        }
    }

    #[test]
    fn cells_are_quoted_and_numbers_stay() {
        let text = String::from_utf8(csv([["a \"b\", c", "-5.25"], ["two\nlines", ""]])).unwrap();
        assert_eq!(text, "\u{feff}\"a \"\"b\"\", c\",\"-5.25\"\r\n\"two\nlines\",\"\"\r\n");
    }
}
