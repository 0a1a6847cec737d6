-- Runs that were started without their approvals, and the reviews that have to follow.
create table broken_glass (
    run         text not null primary key references run (id),
    request     text not null references request (id),
    environment text not null references environment (id),
    by_id       text not null references person (id),
    reason      text not null,
    at          bigint not null,
    -- Until when somebody else has to review it.
    due         bigint not null,
    reviewed_by text references person (id),
    reviewed_at bigint,
    review      text,
    -- A review is somebody's, at some time, with words.
    check ((reviewed_by is null) = (reviewed_at is null) and (reviewed_by is null) = (review is null))
);
create index broken_glass_unreviewed on broken_glass (environment) where reviewed_by is null;
