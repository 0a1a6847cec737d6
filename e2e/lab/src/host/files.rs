//! What a management host finds on its disk: settings and stand-ins.

use crate::config::ScriptGeneration;
use crate::database;

pub(super) const PLATFORM: &str = include_str!("../../host/cloudstack.sh");
pub(super) const MYSQL: &str = include_str!("../../host/mysql");
pub(super) const SYSTEMCTL: &str = include_str!("../../host/systemctl");
pub(super) const SLEEP: &str = include_str!("../../host/sleep");

macro_rules! part {
    ($name:literal) => {
        include_str!(concat!("../../host/sysvmadm/", $name, ".sh"))
    };
}

/// The script of a generation, put together from what the generations share.
pub(super) fn sysvmadm(generation: ScriptGeneration) -> String {
    use ScriptGeneration::{G0, G1, G2, G3};
    let head = match generation {
        G0 => part!("head_g0"),
        G1 => part!("head_g1"),
        G2 => part!("head_g2"),
        G3 => part!("head_g3"),
    };
    let options = match generation {
        G0 => part!("options_g0"),
        G1 | G2 | G3 => part!("options_g1"),
    };
    let request = match generation {
        G0 | G1 => part!("request_old"),
        G2 | G3 => part!("request_new"),
    };
    let chunks = match generation {
        G0 | G1 | G2 => part!("chunks_old"),
        G3 => part!("chunks_new"),
    };
    [head, options, request, chunks, part!("phases"), part!("main")].concat()
}

pub(super) fn db_properties(password: &str) -> String {
    format!(
        "# Database of the management server\n\
         cluster.servlet.port=9090\n\
         db.cloud.driver=jdbc:mysql\n\
         db.cloud.host=localhost\n\
         db.cloud.port=3306\n\
         db.cloud.name=cloud\n\
         db.cloud.username={}\n\
         db.cloud.password={password}\n\
         db.cloud.url.params=prepStmtCacheSize=517&cachePrepStmts=true&serverTimezone=UTC\n",
        database::USER
    )
}

pub(super) const SERVER_PROPERTIES: &str = "bind.interface=\n\
    context.path=/client\n\
    http.enable=true\n\
    http.port=8080\n\
    https.enable=false\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_are_told_apart_as_the_dossier_says() {
        let marks = |generation| {
            let text = sysvmadm(generation);
            ["{'print $4'}", "vmidsclause", "ps ax | grep"].map(|mark| text.contains(mark))
        };
        assert_eq!(marks(ScriptGeneration::G0), [true, false, true]);
        assert_eq!(marks(ScriptGeneration::G1), [true, true, true]);
        assert_eq!(marks(ScriptGeneration::G2), [false, true, true]);
        assert_eq!(marks(ScriptGeneration::G3), [false, true, false]);
    }

    #[test]
    fn the_old_script_fails_to_find_its_functions_in_line_21() {
        for generation in [ScriptGeneration::G0, ScriptGeneration::G1] {
            let text = sysvmadm(generation);
            assert_eq!(text.lines().nth(20), Some(". /etc/rc.d/init.d/functions"));
        }
    }
}
