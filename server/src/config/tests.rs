use super::*;

fn no_variables(_: &str) -> Option<String> {
    None
}

fn flags(change: impl FnOnce(&mut Layer)) -> Layer {
    let mut layer = Layer::default();
    change(&mut layer);
    layer
}

fn file_with(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.toml");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

#[test]
fn flags_win_over_variables_and_variables_over_the_file() {
    let (_folder, path) = file_with("listen = '127.0.0.1:1'\ninstance = 'file'\nlog_filter = 'warn'");
    let variable = |name: &str| match name {
        "DRYDOCK_LISTEN" => Some("127.0.0.1:2".to_owned()),
        "DRYDOCK_INSTANCE" => Some("variable".to_owned()),
        _ => None,
    };
    let config = load(Some(&path), variable, flags(|l| l.listen = Some("127.0.0.1:3".into()))).unwrap();
    assert_eq!(config.listen.port(), 3);
    assert_eq!(config.engine.instance, "variable");
    assert_eq!(config.log.filter, "warn");
}

#[test]
fn a_bad_value_is_refused_with_its_key_its_source_and_what_is_allowed() {
    type Case = (&'static str, fn(&mut Layer));
    let cases: [Case; 15] = [
        ("listen", |l| l.listen = Some("everywhere".into())),
        ("public_url", |l| l.public_url = Some("ftp://drydock.example".into())),
        ("database_url", |l| l.database_url = Some("mysql://root:geheim@db/drydock".into())),
        ("log_format", |l| l.log_format = Some("xml".into())),
        ("log_filter", |l| l.log_filter = Some("a=b=c".into())),
        ("trusted_proxies", |l| l.trusted_proxies = Some("10.0.0.0/33".into())),
        ("session_lifetime", |l| l.session_lifetime = Some("for ever".into())),
        ("audit_checkpoints", |l| l.audit_checkpoints = Some("file:/a, https://geheim @x".into())),
        ("login_attempts", |l| l.login_attempts = Some("0".into())),
        ("step_up_lasts", |l| l.step_up_lasts = Some("never".into())),
        ("step_up_of", |l| l.step_up_of = Some("nobody".into())),
        ("demo", |l| l.demo = Some("perhaps".into())),
        ("oidc.issuer", |l| l.oidc.issuer = Some("http://login.example.org".into())),
        ("oidc.client_secret", |l| l.oidc.client_secret = Some("geheim".into())),
        ("oidc.grants", |l| l.oidc.grants = Some("storage = king".into())),
    ];
    for (key, set) in cases {
        let refused = load(None, no_variables, flags(set)).unwrap_err().to_string();
        assert!(refused.contains(&format!("`{key}`")), "{refused}");
        assert!(refused.contains("the command line") && refused.contains("allowed is"), "{refused}");
        assert!(!refused.contains("geheim"), "the message shows a password: {refused}");
    }
}

#[test]
fn half_a_provider_is_refused_with_the_key_that_is_missing() {
    let with = |issuer: bool, id: bool, grants: bool| {
        let set = |l: &mut Layer| {
            l.oidc.issuer = issuer.then(|| "https://login.example.org".into());
            l.oidc.client_id = id.then(|| "drydock".into());
            l.oidc.grants = grants.then(|| "all = viewer".into());
        };
        let mut layer = Layer::default();
        set(&mut layer);
        load(None, no_variables, layer)
    };
    for (issuer, id, grants, missing) in [
        (true, false, true, "`oidc.client_id`"),
        (true, true, false, "`oidc.grants`"),
        (false, true, false, "`oidc.issuer`"),
    ] {
        let refused = with(issuer, id, grants).unwrap_err().to_string();
        assert!(refused.contains(missing), "{refused}");
    }
    assert!(with(false, false, false).unwrap().oidc.is_none());
    let provider = with(true, true, true).unwrap().oidc.unwrap();
    assert_eq!((provider.name.as_str(), provider.groups_claim.as_str()), ("login.example.org", "groups"));
}

#[test]
fn the_source_of_a_bad_value_is_named() {
    let (_folder, path) = file_with("listen = 'nowhere'");
    let refused = load(Some(&path), no_variables, Layer::default()).unwrap_err().to_string();
    assert!(refused.contains("some.toml"), "{refused}");
    let variable = |name: &str| (name == "DRYDOCK_LISTEN").then(|| "nowhere".to_owned());
    let refused = load(None, variable, Layer::default()).unwrap_err().to_string();
    assert!(refused.contains("the environment"), "{refused}");
}

#[test]
fn a_key_nobody_knows_is_refused_by_name() {
    let (_folder, path) = file_with("lisen = '127.0.0.1:1'");
    let refused = load(Some(&path), no_variables, Layer::default()).unwrap_err().to_string();
    assert!(refused.contains("lisen") && refused.contains("some.toml"), "{refused}");
}

#[test]
fn a_missing_file_that_was_asked_for_is_an_error() {
    let refused = load(Some(Path::new("no/such.toml")), no_variables, Layer::default()).unwrap_err();
    assert!(refused.to_string().contains("no/such.toml"), "{refused}");
}

#[test]
fn the_example_file_is_valid_and_shows_every_key() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("drydock.example.toml");
    load(Some(&example), no_variables, Layer::default()).unwrap();
    // What is commented out in the example must be valid too.
    let text = std::fs::read_to_string(&example).unwrap();
    let open: String = text.lines().map(|line| line.strip_prefix("#: ").unwrap_or(line).to_owned() + "\n").collect();
    let (_folder, path) = file_with(&open);
    load(Some(&path), no_variables, Layer::default()).unwrap();
    let shown: toml::Table = toml::from_str(&open).unwrap();
    let known = toml::from_str::<Layer>("none_of_them = 1").unwrap_err().to_string();
    for key in shown.keys() {
        assert!(known.contains(&format!("`{key}`")), "{key} is in the example only: {known}");
    }
    assert_eq!(known.matches('`').count() / 2, shown.len() + 1, "a key is missing in the example: {known}");
    let shown = shown["oidc"].as_table().unwrap();
    let known = toml::from_str::<Layer>("[oidc]\nnone_of_them = 1").unwrap_err().to_string();
    assert!(shown.keys().all(|key| known.contains(&format!("`{key}`"))), "{known}");
    assert_eq!(known.matches('`').count() / 2, shown.len() + 1, "a key of [oidc] is missing in the example: {known}");
}

#[test]
fn lifetimes_have_a_unit_and_limits() {
    assert_eq!(parse_lifetime("12h"), Ok(Duration::from_secs(43_200)));
    for wrong in ["", "h", "12", "0m", "31d", "12x", "1é", "99999999999999999999d"] {
        assert!(parse_lifetime(wrong).is_err(), "{wrong:?} was taken");
    }
}

#[test]
fn checkpoints_can_go_to_several_places() {
    let places =
        parse_checkpoints("file:/mnt/audit.jsonl, https://hooks.example/x,syslog:, syslog://loghost:514,").unwrap();
    let shown: Vec<String> = places.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "file /mnt/audit.jsonl",
            "webhook https://hooks.example",
            "syslog of this machine (/dev/log)",
            "syslog on loghost:514"
        ]
    );
    let refused = parse_checkpoints("file:/a,file:b").unwrap_err();
    assert!(refused.contains("place 2") && refused.contains("absolute"), "{refused}");
}

#[test]
fn networks_hold_their_own_addresses_only() {
    let networks = Networks::parse("10.1.0.0/16, 192.0.2.7, fd00::/8").unwrap();
    for inside in ["10.1.2.3", "192.0.2.7", "fd12::1", "::ffff:10.1.2.3"] {
        assert!(networks.contain(inside.parse().unwrap()), "{inside}");
    }
    for outside in ["10.2.0.1", "192.0.2.8", "fe80::1"] {
        assert!(!networks.contain(outside.parse().unwrap()), "{outside}");
    }
    assert!(Networks::parse("0.0.0.0/0").unwrap().contain("1.2.3.4".parse().unwrap()));
}

#[test]
fn a_configured_address_is_the_only_origin_and_a_guessed_one_goes_by_the_host() {
    let configured = PublicUrl::parse("https://Drydock.example:443/").unwrap();
    assert!(configured.is_own_origin("https://drydock.example", Some("10.0.0.1:3900")));
    assert!(!configured.is_own_origin("http://drydock.example", Some("drydock.example")));
    let guessed = PublicUrl::of("0.0.0.0:3900".parse().unwrap());
    assert!(guessed.is_own_origin("http://box:3900", Some("box:3900")));
    assert!(!guessed.is_own_origin("http://evil.example", Some("box:3900")));
    assert!(!guessed.is_own_origin("null", Some("null")));
}

#[test]
fn only_https_and_http_addresses_without_a_path_are_public_urls() {
    for wrong in ["drydock.example", "https://", "https://a/b", "https://a b", "https://user@host"] {
        assert!(PublicUrl::parse(wrong).is_err(), "{wrong} was taken");
    }
}
