//! "Test connection": the part that concerns the API.

use model::precheck::{Precheck, Verdict, bad, good};

use crate::checks;
use crate::client::Inner;
use crate::discovery::{self, observe, rows};

pub(crate) async fn test(inner: &Inner) -> Vec<Precheck> {
    let version = observe(inner, "listCapabilities", discovery::version(inner)).await;
    let skew = discovery::clock_skew(inner);
    if version.value().is_none() && skew.value().is_none() {
        // Nothing answered at all: asking on would only cost time.
        return vec![checks::version(&version)];
    }
    let (missing, servers) = tokio::join!(
        observe(inner, "listApis", discovery::missing_rights(inner, version.value())),
        observe(
            inner,
            "listManagementServers",
            discovery::rows_of(inner, "listManagementServers", &[], rows::management_server)
        ),
    );
    vec![
        checks::version(&version),
        certificate(inner),
        checks::clocks(&skew, inner.clock_skew_limit),
        checks::rights(&missing, None),
        checks::management_servers(&servers, &version),
    ]
}

/// A certificate that is not trusted shows as an API that does not answer; this says what protects the connection.
fn certificate(inner: &Inner) -> Precheck {
    const TITLE: &str = "The connection is protected";
    match (inner.api.endpoint().starts_with("https://"), inner.pinned) {
        (true, true) => good(TITLE, "HTTPS, with the pinned certificate"),
        (true, false) => good(TITLE, "HTTPS, with a certificate of a public authority"),
        (false, _) => bad(
            Verdict::Warning,
            TITLE,
            "plain HTTP",
            "Requests are signed, so nobody can alter them, but everybody in between can read the answers. Use HTTPS.",
        ),
    }
}
