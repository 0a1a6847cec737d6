//! What whole plans look like. `UPDATE_EXPECT=1 cargo test -p open_vstorage` rewrites them; read the difference.

mod framework;
mod storage;
mod supervised;

use expect_test::{Expect, expect};
use model::open_vstorage::{Generation, Init};
use model::plan::{Plan, Step};
use model::procedure::{Inputs, UpdateMode};

use super::tests::{make, shape};

use crate::fixture::{Shape, framework, storage_driver};

/// The plan as an operator would note it down.
fn outline(plan: &Plan) -> String {
    let mut lines = vec![plan.summary.clone()];
    let line = |step: &Step| {
        let after: Vec<&str> = step.after.iter().map(model::id::StepId::as_str).collect();
        let after = if after.is_empty() { String::new() } else { format!("  <- {}", after.join(", ")) };
        format!("    {} [{:?} x{}] {}{after}", step.id, step.kind, step.attempts, step.title)
    };
    for stage in &plan.stages {
        lines.push(format!("  {} (limit {})", stage.title, stage.limit));
        lines.extend(stage.steps.iter().map(line));
    }
    lines.push("  finally".to_owned());
    lines.extend(plan.finally.iter().map(line));
    lines.push(format!("  held after a failure: {} s", plan.hold));
    lines.extend(plan.left_out.iter().map(|out| format!("  left out: {}: {}", out.what, out.why)));
    lines.extend(plan.hazards.iter().map(|hazard| format!("  {:?}: {}", hazard.weight, hazard.words)));
    lines.join("\n")
}

fn check(shape: &Shape, inputs: &Inputs, expected: Expect) {
    expected.assert_eq(&outline(&make(shape, &shape.inventory(), inputs).unwrap()));
}

fn systemd() -> Shape {
    Shape { extras: vec![], ..Shape::new(Generation::C, Init::Systemd) }
}

/// What a person reads of one step, and what is run.
fn whole(step: &Step) -> String {
    let mut text = format!(
        "{}\nimpact: {}\nhazard: {:?}\nvendor: {:?}\nundo: {:?}\n",
        step.title, step.impact, step.hazard, step.vendor, step.undo
    );
    if let model::plan::Action::Shell(shell) = &step.action {
        text.push_str(&format!("args: {}\n", shell.args.join(" ")));
    }
    if let model::plan::Probe::Shell { args, .. } = &step.proof {
        text.push_str(&format!("proof: {}\n", args.join(" ")));
    }
    text
}

#[test]
fn a_step_says_what_it_stops_and_why_it_is_not_the_vendors_word() {
    let shape = shape();
    let plan = make(&shape, &shape.inventory(), &storage_driver(UpdateMode::StepByStep)).unwrap();
    let of = |id: &str| whole(plan.steps().find(|step| step.id.as_str() == id).unwrap());
    expect![[r#"
        Stop the volume driver of vpool1 on node1
        impact: vPool vpool1: all vDisks offline on node1.
        hazard: Some("It writes out its cache first: allow minutes. Do not kill it, and do not stop what it writes through.")
        vendor: Some("“stop ovs-volumedriver_vpoolname”.")
        undo: ByStep(StepId("start/ovs-volumedriver_vpool1/node1"))
        args: upstart ovs-volumedriver_vpool1
        proof: upstart ovs-volumedriver_vpool1 mount=/mnt/vpool1 words=volumedriver_fs,vpool1
    "#]].assert_eq(&of("stop/ovs-volumedriver_vpool1/node1"));
    expect![[r#"
        Start the volume driver of vpool1 on node1
        impact: 
        hazard: Some("It ends again soon after its start when disks, proxies or the clusters of its backend are not up.")
        vendor: Some("“for each running vPool execute restart ovs-volumedriver_vpoolname”. A stopped unit cannot be restarted: it is started.")
        undo: ByHand("Stop ovs-volumedriver_vpool1 on node1.")
        args: upstart ovs-volumedriver_vpool1 newer=volumedriver-base package=volumedriver-server=3.6.2
        proof: upstart ovs-volumedriver_vpool1 newer=volumedriver-base package=volumedriver-server=3.6.2 mount=/mnt/vpool1
    "#]].assert_eq(&of("start/ovs-volumedriver_vpool1/node1"));
    expect![[r#"
        Start arakoon mybackend-abm on node1 anew
        impact: mybackend-abm: one member is away for a moment; the others carry it.
        hazard: Some("A second member down at the same time would take the whole cluster, and its backend, down.")
        vendor: Some("“If < 3: Stop them all, and start them all up again. If >= 3: Restart them one by one, waiting a minute in between”. The members of each cluster are counted, not the masters; and besides the minute a master and all members up are wanted.")
        undo: NotNeeded
        args: upstart ovs-arakoon-mybackend-abm pause=60 config=/opt/OpenvStorage/config/arakoon/mybackend-abm/mybackend-abm.cfg
    "#]].assert_eq(&of("renew/ovs-arakoon-mybackend-abm/node1"));
    expect![[r#"
        Install alba 0.7.5 and arakoon 1.8.12 on node1
        impact: 
        hazard: Some("If it fails, the volumes stay offline.")
        vendor: Some("“On all nodes, install the new alba package through apt or yum.” Drydock names the exact versions, lets nothing ask, and refuses when a package would be removed.")
        undo: ByHand("The vendor has no way back. The versions before: alba=0.7.3 arakoon=1.8.9.")
        args: apt no alba 0.7.3 0.7.5 arakoon 1.8.9 1.8.12
        proof: apt no alba 0.7.3 0.7.5 arakoon 1.8.9 1.8.12
    "#]].assert_eq(&of("install/backend/node1"));
    let plan = make(&shape, &shape.inventory(), &framework(UpdateMode::StepByStep)).unwrap();
    let of = |id: &str| whole(plan.steps().find(|step| step.id.as_str() == id).unwrap());
    expect![[r#"
        Stop memcached on node1
        impact: The framework's cache on node1 is away; only the framework uses it.
        hazard: None
        vendor: Some("“stop memcached”. upstart does not know it here: service memcached stop.")
        undo: ByStep(StepId("start/memcached/node1"))
        args: sysv memcached
        proof: sysv memcached listen=00000000:2BCB listen=0100000A:2BCB listen=0100007F:2BCB listen=00000000000000000000000000000000:2BCB
    "#]].assert_eq(&of("stop/memcached/node1"));
    expect![[r#"
        Start the framework on node1
        impact: 
        hazard: Some("It waits for ever when memcached, the model or RabbitMQ of a master do not answer. Look at those first.")
        vendor: Some("“start ovs-watcher-framework”. Drydock does not wait in the command, which would hang when a master's service is missing; it looks at the unit and at all that start with it.")
        undo: ByHand("Stop ovs-watcher-framework on node1.")
        args: upstart ovs-watcher-framework
        proof: upstart ovs-watcher-framework newer=openvstorage-core also=ovs-scheduled-tasks also=ovs-webapp-api also=ovs-workers
    "#]].assert_eq(&of("start/ovs-watcher-framework/node1"));
}
