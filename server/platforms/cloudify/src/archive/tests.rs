//! What is kept, and what is refused.

use std::io::{Cursor, Write as _};
use std::sync::Arc;

use model::id::SnapshotId;
use remote::Secret;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{ArchiveError, Archives, Sealer};

struct Mirror;

impl Sealer for Mirror {
    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, String> {
        Ok(plain.iter().rev().copied().collect())
    }
    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, String> {
        self.seal(sealed)
    }
}

fn snapshot() -> SnapshotId {
    SnapshotId::new("move-1").unwrap()
}

fn made(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn of_a_manager() -> Vec<u8> {
    made(&[
        ("metadata.json", br#"{"snapshot_version": "4.2.0", "schema_revision": "x"}"#),
        ("networks.json", br#"{"default": "10.0.0.5"}"#),
        ("agents.json", br#"{"team": {"web": {"vm": {"vm_1": {"version": "4.2"}, "vm_2": {}}}}}"#),
        ("pg_data", &[7; 5000]),
    ])
}

async fn come(archives: &Archives, bytes: &[u8]) -> Result<model::cloudify::KeptArchive, ArchiveError> {
    let mut coming = archives.receive(&snapshot()).await.unwrap();
    coming.take(bytes).await.unwrap();
    archives.keep(&snapshot(), coming).await
}

#[tokio::test]
async fn what_comes_whole_is_kept_and_proven_again() {
    let folder = tempfile::tempdir().unwrap();
    let archives = Archives::new(folder.path().join("of"), Arc::new(Mirror));
    let kept = come(&archives, &of_a_manager()).await.unwrap();
    assert_eq!(kept.version.to_string(), "4.2.0");
    assert_eq!(kept.networks, ["default".to_owned()].into());
    assert_eq!(kept.agents.values().next().unwrap().values().next().unwrap().len(), 2);
    assert_eq!(archives.list().await, vec![kept.clone()]);
    assert_eq!(archives.prove(&snapshot(), &["4.2.0".to_owned()].into()).await.unwrap(), kept);
    let other = archives.prove(&snapshot(), &["4.1.0-p3-4.0.1".to_owned()].into()).await.unwrap_err();
    assert!(other.to_string().contains("S3"), "{other}");
    std::fs::write(folder.path().join("of/move-1.zip"), b"somebody was here").unwrap();
    let damaged = archives.prove(&snapshot(), &["4.2.0".to_owned()].into()).await.unwrap_err();
    assert!(matches!(damaged, ArchiveError::Damaged { .. }), "{damaged}");
}

#[tokio::test]
async fn what_is_no_snapshot_is_refused_and_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let archives = Archives::new(folder.path(), Arc::new(Mirror));
    let whole = of_a_manager();
    let mut broken = whole.clone();
    // Behind the head of its first part, 30 bytes and a name of 13.
    broken[50] ^= 0xff;
    for bytes in [b"<html>no</html>".to_vec(), whole[..whole.len() / 2].to_vec(), made(&[("readme", b"hello")]), broken]
    {
        let error = come(&archives, &bytes).await.unwrap_err();
        assert!(matches!(error, ArchiveError::NotAZip(_)), "{error}");
        assert_eq!(archives.list().await, vec![]);
        assert_eq!(archives.receive(&snapshot()).await.unwrap().there, 0, "the next try begins anew");
    }
}

#[tokio::test]
async fn a_bomb_is_not_unpacked_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let archives = Archives::new(folder.path(), Arc::new(Mirror));
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(
        "pg_data",
        SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).large_file(true),
    )
    .unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..1100 {
        zip.write_all(&zeros).unwrap();
    }
    let error = come(&archives, &zip.finish().unwrap().into_inner()).await.unwrap_err();
    assert!(matches!(error, ArchiveError::Bomb { .. }), "{error}");
}

#[tokio::test]
async fn a_transfer_goes_on_where_it_has_stopped_and_two_are_not_at_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let archives = Archives::new(folder.path(), Arc::new(Mirror));
    let whole = of_a_manager();
    let mut coming = archives.receive(&snapshot()).await.unwrap();
    assert!(matches!(archives.receive(&snapshot()).await.err(), Some(ArchiveError::InUse(_))));
    coming.take(&whole[..100]).await.unwrap();
    tokio::io::AsyncWriteExt::flush(&mut coming.file).await.unwrap();
    drop(coming);
    let mut coming = archives.receive(&snapshot()).await.unwrap();
    assert_eq!(coming.there, 100);
    coming.take(&whole[100..]).await.unwrap();
    assert_eq!(archives.keep(&snapshot(), coming).await.unwrap().bytes, whole.len() as u64);
}

#[tokio::test]
async fn passwords_and_salts_lie_sealed() {
    let folder = tempfile::tempdir().unwrap();
    let archives = Archives::new(folder.path(), Arc::new(Mirror));
    archives.keep_password(&snapshot(), "er/ika", &Secret::new("s3cret".to_owned())).unwrap();
    assert_eq!(archives.password(&snapshot(), "er/ika").unwrap().unwrap().expose(), "s3cret");
    assert!(archives.password(&snapshot(), "otto").unwrap().is_none());
    assert!(archives.keep_security(&snapshot(), b"no json").is_err());
    archives.keep_security(&snapshot(), br#"{"hash_salt": "pepper"}"#).unwrap();
    assert!(archives.has_security(&snapshot()).unwrap());
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let text = String::from_utf8_lossy(&std::fs::read(entry.unwrap().path()).unwrap()).into_owned();
        assert!(!text.contains("s3cret") && !text.contains("pepper"), "{text}");
    }
}
