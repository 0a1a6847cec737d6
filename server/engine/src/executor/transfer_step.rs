//! A step that moves an archive: it belongs to this server, and ends with it. Whoever takes the run up begins it again;
//! what has come is not fetched once more, where the other side can go on in the middle.

use std::time::Duration;

use model::event::EventKind;
use model::plan::{CloudifyCall, Step};
use model::run::StepState;
use remote::http::Moved;

use super::step::{Carrier, Heed, aborted, is_aborted};
use crate::Result;

/// How often is said how far it has come.
const TELL: Duration = Duration::from_secs(5);
const MEBIBYTE: u64 = 1 << 20;

impl Carrier {
    pub(super) async fn carry_transfer(
        &self,
        step: &Step,
        call: &CloudifyCall,
        begun: &StepState,
        heed: &mut Heed,
    ) -> Result<()> {
        self.journal.vouch().await?;
        let moved = Moved::default();
        let transfer = self.world.transfer(call, &moved);
        tokio::pin!(transfer);
        let mut told = 0;
        let ended = loop {
            tokio::select! {
                biased;
                () = aborted(heed) => break None,
                ended = &mut transfer => break Some(ended),
                () = tokio::time::sleep(TELL) => {}
            }
            if self.journal.now() > self.deadline(step, begun).await {
                let words = format!("it has not ended in time; {} MiB were moved", moved.bytes() / MEBIBYTE);
                return self.fail(step, words).await;
            }
            told = self.tell(step, &moved, told).await?;
        };
        match ended {
            None => {
                debug_assert!(is_aborted(heed));
                self.stopped(step, format!("aborted after {} MiB", moved.bytes() / MEBIBYTE)).await
            }
            Some(Err(error)) => self.fail(step, error).await,
            Some(Ok(said)) => {
                self.journal.append(vec![EventKind::Acted { step: step.id.clone(), said }]).await?;
                self.prove(step, begun, heed).await
            }
        }
    }

    async fn tell(&self, step: &Step, moved: &Moved, told: u32) -> Result<u32> {
        let done = u32::try_from(moved.bytes() / MEBIBYTE).unwrap_or(u32::MAX);
        if done > told {
            let note = "MiB moved".to_owned();
            // How much there is in all is not known before it has come.
            let progress = EventKind::Progress { step: step.id.clone(), done, of: done, note };
            self.journal.append(vec![progress]).await?;
        }
        Ok(done)
    }
}
