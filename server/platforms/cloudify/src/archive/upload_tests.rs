//! Files that people bring: in parts, resumed, refused.

use std::io::Write as _;
use std::sync::Arc;

use model::cloudify::UploadState;
use model::id::SnapshotId;
use model::time::Timestamp;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

use super::{Archives, Sealer, UploadError};

struct Plain;

impl Sealer for Plain {
    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, String> {
        Ok(plain.to_vec())
    }

    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, String> {
        Ok(sealed.to_vec())
    }
}

const NOW: Timestamp = Timestamp(1_790_000_000_000);

fn archives() -> (TempDir, Archives, SnapshotId) {
    let folder = tempfile::tempdir().unwrap();
    let archives = Archives::new(folder.path().join("archives"), Arc::new(Plain));
    (folder, archives, SnapshotId::new("before_monday").unwrap())
}

fn zip_of(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn snapshot_zip() -> Vec<u8> {
    // Noise, which does not shrink.
    let mut seed = 1_u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed.to_be_bytes()[0]
    };
    let blob: Vec<u8> = (0..300_000).map(|_| noise()).collect();
    zip_of(&[("metadata.json", br#"{"snapshot_version":"4.2.0"}"#), ("pg_data", &blob)])
}

#[tokio::test]
async fn a_file_that_comes_in_parts_is_kept_whole_and_its_hash_is_that_of_the_file() {
    let (_folder, archives, name) = archives();
    let bytes = snapshot_zip();
    let of = bytes.len() as u64;
    for part in bytes.chunks(100_000) {
        // Each part by another request, as after a lost link or a restart.
        let mut incoming = archives.incoming(&name, of, "olaf", NOW).unwrap();
        incoming.take(part).await.unwrap();
        incoming.settle().await.unwrap();
    }
    let told = archives.uploads().await;
    assert_eq!((told.len(), told[0].there, told[0].by.as_str()), (1, of, "olaf"));
    assert_eq!(told[0].state, UploadState::Incomplete, "nobody looks at it after a restart, and nobody is told so");
    let incoming = archives.incoming(&name, of, "olaf", NOW).unwrap();
    assert!(incoming.is_whole());
    assert_eq!(archives.upload(&name).unwrap().state, UploadState::Checking);
    let kept = archives.complete(&name, incoming).await.unwrap();
    assert_eq!(kept.sha256, hex::encode(Sha256::digest(&bytes)));
    assert_eq!((kept.bytes, kept.version.to_string().as_str()), (of, "4.2.0"));
    assert_eq!(archives.upload(&name).unwrap().state, UploadState::Kept);
    assert!(archives.uploads().await.is_empty(), "nothing is on its way any more");
    let again = archives.incoming(&name, of, "olaf", NOW).unwrap_err();
    assert_eq!(again, UploadError::Kept("before_monday".to_owned()));
}

#[tokio::test]
async fn two_requests_never_write_at_once_and_another_file_does_not_go_on_behind_this_one() {
    let (_folder, archives, name) = archives();
    let mut first = archives.incoming(&name, 1000, "olaf", NOW).unwrap();
    first.take(b"PK").await.unwrap();
    assert!(matches!(archives.incoming(&name, 1000, "olaf", NOW).unwrap_err(), UploadError::Archive(_)));
    assert!(archives.discard(&name).is_err(), "it is being written");
    first.settle().await.unwrap();
    drop(first);
    let other = archives.incoming(&name, 999, "eve", NOW).unwrap_err();
    assert!(matches!(other, UploadError::AnotherFile { known: 1000, given: 999, .. }), "{other}");
    archives.discard(&name).unwrap();
    assert!(archives.uploads().await.is_empty());
    assert_eq!(archives.incoming(&name, 999, "eve", NOW).unwrap().there(), 0);
}

#[tokio::test]
async fn more_than_was_told_or_than_fits_is_not_taken() {
    let (_folder, archives, name) = archives();
    let mut incoming = archives.incoming(&name, 3, "olaf", NOW).unwrap();
    assert_eq!(incoming.take(b"four").await.unwrap_err(), UploadError::TooMuch(3));
    drop(incoming);
    archives.discard(&name).unwrap();
    let error = archives.incoming(&name, 1 << 60, "olaf", NOW).unwrap_err();
    assert!(matches!(error, UploadError::NoRoom { wanted, .. } if wanted == 1 << 60), "{error}");
    assert!(archives.uploads().await.is_empty(), "nothing was begun");
    assert_eq!(archives.incoming(&name, 0, "olaf", NOW).unwrap_err(), UploadError::Empty);
}

async fn brought(archives: &Archives, name: &SnapshotId, bytes: &[u8]) -> UploadError {
    let mut incoming = archives.incoming(name, bytes.len() as u64, "olaf", NOW).unwrap();
    incoming.take(bytes).await.unwrap();
    archives.complete(name, incoming).await.unwrap_err()
}

#[tokio::test]
async fn what_is_no_snapshot_is_refused_in_clear_words_and_gone() {
    let (_folder, archives, name) = archives();
    let cut = &snapshot_zip()[..200_000];
    let nothing = zip_of(&[("readme.txt", b"hello")]);
    for (bytes, words) in [(b"a letter".as_slice(), "not the zip"), (cut, "not the zip"), (&nothing, "metadata.json")] {
        let error = brought(&archives, &name, bytes).await.to_string();
        assert!(error.contains(words), "{error}");
        let told = archives.upload(&name).unwrap();
        assert!(matches!(&told.state, UploadState::Refused(why) if why.contains(words)), "{told:?}");
        assert_eq!(told.there, 0, "its bytes are gone");
        archives.discard(&name).unwrap();
    }
}

#[tokio::test]
async fn a_zip_that_would_fill_the_disk_when_it_is_unpacked_is_refused() {
    let (_folder, archives, name) = archives();
    // 1.2 GiB of zeros shrink to a thousandth; what is read is bounded, and nothing is unpacked to disk.
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("pg_data", SimpleFileOptions::default()).unwrap();
    let zeros = vec![0_u8; 1 << 20];
    for _ in 0..1229 {
        zip.write_all(&zeros).unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    let error = brought(&archives, &name, &bytes).await.to_string();
    assert!(error.contains("unpacked"), "{error}");
}
