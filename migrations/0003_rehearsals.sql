-- Plans that were played through before anybody touched anything.
create table rehearsal (
    id      text not null primary key,
    request text not null references request (id),
    at      bigint not null,
    -- The whole rehearsal with its events.
    record  text not null
);
create index rehearsal_request on rehearsal (request, at);
