//! Nodes of a simulated Open vStorage cluster are real over SSH, and leave nothing behind.

#![allow(clippy::unwrap_used, reason = "in a test a panic is a failed test")]

mod support;

use lab::{OvsFault, OvsGeneration, OvsInit, OvsShape};
use support::ovs::{ok, on, single, start};
use support::{is_left, until};

#[tokio::test]
async fn a_node_is_an_ubuntu_of_its_own_with_its_own_name_address_and_ports() {
    let lab = single().await;
    let facts = "hostname; id -un; cat /proc/1/comm; init --version; lsb_release -is; lsb_release -rs; hostname -I";
    let address = &lab.nodes()[0].address;
    let expected = format!("ovs-node1\nroot\ninit\ninit (upstart 1.12.1)\nUbuntu\n14.04\n{address} \n");
    assert_eq!(ok(on(&lab, 0, facts).await), expected);
    assert_eq!(ok(on(&lab, 0, "wc -c < /etc/openvstorage_id").await), "17\n");
    assert!(
        ok(on(&lab, 0, "printf 'version\\nquit\\n' | bash -c 'exec 3<>/dev/tcp/localhost/11211; cat >&3; cat <&3'")
            .await)
        .contains("VERSION")
    );
    assert_eq!(ok(on(&lab, 0, "ss -ltn | grep -c 127 || :").await), "0\n", "nobody else's ports are seen");
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn under_systemd_it_is_the_newer_ubuntu_and_knows_no_upstart() {
    let lab = start(OvsGeneration::C, OvsInit::Systemd, OvsShape::Single).await;
    let facts = "cat /proc/1/comm; lsb_release -rs; systemctl --version; command -v initctl || echo none";
    assert_eq!(ok(on(&lab, 0, facts).await), "systemd\n16.04\nsystemd 229\nnone\n");
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn services_are_processes_that_can_be_seen_and_note_what_they_run() {
    let lab = single().await;
    let pid = "status ovs-volumedriver_vpool1 | sed 's/.* //'";
    assert_eq!(
        ok(on(&lab, 0, &format!("cat /proc/$({pid})/comm; pgrep -cx volumedriver_fs")).await),
        "volumedriver_fs\n1\n"
    );
    assert_eq!(ok(on(&lab, 0, "cat /opt/OpenvStorage/run/albaproxy_vpool1.version").await), "0.7.3\n");
    assert!(ok(on(&lab, 0, "mount | grep /mnt/vpool1").await).starts_with("vpool1 on /mnt/vpool1 "));
    assert_eq!(on(&lab, 0, "lsof +f -- /mnt/vpool1").await.stdout, "");
    assert_eq!(
        ok(on(
            &lab,
            0,
            "alba version --terse; arakoon --version | grep version:; volumedriver_fs --version | grep version:"
        )
        .await),
        "0.7.3\nversion: 1.8.9\nversion: 3.6.1\n"
    );
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_node_without_power_cannot_be_reached_and_comes_back() {
    let lab = single().await;
    let node = lab.nodes()[0].name.clone();
    lab.set_fault(OvsFault::NodeDown { node }).await.unwrap();
    assert_eq!(on(&lab, 0, "true").await.code, 255);
    lab.clear_faults().await.unwrap();
    assert_eq!(
        ok(on(&lab, 0, "status ovs-volumedriver_vpool1").await).split(',').next(),
        Some("ovs-volumedriver_vpool1 start/running")
    );
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn nothing_is_left_after_a_stop() {
    let lab = start(OvsGeneration::A, OvsInit::Upstart, OvsShape::ThreeMastersOneExtraOneStorage).await;
    assert_eq!((lab.masters().len(), lab.routers().len(), lab.nodes().len()), (3, 4, 5));
    let dir = lab.nodes()[0].private_key.parent().unwrap().to_owned();
    ok(on(&lab, 4, "setsid sleep 1000 >/dev/null 2>&1 & echo begun").await);
    assert!(is_left(&dir));
    lab.stop().await.unwrap();
    assert!(!is_left(&dir));
}

#[tokio::test]
async fn nothing_is_left_after_a_lab_was_dropped() {
    let lab = single().await;
    let dir = lab.nodes()[0].private_key.parent().unwrap().to_owned();
    drop(lab);
    until(async || (!is_left(&dir)).then_some(())).await;
}
