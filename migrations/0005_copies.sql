-- Copies of files on hosts that somebody changed by hand. What is in them is sealed; one for each content of a file.
create table file_copy (
    environment text not null references environment (id),
    host        text not null,
    path        text not null,
    sha256      text not null,
    -- Mode, owner and group, separated by blanks.
    rights      text not null,
    -- Ids of its parts among the sealed, in order, separated by blanks.
    parts       text not null,
    at          bigint not null,
    primary key (environment, host, path, sha256)
);
