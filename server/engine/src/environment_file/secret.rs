//! Where a secret is, as a file says it. The secret itself is never in one.

use std::collections::BTreeMap;
use std::fmt;

use model::environment::PlatformSettings;
use model::id::SealedId;
use model::import::SecretKind;
use model::secret::SecretRef;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::host::{jump_key_field, key_field};

/// Exactly one of these; only ever a reference.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Secret {
    File(String),
    Variable(String),
    /// Sealed in the Drydock that has written the file, under this name within its environment. It is of no use elsewhere:
    /// whoever imports it types the secret, unless it is sealed there too.
    Sealed(String),
}

impl Secret {
    /// `field` is what a sealed one is called.
    pub fn of(field: &str, secret: &SecretRef) -> Self {
        match secret.clone() {
            SecretRef::File(path) => Self::File(path),
            SecretRef::Variable(name) => Self::Variable(name),
            SecretRef::Sealed(_) => Self::Sealed(field.to_owned()),
        }
    }
}

/// By hand, because what `serde` says of a text in this place would repeat the text, which may be a secret.
impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Place)
    }
}

const EXPECTED: &str = "exactly one of { file = \"/path\" }, { variable = \"NAME\" } and { sealed = \"name\" } is expected; \
     a secret itself is never written here";

struct Place;

impl<'de> Visitor<'de> for Place {
    type Value = Secret;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Secret, E> {
        Err(E::custom(EXPECTED))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Secret, E> {
        Err(E::custom(EXPECTED))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Secret, E> {
        Err(E::custom(EXPECTED))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Secret, A::Error> {
        let mut found = None;
        while let Some(word) = map.next_key::<String>()? {
            let place = match word.as_str() {
                "file" => Secret::File,
                "variable" => Secret::Variable,
                "sealed" => Secret::Sealed,
                _ => return Err(A::Error::custom(format!("unknown key `{word}`: {EXPECTED}"))),
            };
            if found.is_some() {
                return Err(A::Error::custom(EXPECTED));
            }
            found = Some(place(map.next_value()?));
        }
        found.ok_or_else(|| A::Error::custom(EXPECTED))
    }
}

/// What the secrets of one description refer to.
#[derive(Debug)]
pub(crate) struct Secrets<'k> {
    /// Those that are sealed here, by field.
    known: &'k BTreeMap<String, SealedId>,
    /// Those that nobody here knows.
    pub asked: Vec<Asked>,
}

/// A secret that has to be typed.
#[derive(Debug)]
pub(crate) struct Asked {
    /// What the file calls it.
    pub name: String,
    pub fields: Vec<String>,
    pub kind: SecretKind,
    /// Where it is to be sealed.
    pub id: SealedId,
}

impl<'k> Secrets<'k> {
    pub const fn new(known: &'k BTreeMap<String, SealedId>) -> Self {
        Self { known, asked: Vec::new() }
    }

    /// What is sealed in that very field already stays; a name that several fields share is asked for once.
    pub fn take(&mut self, field: impl Into<String>, kind: SecretKind, secret: Secret) -> SecretRef {
        let field = field.into();
        let name = match secret {
            Secret::File(path) => return SecretRef::File(path),
            Secret::Variable(name) => return SecretRef::Variable(name),
            Secret::Sealed(name) => name,
        };
        if let Some(id) = self.known.get(&field) {
            return SecretRef::Sealed(id.clone());
        }
        if let Some(asked) = self.asked.iter_mut().find(|asked| asked.name == name && asked.kind == kind) {
            asked.fields.push(field);
            return SecretRef::Sealed(asked.id.clone());
        }
        let id = SealedId::new(uuid::Uuid::now_v7().to_string()).expect("a UUID is the id of something sealed");
        self.asked.push(Asked { name, fields: vec![field], kind, id: id.clone() });
        SecretRef::Sealed(id)
    }
}

/// What is sealed of an environment, by the fields that [`Secrets::take`] is asked for.
pub(crate) fn sealed_of(settings: &PlatformSettings) -> BTreeMap<String, SealedId> {
    let mut all: Vec<(String, &SecretRef)> = Vec::new();
    match settings {
        PlatformSettings::CloudStack(cloud) => {
            all.push(("api_key".to_owned(), &cloud.api_key));
            all.push(("secret_key".to_owned(), &cloud.secret_key));
            all.extend(cloud.database_password.as_ref().map(|password| ("database_password".to_owned(), password)));
        }
        PlatformSettings::OpenVstorage(cluster) => all.push(("client_secret".to_owned(), &cluster.client_secret)),
        PlatformSettings::Cloudify(managers) => {
            all.push(("old.password".to_owned(), &managers.old.rest.password));
            all.push(("new.password".to_owned(), &managers.new.rest().password));
        }
    }
    for host in settings.hosts() {
        all.push((key_field(&host.name), &host.access.key));
        all.extend(host.jump.as_ref().map(|jump| (jump_key_field(&host.name), &jump.key)));
    }
    let sealed = |(field, secret): (String, &SecretRef)| match secret {
        SecretRef::Sealed(id) => Some((field, id.clone())),
        SecretRef::File(_) | SecretRef::Variable(_) => None,
    };
    all.into_iter().filter_map(sealed).collect()
}
