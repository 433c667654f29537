//! A page: rows within an offset, a limit and a size.

/// Bytes of text in one answer: about 10,000 tokens.
const MAX_TEXT: usize = 40_000;

/// Rows as they come: some passed over, some kept, the first beyond ends it.
pub struct Page {
    /// The rows that are kept, each with a line feed.
    pub text: String,
    /// How many are kept.
    pub kept: usize,
    /// How many were to be passed over.
    pub offset: usize,
    skip: usize,
    limit: usize,
    full: bool,
}

impl Page {
    /// An empty page. No limit is one of [`MAX_TEXT`] bytes.
    pub fn new(offset: usize, limit: Option<usize>) -> Self {
        Self { text: String::new(), kept: 0, skip: offset, limit: limit.unwrap_or(usize::MAX), offset, full: false }
    }

    /// Takes a row that `write` appends. False when the page was full before it, so that the search ends.
    pub fn row(&mut self, write: impl FnOnce(&mut String)) -> bool {
        if self.skip > 0 {
            self.skip -= 1;
            return true;
        }
        if self.kept == self.limit || self.text.len() >= MAX_TEXT {
            self.full = true;
            return false;
        }
        write(&mut self.text);
        self.text.push('\n');
        self.kept += 1;
        true
    }

    /// Whether there were more rows than fit.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Where the next page begins.
    pub fn next(&self) -> usize {
        self.offset + self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(rows: usize, offset: usize, limit: Option<usize>) -> Page {
        let mut page = Page::new(offset, limit);
        for row in 0..rows {
            if !page.row(|text| text.push_str(&row.to_string())) {
                break;
            }
        }
        page
    }

    #[test]
    fn a_page_is_full_only_when_something_is_left_out() {
        assert!(page(4, 1, Some(2)).is_full());
        assert!(!page(3, 1, Some(2)).is_full());
    }

    #[test]
    fn rows_before_the_offset_are_passed_over() {
        let page = page(9, 2, Some(3));
        assert_eq!((page.text.as_str(), page.kept, page.next()), ("2\n3\n4\n", 3, 5));
    }

    #[test]
    fn text_has_an_end_without_a_limit_too() {
        let page = page(100_000, 0, None);
        assert!(page.is_full() && page.text.len() < MAX_TEXT + 10);
    }
}
