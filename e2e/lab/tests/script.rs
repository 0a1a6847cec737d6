//! Each generation of `cloudstack-sysvmadm`, run over SSH against the platform: lines, log and truth.

mod support;

use lab::{Aim, Cloud, Fault, Lab, Path, ScriptGeneration, Truth, Version};
use support::{Output, ok, ssh, start, until, until_true};

const READ_PASSWORD: &str = "p=$(sudo -n sed -n 's/^db.cloud.password=//p' /etc/cloudstack/management/db.properties)";
const WARNING: &str = "mysql: [Warning] Using a password on the command line interface can be insecure.\n";

/// Opens port 8096 and waits until the server is back.
async fn open_port(lab: &Lab) {
    let params = [("name", "integration.api.port"), ("value", "8096")];
    ok(lab, "updateConfiguration", &params).await;
    ssh(lab, 0, "sudo -n systemctl restart cloudstack-management").await;
    until(async || {
        let url = format!("{}?command=x", lab.api_url());
        let status = reqwest::get(url).await.ok()?.status();
        (status == 401 && lab.truth().await.port_8096_open).then_some(())
    })
    .await;
}

async fn script(lab: &Lab, options: &str) -> Output {
    let address = lab.integration_address();
    let line = format!(
        "{READ_PASSWORD}; cloudstack-sysvmadm -d localhost -u cloud -p \"$p\" -m {address} -l sysvm.log {options}"
    );
    ssh(lab, 0, &line).await
}

/// The detail log without its time stamps.
async fn details(lab: &Lab) -> String {
    let log = ssh(lab, 0, "cat sysvm.log").await.stdout;
    assert!(log.lines().all(|line| line.starts_with("[20")), "{log}");
    log.lines().fold(String::new(), |out, line| out + &line[22..] + "\n")
}

async fn lab(version: Version, generation: ScriptGeneration) -> Lab {
    let lab = start(version, generation, Cloud::Small).await;
    open_port(&lab).await;
    lab
}

fn by_port_8096(truth: &Truth) -> bool {
    truth.vms.values().all(|vm| vm.stops.len() == 1 && vm.starts.len() == 1 && vm.stops[0].by == Path::Integration)
}

const HAPPY: &str = "
Stopping and starting 1 secondary storage vm(s)...
Done stopping and starting secondary storage vm(s)

Stopping and starting 1 console proxy vm(s)...
Done stopping and starting console proxy vm(s).

Stopping and starting 4 running routing vm(s)...\u{20}
Done restarting router(s).\u{20}

";

#[tokio::test]
async fn g0_rebuilds_everything_on_an_old_release() {
    let lab = lab(Version::V4_15, ScriptGeneration::G0).await;
    let out = script(&lab, "-a").await;
    assert_eq!((out.stdout.as_str(), out.code), (HAPPY, 0));
    let complaint = "line 21: /etc/rc.d/init.d/functions: No such file or directory";
    assert!(out.stderr.contains(complaint), "{}", out.stderr);
    assert_eq!(out.stderr.matches(WARNING).count(), 3);
    let log = details(&lab).await;
    assert!(log.contains("INFO: Stopping secondary storage vm with id 1\n"));
    assert!(log.contains("INFO: Starting console proxy vm with id 2\n"));
    assert_eq!(log.matches("INFO: Successfully restarted domainRouter with id ").count(), 4);
    let truth = lab.truth().await;
    assert!(truth.all_rebuilt() && by_port_8096(&truth));
    // Four at once: both routers of the pair were down together.
    assert_eq!(truth.router_overlaps[0].vms, ["r-4-VM", "r-5-VM"]);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn g1_on_4_19_fails_everywhere_says_done_and_exits_0() {
    let lab = lab(Version::V4_19, ScriptGeneration::G1).await;
    let out = script(&lab, "-a").await;
    assert_eq!(out.code, 0);
    assert!(out.stdout.contains("ERROR: Failed to stop secondary storage vm with id 1 \n\n"));
    assert!(out.stdout.contains("ERROR: Failed to stop console proxy vm with id 2 \n\n"));
    assert_eq!(out.stdout.matches("ERROR: Failed to restart domainRouter with id ").count(), 4);
    assert!(out.stdout.contains("Done stopping and starting console proxy vm(s) .\n"));
    assert!(out.stdout.ends_with("Done restarting router(s). \n\n"));
    let log = details(&lab).await;
    assert!(log.contains("ERROR: Failed to stopSystemVm id=1; jobId is "), "{log}");
    // The start is never sent; the reboots of the routers go on although they "failed".
    let truth = until_true(&lab, |truth| truth.vms.values().all(|vm| (vm.kind == "router") == vm.rebuilt)).await;
    assert_eq!(truth.received("startSystemVm").count(), 0);
    assert_eq!(truth.vms["s-1-VM"].state, "Stopped");
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn g1_restarts_only_the_first_of_several_ids() {
    let lab = lab(Version::V4_15, ScriptGeneration::G1).await;
    let truth = lab.truth().await;
    let ids = format!("{},{}", truth.vms["r-3-VM"].id, truth.vms["r-6-VM"].id);
    let three = format!("{ids},{}", truth.vms["r-4-VM"].id);
    let out = script(&lab, &format!("-r -i {three}")).await;
    let header = format!("Stopping and starting 1 running routing vm(s) with id={three}... \n");
    assert!(out.stdout.contains(&header), "{}", out.stdout);
    let truth = lab.truth().await;
    let rebuilt: Vec<_> = truth.vms.values().filter(|vm| vm.rebuilt).map(|vm| &vm.name).collect();
    assert_eq!(rebuilt, ["r-3-VM"]);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn g2_and_g3_rebuild_everything_with_uuids() {
    for generation in [ScriptGeneration::G2, ScriptGeneration::G3] {
        let lab = lab(Version::V4_20, generation).await;
        let out = script(&lab, "-a").await;
        let happy = HAPPY.replace("proxy vm(s).\n", "proxy vm(s) .\n");
        assert_eq!((out.stdout.as_str(), out.code), (happy.as_str(), 0));
        let truth = lab.truth().await;
        assert!(truth.all_rebuilt() && by_port_8096(&truth));
        assert!(truth.received("rebootRouter").all(|call| call.parameters["id"].len() == 36));
        assert!(truth.violations.is_empty(), "{:?}", truth.violations);
        lab.stop().await.unwrap();
    }
}

#[tokio::test]
async fn g2_shows_three_warnings_for_s_and_keeps_a_failed_ssvm_start_to_itself() {
    let lab = lab(Version::V4_20, ScriptGeneration::G2).await;
    let aim = Aim::command("startSystemVm");
    lab.set_fault(Fault::JobFails { aim, code: 530 }).await;
    let out = script(&lab, "-s").await;
    assert_eq!(out.stderr.matches(WARNING).count(), 3);
    assert!(!out.stdout.contains("secondary storage vm with id"));
    assert!(out.stdout.contains("ERROR: Failed to start console proxy vm with id "));
    let log = details(&lab).await;
    assert_eq!(log.matches("ERROR: Failed to start secondary storage vm with id ").count(), 2);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn with_the_port_closed_everything_fails_and_the_exit_code_is_0() {
    let lab = start(Version::V4_20, ScriptGeneration::G2, Cloud::Small).await;
    let out = script(&lab, "-a").await;
    assert_eq!(out.code, 0);
    assert!(out.stderr.contains("curl: (7) Failed to connect"));
    let twos = out.stdout.lines().filter(|line| *line == "2").count();
    assert_eq!(twos, 4, "{}", out.stdout);
    assert!(out.stdout.ends_with("Done restarting router(s). \n\n"));
    assert!(lab.truth().await.vms.values().all(|vm| vm.stops.is_empty()));
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn without_the_database_every_count_is_0_and_so_is_the_exit_code() {
    let lab = lab(Version::V4_20, ScriptGeneration::G2).await;
    lab.set_fault(Fault::DatabaseDenied).await;
    let out = script(&lab, "-a").await;
    assert_eq!(out.code, 0);
    assert!(out.stderr.contains("ERROR 1045 (28000)"));
    assert!(
        out.stdout.contains(
            "Stopping and starting 0 secondary storage vm(s)...\nNo running secondary storage vms found \n\n"
        )
    );
    assert!(out.stdout.ends_with("Stopping and starting 0 running routing vm(s)... \n"));
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_bare_p_swallows_the_mode_and_nothing_happens() {
    let lab = start(Version::V4_20, ScriptGeneration::G1, Cloud::Small).await;
    let out = ssh(&lab, 0, "cloudstack-sysvmadm -d localhost -u cloud -p -a").await;
    assert_eq!((out.stdout.as_str(), out.code), ("", 0));
    assert!(out.stderr.contains("Usage:"));
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn networks_and_vpcs_are_restarted_without_rebuilding_anything() {
    let lab = lab(Version::V4_20, ScriptGeneration::G2).await;
    let out = script(&lab, "-n -v").await;
    assert!(out.stdout.starts_with("Restarting 3 networks... \nDone restarting networks. \n"), "{}", out.stdout);
    assert!(out.stdout.contains("INFO: Successfully restarted vpc with id "));
    let out = script(&lab, "-v -z 1").await;
    assert!(out.stderr.contains("ERROR 1054 (42S22)"));
    assert!(out.stdout.starts_with("Restarting 0 vpcs... \n"));
    let truth = lab.truth().await;
    assert!(truth.vms.values().all(|vm| !vm.rebuilt));
    lab.stop().await.unwrap();
}

/// Begins the script on its own, as the vendor's text does.
async fn begin(lab: &Lab, options: &str) {
    let address = lab.integration_address();
    let line = format!(
        "{READ_PASSWORD}; setsid nohup cloudstack-sysvmadm -d localhost -u cloud -p \"$p\" -m {address} \
         -l sysvm.log {options} >out.log 2>&1 & echo begun"
    );
    assert_eq!(ssh(lab, 0, &line).await.stdout, "begun\n");
}

const RUNNING: &str = "pgrep -f '^/?[a-z/]*bash /usr/bin/cloudstack-sysvmadm' >/dev/null && echo yes || echo no";

#[tokio::test]
async fn up_to_g2_a_last_chunk_that_is_not_full_is_waited_for_for_ever() {
    let lab = lab(Version::V4_20, ScriptGeneration::G2).await;
    begin(&lab, "-r -t 3").await;
    until_true(&lab, |truth| truth.vms.values().filter(|vm| vm.rebuilt).count() == 4).await;
    let successes = "grep -c Successfully sysvm.log";
    until(async || (ssh(&lab, 0, successes).await.stdout == "4\n").then_some(())).await;
    // All is done, and the script goes on: it sleeps again and again.
    let sleeper = "pgrep -n -f lab-sleep";
    let first = until(async || Some(ssh(&lab, 0, sleeper).await.stdout).filter(|pid| !pid.is_empty())).await;
    until(async || {
        let next = ssh(&lab, 0, sleeper).await.stdout;
        (!next.is_empty() && next != first).then_some(())
    })
    .await;
    assert_eq!(ssh(&lab, 0, RUNNING).await.stdout, "yes\n");
    assert!(!ssh(&lab, 0, "cat out.log").await.stdout.contains("Done"));
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn g3_ends_after_a_last_chunk_that_is_not_full() {
    let lab = lab(Version::V4_20, ScriptGeneration::G3).await;
    let out = script(&lab, "-r -t 3").await;
    assert!(out.stdout.ends_with("Done restarting router(s). \n\n"));
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn the_script_can_be_killed_midway_or_left_asleep() {
    let lab = lab(Version::V4_20, ScriptGeneration::G3).await;
    lab.set_fault(Fault::ScriptKilled { at_sleep: 5 }).await;
    begin(&lab, "-a").await;
    until(async || (ssh(&lab, 0, RUNNING).await.stdout == "no\n").then_some(())).await;
    assert!(!ssh(&lab, 0, "cat out.log").await.stdout.contains("Done"));
    lab.stop().await.unwrap();

    let lab = self::lab(Version::V4_20, ScriptGeneration::G2).await;
    lab.set_fault(Fault::EndlessSleep).await;
    begin(&lab, "-r").await;
    until_true(&lab, |truth| truth.vms.values().filter(|vm| vm.rebuilt).count() == 4).await;
    let asleep = "pgrep -f 'lab-sleep 10' >/dev/null && echo yes";
    until(async || (ssh(&lab, 0, asleep).await.stdout == "yes\n").then_some(())).await;
    assert_eq!(ssh(&lab, 0, RUNNING).await.stdout, "yes\n");
    lab.stop().await.unwrap();
}
