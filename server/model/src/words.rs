//! Lists and counts in sentences.

/// `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn listed<T: ToString>(parts: &[T]) -> String {
    let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
    match parts.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The same, with no more than ten named.
#[must_use]
pub fn shortened(mut parts: Vec<String>) -> String {
    const SHOWN: usize = 10;
    let more = parts.len().saturating_sub(SHOWN);
    parts.truncate(SHOWN);
    if more == 0 { listed(&parts) } else { format!("{} and {more} more", parts.join(", ")) }
}

/// `1 node`, `3 nodes`.
#[must_use]
pub fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_ten_are_named() {
        let names = |count: usize| (1..=count).map(|number| format!("n{number}")).collect::<Vec<_>>();
        assert_eq!([listed(&names(0)), listed(&names(1)), listed(&names(3))], ["", "n1", "n1, n2 and n3"]);
        assert!(shortened(names(10)).ends_with("n9 and n10"));
        assert!(shortened(names(12)).ends_with("n10 and 2 more"));
        assert_eq!([count(1, "node"), count(0, "node")], ["1 node", "0 nodes"]);
    }
}
