//! What a rehearsal promises.
