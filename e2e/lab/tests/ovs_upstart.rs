//! Commands of an upstart node print and end as the dossier says (7.1, 7.3 to 7.5).

#![allow(clippy::unwrap_used, reason = "in a test a panic is a failed test")]

mod support;

use lab::{OvsFault, OvsLab};
use support::ovs::{ok, on, single, until_truth};
use support::until;

/// What a command prints and how it ends.
async fn check(lab: &OvsLab, command: &str, code: i32, stdout: &str, stderr: &str) {
    let out = on(lab, 0, command).await;
    assert_eq!((out.stdout.as_str(), out.stderr.as_str(), out.code), (stdout, stderr, code), "{command}");
}

async fn pid(lab: &OvsLab, job: &str) -> String {
    let status = ok(on(lab, 0, &format!("status {job}")).await);
    status.trim().rsplit(' ').next().unwrap().to_owned()
}

#[tokio::test]
async fn jobs_start_stop_and_tell_as_upstart_does() {
    let lab = single().await;
    let job = "ovs-dtl_vpool1";
    let running = format!("{job} start/running, process {}\n", pid(&lab, job).await);
    check(&lab, &format!("status {job}"), 0, &running, "").await;
    check(&lab, &format!("start {job}"), 1, "", &format!("start: Job is already running: {job}\n")).await;
    check(&lab, &format!("stop {job}"), 0, &format!("{job} stop/waiting\n"), "").await;
    check(&lab, &format!("status {job}"), 0, &format!("{job} stop/waiting\n"), "").await;
    check(&lab, &format!("stop {job}"), 1, "", "stop: Unknown instance: \n").await;
    check(&lab, &format!("restart {job}"), 1, "", "restart: Unknown instance: \n").await;
    assert!(ok(on(&lab, 0, &format!("start {job}")).await).starts_with(&format!("{job} start/running, process ")));
    assert!(ok(on(&lab, 0, &format!("service {job} restart")).await).contains("start/running"));
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn names_that_are_no_jobs_are_unknown() {
    let lab = single().await;
    check(&lab, "status arakoon-ovsdb", 1, "", "status: Unknown job: arakoon-ovsdb\n").await;
    check(&lab, "stop memcached", 1, "", "stop: Unknown job: memcached\n").await;
    check(&lab, "stop 'alba-asd-*'", 1, "", "stop: Unknown job: alba-asd-*\n").await;
    check(&lab, "service nonsense stop", 1, "", "nonsense: unrecognized service\n").await;
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn memcached_is_a_script_in_init_d() {
    let lab = single().await;
    assert_eq!(ok(on(&lab, 0, "cat /proc/$(cat /var/run/memcached.pid)/comm").await), "memcached\n");
    check(&lab, "service memcached status", 0, " * memcached is running\n", "").await;
    check(&lab, "service memcached stop", 0, "Stopping memcached: memcached.\n", "").await;
    check(&lab, "/etc/init.d/memcached status", 3, " * memcached is not running\n", "").await;
    assert_ne!(on(&lab, 0, "bash -c 'exec 3<>/dev/tcp/localhost/11211'").await.code, 0);
    ok(on(&lab, 0, "service memcached start; bash -c 'exec 3<>/dev/tcp/localhost/11211'").await);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn initctl_lists_all_jobs_and_only_jobs() {
    let lab = single().await;
    let list = ok(on(&lab, 0, "initctl list").await);
    for job in ["ovs-arakoon-mybackend-nsm_0", "ovs-alba-rebalancer_mybackend", "alba-asdmanager", "ovs-workers"] {
        assert!(list.contains(&format!("{job} start/running, process ")), "{list}");
    }
    assert!(!list.contains("memcached"));
    let files = ok(on(&lab, 0, "ls /etc/init/alba-asd-* | wc -l").await);
    assert_eq!(files, "2\n");
    let none = on(&lab, 0, "ls -al /etc/init/nothing-*").await;
    assert_eq!(none.code, 2);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn what_depends_on_the_watcher_stops_and_starts_with_it() {
    let lab = single().await;
    check(&lab, "stop ovs-watcher-framework", 0, "ovs-watcher-framework stop/waiting\n", "").await;
    for job in ["ovs-workers", "ovs-webapp-api", "ovs-scheduled-tasks", "ovs-volumerouter-consumer"] {
        check(&lab, &format!("status {job}"), 0, &format!("{job} stop/waiting\n"), "").await;
    }
    ok(on(&lab, 0, "start ovs-watcher-framework").await);
    assert!(ok(on(&lab, 0, "status ovs-workers").await).contains("start/running"));
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn the_watcher_waits_in_its_pre_start_until_memcached_works() {
    let lab = single().await;
    ok(on(&lab, 0, "stop ovs-watcher-framework && service memcached stop").await);
    let started = ok(on(&lab, 0, "start --no-wait ovs-watcher-framework").await);
    assert!(started.starts_with("ovs-watcher-framework start/pre-start, process "), "{started}");
    let status = ok(on(&lab, 0, "status ovs-watcher-framework; status ovs-workers").await);
    assert!(status.contains("start/pre-start") && status.contains("ovs-workers stop/waiting"), "{status}");
    let blocked = on(&lab, 0, "stop ovs-watcher-framework; timeout 1 start ovs-watcher-framework").await;
    assert_eq!(blocked.code, 124, "a start that waits does not come back");
    ok(on(&lab, 0, "service memcached start").await);
    until_truth(&lab, |truth| truth.nodes["ovs-node1"].running.contains_key("ovs-workers")).await;
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_killed_proxy_comes_back_with_the_version_on_disk() {
    let lab = single().await;
    let before = pid(&lab, "ovs-albaproxy_vpool1").await;
    ok(on(&lab, 0, "apt-get install -y alba").await);
    ok(on(&lab, 0, &format!("kill {before}")).await);
    let version = "cat /opt/OpenvStorage/run/albaproxy_vpool1.version";
    until(async || (on(&lab, 0, version).await.stdout == "0.7.5\n").then_some(())).await;
    assert_ne!(pid(&lab, "ovs-albaproxy_vpool1").await, before);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn proxies_stop_and_start_with_their_volume_driver() {
    let lab = single().await;
    check(&lab, "stop ovs-volumedriver_vpool1", 0, "ovs-volumedriver_vpool1 stop/waiting\n", "").await;
    check(&lab, "stop ovs-albaproxy_vpool1", 1, "", "stop: Unknown instance: \n").await;
    assert_eq!(on(&lab, 0, "mount | grep /mnt/vpool1").await.stdout, "");
    ok(on(&lab, 0, "start ovs-volumedriver_vpool1").await);
    assert!(ok(on(&lab, 0, "status ovs-albaproxy_vpool1").await).contains("start/running"));
    assert_eq!(lab.truth().violations, []);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_watcher_that_cycles_starts_stopped_volume_drivers() {
    let lab = single().await;
    ok(on(&lab, 0, "stop ovs-volumedriver_vpool1").await);
    ok(on(&lab, 0, "stop ovs-arakoon-voldrv").await);
    until_truth(&lab, |truth| !truth.nodes["ovs-node1"].running.contains_key("ovs-watcher-volumedriver")).await;
    ok(on(&lab, 0, "start ovs-arakoon-voldrv").await);
    until_truth(&lab, |truth| truth.nodes["ovs-node1"].running.contains_key("ovs-volumedriver_vpool1")).await;
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn arakoon_names_its_master_while_most_members_run() {
    let lab = single().await;
    let ask = "arakoon --who-master -config /opt/OpenvStorage/config/arakoon/ovsdb/ovsdb.cfg";
    assert_eq!(ok(on(&lab, 0, ask).await), ok(on(&lab, 0, "cat /etc/openvstorage_id").await));
    ok(on(&lab, 0, "stop ovs-arakoon-ovsdb").await);
    let none = on(&lab, 0, ask).await;
    assert_eq!((none.stdout.as_str(), none.code), ("", 1));
    assert_eq!(on(&lab, 0, "arakoon --who-master -config /nowhere.cfg").await.code, 1);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_job_with_a_hostile_name_is_listed_like_any_other() {
    let lab = single().await;
    let node = lab.nodes()[0].name.clone();
    let unit = "ovs-volumedriver_; reboot".to_owned();
    lab.set_fault(OvsFault::HostileUnit { node, unit: unit.clone() }).await.unwrap();
    assert!(ok(on(&lab, 0, "initctl list").await).contains(&format!("\n{unit} stop/waiting\n")));
    assert!(ok(on(&lab, 0, "ls /etc/init").await).contains(&format!("{unit}.conf")));
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn guests_and_other_users_of_the_mount_are_seen_and_keep_it_busy() {
    let lab = single().await;
    let node = lab.nodes()[0].name.clone();
    assert_eq!(ok(on(&lab, 0, "virsh list --name").await), "\n");
    lab.set_fault(OvsFault::GuestRunning { node: node.clone(), guest: "web1".into() }).await.unwrap();
    assert_eq!(ok(on(&lab, 0, "virsh list --name").await), "web1\n\n");
    assert!(on(&lab, 0, "lsof +f -- /mnt/vpool1").await.stdout.contains("qemu"));
    ok(on(&lab, 0, "virsh shutdown web1").await);
    assert_eq!(on(&lab, 0, "lsof +f -- /mnt/vpool1").await.stdout, "");
    lab.set_fault(OvsFault::MountBusy { node, vpool: "vpool1".into() }).await.unwrap();
    ok(on(&lab, 0, "stop ovs-volumedriver_vpool1").await);
    assert_ne!(ok(on(&lab, 0, "mount | grep /mnt/vpool1").await), "");
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn jobs_of_at_run_at_once_and_are_listed_while_they_do() {
    let lab = single().await;
    let out = on(&lab, 0, "echo 'while [ ! -e /tmp/go ]; do sleep 0.05; done; echo ran >/tmp/ran' | at now").await;
    assert_eq!(out.code, 0);
    assert!(out.stderr.starts_with("warning: commands will be executed using /bin/sh\njob 1 at "), "{}", out.stderr);
    assert!(ok(on(&lab, 0, "atq").await).ends_with(" = root\n"));
    assert!(ok(on(&lab, 0, "at -c 1").await).ends_with("echo ran >/tmp/ran\n"));
    ok(on(&lab, 0, "touch /tmp/go").await);
    until(async || (on(&lab, 0, "atq; cat /tmp/ran").await.stdout == "ran\n").then_some(())).await;
    lab.stop().await.unwrap();
}
