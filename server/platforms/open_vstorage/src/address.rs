//! Addresses in the order of numbers. The stock page compares them as text, where 10.0.0.9 comes after 10.0.0.10
//! (dossier 1.1, 5).

use std::cmp::Ordering;
use std::net::IpAddr;

/// Compares as addresses; what is none comes after all that are, in the order of text.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    match (a.parse::<IpAddr>(), b.parse::<IpAddr>()) {
        (Ok(x), Ok(y)) => x.cmp(&y),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => natural(a, b),
    }
}

/// Compares texts with numbers in them as people do: node2 before node10.
pub(crate) fn natural(a: &str, b: &str) -> Ordering {
    let (mut x, mut y) = (a, b);
    loop {
        let (m, n) = (digits(x), digits(y));
        let order = if m > 0 && n > 0 {
            let (p, q) = (x[..m].trim_start_matches('0'), y[..n].trim_start_matches('0'));
            let order = p.len().cmp(&q.len()).then_with(|| p.cmp(q));
            (x, y) = (&x[m..], &y[n..]);
            order
        } else {
            let (mut left, mut right) = (x.chars(), y.chars());
            let order = match (left.next(), right.next()) {
                // Equal as people read them; the texts themselves decide, so that the order is one.
                (None, None) => return a.cmp(b),
                (one, other) => one.cmp(&other),
            };
            (x, y) = (left.as_str(), right.as_str());
            order
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_comes_before_ten() {
        let mut all = ["10.0.0.10", "node", "10.0.0.9", "9.0.0.200"];
        all.sort_by(|a, b| compare(a, b));
        assert_eq!(all, ["9.0.0.200", "10.0.0.9", "10.0.0.10", "node"]);
        let mut names = ["node10", "node2", "node02", "node", "a"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["a", "node", "node02", "node2", "node10"]);
    }
}
