//! Signing in at a provider (OpenID Connect): the authorization code flow with PKCE.
//!
//! What the provider says of itself and its keys are read from it; a token counts when its signature, issuer, audience, times
//! and nonce are right. Only signatures with a public key are taken: a secret that both sides know proves nothing.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::http::response::Builder;
use openidconnect::{
    AdditionalClaims, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IdToken, IdTokenFields, IdTokenVerifier, IssuerUrl, LogoutRequest,
    Nonce, PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadataWithLogout, RedirectUrl, Scope,
    StandardErrorResponse, StandardTokenResponse, TokenResponse,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Secret;
use crate::http::{Http, HttpError, HttpOptions, HttpRequest, Method, Trust};

/// How far the clocks of both sides may be apart.
pub const LEEWAY: i64 = 60;

/// Of one answer of the provider: its keys and a token are small.
const LARGEST_ANSWER: usize = 1 << 20;

/// Only with a public key.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// A provider as an administrator names it.
#[derive(Debug, Clone)]
pub struct OidcOptions {
    pub issuer: String,
    pub client_id: String,
    /// None: PKCE alone shows that it is we who ask.
    pub client_secret: Option<Secret>,
    /// Where the provider sends the browser back to.
    pub redirect: String,
    /// Besides `openid`.
    pub scopes: Vec<String>,
    /// Whose certificate it may have.
    pub trust: Trust,
    /// The claim with the groups of whoever signs in.
    pub groups_claim: String,
}

/// What nobody could do.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// The options make no sense.
    #[error("{0}")]
    Options(String),
    /// The provider does not answer, or not as it should.
    #[error("the provider does not answer as it should: {0}")]
    Provider(String),
    /// It has not taken the code.
    #[error("the provider has refused the code: {0}")]
    Code(String),
    /// The token does not say what it has to.
    #[error("the token of the provider is not good: {0}")]
    Token(String),
}

/// How somebody is to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// Whoever is known to the provider in this browser already is not asked again.
    Usual,
    /// They show once more that it is they.
    Afresh,
}

/// A sign-in that was begun. All of it but the address stays with us.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Begun {
    /// Where the browser goes.
    pub url: String,
    /// What it brings back.
    pub state: String,
    /// What the token has to repeat.
    pub nonce: String,
    /// Shows that it is we who began.
    pub verifier: String,
}

/// Somebody, as the provider tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    pub issuer: String,
    /// Never given to somebody else by this issuer.
    pub subject: String,
    /// What they are called there; others may be called so elsewhere.
    pub name: Option<String>,
    pub groups: BTreeSet<String>,
    /// When they have shown last that it is they, in seconds since 1970.
    pub auth_time: Option<i64>,
}

/// Claims besides those that every token has.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Claims(HashMap<String, Value>);

impl AdditionalClaims for Claims {}

type Token = IdToken<Claims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;
type Fields = IdTokenFields<
    Claims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Asking = Client<
    Claims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A provider that has told of itself.
#[derive(Debug, Clone)]
pub struct OidcProvider {
    options: OidcOptions,
    metadata: ProviderMetadataWithLogout,
    redirect: RedirectUrl,
    http: Http,
}

impl OidcProvider {
    /// Asks the provider where everything is, and for its keys.
    pub async fn discover(options: OidcOptions) -> Result<Self, OidcError> {
        let wrong = |error: openidconnect::url::ParseError| OidcError::Options(error.to_string());
        let issuer = IssuerUrl::new(options.issuer.clone()).map_err(wrong)?;
        let redirect = RedirectUrl::new(options.redirect.clone()).map_err(wrong)?;
        let http = Http::new(&HttpOptions {
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(15),
            max_bytes: LARGEST_ANSWER,
            trust: options.trust.clone(),
        })
        .map_err(|error| OidcError::Options(error.to_string()))?;
        let ask = |request| sent(http.clone(), request);
        let metadata = ProviderMetadataWithLogout::discover_async(issuer, &ask).await;
        let metadata = metadata.map_err(|error| OidcError::Provider(causes(&error)))?;
        Ok(Self { options, metadata, redirect, http })
    }

    fn asking(&self) -> Asking {
        let secret = self.options.client_secret.as_ref().map(|secret| ClientSecret::new(secret.expose().to_owned()));
        Asking::from_provider_metadata(self.metadata.clone(), ClientId::new(self.options.client_id.clone()), secret)
            .set_redirect_uri(self.redirect.clone())
    }

    /// Begins a sign-in.
    #[must_use]
    pub fn begin(&self, how: SignIn) -> Begun {
        let client = self.asking();
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let scopes = self.options.scopes.iter().map(|scope| Scope::new(scope.clone()));
        let mut request = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .add_scopes(scopes)
            .set_pkce_challenge(challenge);
        if how == SignIn::Afresh {
            request = request.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO);
        }
        let (url, state, nonce) = request.url();
        Begun {
            url: url.to_string(),
            state: state.secret().clone(),
            nonce: nonce.secret().clone(),
            verifier: verifier.secret().clone(),
        }
    }

    /// Changes the code for a token, and believes what it says if all of it is right.
    pub async fn finish(&self, code: &str, begun: &Begun) -> Result<Claimed, OidcError> {
        let client = self.asking();
        let ask = |request| sent(self.http.clone(), request);
        let answer = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| OidcError::Provider(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(begun.verifier.clone()))
            .request_async(&ask)
            .await
            .map_err(|error| OidcError::Code(causes(&error)))?;
        let token = answer.id_token().ok_or_else(|| OidcError::Token("there is none".to_owned()))?;
        let nonce = Nonce::new(begun.nonce.clone());
        match self.believed(token, &nonce, self.metadata.jwks().clone()) {
            Ok(claimed) => Ok(claimed),
            // It may have other keys by now.
            Err(_) => self.believed(token, &nonce, self.fresh_keys().await?),
        }
    }

    async fn fresh_keys(&self) -> Result<CoreJsonWebKeySet, OidcError> {
        let ask = |request| sent(self.http.clone(), request);
        let keys = CoreJsonWebKeySet::fetch_async(self.metadata.jwks_uri(), &ask).await;
        keys.map_err(|error| OidcError::Provider(causes(&error)))
    }

    fn believed(&self, token: &Token, nonce: &Nonce, keys: CoreJsonWebKeySet) -> Result<Claimed, OidcError> {
        let id = ClientId::new(self.options.client_id.clone());
        let leeway = chrono::TimeDelta::seconds(LEEWAY);
        let verifier = IdTokenVerifier::new_public_client(id, self.metadata.issuer().clone(), keys)
            .set_allowed_algs(ALGORITHMS)
            .set_time_fn(move || chrono::Utc::now() - leeway)
            .set_issue_time_verifier_fn(move |issued| {
                let is_past = issued <= chrono::Utc::now() + leeway;
                if is_past { Ok(()) } else { Err("it was issued in the future".to_owned()) }
            });
        let claims = token.claims(&verifier, nonce).map_err(|error| OidcError::Token(causes(&error)))?;
        let name = claims.preferred_username().map(|name| name.as_str().to_owned());
        Ok(Claimed {
            issuer: claims.issuer().as_str().to_owned(),
            subject: claims.subject().as_str().to_owned(),
            name: name.or_else(|| claims.email().map(|email| email.as_str().to_owned())),
            groups: groups(claims.additional_claims().0.get(&self.options.groups_claim)),
            auth_time: claims.auth_time().map(|at| at.timestamp()),
        })
    }

    /// Where somebody is signed out at the provider too, if it has such a place. `back` is where they come to then.
    #[must_use]
    pub fn sign_out_url(&self, back: &str) -> Option<String> {
        let endpoint = self.metadata.additional_metadata().end_session_endpoint.clone()?;
        let back = PostLogoutRedirectUrl::new(back.to_owned()).ok()?;
        let request = LogoutRequest::from(endpoint)
            .set_client_id(ClientId::new(self.options.client_id.clone()))
            .set_post_logout_redirect_uri(back);
        Some(request.http_get_url().to_string())
    }
}

/// A list of names, or one name.
fn groups(claim: Option<&Value>) -> BTreeSet<String> {
    match claim {
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(one)) => [one.clone()].into(),
        _ => BTreeSet::new(),
    }
}

/// Sends what the flow asks for, over the client that everything here uses.
async fn sent(http: Http, request: openidconnect::HttpRequest) -> Result<openidconnect::HttpResponse, HttpError> {
    let (parts, body) = request.into_parts();
    let method = if parts.method == openidconnect::http::Method::POST { Method::Post } else { Method::Get };
    let mut ours = HttpRequest::new(method, parts.uri.to_string());
    let mut kind = String::new();
    for (name, value) in &parts.headers {
        let value = value.to_str().unwrap_or_default();
        if name.as_str() == "content-type" {
            value.clone_into(&mut kind);
        } else {
            ours = ours.header(name.as_str(), value);
        }
    }
    if !body.is_empty() {
        ours = ours.body(&kind, body);
    }
    let answer = http.send(&ours).await?;
    let mut response = Builder::new().status(answer.status);
    if let Some(kind) = answer.header("content-type") {
        response = response.header("content-type", kind);
    }
    let said = |error: openidconnect::http::Error| HttpError::Invalid {
        address: parts.uri.host().unwrap_or_default().to_owned(),
        said: error.to_string(),
    };
    response.body(answer.body).map_err(said)
}

/// An error with what caused it, in one line.
fn causes(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_come_as_a_list_or_as_one_name_and_anything_else_is_none() {
        let said = |text: &str| groups(Some(&serde_json::from_str(text).unwrap()));
        assert_eq!(said(r#"["a","b",3]"#), ["a", "b"].map(str::to_owned).into());
        assert_eq!(said(r#""a""#), ["a"].map(str::to_owned).into());
        assert_eq!(said(r#"{"a":true}"#), BTreeSet::new());
        assert_eq!(groups(None), BTreeSet::new());
    }
}
