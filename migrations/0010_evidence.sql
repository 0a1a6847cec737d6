-- What an environment was like before a run and after it, for the run's evidence pack.
create table run_inventory (
    run      text not null references run (id),
    -- before or after.
    moment   text not null,
    taken_at bigint not null,
    facts    text not null,
    primary key (run, moment)
);

-- What the policies asked for when a run was started, as canonical JSON: its SHA-256 is what approvals name.
create table run_policy (
    run  text not null primary key references run (id),
    body text not null
);

-- With the number in it, what one try of a step has printed is read in order, piece by piece.
drop index event_output;
create index event_output on event (run, step, attempt, stream, seq) where step is not null;
