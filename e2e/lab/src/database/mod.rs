//! What the stand-in for the MySQL client is answered: the tables of dossier 7.2, read by a query engine
//! that knows as much SQL as the old script and a careful operator need.

mod sql;
mod tables;

use crate::fault::Fault;
use crate::world::World;
use sql::{Condition, Statement};
use tables::{Table, table};

/// The only database user of the lab.
pub(crate) const USER: &str = "cloud";

/// Who asks, and what.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) user: &'a str,
    pub(crate) password: &'a str,
    pub(crate) host: &'a str,
    pub(crate) database: &'a str,
    pub(crate) sql: &'a str,
}

/// Answers a query with lines (the column names first), or with the client's error line.
pub(crate) fn answer(
    world: &mut World,
    password: &str,
    known_host: bool,
    request: &Request<'_>,
) -> Result<String, String> {
    if !known_host {
        return Err(format!("ERROR 2003 (HY000): Can't connect to MySQL server on '{}:3306' (111)", request.host));
    }
    let denied = world.faults.any(|fault| *fault == Fault::DatabaseDenied);
    if denied || request.user != USER || request.password != password {
        let using = if request.password.is_empty() { "NO" } else { "YES" };
        return Err(format!(
            "ERROR 1045 (28000): Access denied for user '{}'@'{}' (using password: {using})",
            request.user, request.host
        ));
    }
    let near = || format!("ERROR 1064 (42000) at line 1: You have an error in your SQL syntax near '{}'", request.sql);
    match sql::parse(request.sql).ok_or_else(near)? {
        Statement::One(text) => Ok(format!("{text}\n{text}\n")),
        Statement::Select { columns, table, conditions } => select(world, request, &columns, &table, &conditions),
        Statement::SetConfiguration { name, value } => {
            if let Some(setting) = world.settings.get_mut(name.as_str()) {
                *setting = value;
            }
            Ok("\n".to_owned())
        }
    }
}

fn select(
    world: &World,
    request: &Request<'_>,
    columns: &[String],
    name: &str,
    conditions: &[Condition],
) -> Result<String, String> {
    let bare = name.strip_prefix("cloud.");
    if bare.is_none() && request.database.is_empty() {
        return Err("ERROR 1046 (3D000) at line 1: No database selected".to_owned());
    }
    let bare = bare.unwrap_or(name);
    let table = table(world, bare)
        .ok_or_else(|| format!("ERROR 1146 (42S02) at line 1: Table 'cloud.{bare}' doesn't exist"))?;
    let mut rows = table.rows.iter().collect::<Vec<_>>();
    for condition in conditions {
        let column = column(&table, &condition.column, "where clause")?;
        rows.retain(|row| condition.holds(row[column].as_deref()));
    }
    if columns == ["count(*)"] {
        return Ok(format!("count(*)\n{}\n", rows.len()));
    }
    let wanted = if columns == ["*"] {
        (0..table.columns.len()).collect()
    } else {
        columns.iter().map(|name| column(&table, name, "field list")).collect::<Result<Vec<_>, _>>()?
    };
    let heading: Vec<_> = wanted.iter().map(|index| table.columns[*index]).collect();
    let mut out = heading.join("\t") + "\n";
    // The client prints no heading when there are no rows; scripts skip it in either case.
    for row in rows {
        let cells: Vec<_> = wanted.iter().map(|index| row[*index].as_deref().unwrap_or("NULL")).collect();
        out += &(cells.join("\t") + "\n");
    }
    Ok(out)
}

fn column(table: &Table, name: &str, place: &str) -> Result<usize, String> {
    table
        .columns
        .iter()
        .position(|column| column.eq_ignore_ascii_case(name))
        .ok_or_else(|| format!("ERROR 1054 (42S22) at line 1: Unknown column '{name}' in '{place}'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LabConfig;

    fn ask(sql: &str) -> Result<String, String> {
        let mut world = World::new(&LabConfig::default());
        let request = Request { user: "cloud", password: "secret", host: "localhost", database: "cloud", sql };
        answer(&mut world, "secret", true, &request)
    }

    #[test]
    fn the_queries_of_the_script_are_answered() {
        let vms = |kind: &str| ask(&format!("select id from vm_instance where state=\"Running\" and type=\"{kind}\""));
        assert_eq!(vms("SecondaryStorageVm"), Ok("id\n1\n".into()));
        assert_eq!(vms("ConsoleProxy"), Ok("id\n2\n".into()));
        assert_eq!(vms("DomainRouter"), Ok("id\n3\n4\n5\n6\n".into()));
        assert_eq!(
            ask("select id from vm_instance where state=\"Running\" and type=\"ConsoleProxy\" AND data_center_id=2"),
            Ok("id\n".into())
        );
        let networks = "select n.id from networks n, network_offerings no\n where \
            n.network_offering_id = no.id and no.system_only = 0 and n.removed is null AND data_center_id=1";
        assert_eq!(ask(networks), Ok("id\n204\n205\n206\n".into()));
        assert_eq!(ask("select id from vpc WHERE removed is null"), Ok("id\n1\n".into()));
        assert_eq!(ask("select 1"), Ok("1\n1\n".into()));
    }

    #[test]
    fn of_several_ids_in_wrong_quotes_only_the_first_is_found() {
        let world = World::new(&LabConfig::default());
        let [one, two] = [&world.vms[&3].uuid, &world.vms[&4].uuid];
        let found = |list: String| {
            let sql = format!("select id from vm_instance where uuid IN ({list})");
            let request =
                Request { user: "cloud", password: "secret", host: "localhost", database: "cloud", sql: &sql };
            let mut again = World::new(&LabConfig::default());
            for (id, vm) in &world.vms {
                again.vms.get_mut(id).unwrap().uuid.clone_from(&vm.uuid);
            }
            answer(&mut again, "secret", true, &request)
        };
        assert_eq!(found(format!("'{one}','{two}'")), Ok("id\n3\n4\n".into()));
        assert_eq!(found(format!("'{one}','{two},x'")), Ok("id\n3\n".into()));
    }

    #[test]
    fn a_zone_of_vpcs_and_a_zone_uuid_are_errors_in_sql() {
        let error = ask("select id from vpc WHERE removed is null AND data_center_id=1").unwrap_err();
        assert!(error.starts_with("ERROR 1054 (42S22)"), "{error}");
        let uuid = "select id from vm_instance where data_center_id=04ccc336-d730-42fe-8ff6-5ae36e141e81";
        assert!(ask(uuid).unwrap_err().starts_with("ERROR 1064"));
        assert!(ask("drop table vm_instance").is_err());
    }
}
