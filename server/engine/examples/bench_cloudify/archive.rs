//! An archive of 4 GB: from the old manager to Drydock, and on to the new one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cloudify::{AdminPassword, Archives, Cloudify, Passwords, Sealer};
use model::id::SnapshotId;
use model::plan::{CloudifyCall, Side};
use model::submission::{JobStatus, Submitted};
use model::time::Timestamp;
use remote::http::Moved;
use remote::{LocalRemote, Secret};

use crate::curl::{self, Curl};
use crate::managers::Managers;
use crate::measured::{Measured, row, verdict};
use crate::memory;

const BYTES: u64 = 4_000_000_000;
const SNAPSHOT: &str = "bench";
const ROUNDS: usize = 3;
/// What may be added to resident memory while an archive is moved, in MB.
const GROWTH: f64 = 32.0;
/// Of the speed of `curl`.
const SHARE: f64 = 0.8;

#[derive(Default)]
struct Times {
    curl_down: Measured,
    curl_sure: Measured,
    curl_up: Measured,
    down: Measured,
    kept: Measured,
    up: Measured,
    grown: Measured,
    most_grown: f64,
}

pub async fn measure(lab: &Path) {
    let folder = tempfile::Builder::new().prefix("drydock-bench-").tempdir().unwrap();
    let managers = Managers::start(lab, &["--payload", &BYTES.to_string()]);
    let place = Place::new(folder.path(), &managers);
    place.create().await;
    let mut times = Times::default();
    for round in 0..ROUNDS {
        // Whoever goes first has no advantage in the end.
        if round % 2 == 0 {
            place.by_curl(round, &mut times);
            place.by_drydock(round, &mut times).await;
        } else {
            place.by_drydock(round, &mut times).await;
            place.by_curl(round, &mut times);
        }
    }
    times.show();
}

struct Place {
    folder: PathBuf,
    archives: PathBuf,
    client: Cloudify,
    old: Curl,
    new: Curl,
}

impl Place {
    fn new(folder: &Path, managers: &Managers) -> Self {
        let (old, new) = (&managers.details.old, &managers.details.new);
        let archives = folder.join("archives");
        let password = |text: &str| AdminPassword(Secret::new(text.to_owned()));
        let passwords = Passwords { old: password(&old.password), new: password(&new.password) };
        let client = Cloudify::new(
            &managers.settings(folder),
            &passwords,
            BTreeMap::new(),
            Arc::new(LocalRemote::new().unwrap()),
            Archives::new(archives.clone(), Arc::new(NoKey)),
            now,
        );
        Self {
            folder: folder.to_owned(),
            archives,
            client: client.unwrap(),
            old: Curl::to(old, folder.join("curl-old")),
            new: Curl::to(new, folder.join("curl-new")),
        }
    }

    async fn create(&self) {
        let call = CloudifyCall::CreateSnapshot { on: Side::Old, snapshot: id(SNAPSHOT), options: BTreeSet::new() };
        let Submitted::Job(job) = self.client.submit(&call).await.unwrap() else { panic!("no execution was begun") };
        loop {
            match self.client.job(&call, &job).await.unwrap() {
                JobStatus::Pending => tokio::time::sleep(Duration::from_millis(100)).await,
                JobStatus::Succeeded { .. } => return,
                other => panic!("there is no snapshot: {other:?}"),
            }
        }
    }

    fn by_curl(&self, round: usize, times: &mut Times) {
        let file = self.folder.join("by-curl.zip");
        curl::settle();
        let down = self.old.download(SNAPSHOT, &file);
        times.curl_down.seconds(down);
        times.curl_sure.seconds(down + curl::made_sure(&file));
        times.curl_up.seconds(self.new.upload(&format!("curl-{round}"), &file));
        std::fs::remove_file(&file).unwrap();
    }

    async fn by_drydock(&self, round: usize, times: &mut Times) {
        curl::settle();
        let before = memory::now();
        memory::forget_peak();
        let keep = CloudifyCall::KeepArchive { snapshot: id(SNAPSHOT) };
        let (down, kept) = self.moved(&keep).await;
        times.down.seconds(down);
        times.kept.seconds(kept);
        let snapshot = id(&format!("drydock-{round}"));
        let bring = CloudifyCall::UploadArchive { on: Side::New, archive: id(SNAPSHOT), snapshot };
        times.up.seconds(self.moved(&bring).await.1);
        let grown = memory::peak() - before;
        times.grown.add(grown);
        times.most_grown = times.most_grown.max(grown);
        std::fs::remove_dir_all(&self.archives).unwrap();
    }

    /// How long until every byte has been moved, and until the call was done.
    async fn moved(&self, call: &CloudifyCall) -> (Duration, Duration) {
        let (moved, begun) = (Moved::default(), Instant::now());
        let watched = async {
            while moved.bytes() < BYTES {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            begun.elapsed()
        };
        let done = async {
            let said = self.client.transfer(call, &moved).await.unwrap();
            eprintln!("    {:.1} s: {said}", begun.elapsed().as_secs_f64());
            begun.elapsed()
        };
        tokio::join!(watched, done)
    }
}

impl Times {
    fn show(&self) {
        let share = |curl: &Measured, drydock: &Measured| curl.median() / drydock.median();
        row("4 GB from the old manager into a file: curl", &self.curl_down.words("s"));
        row("the same by Drydock, until every byte has come", &self.down.words("s"));
        row("speed of Drydock / speed of curl", &format!("{:.2}", share(&self.curl_down, &self.down)));
        row("curl, sync and sha256sum", &self.curl_sure.words("s"));
        row("Drydock, until it is on the disk, hashed, and every part of the zip checked", &self.kept.words("s"));
        row("speed of the one / speed of the others", &format!("{:.2}", share(&self.curl_sure, &self.kept)));
        row("4 GB from a file to the new manager: curl", &self.curl_up.words("s"));
        row("the same by Drydock", &self.up.words("s"));
        row("speed of Drydock / speed of curl", &format!("{:.2}", share(&self.curl_up, &self.up)));
        let moved = share(&self.curl_down, &self.down).min(share(&self.curl_up, &self.up));
        row("goal: moved at 0.8 of the speed of curl", verdict(moved >= SHARE));
        row("Drydock's memory: the most above what it was before, both ways", &self.grown.words("MB"));
        row("goal: at most 32 MB", verdict(self.most_grown <= GROWTH));
    }
}

fn id(text: &str) -> SnapshotId {
    SnapshotId::new(text).unwrap()
}

fn now() -> Timestamp {
    Timestamp(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap())
}

/// Moving an archive seals nothing.
struct NoKey;

impl Sealer for NoKey {
    fn seal(&self, _plain: &[u8]) -> Result<Vec<u8>, String> {
        Err("there is no key".to_owned())
    }
    fn open(&self, _sealed: &[u8]) -> Result<Vec<u8>, String> {
        Err("there is no key".to_owned())
    }
}
