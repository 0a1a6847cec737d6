//! Nobody counts for two needs. Which of several needs somebody counts for is found so that as many as possible are met.

/// One place that has to be taken: who can take it, as numbers.
pub(super) type Seat = Vec<usize>;

/// Who takes which seat when `people` (as many as that) are seated as well as possible. They are asked in order, and
/// whoever has a seat keeps one: those who come first are never sent away for somebody who comes later.
///
/// A maximum bipartite matching by augmenting paths; seats and people are few.
pub(super) fn seated(seats: &[Seat], people: usize) -> Vec<Option<usize>> {
    let mut taken = vec![None; seats.len()];
    for person in 0..people {
        find_seat(person, seats, &mut taken, &mut vec![false; seats.len()]);
    }
    taken
}

/// Finds a seat for somebody, and moves others to another one if that helps.
fn find_seat(person: usize, seats: &[Seat], taken: &mut [Option<usize>], asked: &mut [bool]) -> bool {
    for (seat, fits) in seats.iter().enumerate() {
        if !fits.contains(&person) || std::mem::replace(&mut asked[seat], true) {
            continue;
        }
        let is_free = taken[seat].is_none_or(|other| find_seat(other, seats, taken, asked));
        if is_free {
            taken[seat] = Some(person);
            return true;
        }
    }
    false
}
