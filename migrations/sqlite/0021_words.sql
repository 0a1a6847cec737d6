-- Which words stand in which piece of output. The words are made by the program (server/model/src/search.rs) and come separated by
-- blanks; `ascii` leaves them as they are. Only the numbers of the pieces are kept, and no text twice.
create table output_doc (
    id  integer not null primary key,
    run text not null references run (id),
    seq bigint not null
);
create virtual table output_word using fts5 (words, content = '', detail = none, columnsize = 0, tokenize = 'ascii');
