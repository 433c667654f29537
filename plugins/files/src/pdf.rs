//! PDF: whole where it is short, otherwise the pages that were asked for.

use std::ops::RangeInclusive;

use claudetools_kit::{Failure, Output};
use lopdf::Document;

/// A longer document must be asked for by pages.
const MAX_WHOLE: u32 = 10;
/// Pages in one answer.
const MAX_PAGES: u32 = 20;
/// Bytes in one answer, below what a call may give back.
const MAX_BYTES: usize = 8 << 20;

/// A document, or the pages of it that `pages` names.
pub fn call(bytes: Vec<u8>, shown: &str, pages: Option<&str>) -> Result<Output, Failure> {
    let unreadable = |error: lopdf::Error| Failure::Invalid(format!("{shown} cannot be read as PDF: {error}"));
    let document = Document::load_mem(&bytes).map_err(unreadable)?;
    let count = u32::try_from(document.get_pages().len()).unwrap_or(u32::MAX);
    let chosen = choose(count, pages).map_err(|why| Failure::Invalid(format!("{shown} {why}")))?;
    let all = *chosen.start() == 1 && *chosen.end() == count;
    let picked = if all { bytes } else { pick(document, count, &chosen).map_err(unreadable)? };
    if picked.len() > MAX_BYTES {
        let length = picked.len();
        return Err(Failure::Invalid(format!(
            "those pages of {shown} are {length} bytes; {MAX_BYTES} is the most that can be shown. Ask for fewer"
        )));
    }
    let summary = format!("Read pages {} to {} of {count}", chosen.start(), chosen.end());
    Ok(Output::document("application/pdf", picked).summary(summary))
}

/// Which pages are meant, or why not, to be read after the file's name.
fn choose(count: u32, pages: Option<&str>) -> Result<RangeInclusive<u32>, String> {
    let Some(pages) = pages else {
        return match count {
            0 => Err("has no pages".into()),
            1..=MAX_WHOLE => Ok(1..=count),
            _ => Err(format!("has {count} pages: say which with pages, such as \"1-{MAX_PAGES}\"")),
        };
    };
    let (first, last) = pages.split_once('-').unwrap_or((pages, pages));
    let number = |text: &str| text.trim().parse::<u32>().ok();
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first > last || first == 0 || last > count => {
            Err(format!("has pages 1 to {count}, not {pages}"))
        }
        (Some(first), Some(last)) if last - first >= MAX_PAGES => {
            Err(format!("can be read {MAX_PAGES} pages at a time, and {pages} are more"))
        }
        (Some(first), Some(last)) => Ok(first..=last),
        _ => Err(format!("has no pages {pages:?}: write them as \"3\" or \"1-5\"")),
    }
}

/// A document of the chosen pages.
fn pick(mut document: Document, count: u32, chosen: &RangeInclusive<u32>) -> Result<Vec<u8>, lopdf::Error> {
    let others: Vec<u32> = (1..=count).filter(|page| !chosen.contains(page)).collect();
    document.delete_pages(&others);
    document.prune_objects();
    let mut bytes = Vec::new();
    document.save_to(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use claudetools_kit::Part;
    use lopdf::{Object, dictionary};

    use super::*;

    /// A document of pages that differ in width: 1, 2, 3 ….
    fn document(pages: u32) -> Vec<u8> {
        let mut document = Document::with_version("1.5");
        let tree = document.new_object_id();
        let kids: Vec<Object> = (1..=pages)
            .map(|width| {
                document
                    .add_object(dictionary! { "Type" => "Page", "Parent" => tree, "MediaBox" => vec![0.into(), 0.into(), width.into(), 9.into()] })
                    .into()
            })
            .collect();
        document.objects.insert(tree, dictionary! { "Type" => "Pages", "Count" => pages, "Kids" => kids }.into());
        let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
        document.trailer.set("Root", catalog);
        let mut bytes = Vec::new();
        document.save_to(&mut bytes).unwrap();
        bytes
    }

    fn widths(output: &Output) -> Vec<i64> {
        let Some(Part::Document(blob)) = output.parts.first() else { panic!("{output:?}") };
        let document = Document::load_mem(&blob.data).unwrap();
        let width = |id| {
            document.get_dictionary(id).unwrap().get(b"MediaBox").unwrap().as_array().unwrap()[2].as_i64().unwrap()
        };
        document.get_pages().into_values().map(width).collect()
    }

    #[test]
    fn what_is_not_a_pdf_or_not_a_page_is_refused() {
        let said = |pages, text: Option<&str>| choose(pages, text).unwrap_err();
        insta::assert_snapshot!(said(11, None), @r#"has 11 pages: say which with pages, such as "1-20""#);
        insta::assert_snapshot!(said(4, Some("3-9")), @"has pages 1 to 4, not 3-9");
        insta::assert_snapshot!(said(99, Some("1-21")), @"can be read 20 pages at a time, and 1-21 are more");
        insta::assert_snapshot!(said(99, Some("all")), @r#"has no pages "all": write them as "3" or "1-5""#);
        assert!(call(b"%PDF-1.7 but no more".to_vec(), "a.pdf", None).is_err());
    }

    #[test]
    fn a_short_document_comes_as_it_is() {
        let bytes = document(3);
        let output = call(bytes.clone(), "a.pdf", None).unwrap();
        assert!(matches!(&output.parts[..], [Part::Document(blob)] if blob.data == bytes));
    }

    #[test]
    fn pages_are_picked_out_of_a_long_one() {
        let output = call(document(30), "a.pdf", Some("4-6")).unwrap();
        assert_eq!(widths(&output), [4, 5, 6]);
    }
}
