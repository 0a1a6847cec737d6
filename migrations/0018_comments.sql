-- What people say about a request: only added to, never changed.
create table request_comment (
    request  text not null references request (id),
    -- Counts up from 1 within the request.
    number   bigint not null,
    by_id    text not null references person (id),
    at       bigint not null,
    -- remark, question, answer or settled.
    kind     text not null,
    -- The question that is answered or settled.
    question bigint,
    body     text not null,
    primary key (request, number),
    check ((question is not null) = (kind in ('answer', 'settled')))
);

-- Who is named in a comment, and was told.
create table comment_mention (
    request text not null,
    number  bigint not null,
    person  text not null references person (id),
    -- When this person has said or decided something on the request, or has said that it is enough to have read it.
    seen_at bigint,
    primary key (request, number, person),
    foreign key (request, number) references request_comment (request, number)
);
create index comment_mention_unseen on comment_mention (person) where seen_at is null;
