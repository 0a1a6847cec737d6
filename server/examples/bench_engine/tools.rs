//! Plain ssh, ansible-core and pyinfra, used as somebody would who wants them to be quick.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::hosts::{Hosts, name};
use crate::machine::capture;
use crate::scripts::ONE_LINE;

/// Where the programs from PyPI are, and where they may keep files.
pub struct Tools {
    programs: PathBuf,
    folder: PathBuf,
}

/// Whether connections are open before the clock starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connections {
    Cold,
    Open,
}

impl Tools {
    pub fn found(programs: &Path, folder: &Path) -> Self {
        fs::create_dir_all(folder.join("home")).unwrap();
        Self { programs: programs.join("bin"), folder: folder.to_owned() }
    }

    pub fn versions(&self) -> String {
        let first = |program: &str| {
            let path = self.programs.join(program).display().to_string();
            capture(&path, &["--version"]).lines().next().unwrap_or_default().to_owned()
        };
        let python = capture(&self.programs.join("python").display().to_string(), &["--version"]);
        format!("{}, {}, {python}", first("ansible"), first("pyinfra"))
    }

    /// One `ssh` per host and step, all hosts at once; on each host one step after another.
    pub fn ssh(&self, hosts: &Hosts, count: usize, steps: usize, connections: Connections) -> Duration {
        let shared = match connections {
            Connections::Cold => "-o ControlMaster=no -o ControlPath=none".to_owned(),
            Connections::Open => {
                format!("-o ControlMaster=auto -o ControlPersist=600 -o ControlPath={}", hosts.file("cm-%n"))
            }
        };
        let config = hosts.file("ssh_config");
        let one =
            format!("i=0; while [ $i -lt {steps} ]; do ssh -F {config} {shared} \"$1\" '{ONE_LINE}'; i=$((i+1)); done");
        let names: String = (0..count).map(|number| name(number) + "\n").collect();
        let list = self.folder.join("names");
        fs::write(&list, names).unwrap();
        let all = format!("xargs -P {count} -n 1 sh -c '{}' ssh <{}", one.replace('\'', "'\\''"), list.display());
        let (time, said) = timed(self.command("sh").args(["-c", &all]));
        assert_eq!(said.lines().filter(|line| *line == "drydock-bench").count(), count * steps, "{said}");
        time
    }

    /// The module `shell` on all hosts.
    pub fn ansible(&self, hosts: &Hosts, count: usize, connections: Connections) -> Duration {
        self.prepare_ansible(hosts, count, connections);
        let mut command = self.command(self.programs.join("ansible"));
        let (time, said) = timed(command.args(["all", "--one-line", "-m", "shell", "-a", ONE_LINE]));
        let good = said.lines().filter(|line| line.contains("drydock-bench") && line.contains("rc=0")).count();
        assert_eq!(good, count, "{said}");
        time
    }

    /// A playbook of that many tasks. Each host goes on by itself, as with Drydock.
    pub fn playbook(&self, hosts: &Hosts, count: usize, steps: usize, connections: Connections) -> Duration {
        self.prepare_ansible(hosts, count, connections);
        let tasks: String = (0..steps).map(|step| format!("    - name: {step}\n      shell: {ONE_LINE}\n")).collect();
        let book = format!("- hosts: all\n  gather_facts: no\n  strategy: free\n  tasks:\n{tasks}");
        fs::write(self.folder.join("book.yml"), book).unwrap();
        let (time, said) = timed(self.command(self.programs.join("ansible-playbook")).arg("book.yml"));
        let all_well = format!("ok={steps} ");
        assert_eq!(said.lines().filter(|line| line.contains(&all_well)).count(), count, "{said}");
        time
    }

    fn prepare_ansible(&self, hosts: &Hosts, count: usize, connections: Connections) {
        let inventory: String = (0..count).map(|number| name(number) + "\n").collect();
        fs::write(self.folder.join("inventory"), inventory).unwrap();
        let shared = match connections {
            // Without a word about persistence it adds no path of a socket either.
            Connections::Cold => "-o ControlMaster=no -o ControlPath=none",
            Connections::Open => "-o ControlMaster=auto -o ControlPersist=600",
        };
        let settings = format!(
            "[defaults]\ninventory = inventory\nforks = {count}\nhost_key_checking = False\ngathering = explicit\n\
             interpreter_python = /usr/bin/python3\nlocal_tmp = {0}/home\nretry_files_enabled = False\n\
             [connection]\npipelining = True\n\
             [ssh_connection]\npipelining = True\nssh_args = -F {1} {shared}\ncontrol_path_dir = {0}/cp\n",
            self.folder.display(),
            hosts.file("ssh_config"),
        );
        fs::write(self.folder.join("ansible.cfg"), settings).unwrap();
    }

    /// Connects anew each time: its connections end with it.
    pub fn pyinfra(&self, hosts: &Hosts, count: usize, steps: usize) -> Duration {
        let entry = |number: usize| {
            format!(
                "    ('{}', dict(ssh_hostname='127.0.0.1', ssh_port={}, ssh_user='{}', ssh_key='{}', \
                 ssh_strict_host_key_checking='off', ssh_allow_agent=False, ssh_look_for_keys=False)),\n",
                name(number),
                hosts.ports[number],
                hosts.user,
                hosts.file("user_key"),
            )
        };
        let inventory = format!("hosts = [\n{}]\n", (0..count).map(entry).collect::<String>());
        fs::write(self.folder.join("inventory.py"), inventory).unwrap();
        let operations: String =
            (0..steps).map(|step| format!("server.shell(name='{step}', commands=['{ONE_LINE}'])\n")).collect();
        fs::write(self.folder.join("deploy.py"), format!("from pyinfra.operations import server\n{operations}"))
            .unwrap();
        let mut command = self.command(self.programs.join("pyinfra"));
        command.args(["-y", "--parallel", &count.to_string(), "inventory.py", "deploy.py"]);
        let (time, said) = timed(&mut command);
        let good = said.lines().filter(|line| line.trim_end().ends_with("] Success")).count();
        assert_eq!(good, count * steps, "{said}");
        time
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        // Nothing of the person at the terminal takes part, and nothing is left there.
        command.current_dir(&self.folder).env("HOME", self.folder.join("home")).env_remove("SSH_AUTH_SOCK");
        command.env("ANSIBLE_HOME", self.folder.join("home")).env("NO_COLOR", "1").env("ANSIBLE_NOCOLOR", "1");
        command.env("PYTHONWARNINGS", "ignore");
        command
    }
}

/// How long it took, and everything it said.
fn timed(command: &mut Command) -> (Duration, String) {
    let begun = Instant::now();
    let output = command.stdin(std::process::Stdio::null()).output().unwrap();
    let time = begun.elapsed();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?} failed: {said}");
    eprintln!("    {:.1} s for {}", time.as_secs_f64(), command.get_program().to_string_lossy());
    (time, said)
}
