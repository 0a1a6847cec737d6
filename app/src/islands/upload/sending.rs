//! The loop that sends: ask how far it is, send the next part, believe the answer.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::cloudify::{Upload, UploadState};
use model::id::{EnvironmentId, SnapshotId};
use model::refusal::Refusal;
use model::words::size;
use web_sys::File;

use super::wire::{self, Trouble};

/// Bytes of one part: what a lost link costs at most.
const PART: u64 = 16 << 20;
/// The longest pause between two tries, in seconds.
const LONGEST: u32 = 30;

/// How it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stand {
    Idle,
    Asking,
    Sending,
    Lost { why: String, again: u32 },
    Checking,
    Paused,
    Kept,
    Refused(String),
}

impl Stand {
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Asking | Self::Sending | Self::Lost { .. } | Self::Checking | Self::Kept)
    }

    pub fn can_pause(&self) -> bool {
        matches!(self, Self::Sending | Self::Lost { .. })
    }

    pub fn can_cancel(&self) -> bool {
        matches!(self, Self::Sending | Self::Lost { .. } | Self::Paused)
    }
}

/// What a person wants meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    GoOn,
    Pause,
    Cancel,
}

/// A file that is being sent, or is not yet. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Sending {
    pub stand: RwSignal<Stand>,
    /// What the server has.
    pub there: RwSignal<u64>,
    pub of: RwSignal<u64>,
    /// How fast, and how long still.
    pub speed: RwSignal<Option<String>>,
    wish: RwSignal<Wish>,
    environment: StoredValue<EnvironmentId>,
    snapshot: StoredValue<Option<SnapshotId>>,
}

/// Why the loop ends.
enum End {
    Kept,
    Paused,
    Cancelled,
    Refused(String),
}

impl Sending {
    pub fn new(environment: EnvironmentId) -> Self {
        Self {
            stand: RwSignal::new(Stand::Idle),
            there: RwSignal::new(0),
            of: RwSignal::new(0),
            speed: RwSignal::new(None),
            wish: RwSignal::new(Wish::GoOn),
            environment: StoredValue::new(environment),
            snapshot: StoredValue::new(None),
        }
    }

    pub fn begin(self, file: File, snapshot: SnapshotId) {
        self.wish.set(Wish::GoOn);
        self.snapshot.set_value(Some(snapshot.clone()));
        self.of.set(file.size() as u64);
        self.stand.set(Stand::Asking);
        let url = format!("/api/uploads/{}/{snapshot}", self.environment.get_value());
        spawn_local(async move {
            match self.send(&file, &url).await {
                End::Kept => {
                    self.stand.set(Stand::Kept);
                    wire::go_to(&format!("?kept={snapshot}#send"));
                }
                End::Paused => self.stand.set(Stand::Paused),
                End::Cancelled => self.discard().await,
                End::Refused(why) => self.stand.set(Stand::Refused(why)),
            }
        });
    }

    pub fn pause(self) {
        self.wish.set(Wish::Pause);
    }

    /// What is on its way is left to arrive; the server removes it then.
    pub fn cancel(self) {
        if self.stand.with_untracked(|stand| *stand == Stand::Paused) {
            spawn_local(async move { self.discard().await });
        } else {
            self.wish.set(Wish::Cancel);
        }
    }

    async fn discard(self) {
        let Some(snapshot) = self.snapshot.get_value() else { return };
        match wire::discard(&self.environment.get_value(), &snapshot).await {
            Ok(()) => {
                self.there.set(0);
                self.stand.set(Stand::Idle);
            }
            Err(trouble) => self.stand.set(Stand::Refused(trouble.words())),
        }
    }

    async fn send(self, file: &File, url: &str) -> End {
        let of = file.size() as u64;
        let mut upload = match wire::ask(url, of).await {
            Ok(upload) if upload.state == UploadState::Kept => {
                return End::Refused(
                    "An archive of that name is kept already; nothing was sent. Choose another name, or see below."
                        .to_owned(),
                );
            }
            Ok(upload) => upload,
            Err(trouble) => return End::Refused(trouble.words()),
        };
        let (began, first) = (js_sys::Date::now(), upload.there);
        let mut pause = 1;
        loop {
            match self.wish.get_untracked() {
                Wish::GoOn => {}
                Wish::Pause => return End::Paused,
                Wish::Cancel => return End::Cancelled,
            }
            self.there.set(upload.there);
            let next = match &upload.state {
                UploadState::Kept => return End::Kept,
                UploadState::Refused(why) => return End::Refused(why.clone()),
                UploadState::Checking => {
                    self.stand.set(Stand::Checking);
                    wire::sleep(1).await;
                    wire::look(url).await
                }
                UploadState::Incomplete => {
                    self.stand.set(Stand::Sending);
                    wire::put(url, file, upload.there, (upload.there + PART).min(of), of).await
                }
            };
            upload = match next {
                Ok(upload) => {
                    pause = 1;
                    self.speed.set(speed(
                        upload.there - first.min(upload.there),
                        of - upload.there,
                        js_sys::Date::now() - began,
                    ));
                    upload
                }
                Err(trouble) if trouble.is_for_good() => return End::Refused(trouble.words()),
                Err(trouble) => match self.find_back(url, of, &trouble, &mut pause).await {
                    Some(upload) => upload,
                    None => upload,
                },
            };
        }
    }

    /// Waits a little, and asks how much has arrived.
    async fn find_back(self, url: &str, of: u64, trouble: &Trouble, pause: &mut u32) -> Option<Upload> {
        for again in (1..=*pause).rev() {
            self.stand.set(Stand::Lost { why: trouble.words(), again });
            wire::sleep(1).await;
            if self.wish.get_untracked() != Wish::GoOn {
                return None;
            }
        }
        *pause = (*pause * 2).min(LONGEST);
        wire::ask(url, of).await.ok()
    }
}

/// From what has really arrived since this began.
fn speed(arrived: u64, left: u64, milliseconds: f64) -> Option<String> {
    if arrived == 0 || milliseconds < 1.0 {
        return None;
    }
    let per_second = (arrived as f64 / milliseconds * 1000.0) as u64;
    let seconds = left.checked_div(per_second)?;
    let left = model::time::span_words(i64::try_from(seconds).unwrap_or(i64::MAX / 1000) * 1000);
    Some(format!("{} a second, about {left} still", size(per_second)))
}

impl Trouble {
    fn is_for_good(&self) -> bool {
        match self {
            Self::Link => false,
            // Another request may be at it for a while: one whose link was lost.
            Self::Refused(Refusal::Conflict { .. } | Refusal::Unavailable { .. } | Refusal::Internal { .. }) => false,
            Self::Refused(_) => true,
        }
    }
}
