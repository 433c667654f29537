use std::cell::RefCell;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;

use super::*;

fn file(name: &str, data: impl Into<Vec<u8>>) -> Attachment {
    Attachment::File { name: name.to_owned(), media_type: "application/octet-stream".to_owned(), data: data.into() }
}

/// What the model reads of files, and what was kept of them.
fn read_of(files: &[Attachment]) -> (String, Vec<(String, usize)>) {
    let kept = RefCell::new(Vec::new());
    let keep = |name: &str, data: &[u8]| {
        kept.borrow_mut().push((name.to_owned(), data.len()));
        Ok(format!("/thread/{name}"))
    };
    let shown: Vec<String> = read(files, &keep).iter().map(line).collect();
    (shown.join("\n"), kept.into_inner())
}

fn line(attached: &Attached) -> String {
    match attached {
        Attached::Blob { name, .. } => format!("{name}: shown"),
        Attached::Text { name, about, text } => format!("{name} ({about}):\n{text}"),
        Attached::Skipped { name, why } => format!("{name} skipped: {why}"),
    }
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, data) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(data).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn tarred(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (name, data) in files {
        let mut header = ::tar::Header::new_ustar();
        header.set_size(data.len() as u64);
        header.as_ustar_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        builder.append(&header, *data).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzipped(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

const MEMBERS: &[(&str, &[u8])] =
    &[("logs/a.log", b"first\nsecond\n"), ("../../etc/cron.d/x", b"* * * * * root\n"), ("pic.bin", b"\x89\0\x01\xff")];

#[test]
fn an_archive_is_listed_and_its_texts_are_shown() {
    let (shown, _) = read_of(&[file("all.zip", zipped(MEMBERS))]);
    insta::assert_snapshot!(shown, @r"
    all.zip (an archive of 3 files: their names, then its texts):
    logs/a.log · 13 bytes
    ../../etc/cron.d/x (a path out of the archive) · 15 bytes
    pic.bin · 4 bytes
    all.zip/logs/a.log ():
    first
    second

    all.zip/../../etc/cron.d/x ():
    * * * * * root
    ");
    let (tar, _) = read_of(&[file("all.zip", tarred(MEMBERS))]);
    assert_eq!(tar, shown, "a tar is read as a zip is, whatever it is called");
    let (packed, _) = read_of(&[file("all.zip", gzipped(&tarred(MEMBERS)))]);
    assert_eq!(packed, shown);
}

#[test]
fn a_packed_log_is_a_log() {
    assert_eq!(read_of(&[file("a.log.gz", gzipped(b"one\ntwo\n"))]).0, "a.log ():\none\ntwo\n");
    let (shown, kept) = read_of(&[file("big.log.gz", gzipped("a line of a log\n".repeat(100_000).as_bytes()))]);
    assert_eq!(kept, [("big.log".to_owned(), 1_600_000)]);
    assert!(shown.len() < 90_000 && shown.contains("whole at /thread/big.log"), "{:.300}", shown);
}

#[test]
fn bombs_are_not_unpacked() {
    let zeros = vec![b'0'; 12 << 20];
    let bomb = zipped(&[("zeros.txt", &zeros), ("inner.zip", &zipped(MEMBERS))]);
    let gz = gzipped(&vec![b'0'; 40 << 20]);
    let files = [file("bomb.zip", bomb), file("bomb.gz", gz), file("broken.zip", &b"PK\x03\x04\0\xff"[..])];
    insta::assert_snapshot!(read_of(&files).0, @r"
    bomb.zip (an archive of 2 files: their names, then its texts):
    zeros.txt · 12.0 MiB (not unpacked: too large)
    inner.zip · 352 bytes (an archive in it: not opened)
    bomb.gz (an archive of 0 files: their names, then its texts):
    [not read to its end: it unpacks to more than 8.0 MiB]
    broken.zip (an archive of 0 files: their names, then its texts):
    [not read to its end: it is damaged: invalid Zip archive: Could not find EOCD]
    ");
}

#[test]
fn an_entry_that_holds_more_than_it_says_is_not_believed() {
    let mut lying = zipped(&[("a.txt", &vec![b'0'; 20 << 20])]);
    // The size unpacked, in the local header and in the directory, is said to be one byte.
    let real = u32::try_from(20 << 20).unwrap().to_le_bytes();
    let places: Vec<usize> =
        lying.windows(4).enumerate().filter(|(_, found)| *found == real).map(|(at, _)| at).collect();
    assert!(!places.is_empty());
    for at in places {
        lying[at..at + 4].copy_from_slice(&1_u32.to_le_bytes());
    }
    let (shown, kept) = read_of(&[file("lying.zip", lying)]);
    assert!(shown.len() < 1000 && kept.is_empty(), "{shown:.1000}");
}

#[test]
fn an_archive_of_very_many_files_is_looked_at_to_a_limit() {
    let names: Vec<String> = (0..6000).map(|number| format!("f{number}")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let (shown, _) = read_of(&[file("many.tar", tarred(&files))]);
    assert!(shown.contains("… and 4901 more") && shown.contains("more than 5000 files"), "{shown}");
}

#[test]
fn files_share_the_room_of_a_message() {
    let log = "x".repeat(99) + "\n";
    let files: Vec<Attachment> = (0..10).map(|number| file(&format!("{number}.log"), log.repeat(1000))).collect();
    let (shown, kept) = read_of(&files);
    assert_eq!(kept.len(), 10);
    assert!(shown.len() < 90_000, "{}", shown.len());
}

#[test]
fn a_text_that_cannot_be_kept_says_so() {
    let files = [file("big.log", "x\n".repeat(50_000))];
    let shown: Vec<String> = read(&files, &|_, _| Err("the directory is full".to_owned())).iter().map(line).collect();
    assert!(shown[0].contains("only head and tail are here: the directory is full"), "{:.300}", shown[0]);
}

#[test]
fn what_the_model_cannot_read_is_left_out_with_the_reason() {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    png.resize(5 << 20, 0);
    let files = [
        file("x.exe", &b"MZ\x90\0\xff"[..]),
        file("mail.msg", &b"\xd0\xcf\x11\xe0\xa1"[..]),
        file("empty.txt", &b""[..]),
        file("large.png", png),
        file("fine.eml", &b"From: a@b.example\r\n\r\nHi"[..]),
    ];
    let checked = files.map(Attachment::checked);
    let said: Vec<String> = checked.iter().filter_map(Attachment::left_out).collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    `x.exe` (5 bytes): a program, which I can't read
    `mail.msg` (5 bytes): an old Office or Outlook file (save it as .docx, .xlsx, .eml or PDF), which I can't read
    `empty.txt` (0 bytes): an empty file, which I can't read
    `large.png` (5.0 MiB): an image of 5242880 bytes; the model takes 3932160 at most. A smaller copy (fewer pixels, or JPEG) can be shown
    ");
    assert_eq!(checked[4].clone().checked(), checked[4]);
}
