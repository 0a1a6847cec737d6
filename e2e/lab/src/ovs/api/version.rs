//! The API version a call asks for, in its `Accept` header (2.1).

use super::error::Refusal;
use super::release::{Generation, Release};

/// What stands behind `version=`: a number or `*`.
pub(super) fn asked(accept: Option<&str>) -> Result<String, Refusal> {
    let parts = accept.unwrap_or_default().split("; ");
    let version = parts.filter_map(|part| part.split(';').next()?.strip_prefix("version=")).last();
    let is_version = |text: &&str| *text == "*" || (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
    version.filter(is_version).map(str::to_owned).ok_or_else(Refusal::missing_header)
}

/// Refuses a version that the release, or a call that is capped, does not know. `*` is the highest one allowed.
pub(super) fn check(release: Release, cap: Option<u32>, asked: &str) -> Result<(), Refusal> {
    let (lowest, newest) = release.versions().into_inner();
    let highest = cap.unwrap_or(newest).min(newest);
    let fits = asked == "*" || asked.parse().is_ok_and(|version| (lowest..=highest).contains(&version));
    let status = if release.generation() == Generation::A { 406 } else { 426 };
    if fits { Ok(()) } else { Err(Refusal::invalid_version(status, lowest, highest, asked)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_the_accept_header_and_from_nowhere_else() {
        for (accept, version) in [
            ("application/json; version=6", Some("6")),
            ("application/json; version=*", Some("*")),
            ("version=2", Some("2")),
            ("application/json; version=1;q=1", Some("1")),
            ("application/json", None),
            ("application/json; version=", None),
            ("application/json; version=six", None),
            ("application/json; xversion=6", None),
        ] {
            assert_eq!(asked(Some(accept)).ok().as_deref(), version, "{accept}");
        }
        assert_eq!(asked(None).unwrap_err().status, 406);
    }

    #[test]
    fn each_release_takes_its_own_versions_and_the_star() {
        for (release, lowest, highest) in [
            (Release::V2_6_1, 1, 1),
            (Release::V2_7_0, 1, 3),
            (Release::V2_7_6, 2, 6),
            (Release::V2_9_23, 2, 8),
            (Release::V2_9_30, 2, 8),
            (Release::V2_10_0, 6, 10),
            (Release::V2_13_5, 6, 10),
            (Release::Develop, 6, 10),
        ] {
            for version in 0..12 {
                let fits = check(release, None, &version.to_string()).is_ok();
                assert_eq!(fits, (lowest..=highest).contains(&version), "{release:?} {version}");
            }
            assert!(check(release, None, "*").is_ok());
        }
    }

    #[test]
    fn a_capped_call_takes_the_star_but_no_version_above_its_cap() {
        assert!(check(Release::V2_13_5, Some(6), "*").is_ok());
        assert!(check(Release::V2_13_5, Some(6), "6").is_ok());
        assert_eq!(check(Release::V2_13_5, Some(6), "7").unwrap_err().status, 426);
    }
}
