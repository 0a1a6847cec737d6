//! Debian packages, put together here: as a process for each of dozens of packages they would take longer than everything
//! else that a cluster needs to come up.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::Path;

use tar::{Builder, EntryType, Header};

/// A file in a package.
pub(super) struct Piece {
    /// Without a slash at the beginning.
    pub(super) path: String,
    pub(super) text: String,
    pub(super) program: bool,
}

/// The file of a package, as deb(5) has it. Not compressed, which dpkg takes since 1.17.6.
pub(super) fn assemble(control: &[Piece], data: &[Piece]) -> io::Result<Vec<u8>> {
    let mut file = b"!<arch>\n".to_vec();
    add_member(&mut file, "debian-binary", b"2.0\n")?;
    add_member(&mut file, "control.tar", &archive(control)?)?;
    add_member(&mut file, "data.tar", &archive(data)?)?;
    Ok(file)
}

/// Of ar(5): a header of 60 characters, the bytes, and one more if they are odd.
fn add_member(file: &mut Vec<u8>, name: &str, bytes: &[u8]) -> io::Result<()> {
    writeln!(file, "{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`", 0, 0, 0, "100644", bytes.len())?;
    file.write_all(bytes)?;
    if bytes.len() % 2 == 1 {
        file.push(b'\n');
    }
    Ok(())
}

/// dpkg makes no directory that is not listed before what is in it.
fn archive(pieces: &[Piece]) -> io::Result<Vec<u8>> {
    let mut builder = Builder::new(Vec::new());
    let above = |piece| Path::new(piece).ancestors().skip(1);
    let dirs: BTreeSet<&Path> =
        pieces.iter().flat_map(|piece| above(&piece.path)).filter(|dir| !dir.as_os_str().is_empty()).collect();
    for dir in dirs {
        let mut header = header(EntryType::Directory, 0o755, 0);
        builder.append_data(&mut header, dir, io::empty())?;
    }
    for piece in pieces {
        let mode = if piece.program { 0o755 } else { 0o644 };
        let mut header = header(EntryType::Regular, mode, piece.text.len() as u64);
        builder.append_data(&mut header, &piece.path, piece.text.as_bytes())?;
    }
    builder.into_inner()
}

fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}
