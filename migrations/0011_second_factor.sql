-- What somebody shows besides the password: codes of an authenticator app (RFC 6238), or a recovery code.

create table second_factor (
    person       text not null primary key references person (id),
    -- The key that the app has as well.
    secret       text not null references sealed (id),
    -- Until a first code has proven that the app has the key, it does not count.
    confirmed_at bigint,
    -- To which step of 30 seconds the last code belonged: neither it nor an earlier one is taken again.
    last_step    bigint not null default 0
);

create table recovery_code (
    person  text not null references person (id),
    -- SHA-256: who has 80 random bits to guess is not slowed down by more.
    hash    text not null,
    used_at bigint,
    primary key (person, hash)
);
