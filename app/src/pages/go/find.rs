//! Which texts somebody means who types a few letters. Pure.

/// How well something fits what was typed: the smaller, the better. The worst fitting word counts first, so that a place in
/// which every word begins where a word begins comes before one in which a word stands somewhere inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fit {
    worst: u32,
    sum: u32,
}

/// How well `title`, with what else it is found by, fits the words of `query`, in whichever order; `None` when one of them is
/// nowhere. Nothing typed fits everything.
pub fn fit(query: &str, title: &str, besides: &str) -> Option<Fit> {
    let (query, title, besides) = (query.to_lowercase(), title.to_lowercase(), besides.to_lowercase());
    let mut found = Fit { worst: 0, sum: 0 };
    for word in query.split_whitespace() {
        let in_title = place(word, &title).map(|place| match place {
            Place::Word => 0,
            Place::Beginning => 1,
            Place::Inside => 4,
        });
        let besides = place(word, &besides).map(|place| match place {
            Place::Word => 2,
            Place::Beginning => 3,
            Place::Inside => 5,
        });
        let cost = in_title.into_iter().chain(besides).min()?;
        found = Fit { worst: found.worst.max(cost), sum: found.sum + cost };
    }
    Some(found)
}

/// Where in a text a word stands; the better, the smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// As a word of its own.
    Word,
    /// Where a word begins.
    Beginning,
    Inside,
}

fn place(word: &str, text: &str) -> Option<Place> {
    let places = text.match_indices(word).map(|(at, _)| {
        let begins = !text[..at].ends_with(char::is_alphanumeric);
        let ends = !text[at + word.len()..].starts_with(char::is_alphanumeric);
        match (begins, ends) {
            (true, true) => Place::Word,
            (true, false) => Place::Beginning,
            (false, _) => Place::Inside,
        }
    });
    places.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The titles that fit, best first.
    fn found(query: &str, titles: &[&'static str]) -> Vec<&'static str> {
        let mut fitting: Vec<_> =
            titles.iter().filter_map(|title| fit(query, title, "").map(|fit| (fit, *title))).collect();
        fitting.sort_by_key(|(fit, _)| *fit);
        fitting.into_iter().map(|(_, title)| title).collect()
    }

    #[test]
    fn words_are_found_in_any_order_and_every_one_has_to_be_there() {
        let titles = ["Update Framework on Frankfurt", "Update Storage Driver on Frankfurt", "Frankfurt", "Updates"];
        assert_eq!(found("frank up", &titles), ["Update Framework on Frankfurt", "Update Storage Driver on Frankfurt"]);
        assert_eq!(found("DRIVER  frankfurt", &titles), ["Update Storage Driver on Frankfurt"]);
        assert_eq!(found("frankfurt nowhere", &titles), [""; 0]);
        assert_eq!(found(" ", &titles), titles);
    }

    #[test]
    fn a_whole_word_comes_before_a_beginning_and_that_before_the_middle_of_a_word() {
        assert_eq!(found("on", &["Online", "Monday", "Go on"]), ["Go on", "Online", "Monday"]);
        assert_eq!(found("port a", &["Import an airport", "Ports of Asia"]), ["Ports of Asia", "Import an airport"]);
        // A letter of more than one byte is one letter.
        assert_eq!(found("ürich", &["Zürich", "ürich"]), ["ürich", "Zürich"]);
    }

    #[test]
    fn what_stands_beside_a_title_is_found_after_the_title_and_before_the_middle_of_one() {
        let fit = |title: &str, besides: &str| fit("ber", title, besides);
        assert!(fit("Berlin", "") < fit("Frankfurt", "berlin"));
        assert!(fit("Frankfurt", "berlin") < fit("Nuremberg", ""));
        assert!(fit("Nuremberg", "") < fit("Frankfurt", "nuremberg"));
        assert_eq!(fit("Frankfurt", "paris"), None);
    }

    #[test]
    fn an_id_is_found_by_its_beginning_and_by_each_of_its_parts() {
        let id = "2e7293a0-d168-46f3-bc29-262ddbf22474";
        for typed in ["2e72", id, "d168", "262DDBF22474"] {
            assert!(fit(typed, "Restart System VMs on Frankfurt", id).is_some(), "{typed}");
        }
    }
}
