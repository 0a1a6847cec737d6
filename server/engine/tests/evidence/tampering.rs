//! Everything that somebody might do to a pack is found, by Drydock and by the program outside.

use model::evidence::{Manifest, name};
use model::id::AuditKey;

use crate::pack::{Pack, checked};
use crate::{over, story_end};

/// Both say that it is not good, and name what is wrong.
#[track_caller]
fn found(what: &str, zip: &[u8], key: Option<&AuditKey>, named: &str) {
    let said = checked(zip, key);
    assert_eq!(said.codes, [Some(1), Some(1)], "{what} is not found: {:?}", said.words);
    for words in said.words {
        assert!(words.contains(named), "{what}: {named} is not named: {words}");
    }
}

/// That line and the next one in each other's place.
fn exchanged(text: &str, at: usize) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.swap(at, at + 1);
    lines.join("\n") + "\n"
}

fn without(text: &str, gone: usize) -> String {
    let lines = text.lines().enumerate().filter(|(at, _)| *at != gone);
    lines.map(|(_, line)| format!("{line}\n")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_a_removed_an_added_and_an_exchanged_file_are_found_by_both_verifiers() {
    let over = over().await;
    let (pack, key) = (over.pack().await, over.key.clone());
    for name in pack.0.keys() {
        let mut changed = pack.clone();
        let bytes = changed.0.get_mut(name).unwrap();
        if bytes.is_empty() {
            bytes.push(b'x');
        } else {
            let middle = bytes.len() / 2;
            // Another letter, so that what is JSON stays JSON.
            bytes[middle] ^= 1;
        }
        let named = if name == name::SIGNATURE { name::MANIFEST } else { name };
        let words = if named == name::MANIFEST { "manifest" } else { named };
        found(&format!("a changed byte of {name}"), &changed.zip(), Some(&key), words);
        let mut removed = pack.clone();
        removed.0.remove(name);
        found(&format!("without {name}"), &removed.zip(), Some(&key), name);
    }
    let mut added = pack.clone();
    added.0.insert("output/9999_more.stdout.txt".to_owned(), b"more\n".to_vec());
    found("an added file", &added.zip(), Some(&key), "output/9999_more.stdout.txt");
    let output: Vec<String> = pack.0.keys().filter(|name| name.starts_with(name::OUTPUT)).cloned().collect();
    let mut exchanged = pack.clone();
    let one = output.first().unwrap();
    let other = output.iter().find(|other| pack.0[*other] != pack.0[one]).unwrap();
    exchanged.0.insert(one.clone(), pack.0[other].clone());
    exchanged.0.insert(other.clone(), pack.0[one].clone());
    found("two files in each other's place", &exchanged.zip(), Some(&key), name::OUTPUT);
    found("a file twice", &twice(&pack), Some(&key), "twice");
    let whole = pack.zip();
    found("half of it", &whole[..whole.len() / 2], Some(&key), "cannot be read");
    story_end(over).await;
}

/// Two pages by one name: who unpacks it may see the other one.
fn twice(pack: &Pack) -> Vec<u8> {
    let mut added = pack.clone();
    let other = "indez.html";
    added.0.insert(other.to_owned(), b"all is well".to_vec());
    let mut zip = added.zip();
    while let Some(at) = zip.windows(other.len()).position(|part| part == other.as_bytes()) {
        zip[at..at + other.len()].copy_from_slice(name::PAGE.as_bytes());
    }
    zip
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_that_somebody_has_put_together_anew_and_signed_is_found_by_both_verifiers() {
    let over = over().await;
    let (pack, key) = (over.pack().await, over.key.clone());
    let again = pack.sealed_again();
    assert_eq!(again.believed(None), [Some(3), Some(3)], "it holds together, and nobody says that it is confirmed");
    found("another key", &again.zip(), Some(&key), Manifest::read(&again.0[name::MANIFEST]).unwrap().key.as_str());

    let forged = |what: &str, changed: Pack, named: &str| found(what, &changed.sealed_again().zip(), None, named);
    let plan = pack.with(name::PLAN, |text| text.replacen("\"summary\":\"", "\"summary\":\"Not ", 1));
    forged("another plan", plan, name::PLAN);
    let request = pack.with(name::REQUEST, |text| {
        let manifest: Manifest = pack.json(name::MANIFEST);
        text.replacen(manifest.request.as_str(), over.story.environment.as_str(), 1)
    });
    forged("another request", request, "request");
    let policy = pack.with(name::POLICY, |text| text.replacen("\"denials\":1", "\"denials\":2", 1));
    forged("other policies", policy, "polic");
    // Signed with the key of Drydock when it was made, which who puts a pack together anew does not have.
    for (what, from, to) in [
        ("another approver", "\"by_name\": \"paul\"", "\"by_name\": \"rita\""),
        ("another decision", "\"decision\": \"approve\"", "\"decision\": \"deny\""),
        ("another remark", "\"reason\": \"", "\"reason\": \"Not "),
        ("another time", "\"at\": 1", "\"at\": 2"),
    ] {
        forged(what, pack.with(name::APPROVALS, |text| text.replacen(from, to, 1)), name::APPROVALS);
    }
    for (what, at) in [("the first two events", 0), ("two events in the middle", 5)] {
        forged(&format!("{what} in another order"), pack.with(name::EVENTS, |text| exchanged(&text, at)), "event");
    }
    let last = pack.text(name::EVENTS).lines().count() - 1;
    for (what, gone) in [("the first", 0), ("one", 4), ("the last", last)] {
        forged(&format!("{what} event gone"), pack.with(name::EVENTS, |text| without(&text, gone)), name::EVENTS);
    }
    let ended = pack.with(name::EVENTS, |text| text.replacen("\"outcome\":\"succeeded\"", "\"outcome\":\"failed\"", 1));
    forged("another outcome", ended, name::EVENTS);
    let output = pack.0.keys().rfind(|name| name.starts_with(name::OUTPUT)).unwrap().clone();
    forged("a line added to output", pack.with(&output, |text| format!("{text}more\n")), "output");
    let mut less = pack.clone();
    less.0.remove(&output);
    forged("output left out", less, "output");
    let entry = pack.with(name::AUDIT, |text| text.replacen("\"who\":\"paul\"", "\"who\":\"rita\"", 1));
    forged("somebody else in the audit log", entry, name::AUDIT);
    forged("an entry left out", pack.with(name::AUDIT, |text| without(&text, 1)), "checkpoint");
    forged("entries in another order", pack.with(name::AUDIT, |text| exchanged(&text, 1)), name::AUDIT);
    forged("a checkpoint left out", pack.with(name::CHECKPOINTS, |text| without(&text, 1)), name::CHECKPOINTS);
    story_end(over).await;
}
