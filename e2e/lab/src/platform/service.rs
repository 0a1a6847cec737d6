//! The management service of one server: its ports, its start and its stop (dossier 2).

use std::sync::PoisonError;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Platform;
use crate::fault::Fault;
use crate::http;
use crate::truth::OpenInterval;
use crate::world::records::Phase;
use crate::world::{ENFORCE_POST, INTEGRATION_PORT, now, truth_time};

/// The port of the signed API.
const API_PORT: u16 = 8080;
/// The port of the unauthenticated API. The only one the lab knows to open.
const UNAUTHENTICATED_PORT: u16 = 8096;

/// A running service.
#[derive(Debug)]
pub(super) struct Process {
    stop: CancellationToken,
    /// Ends when the ports are closed.
    work: tokio::task::JoinHandle<()>,
}

impl Platform {
    /// The token that ends with the current process of a server.
    pub(crate) fn life(&self, server: usize) -> CancellationToken {
        let life = &self.service(server).life;
        life.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts the process and answers at once, as `systemctl start` of a simple unit does.
    pub(crate) async fn start_service(&self, server: usize) {
        let mut process = self.service(server).process.lock().await;
        if process.is_some() {
            return;
        }
        let stop = CancellationToken::new();
        *self.service(server).life.lock().unwrap_or_else(PoisonError::into_inner) = stop.clone();
        {
            let mut world = self.world();
            let server = &mut world.servers[server];
            server.phase = Phase::Refusing;
            server.starts += 1;
            server.started = now();
        }
        let (platform, token) = (self.clone(), stop.clone());
        let work = tokio::spawn(async move {
            tokio::select! {
                () = token.cancelled() => {}
                () = platform.0.end.cancelled() => {}
                () = platform.serve(server, &token) => {}
            }
            platform.ports_closed(server);
        });
        *process = Some(Process { stop, work });
    }

    /// Stops the process, cuts its jobs, and answers when its ports are closed.
    pub(crate) async fn stop_service(&self, server: usize) {
        let Some(process) = self.service(server).process.lock().await.take() else {
            return;
        };
        self.note_cut_jobs(server);
        process.stop.cancel();
        // A task that ended in another way has closed its ports as well.
        let _ = process.work.await;
        let mut world = self.world();
        world.servers[server].phase = Phase::Stopped;
        world.servers[server].stopped = now();
    }

    pub(crate) async fn restart_service(&self, server: usize) {
        self.stop_service(server).await;
        self.start_service(server).await;
    }

    /// The fault "the server restarts by itself": soon, in the middle of the job just accepted.
    pub(crate) fn restart_in_a_moment(&self, server: usize) {
        let platform = self.clone();
        self.spawn(async move {
            platform.wait(platform.pace().transition() / 2).await;
            platform.restart_service(server).await;
        });
    }

    fn note_cut_jobs(&self, server: usize) {
        let mut world = self.world();
        let pending =
            world.jobs.iter().filter(|job| job.server == server && job.is_pending() && job.instance.is_some()).count();
        if pending > 0 {
            let name = world.servers[server].name.clone();
            let text = format!("{name} was stopped while {pending} of its jobs ran");
            world.recorder.violations.push(text);
        }
    }

    /// Everything a process does from its start on.
    async fn serve(&self, server: usize, stop: &CancellationToken) {
        self.log_start(server);
        self.wait(self.pace().refused()).await;
        let mut open = Vec::new();
        for address in &self.service(server).addresses {
            match TcpListener::bind((address.as_str(), API_PORT)).await {
                Ok(listener) => open.push(listener),
                Err(error) => self.log(
                    server,
                    "ERROR",
                    "o.e.j.s.Server",
                    &format!("cannot listen on {address}:{API_PORT}: {error}"),
                ),
            }
        }
        self.world().servers[server].phase = Phase::Unavailable;
        let signed = http::serve_signed(self, server, open, stop);
        let rest = async {
            self.wait(self.pace().unavailable()).await;
            if self.world().faults.any(|fault| *fault == Fault::ServiceNeverReady) {
                let text = "Unable to start: the web context failed. Check the log for the reason";
                self.log(server, "ERROR", "o.a.c.s.m.m.i.DefaultModuleDefinitionSet", text);
                std::future::pending::<()>().await;
            }
            self.read_start_settings(server);
            let integration = self.open_integration_port(server).await;
            self.world().servers[server].phase = Phase::Up;
            let text = "Done Starting CloudStack Components";
            self.log(server, "INFO", "c.c.u.c.ComponentContext", text);
            self.fail_cut_jobs(server);
            tokio::join!(self.synchronise_states(), http::serve_integration(self, server, integration, stop));
        };
        tokio::join!(signed, rest);
    }

    fn read_start_settings(&self, server: usize) {
        let mut world = self.world();
        world.servers[server].enforces_post = world.setting(ENFORCE_POST) == "true";
    }

    /// Port 8096 follows the setting as it is *now*, at the start; later changes wait for the next start.
    async fn open_integration_port(&self, server: usize) -> Vec<TcpListener> {
        let wanted = {
            let world = self.world();
            let stays = world.faults.any(|fault| *fault == Fault::PortStaysOpen);
            stays || world.setting(INTEGRATION_PORT) == UNAUTHENTICATED_PORT.to_string()
        };
        if !wanted {
            return Vec::new();
        }
        let mut open = Vec::new();
        for address in &self.service(server).addresses {
            match TcpListener::bind((address.as_str(), UNAUTHENTICATED_PORT)).await {
                Ok(listener) => open.push(listener),
                Err(_) => {
                    let text = "error initializing api server";
                    self.log(server, "ERROR", "c.c.a.ApiServer", text);
                }
            }
        }
        let text = format!("ApiServer listening on port: {UNAUTHENTICATED_PORT}");
        self.log(server, "INFO", "c.c.a.ApiServer", &text);
        let mut world = self.world();
        let server = world.servers[server].name.clone();
        world.recorder.intervals.push(OpenInterval { server, opened: truth_time(now()), closed: None });
        open
    }

    fn ports_closed(&self, server: usize) {
        let mut world = self.world();
        let name = world.servers[server].name.clone();
        for interval in &mut world.recorder.intervals {
            if interval.server == name && interval.closed.is_none() {
                interval.closed = Some(truth_time(now()));
            }
        }
    }

    /// The milestones of a start (dossier 2.5), up to where the web context comes up.
    fn log_start(&self, server: usize) {
        let (name, msid, starts, release) = {
            let world = self.world();
            let row = &world.servers[server];
            (row.name.clone(), row.msid, row.starts, world.version.release())
        };
        let lines = [
            (
                "o.a.c.ServerDaemon",
                "Server configuration file found: /etc/cloudstack/management/server.properties".to_owned(),
            ),
            (
                "o.a.c.ServerDaemon",
                format!("Initializing server daemon on {name}, with http.enable=true, http.port={API_PORT}"),
            ),
            ("c.c.u.DatabaseUpgradeChecker", "Grabbing lock to check for database upgrade.".to_owned()),
            ("c.c.u.DatabaseUpgradeChecker", format!("DB version = {release} Code Version = {release}")),
            ("c.c.u.DatabaseUpgradeChecker", "DB version and code version matches so no upgrade needed.".to_owned()),
            ("c.c.c.ClusterManagerImpl", format!("Management server {msid}, runId {starts} is being started")),
            ("c.c.u.c.ComponentContext", "Done Configuring CloudStack Components".to_owned()),
        ];
        for (class, text) in lines {
            self.log(server, "INFO", class, &text);
        }
    }
}
