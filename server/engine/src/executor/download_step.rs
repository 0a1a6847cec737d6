//! A step that takes copies of files off a host: read, seal, see the proof. Nothing of them is recorded in the run.

use model::event::EventKind;
use model::plan::{Download, Step};
use model::run::StepState;
use model::wait::WaitReason;

use super::step::{Carrier, Heed, Looks, aborted, is_aborted};
use crate::Result;
use crate::copies::NotSealed;

impl Carrier {
    /// What was sealed before is not read again, so it may begin anew wherever it was cut off.
    pub(super) async fn carry_download(
        &self,
        step: &Step,
        download: &Download,
        begun: &StepState,
        heed: &mut Heed,
    ) -> Result<()> {
        let mut looks = Looks::new(self.pace);
        loop {
            self.journal.vouch().await?;
            let error = match self.world.download(download).await {
                Ok(said) => {
                    self.journal.append(vec![EventKind::Acted { step: step.id.clone(), said }]).await?;
                    return self.prove(step, begun, heed).await;
                }
                Err(NotSealed::Refused(problem)) => return self.fail_for_good(step, problem).await,
                Err(NotSealed::NotNow(error)) => error,
            };
            if is_aborted(heed) {
                return self.stopped(step, format!("aborted before all copies were sealed: {error}")).await;
            }
            let deadline = self.deadline(step, begun).await;
            if self.journal.now() > deadline {
                return self.fail(step, format!("not all copies could be sealed in time: {error}")).await;
            }
            self.waiting(step, WaitReason::Retry { error }, Some(deadline)).await?;
            tokio::select! {
                biased;
                () = aborted(heed) => {}
                () = looks.pause() => {}
            }
        }
    }
}
