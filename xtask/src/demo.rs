//! Drydock over a simulated CloudStack, a simulated Open vStorage cluster and two simulated Cloudify managers, on this
//! machine, until Ctrl-C.
//!
//! Everything is thrown away at the end: the lab takes its mounts and processes with it, Drydock's data lie in a
//! temporary folder. Logins and environments are made through the commands an administrator would use, so the demo
//! also shows that those work.

mod details;
mod lab;

use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use details::{ClusterDetails, Details, Host, ManagersDetails};

use crate::{
    build::{self, Profile},
    error::Error,
    node,
    paths::{Paths, failed},
    process::{POLL, Service, capture, is_root, words},
    progress::{answer, note, step},
    stop::Stop,
    test::ensure_lab,
};

/// The first port that is tried; the next free one is taken.
const FIRST_PORT: u16 = 3900;
const PORTS: u16 = 100;

/// How long the server may take until it says that it is ready.
const READY_WITHIN: Duration = Duration::from_secs(60);

const ENVIRONMENT: &str = "Demo cloud";
const CLUSTER: &str = "Demo cluster";
const MANAGERS: &str = "Demo managers";

struct Login {
    name: &'static str,
    password: &'static str,
    roles: &'static [&'static str],
    may: &'static str,
}

/// Three people, because nobody can approve their own request.
const LOGINS: [Login; 3] = [
    Login {
        name: "rosa",
        password: "rosa-asks-for-restarts",
        roles: &["requester", "operator"],
        may: "asks and operates",
    },
    Login { name: "abel", password: "abel-reads-every-plan", roles: &["approver", "operator"], may: "approves" },
    Login { name: "ada", password: "ada-keeps-the-keys", roles: &["admin"], may: "administers" },
];

/// What is running. Stopped from top to bottom: the server before the cloud it talks to, the data last.
struct Demo {
    server: Service,
    labs: Vec<Service>,
    url: String,
    controls: Controls,
    _data: tempfile::TempDir,
}

/// Where faults are switched and the truth is read.
struct Controls {
    cloud: String,
    cluster: Option<String>,
    managers: String,
}

pub fn run(paths: &Paths, profile: Profile) -> Result<(), Error> {
    ensure_lab()?;
    if let Err(error) = node::ensure_packages(paths) {
        note(&format!("the page will load more than it has to: {error}"));
    }
    build::browser(paths)?;
    let drydock = build::binary(paths, "drydock", profile)?;
    let lab = build::binary(paths, "lab", profile)?;
    let stop = Stop::listen()?;
    let mut demo = start(&drydock, &lab, &stop)?;
    announce(&demo);
    let died = watch(&mut demo, &stop);
    step("stop everything", || {
        drop(demo);
        Ok(())
    })?;
    died.map_or(Ok(()), |name| Err(Error::Silent { what: name.to_owned(), why: "it ended by itself".to_owned() }))
}

fn start(drydock: &Path, lab: &Path, stop: &Stop) -> Result<Demo, Error> {
    let data =
        tempfile::Builder::new().prefix("drydock-demo-").tempdir().map_err(failed("create", Path::new("/tmp")))?;
    let has_cluster = is_root();
    if !has_cluster {
        note("the simulated Open vStorage cluster needs root: its column stays empty");
    }
    let labs = step("start the simulated platforms", || Labs::start(lab, has_cluster, stop))?;
    let port = free_port()?;
    let server = Server { binary: drydock.to_path_buf(), data: data.path().to_path_buf(), port };
    step("create the logins and the environments", || server.furnish(&labs))?;
    let mut service = Service::start("drydock", server.command().arg("serve").stdin(Stdio::null()))?;
    step("start Drydock", || until_ready(&mut service, port, stop))?;
    let url = format!("http://127.0.0.1:{port}/");
    let Labs { cloud: (cloud, of_cloud), managers: (managers, of_managers), cluster } = labs;
    let (cluster, of_cluster) = cluster.unzip();
    let controls = Controls {
        cloud: of_cloud.control_url,
        cluster: of_cluster.map(|details| details.control_url),
        managers: of_managers.control_url,
    };
    let labs = [cloud, managers].into_iter().chain(cluster).collect();
    Ok(Demo { server: service, labs, url, controls, _data: data })
}

/// The simulated platforms, and how to reach them.
struct Labs {
    cloud: (Service, Details),
    managers: (Service, ManagersDetails),
    /// Only as root: its nodes need overlays in which a package manager can work.
    cluster: Option<(Service, ClusterDetails)>,
}

impl Labs {
    /// All at once: each takes seconds to come up.
    fn start(binary: &Path, has_cluster: bool, stop: &Stop) -> Result<Self, Error> {
        let (cloud, managers) = (lab::cloud(binary)?, lab::managers(binary)?);
        let cluster = has_cluster.then(|| lab::cluster(binary)).transpose()?;
        Ok(Self {
            cloud: cloud.up(stop)?,
            managers: managers.up(stop)?,
            cluster: cluster.map(|cluster| cluster.up(stop)).transpose()?,
        })
    }
}

fn announce(demo: &Demo) {
    answer("");
    answer(&format!("Drydock is up:  {}", demo.url));
    answer("");
    for login in &LOGINS {
        answer(&format!("    {:<6} {:<24} {}", login.name, login.password, login.may));
    }
    answer("");
    let Controls { cloud, cluster, managers } = &demo.controls;
    for (what, url) in [("cloud", Some(cloud)), ("cluster", cluster.as_ref()), ("managers", Some(managers))] {
        let Some(url) = url else { continue };
        answer(&format!(
            "The simulated {what}: {url}/truth is what really happened; POST {url}/fault breaks something."
        ));
    }
    answer("When a migration asks to shut down the old manager:");
    answer(&format!("    curl -H 'content-type: application/json' -d '{{\"power_off\":\"old\"}}' {managers}/act"));
    answer("Ctrl-C stops it and removes everything.");
}

/// Waits for Ctrl-C. Answers the name of a program that ended before.
fn watch(demo: &mut Demo, stop: &Stop) -> Option<&'static str> {
    loop {
        if stop.asked() {
            return None;
        }
        for service in [&mut demo.server].into_iter().chain(&mut demo.labs) {
            if service.has_ended() {
                return Some(service.name);
            }
        }
        thread::sleep(POLL);
    }
}

/// How to call the binary so that every call means the same throw-away server.
struct Server {
    binary: PathBuf,
    data: PathBuf,
    port: u16,
}

impl Server {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        // Settings of the person's own Drydock must not leak into the demo, least of all its database.
        for (name, _) in std::env::vars_os() {
            if name == "DATABASE_URL" || name.to_str().is_some_and(|name| name.starts_with("DRYDOCK_")) {
                command.env_remove(name);
            }
        }
        command.current_dir(&self.data).env("DRYDOCK_DATA_DIR", &self.data);
        // Where the sockets of SSH connections go; elsewhere their directory would outlive the demo.
        command.env("XDG_RUNTIME_DIR", &self.data);
        command.env("DRYDOCK_LISTEN", format!("127.0.0.1:{}", self.port)).env("DRYDOCK_LOG_FILTER", "warn");
        // Nobody is to take the simulated platforms for their own.
        command.env("DRYDOCK_DEMO", "yes");
        command
    }

    /// Logins, an environment of each platform, and the acceptance of host keys.
    fn furnish(&self, labs: &Labs) -> Result<(), Error> {
        capture(self.command().arg("migrate"))?;
        for login in &LOGINS {
            let mut command = self.command();
            command.args(["user", "add", login.name]);
            command.args(login.roles.iter().flat_map(|role| ["--role", role]));
            with_input(&mut command, &format!("{}\n", login.password))?;
        }
        let (_, cloud) = &labs.cloud;
        self.add(ENVIRONMENT, &cloud.describe(ENVIRONMENT, &self.data)?, &cloud.management)?;
        if let Some((_, cluster)) = &labs.cluster {
            self.add(CLUSTER, &cluster.describe(CLUSTER, &self.data)?, &cluster.nodes)?;
        }
        let (_, managers) = &labs.managers;
        self.add(MANAGERS, &managers.describe(MANAGERS, &self.data)?, managers.hosts())
    }

    fn add<'h>(&self, name: &str, file: &Path, hosts: impl IntoIterator<Item = &'h Host>) -> Result<(), Error> {
        capture(self.command().args(["env", "add", "--file"]).arg(file))?;
        for host in hosts {
            capture(self.command().args(["env", "trust", name, &host.name, &host.fingerprint]))?;
        }
        Ok(())
    }
}

/// Passwords go through standard input: arguments can be read by every process of the machine.
fn with_input(command: &mut Command, input: &str) -> Result<(), Error> {
    let name = words(command);
    let cannot = |source| Error::Start { command: name.clone(), source };
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(cannot)?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes()).map_err(cannot)?;
    }
    let output = child.wait_with_output().map_err(cannot)?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Error::Failed { command: name, status: output.status, output: crate::error::Output(text) })
}

fn until_ready(service: &mut Service, port: u16, stop: &Stop) -> Result<(), Error> {
    let deadline = Instant::now() + READY_WITHIN;
    let mut last = String::new();
    while Instant::now() < deadline {
        if stop.asked() {
            return Err(Error::Interrupted);
        }
        if service.has_ended() {
            return Err(Error::Silent { what: "drydock".into(), why: "it ended at once; see above".into() });
        }
        match status_line(port) {
            Ok(line) if line.contains(" 200 ") => return Ok(()),
            Ok(line) => last = line,
            Err(error) => last = error.to_string(),
        }
        thread::sleep(POLL);
    }
    Err(Error::Silent { what: format!("http://127.0.0.1:{port}/readyz"), why: last })
}

fn status_line(port: u16) -> std::io::Result<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")?;
    let mut response = String::new();
    stream.take(64 * 1024).read_to_string(&mut response)?;
    Ok(response.lines().next().unwrap_or_default().to_owned())
}

fn free_port() -> Result<u16, Error> {
    let mut ports = FIRST_PORT..FIRST_PORT + PORTS;
    let free = ports.find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
    free.ok_or_else(|| Error::Silent {
        what: "the machine".into(),
        why: format!("no port from {FIRST_PORT} to {} is free on 127.0.0.1", FIRST_PORT + PORTS - 1),
    })
}

/// Writes a file that only its owner can read.
fn write_private(path: &Path, content: &str) -> Result<(), Error> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(path).map_err(failed("create", path))?;
    file.write_all(content.as_bytes()).map_err(failed("write", path))
}
