-- What was read of each run so that it can be searched and learned from: up to which event. A row goes when the run is over
-- and all of it was read, so there are few of them.
create table reading (
    run text not null primary key references run (id),
    seq bigint not null
);
insert into reading (run, seq) select id, 0 from run;

-- Pieces of output are numbered in the order in which they were read, which is that of time.
insert into counter (name, value) values ('output_doc', 0);

-- How much work was left of a run when how much of it was done, as JSON: for estimates.
create table run_profile (
    run   text not null primary key references run (id),
    steps bigint not null,
    body  text not null
);
create index run_of_kind on run (environment, procedure, ended_at);

-- When the number of steps that are done changed last.
alter table run add column progressed_at bigint;
