//! What a server function answers when it does not do as asked.

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use model::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// A refusal on its way to the page, including those that happen on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error(transparent)]
#[serde(transparent)]
pub struct ApiError(#[from] pub Refusal);

/// What server functions return.
pub type Answer<T> = Result<T, ApiError>;

impl ApiError {
    /// What is wrong with this field of the form, if that is what the refusal is about.
    #[must_use]
    pub fn about(&self, name: &str) -> Option<&str> {
        match &self.0 {
            Refusal::Invalid { field, problem } if field == name => Some(problem),
            _ => None,
        }
    }
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self(match error {
            ServerFnErrorErr::Args(why) | ServerFnErrorErr::MissingArg(why) => {
                Refusal::Invalid { field: "form".to_owned(), problem: format!("it cannot be read: {why}") }
            }
            ServerFnErrorErr::Request(why) => Refusal::Unavailable {
                problem: format!(
                    "Drydock does not answer ({why}). Check the connection, then reload to see what is so."
                ),
            },
            other => Refusal::Unavailable {
                problem: format!("the answer cannot be read ({other}). Reload the page to see what is so."),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_survives_the_way_to_the_page() {
        let refused = ApiError(Refusal::Invalid { field: "name".into(), problem: "is taken".into() });
        assert_eq!(ApiError::de(refused.ser()), refused);
        assert_eq!(refused.about("name"), Some("is taken"));
        assert_eq!(refused.about("endpoint"), None);
    }
}
