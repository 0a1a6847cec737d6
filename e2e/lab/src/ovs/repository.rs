//! The package repository: small real packages, made when the lab starts.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::config::OvsGeneration;
use super::deb::{Piece, assemble};
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
pub(crate) fn build(generation: OvsGeneration, repo: &Path) -> io::Result<()> {
    let pool = repo.join("pool");
    std::fs::create_dir_all(&pool)?;
    let mut list = String::new();
    for package in packages(generation) {
        for version in [package.old, package.new] {
            let control = control(&package, version);
            let data = contents(&package, version);
            let bytes = assemble(&information(&package, version, &control, &data), &data)?;
            let file = deb(package.name, version);
            std::fs::write(pool.join(&file), &bytes)?;
            let digest = hex(&Sha256::digest(&bytes));
            let _ = writeln!(list, "{control}Filename: pool/{file}\nSize: {}\nSHA256: {digest}\n", bytes.len());
        }
    }
    index(&list, repo)
}

fn index(list: &str, repo: &Path) -> io::Result<()> {
    const LIST: &str = "main/binary-amd64/Packages";
    let suite = repo.join("dists/unstable");
    std::fs::create_dir_all(suite.join("main/binary-amd64"))?;
    std::fs::write(suite.join(LIST), list)?;
    let digest = hex(&Sha256::digest(list));
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

/// What dpkg is to know about a package and to do with it.
fn information(package: &Package, version: &str, control: &str, data: &[Piece]) -> Vec<Piece> {
    let gate = if package.is_gated() { part!("gate.sh") } else { "" };
    let effects = match package.name {
        "openvstorage-core" => part!("post_core.sh"),
        "openvstorage-webapps" => part!("post_webapps.sh"),
        "openvstorage-sdm" => part!("post_sdm.sh"),
        _ => "",
    };
    let fill = |text: &str| text.replace("@PACKAGE@", package.name).replace("@VERSION@", version);
    let piece = |path: &str, text: String, program| Piece { path: path.to_owned(), text, program };
    let mut pieces = vec![
        piece("control", control.to_owned(), false),
        piece("preinst", fill(&format!("{}{gate}", part!("preinst.sh"))), true),
        piece("postinst", fill(&format!("{}{effects}", part!("postinst.sh"))), true),
    ];
    let conffiles: String =
        data.iter().filter(|piece| piece.path.starts_with("etc/")).map(|piece| format!("/{}\n", piece.path)).collect();
    if !conffiles.is_empty() {
        pieces.push(piece("conffiles", conffiles, false));
    }
    pieces
}

/// What a package brings. Files under `etc` are conffiles, the rest is overwritten without asking (5.5).
fn contents(package: &Package, version: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut add = |path: &str, text: &str, program: bool| {
        let text = text
            .replace("@VERSION@", version)
            .replace("@UPSTREAM@", upstream(version))
            .replace("@PACKAGE@", package.name);
        pieces.push(Piece { path: path.to_owned(), text, program });
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
