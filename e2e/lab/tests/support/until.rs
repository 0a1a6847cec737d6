//! Waiting for what will be so.

use std::time::Duration;

/// Waits for a state, at most a minute.
pub async fn until<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let work = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), work).await.expect("the state awaited comes within a minute")
}
