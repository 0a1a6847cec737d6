-- One text for SQLite and PostgreSQL: $1 placeholders, text, bigint, bytea; times are UTC milliseconds.

-- Numbers that must have no gaps are drawn here: the row lock makes writers take turns.
create table counter (
    name  text not null primary key,
    value bigint not null
);
insert into counter (name, value) values ('audit', 0);

create table person (
    id          text not null primary key,
    name        text not null unique,
    -- Argon2id, in PHC form.
    password    text not null,
    -- Words, separated by blanks.
    roles       text not null,
    disabled_at bigint,
    -- Changes with the password and with the account, so that older sessions end.
    stamp       bigint not null
);

create table session (
    id      text not null primary key,
    data    bytea not null,
    expires bigint not null
);

-- Secrets, encrypted with the key file.
create table sealed (
    id    text not null primary key,
    nonce bytea not null,
    data  bytea not null
);

create table environment (
    id         text not null primary key,
    name       text not null,
    settings   text not null,
    -- Kept for the history of its runs.
    removed_at bigint
);
create unique index environment_name on environment (name) where removed_at is null;

-- The latest look at an environment; the latest error beside it, when looking failed as a whole.
create table inventory (
    environment text not null primary key references environment (id),
    taken_at    bigint,
    facts       text,
    error       text
);

create table request (
    id          text not null primary key,
    environment text not null references environment (id),
    procedure   text not null,
    -- The environment as it was when the plan was made.
    settings    text not null,
    plan        text not null,
    digest      text not null,
    prechecks   text not null,
    by_id       text not null references person (id),
    reason      text not null,
    at          bigint not null,
    -- open, withdrawn, denied or started.
    state       text not null
);
create index request_open on request (environment) where state = 'open';

create table approval (
    request  text not null references request (id),
    by_id    text not null references person (id),
    digest   text not null,
    decision text not null,
    reason   text not null,
    at       bigint not null,
    -- Deciding twice is deciding once.
    primary key (request, by_id)
);

create table run (
    id          text not null primary key,
    -- A request becomes a run once.
    request     text not null unique references request (id),
    environment text not null references environment (id),
    procedure   text not null,
    by_name     text not null,
    created_at  bigint not null,
    -- Number of the last event.
    seq         bigint not null default 0,
    -- How often an executor has taken the run up. Only the latest may write.
    epoch       bigint not null default 0,
    steps_done  bigint not null default 0,
    steps_total bigint not null,
    alarm       text,
    outcome     text,
    ended_at    bigint,
    -- A run is over exactly when it has an outcome.
    check ((outcome is null) = (ended_at is null))
);
-- One run at a time per environment (invariant 10).
create unique index run_active on run (environment) where outcome is null;
create index run_created on run (created_at);

create table event (
    run     text not null references run (id),
    seq     bigint not null,
    at      bigint not null,
    kind    text not null,
    -- Only output: which step and attempt, which pipe, from and to which byte of it, and the bytes (redacted).
    step    text,
    attempt bigint,
    stream  text,
    start   bigint,
    stop    bigint,
    bytes   bytea,
    primary key (run, seq)
);
create index event_output on event (run, step, attempt, stream) where step is not null;

create table audit (
    seq     bigint not null primary key,
    at      bigint not null,
    who     text not null,
    what    text not null,
    subject text not null,
    detail  text not null
);
