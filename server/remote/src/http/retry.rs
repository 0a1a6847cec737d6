//! Repeating a request that only reads.

use std::time::Duration;

use super::{Http, HttpError, HttpRequest, HttpResponse, Method};

/// How often and how patiently a read is repeated.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// All attempts together.
    pub attempts: u32,
    /// Doubled after each attempt.
    pub first_pause: Duration,
    /// Also the most that a server may ask us to wait; if it asks for more, its answer is given
    /// to the caller, who can tell people.
    pub longest_pause: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 4, first_pause: Duration::from_millis(500), longest_pause: Duration::from_secs(20) }
    }
}

impl Http {
    /// Sends what `make` makes until there is an answer that another attempt would not change.
    ///
    /// Made anew each time, because a signature may expire. Refuses anything but `GET`.
    pub async fn get_with_retry(
        &self,
        make: impl Fn() -> HttpRequest,
        retry: Retry,
    ) -> Result<HttpResponse, HttpError> {
        let mut pause = retry.first_pause;
        let mut attempt = 1;
        loop {
            let request = make();
            if request.method != Method::Get {
                let said = "only reading may be repeated".to_owned();
                return Err(HttpError::Invalid { address: request.address(), said });
            }
            let answer = self.send(&request).await;
            let wait = match wanted_pause(&answer, pause) {
                Some(wait) if attempt < retry.attempts && wait <= retry.longest_pause => wait,
                _ => return answer,
            };
            tracing::debug!(?request, attempt, ?wait, "repeating a read");
            tokio::time::sleep(wait).await;
            attempt += 1;
            pause = (pause * 2).min(retry.longest_pause);
        }
    }
}

/// How long to wait before the next attempt; `None` if there should be none.
fn wanted_pause(answer: &Result<HttpResponse, HttpError>, pause: Duration) -> Option<Duration> {
    match answer {
        Err(error) => error.is_transient().then_some(pause),
        Ok(answer) => match answer.status {
            429 | 503 => Some(retry_after(answer).unwrap_or(pause)),
            502 | 504 => Some(pause),
            _ => None,
        },
    }
}

fn retry_after(answer: &HttpResponse) -> Option<Duration> {
    let value = answer.header("retry-after")?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    // A point in time, by the server's own clock.
    let then = super::http_date(value)?;
    let millis = then.saturating_sub(answer.date_unix_ms()?);
    Some(Duration::from_millis(u64::try_from(millis).unwrap_or(0)))
}
