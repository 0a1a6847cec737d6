//! `POST /account/tokens`: makes a token, and shows it once.

use app::NewTokenShown;
use axum::extract::Form;
use axum::http::StatusCode;
use axum::response::Response;
use engine::{EngineError, NewToken};
use model::grant::Grant;
use model::refusal::Refusal;

use super::refusal;
use super::second_factor::Attempt;

/// Makes the token, for who has shown that it is they: it outlives their session.
pub async fn make(attempt: Attempt, Form(fields): Form<Vec<(String, String)>>) -> Response {
    let shown = match create(&attempt, &fields).await {
        Ok(token) => NewTokenShown::Token(token),
        Err(error) => NewTokenShown::Refused(error.refusal()),
    };
    let (path, status) = match &shown {
        NewTokenShown::Token(_) => ("/account/tokens", StatusCode::OK),
        NewTokenShown::Refused(problem) => ("/account", refusal::status(problem)),
    };
    attempt.answer(path, status, shown).await
}

async fn create(attempt: &Attempt, fields: &[(String, String)]) -> Result<String, EngineError> {
    let new = read(fields)?;
    attempt.prove(one(fields, "proof")).await?;
    attempt.create_token(new).await
}

fn one<'f>(fields: &'f [(String, String)], name: &str) -> &'f str {
    fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
}

fn read(fields: &[(String, String)]) -> Result<NewToken, Refusal> {
    let invalid = |field: &str, problem: String| Refusal::Invalid { field: field.to_owned(), problem };
    let days = one(fields, "days").trim().parse();
    let roles = fields.iter().filter(|(field, _)| field == "roles[]").map(|(_, word)| word.parse::<Grant>());
    Ok(NewToken {
        name: one(fields, "name").to_owned(),
        roles: roles.collect::<Result<_, _>>().map_err(|error| invalid("roles", error.to_string()))?,
        read_only: one(fields, "read_only") == "true",
        days: days.map_err(|_| invalid("days", "a whole number of days is expected".to_owned()))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_or_the_field_is_named() {
        let form = |days: &str, role: &str| {
            let pairs = [("name", "nightly"), ("roles[]", "operator"), ("roles[]", role), ("days", days)];
            read(&pairs.map(|(name, value)| (name.to_owned(), value.to_owned())))
        };
        let new = form("30", "requester").unwrap();
        assert_eq!((new.name.as_str(), new.days, new.read_only, new.roles.iter().count()), ("nightly", 30, false, 2));
        for (days, role, name) in [("soon", "operator", "days"), ("-1", "operator", "days"), ("1", "king", "roles")] {
            assert!(matches!(form(days, role), Err(Refusal::Invalid { field, .. }) if field == name), "{days} {role}");
        }
    }
}
