//! Whether a step has to be done again: a digest of everything it reads, kept beside what it made.
//!
//! Contents and not times, because a fresh clone has new times and a restored cache has old ones.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::{
    error::Error,
    paths::{Paths, files_below, read, write},
};

pub struct Stamp {
    file: PathBuf,
    digest: String,
}

impl Stamp {
    /// `salt` is what the step depends on beside files: flags, or which compiler.
    pub fn of(paths: &Paths, step: &str, inputs: &[PathBuf], salt: &str) -> Result<Self, Error> {
        let mut hash = Sha256::new();
        hash.update(salt);
        for input in inputs {
            let files = if input.is_dir() { files_below(input)? } else { vec![input.clone()] };
            for file in files {
                let content = read(&file)?;
                // Two clones of the same content are the same, wherever they lie.
                let name = file.strip_prefix(&paths.root).unwrap_or(&file);
                hash.update(name.to_string_lossy().as_bytes());
                hash.update((content.len() as u64).to_le_bytes());
                hash.update(content);
            }
        }
        Ok(Self { file: paths.work().join(format!("{step}.stamp")), digest: hex::encode(hash.finalize()) })
    }

    /// Whether `made` is what the step would make again.
    pub fn is_fresh(&self, made: &[&Path]) -> bool {
        made.iter().all(|path| path.exists()) && fs::read_to_string(&self.file).is_ok_and(|known| known == self.digest)
    }

    /// To be called when the step has succeeded, never before.
    pub fn keep(&self) -> Result<(), Error> {
        write(&self.file, self.digest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_input_a_changed_salt_or_a_lost_output_is_not_fresh() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths { root: folder.path().into(), target: folder.path().join("target") };
        let input = folder.path().join("input");
        let made = folder.path().join("made");
        fs::write(&input, "one").unwrap();
        fs::write(&made, "made").unwrap();
        let stamp = |salt: &str| Stamp::of(&paths, "step", std::slice::from_ref(&input), salt).unwrap();

        assert!(!stamp("a").is_fresh(&[&made]), "nothing was kept yet");
        stamp("a").keep().unwrap();
        assert!(stamp("a").is_fresh(&[&made]));
        assert!(!stamp("b").is_fresh(&[&made]), "other flags");
        assert!(!stamp("a").is_fresh(&[&made, &folder.path().join("lost")]));
        fs::write(&input, "two").unwrap();
        assert!(!stamp("a").is_fresh(&[&made]), "other content");
    }
}
