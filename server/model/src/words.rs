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

/// With a capital letter, for texts that begin with a small one because they also stand behind a colon.
#[must_use]
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `512 B`, `1.5 kB`, `20.1 GB`: three digits say enough, and a thousand is a thousand.
#[must_use]
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let (mut whole, mut unit) = (bytes, 0);
    while whole >= 1_000_000 && unit + 1 < UNITS.len() {
        whole /= 1000;
        unit += 1;
    }
    format!("{}.{} {}", whole / 1000, whole % 1000 / 100, UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_told_in_a_unit_that_fits() {
        let told = [0, 999, 1000, 1_499_999, 20_123_456_789, 5_000_000_000_000, u64::MAX].map(size);
        assert_eq!(told, ["0 B", "999 B", "1.0 kB", "1.4 MB", "20.1 GB", "5.0 TB", "18446744.0 TB"]);
    }

    #[test]
    fn of_many_ten_are_named() {
        let names = |count: usize| (1..=count).map(|number| format!("n{number}")).collect::<Vec<_>>();
        assert_eq!([listed(&names(0)), listed(&names(1)), listed(&names(3))], ["", "n1", "n1, n2 and n3"]);
        assert!(shortened(names(10)).ends_with("n9 and n10"));
        assert!(shortened(names(12)).ends_with("n10 and 2 more"));
        assert_eq!([count(1, "node"), count(0, "node")], ["1 node", "0 nodes"]);
    }
}
