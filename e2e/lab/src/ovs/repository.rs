//! The package repository: small real packages, made when the lab starts.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use sha2::{Digest as _, Sha256};
use tokio::process::Command;

use super::config::OvsGeneration;
use super::packages::{Package, packages, upstream};

macro_rules! part {
    ($name:literal) => {
        include_str!(concat!("../../ovs/package/", $name))
    };
}

/// Where nodes find it.
pub(crate) const ON_NODE: &str = "/run/ovs-repo";

/// The file name of a package's version.
pub(crate) fn deb(name: &str, version: &str) -> String {
    format!("{name}_{version}_amd64.deb")
}

/// Builds all packages in both versions, and the index of the repository.
pub(crate) async fn build(generation: OvsGeneration, work: &Path, repo: &Path) -> io::Result<()> {
    let pool = repo.join("pool");
    std::fs::create_dir_all(&pool)?;
    let mut controls = Vec::new();
    let mut script = String::from("set -eu\n");
    for package in packages(generation) {
        for version in [package.old, package.new] {
            let dir = work.join(format!("{}_{version}", package.name));
            let control = control(&package, version);
            write_tree(&package, version, &control, &dir)?;
            let file = deb(package.name, version);
            let target = pool.join(&file);
            let _ = writeln!(
                script,
                "dpkg-deb --root-owner-group -Zgzip -z1 -b '{}' '{}' >/dev/null",
                dir.display(),
                target.display()
            );
            controls.push((control, file));
        }
    }
    let built = Command::new("sh").args(["-c", &script]).stdin(Stdio::null()).output().await?;
    if !built.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&built.stderr).into_owned()));
    }
    index(&controls, &pool, repo)
}

fn index(controls: &[(String, String)], pool: &Path, repo: &Path) -> io::Result<()> {
    const LIST: &str = "main/binary-amd64/Packages";
    let mut list = String::new();
    for (control, file) in controls {
        let bytes = std::fs::read(pool.join(file))?;
        let digest = hex(&Sha256::digest(&bytes));
        let _ = writeln!(list, "{control}Filename: pool/{file}\nSize: {}\nSHA256: {digest}\n", bytes.len());
    }
    let suite = repo.join("dists/unstable");
    std::fs::create_dir_all(suite.join("main/binary-amd64"))?;
    std::fs::write(suite.join(LIST), &list)?;
    let digest = hex(&Sha256::digest(&list));
    let release = format!(
        "Origin: Open vStorage\nLabel: Open vStorage\nSuite: unstable\nCodename: unstable\n\
         Architectures: amd64\nComponents: main\nDate: Thu, 01 Jan 2015 00:00:00 UTC\n\
         SHA256:\n {digest} {} {LIST}\n",
        list.len()
    );
    std::fs::write(suite.join("Release"), release)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn control(package: &Package, version: &str) -> String {
    let fields = package.fields.replace("=V", &format!("= {version}"));
    let line_end = if fields.is_empty() { "" } else { "\n" };
    format!(
        "Package: {}\nVersion: {version}\nArchitecture: amd64\nMaintainer: CloudFounders\n{fields}{line_end}\
         Description: Open vStorage, simulated\n",
        package.name
    )
}

/// A file of a package.
struct Piece {
    path: PathBuf,
    text: String,
    program: bool,
}

fn write_tree(package: &Package, version: &str, control: &str, dir: &Path) -> io::Result<()> {
    let pieces = contents(package, version);
    for piece in &pieces {
        let path = dir.join(&piece.path);
        write(&path, &piece.text, piece.program)?;
    }
    let debian = dir.join("DEBIAN");
    write(&debian.join("control"), control, false)?;
    let conffiles: Vec<String> = pieces
        .iter()
        .filter(|piece| piece.path.starts_with("etc"))
        .map(|piece| format!("/{}\n", piece.path.display()))
        .collect();
    if !conffiles.is_empty() {
        write(&debian.join("conffiles"), &conffiles.concat(), false)?;
    }
    let gate = if package.is_gated() { part!("gate.sh") } else { "" };
    let effects = match package.name {
        "openvstorage-core" => part!("post_core.sh"),
        "openvstorage-webapps" => part!("post_webapps.sh"),
        "openvstorage-sdm" => part!("post_sdm.sh"),
        _ => "",
    };
    let fill = |text: &str| text.replace("@PACKAGE@", package.name).replace("@VERSION@", version);
    write(&debian.join("preinst"), &fill(&format!("{}{gate}", part!("preinst.sh"))), true)?;
    write(&debian.join("postinst"), &fill(&format!("{}{effects}", part!("postinst.sh"))), true)
}

fn write(path: &Path, text: &str, program: bool) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(path, text)?;
    crate::machine::set_mode(path, if program { 0o755 } else { 0o644 })
}

/// What a package brings. Files under `etc` are conffiles, the rest is overwritten without asking (5.5).
fn contents(package: &Package, version: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut add = |path: &str, text: &str, program: bool| {
        let text = text
            .replace("@VERSION@", version)
            .replace("@UPSTREAM@", upstream(version))
            .replace("@PACKAGE@", package.name);
        pieces.push(Piece { path: path.into(), text, program });
    };
    add(&format!("usr/share/{}/version", package.name), "@VERSION@\n", false);
    match package.name {
        "alba" => add("usr/bin/alba", part!("alba"), true),
        "arakoon" => add("usr/bin/arakoon", part!("arakoon"), true),
        "openvstorage-core" => {
            const MODULE: &str = "# @PACKAGE@ @VERSION@\n";
            const ROOT: &str = "opt/OpenvStorage/ovs";
            for dir in ["", "/dal", "/extensions", "/extensions/migration", "/lib"] {
                add(&format!("{ROOT}{dir}/__init__.py"), MODULE, false);
            }
            add(&format!("{ROOT}/simulation.py"), part!("simulation.py"), false);
            add(&format!("{ROOT}/dal/helpers.py"), part!("helpers.py"), false);
            add(&format!("{ROOT}/extensions/migration/migrator.py"), part!("migrator.py"), false);
            add(&format!("{ROOT}/lib/update.py"), part!("update.py"), false);
            add(&format!("{ROOT}/lib/vdisk.py"), MODULE, false);
            add("usr/bin/ovs", part!("ovs"), true);
            add("etc/logrotate.d/openvstorage", part!("logrotate"), false);
        }
        "openvstorage-webapps" => {
            add("opt/OpenvStorage/webapps/api/__init__.py", "# @PACKAGE@ @VERSION@\n", false);
            add("etc/nginx/sites-available/openvstorage_ssl.conf", part!("nginx_ssl.conf"), false);
        }
        "openvstorage-backend-core" => {
            add("opt/OpenvStorage/ovs/lib/albacontroller.py", "# @PACKAGE@ @VERSION@\n", false);
        }
        name if name.starts_with("volumedriver") && name.ends_with("-server") => {
            add("usr/bin/volumedriver_fs", part!("volumedriver_fs"), true);
        }
        _ => {}
    }
    pieces
}
