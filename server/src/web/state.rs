//! What every handler can reach.

use std::sync::Arc;

use axum::extract::FromRef;
use engine::{Engine, Provider};
use leptos::config::LeptosOptions;
use tokio_util::sync::CancellationToken;

use super::throttle::Throttle;
use super::{assets, provider};
use crate::config::Config;

/// Cheap to clone.
#[derive(Clone)]
pub struct Web {
    pub engine: Engine,
    pub config: Arc<Config>,
    /// Where people can sign in besides.
    pub(super) provider: Option<Provider>,
    /// Cancelled when the server is to stop: streams end then.
    pub stopping: CancellationToken,
    pub(super) assets: app::Assets,
    pub(super) throttle: Arc<Throttle>,
    options: LeptosOptions,
}

impl Web {
    /// Puts the parts together.
    #[must_use]
    pub fn new(engine: Engine, config: Config) -> Self {
        let back = format!("{}{}", config.public_url, provider::BACK);
        let provider = config.oidc.clone().map(|settings| engine.provider(settings, back));
        Self {
            engine,
            provider,
            throttle: Arc::new(Throttle::new(config.login_attempts)),
            config: Arc::new(config),
            stopping: CancellationToken::new(),
            assets: assets::of_this_build(),
            // Only asked for by the traits of the framework: the folder it names is never read.
            options: LeptosOptions::builder().output_name("drydock").build(),
        }
    }
}

impl FromRef<Web> for LeptosOptions {
    fn from_ref(web: &Web) -> Self {
        web.options.clone()
    }
}
