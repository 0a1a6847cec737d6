-- Who is told of what, and what is still to be told: written in the transaction of what it tells.

-- What holds for all: a single row, from the first change on.
create table notification_settings (
    one  bigint not null primary key default 1 check (one = 1),
    body text not null
);

create table notification_target (
    id          text not null primary key,
    -- Whose it is: a person's, or an admin's for one environment; neither: an admin's for all.
    person      text references person (id),
    environment text references environment (id),
    body        text not null,
    -- The last test message: when, whether it was taken (1) or not (0), and what was said.
    tested_at   bigint,
    tested_ok   bigint,
    tested_said text,
    -- Kept for what it was told.
    removed_at  bigint
);
-- A person has one place of their own.
create unique index notification_own on notification_target (person) where person is not null and removed_at is null;

create table notification (
    -- Made from what happened, so that the same thing cannot be told twice.
    id   text not null primary key,
    at   bigint not null,
    body text not null
);

create table delivery (
    notification text not null references notification (id),
    target       text not null references notification_target (id),
    -- waiting, delivered or given_up.
    state        text not null default 'waiting',
    tries        bigint not null default 0,
    -- Not tried before.
    due_at       bigint not null,
    -- Counts how often a server has taken it. Only the latest may say what became of it.
    claim        bigint not null default 0,
    -- Which server is at it; none: whoever is first.
    holder       text,
    failing_since bigint,
    why          text,
    -- When it arrived, or was given up.
    ended_at     bigint,
    primary key (notification, target),
    check ((state = 'waiting') = (ended_at is null))
);
create index delivery_waiting on delivery (due_at) where state = 'waiting';
create index delivery_target on delivery (target, state);
