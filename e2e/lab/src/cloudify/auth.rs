//! Who calls, and for which tenant (2.1).

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE};
use base64::{alphabet, engine::DecodePaddingMode};
use sha2::{Digest as _, Sha256};

use super::call::Call;
use super::data::{BOOTSTRAP, DEFAULT_TENANT, Role, User};
use super::error::Refusal;
use super::shared::{Security, Shared, State};

/// Both alphabets, with or without padding: CLI 4.2 sends the URL-safe one (2.1).
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const PLAIN: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// The one who calls.
pub(super) fn identify(shared: &Shared, call: &Call) -> Result<User, Refusal> {
    let now = shared.now();
    let mut state = shared.state();
    let state = &mut *state;
    let is_open = !shared.config.release.has_tenants() && !shared.config.security;
    let id = if is_open { BOOTSTRAP } else { known(state, call)? };
    let user = state.data.users.iter_mut().find(|user| user.id == id);
    let user = user.ok_or_else(|| Refusal::unauthorized("No such user"))?;
    if !user.active {
        return Err(Refusal::unauthorized(&format!("{} is not active", user.name)));
    }
    // Every call that is let in counts as a login (P6).
    user.last_login_at = Some(now);
    Ok(user.clone())
}

fn known(state: &State, call: &Call) -> Result<u32, Refusal> {
    if let Some(token) = &call.token {
        let mut users = state.data.users.iter();
        let found = users.find(|user| fits(user, &state.security) && self::token(user, &state.security) == *token);
        return found.map(|user| user.id).ok_or_else(|| Refusal::unauthorized("Invalid token"));
    }
    let header = call.authorization.as_deref();
    let header = header.ok_or_else(|| Refusal::unauthorized("No authentication info provided"))?;
    let (name, password) = basic(header).ok_or_else(|| Refusal::unauthorized("Invalid authentication info"))?;
    let user = state.data.user(&name).filter(|user| user.password == password && fits(user, &state.security));
    user.map(|user| user.id).ok_or_else(|| Refusal::wrong_password(&name))
}

/// Whether the user's hash was made with the salt that REST works with.
fn fits(user: &User, security: &Security) -> bool {
    user.salt == security.hash_salt
}

fn basic(header: &str) -> Option<(String, String)> {
    let coded = header.strip_prefix("Basic ")?.trim();
    let bytes = PLAIN.decode(coded).or_else(|_| URL.decode(coded)).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

/// The token of a user. It embeds what the password's hash was made of, so it ends with the password (2.1).
pub(super) fn token(user: &User, security: &Security) -> String {
    let text = format!("{}\n{}\n{}\n{}", user.id, user.password, user.salt, security.secret_key);
    URL_SAFE.encode(Sha256::digest(text))
}

/// The tenant a call is for. It is always a header (2.1).
pub(super) fn tenant(shared: &Shared, user: &User, call: &Call) -> Result<String, Refusal> {
    if !shared.config.release.has_tenants() {
        return Ok(DEFAULT_TENANT.to_owned());
    }
    let Some(name) = &call.tenant else {
        return Err(Refusal::forbidden("Authorization failed: tenant not provided"));
    };
    if !shared.state().data.tenants.contains(name) {
        return Err(Refusal::forbidden(format!("Authorization failed: unknown tenant {name}")));
    }
    if !may_see(user, name) {
        let text = format!("User `{}` is not permitted to work in the tenant {name}", user.name);
        return Err(Refusal::forbidden(text));
    }
    Ok(name.clone())
}

pub(super) fn may_see(user: &User, tenant: &str) -> bool {
    user.role == Role::SysAdmin || user.tenants.contains(tenant)
}

/// Refuses what only a `sys_admin` may do.
pub(super) fn need_admin(user: &User, what: &str) -> Result<(), Refusal> {
    if user.role == Role::SysAdmin {
        return Ok(());
    }
    Err(Refusal::forbidden(format!("User `{}` is not permitted to perform the action {what}", user.name)))
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn both_alphabets_are_understood() {
        let expected = Some(("admin".to_owned(), ">>>???".to_owned()));
        let plain = STANDARD.encode("admin:>>>???");
        let safe = URL_SAFE.encode("admin:>>>???");
        assert_ne!(plain, safe);
        assert_eq!(basic(&format!("Basic {plain}")), expected);
        assert_eq!(basic(&format!("Basic {safe}")), expected);
        assert_eq!(basic("Bearer x"), None);
        assert_eq!(basic("Basic !"), None);
    }
}
