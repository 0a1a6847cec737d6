//! What is written describes the same environments, and a mistake is refused by its name.

use std::collections::BTreeSet;

use model::environment::{
    Access, CloudStackSettings, CloudifyManager, CloudifySettings, CloudifyTuning, Elevate, Environment, Host, HostKey,
    ManagerRest, NewManager, OpenVstorageSettings, OpenVstorageTuning, PlatformSettings, RiskClass, Tuning,
};
use model::id::{EnvironmentId, HostName, SealedId, TenantName};
use model::secret::SecretRef;
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use super::secret::sealed_of;
use super::{fleet, read_environment, settings, write_environment};
use crate::EnvironmentDraft;
use crate::environments::assemble;

const EXAMPLE: &str = include_str!("../../../environment.example.toml");
const CLUSTER: &str = include_str!("../../../environment.open-vstorage.example.toml");
const MANAGERS: &str = include_str!("../../../environment.cloudify.example.toml");
const KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIJq0nsfF0PZ2RtMgzqTgn/UUZ3pZKxDzHPVdgDyMxnDS";

fn id() -> EnvironmentId {
    EnvironmentId::new("2e7293a0-d168-46f3-bc29-262ddbf22474").unwrap()
}

fn stored(draft: EnvironmentDraft) -> Environment {
    assemble(id(), draft)
}

/// What is wrong, in words.
fn draft_of(text: &str) -> Result<EnvironmentDraft, String> {
    read_environment(text).map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// What is wrong with a file of several, in words.
fn wrong(text: &str) -> Vec<String> {
    fleet::read(text).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

fn fleet_of(examples: &[&str]) -> String {
    let all: Vec<_> = examples.iter().map(|example| stored(draft_of(example).unwrap())).collect();
    fleet::write(&all).unwrap()
}

#[test]
fn the_example_describes_an_environment() {
    let environment = stored(draft_of(EXAMPLE).unwrap());
    assert_eq!(environment.risk, RiskClass::Production);
    let hosts: Vec<&str> = environment.hosts().iter().map(|host| host.name.as_str()).collect();
    assert_eq!(hosts, ["ms1", "ms2"]);
    assert!(environment.hosts()[1].jump.is_some());
}

#[test]
fn what_is_exported_describes_the_same_environment() {
    for example in [EXAMPLE, CLUSTER, MANAGERS] {
        let environment = stored(draft_of(example).unwrap());
        assert_eq!(stored(draft_of(&write_environment(&environment).unwrap()).unwrap()), environment);
    }
}

#[test]
fn a_file_is_about_one_platform() {
    let both = format!("{EXAMPLE}\n{}", &CLUSTER[CLUSTER.find("[open_vstorage]").unwrap()..]);
    for text in [both.as_str(), "name = \"nothing\""] {
        let refused = draft_of(text).unwrap_err();
        assert!(refused.contains("[cloudify], [cloudstack] and [open_vstorage]"), "{refused}");
    }
}

#[test]
fn a_new_manager_on_the_same_host_has_to_be_asked_for() {
    // The comment above names the table, too.
    let from = MANAGERS.find("\n[cloudify.new.host]").unwrap();
    let to = MANAGERS.find("# Where cfy is run").unwrap();
    let without = format!("{}{}", &MANAGERS[..from], &MANAGERS[to..]);
    let refused = draft_of(&without).unwrap_err();
    assert!(refused.contains("host"), "{refused}");
    let environment = stored(draft_of(&without.replace("another_host", "same_host")).unwrap());
    let hosts: Vec<&str> = environment.hosts().iter().map(|host| host.name.as_str()).collect();
    assert_eq!(hosts, ["cfy-old", "cfy-cli"]);
    let refused = draft_of(&MANAGERS.replace("another_host", "same_host")).unwrap_err();
    assert!(refused.contains("host"), "{refused}");
}

#[test]
fn a_mistake_is_refused_by_the_name_of_its_key_and_its_line() {
    let cases = [
        (EXAMPLE.replace("endpoint =", "entpoint ="), "entpoint"),
        (EXAMPLE.replace("risk = \"production\"", "risk = \"high\""), "risk"),
        (EXAMPLE.replace("port = 22", "port = 99999"), "port"),
        (EXAMPLE.replace("name = \"ms1\"", "name = \"ms 1\""), "ms 1"),
        (EXAMPLE.replace("vm_deadline", "vm_dead"), "vm_dead"),
        (EXAMPLE.replace("secret_key = {", "secret_key_ = {"), "secret_key_"),
        (EXAMPLE.replace("{ variable =", "{ plain ="), "plain"),
    ];
    for (text, key) in cases {
        assert_ne!(text, EXAMPLE, "the example does not hold {key} any more");
        let refused = draft_of(&text).unwrap_err();
        assert!(refused.contains(key) && refused.contains("line "), "{key}: {refused}");
    }
}

#[test]
fn a_secret_that_was_written_down_by_mistake_is_not_repeated() {
    for mistake in
        ["\"hunter2\"", "{ plain = \"hunter2\" }", "{ file = \"/a\", variable = \"hunter2\" }", "[\"hunter2\"]"]
    {
        let text = EXAMPLE.replace("{ file = \"/etc/drydock/frankfurt-api-key\" }", mistake);
        assert_ne!(text, EXAMPLE);
        let refused = draft_of(&text).unwrap_err();
        assert!(refused.contains("api_key") && !refused.contains("hunter2"), "{mistake}: {refused}");
    }
    let text = EXAMPLE.replace("elevate = \"sudo\"", "host_key = \"hunter2\"");
    let refused = draft_of(&text).unwrap_err();
    assert!(refused.contains("host_key") && !refused.contains("hunter2"), "{refused}");
    // Where TOML itself is broken, too.
    let refused = draft_of("secret_key = \"hunter2").unwrap_err();
    assert!(refused.contains("line 1") && !refused.contains("hunter2"), "{refused}");
}

#[test]
fn what_was_sealed_elsewhere_is_refused_by_its_field() {
    let text = EXAMPLE.replace("{ file = \"/etc/drydock/frankfurt-api-key\" }", "{ sealed = \"api_key\" }");
    let refused = draft_of(&text).unwrap_err();
    assert!(refused.contains("environment Frankfurt, api_key: it is sealed"), "{refused}");
}

#[test]
fn everything_that_is_wrong_in_a_file_of_several_is_told_with_its_environment() {
    let text = fleet_of(&[EXAMPLE, CLUSTER, MANAGERS]);
    assert_eq!(wrong(&text), Vec::<String>::new());
    let broken = text.replace("\"production\"", "\"high\"").replacen("\"high\"", "\"production\"", 1);
    let told = wrong(&broken);
    assert_eq!(told.len(), 2, "{told:?}");
    for (told, name) in told.iter().zip(["Ghent", "Orchestration"]) {
        assert!(told.starts_with("line ") && told.contains(&format!("environment {name}, risk: ")), "{told}");
    }
}

#[test]
fn a_file_of_another_version_and_one_of_something_else_are_refused_by_that() {
    let text = fleet_of(&[EXAMPLE]);
    let cases = [
        (text.replace("version = 1", "version = 2"), "version"),
        (text.replace("version = 1", "version = \"one\""), "version"),
        (text.replace("version = 1\n", ""), "drydock env add"),
        (text.replace("version = 1", "version = 1\nowner = \"ada\""), "owner"),
        (EXAMPLE.to_owned(), "name"),
        ("version = 1".to_owned(), "there is no [[environment]]"),
        ("version = 1\n[environment]\nname = \"a\"".to_owned(), "two brackets"),
        ("version = ".to_owned(), "line 1"),
        (String::new(), "version = 1"),
    ];
    for (text, named) in cases {
        let told = wrong(&text).join("\n");
        assert!(told.contains(named), "{named}: {told}");
    }
}

#[test]
fn settings_are_told_one_by_one_and_no_secret_is() {
    let text = EXAMPLE.replace("elevate = \"sudo\"", &format!("host_key = \"ssh-ed25519 {KEY}\""));
    let told = settings::of(&stored(draft_of(&text).unwrap())).unwrap();
    assert_eq!(told["risk"], "production");
    assert_eq!(told["labels"], "customer-facing, eu");
    assert_eq!(told["cloudstack.api_key"], "file /etc/drydock/frankfurt-api-key");
    assert_eq!(told["cloudstack.database_password"], "environment variable FRANKFURT_DATABASE_PASSWORD");
    assert_eq!(told["cloudstack.management_hosts.ms1.port"], "22");
    let key = &told["cloudstack.management_hosts.ms1.host_key"];
    assert!(key.starts_with("ssh-ed25519 SHA256:"), "{key}");
    assert!(told.contains_key("cloudstack.management_hosts.ms2.jump.address"), "{told:?}");
}

fn secret() -> impl Strategy<Value = SecretRef> {
    let sealed = any::<u128>()
        .prop_map(|number| SecretRef::Sealed(SealedId::new(uuid::Uuid::from_u128(number).to_string()).unwrap()));
    prop_oneof![".{0,12}".prop_map(SecretRef::File), "[A-Z_]{1,8}".prop_map(SecretRef::Variable), sealed,]
}

fn host_key() -> impl Strategy<Value = HostKey> {
    let line = prop_oneof![Just("ssh-ed25519"), Just("ecdsa-sha2-nistp256")].prop_map(|kind| format!("{kind} {KEY}"));
    line.prop_map(|line| crate::connection::pinned(&remote::HostKey::parse(&line).unwrap()))
}

fn access() -> impl Strategy<Value = Access> {
    (".{0,12}", any::<u16>(), ".{0,8}", secret(), option::of(host_key()))
        .prop_map(|(address, port, user, key, host_key)| Access { address, port, user, key, host_key })
}

fn host(name: String) -> impl Strategy<Value = Host> {
    (access(), option::of(access()), any::<bool>()).prop_map(move |(access, jump, is_root)| Host {
        name: HostName::new(name.clone()).unwrap(),
        access,
        jump,
        elevate: if is_root { Elevate::No } else { Elevate::Sudo },
    })
}

fn hosts() -> impl Strategy<Value = Vec<Host>> {
    (0..4_usize).prop_flat_map(|count| (0..count).map(|number| host(format!("h{number}"))).collect::<Vec<_>>())
}

fn rest() -> impl Strategy<Value = ManagerRest> {
    (".{0,12}", ".{0,8}", secret(), option::of("[0-9a-f]{64}")).prop_map(
        |(endpoint, user, password, certificate_sha256)| ManagerRest {
            endpoint,
            user,
            password,
            tenant: TenantName::new("default_tenant").unwrap(),
            certificate_sha256,
        },
    )
}

fn manager(name: &str) -> impl Strategy<Value = CloudifyManager> + use<> {
    (rest(), host(name.to_owned())).prop_map(|(rest, host)| CloudifyManager { rest, host })
}

fn platform() -> impl Strategy<Value = PlatformSettings> {
    let cloud =
        (".{0,20}", secret(), secret(), option::of(secret()), option::of("[0-9a-f]{64}"), hosts(), any::<u32>())
            .prop_map(
                |(endpoint, api_key, secret_key, database_password, certificate_sha256, management_hosts, hold)| {
                    PlatformSettings::CloudStack(CloudStackSettings {
                        endpoint,
                        api_key,
                        secret_key,
                        certificate_sha256,
                        management_hosts,
                        integration_address: "127.0.0.1".to_owned(),
                        database_password,
                        tuning: Tuning { hold, ..Tuning::default() },
                    })
                },
            );
    let cluster = (".{0,20}", ".{0,8}", secret(), btree_set("[0-9a-f]{64}", 0..3), hosts(), any::<u32>()).prop_map(
        |(endpoint, client_id, client_secret, certificate_sha256, nodes, hold)| {
            PlatformSettings::OpenVstorage(OpenVstorageSettings {
                endpoint,
                client_id,
                client_secret,
                certificate_sha256,
                nodes,
                tuning: OpenVstorageTuning { hold, ..OpenVstorageTuning::default() },
            })
        },
    );
    let new = prop_oneof![
        manager("new").prop_map(|manager| NewManager::AnotherHost(Box::new(manager))),
        rest().prop_map(NewManager::SameHost),
    ];
    let managers =
        (manager("old"), new, option::of(host("cli".to_owned())), any::<u32>()).prop_map(|(old, new, cli, poll)| {
            let tuning = CloudifyTuning { poll, ..CloudifyTuning::default() };
            PlatformSettings::Cloudify(Box::new(CloudifySettings { old, new, cli, tuning }))
        });
    prop_oneof![cloud, cluster, managers]
}

fn environment() -> impl Strategy<Value = Environment> {
    let risk = prop_oneof![Just(RiskClass::Test), Just(RiskClass::Staging), Just(RiskClass::Production)];
    (".{1,20}", btree_set("[a-z0-9-]{1,8}", 0..4), risk, platform()).prop_map(|(name, labels, risk, platform)| {
        let labels: BTreeSet<String> = labels;
        stored(EnvironmentDraft { name, labels, risk, platform })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// What is sealed is known by its field where it is known at all, and then nothing has to be typed.
    #[test]
    fn every_file_that_is_written_describes_the_same_environments(environments in vec(environment(), 1..4)) {
        let text = fleet::write(&environments).unwrap();
        prop_assert_eq!(&fleet::write(&environments).unwrap(), &text);
        let entries = fleet::read(&text).unwrap();
        prop_assert_eq!(entries.len(), environments.len());
        for (entry, environment) in entries.into_iter().zip(&environments) {
            let (draft, asked) = entry.into_draft(&sealed_of(&environment.platform)).unwrap();
            prop_assert!(asked.is_empty());
            prop_assert_eq!(&stored(draft), environment);
        }
    }

    /// Nothing that is sealed can be told from the file, and where it is not known all of it is asked for.
    #[test]
    fn no_file_says_what_is_sealed_and_a_stranger_is_asked_for_all_of_it(environment in environment()) {
        let text = fleet::write(std::slice::from_ref(&environment)).unwrap();
        let sealed = sealed_of(&environment.platform);
        for id in sealed.values() {
            prop_assert!(!text.contains(id.as_str()));
        }
        let entry = fleet::read(&text).unwrap().remove(0);
        let (_, asked) = entry.into_draft(&std::collections::BTreeMap::new()).unwrap();
        let fields: BTreeSet<&String> = asked.iter().flat_map(|asked| &asked.fields).collect();
        prop_assert_eq!(fields, sealed.keys().collect::<BTreeSet<_>>());
    }
}
