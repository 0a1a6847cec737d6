//! From the environment form to what the engine takes: secrets that were typed are sealed on the way.
//!
//! What is checked here is only what the engine's types cannot hold (a port that is no number); all rules about content
//! are the engine's.

use std::collections::BTreeSet;

use engine::EnvironmentDraft;
use model::environment::{
    Access, CloudStackSettings, CloudifyManager, CloudifySettings, Environment, Host, HostKey, ManagerRest, NewManager,
    OpenVstorageSettings, Platform, PlatformSettings,
};
use model::id::{HostName, TenantName};
use model::refusal::Refusal;
use model::secret::SecretRef;

use super::Desk;
use super::desk::refused;
use crate::api::environment_form::{
    EnvironmentForm, HostRow, ManagerForm, ManagerHost, NewOn, SecretField, SecretPlace,
};
use crate::error::{Answer, ApiError};

/// Reads the form. `before` is the environment it changes, whose sealed secrets and accepted host keys are kept.
///
/// # Errors
/// A field that cannot be taken, by the name the form gives it.
pub async fn read(desk: &Desk, form: EnvironmentForm, before: Option<&Environment>) -> Answer<EnvironmentDraft> {
    let mut hosts = Vec::new();
    for (at, row) in form.hosts.iter().enumerate().filter(|(_, row)| !row.is_blank()) {
        let known = before.and_then(|environment| environment.host(&HostName::new(row.name.trim()).ok()?));
        hosts.push((at, host(desk, &format!("hosts[{at}]"), row, known).await?));
    }
    let all = |hosts: Vec<(usize, Host)>| hosts.into_iter().map(|(_, host)| host).collect();
    let platform = match form.platform {
        Platform::CloudStack => PlatformSettings::CloudStack(cloudstack(desk, &form, before, all(hosts)).await?),
        Platform::OpenVstorage => PlatformSettings::OpenVstorage(open_vstorage(desk, &form, before, all(hosts)).await?),
        Platform::Cloudify => PlatformSettings::Cloudify(Box::new(cloudify(desk, &form, before, hosts).await?)),
    };
    Ok(EnvironmentDraft { name: trimmed(&form.name), labels: words(&form.labels), risk: form.risk, platform })
}

async fn cloudstack(
    desk: &Desk,
    form: &EnvironmentForm,
    before: Option<&Environment>,
    management_hosts: Vec<Host>,
) -> Answer<CloudStackSettings> {
    let known = before.and_then(|environment| match &environment.platform {
        PlatformSettings::CloudStack(settings) => Some(settings),
        PlatformSettings::OpenVstorage(_) | PlatformSettings::Cloudify(_) => None,
    });
    Ok(CloudStackSettings {
        endpoint: trimmed(&form.endpoint),
        api_key: secret(desk, "api_key", &form.api_key, known.map(|known| &known.api_key)).await?,
        secret_key: secret(desk, "secret_key", &form.secret_key, known.map(|known| &known.secret_key)).await?,
        certificate_sha256: optional(&form.certificate_sha256),
        management_hosts,
        // As a management host reaches itself.
        integration_address: optional(&form.integration_address).unwrap_or_else(|| "127.0.0.1".to_owned()),
        database_password: database_password(desk, form, known).await?,
        tuning: known.map(|known| known.tuning.clone()).unwrap_or_default(),
    })
}

async fn open_vstorage(
    desk: &Desk,
    form: &EnvironmentForm,
    before: Option<&Environment>,
    nodes: Vec<Host>,
) -> Answer<OpenVstorageSettings> {
    let known = before.and_then(|environment| match &environment.platform {
        PlatformSettings::OpenVstorage(settings) => Some(settings),
        PlatformSettings::CloudStack(_) | PlatformSettings::Cloudify(_) => None,
    });
    let client_secret =
        secret(desk, "client_secret", &form.client_secret, known.map(|known| &known.client_secret)).await?;
    Ok(OpenVstorageSettings {
        endpoint: trimmed(&form.endpoint),
        client_id: trimmed(&form.client_id),
        client_secret,
        certificate_sha256: words(&form.certificate_sha256),
        nodes,
        tuning: known.map(|known| known.tuning.clone()).unwrap_or_default(),
    })
}

/// Each host has its part by its row.
async fn cloudify(
    desk: &Desk,
    form: &EnvironmentForm,
    before: Option<&Environment>,
    mut hosts: Vec<(usize, Host)>,
) -> Answer<CloudifySettings> {
    let known = before.and_then(|environment| match &environment.platform {
        PlatformSettings::Cloudify(settings) => Some(&**settings),
        PlatformSettings::CloudStack(_) | PlatformSettings::OpenVstorage(_) => None,
    });
    let mut of = |part: ManagerHost| {
        let row = ManagerHost::ALL.iter().position(|one| *one == part)?;
        let at = hosts.iter().position(|(at, _)| *at == row)?;
        Some(hosts.swap_remove(at).1)
    };
    let (old_host, new_host, cli) = (of(ManagerHost::Old), of(ManagerHost::New), of(ManagerHost::Cli));
    if let Some((at, _)) = hosts.first() {
        let problem = "there are three hosts at most: of the old manager, of the new one, and of cfy";
        return Err(invalid(&format!("hosts[{at}].name"), problem));
    }
    let old = manager(desk, "old", &form.old, known.map(|known| &known.old.rest)).await?;
    let new = manager(desk, "new", &form.new, known.map(|known| known.new.rest())).await?;
    let old_host = old_host.ok_or_else(|| invalid("hosts[0].name", "the old manager's host is needed"))?;
    let new = match (form.new_on, new_host) {
        (NewOn::AnotherHost, Some(host)) => NewManager::AnotherHost(Box::new(CloudifyManager { rest: new, host })),
        (NewOn::AnotherHost, None) => {
            return Err(invalid("hosts[1].name", "the new manager's host is needed, unless it comes on the same host"));
        }
        (NewOn::SameHost, None) => NewManager::SameHost(new),
        (NewOn::SameHost, Some(_)) => {
            return Err(invalid("hosts[1].name", "leave this host out: the new manager comes on the old one's"));
        }
    };
    Ok(CloudifySettings {
        old: CloudifyManager { rest: old, host: old_host },
        new,
        cli,
        tuning: known.map(|known| known.tuning.clone()).unwrap_or_default(),
    })
}

async fn manager(desk: &Desk, which: &str, form: &ManagerForm, known: Option<&ManagerRest>) -> Answer<ManagerRest> {
    let tenant = TenantName::new(trimmed(&form.tenant));
    let tenant = tenant.map_err(|why| invalid(&format!("{which}.tenant"), &why.to_string()))?;
    let password = format!("{which}.password");
    Ok(ManagerRest {
        endpoint: trimmed(&form.endpoint),
        user: trimmed(&form.user),
        password: secret(desk, &password, &form.password, known.map(|known| &known.password)).await?,
        tenant,
        certificate_sha256: optional(&form.certificate_sha256),
    })
}

async fn database_password(
    desk: &Desk,
    form: &EnvironmentForm,
    known: Option<&CloudStackSettings>,
) -> Answer<Option<SecretRef>> {
    let known = known.and_then(|known| known.database_password.as_ref());
    optional_secret(desk, "database_password", &form.database_password, known).await
}

/// A secret that may be left out.
pub(super) async fn optional_secret(
    desk: &Desk,
    name: &str,
    field: &SecretField,
    known: Option<&SecretRef>,
) -> Answer<Option<SecretRef>> {
    let is_blank = match field.place {
        SecretPlace::File | SecretPlace::Variable => field.at.trim().is_empty(),
        SecretPlace::Sealed => field.typed.is_empty() && known.is_none(),
    };
    if is_blank { Ok(None) } else { secret(desk, name, field, known).await.map(Some) }
}

async fn host(desk: &Desk, field: &str, row: &HostRow, known: Option<&Host>) -> Answer<Host> {
    let name = HostName::new(row.name.trim()).map_err(|why| invalid(&format!("{field}.name"), &why.to_string()))?;
    let jump = if row.jump_address.trim().is_empty() {
        None
    } else {
        let typed =
            Typed { address: &row.jump_address, port: &row.jump_port, user: &row.jump_user, key: &row.jump_key };
        Some(access(desk, &format!("{field}.jump_"), typed, known.and_then(|known| known.jump.as_ref())).await?)
    };
    let typed = Typed { address: &row.address, port: &row.port, user: &row.user, key: &row.key };
    let access = access(desk, &format!("{field}."), typed, known.map(|known| &known.access)).await?;
    Ok(Host { name, access, jump, elevate: row.elevate })
}

struct Typed<'r> {
    address: &'r str,
    port: &'r str,
    user: &'r str,
    key: &'r SecretField,
}

async fn access(desk: &Desk, prefix: &str, typed: Typed<'_>, known: Option<&Access>) -> Answer<Access> {
    let address = trimmed(typed.address);
    let port = typed
        .port
        .trim()
        .parse()
        .map_err(|_| invalid(&format!("{prefix}port"), "a number from 1 to 65535 is expected, usually 22"))?;
    let key = secret(desk, &format!("{prefix}key"), typed.key, known.map(|known| &known.key)).await?;
    let host_key = known.filter(|known| known.address == address && known.port == port).and_then(accepted);
    Ok(Access { address, port, user: trimmed(typed.user), key, host_key })
}

/// A key that was accepted for this very address stays accepted.
fn accepted(known: &Access) -> Option<HostKey> {
    known.host_key.clone()
}

pub(super) async fn secret(
    desk: &Desk,
    name: &str,
    field: &SecretField,
    known: Option<&SecretRef>,
) -> Answer<SecretRef> {
    match field.place {
        SecretPlace::File => Ok(SecretRef::File(given(name, &field.at, "the path of a file on this server")?)),
        SecretPlace::Variable => {
            Ok(SecretRef::Variable(given(name, &field.at, "the name of an environment variable of this server")?))
        }
        SecretPlace::Sealed if field.typed.is_empty() => match known {
            Some(known @ SecretRef::Sealed(_)) => Ok(known.clone()),
            _ => Err(invalid(name, "type the secret, or name the file or variable it is in")),
        },
        SecretPlace::Sealed => {
            let id = desk.engine.seal_secret(Some(&desk.by), normalised(&field.typed)).await?;
            Ok(SecretRef::Sealed(id))
        }
    }
}

/// Browsers send line ends as CRLF, which OpenSSH does not take in a private key.
fn normalised(typed: &str) -> String {
    typed.replace("\r\n", "\n")
}

fn given(name: &str, text: &str, expected: &str) -> Result<String, ApiError> {
    let text = text.trim();
    if text.is_empty() { Err(invalid(name, &format!("{expected} is expected"))) } else { Ok(text.to_owned()) }
}

pub(super) fn invalid(field: &str, problem: &str) -> ApiError {
    refused(Refusal::Invalid { field: field.to_owned(), problem: problem.to_owned() })
}

pub(super) fn trimmed(text: &str) -> String {
    text.trim().to_owned()
}

/// Separated by commas or blanks.
fn words(text: &str) -> BTreeSet<String> {
    text.split([',', ' ', '\n', '\r']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn optional(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
