//! How things are named for people.

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn listed<T: ToString>(parts: &[T]) -> String {
    let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
    match parts.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The same, with no more than ten named.
pub(crate) fn shortened(mut parts: Vec<String>) -> String {
    const SHOWN: usize = 10;
    let more = parts.len().saturating_sub(SHOWN);
    parts.truncate(SHOWN);
    if more == 0 { listed(&parts) } else { format!("{} and {more} more", parts.join(", ")) }
}

/// `1 agent`, `3 agents`.
pub(crate) fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}
