//! `install_new_agents` and `validate_agents` (4.5).

use serde_json::{Map, Value, json};

use super::config::suffix;
use super::data::Instance;
use super::release::Release;
use super::work::{Run, Stop};

/// What was asked for.
pub(super) struct Installation {
    validate: bool,
    install: bool,
    stop_old: bool,
    /// Nothing means all.
    nodes: Vec<String>,
    instances: Vec<String>,
}

/// The parameters that a deployment made on this release declares.
pub(super) fn parameters(made_on: Release) -> Vec<&'static str> {
    let mut names = vec!["install_agent_timeout", "node_ids", "node_instance_ids"];
    if made_on >= Release::V4_0_1 {
        names.extend(["validate", "install", "install_script"]);
    }
    if made_on >= Release::V4_5 {
        names.extend(["manager_ip", "manager_certificate", "stop_old_agent"]);
    }
    if made_on >= Release::V5_0_5 {
        names.push("install_methods");
    }
    names
}

impl Installation {
    pub(super) fn new(parameters: &Map<String, Value>, install: bool) -> Self {
        let flag = |name: &str, default| match parameters.get(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(word)) => word.eq_ignore_ascii_case("true"),
            _ => default,
        };
        let names = |name: &str| -> Vec<String> {
            let list = parameters.get(name).and_then(Value::as_array);
            list.into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
        };
        Self {
            validate: flag("validate", true),
            install: install && flag("install", true),
            stop_old: flag("stop_old_agent", false),
            nodes: names("node_ids"),
            instances: names("node_instance_ids"),
        }
    }

    fn wants(&self, instance: &Instance) -> bool {
        let everything = self.nodes.is_empty() && self.instances.is_empty();
        everything || self.nodes.contains(&instance.node) || self.instances.contains(&instance.id)
    }
}

/// All hosts are validated before the first one gets its agent, so one dead host blocks its whole deployment.
pub(super) async fn carry_out(run: &Run, wanted: &Installation) -> Result<(), Stop> {
    run.start()?;
    if wanted.install {
        run.shared.estate.open_window();
    }
    let hosts = hosts(run, wanted);
    if let Some(host) = hosts.iter().find(|host| host.state != "started") {
        return Err(Stop::Failed(format!("Node {} is not started (state: {})", host.id, host.state)));
    }
    run.step().await?;
    if wanted.validate {
        validate(run, &hosts)?;
    }
    if !wanted.install {
        return Ok(());
    }
    for host in &hosts {
        run.step().await?;
        install(run, host, wanted.stop_old)?;
    }
    Ok(())
}

/// The hosts with agents, as they are now.
fn hosts(run: &Run, wanted: &Installation) -> Vec<Instance> {
    let deployment = run.deployment.as_deref().unwrap_or_default();
    let state = run.shared.state();
    let found = state.data.instances_of(&run.tenant, deployment);
    found.filter(|found| found.has_agent() && wanted.wants(found)).cloned().collect()
}

/// Asks each old agent over the old manager's broker.
fn validate(run: &Run, hosts: &[Instance]) -> Result<(), Stop> {
    let mut first = None;
    for host in hosts {
        let trouble = trouble(run, host);
        let is_alive = trouble.is_none();
        let status = json!({
            "agent_alive": is_alive, "agent_alive_crossbroker": is_alive, "timestamp": run.shared.now(),
        });
        remember(run, &host.id, |runtime| {
            runtime.insert("agent_status".to_owned(), status);
        });
        let (kind, text) = match &trouble {
            None => ("task_succeeded", "Task succeeded 'cloudify_agent.operations.validate_agent_amqp'".to_owned()),
            Some(error) => ("task_failed", error.clone()),
        };
        run.event(kind, &text, Some(&host.id));
        first = first.or(trouble);
    }
    first.map_or(Ok(()), |error| Err(Stop::Failed(error)))
}

/// Why an agent does not answer, if it does not.
fn trouble(run: &Run, host: &Instance) -> Option<String> {
    let shared = &run.shared;
    let agent = host.agent("name");
    let task = "Task failed 'cloudify_agent.operations.validate_agent_amqp' ->";
    let Some(manager) = shared.estate.broker(host.broker()) else {
        return Some(format!("{task} Could not access tasks list for agent {agent}"));
    };
    let is_dead = shared.state().faults.is_dead(&host.id) || !shared.estate.runs(&host.id, agent, &manager);
    is_dead.then(|| format!("{task} Agent is not responding"))
}

fn install(run: &Run, host: &Instance, stop_old: bool) -> Result<(), Stop> {
    let shared = &run.shared;
    if shared.state().faults.tenant_fails(&run.tenant) {
        set_state(run, &host.id, "failed");
        return Err(Stop::Failed("New agent did not start and connect".to_owned()));
    }
    // Without validation nobody has asked whether the old agent is there to fetch the new one.
    if let Some(error) = trouble(run, host) {
        return Err(Stop::Failed(error));
    }
    let name = format!("{}_{}", host.id, suffix());
    shared.estate.install(&host.id, &name, &shared.config.name, stop_old);
    let (now, address) = (shared.now(), shared.address.to_string());
    let version = shared.config.release.number();
    remember(run, &host.id, |runtime| {
        let old = runtime.get("cloudify_agent").filter(|agent| agent.is_object()).cloned().unwrap_or_default();
        let mut new = old.clone();
        new["name"] = name.as_str().into();
        new["queue"] = name.as_str().into();
        new["version"] = version.into();
        new["broker_config"] = json!({ "broker_ip": address, "broker_ssl_enabled": true });
        runtime.insert("old_cloudify_agent".to_owned(), old);
        runtime.insert("cloudify_agent".to_owned(), new);
        let status = json!({ "agent_alive": true, "agent_alive_crossbroker": true, "timestamp": now });
        runtime.insert("agent_status".to_owned(), status);
    });
    set_state(run, &host.id, "started");
    run.event("task_succeeded", "Task succeeded 'cloudify_agent.operations.create_agent_amqp'", Some(&host.id));
    Ok(())
}

fn set_state(run: &Run, instance: &str, word: &str) {
    if run.shared.config.release.has_agents() {
        remember(run, instance, |runtime| {
            runtime.insert("agent_state".to_owned(), word.into());
        });
    }
}

fn remember(run: &Run, instance: &str, change: impl FnOnce(&mut Map<String, Value>)) {
    let mut state = run.shared.state();
    if let Some(instance) = state.data.instance_mut(instance) {
        change(&mut instance.runtime);
        instance.version += 1;
    }
}
