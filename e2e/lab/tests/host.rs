//! Management hosts are real over SSH, and leave nothing behind.

mod support;

use lab::{Cloud, Fault, ScriptGeneration, Version};
use support::{call, is_left, is_root, small, ssh, start, until, until_true};

#[tokio::test]
async fn a_person_can_log_in_look_around_and_become_root() {
    let lab = small(Version::V4_20).await;
    let expected = if is_root() { "mgmt1\ncloud-admin\nroot\nno\n" } else { "mgmt1\ncloud-admin\ncloud-admin\n" };
    let out = ssh(&lab, 0, "hostname; id -un; sudo -n id -un; test -w /etc || echo no").await;
    assert_eq!((out.stdout.as_str(), out.code), (expected, 0));
    let out = ssh(&lab, 0, "sudo -n grep -c password /etc/cloudstack/management/db.properties").await;
    assert_eq!(out.stdout, "1\n");
    let out = ssh(&lab, 0, "cat /etc/cloudstack/management/db.properties").await;
    assert_eq!(out.code != 0, is_root(), "the password is not for everybody");
    let log = ssh(&lab, 0, "cat /var/log/cloudstack/management/management-server.log").await;
    assert!(log.stdout.contains("Done Starting CloudStack Components"));
    let tools = "for tool in bash curl awk sed ps expr mysql ss; do command -v $tool >/dev/null || echo $tool; done";
    assert_eq!(ssh(&lab, 0, tools).await.stdout, "");
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn the_service_is_restarted_by_systemctl_and_comes_back() {
    let lab = small(Version::V4_20).await;
    let unit = "cloudstack-management";
    assert_eq!(ssh(&lab, 0, &format!("systemctl is-active {unit}")).await.stdout, "active\n");
    let refused = ssh(&lab, 0, &format!("systemctl restart {unit}")).await;
    assert_eq!(refused.code, 1);
    assert_eq!(ssh(&lab, 0, &format!("sudo -n systemctl stop {unit}")).await.code, 0);
    let out = ssh(&lab, 0, &format!("systemctl is-active {unit}")).await;
    assert_eq!((out.stdout.as_str(), out.code), ("inactive\n", 3));
    assert!(reqwest::get(lab.api_url()).await.is_err());
    ssh(&lab, 0, &format!("sudo -n systemctl start {unit}")).await;
    let mut seen = Vec::new();
    until(async || {
        let status = reqwest::get(lab.api_url()).await.map_or(0, |reply| reply.status().as_u16());
        if seen.last() != Some(&status) {
            seen.push(status);
        }
        (status == 401).then_some(())
    })
    .await;
    // On a loaded machine the short states in between may go unseen; no other state may be seen.
    seen.dedup();
    assert!([&[0, 503, 401][..], &[503, 401], &[0, 401], &[401]].contains(&&seen[..]), "{seen:?}");
    assert_eq!(lab.truth().await.service_restarts["mgmt1"], 1);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_service_that_never_gets_ready_stays_at_503() {
    let lab = small(Version::V4_20).await;
    lab.set_fault(Fault::ServiceNeverReady).await;
    ssh(&lab, 0, "sudo -n systemctl restart cloudstack-management").await;
    let log = "tail -n 1 /var/log/cloudstack/management/management-server.log";
    until(async || ssh(&lab, 0, log).await.stdout.contains("ERROR").then_some(())).await;
    assert_eq!(ssh(&lab, 0, "systemctl is-active cloudstack-management").await.code, 0);
    assert_eq!(reqwest::get(lab.api_url()).await.unwrap().status(), 503);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_port_that_stays_open_is_open_after_closing_and_restarting() {
    let lab = small(Version::V4_20).await;
    lab.set_fault(Fault::PortStaysOpen).await;
    ssh(&lab, 0, "sudo -n systemctl restart cloudstack-management").await;
    until_true(&lab, |truth| truth.port_8096_open).await;
    let url = format!("http://{}:8096/?command=listZones&response=json", lab.integration_address());
    let out = ssh(&lab, 0, &format!("curl -sS --max-time 10 '{url}'")).await;
    assert!(out.stdout.contains("listzonesresponse"));
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn mysql_takes_its_password_from_a_file_or_from_argv_and_refuses_wrong_ones() {
    let lab = small(Version::V4_20).await;
    let read = "password=$(sudo -n sed -n 's/^db.cloud.password=//p' /etc/cloudstack/management/db.properties)";
    let argv = "mysql -h localhost --user=cloud --password=$password --skip-column-names -U cloud -e 'select 1'";
    let out = ssh(&lab, 0, &format!("{read}; {argv}")).await;
    assert_eq!((out.stdout.as_str(), out.code), ("1\n", 0));
    assert_eq!(out.stderr, "mysql: [Warning] Using a password on the command line interface can be insecure.\n");
    let file = "umask 77; printf '[client]\\npassword=%s\\n' $password >my.cnf; \
        mysql --defaults-extra-file=my.cnf -h localhost --user=cloud --skip-column-names -U cloud \
        -e 'select count(*) from vm_instance where state=\"Running\"'";
    let out = ssh(&lab, 0, &format!("{read}; {file}")).await;
    assert_eq!((out.stdout.as_str(), out.stderr.as_str()), ("6\n", ""));
    let out = ssh(&lab, 0, "mysql -u cloud -pwrong cloud -e 'select 1'").await;
    assert_eq!(out.code, 1);
    assert!(
        out.stderr.contains("ERROR 1045 (28000): Access denied for user 'cloud'@'localhost' (using password: YES)")
    );
    lab.set_fault(Fault::DatabaseDenied).await;
    assert_eq!(ssh(&lab, 0, &format!("{read}; {argv}")).await.code, 1);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_full_disk_refuses_a_file_until_it_is_freed() {
    let lab = small(Version::V4_20).await;
    let write = "for place in /tmp /var/tmp $HOME /var/lib; do \
        echo text | sudo -n tee $place/file >/dev/null || echo full; done 2>/dev/null";
    assert_eq!(ssh(&lab, 0, write).await.stdout, "");
    assert_eq!(ssh(&lab, 0, "sudo -n rm /tmp/file /var/tmp/file file /var/lib/file").await.code, 0);
    lab.set_fault(Fault::DiskFull).await;
    assert_eq!(ssh(&lab, 0, write).await.stdout, "full\nfull\nfull\nfull\n");
    lab.clear_faults().await;
    assert_eq!(ssh(&lab, 0, write).await.stdout, "");
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn sleep_is_the_real_one_for_everybody_but_the_script() {
    let lab = small(Version::V4_20).await;
    // Comparing times would be a guess: the stand-in replaces itself with the real program.
    let out = ssh(&lab, 0, "sleep 60 & while ! grep -q lab-sleep /proc/$!/cmdline; do :; done; kill $!; echo ok").await;
    assert_eq!(out.stdout, "ok\n");
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn two_hosts_of_two_labs_run_side_by_side() {
    let large = start(Version::V4_20, ScriptGeneration::G2, Cloud::Large).await;
    let small = small(Version::V4_20).await;
    assert_eq!(large.management().len(), 2);
    assert_eq!(ssh(&large, 1, "hostname").await.stdout, "mgmt2\n");
    ssh(&large, 1, "sudo -n systemctl stop cloudstack-management").await;
    let servers = support::ok(&large, "listManagementServers", &[]).await;
    assert_eq!(servers["managementserver"][1]["state"], "Down");
    assert_eq!(call(&small, "listZones", &[]).await.0, 200);
    large.stop().await.unwrap();
    small.stop().await.unwrap();
}

#[tokio::test]
async fn nothing_is_left_after_a_stop() {
    let lab = small(Version::V4_20).await;
    let dir = lab.management()[0].private_key.parent().unwrap().to_owned();
    ssh(&lab, 0, "setsid sleep 1000 >/dev/null 2>&1 & echo begun").await;
    assert!(is_left(&dir));
    lab.stop().await.unwrap();
    assert!(!is_left(&dir));
}

#[tokio::test]
async fn nothing_is_left_after_a_lab_was_dropped() {
    let lab = small(Version::V4_20).await;
    let dir = lab.management()[0].private_key.parent().unwrap().to_owned();
    drop(lab);
    until(async || (!is_left(&dir)).then_some(())).await;
}
