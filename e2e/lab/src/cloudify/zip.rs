//! Zip files: stored when written, stored or deflated when read, larger than 4 GiB if need be.
//!
//! Written here and not taken from a crate, because a snapshot of many GB must cost neither memory nor disk: its
//! payload is blocks of zeros with a number each, the file has holes, and the checksum is computed, not read.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::FileExt as _;

use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// What an entry holds.
pub(super) enum Content {
    Bytes(Vec<u8>),
    /// This many bytes that nobody looks at.
    Payload(u64),
}

/// Why a file cannot be read as a zip. The texts are those of Python's `zipfile`.
#[derive(Debug, thiserror::Error)]
pub(super) enum ZipError {
    #[error("File is not a zip file")]
    NotAZip,
    #[error("Bad CRC-32 for file '{0}'")]
    BadChecksum(String),
    #[error("cannot read the file")]
    Io(#[from] io::Error),
}

const BLOCK: u64 = 1 << 20;
/// What does not fit into the fields of the old format.
const FULL: u64 = 0xFFFF_FFFF;
const LOCAL: u32 = 0x0403_4B50;
const CENTRAL: u32 = 0x0201_4B50;
const END: u32 = 0x0605_4B50;
const END64: u32 = 0x0606_4B50;
const LOCATOR64: u32 = 0x0706_4B50;
/// The end record, with the longest comment.
const LONGEST_END: u64 = 22 + 0xFFFF;
/// Files of a snapshot that are read at all are small, its directory too.
const LARGEST: u64 = 64 << 20;

/// Writes a zip file and says how long it is.
pub(super) fn write(file: &File, entries: &[(String, Content)]) -> io::Result<u64> {
    let mut at = 0;
    let mut directory = Vec::new();
    for (name, content) in entries {
        let (length, checksum) = match content {
            Content::Bytes(bytes) => (bytes.len() as u64, checksum(bytes)),
            Content::Payload(length) => (*length, payload_checksum(*length)),
        };
        let mut head = Vec::new();
        put32(&mut head, LOCAL);
        common(&mut head, name, length, checksum);
        let extra = wide(length, None);
        put16(&mut head, extra.len());
        head.extend(name.as_bytes());
        head.extend(&extra);
        file.write_all_at(&head, at)?;
        let start = at + head.len() as u64;
        match content {
            Content::Bytes(bytes) => file.write_all_at(bytes, start)?,
            Content::Payload(length) => write_payload(file, start, *length)?,
        }
        list(&mut directory, name, length, checksum, at);
        at = start + length;
    }
    file.write_all_at(&directory, at)?;
    let end = end(entries.len(), directory.len() as u64, at);
    let start = at + directory.len() as u64;
    file.write_all_at(&end, start)?;
    Ok(start + end.len() as u64)
}

/// A zip whose many parts are all the same few bytes, which unpack to thousands of times as much.
pub(super) fn bomb() -> io::Result<Vec<u8>> {
    const PART: usize = 16 << 20;
    const PARTS: usize = 80;
    let zeros = vec![0; PART];
    let mut packing = DeflateEncoder::new(Vec::new(), Compression::best());
    packing.write_all(&zeros)?;
    let packed = packing.finish()?;
    let sum = checksum(&zeros);
    let fields = |out: &mut Vec<u8>, name: &str| {
        put16(out, 20);
        put16(out, 0);
        put16(out, 8);
        put32(out, 0);
        put32(out, sum);
        put32(out, u32::try_from(packed.len()).unwrap_or(u32::MAX));
        put32(out, u32::try_from(PART).unwrap_or(u32::MAX));
        put16(out, name.len());
    };
    let mut out = Vec::new();
    put32(&mut out, LOCAL);
    fields(&mut out, "pg_data_00");
    put16(&mut out, 0);
    out.extend(b"pg_data_00");
    out.extend(&packed);
    let at = out.len();
    for part in 0..PARTS {
        let name = format!("pg_data_{part:02}");
        put32(&mut out, CENTRAL);
        put16(&mut out, 20);
        fields(&mut out, &name);
        // No extra field, no comment, the first disk, no attributes; and the beginning of the one part there is.
        out.extend([0; 16]);
        out.extend(name.as_bytes());
    }
    let size = out.len() - at;
    let end = end(PARTS, size as u64, at as u64);
    out.extend(end);
    Ok(out)
}

/// The fields that an entry has in both places, up to the length of the name.
fn common(out: &mut Vec<u8>, name: &str, length: u64, checksum: u32) {
    put16(out, if length >= FULL { 45 } else { 20 });
    put16(out, 0);
    put16(out, 0);
    // 1 January 1980: a real time would make two snapshots of the same things differ.
    put16(out, 0);
    put16(out, 0x21);
    put32(out, checksum);
    put32(out, narrow(length));
    put32(out, narrow(length));
    put16(out, name.len());
}

fn list(out: &mut Vec<u8>, name: &str, length: u64, checksum: u32, offset: u64) {
    put32(out, CENTRAL);
    put16(out, 45);
    common(out, name, length, checksum);
    let extra = wide(length, Some(offset));
    put16(out, extra.len());
    for _ in 0..3 {
        put16(out, 0);
    }
    put32(out, 0);
    put32(out, narrow(offset));
    out.extend(name.as_bytes());
    out.extend(extra);
}

/// The extra field with what does not fit.
fn wide(length: u64, offset: Option<u64>) -> Vec<u8> {
    let mut values = Vec::new();
    if length >= FULL {
        put64(&mut values, length);
        put64(&mut values, length);
    }
    if let Some(offset) = offset.filter(|offset| *offset >= FULL) {
        put64(&mut values, offset);
    }
    let mut extra = Vec::new();
    if !values.is_empty() {
        put16(&mut extra, 1);
        put16(&mut extra, values.len());
        extra.extend(values);
    }
    extra
}

fn end(entries: usize, size: u64, offset: u64) -> Vec<u8> {
    let mut out = Vec::new();
    if offset >= FULL {
        put32(&mut out, END64);
        put64(&mut out, 44);
        put16(&mut out, 45);
        put16(&mut out, 45);
        put32(&mut out, 0);
        put32(&mut out, 0);
        put64(&mut out, entries as u64);
        put64(&mut out, entries as u64);
        put64(&mut out, size);
        put64(&mut out, offset);
        put32(&mut out, LOCATOR64);
        put32(&mut out, 0);
        put64(&mut out, offset + size);
        put32(&mut out, 1);
    }
    put32(&mut out, END);
    put32(&mut out, 0);
    put16(&mut out, entries);
    put16(&mut out, entries);
    put32(&mut out, narrow(size));
    put32(&mut out, narrow(offset));
    put16(&mut out, 0);
    out
}

fn write_payload(file: &File, start: u64, length: u64) -> io::Result<()> {
    file.set_len(start + length)?;
    for block in 0..length.div_ceil(BLOCK) {
        let mark = block.to_be_bytes();
        let left = usize::try_from(length - block * BLOCK).unwrap_or(usize::MAX);
        file.write_all_at(&mark[..left.min(mark.len())], start + block * BLOCK)?;
    }
    Ok(())
}

fn payload_checksum(length: u64) -> u32 {
    let mut zeros = Crc::new();
    zeros.update(&vec![0; BLOCK as usize - 8]);
    let mut whole = Crc::new();
    for block in 0..length / BLOCK {
        whole.update(&block.to_be_bytes());
        whole.combine(&zeros);
    }
    let rest = usize::try_from(length % BLOCK).unwrap_or_default();
    let mut last = (length / BLOCK).to_be_bytes().to_vec();
    last.resize(rest.max(8), 0);
    whole.update(&last[..rest]);
    whole.sum()
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// The content of a small entry, if there is one of that name.
pub(super) fn read(file: &File, name: &str) -> Result<Option<Vec<u8>>, ZipError> {
    let length = file.metadata()?.len();
    let directory = directory(file, length)?;
    let mut rest = directory.as_slice();
    while let Some(entry) = Entry::take(&mut rest)? {
        if entry.name == name.as_bytes() {
            return content(file, length, name, &entry).map(Some);
        }
    }
    Ok(None)
}

struct Entry {
    name: Vec<u8>,
    deflated: bool,
    checksum: u32,
    packed: u64,
    offset: u64,
}

impl Entry {
    /// The next entry of the directory.
    fn take(rest: &mut &[u8]) -> Result<Option<Self>, ZipError> {
        if rest.is_empty() {
            return Ok(None);
        }
        let bytes = *rest;
        if get32(bytes, 0)? != CENTRAL {
            return Err(ZipError::NotAZip);
        }
        let [names, extras, comments] = [28, 30, 32].map(|place| get16(bytes, place));
        let (names, extras, comments) = (names?, extras?, comments?);
        let name = slice(bytes, 46, names)?.to_vec();
        let mut wide = slice(bytes, 46 + names, extras)?;
        let mut packed = u64::from(get32(bytes, 20)?);
        let mut offset = u64::from(get32(bytes, 42)?);
        while wide.len() >= 4 {
            let (id, size) = (get16(wide, 0)?, get16(wide, 2)?);
            let mut values = slice(wide, 4, size)?.chunks_exact(8).map(|value| get64(value, 0));
            if id == 1 {
                if u64::from(get32(bytes, 24)?) == FULL {
                    values.next();
                }
                for narrow in [&mut packed, &mut offset] {
                    // A value is there only for a field that is full.
                    if *narrow == FULL {
                        *narrow = values.next().ok_or(ZipError::NotAZip)??;
                    }
                }
            }
            wide = &wide[4 + size..];
        }
        let entry = Self { name, deflated: get16(bytes, 10)? == 8, checksum: get32(bytes, 16)?, packed, offset };
        *rest = bytes.get(46 + names + extras + comments..).ok_or(ZipError::NotAZip)?;
        Ok(Some(entry))
    }
}

fn directory(file: &File, length: u64) -> Result<Vec<u8>, ZipError> {
    let tail_length = length.min(LONGEST_END);
    let tail = part(file, length, length - tail_length, tail_length)?;
    let mut places = (0..tail.len().saturating_sub(21)).rev();
    let place = places.find(|place| get32(&tail, *place).is_ok_and(|word| word == END)).ok_or(ZipError::NotAZip)?;
    let mut size = u64::from(get32(&tail, place + 12)?);
    let mut offset = u64::from(get32(&tail, place + 16)?);
    if offset == FULL {
        let locator = place.checked_sub(20).ok_or(ZipError::NotAZip)?;
        let end = part(file, length, get64(&tail, locator + 8)?, 56)?;
        if get32(&end, 0)? != END64 {
            return Err(ZipError::NotAZip);
        }
        (size, offset) = (get64(&end, 40)?, get64(&end, 48)?);
    }
    part(file, length, offset, size)
}

fn content(file: &File, length: u64, name: &str, entry: &Entry) -> Result<Vec<u8>, ZipError> {
    let head = part(file, length, entry.offset, 30)?;
    if get32(&head, 0)? != LOCAL {
        return Err(ZipError::NotAZip);
    }
    let skip = 30 + get16(&head, 26)? + get16(&head, 28)?;
    let packed = part(file, length, entry.offset + skip as u64, entry.packed)?;
    let bytes = if entry.deflated {
        let mut bytes = Vec::new();
        DeflateDecoder::new(packed.as_slice()).take(LARGEST).read_to_end(&mut bytes)?;
        bytes
    } else {
        packed
    };
    if checksum(&bytes) == entry.checksum { Ok(bytes) } else { Err(ZipError::BadChecksum(name.to_owned())) }
}

/// A part of the file, if there is so much of it.
fn part(file: &File, length: u64, offset: u64, size: u64) -> Result<Vec<u8>, ZipError> {
    let fits = offset.checked_add(size).is_some_and(|end| end <= length);
    if !fits || size > LARGEST {
        return Err(ZipError::NotAZip);
    }
    let mut bytes = vec![0; usize::try_from(size).unwrap_or_default()];
    file.read_exact_at(&mut bytes, offset)?;
    Ok(bytes)
}

fn slice(bytes: &[u8], at: usize, size: usize) -> Result<&[u8], ZipError> {
    bytes.get(at..at.saturating_add(size)).ok_or(ZipError::NotAZip)
}

fn get16(bytes: &[u8], at: usize) -> Result<usize, ZipError> {
    let found = slice(bytes, at, 2)?;
    Ok(usize::from(u16::from_le_bytes([found[0], found[1]])))
}

fn get32(bytes: &[u8], at: usize) -> Result<u32, ZipError> {
    let found = slice(bytes, at, 4)?;
    Ok(u32::from_le_bytes([found[0], found[1], found[2], found[3]]))
}

fn get64(bytes: &[u8], at: usize) -> Result<u64, ZipError> {
    let low = u64::from(get32(bytes, at)?);
    Ok(low | u64::from(get32(bytes, at + 4)?) << 32)
}

/// The old field, full when the number does not fit.
fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn put16(out: &mut Vec<u8>, number: usize) {
    out.extend(u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes());
}

fn put32(out: &mut Vec<u8>, number: u32) {
    out.extend(number.to_le_bytes());
}

fn put64(out: &mut Vec<u8>, number: u64) {
    out.extend(number.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;
    use std::process::Command;

    use super::*;

    fn made(payload: u64) -> (tempfile::NamedTempFile, u64) {
        let file = tempfile::NamedTempFile::new().unwrap();
        let entries = [
            ("metadata.json".to_owned(), Content::Bytes(b"{}".to_vec())),
            ("payload".to_owned(), Content::Payload(payload)),
            ("last".to_owned(), Content::Bytes(b"end".to_vec())),
        ];
        let length = write(file.as_file(), &entries).unwrap();
        (file, length)
    }

    #[test]
    fn what_was_written_is_read_and_a_truncated_file_is_no_zip() {
        for payload in [0, 5, 100_000, 3 * BLOCK, 3 * BLOCK + 5] {
            let (file, length) = made(payload);
            assert_eq!(file.as_file().metadata().unwrap().len(), length);
            assert_eq!(read(file.as_file(), "metadata.json").unwrap().unwrap(), b"{}");
            assert_eq!(read(file.as_file(), "last").unwrap().unwrap(), b"end");
            // Reading compares the computed checksum with the bytes.
            assert_eq!(read(file.as_file(), "payload").unwrap().unwrap().len() as u64, payload);
            assert!(read(file.as_file(), "other").unwrap().is_none());
            file.as_file().set_len(length * 2 / 5).unwrap();
            assert!(matches!(read(file.as_file(), "metadata.json"), Err(ZipError::NotAZip)));
        }
    }

    #[test]
    fn a_snapshot_of_many_gigabytes_costs_little_disk_and_is_read_all_the_same() {
        let (file, length) = made(5 << 30);
        assert!(length > 5 << 30);
        assert_eq!(read(file.as_file(), "metadata.json").unwrap().unwrap(), b"{}");
        assert_eq!(read(file.as_file(), "last").unwrap().unwrap(), b"end");
        assert!(file.as_file().metadata().unwrap().blocks() * 512 < 100 << 20);
    }

    #[test]
    fn python_takes_the_file_for_a_whole_zip() {
        let (file, _) = made(2 * BLOCK + 77);
        let program = "import sys, zipfile; sys.exit(zipfile.ZipFile(sys.argv[1]).testzip() is not None)";
        if let Ok(status) = Command::new("python3").args(["-c", program]).arg(file.path()).status() {
            assert!(status.success());
        }
    }

    #[test]
    fn deflated_entries_are_read_and_damaged_ones_are_noticed() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let program = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED); \
                       z.writestr('a.json', '[' + '1,' * 5000 + '1]'); z.close()";
        let made = Command::new("python3").args(["-c", program]).arg(file.path()).status();
        if made.is_ok_and(|status| status.success()) {
            assert_eq!(read(file.as_file(), "a.json").unwrap().unwrap().len(), 10_003);
        }
        let file = damaged();
        assert!(matches!(read(file.as_file(), "a"), Err(ZipError::BadChecksum(_))));
    }

    /// One entry, of which a byte was changed afterwards.
    fn damaged() -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let entries = [("a".to_owned(), Content::Bytes(b"hello".to_vec()))];
        write(file.as_file(), &entries).unwrap();
        file.as_file().write_all_at(b"j", 31).unwrap();
        file
    }
}
