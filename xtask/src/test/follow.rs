//! Runs a command whose lines are shown and read at the same time, and does not wait for ever.
//!
//! A test that hangs would otherwise hang the whole run, and in continuous integration nobody presses Ctrl-C.

use std::{
    fs,
    io::{BufRead, BufReader, PipeReader},
    process::{Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use crate::{
    error::{Error, Output},
    process::{Service, words},
    progress::note,
    stop::Stop,
};

/// After so long without a line, a test program is taken for hung. Our slowest test says something every minute.
const SILENCE: Duration = Duration::from_secs(8 * 60);

/// How long lines may still come after the command itself has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Both outputs go through one pipe, so that they stay in order.
pub fn follow(command: &mut Command, stop: &Stop, read: &mut dyn FnMut(&str)) -> Result<(), Error> {
    follow_for(command, stop, read, SILENCE)
}

fn follow_for(command: &mut Command, stop: &Stop, read: &mut dyn FnMut(&str), limit: Duration) -> Result<(), Error> {
    let name = words(command);
    let cannot = |source| Error::Start { command: name.clone(), source };
    let (reader, writer) = std::io::pipe().map_err(cannot)?;
    command.stdin(Stdio::null()).stdout(writer.try_clone().map_err(cannot)?).stderr(writer);
    // A group of its own: what a killed test leaves behind goes with it.
    let mut service = Service::start("cargo test", command)?;
    // Our own ends of the pipe would keep it open for ever.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let lines = lines_of(reader);
    let mut last = Instant::now();
    loop {
        match lines.recv_timeout(LAST_WORDS) {
            Ok(line) => {
                eprintln!("{line}");
                read(&line);
                last = Instant::now();
            }
            Err(RecvTimeoutError::Disconnected) => break,
            // Somebody may hold the pipe open who was started by a test; cargo has ended, so nothing is to come.
            Err(RecvTimeoutError::Timeout) if service.has_ended() => break,
            Err(RecvTimeoutError::Timeout) if stop.asked() => return Err(Error::Interrupted),
            Err(RecvTimeoutError::Timeout) if last.elapsed() > limit => {
                note(&format!("nothing for {} s: the test program is ended", limit.as_secs()));
                end_children(service.child.id());
                last = Instant::now();
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
    let status = service.child.wait().map_err(cannot)?;
    if status.success() { Ok(()) } else { Err(Error::Failed { command: name, status, output: Output(String::new()) }) }
}

fn lines_of(reader: PipeReader) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            if sender.send(String::from_utf8_lossy(&line).trim_end().to_owned()).is_err() {
                return;
            }
            line.clear();
        }
    });
    receiver
}

/// Ends what cargo is running, and not cargo: it then goes on with the next test program.
fn end_children(process: u32) {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    for child in children.split_whitespace() {
        let _ = Command::new("kill").args(["-s", "KILL", child]).stderr(Stdio::null()).status();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(script: &str, limit: Duration) -> (Vec<String>, bool) {
        let mut seen = Vec::new();
        let stop = Stop::listen().unwrap();
        let ended =
            follow_for(Command::new("sh").args(["-c", script]), &stop, &mut |line| seen.push(line.into()), limit);
        (seen, ended.is_ok())
    }

    #[test]
    fn lines_of_both_outputs_come_in_order() {
        let (seen, fine) = lines("echo one; echo two >&2; echo three; exit 1", SILENCE);
        assert_eq!((seen.join(" ").as_str(), fine), ("one two three", false));
    }

    #[test]
    fn a_child_that_hangs_is_ended_and_the_command_goes_on() {
        let (seen, fine) = lines("echo one; sleep 600; echo two", Duration::from_millis(10));
        // In between, the shell remarks on the death.
        assert_eq!(
            (seen.first().map(String::as_str), seen.last().map(String::as_str), fine),
            (Some("one"), Some("two"), true)
        );
    }

    #[test]
    fn somebody_who_keeps_the_pipe_does_not_keep_us() {
        let (seen, fine) = lines("sleep 600 & echo one", SILENCE);
        assert_eq!((seen.join(" ").as_str(), fine), ("one", true));
    }
}
