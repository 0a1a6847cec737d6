//! Which server functions there are, and whom each lets in: read from their sources, so that a new one is in every table of
//! these tests without anybody remembering.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use model::people::Role;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ExprCall, FnArg, Item, ItemFn, Lit, Pat, Type};

/// Whom a function lets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    /// It says nothing of the engine and of roles: only who is logged in gets there at all.
    Nothing,
    /// Everybody who is logged in.
    Anybody,
    /// One of these roles, everywhere.
    Everywhere(Vec<Role>),
    /// One of these roles, in the environment that this parameter belongs to.
    At(Vec<Role>, String),
}

#[derive(Debug, Clone)]
pub struct Function {
    pub door: Door,
    /// Name and type, as in the source.
    pub parameters: Vec<(String, String)>,
}

impl Function {
    /// Whether somebody with these roles, which count everywhere, is let in.
    pub fn lets_in(&self, has: &[Role]) -> bool {
        match &self.door {
            Door::Nothing | Door::Anybody => true,
            Door::Everywhere(any_of) | Door::At(any_of, _) => {
                let enough = |needed: &Role| match needed {
                    Role::Viewer => !has.is_empty(),
                    needed => has.contains(needed) || has.contains(&Role::Admin),
                };
                any_of.iter().any(enough)
            }
        }
    }
}

/// All of them, by the last part of their address.
pub fn functions() -> BTreeMap<String, Function> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/src");
    let mut found = BTreeMap::new();
    for file in rust_files(&folder) {
        let text = std::fs::read_to_string(&file).unwrap();
        let source = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        for item in &source.items {
            if let Item::Fn(function) = item
                && let Some(endpoint) = function.attrs.iter().find_map(endpoint)
            {
                let known = found.insert(endpoint.clone(), declared(&endpoint, function));
                assert!(known.is_none(), "there are two functions {endpoint}");
            }
        }
    }
    found
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The name in `#[server(endpoint = "name")]`; the attribute needs one.
fn endpoint(attribute: &Attribute) -> Option<String> {
    if !attribute.path().is_ident("server") {
        return None;
    }
    let mut name = None;
    let read = attribute.parse_nested_meta(|meta| {
        let value = meta.value()?.parse::<Lit>()?;
        if let (true, Lit::Str(text)) = (meta.path.is_ident("endpoint"), value) {
            name = Some(text.value());
        }
        Ok(())
    });
    assert!(read.is_ok() && name.is_some(), "a server function without an endpoint of its own");
    name
}

fn declared(endpoint: &str, function: &ItemFn) -> Function {
    let parameters: Vec<(String, String)> = function.sig.inputs.iter().filter_map(parameter).collect();
    let mut doors = Doors(Vec::new());
    doors.visit_block(&function.block);
    assert!(doors.0.len() < 2, "{endpoint} goes through more than one door: {:?}", doors.0);
    let door = doors.0.pop().unwrap_or(Door::Nothing);
    if let Door::At(_, about) = &door {
        let is_known = parameters.iter().any(|(name, _)| name == about);
        assert!(is_known, "{endpoint} asks about {about}, which is none of its parameters");
    }
    Function { door, parameters }
}

fn parameter(argument: &FnArg) -> Option<(String, String)> {
    let FnArg::Typed(typed) = argument else { return None };
    let Pat::Ident(name) = &*typed.pat else { return None };
    Some((name.ident.to_string(), words(&typed.ty)))
}

/// `Option<StepId>`, `BTreeSet<Occasion>`: the last parts of the paths.
fn words(of: &Type) -> String {
    let Type::Path(path) = of else { return "?".to_owned() };
    let Some(last) = path.path.segments.last() else { return "?".to_owned() };
    let mut inner = Vec::new();
    if let syn::PathArguments::AngleBracketed(arguments) = &last.arguments {
        for argument in &arguments.args {
            if let syn::GenericArgument::Type(of) = argument {
                inner.push(words(of));
            }
        }
    }
    if inner.is_empty() { last.ident.to_string() } else { format!("{}<{}>", last.ident, inner.join(",")) }
}

/// Every call of a desk.
struct Doors(Vec<Door>);

impl<'s> Visit<'s> for Doors {
    fn visit_expr_call(&mut self, call: &'s ExprCall) {
        if let Some(name) = last_of_path(&call.func) {
            let mut said = Said(Vec::new());
            call.args.iter().take(1).for_each(|argument| said.visit_expr(argument));
            match name.as_str() {
                "anybody" | "any_person" => self.0.push(Door::Anybody),
                "desk" | "person_desk" => self.0.push(Door::Everywhere(said.0)),
                "desk_at" | "person_desk_at" | "proven_desk_at" => {
                    self.0.push(Door::At(said.0, about(call.args.iter().nth(1))));
                }
                _ => {}
            }
        }
        visit::visit_expr_call(self, call);
    }
}

fn last_of_path(expression: &Expr) -> Option<String> {
    let Expr::Path(path) = expression else { return None };
    path.path.segments.last().map(|last| last.ident.to_string())
}

/// `run` of `&run`.
fn about(argument: Option<&Expr>) -> String {
    let Some(Expr::Reference(reference)) = argument else { panic!("what a desk is asked about is a reference") };
    last_of_path(&reference.expr).expect("what a desk is asked about has a name")
}

/// Every role that is named.
struct Said(Vec<Role>);

impl<'s> Visit<'s> for Said {
    fn visit_path(&mut self, path: &'s syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if let [.., of, name] = names.as_slice()
            && of == "Role"
        {
            self.0.push(name.to_lowercase().parse().unwrap());
        }
    }
}

pub const ID: &str = "2e7293a0-d168-46f3-bc29-262ddbf22474";
const DIGEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

pub type Form = Vec<(String, String)>;

/// The ids that belong to an environment, by what the parameters are called.
pub const OF_ENVIRONMENTS: [&str; 4] = ["environment", "request", "run", "rehearsal"];

/// Something the function can read: what it needs is only looked at after that.
pub fn form(name: &str, function: &Function) -> Form {
    let parameters = function.parameters.iter();
    parameters.flat_map(|(parameter, of)| fields(name, parameter, of)).collect()
}

fn fields(function: &str, name: &str, of: &str) -> Form {
    let one = |text: &str| vec![(name.to_owned(), text.to_owned())];
    let inside = |fields: &[(&str, &str)]| -> Form {
        fields.iter().map(|(field, text)| (format!("{name}[{field}]"), (*text).to_owned())).collect()
    };
    match (of, name) {
        ("EnvironmentId" | "RequestId" | "RunId" | "RehearsalId" | "ReplayId", _) => one(ID),
        ("PersonId" | "PolicyId" | "TargetId" | "TokenId", _) | ("String", "run" | "request" | "environment") => {
            one(ID)
        }
        ("SessionId" | "PlanDigest", _) => one(DIGEST),
        ("StepId", _) | ("String", "step") => one("zone1/r-4-VM/reboot"),
        ("HostName", _) => one("ms1"),
        ("GroupName", _) => one("storage"),
        ("Theme", _) => one("dark"),
        ("SingleKeys", _) => one("off"),
        ("KeyOwner", _) => one("host"),
        ("bool", _) => one("true"),
        ("i64", _) => one("0"),
        ("HostKey", _) => inside(&[("algorithm", "ssh-ed25519"), ("key", "AAAA"), ("fingerprint", "SHA256:x")]),
        ("Grants", _) => vec![(format!("{name}[0]"), "admin".to_owned())],
        ("BTreeSet<Occasion>", _) => vec![(format!("{name}[0]"), "failed".to_owned())],
        ("RestartForm", _) => inside(&[("mode", "native"), ("parallel_routers", "1")]),
        ("UpdateForm", _) => inside(&[("which", "framework"), ("mode", "supervised")]),
        ("MigrationForm", _) => inside(&[("snapshot", "upgrade_snapshot")]),
        ("SnapshotForm", _) => inside(&[("on", "old"), ("snapshot", "before_monday")]),
        ("TargetForm", _) => inside(&[("to", "team@example.org")]),
        ("MailForm", _) => inside(&[("host", "mail.example.org")]),
        ("LogAsked", _) => inside(&[("place", "beginning")]),
        ("AuditFilter" | "HistoryFilter", _) => inside(&[("text", "")]),
        (form, _) if form.ends_with("Form") => inside(&[("name", "x")]),
        ("String", "password") => one("a new long password"),
        ("String", "seconds") => one("600"),
        ("String", "number") => one("0"),
        ("String", "question") => one("1"),
        ("String", "verdict") => one("skip"),
        ("String", "trouble") => one("fails"),
        ("String", "snapshot") => one("before_monday"),
        ("String", "to") => one("me@example.org"),
        ("String", _) => one("because"),
        // Left out: none.
        (of, _) if of.starts_with("Option<") || of.starts_with("BTreeSet<") => Vec::new(),
        _ => panic!("{function}: say here what a form holds for the parameter {name} of the type {of}"),
    }
}
