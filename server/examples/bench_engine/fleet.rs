//! The same work on the same hosts: plain ssh, ansible-core, pyinfra and Drydock, in turns.

use std::time::{Duration, Instant};

use crate::hosts::{ALL, Hosts};
use crate::instance::Drydock;
use crate::measured::{Measured, row, verdict};
use crate::scripts::lines;
use crate::tools::{Connections, Tools};

/// How often everything is measured, unless it takes too long.
const ROUNDS: usize = 3;

/// No round is begun later than this.
const PATIENCE: Duration = Duration::from_secs(150);

/// The procedure: so many steps on so many hosts.
const STEPS: usize = 20;
const FEW: usize = 50;

/// How much faster than either tool the procedure has to be.
const GOAL: f64 = 3.0;

#[derive(Default)]
struct Times {
    ssh: [Measured; 2],
    ansible: [Measured; 2],
    pyinfra: Measured,
    drydock: [Measured; 2],
}

#[derive(Default)]
struct ProcedureTimes {
    ssh: Measured,
    ansible: Measured,
    pyinfra: Measured,
    drydock: Measured,
}

pub async fn measure(hosts: &Hosts, tools: &Tools) {
    row("beside Drydock", &tools.versions());
    one_command(hosts, tools).await;
    procedure(hosts, tools).await;
    row(
        "what Drydock does more than any of them, per step",
        "3 commits, a spool on the host that survives a lost link, the proof, the spool removed",
    );
}

async fn one_command(hosts: &Hosts, tools: &Tools) {
    let mut times = Times::default();
    let begun = Instant::now();
    for round in 0..ROUNDS {
        if round > 0 && begun.elapsed() > PATIENCE {
            break;
        }
        let [ssh_cold, ssh_open] = &mut times.ssh;
        let [ansible_cold, ansible_open] = &mut times.ansible;
        let [drydock_cold, drydock_open] = &mut times.drydock;
        ssh_cold.seconds(tools.ssh(hosts, ALL, 1, Connections::Cold));
        let drydock = Drydock::on_sqlite(Some(hosts)).await;
        drydock_cold.seconds(drydock.run(lines(&drydock.environment, ALL, 1)).await.0);
        drydock_open.seconds(drydock.run(lines(&drydock.environment, ALL, 1)).await.0);
        drydock.engine.shutdown().await;
        if round == 0 {
            tools.ssh(hosts, ALL, 1, Connections::Open);
        }
        ssh_open.seconds(tools.ssh(hosts, ALL, 1, Connections::Open));
        times.pyinfra.seconds(tools.pyinfra(hosts, ALL, 1));
        ansible_cold.seconds(tools.ansible(hosts, ALL, Connections::Cold));
        if round == 0 {
            tools.ansible(hosts, ALL, Connections::Open);
        }
        ansible_open.seconds(tools.ansible(hosts, ALL, Connections::Open));
    }
    for (kind, words) in [(0, "cold"), (1, "open connections")] {
        row(&format!("1 command, {ALL} hosts, {words}: ssh by xargs -P {ALL}"), &times.ssh[kind].words("s"));
        row(&format!("1 command, {ALL} hosts, {words}: ansible -f {ALL}, pipelining"), &times.ansible[kind].words("s"));
        if kind == 0 {
            row(&format!("1 command, {ALL} hosts, {words}: pyinfra --parallel {ALL}"), &times.pyinfra.words("s"));
        }
        row(&format!("1 command, {ALL} hosts, {words}: Drydock"), &times.drydock[kind].words("s"));
        ratio(&format!("1 command, {words}: Drydock / ssh"), &times.drydock[kind], &times.ssh[kind]);
        ratio(&format!("1 command, {words}: ansible / Drydock"), &times.ansible[kind], &times.drydock[kind]);
    }
    ratio("1 command, cold: pyinfra / Drydock", &times.pyinfra, &times.drydock[0]);
    let met = times.drydock[0].median() <= times.ssh[0].median();
    row("goal: 1 command not slower than plain ssh, cold", verdict(met));
}

async fn procedure(hosts: &Hosts, tools: &Tools) {
    let mut times = ProcedureTimes::default();
    let begun = Instant::now();
    for round in 0..ROUNDS {
        if round > 0 && begun.elapsed() > PATIENCE {
            break;
        }
        times.ssh.seconds(tools.ssh(hosts, FEW, STEPS, Connections::Open));
        let drydock = Drydock::on_sqlite(Some(hosts)).await;
        times.drydock.seconds(drydock.run(lines(&drydock.environment, FEW, STEPS)).await.0);
        drydock.engine.shutdown().await;
        times.pyinfra.seconds(tools.pyinfra(hosts, FEW, STEPS));
        times.ansible.seconds(tools.playbook(hosts, FEW, STEPS, Connections::Open));
    }
    let what = format!("{STEPS} steps, {FEW} hosts");
    row(&format!("{what}: ssh by xargs -P {FEW}, open connections"), &times.ssh.words("s"));
    row(&format!("{what}: ansible-playbook, forks {FEW}, pipelining, strategy free"), &times.ansible.words("s"));
    row(&format!("{what}: pyinfra --parallel {FEW}"), &times.pyinfra.words("s"));
    row(&format!("{what}: Drydock, cold"), &times.drydock.words("s"));
    ratio(&format!("{what}: ansible / Drydock"), &times.ansible, &times.drydock);
    ratio(&format!("{what}: pyinfra / Drydock"), &times.pyinfra, &times.drydock);
    let least = (times.ansible.median() / times.drydock.median()).min(times.pyinfra.median() / times.drydock.median());
    row(&format!("goal: {what}, at least {GOAL} times faster than both"), verdict(least >= GOAL));
}

fn ratio(what: &str, above: &Measured, below: &Measured) {
    row(what, &format!("{:.2}", above.median() / below.median()));
}
