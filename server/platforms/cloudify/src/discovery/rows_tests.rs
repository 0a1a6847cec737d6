use serde_json::json;

use super::*;

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

#[test]
fn both_shapes_of_the_status_are_read() {
    let old = json!({ "status": "running", "services": [
        { "display_name": "Manager Rest-Service", "instances": [
            { "state": "running", "SubState": "running", "ActiveState": "active", "LoadState": "loaded",
              "Id": "cloudify-restservice.service", "MainPID": 1234, "Description": "..." }] },
        { "display_name": "Riemann", "instances": [] }] });
    let old = status(&old).unwrap();
    assert_eq!((old.word.as_str(), old.is_good()), ("running", false));
    assert_eq!(old.troubles().collect::<Vec<_>>(), [("Riemann", "unknown")]);
    let new = json!({ "status": "OK", "services": {
        "RabbitMQ": { "status": "Active", "is_remote": false, "extra_info": { "systemd": {} } } } });
    assert!(status(&new).unwrap().is_good());
    let degraded = json!({ "status": "Degraded", "services": { "RabbitMQ": { "status": "Inactive" } } });
    assert_eq!(status(&degraded).unwrap().troubles().collect::<Vec<_>>(), [("RabbitMQ", "Inactive")]);
    assert!(status(&json!({ "services": [] })).is_err());
}

#[test]
fn an_execution_of_the_system_belongs_to_no_deployment() {
    let row: ExecutionRow = read(json!({
        "id": "686be33b-f1f1-43d7-a8fb-acd0077a7f31", "workflow_id": "create_snapshot", "status": "pending", "error": "",
        "created_at": "2026-11-21T02:41:28.970Z", "deployment_id": null, "blueprint_id": null,
        "is_system_workflow": true, "parameters": { "snapshot_id": "upgrade_snapshot" }, "private_resource": false,
        "resource_availability": "tenant", "tenant_name": "default_tenant", "created_by": "admin" }));
    let execution = row.read(None);
    assert_eq!(
        (execution.workflow.as_str(), execution.is_system, &execution.deployment),
        ("create_snapshot", true, &None)
    );
    assert_eq!(execution.status, ExecutionStatus::Pending);
    assert_eq!(execution.tenant.unwrap().as_str(), "default_tenant");
    assert!(!ExecutionStatus::from("new_word".to_owned()).has_ended());
}

#[test]
fn a_snapshot_with_an_id_that_would_be_a_path_is_refused() {
    let row = |id: &str| serde_json::from_value::<SnapshotRow>(json!({ "id": id, "status": "created" }));
    assert!(row("upgrade_snapshot").is_ok());
    assert!(row("../upgrade").err().unwrap().to_string().contains("snapshot"));
}

#[test]
fn maintenance_mode_names_what_it_waits_for() {
    let row: MaintenanceRow = read(json!({
        "status": "activating", "activated_at": "", "activation_requested_at": "2026-11-21T02:40:00.000Z",
        "requested_by": "admin", "remaining_executions": [
            { "id": "686be33b-f1f1-43d7-a8fb-acd0077a7f31", "status": "started", "deployment_id": "web",
              "workflow_id": "install" }] }));
    let mode = Maintenance::from(row);
    assert_eq!((mode.status, mode.remaining.len()), (MaintenanceStatus::Activating, 1));
    let off: MaintenanceRow =
        read(json!({ "status": "deactivated", "requested_by": "", "remaining_executions": null }));
    assert_eq!(Maintenance::from(off).requested_by, None);
}

#[test]
fn workflows_are_found_whether_they_are_listed_or_kept_by_name() {
    let both = BTreeSet::from([AgentWorkflow::InstallNewAgents, AgentWorkflow::ValidateAgents]);
    let listed = json!([{ "name": "install" }, { "name": "install_new_agents" }, { "name": "validate_agents" }]);
    assert_eq!(workflows(&listed), both);
    assert_eq!(workflows(&json!({ "heal": {}, "install_new_agents": {}, "validate_agents": {} })), both);
    assert_eq!(workflows(&Value::Null), BTreeSet::new());
}

#[test]
fn only_a_policy_with_a_trigger_acts() {
    let trigger =
        json!({ "type": "cloudify.policies.triggers.execute_workflow", "parameters": { "workflow": "heal" } });
    let groups = json!({ "healing": { "members": ["vm"], "policies": {
        "host_failure": { "type": "cloudify.policies.types.host_failure", "triggers": { "heal_trigger": trigger } },
        "watching": { "type": "cloudify.policies.types.threshold", "triggers": {} } } } });
    let found = policies(&groups);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].policy.as_str(), found[0].workflow.as_deref()), ("host_failure", Some("heal")));
    assert_eq!(policies(&Value::Null), []);
}

fn instance(runtime: Value) -> InstanceRow {
    read(json!({ "id": "vm_1", "node_id": "vm", "host_id": "vm_1", "deployment_id": "web", "state": "started",
                 "runtime_properties": runtime }))
}

#[test]
fn an_agent_is_told_with_its_broker_and_when_it_was_asked() {
    let row = instance(json!({
        "ip": "10.0.0.7", "cloudify_agent": {
            "name": "vm_1_new", "version": "4.2.0", "install_method": "remote",
            "broker_config": { "broker_ip": "10.0.0.5", "broker_pass": "not to be read" } },
        "old_cloudify_agent": { "name": "vm_1" },
        "agent_status": { "agent_alive": true, "agent_alive_crossbroker": false, "timestamp": "2026-11-21T02:41:28Z" } }));
    let agent = row.agent().unwrap();
    assert!(row.is_host());
    assert_eq!((agent.name.as_str(), agent.broker.as_deref()), ("vm_1_new", Some("10.0.0.5")));
    assert_eq!(agent.replaced.as_deref(), Some("vm_1"));
    let status = agent.status.unwrap();
    assert_eq!((status.alive, status.alive_over_old_broker), (Some(true), Some(false)));
}

#[test]
fn a_host_without_an_agent_has_none_whatever_its_blueprint_keeps() {
    for runtime in [
        json!({}),
        json!({ "cloudify_agent": "text" }),
        json!({ "cloudify_agent": { "name": "vm_1", "install_method": "none" } }),
        json!({ "cloudify_agent": {} }),
    ] {
        assert_eq!(instance(runtime.clone()).agent(), None, "{runtime}");
    }
    let unasked = instance(json!({ "cloudify_agent": { "name": "vm_1" }, "agent_status": [] })).agent().unwrap();
    assert_eq!((unasked.status, unasked.broker), (None, None));
}

#[test]
fn networks_are_those_of_the_agents() {
    let context = json!({ "name": "provider", "context": { "cloudify": { "cloudify_agent": {
        "networks": { "default": "10.0.0.5", "blue": "10.1.0.5" } } } } });
    assert_eq!(networks(&context).unwrap(), BTreeSet::from(["blue".to_owned(), "default".to_owned()]));
    assert!(networks(&json!({ "context": {} })).unwrap_err().contains("networks"));
}
