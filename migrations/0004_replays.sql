-- Exported runs that somebody has opened to look at. They go after a week.
create table replay (
    id    text not null primary key,
    by_id text not null references person (id),
    at    bigint not null,
    -- What ran where.
    title text not null,
    -- As it was uploaded, and checked.
    file  text not null
);
create index replay_at on replay (at);
