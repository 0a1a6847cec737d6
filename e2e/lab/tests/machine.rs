//! VMs live as the dossier says.

mod support;

use lab::{Aim, Fault, Path, Version};
use serde_json::Value;
use support::{job, named, ok, small, system_vm, until, until_true};

fn id(vm: &Value) -> String {
    vm["id"].as_str().expect("every VM has an id").to_owned()
}

async fn root(lab: &lab::Lab, vm: &str) -> Value {
    let params = [("virtualmachineid", vm), ("listsystemvms", "true"), ("type", "ROOT")];
    ok(lab, "listVolumes", &params).await["volume"][0].clone()
}

#[tokio::test]
async fn after_the_upgrade_vms_name_the_new_template_but_run_from_old_disks() {
    let lab = small(Version::V4_20).await;
    let vm = system_vm(&lab, "s-1-VM").await;
    assert_eq!(vm["templatename"], "systemvm-kvm-4.20.1-x86_64");
    assert_eq!(vm["version"], "4.19.1.0");
    let disk = root(&lab, &id(&vm)).await;
    assert_ne!(disk["templateid"], vm["templateid"]);
    let router = named(&lab, "listRouters", "router", "r-4-VM").await;
    assert_eq!(router["requiresupgrade"], true);
    assert_eq!(router["redundantstate"], "PRIMARY");
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn stop_and_start_make_a_new_disk_and_the_agent_follows_later() {
    let lab = small(Version::V4_20).await;
    let vm = id(&system_vm(&lab, "s-1-VM").await);
    let before = root(&lab, &vm).await;
    assert_eq!(job(&lab, "stopSystemVm", &[("id", &vm)]).await["jobstatus"], 1);
    assert_eq!(job(&lab, "startSystemVm", &[("id", &vm)]).await["jobstatus"], 1);
    until(async || {
        let now = system_vm(&lab, "s-1-VM").await;
        (now["agentstate"] == "Up" && now["version"] == "4.20.1.0").then_some(())
    })
    .await;
    let after = root(&lab, &vm).await;
    assert_ne!(before["id"], after["id"]);
    assert_eq!(after["templateid"], system_vm(&lab, "s-1-VM").await["templateid"]);
    let truth = lab.truth().await;
    let found = &truth.vms["s-1-VM"];
    assert!(found.rebuilt);
    assert_eq!((found.stops.len(), found.starts.len()), (1, 1));
    assert_eq!(found.stops[0].by, Path::Signed);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_plain_reboot_keeps_the_disk_of_a_system_vm() {
    let lab = small(Version::V4_20).await;
    let vm = id(&system_vm(&lab, "v-2-VM").await);
    assert_eq!(job(&lab, "rebootSystemVm", &[("id", &vm)]).await["jobstatus"], 1);
    let truth = until_true(&lab, |truth| truth.vms["v-2-VM"].agent == "Up").await;
    assert!(!truth.vms["v-2-VM"].rebuilt);
    assert_eq!(truth.vms["v-2-VM"].reboots.len(), 1);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_router_reboot_rebuilds_it_and_its_partner_takes_over() {
    let lab = small(Version::V4_15).await;
    let primary = named(&lab, "listRouters", "router", "r-4-VM").await;
    assert_eq!(primary["redundantstate"], "MASTER");
    assert_eq!(job(&lab, "rebootRouter", &[("id", &id(&primary))]).await["jobstatus"], 1);
    until(async || {
        let now = named(&lab, "listRouters", "router", "r-4-VM").await;
        (now["redundantstate"] == "BACKUP" && now["requiresupgrade"] == false).then_some(())
    })
    .await;
    let partner = named(&lab, "listRouters", "router", "r-5-VM").await;
    assert_eq!(partner["redundantstate"], "MASTER");
    let truth = lab.truth().await;
    assert!(truth.vms["r-4-VM"].rebuilt && !truth.vms["r-5-VM"].rebuilt);
    assert!(truth.router_overlaps.is_empty());
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn two_routers_of_a_pair_down_together_are_noticed() {
    let lab = small(Version::V4_20).await;
    let first = id(&named(&lab, "listRouters", "router", "r-4-VM").await);
    let second = id(&named(&lab, "listRouters", "router", "r-5-VM").await);
    job(&lab, "stopRouter", &[("id", &first)]).await;
    job(&lab, "rebootRouter", &[("id", &second)]).await;
    let truth = lab.truth().await;
    assert_eq!(truth.router_overlaps[0].vms, ["r-4-VM", "r-5-VM"]);
    // A router that is not running cannot be rebooted.
    let refused = job(&lab, "rebootRouter", &[("id", &first)]).await;
    assert_eq!((&refused["jobstatus"], &refused["jobresultcode"]), (&2.into(), &530.into()));
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_destroyed_system_vm_comes_back_as_another_one() {
    let lab = small(Version::V4_20).await;
    let vm = id(&system_vm(&lab, "s-1-VM").await);
    job(&lab, "destroySystemVm", &[("id", &vm)]).await;
    let truth = until_true(&lab, |truth| truth.vms.get("s-7-VM").is_some_and(|vm| vm.state == "Running")).await;
    assert!(truth.vms["s-1-VM"].removed);
    assert!(truth.vms["s-7-VM"].rebuilt);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_network_restart_with_cleanup_replaces_routers_one_by_one() {
    let lab = small(Version::V4_20).await;
    let network = id(&named(&lab, "listNetworks", "network", "net2").await);
    assert_eq!(job(&lab, "restartNetwork", &[("id", &network)]).await["jobstatus"], 1);
    assert!(!lab.truth().await.vms["r-4-VM"].rebuilt);
    let params = [("id", network.as_str()), ("cleanup", "true")];
    assert_eq!(job(&lab, "restartNetwork", &params).await["jobstatus"], 1);
    let truth = lab.truth().await;
    assert!(truth.vms["r-4-VM"].removed && truth.vms["r-5-VM"].removed);
    assert!(truth.router_overlaps.is_empty());
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn jobs_fail_hang_cancel_or_lie_when_told_to() {
    let lab = small(Version::V4_20).await;
    let vm = id(&system_vm(&lab, "s-1-VM").await);
    let once = || Aim::command("stopSystemVm").on("s-1-VM").times(1);
    lab.set_fault(Fault::JobFails { aim: once(), code: 534 }).await;
    let failed = job(&lab, "stopSystemVm", &[("id", &vm)]).await;
    assert_eq!(failed["jobstatus"], 2);
    assert_eq!(failed["jobresult"]["errorcode"], 534);
    lab.set_fault(Fault::JobCancelled { aim: once() }).await;
    let cancelled = job(&lab, "stopSystemVm", &[("id", &vm)]).await;
    assert_eq!(cancelled["jobstatus"], 3);
    lab.set_fault(Fault::KeepsOldDisk { vm: "s-1-VM".into() }).await;
    lab.set_fault(Fault::AgentNeverUp { vm: "s-1-VM".into() }).await;
    job(&lab, "stopSystemVm", &[("id", &vm)]).await;
    assert_eq!(job(&lab, "startSystemVm", &[("id", &vm)]).await["jobstatus"], 1);
    assert!(!lab.truth().await.vms["s-1-VM"].rebuilt);
    assert_eq!(system_vm(&lab, "s-1-VM").await["agentstate"], "Connecting");
    lab.set_fault(Fault::JobNeverEnds { aim: once() }).await;
    ok(&lab, "stopSystemVm", &[("id", &vm)]).await;
    let pending = ok(&lab, "listAsyncJobs", &[]).await;
    assert_eq!(pending["count"], 1);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_restart_of_the_server_cuts_its_jobs_and_leaves_the_vm_stopped() {
    let lab = small(Version::V4_20).await;
    let vm = id(&system_vm(&lab, "s-1-VM").await);
    let aim = Aim::command("stopSystemVm").times(1);
    lab.set_fault(Fault::ServerRestarts { aim }).await;
    let jobid = ok(&lab, "stopSystemVm", &[("id", &vm)]).await["jobid"].clone();
    let truth =
        until_true(&lab, |truth| truth.service_restarts["mgmt1"] == 1 && truth.vms["s-1-VM"].state == "Stopped").await;
    assert_eq!(truth.jobs_cut, 1);
    let job = ok(&lab, "queryAsyncJobResult", &[("jobid", jobid.as_str().unwrap())]).await;
    assert_eq!((&job["jobstatus"], &job["jobresultcode"]), (&2.into(), &530.into()));
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn the_scanner_may_be_faster_than_we_are() {
    let lab = small(Version::V4_20).await;
    let vm = id(&system_vm(&lab, "s-1-VM").await);
    lab.set_fault(Fault::Scanner { after_ms: 0 }).await;
    job(&lab, "stopSystemVm", &[("id", &vm)]).await;
    assert_eq!(job(&lab, "startSystemVm", &[("id", &vm)]).await["jobstatus"], 1);
    let truth = lab.truth().await;
    let starts: Vec<_> = truth.vms["s-1-VM"].starts.iter().map(|act| act.by).collect();
    assert_eq!(starts, [Path::Platform]);
    lab.stop().await.unwrap();
}
