//! What every stand-in for `systemctl` understands.

use super::Reply;

/// What the options ask for.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) properties: Vec<String>,
    pub(crate) value_only: bool,
    pub(crate) all: bool,
    pub(crate) no_legend: bool,
    pub(crate) states: Vec<String>,
    pub(crate) types: Vec<String>,
    pub(crate) quiet: bool,
    pub(crate) no_block: bool,
    pub(crate) version: bool,
}

/// Options, and the words that are none.
pub(crate) fn options<'a>(words: &[&'a str]) -> Result<(Options, Vec<&'a str>), Reply> {
    let mut options = Options::default();
    let mut rest = Vec::new();
    let mut words = words.iter().copied();
    let split = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
    while let Some(word) = words.next() {
        let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
        match name {
            "-p" | "--property" => options.properties.extend(split(value.or_else(|| words.next()).unwrap_or_default())),
            "-t" | "--type" => options.types.extend(split(value.or_else(|| words.next()).unwrap_or_default())),
            "--state" => options.states.extend(split(value.or_else(|| words.next()).unwrap_or_default())),
            "--value" => options.value_only = true,
            "-a" | "--all" => options.all = true,
            "--no-legend" => options.no_legend = true,
            "-q" | "--quiet" => options.quiet = true,
            "--no-block" => options.no_block = true,
            "--version" => options.version = true,
            "--no-pager" | "--plain" | "--full" | "-l" | "--system" | "--no-ask-password" | "--" => {}
            other if other.starts_with("-p") => options.properties.extend(split(&other[2..])),
            other if other.starts_with('-') => {
                return Err(Reply::fails(1, format!("systemctl: unrecognized option '{other}'")));
            }
            _ => rest.push(word),
        }
    }
    Ok((options, rest))
}

/// Whether a shell pattern fits; `*` and `?` only.
fn fits(pattern: &str, name: &str) -> bool {
    match (pattern.chars().next(), name.chars().next()) {
        (None, None) => true,
        (Some('*'), _) => {
            let rest = &pattern[1..];
            fits(rest, name) || name.chars().next().is_some_and(|first| fits(pattern, &name[first.len_utf8()..]))
        }
        (Some('?'), Some(found)) => fits(&pattern[1..], &name[found.len_utf8()..]),
        (Some(wanted), Some(found)) if wanted == found => {
            fits(&pattern[wanted.len_utf8()..], &name[found.len_utf8()..])
        }
        _ => false,
    }
}

/// Whether a unit is one of those asked for, with or without the end of its name.
pub(crate) fn fits_any(patterns: &[&str], name: &str) -> bool {
    patterns.is_empty()
        || patterns.iter().any(|pattern| fits(pattern, name) || fits(pattern, &format!("{name}.service")))
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn patterns_fit_as_in_a_shell() {
        for (pattern, name, wanted) in [
            ("alba-asd-*", "alba-asd-0pXv", true),
            ("alba-asd-*", "alba-asdmanager", false),
            ("ovs-*_vpool1", "ovs-dtl_vpool1", true),
            ("ovs-dtl_vpool?", "ovs-dtl_vpool1", true),
            ("ovs-dtl_vpool?", "ovs-dtl_vpool", false),
            ("*", "", true),
        ] {
            assert_eq!(fits(pattern, name), wanted, "{pattern} {name}");
        }
    }
}
