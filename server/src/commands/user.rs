//! `drydock user …`: the same verbs as the People page, for whoever may run programs on the server.

use engine::{Engine, NewPerson};
use model::people::{Person, PersonView};

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
        UserCommand::List => list(&engine.people_view().await?.people),
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
        UserCommand::EndSessions { name } => {
            engine.end_all_sessions(None, &find(engine, &name).await?.id).await?;
            answer(&format!("{name} is logged in nowhere"));
        }
        UserCommand::RemoveSecondFactor { name } => {
            engine.remove_second_factor(None, &find(engine, &name).await?.id).await?;
            answer(&format!("{name} logs in with the password alone; their sessions have ended"));
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

fn list(people: &[PersonView]) {
    let row = |PersonView { person, second_factor_since, .. }: &PersonView| {
        let may = person.disabled_at.map_or_else(|| "yes".to_owned(), |since| format!("not since {since}"));
        let factor = second_factor_since.map_or_else(|| "no".to_owned(), |since| format!("since {since}"));
        vec![person.name.clone(), roles_of(person), may, factor]
    };
    table(&["NAME", "ROLES", "MAY LOG IN", "SECOND FACTOR"], &people.iter().map(row).collect::<Vec<_>>());
}

fn roles_of(person: &Person) -> String {
    person.roles.words()
}
