//! Who is connected: `ss` and `who` (P6). They tell of the lab's visitors only: those who ask are "us".

use crate::stand_in::Reply;

/// Connections of browsers to the web interface.
pub(super) fn ss(words: &[&str], address: &str, visitors: &[String]) -> Reply {
    let filter: Vec<&str> =
        words.iter().filter(|word| !word.starts_with('-')).flat_map(|word| word.split(' ')).collect();
    let is_asked = |port: &str| {
        let named = filter.iter().filter(|word| word.starts_with(':')).copied();
        let mut named = named.peekable();
        named.peek().is_none() || named.any(|word| word[1..] == *port)
    };
    let flags: String = words.iter().filter(|word| word.starts_with('-')).copied().collect();
    let is_established = filter.contains(&"established");
    let state = if is_established { "" } else { "ESTAB " };
    let mut lines = Vec::new();
    if !flags.contains('H') {
        let column = if is_established { "" } else { "State " };
        lines.push(format!("{column}Recv-Q Send-Q Local Address:Port Peer Address:Port"));
    }
    for (number, _) in visitors.iter().enumerate().filter(|_| is_asked("80")) {
        lines.push(format!("{state}0      0      {address}:80   10.20.30.{}:{}", 40 + number, 51_000 + number));
    }
    Reply::says(lines.join("\n"))
}

/// People at terminals.
pub(super) fn who(users: &[String]) -> Reply {
    let lines: Vec<String> = users
        .iter()
        .enumerate()
        .map(|(number, user)| format!("{user:<8} pts/{number}        2026-11-21 02:40 (10.20.30.{})", 40 + number))
        .collect();
    Reply::says(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visitor_is_shown_to_who_asks_for_the_port_of_the_web_interface() {
        let visitors = ["erika".to_owned()];
        let shown = |words: &[&str]| ss(words, "10.0.0.5", &visitors).out;
        let filter = "( sport = :80 or sport = :443 )";
        assert_eq!(shown(&["-tn", "state", "established", filter]).len(), 2);
        assert_eq!(shown(&["-Htn", "state", "established", filter]), ["0      0      10.0.0.5:80   10.20.30.40:51000"]);
        assert!(shown(&["-Htn", "state", "established", "( sport = :22 )"]).is_empty());
        assert!(shown(&["-Htn"])[0].starts_with("ESTAB "));
    }
}
