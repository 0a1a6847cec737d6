//! What the scripts promise.

use model::id::HostName;
use model::open_vstorage::{
    Component, CopyPlace, Distribution, Duty, FileRights, Init, Manager, SealedCopy, StoredCopy, UnitState,
    VersionOrder,
};
use model::procedure::FileOn;
use model::time::Timestamp;

use super::{Ended, Rig, SHELLS};
use crate::discovery::node::{self, LOOK};
use crate::planner::scripts::{
    BRING_COPY, FETCH, FETCHED, FILES_KEPT, FLAGS_CLEAR, FLAGS_CLEAR_PROOF, FLAGS_SET, FLAGS_SET_PROOF, IDLE, INSTALL,
    KEEP_FILES, PUT_BACK, READ_COPY, RESTART_MEMBER, RUNNING, START, START_NO_WAIT, STOP, STOPPED, UPDATER_READY_PROOF,
    UPDATER_START, UPDATER_STARTED, UPDATER_WATCH, VERSIONS,
};

#[track_caller]
fn ends(ended: &Ended, code: i32, words: &str) {
    assert_eq!(ended.code, code, "{}", ended.said);
    assert!(ended.said.contains(words), "{words:?} is not in {:?}", ended.said);
}

fn each(test: impl Fn(&Rig)) {
    for shell in SHELLS {
        test(&Rig::new(shell));
    }
}

fn managers() -> [&'static str; 3] {
    ["upstart", "sysv", "systemd"]
}

#[test]
fn a_unit_is_stopped_and_started_and_both_are_seen() {
    each(|rig| {
        for manager in managers() {
            let unit = format!("memcached-{manager}");
            rig.unit(&unit, true);
            let args = [manager, unit.as_str()];
            ends(&rig.run(RUNNING, &args), 0, "runs");
            ends(&rig.run(STOPPED, &args), 1, "is running");
            ends(&rig.run(STOP, &args), 0, "is stopped now");
            assert!(!rig.is_up(&unit));
            ends(&rig.run(STOPPED, &args), 0, "is stopped");
            // Stopped already: with upstart the bare command would fail.
            ends(&rig.run(STOP, &args), 0, "is stopped");
            ends(&rig.run(RUNNING, &args), 1, "is stopped");
            ends(&rig.run(START, &args), 0, "is running now");
            ends(&rig.run(START, &args), 0, "is running");
            ends(&rig.run(RUNNING, &args), 0, "runs");
        }
    });
}

#[test]
fn a_process_that_outlives_its_unit_is_seen() {
    each(|rig| {
        rig.unit("ovs-dtl_vpool1", true);
        let args = ["upstart", "ovs-dtl_vpool1"];
        let pid = rig.read("units/ovs-dtl_vpool1").trim().to_owned();
        rig.write("stubborn", "");
        ends(&rig.run(STOP, &args), 0, "is stopped now");
        ends(&rig.run(STOPPED, &args), 1, &format!("still there is process {pid}"));
        rig.run("kill \"$1\"", &[&pid]);
        let gone = || !std::path::Path::new(&format!("/proc/{pid}")).exists();
        while !gone() {
            std::thread::yield_now();
        }
        ends(&rig.run(STOPPED, &args), 0, "is stopped");
    });
}

#[test]
fn words_of_a_command_line_are_whole_words() {
    each(|rig| {
        rig.unit("ovs-volumedriver_vpool1", false);
        let args = ["systemd", "ovs-volumedriver_vpool1", "words=volumedriver_fs,vpool1"];
        rig.write("ps", " 77 /usr/bin/volumedriver_fs --mountpoint=/mnt/vpool10\n 78 /usr/bin/other /mnt/vpool1\n");
        ends(&rig.run(STOPPED, &args), 0, "is stopped");
        rig.write("ps", " 77 /usr/bin/volumedriver_fs --mountpoint=/mnt/vpool1\n");
        ends(&rig.run(STOPPED, &args), 1, "process 77");
    });
}

#[test]
fn a_mount_and_a_port_have_to_go_and_come_with_their_service() {
    each(|rig| {
        rig.unit("ovs-volumedriver_vpool1", false);
        let args = ["upstart", "ovs-volumedriver_vpool1", "mount=/mnt/vpool1"];
        rig.write("proc/mounts", "fuse /mnt/vpool1 fuse rw 0 0\n");
        ends(&rig.run(STOPPED, &args), 1, "is still mounted");
        rig.write("proc/mounts", "fuse /mnt/vpool10 fuse rw 0 0\n");
        ends(&rig.run(STOPPED, &args), 0, "is stopped");
        rig.run(START, &args);
        ends(&rig.run(RUNNING, &args), 1, "is not mounted yet");
        rig.unit("memcached", true);
        let args = ["sysv", "memcached", "listen=0100007F:2BCB", "listen=00000000:2BCB"];
        ends(&rig.run(RUNNING, &args), 1, "does not listen yet");
        rig.write("proc/net/tcp", "  sl  local_address rem_address   st\n   0: 00000000:2BCB 00000000:0000 0A 00\n");
        ends(&rig.run(RUNNING, &args), 0, "runs");
        rig.run(STOP, &args[..2]);
        ends(&rig.run(STOPPED, &args), 1, "still listens");
    });
}

#[test]
fn what_runs_an_old_program_is_not_taken_for_new_and_is_started_anew() {
    each(|rig| {
        rig.unit("ovs-albaproxy_vpool1", true);
        let args = ["upstart", "ovs-albaproxy_vpool1", "package=alba=0.7.5"];
        rig.write("opt/OpenvStorage/run/albaproxy_vpool1.version", "0.7.3\n");
        ends(&rig.run(RUNNING, &args), 1, "says that it runs alba 0.7.3, not 0.7.5");
        let before = rig.read("units/ovs-albaproxy_vpool1");
        ends(&rig.run(START, &args), 0, "it is started anew");
        assert_ne!(rig.read("units/ovs-albaproxy_vpool1"), before);
        rig.write("opt/OpenvStorage/run/albaproxy_vpool1.version", "alba=ee-0.7.5-1;other=1\n");
        ends(&rig.run(RUNNING, &args), 0, "runs");
        rig.write("opt/OpenvStorage/run/albaproxy_vpool1.version", "alba=0.7.5-reboot");
        ends(&rig.run(RUNNING, &args), 1, "has to be restarted");
    });
}

#[test]
fn what_is_older_than_its_package_is_not_taken_for_new() {
    each(|rig| {
        rig.unit("alba-asd-1", true);
        rig.write("var/lib/dpkg/info/alba.list", "");
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(3600);
        let list = std::fs::File::options().write(true).open(rig.path("var/lib/dpkg/info/alba.list")).unwrap();
        list.set_modified(later).unwrap();
        for word in ["package=alba=0.7.5", "newer=alba"] {
            ends(&rig.run(RUNNING, &["systemd", "alba-asd-1", word]), 1, "was started before alba was installed");
        }
        list.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        ends(&rig.run(RUNNING, &["systemd", "alba-asd-1", "newer=alba"]), 0, "runs");
    });
}

#[test]
fn a_watcher_that_waits_is_not_waited_for() {
    each(|rig| {
        rig.unit("ovs-watcher-framework", false);
        rig.unit("ovs-workers", false);
        let args = ["upstart", "ovs-watcher-framework", "also=ovs-workers"];
        ends(&rig.run(START_NO_WAIT, &args), 0, "stopped");
        ends(&rig.run(RUNNING, &args), 1, "but ovs-workers is stopped");
        rig.run(START, &["upstart", "ovs-workers"]);
        ends(&rig.run(RUNNING, &args), 0, "runs");
        rig.write("units/ovs-watcher-framework", "0");
        ends(&rig.run(RUNNING, &args), 1, "is starting");
    });
}

#[test]
fn a_member_is_started_anew_only_while_there_is_a_master() {
    each(|rig| {
        rig.unit("ovs-arakoon-ovsdb", true);
        let before = rig.read("units/ovs-arakoon-ovsdb");
        let args = ["upstart", "ovs-arakoon-ovsdb", "pause=0", "config=/x"];
        ends(&rig.run(RESTART_MEMBER, &args), 64, "is not touched");
        assert_eq!(rig.read("units/ovs-arakoon-ovsdb"), before);
        rig.write("master", "uqVCFfZ0nmUgoVRl\n");
        ends(&rig.run(RESTART_MEMBER, &args), 0, "the master is uqVCFfZ0nmUgoVRl");
        assert_ne!(rig.read("units/ovs-arakoon-ovsdb"), before);
    });
}

const ALBA: [&str; 5] = ["apt", "no", "alba", "0.7.3", "0.7.5"];

#[test]
fn packages_are_fetched_first_and_installed_without_a_question() {
    each(|rig| {
        ends(&rig.run(FETCHED, &ALBA), 1, "alba_0.7.5_amd64.deb");
        ends(&rig.run(FETCH, &ALBA), 0, "");
        ends(&rig.run(FETCHED, &ALBA), 0, "lies ready");
        ends(&rig.run(VERSIONS, &ALBA), 1, "alba is 0.7.3, 0.7.5 is wanted");
        ends(&rig.run(INSTALL, &ALBA), 0, "Inst alba");
        let installs = rig.read("installs");
        assert!(installs.starts_with("noninteractive -y"), "{installs}");
        assert!(installs.contains("--force-confold install alba=0.7.5"), "{installs}");
        ends(&rig.run(VERSIONS, &ALBA), 0, "as planned");
        rig.write("audit", "alba is half configured\n");
        ends(&rig.run(VERSIONS, &ALBA), 1, "half installed: alba");
    });
}

#[test]
fn an_installation_that_would_remove_something_or_meets_another_version_is_refused() {
    each(|rig| {
        rig.write("removes", "Remv openvstorage-core [2.6.1]\n");
        ends(&rig.run(INSTALL, &ALBA), 65, "Nothing is installed");
        rig.write("removes", "");
        rig.write("version", "0.7.4\n");
        ends(&rig.run(INSTALL, &ALBA), 64, "somebody else is at work");
        assert_eq!(rig.read("installs"), "");
    });
}

#[test]
fn files_changed_by_hand_are_kept_under_their_checksum() {
    each(|rig| {
        rig.write("opt/patched file.py", "mine\n");
        let path = rig.path("opt/patched file.py").display().to_string();
        // sha256sum of "mine\n".
        let sum = rig.run("sha256sum <\"$1\" | cut -d ' ' -f 1", &[&path]).said.trim().to_owned();
        ends(&rig.run(FILES_KEPT, &[&sum, &path]), 1, "is not kept yet");
        ends(&rig.run(KEEP_FILES, &[&sum, &path]), 0, "is kept as");
        ends(&rig.run(FILES_KEPT, &[&sum, &path]), 0, "all copies are there");
        rig.write("opt/patched file.py", "other\n");
        ends(&rig.run(KEEP_FILES, &[&sum, &path]), 64, "was changed since the plan was made");
    });
}

#[test]
fn a_copy_leaves_its_node_and_comes_back_as_it_was_although_nothing_is_left_of_it_there() {
    each(|rig| {
        let mine = "mine\n".repeat(30_000);
        rig.write("opt/patched file.py", &mine);
        let path = rig.path("opt/patched file.py").display().to_string();
        let sum = rig.run("sha256sum <\"$1\" | cut -d ' ' -f 1", &[&path]).said.trim().to_owned();
        ends(&rig.run("chmod 0640 \"$1\"", &[&path]), 0, "");
        ends(&rig.run(KEEP_FILES, &[&sum, &path]), 0, "is kept as");
        ends(&rig.run(READ_COPY, &[&sum, &path, "100"]), 66, "150000 bytes; at most 100 are taken");
        let read = rig.run(READ_COPY, &[&sum, &path, "262144"]);
        let (rights, bytes) = read.said.split_once('\n').unwrap();
        assert_eq!((read.code, bytes == mine), (0, true));
        let [mode, owner, group] = rights.split(' ').collect::<Vec<_>>().try_into().unwrap();

        std::fs::remove_dir_all(rig.path("var/lib/drydock-ovs")).unwrap();
        rig.write("opt/patched file.py", "of the package\n");
        ends(&rig.run(FILES_KEPT, &[&sum, &path]), 1, "is not kept yet");
        let parts: Vec<String> = mine.as_bytes().chunks(90_000).map(base64).collect();
        let args = [sum.as_str(), &path, mode, owner, group, "2"];
        let variables = [("COPY_1", parts[0].as_str()), ("COPY_2", parts[1].as_str())];
        ends(&rig.run_with(BRING_COPY, &args, &variables[..1]), 64, "is not the copy");
        ends(&rig.run_with(BRING_COPY, &args, &[variables[1], ("COPY_2", &parts[0])]), 64, "is not the copy");
        ends(&rig.run(FILES_KEPT, &[&sum, &path]), 1, "is not kept yet");
        ends(&rig.run_with(BRING_COPY, &args, &variables), 0, "is back as");
        ends(&rig.run(FILES_KEPT, &[&sum, &path]), 0, "all copies are there");
        ends(&rig.run(PUT_BACK, &[&sum, &path]), 0, "is back");
        assert!(rig.read("opt/patched file.py") == mine);
        ends(&rig.run("stat -c %a \"$1\"", &[&path]), 0, "640");
    });
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn a_look_tells_where_copies_are_and_files_that_are_alike_are_told_apart() {
    each(|rig| {
        let path = |name: &str| rig.path(name).display().to_string();
        let (first, second, third) = (path("opt/a/same.py"), path("opt/b/same.py"), path("opt/c.py"));
        for name in ["opt/a/same.py", "opt/b/same.py", "opt/c.py"] {
            rig.write(name, "mine\n");
        }
        let sum = rig.run("sha256sum <\"$1\" | cut -d ' ' -f 1", &[&first]).said.trim().to_owned();
        ends(&rig.run(KEEP_FILES, &[&sum, &first, &sum, &second]), 0, "is kept as");
        ends(&rig.run(KEEP_FILES, &[&sum, &first]), 0, "is kept as");
        rig.write("opt/b/same.py", "of the package\n");
        let copy = SealedCopy { parts: Vec::new(), rights: FileRights::parse("644 root root").unwrap() };
        let stored = [&second, &third].map(|path| StoredCopy {
            file: FileOn { host: HostName::new("node1").unwrap(), path: path.clone() },
            sha256: sum.clone(),
            copy: copy.clone(),
            at: Timestamp(0),
        });
        let stored: Vec<&StoredCopy> = stored.iter().collect();
        let seen = rig.run(LOOK, &[&sum, &second, &sum, &third]);
        let node = node::read(&seen.said, &stored, Timestamp(0), 5).unwrap_or_else(|error| panic!("{error}: {seen:?}"));
        let told: Vec<_> =
            node.kept_files.iter().map(|kept| (kept.path.as_str(), kept.is_back, kept.place.clone())).collect();
        let wanted = [
            (first.as_str(), true, CopyPlace::OnNode),
            (second.as_str(), false, CopyPlace::Both(copy.clone())),
            (third.as_str(), true, CopyPlace::Sealed(copy)),
        ];
        assert_eq!(told, wanted);

        // Patched anew before a later update: the copy that was kept last is what is offered.
        rig.write("opt/a/same.py", "mine, newer\n");
        let newer = rig.run("sha256sum <\"$1\" | cut -d ' ' -f 1", &[&first]).said.trim().to_owned();
        ends(&rig.run(KEEP_FILES, &[&newer, &first]), 0, "is kept as");
        ends(
            &rig.run(
                "touch -d @1000 \"$1\"/*/.from && touch \"$1/$2/.from\"",
                &[&path("var/lib/drydock-ovs/files"), &newer],
            ),
            0,
            "",
        );
        let seen = rig.run(LOOK, &[]);
        let node = node::read(&seen.said, &[], Timestamp(0), 5).unwrap();
        let kept: Vec<_> = node.kept_files.iter().map(|kept| (kept.path.as_str(), kept.sha256.as_str())).collect();
        assert_eq!(kept, [(first.as_str(), newer.as_str()), (second.as_str(), sum.as_str())]);
    });
}

#[test]
fn flags_come_and_go_and_stay_while_an_updater_works() {
    each(|rig| {
        let path = |name: &str| rig.path(name).display().to_string();
        rig.write("etc/x", "");
        let (ready, ongoing) = (path("etc/ready_for_upgrade"), path("etc/upgrade_ongoing"));
        let flags = [ready.as_str(), ongoing.as_str()];
        rig.write("var/lib/drydock-ovs/migrated-model", "old");
        ends(&rig.run(FLAGS_SET, &flags), 0, "");
        ends(&rig.run(FLAGS_SET_PROOF, &flags), 0, "are there");
        assert!(!rig.path("var/lib/drydock-ovs/migrated-model").exists());
        rig.write("ps", "99 python -c from ovs.lib.update import UpdateController; ...\n");
        ends(&rig.run(FLAGS_CLEAR, &flags), 1, "process 99");
        rig.write("ps", "99 sh -euc UpdateController drydock\n");
        ends(&rig.run(FLAGS_CLEAR, &flags), 0, "");
        ends(&rig.run(FLAGS_CLEAR_PROOF, &flags), 0, "gone");
    });
}

#[test]
fn guests_and_open_files_are_users() {
    each(|rig| {
        ends(&rig.run(IDLE, &["/mnt/vpool1"]), 0, "no guest runs");
        rig.write("guests", "vm1\nvm2\n\n");
        ends(&rig.run(IDLE, &["/mnt/vpool1"]), 1, "guests run: vm1 vm2");
        rig.write("guests", "\n");
        rig.write("volume/disk.raw", "");
        let open = std::fs::File::open(rig.path("volume/disk.raw")).unwrap();
        let mount = rig.path("volume").display().to_string();
        ends(&rig.run(IDLE, &[&mount]), 1, &format!("process {}", std::process::id()));
        drop(open);
    });
}

#[test]
fn the_updater_is_started_at_most_once() {
    each(|rig| {
        rig.write("var/log/ovs/update.log", "of an earlier one: +++ Finished +++\n");
        ends(&rig.run(UPDATER_STARTED, &[]), 1, "was not started");
        ends(&rig.run(UPDATER_START, &["framework"]), 0, "ovs update framework");
        ends(&rig.run(UPDATER_STARTED, &[]), 0, "handed over");
        ends(&rig.run(UPDATER_START, &["framework"]), 65, "not started again");
        assert_eq!(rig.read("ovs"), "update framework\n");
    });
}

#[test]
fn the_end_of_the_updater_is_told_by_its_log_and_by_the_packages() {
    each(|rig| {
        rig.write("var/log/ovs/update.log", "of an earlier one: +++ Finished +++\n");
        ends(&rig.run(UPDATER_WATCH, &ALBA), 20, "nobody has started it");
        rig.run(UPDATER_START, &["framework"]);
        ends(&rig.run(UPDATER_WATCH, &ALBA), 1, "has not said how it ended");
        rig.write("ps", "99 python -c from ovs.lib.update import UpdateController\n");
        ends(&rig.run(UPDATER_WATCH, &ALBA), 10, "it works");
        ends(&rig.run(UPDATER_READY_PROOF, &[]), 10, "an updater is at work");
        rig.write("ps", "");
        let log = rig.read("var/log/ovs/update.log");
        rig.write("var/log/ovs/update.log", &format!("{log}a line\n +++ Failed to update +++\n"));
        ends(&rig.run(UPDATER_WATCH, &ALBA), 20, "it says that it failed");
        rig.write("var/log/ovs/update.log", &format!("{log}a line\n +++ Finished updating +++\n"));
        ends(&rig.run(UPDATER_WATCH, &ALBA), 20, "alba is 0.7.3, not 0.7.5");
        rig.write("version", "0.7.5\n");
        ends(&rig.run(UPDATER_WATCH, &ALBA), 0, "the packages of this node are new");
    });
}

#[test]
fn an_updater_that_is_gone_without_a_word_has_failed() {
    each(|rig| {
        rig.run(UPDATER_START, &["framework"]);
        let record = rig.read("var/lib/drydock-ovs/launch");
        let long_ago = record.lines().map(|line| if line.starts_with("at ") { "at 1000" } else { line });
        rig.write("var/lib/drydock-ovs/launch", &format!("{}\n", long_ago.collect::<Vec<_>>().join("\n")));
        ends(&rig.run(UPDATER_WATCH, &ALBA), 20, "gone without a word");
    });
}

fn node(rig: &Rig) -> Result<model::open_vstorage::Node, String> {
    let seen = rig.run(LOOK, &[]);
    assert_eq!((seen.code, seen.errors.as_str()), (0, ""), "{}", seen.said);
    node::read(&seen.said, &[], Timestamp(0), 5)
}

#[test]
fn a_look_at_a_node_with_upstart_sees_what_is_there() {
    each(|rig| {
        for unit in ["ovs-watcher-framework", "ovs-arakoon-ovsdb", "ovs-volumedriver_vpool1", "ovs-webapp-api"] {
            rig.unit(unit, true);
        }
        rig.unit("ovs-dtl_vpool1", false);
        rig.write("units/memcached", "");
        rig.write("etc/init.d/memcached", "");
        rig.write("etc/openvstorage_id", "uqVCFfZ0nmUgoVRl\n");
        rig.write("etc/upgrade_ongoing", "");
        rig.write("opt/OpenvStorage/run/arakoon-ovsdb.version", "1.8.9");
        rig.write("opt/OpenvStorage/config/arakoon/ovsdb/ovsdb.cfg", "[global]\ncluster = uqVCFfZ0nmUgoVRl, other\n");
        rig.write("var/lib/drydock-ovs/processes/ovs-dtl_vpool1", "0 \n");
        rig.write("master", "other\n");
        rig.write("guests", "vm1\n\n");
        rig.write("ps", "41 ovs update framework\n");
        rig.write("proc/mounts", "fuse /mnt/vpool1 fuse rw 0 0\nx /mnt/hdd1 ext4 rw 0 0\n");
        rig.write("verify", "??5??????   /opt/alba/bin\n??5?????? c /etc/alba.conf\n");
        let node = node(rig).unwrap();
        assert_eq!((node.init, node.distribution), (Init::Upstart, Distribution::Apt));
        let service = |name: &str| &node.services[&model::id::UnitName::new(name).unwrap()];
        assert_eq!(service("ovs-arakoon-ovsdb").state, UnitState::Running);
        assert_eq!(service("ovs-arakoon-ovsdb").duty, Duty::Arakoon { cluster: "ovsdb".into() });
        assert_eq!(service("ovs-arakoon-ovsdb").running.values().collect::<Vec<_>>(), ["1.8.9"]);
        assert_eq!((service("memcached").manager, &service("memcached").state), (Manager::Sysv, &UnitState::Stopped));
        assert!(service("ovs-dtl_vpool1").stopped_by_drydock && !service("memcached").stopped_by_drydock);
        let alba = &node.packages[&model::id::PackageName::new("alba").unwrap()];
        assert_eq!((alba.installed.as_deref(), alba.candidate.as_deref()), (Some("0.7.3"), Some("0.7.5")));
        assert_eq!(node.arakoon_needs.values().next().unwrap(), &["arakoon (>= 1.8.0)", "arakoon (<< 1.9)"]);
        let member = &node.arakoon[0];
        assert_eq!((member.master.clone(), member.members.len()), (Ok("other".to_owned()), 2));
        assert_eq!(node.guests.as_deref(), Some(&["vm1".to_owned()][..]));
        assert_eq!(node.updaters, ["ovs update framework (process 41)"]);
        assert_eq!(node.mounts.iter().map(|mount| mount.path.as_str()).collect::<Vec<_>>(), ["/mnt/vpool1"]);
        assert_eq!(node.flags.len(), 1);
        let files: Vec<(&str, bool)> =
            node.changed_files.iter().map(|file| (file.path.as_str(), file.is_config)).collect();
        assert_eq!(files, [("/etc/alba.conf", true), ("/opt/alba/bin", false)]);
        assert_eq!(node.free_bytes.len(), 3);
        assert_eq!(node.role, model::open_vstorage::NodeRole::Master);
        // What the list of all jobs does not name is asked for.
        rig.program("initctl", "exit 1\n");
        assert_eq!(self::node(rig).unwrap().services, node.services);
    });
}

#[test]
fn a_look_at_a_node_with_systemd_sees_hooks_and_who_requires_whom() {
    each(|rig| {
        rig.write("proc/1/comm", "systemd\n");
        rig.unit("ovs-volumedriver_vpool1", true);
        rig.unit("ovs-albaproxy_vpool1_0", false);
        rig.write("hook", "{ path=/bin/sh ; argv[]=/bin/sh -c pkill volumedriver_fs ; }");
        let node = node(rig).unwrap();
        assert_eq!(node.init, Init::Systemd);
        let service = |name: &str| &node.services[&model::id::UnitName::new(name).unwrap()];
        assert!(service("ovs-volumedriver_vpool1").stop_kills_all);
        assert!(!service("ovs-albaproxy_vpool1_0").stop_kills_all);
        assert_eq!(service("ovs-albaproxy_vpool1_0").state, UnitState::Stopped);
        let required: Vec<&str> =
            service("ovs-albaproxy_vpool1_0").required_by.iter().map(|unit| unit.as_str()).collect();
        assert_eq!(required, ["ovs-other"]);
    });
}

#[test]
fn a_look_at_packages_with_yum_sees_what_is_newer_and_what_would_be_done() {
    each(|rig| {
        rig.write("proc/1/comm", "systemd\n");
        let with_yum = LOOK.replace("packages=apt\n", "packages=yum\n");
        let seen = rig.run(&with_yum, &[]);
        assert_eq!((seen.code, seen.errors.as_str()), (0, ""), "{}", seen.said);
        let node = node::read(&seen.said, &[], Timestamp(0), 5).unwrap();
        assert_eq!(node.distribution, Distribution::Yum);
        let of = |name: &str| {
            let package = &node.packages[&model::id::PackageName::new(name).unwrap()];
            (package.installed.clone().unwrap(), package.candidate.clone().unwrap(), package.order)
        };
        assert_eq!(of("alba"), ("1.5.22-1".into(), "1.5.23-1".into(), VersionOrder::Newer));
        assert_eq!(of("arakoon"), ("1:1.9.22-1".into(), "1:1.9.22-1".into(), VersionOrder::Same));
        let alba = node.simulations[&Component::Alba].value().unwrap();
        assert_eq!(alba.installs.values().collect::<Vec<_>>(), ["1.5.23-1"]);
        assert!(node.changed_files[0].is_config);
    });
}

#[test]
fn packages_are_fetched_and_installed_with_yum() {
    let args = ["yum", "no", "alba", "1.5.22-1", "1.5.23-1", "arakoon", "1:1.9.22-1", "1:1.9.22-1"];
    each(|rig| {
        ends(&rig.run(FETCHED, &args), 1, "not fetched yet: alba 1.5.23-1");
        ends(&rig.run(FETCH, &args), 0, "");
        ends(&rig.run(FETCHED, &args), 0, "lies ready");
        ends(&rig.run(INSTALL, &args), 0, "alba: 1.5.22-1 is installed");
        assert_eq!(rig.read("installs"), "-y update alba-1.5.23-1\n");
        ends(&rig.run(VERSIONS, &args), 0, "as planned");
        rig.write("var/lib/yum/transaction-all.2026", "");
        ends(&rig.run(VERSIONS, &args), 1, "an unfinished transaction of yum");
    });
}

#[test]
fn a_hostile_name_of_a_unit_is_refused_and_runs_nothing() {
    each(|rig| {
        rig.write("etc/init/ovs-volumedriver_; touch $RIG|hostile.conf", "");
        rig.write("etc/init/ovs-dtl_$(touch hostile).conf", "");
        let refused = node(rig).unwrap_err();
        assert!(refused.contains("a name that Drydock does not touch"), "{refused}");
        assert!(!rig.path("hostile").exists());
    });
}

#[test]
fn a_hostile_name_is_refused_under_systemd_too() {
    each(|rig| {
        rig.write("proc/1/comm", "systemd\n");
        rig.write("units/ovs-dtl_vpool1", "");
        rig.write("units/ovs-volumedriver_; touch hostile", "");
        let refused = node(rig).unwrap_err();
        assert!(refused.contains("a name that Drydock does not touch"), "{refused}");
        assert!(!rig.path("hostile").exists());
    });
}
