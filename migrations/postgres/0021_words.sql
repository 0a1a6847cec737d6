-- Which words stand in which piece of output. The words are made by the program (server/model/src/search.rs) and go into the vector
-- as they are.
create table output_doc (
    id    bigint not null primary key,
    run   text not null references run (id),
    seq   bigint not null,
    words tsvector not null
);
create index output_doc_words on output_doc using gin (words);
