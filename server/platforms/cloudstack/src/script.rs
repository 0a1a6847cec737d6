//! Reads the output of `cloudstack-sysvmadm` for progress and errors (dossier 1.6).
//!
//! What is read here is shown and never believed: the script prints "Done" whatever happened. Standard output carries
//! headers and some errors; the detail log, which the step mirrors to standard error, carries a line for each VM.
//! Lines that are not known are passed over: other generations word some of them differently.

use std::collections::BTreeMap;

use model::event::Stream;

/// Longer lines are cut; none of the script's is.
const LONGEST_LINE: usize = 16 << 10;
/// Errors beyond this are counted by the log only.
const MOST_ERRORS: usize = 1_000;

/// How far the script says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptProgress {
    /// VMs that it is through with, whether that went well or not.
    pub done: u32,
    /// VMs it has announced so far; routers are announced only when their turn comes.
    pub of: u32,
    /// What it does.
    pub note: String,
}

/// The parts of a run, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    SecondaryStorage,
    ConsoleProxies,
    Routers,
}

impl Part {
    const fn words(self) -> &'static str {
        match self {
            Self::SecondaryStorage => "secondary storage VMs",
            Self::ConsoleProxies => "console proxies",
            Self::Routers => "routers",
        }
    }
}

#[derive(Debug, Default)]
struct Counted {
    announced: u32,
    begun: u32,
    finished: u32,
}

/// What one line means.
enum Line {
    Announced(Part, u32),
    Begun(Part, String),
    Finished(Part, String),
    PartOver(Part),
    Error(String),
    Other,
}

/// Takes in the output of one run, in whatever pieces it comes.
#[derive(Debug, Default)]
pub struct Reader {
    pending: BTreeMap<Stream, Vec<u8>>,
    parts: BTreeMap<Part, Counted>,
    errors: Vec<String>,
    told: Option<ScriptProgress>,
}

impl Reader {
    /// Nothing read yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in some bytes and tells what has changed.
    pub fn feed(&mut self, stream: Stream, bytes: &[u8]) -> Vec<ScriptProgress> {
        let mut changes = Vec::new();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let pending = self.pending.entry(stream).or_default();
            let room = LONGEST_LINE.saturating_sub(pending.len());
            pending.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.ends_with(b"\n") {
                let line = std::mem::take(pending);
                changes.extend(self.take(&String::from_utf8_lossy(&line)));
            }
        }
        changes
    }

    /// Distinct lines that tell of an error: the script's own, MySQL's and curl's.
    #[must_use]
    pub fn errors(&self) -> &[String] {
        &self.errors
    }

    fn take(&mut self, line: &str) -> Option<ScriptProgress> {
        let note = match read(line) {
            Line::Announced(part, number) => {
                // Both streams carry this line.
                let counted = self.parts.entry(part).or_default();
                counted.announced = counted.announced.max(number);
                format!("{number} {}", part.words())
            }
            Line::Begun(part, note) => {
                let counted = self.parts.entry(part).or_default();
                counted.begun += 1;
                // These go one by one: the next one begins when the one before is over.
                if part != Part::Routers {
                    counted.finished = counted.finished.max(counted.begun - 1);
                }
                note
            }
            Line::Finished(part, note) => {
                self.parts.entry(part).or_default().finished += 1;
                note
            }
            Line::PartOver(part) => {
                let counted = self.parts.entry(part).or_default();
                counted.finished = counted.announced;
                format!("{} are through", part.words())
            }
            Line::Error(text) => {
                if let Some(part) = failed_router(&text).filter(|_| !self.errors.contains(&text)) {
                    self.parts.entry(part).or_default().finished += 1;
                }
                if self.errors.len() < MOST_ERRORS && !self.errors.contains(&text) {
                    self.errors.push(text.clone());
                }
                text
            }
            Line::Other => return None,
        };
        self.tell(note)
    }

    fn tell(&mut self, note: String) -> Option<ScriptProgress> {
        let of = self.parts.values().map(|part| part.announced).sum();
        let done = self.parts.values().map(|part| part.finished.min(part.announced)).sum();
        let now = ScriptProgress { done, of, note };
        if self.told.as_ref() == Some(&now) {
            return None;
        }
        self.told = Some(now.clone());
        Some(now)
    }
}

/// The line in the log and the one on standard output differ; only the log's is counted.
fn failed_router(text: &str) -> Option<Part> {
    let is_log_line = text.contains("; jobId") || text.contains("; unable to submit");
    (text.contains("restart domainRouter") && is_log_line).then_some(Part::Routers)
}

fn read(line: &str) -> Line {
    let line = without_time(line.trim());
    if line.starts_with("ERROR") || line.starts_with("curl: (") {
        return Line::Error(line.to_owned());
    }
    if let Some((number, part)) = announcement(line) {
        return Line::Announced(part, number);
    }
    if line.starts_with("Done ") {
        return part_of(line).map_or(Line::Other, Line::PartOver);
    }
    let Some(info) = line.strip_prefix("INFO: ") else { return Line::Other };
    match part_of(info) {
        Some(Part::Routers) if info.starts_with("Successfully") => Line::Finished(Part::Routers, info.to_owned()),
        Some(part) if info.starts_with("Stopping") || info.starts_with("Restarting") => {
            Line::Begun(part, info.to_owned())
        }
        _ => Line::Other,
    }
}

/// `[2026.01.31-12.00.00] ` stands before each line of the newer logs.
fn without_time(line: &str) -> &str {
    match line.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        Some((time, rest)) if time.starts_with(|c: char| c.is_ascii_digit()) => rest,
        _ => line,
    }
}

/// `Stopping and starting 4 running routing vm(s)...`
fn announcement(line: &str) -> Option<(u32, Part)> {
    let rest = line.strip_prefix("Stopping and starting ")?;
    let (number, rest) = rest.split_once(' ')?;
    Some((number.parse().ok()?, part_of(rest)?))
}

fn part_of(text: &str) -> Option<Part> {
    let lower = text.to_ascii_lowercase();
    if lower.contains("secondary storage") {
        Some(Part::SecondaryStorage)
    } else if lower.contains("console proxy") {
        Some(Part::ConsoleProxies)
    } else if lower.contains("router") || lower.contains("routing") {
        Some(Part::Routers)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STDOUT: &str = "\nStopping and starting 1 secondary storage vm(s)...\n\
        Done stopping and starting secondary storage vm(s)\n\n\
        Stopping and starting 2 console proxy vm(s)...\n\
        Done stopping and starting console proxy vm(s) .\n\n\
        Stopping and starting 4 running routing vm(s)... \n\
        Done restarting router(s). \n\n";

    const LOG: &str = "[2026.01.31-12.00.00] \n\
        [2026.01.31-12.00.00] Stopping and starting 1 secondary storage vm(s)...\n\
        [2026.01.31-12.00.00] INFO: Stopping secondary storage vm with id 1\n\
        [2026.01.31-12.00.05] INFO: Starting secondary storage vm with id 1\n\
        [2026.01.31-12.00.20] Done stopping and starting secondary storage vm(s).\n\
        [2026.01.31-12.00.20] Stopping and starting 2 console proxy vm(s)...\n\
        [2026.01.31-12.00.20] INFO: Stopping console proxy with id 2\n\
        [2026.01.31-12.00.25] INFO: Starting console proxy vm with id 2\n\
        [2026.01.31-12.00.40] INFO: Stopping console proxy with id 7\n\
        [2026.01.31-12.00.45] INFO: Starting console proxy vm with id 7\n\
        [2026.01.31-12.00.59] Done stopping and starting console proxy vm(s) .\n\
        [2026.01.31-12.01.00] Stopping and starting 4 running routing vm(s)... \n\
        [2026.01.31-12.01.00] INFO: Restarting router with id 3\n\
        [2026.01.31-12.01.00] INFO: Restarting router with id 4\n\
        [2026.01.31-12.01.30] INFO: Successfully restarted domainRouter with id 3; jobId 9\n";

    fn read_all(pieces: &[(Stream, &[u8])]) -> (Option<ScriptProgress>, Vec<String>) {
        let mut reader = Reader::new();
        let mut last = None;
        for (stream, bytes) in pieces {
            last = reader.feed(*stream, bytes).pop().or(last);
        }
        (last, reader.errors().to_vec())
    }

    fn counts(progress: Option<ScriptProgress>) -> (u32, u32) {
        progress.map_or((0, 0), |progress| (progress.done, progress.of))
    }

    #[test]
    fn each_vm_in_the_log_moves_the_count() {
        let (progress, errors) = read_all(&[(Stream::Stderr, LOG.as_bytes())]);
        assert_eq!(counts(progress.clone()), (4, 7));
        assert_eq!(progress.unwrap().note, "Successfully restarted domainRouter with id 3; jobId 9");
        assert!(errors.is_empty());
    }

    #[test]
    fn without_a_log_the_headers_are_enough_and_with_both_nothing_counts_twice() {
        assert_eq!(counts(read_all(&[(Stream::Stdout, STDOUT.as_bytes())]).0), (7, 7));
        let both = [(Stream::Stderr, LOG.as_bytes()), (Stream::Stdout, STDOUT.as_bytes())];
        assert_eq!(counts(read_all(&both).0), (7, 7));
    }

    #[test]
    fn errors_of_both_streams_are_told_once_each() {
        let log = "ERROR: Failed to startSystemVm id=1; jobId is 5\n\
            ERROR: Failed to start secondary storage vm with id 1\n\
            ERROR: Failed to start secondary storage vm with id 1\n\
            mysql: [Warning] Using a password on the command line interface can be insecure.\n\
            ERROR 1045 (28000): Access denied for user 'cloud'@'localhost'\n\
            curl: (7) Failed to connect to localhost port 8096\n";
        let (_, errors) = read_all(&[(Stream::Stderr, log.as_bytes()), (Stream::Stdout, b"2\n")]);
        assert_eq!(errors.len(), 4, "{errors:?}");
    }

    #[test]
    fn a_router_that_failed_is_through_as_well() {
        let log = "Stopping and starting 2 running routing vm(s)... \n\
            ERROR: Failed to restart domainRouter with id 3; jobId 9\n\
            INFO: Successfully restarted domainRouter with id 4; jobId 10\n";
        let stdout = "ERROR: Failed to restart domainRouter with id 3 \n";
        let (progress, errors) = read_all(&[(Stream::Stderr, log.as_bytes()), (Stream::Stdout, stdout.as_bytes())]);
        assert_eq!((counts(progress), errors.len()), ((2, 2), 2));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_does_not_matter_where_the_output_is_cut(cuts in prop::collection::vec(0..LOG.len(), 0..12)) {
            let mut cuts = cuts;
            cuts.extend([0, LOG.len()]);
            cuts.sort_unstable();
            let pieces: Vec<(Stream, &[u8])> =
                cuts.windows(2).map(|cut| (Stream::Stderr, &LOG.as_bytes()[cut[0]..cut[1]])).collect();
            prop_assert_eq!(read_all(&pieces), read_all(&[(Stream::Stderr, LOG.as_bytes())]));
        }

        #[test]
        fn any_bytes_are_taken_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut reader = Reader::new();
            for progress in reader.feed(Stream::Stdout, &bytes) {
                prop_assert!(progress.done <= progress.of);
            }
        }
    }
}
