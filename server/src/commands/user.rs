//! `drydock user …`: the same verbs as the People page, for whoever may run programs on the server.

use engine::{Engine, NewPerson};
use model::people::Person;

use super::{Failure, password};
use crate::cli::UserCommand;
use crate::output::{answer, table};

/// Does one of the `user` commands.
pub async fn run(engine: &Engine, command: UserCommand) -> Result<(), Failure> {
    match command {
        UserCommand::Add { name, roles, password_file } => {
            let password = password::read(password_file.as_deref())?;
            let person =
                engine.add_person(None, NewPerson { name, password, roles: roles.into_iter().collect() }).await?;
            answer(&format!("{} can log in as {}", person.name, roles_of(&person)));
        }
        UserCommand::List => list(&engine.people().await?),
        UserCommand::Roles { name, roles } => {
            let person = find(engine, &name).await?;
            engine.set_roles(None, &person.id, roles.into_iter().collect()).await?;
            answer(&format!("{name} is now {}", roles_of(&find(engine, &name).await?)));
        }
        UserCommand::Disable { name } => {
            engine.set_disabled(None, &find(engine, &name).await?.id, true).await?;
            answer(&format!("{name} can no longer log in"));
        }
        UserCommand::Enable { name } => {
            engine.set_disabled(None, &find(engine, &name).await?.id, false).await?;
            answer(&format!("{name} can log in again"));
        }
        UserCommand::Password { name, password_file } => {
            let person = find(engine, &name).await?;
            let password = password::read(password_file.as_deref())?;
            engine.set_password(None, &person.id, &password).await?;
            answer(&format!("{name} has a new password; their sessions have ended"));
        }
    }
    Ok(())
}

async fn find(engine: &Engine, name: &str) -> Result<Person, Failure> {
    let people = engine.people().await?;
    people.into_iter().find(|person| person.name == name).ok_or_else(|| Failure::NoSuchPerson(name.to_owned()))
}

fn list(people: &[Person]) {
    let row = |person: &Person| {
        let may = person.disabled_at.map_or_else(|| "yes".to_owned(), |since| format!("not since {since}"));
        vec![person.name.clone(), roles_of(person), may]
    };
    table(&["NAME", "ROLES", "MAY LOG IN"], &people.iter().map(row).collect::<Vec<_>>());
}

fn roles_of(person: &Person) -> String {
    person.roles.iter().map(|role| role.word()).collect::<Vec<_>>().join(", ")
}
