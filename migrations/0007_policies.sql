-- Who has to agree: policies, groups of people, and decisions that say under which policies they were made.

-- Whoever changes a rule, and whoever relies on all of them for a start, takes this row's lock.
insert into counter (name, value) values ('rules', 0);

create table policy (
    id         text not null primary key,
    name       text not null,
    -- The policy as it is now.
    body       text not null,
    removed_at bigint
);
create unique index policy_name on policy (name) where removed_at is null;

create table team (
    name    text not null primary key,
    -- Ids of people, separated by blanks.
    members text not null
);

-- Whoever made the plan of a request, besides who asked: ids, separated by blanks.
alter table request add column makers text not null default '';
alter table request add column ticket text not null default '';
-- What its plan does, for lists: the plan itself may be large.
alter table request add column summary text not null default '';

-- A person may decide again when an earlier decision does not count any more, so all of them are kept.
create table decision (
    request  text not null references request (id),
    number   bigint not null,
    by_id    text not null references person (id),
    digest   text not null,
    -- Digest of what the policies asked for. Before there were policies: of the rule that held.
    policy   text not null,
    decision text not null,
    reason   text not null,
    at       bigint not null,
    primary key (request, number)
);
insert into decision (request, number, by_id, digest, policy, decision, reason, at)
    select request, row_number() over (partition by request order by at), by_id, digest,
        'NOBODY', decision, reason, at
    from approval;
drop table approval;
