//! Jobs that are done side by side: most tests wait for hosts, clouds and time limits, and in a row they leave half of the
//! processor idle.

use std::sync::{Mutex, PoisonError};

use super::Tally;

/// Something to do that is counted.
pub type Job<'a> = Box<dyn FnOnce(&mut Tally) + Send + 'a>;

/// How many jobs are done at once.
const AT_ONCE: usize = 3;

/// Does all jobs. They are begun in their order: whoever has done one takes the next.
pub fn side_by_side(jobs: Vec<Job<'_>>, tally: &mut Tally) {
    let left = Mutex::new(jobs.into_iter());
    let work = || {
        let mut tally = Tally::default();
        loop {
            let next = left.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(job) = next else { return tally };
            job(&mut tally);
        }
    };
    let counted = std::thread::scope(|scope| {
        let begun: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        begun.into_iter().map(|one| one.join().expect("to count does not panic")).collect::<Vec<_>>()
    });
    counted.into_iter().for_each(|one| tally.take_in(one));
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn as_many_jobs_as_there_are_hands_are_done_at_once_and_all_are_counted() {
        // Passes only when all are there.
        let together = Barrier::new(AT_ONCE);
        let jobs = (0..2 * AT_ONCE).map(|number| -> Job<'_> {
            let together = &together;
            Box::new(move |tally| {
                together.wait();
                if number == 0 { tally.fail("the first", "") } else { tally.pass(1) }
            })
        });
        let mut tally = Tally::default();
        side_by_side(jobs.collect(), &mut tally);
        assert_eq!(tally.line(), format!("{} passed, 1 failed", 2 * AT_ONCE - 1));
        assert_eq!(tally.failures(), ["the first"]);
    }
}
