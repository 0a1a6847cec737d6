//! `drydock serve`.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use engine::Engine;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::{Failure, make_data_folder};
use crate::config::Config;
use crate::logging;
use crate::output::note;
use crate::web::{self, Web};

/// How long open requests may take once we are to stop; what then still runs is cut off.
const LAST_REQUESTS: Duration = Duration::from_secs(4);

/// How long letting go of runs and connections may take. Together with the above less than the 10 s that service
/// managers usually give.
const LETTING_GO: Duration = Duration::from_secs(4);

/// Serves until a signal comes.
pub async fn run(mut config: Config) -> Result<(), Failure> {
    logging::start(&config.log);
    make_data_folder(&config)?;
    let engine = Engine::open(config.engine.clone()).await?;
    let listen = config.listen;
    let taken = |source| Failure::Listen { listen, source };
    let listener = TcpListener::bind(listen).await.map_err(taken)?;
    config.listen = listener.local_addr().map_err(taken)?;
    config.public_url = config.public_url.bound_to(config.listen);
    info!(listen = %config.listen, public_url = %config.public_url, "Drydock listens");
    invite_first_admin(&engine, &config).await?;
    engine.link_to(&config.public_url.to_string());
    // After listening: two servers started by mistake on one port must not both take runs up.
    let resumed = engine.resume().await?;
    if resumed > 0 {
        info!(runs = resumed, "Runs were taken up again");
    }
    serve(listener, Web::new(engine, config), told_to_stop()?).await
}

/// Serves until `stop`, then lets go of everything in time.
async fn serve(listener: TcpListener, web: Web, stop: impl Future<Output = ()>) -> Result<(), Failure> {
    let (engine, stopping) = (web.engine.clone(), web.stopping.clone());
    let service = web::router(web).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(stopping.clone().cancelled_owned());
    let serving = tokio::spawn(server.into_future());
    let stopped = wait(serving, stopping, stop).await;
    if tokio::time::timeout(LETTING_GO, engine.shutdown()).await.is_err() {
        warn!("Some connections could not be closed in time; what runs on hosts goes on");
    }
    info!("Drydock has stopped; what runs on hosts goes on");
    stopped
}

async fn wait(
    mut serving: tokio::task::JoinHandle<std::io::Result<()>>,
    stopping: CancellationToken,
    stop: impl Future<Output = ()>,
) -> Result<(), Failure> {
    tokio::select! {
        ended = &mut serving => return ended.unwrap_or_else(|error| Err(std::io::Error::other(error))).map_err(Failure::Server),
        () = stop => info!("Drydock is stopping"),
    }
    stopping.cancel();
    if tokio::time::timeout(LAST_REQUESTS, &mut serving).await.is_err() {
        warn!("Some requests were still open and were cut off");
        serving.abort();
    }
    Ok(())
}

fn told_to_stop() -> Result<impl Future<Output = ()>, Failure> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::Server)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::Server)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// While there is no admin, whoever has this link becomes one, so it goes to the terminal or the log of the server.
async fn invite_first_admin(engine: &Engine, config: &Config) -> Result<(), Failure> {
    match engine.setup_token().await {
        Ok(Some(token)) => {
            note(&format!("Nobody is admin yet. Make the first one at {}/setup?token={token}", config.public_url))
        }
        Ok(None) => {}
        Err(error) => error!(problem = %error.refusal(), "It cannot be told whether there is an admin"),
    }
    Ok(())
}
