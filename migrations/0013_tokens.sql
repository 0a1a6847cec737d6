-- What programs show instead of a password. Each belongs to somebody, and does no more than they may.
create table token (
    id         text not null primary key,
    person     text not null references person (id),
    -- What its owner calls it.
    name       text not null,
    -- SHA-256 of it: 256 random bits need nothing slower.
    hash       text not null unique,
    -- Words, separated by blanks.
    roles      text not null,
    -- Whether it only looks (1) or not (0).
    read_only  bigint not null,
    created_at bigint not null,
    expires_at bigint not null,
    used_at    bigint,
    used_from  text,
    revoked_at bigint
);
create index token_person on token (person) where revoked_at is null;
