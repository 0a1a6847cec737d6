//! A pack in the hands of a test: its files, put together again, and asked about.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};
use std::process::Command;

use engine::verify_evidence;
use futures::TryStreamExt as _;
use model::audit::Checkpoint;
use model::evidence::{Manifest, SCRIPT, Sum, message, name};
use model::id::{AuditKey, AuditSignature, RunId};
use model::people::Person;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde::de::DeserializeOwned;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::support::Story;

/// Its files by name.
#[derive(Clone)]
pub struct Pack(pub BTreeMap<String, Vec<u8>>);

/// What both verifiers said: exit codes, and words.
pub struct Said {
    pub codes: [Option<i32>; 2],
    pub words: [String; 2],
}

impl Pack {
    pub async fn taken(story: &Story, by: &Person, run: &RunId) -> Self {
        let pieces: Vec<Vec<u8>> = story.engine.evidence(by, run).await.unwrap().try_collect().await.unwrap();
        Self::unpacked(pieces.concat())
    }

    fn unpacked(zip: Vec<u8>) -> Self {
        let mut zip = ZipArchive::new(Cursor::new(zip)).unwrap();
        let files = (0..zip.len()).map(|at| {
            let mut file = zip.by_index(at).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            (file.name().unwrap().into_owned(), bytes)
        });
        Self(files.collect())
    }

    pub fn zip(&self) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in &self.0 {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.0[name].clone()).unwrap()
    }

    pub fn json<T: DeserializeOwned>(&self, name: &str) -> T {
        serde_json::from_slice(&self.0[name]).unwrap()
    }

    /// The same with one file changed.
    #[must_use]
    pub fn with(&self, name: &str, change: impl FnOnce(String) -> String) -> Self {
        let mut pack = self.clone();
        let changed = change(self.text(name));
        assert_ne!(changed, self.text(name), "nothing of {name} was changed");
        pack.0.insert(name.to_owned(), changed.into_bytes());
        pack
    }

    /// What somebody does who has no key of Drydock: digests, checkpoints and signature are made to fit again, with a key of
    /// their own.
    #[must_use]
    pub fn sealed_again(&self) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let key = AuditKey::new(hex::encode(pair.public_key())).unwrap();
        let sign = |message: &[u8]| AuditSignature::new(hex::encode(pair.sign(message))).unwrap();
        let mut pack = self.clone();
        let mut checkpoints = String::new();
        for line in self.text(name::CHECKPOINTS).lines() {
            let mut checkpoint: Checkpoint = serde_json::from_str(line).unwrap();
            checkpoint.statement.key = key.clone();
            checkpoint.signature = sign(&checkpoint.statement.message());
            checkpoints += &format!("{}\n", checkpoint.line());
        }
        pack.0.insert(name::CHECKPOINTS.to_owned(), checkpoints.into_bytes());
        let mut manifest: Manifest = self.json(name::MANIFEST);
        manifest.key = key;
        let members = pack.0.iter().filter(|(name, _)| ![name::MANIFEST, name::SIGNATURE].contains(&name.as_str()));
        let sum = |(name, bytes): (&String, &Vec<u8>)| {
            let mut sum = Sum::default();
            sum.take(bytes);
            sum.member(name)
        };
        manifest.members = members.map(sum).collect();
        let manifest = serde_json::to_vec_pretty(&manifest).unwrap();
        pack.0.insert(name::SIGNATURE.to_owned(), sign(&message(&manifest)).to_string().into_bytes());
        pack.0.insert(name::MANIFEST.to_owned(), manifest);
        pack
    }

    pub fn believed(&self, key: Option<&AuditKey>) -> [Option<i32>; 2] {
        let Said { codes, words } = checked(&self.zip(), key);
        assert!(codes.iter().all(|code| code.is_some_and(|code| code != 1)), "{words:?}");
        codes
    }
}

/// Asks Drydock, and the program outside.
pub fn checked(zip: &[u8], key: Option<&AuditKey>) -> Said {
    let keys: Vec<AuditKey> = key.into_iter().cloned().collect();
    let (code, word) = match verify_evidence(Cursor::new(zip), &keys) {
        Ok(intact) if intact.is_confirmed() => (0, String::new()),
        Ok(_) => (3, String::new()),
        Err(problem) => (1, problem.to_string()),
    };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pack.zip"), zip).unwrap();
    std::fs::write(folder.path().join("check.py"), SCRIPT).unwrap();
    // -I: nothing that happens to lie about is taken for a part of Python.
    let mut python = Command::new("python3");
    python.current_dir(folder.path()).args(["-I", "check.py"]);
    if let Some(key) = key {
        python.args(["--key", key.as_str()]);
    }
    let output = python.arg("pack.zip").output().expect("python3 is needed for this test");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    Said { codes: [Some(code), output.status.code()], words: [word, said] }
}
