-- What commands have printed is read from any place on: of one step, of one pipe, and what a pipe has left of a line.
drop index event_output;
create index event_output on event (run, step, attempt, stream, seq) where step is not null;

-- What happened besides: of a run that has printed much it is little.
create index event_fact on event (run, seq) where step is null;

-- The pieces of one run that can be searched.
create index output_doc_run on output_doc (run, seq);
