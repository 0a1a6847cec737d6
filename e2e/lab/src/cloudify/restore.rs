//! The workflow that restores a snapshot, phase by phase (4).

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use uuid::Uuid;

use super::archive::{AdminAccount, Archive, Contents};
use super::data::{BOOTSTRAP, Data};
use super::fault::RestorePhase;
use super::release::{Release, numbers};
use super::shared::{Front, Restoring, Security, Shared, State};
use super::snapshot::check_room;
use super::work::{Run, Stop};

/// How often it is asked whether a fault still holds something up.
const LOOK: Duration = Duration::from_millis(20);

/// What was asked for.
pub(super) struct Order {
    pub(super) archive: Option<Archive>,
    /// Whose call it was.
    pub(super) by: u32,
    pub(super) force: bool,
    pub(super) certificates: bool,
    pub(super) no_reboot: bool,
    pub(super) ignore_plugins: bool,
}

/// Commands for after the workflow (4.1, 8).
#[derive(Default)]
pub(super) struct After {
    admin: Option<AdminAccount>,
    certificates: Option<String>,
    restart: bool,
    reboot: bool,
}

/// The workflow.
pub(super) async fn carry_out(run: &Run, order: &Order, after: &mut After) -> Result<(), Stop> {
    let release = run.shared.config.release;
    run.start()?;
    run.shared.state().restoring = Some(Restoring { database_since: None });
    run.step().await?;
    fail(run, RestorePhase::Unpack)?;
    check_room(&run.shared)?;
    let archive = order.archive.as_ref().ok_or_else(|| Stop::Failed("No such file or directory".to_owned()))?;
    let contents = archive.contents().map_err(|error| Stop::Failed(error.to_string()))?;
    run.log("Validating snapshot");
    let version = validate(run, order, &contents)?;
    if release.restarts_in_the_middle() {
        files(run).await?;
    }
    database(run, &contents, version).await?;
    if !release.restarts_in_the_middle() {
        files(run).await?;
    }
    queue_commands(run, &contents, after);
    if release.restarts_in_the_middle() && after.restart {
        run.shared.restart_rest().await;
    }
    run.log("Restoring plugins");
    run.step().await?;
    if order.ignore_plugins {
        if let Some(error) = run.shared.state().faults.restore_fails(RestorePhase::Plugins) {
            tracing::debug!(%error, "a plugin's failure is ignored");
        }
    } else {
        fail(run, RestorePhase::Plugins)?;
    }
    run.log("Restoring credentials");
    run.log("Restoring cloudify agent data");
    run.step().await?;
    fail(run, RestorePhase::Agents)?;
    agents(&run.shared, &contents);
    environments(run).await?;
    if order.certificates {
        after.certificates.clone_from(&contents.certificates);
        after.reboot = !order.no_reboot;
    }
    if after.restart || after.reboot {
        run.log("After restore, the following commands will run: ...");
    }
    if contents.hash_salt.is_none() && !contents.version.starts_with("3.") {
        run.warn("Passwords of all users but the admin have to be reset: the snapshot holds no salt");
    }
    Ok(())
}

fn fail(run: &Run, phase: RestorePhase) -> Result<(), Stop> {
    run.shared.state().faults.restore_fails(phase).map_or(Ok(()), |error| Err(Stop::Failed(error)))
}

/// What the real one looks at, in its order (4.1, 2). The version of the snapshot.
fn validate(run: &Run, order: &Order, contents: &Contents) -> Result<[u32; 3], Stop> {
    let failed = |text: String| Err(Stop::Failed(text));
    let config = &run.shared.config;
    let manager = numbers(config.release.number()).unwrap_or_default();
    let Some(version) = numbers(&contents.version) else {
        return failed(format!("Invalid version: '{}'", contents.version));
    };
    if version > manager {
        let text = format!(
            "Cannot restore a newer manager's snapshot on this manager [{} > {}]",
            contents.version,
            config.release.number()
        );
        return failed(text);
    }
    if version < [4, 0, 0] && !config.release.restores_3x() {
        return failed(format!("Restoring snapshot from version {} is not supported", contents.version));
    }
    let state = run.shared.state();
    let is_old = version < [4, 0, 0];
    if !is_old && order.by != BOOTSTRAP {
        let text = "The current user is not authorized to restore v4 snapshots. Only the bootstrap admin is allowed \
                    to perform this action";
        return failed(text.to_owned());
    }
    let is_dirty = state.data.blueprints.iter().any(|blueprint| !is_old || blueprint.tenant == run.tenant);
    if is_dirty && !order.force {
        return failed("Snapshot restoration on a dirty manager is not permitted.".to_owned());
    }
    let needed = contents.networks.iter().flatten();
    let missing: Vec<&str> = needed.filter(|name| !config.networks.contains(name)).map(String::as_str).collect();
    if !missing.is_empty() {
        return failed(format!("Snapshot requires the following networks: {}", missing.join(", ")));
    }
    Ok(version)
}

async fn files(run: &Run) -> Result<(), Stop> {
    run.log("Restoring files from the archive to the manager");
    run.step().await?;
    fail(run, RestorePhase::Files)
}

/// Replaces the database. REST answers 500 while the schema changes, or is stopped for as long (4.2).
async fn database(run: &Run, contents: &Contents, version: [u32; 3]) -> Result<(), Stop> {
    let shared = &run.shared;
    run.log("Restoring database");
    let since = Instant::now();
    {
        let mut state = shared.state();
        state.restoring = Some(Restoring { database_since: Some(since) });
        if shared.config.release.stops_rest() {
            state.front = Front::BadGateway;
        } else {
            state.schema_moves = true;
        }
    }
    let waited = run.step().await;
    while waited.is_ok() && shared.state().faults.holds_database(since) {
        tokio::time::sleep(LOOK).await;
    }
    let result = waited.and_then(|()| fail(run, RestorePhase::Database));
    {
        let mut state = shared.state();
        if result.is_ok() {
            load(&mut state, run, contents, version);
        }
        state.restoring = Some(Restoring { database_since: None });
        state.schema_moves = false;
    }
    if shared.config.release.stops_rest() {
        shared.start_rest();
    }
    result?;
    run.log("Successfully restored database");
    run.step().await
}

fn load(state: &mut State, run: &Run, contents: &Contents, version: [u32; 3]) {
    let mut loaded = contents.data.clone();
    if version < [4, 0, 0] {
        merge(&mut state.data, loaded, &run.tenant, run.shared.config.release);
        return;
    }
    // All tables are emptied: the snapshots are gone, and whatever was told of this restore (fact 9).
    state.snapshots.clear();
    let Some(admin) = state.data.users.iter().find(|user| user.id == BOOTSTRAP).cloned() else {
        return;
    };
    for user in loaded.users.iter_mut().filter(|user| user.id == BOOTSTRAP) {
        user.name.clone_from(&admin.name);
        user.password.clone_from(&admin.password);
        user.salt.clone_from(&admin.salt);
    }
    if !state.faults.loses_execution() {
        loaded.executions.extend(state.data.execution(&run.id).cloned());
    }
    state.data = loaded;
}

/// What a 3.x manager had becomes the current tenant's. Everything else stays.
fn merge(data: &mut Data, loaded: Data, tenant: &str, release: Release) {
    let is_new = |id: &str| !data.deployments.iter().any(|found| found.tenant == tenant && found.id == id);
    let mut loaded = loaded;
    loaded.deployments.retain(|deployment| !release.has_tenants() || is_new(&deployment.id));
    for blueprint in &mut loaded.blueprints {
        tenant.clone_into(&mut blueprint.tenant);
    }
    for deployment in &mut loaded.deployments {
        tenant.clone_into(&mut deployment.tenant);
    }
    for instance in &mut loaded.instances {
        tenant.clone_into(&mut instance.tenant);
    }
    for execution in &mut loaded.executions {
        tenant.clone_into(&mut execution.tenant);
    }
    data.blueprints.extend(loaded.blueprints);
    data.deployments.extend(loaded.deployments);
    let known: Vec<String> = data.instances.iter().map(|instance| instance.id.clone()).collect();
    data.instances.extend(loaded.instances.into_iter().filter(|instance| !known.contains(&instance.id)));
    data.executions.extend(loaded.executions);
    data.events.extend(loaded.events);
}

/// With a salt in the snapshot, users keep their passwords, and the admin's follows when all is over (4.1, 6).
fn queue_commands(run: &Run, contents: &Contents, after: &mut After) {
    let Some(salt) = &contents.hash_salt else {
        return;
    };
    let now = run.shared.state().saved_security.clone();
    let with_salt = Security { hash_salt: salt.clone(), ..now };
    run.shared.save_security(contents.security.clone().unwrap_or(with_salt));
    after.admin.clone_from(&contents.admin);
    after.restart = true;
}

/// Old brokers are written into what is known of each agent. A host whose agent is not in the snapshot gets none,
/// and nobody says so (4.1, 5).
fn agents(shared: &Shared, contents: &Contents) {
    let mut state = shared.state();
    let has_states = shared.config.release.has_agents();
    for instance in state.data.instances.iter_mut().filter(|instance| instance.has_agent()) {
        let Some(old) = contents.agents.get(&instance.id) else {
            continue;
        };
        instance.runtime.remove("agent_status");
        if let Some(Value::Object(agent)) = instance.runtime.get_mut("cloudify_agent") {
            agent.insert("broker_config".to_owned(), old["broker_config"].clone());
            agent.insert("version".to_owned(), old["version"].clone());
        }
        if has_states {
            instance.runtime.insert("agent_state".to_owned(), "restored".into());
        }
        instance.version += 1;
    }
}

async fn environments(run: &Run) -> Result<(), Stop> {
    let tenants = run.shared.state().data.tenants.clone();
    for tenant in tenants {
        run.log(&format!("Restoring deployment environments for {tenant}"));
    }
    run.step().await?;
    fail(run, RestorePhase::Environments)
}

/// What comes after the workflow. Up to 4.5 only if it succeeded (4.2).
pub(super) async fn finish(shared: &Arc<Shared>, succeeded: bool, after: After) {
    shared.state().restoring = None;
    if !succeeded && !shared.config.release.restarts_in_the_middle() {
        return;
    }
    let since = Instant::now();
    while shared.state().faults.holds_restart(since) {
        tokio::time::sleep(LOOK).await;
    }
    shared.pause().await;
    if let Some(admin) = after.admin {
        let mut state = shared.state();
        let salt = state.saved_security.hash_salt.clone();
        for user in state.data.users.iter_mut().filter(|user| user.id == BOOTSTRAP) {
            user.name.clone_from(&admin.username);
            user.password.clone_from(&admin.password);
            user.salt.clone_from(&salt);
        }
    }
    // Those for inside, not the one that clients see (4.1, 7).
    if let Some(certificates) = after.certificates {
        shared.save_certificates(certificates);
    }
    if after.reboot {
        // It ends this, too. Whoever comes further has ordered it in vain.
        reboot(shared).await;
    }
    if after.restart {
        shared.restart_rest().await;
    }
}

/// The machine boots: first nothing listens, then nginx alone.
async fn reboot(shared: &Arc<Shared>) {
    match shared.site() {
        Some(site) => {
            // Everything that runs on the machine ends now, what waits here too.
            let _ = tokio::spawn(async move { site.reboot().await }).await;
        }
        None => {
            let shared = Arc::clone(shared);
            let boot = async move {
                shared.go_down();
                tokio::time::sleep(shared.config.pace.unavailable()).await;
                shared.come_up(Uuid::new_v4().to_string()).await;
            };
            let _ = tokio::spawn(boot).await;
        }
    }
}
