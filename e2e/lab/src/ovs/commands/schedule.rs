//! `at`, `atq`, `atrm` (3.2).

use time::OffsetDateTime;
use time::macros::format_description;

use super::Reply;
use crate::ovs::cluster::{AtJob, Cluster};

pub(super) fn at(cluster: &Cluster, node: usize, words: &[&str]) -> Reply {
    let &[when, job] = words else {
        return Reply::fails(1, "Garbled time");
    };
    let format =
        format_description!("[weekday repr:short] [month repr:short] [day padding:space] [hour]:[minute]:00 [year]");
    let time = OffsetDateTime::now_utc().format(format).unwrap_or_default();
    let number = {
        let mut world = cluster.world();
        let number = world.next_job;
        world.next_job += 1;
        world.nodes[node]
            .at_jobs
            .insert(number, AtJob { when: time.clone(), runs: when == "now", text: job.to_owned() });
        number
    };
    if when == "now" {
        let (own, job) = (cluster.clone(), job.to_owned());
        cluster.spawn(async move {
            if let Err(error) = own.node(node).run(&job, &[]).await {
                tracing::error!("job {number} was not run: {error}");
            }
            own.world().nodes[node].at_jobs.remove(&number);
            own.changed();
        });
    }
    Reply::fails(0, format!("warning: commands will be executed using /bin/sh\njob {number} at {time}"))
}

/// `at -c`: what a job will do.
pub(super) fn show(cluster: &Cluster, node: usize, words: &[&str]) -> Reply {
    let mut reply = Reply::silent();
    for word in words {
        let number = word.parse().ok();
        let job = number.and_then(|number: u32| cluster.world().nodes[node].at_jobs.get(&number).cloned());
        reply = reply.and(match job {
            Some(job) => Reply::says(format!("#!/bin/sh\n# atrun uid=0 gid=0\numask 22\ncd / || exit 1\n{}", job.text)),
            None => Reply::fails(1, format!("Cannot find jobid {word}")),
        });
    }
    reply
}

/// A job that runs is in the queue `=`.
pub(super) fn atq(cluster: &Cluster, node: usize) -> Reply {
    let world = cluster.world();
    let jobs = world.nodes[node].at_jobs.iter();
    let lines = jobs.map(|(number, job)| format!("{number}\t{} {} root", job.when, if job.runs { '=' } else { 'a' }));
    Reply::says(lines.collect::<Vec<_>>().join("\n"))
}

pub(super) fn atrm(cluster: &Cluster, node: usize, words: &[&str]) -> Reply {
    let mut reply = Reply::silent();
    for word in words {
        let number = word.parse().ok();
        let removed = number.and_then(|number: u32| cluster.world().nodes[node].at_jobs.remove(&number));
        if removed.is_none() {
            reply = reply.and(Reply::fails(1, format!("Cannot find jobid {word}")));
        }
    }
    reply
}
