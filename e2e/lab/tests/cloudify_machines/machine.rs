//! What is on a machine, and what its commands do (6.5).

use lab::cloudify::{CloudifyAct, CloudifyFault, Form, ManagerFault, Place, Release};
use serde_json::{Value, json};

use crate::harness::{boot_id, fetched, is_root, restored, ssh_to, start, status, until, until_status};

#[tokio::test]
async fn a_person_finds_what_a_managers_machine_has() {
    let lab = start(Release::V4_2, Release::V4_6, Form::NewHost).await;
    let old = lab.host(Place::Old);
    let out = ssh_to(old, "sudo -n cat /opt/manager/rest-security.conf").await;
    let security: Value = serde_json::from_str(&out.stdout).unwrap();
    assert!(security["hash_salt"].is_string() && security["secret_key"].is_string(), "{security}");
    assert!(security.get("encryption_key").is_none(), "that came with 4.4");
    let out = ssh_to(old, "cat /opt/manager/rest-security.conf").await;
    assert_eq!(out.code != 0, is_root(), "it is a secret");
    let out = ssh_to(old, "sudo -n tar czf - -C /etc/cloudify ssl | tar tzf -").await;
    assert!(out.stdout.contains("ssl/cloudify_internal_cert.pem"), "{out:?}");
    assert_eq!(boot_id(old).await.unwrap().len(), 36);
    assert_ne!(boot_id(old).await, boot_id(lab.host(Place::New)).await);
    let out = ssh_to(old, "df -Pk /tmp | tail -n 1").await;
    let free: u64 = out.stdout.split_whitespace().nth(3).unwrap().parse().unwrap();
    assert!(free > 1000, "{out:?}");
    assert_eq!(ssh_to(old, "systemctl is-active cloudify-riemann").await.stdout, "active\n");
    let units = ssh_to(old, "systemctl list-units 'cloudify-*' --no-legend").await.stdout;
    assert!(units.contains("cloudify-restservice.service loaded active running"), "{units}");
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_stopped_service_does_not_answer_and_a_started_one_does() {
    let lab = start(Release::V4_2, Release::V4_6, Form::NewHost).await;
    let old = lab.host(Place::Old);
    let refused = ssh_to(old, "systemctl stop cloudify-restservice").await;
    assert_eq!(refused.code, 1);
    assert_eq!(status(&lab, Place::Old).await, 200);
    assert_eq!(ssh_to(old, "sudo -n systemctl stop cloudify-restservice").await.code, 0);
    assert_eq!(status(&lab, Place::Old).await, 502);
    assert_eq!(ssh_to(old, "systemctl is-active cloudify-restservice").await.code, 3);
    assert_eq!(status(&lab, Place::New).await, 200, "the other machine is not concerned");
    ssh_to(old, "sudo -n systemctl start cloudify-restservice").await;
    until_status(&lab, Place::Old, 200).await;
    ssh_to(old, "sudo -n systemctl stop nginx").await;
    until_status(&lab, Place::Old, 0).await;
    ssh_to(old, "sudo -n systemctl start nginx").await;
    until_status(&lab, Place::Old, 200).await;
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_reboot_ends_every_process_and_changes_the_boot_id() {
    let lab = start(Release::V4_2, Release::V4_6, Form::NewHost).await;
    let old = lab.host(Place::Old);
    let before = boot_id(old).await.unwrap();
    let mark = ssh_to(old, "setsid sh -c 'sleep 5000' >/dev/null 2>&1 & sleep 0.2; pgrep -c -f 'sleep 5000'").await;
    assert_ne!(mark.stdout, "0\n");
    assert_eq!(ssh_to(old, "/usr/sbin/shutdown -r now").await.code, 1, "who is not root may not");
    assert_eq!(boot_id(old).await.unwrap(), before);
    ssh_to(old, "sudo -n shutdown -r now").await;
    let after = until(async || boot_id(old).await.filter(|id| *id != before)).await;
    assert_ne!(after, before);
    assert_eq!(ssh_to(old, "pgrep -f '[s]leep 5000'").await.stdout, "");
    until_status(&lab, Place::Old, 200).await;
    let truth = lab.truth().await;
    assert_eq!(truth.machines.iter().map(|machine| machine.boots).collect::<Vec<_>>(), [1, 0, 0]);
    assert_eq!(truth.managers["old"].rest_starts, 2);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_reboot_that_never_happens_and_one_that_never_ends() {
    let lab = start(Release::V4_2, Release::V4_6, Form::NewHost).await;
    let new = lab.host(Place::New);
    let before = boot_id(new).await.unwrap();
    lab.set_fault(CloudifyFault::NeverReboots { place: Place::New }).await.unwrap();
    assert_eq!(ssh_to(new, "sudo -n reboot").await.code, 0);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(boot_id(new).await.unwrap(), before);
    lab.clear_faults().await.unwrap();
    lab.set_fault(CloudifyFault::NeverComesBack { place: Place::New }).await.unwrap();
    ssh_to(new, "sudo -n systemctl reboot").await;
    until(async || lab.truth().await.machines[1].is_down.then_some(())).await;
    until(async || boot_id(new).await.is_none().then_some(())).await;
    until_status(&lab, Place::New, 0).await;
    lab.act(CloudifyAct::PowerOn(Place::New)).await.unwrap();
    until_status(&lab, Place::New, 200).await;
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_full_tmp_is_full_for_everybody_and_a_restore_fails_on_it() {
    let lab = start(Release::V4_2, Release::V4_6, Form::NewHost).await;
    let archive = fetched(&lab).await;
    lab.set_fault(CloudifyFault::TmpFull { place: Place::New }).await.unwrap();
    let new = lab.host(Place::New);
    assert_ne!(ssh_to(new, "head -c 100000 /dev/zero >/tmp/more").await.code, 0);
    restored(&lab, archive, json!({ "recreate_deployments_envs": true, "force": false })).await;
    let failed = until(async || {
        let truth = lab.truth().await;
        truth.managers["new"].executions.iter().find(|execution| execution.status == "failed").cloned()
    })
    .await;
    assert!(failed.error.contains("No space left on device"), "{failed:?}");
    lab.clear_faults().await.unwrap();
    assert_eq!(ssh_to(new, "head -c 100000 /dev/zero >/tmp/more").await.code, 0);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn people_on_a_machine_are_seen() {
    let lab = start(Release::V4_2, Release::V4_6, Form::NewHost).await;
    let old = lab.host(Place::Old);
    let look = "who; ss -Htn state established '( sport = :80 or sport = :443 )'";
    assert_eq!(ssh_to(old, look).await.stdout, "");
    let erika = || "erika".to_owned();
    lab.set_fault(CloudifyFault::OnTerminal { place: Place::Old, user: erika() }).await.unwrap();
    let fault = ManagerFault::SomebodyLogsIn { user: erika() };
    lab.set_fault(CloudifyFault::Manager { place: Place::Old, fault }).await.unwrap();
    let seen = ssh_to(old, look).await.stdout;
    assert_eq!(seen.lines().count(), 2, "{seen}");
    assert!(seen.starts_with("erika"), "{seen}");
    // Without the web interface there is only who sits at a terminal.
    assert_eq!(ssh_to(old, "sudo -n systemctl stop cloudify-stage cloudify-composer").await.code, 0);
    let seen = ssh_to(old, look).await.stdout;
    assert_eq!(seen.lines().count(), 1, "{seen}");
    lab.stop().await.unwrap();
}
