//! Forms as a browser without scripts gets them.

use model::people::Role;

use crate::support::Server;

/// The tag of the field with this name.
#[track_caller]
fn field<'p>(page: &'p str, name: &str) -> &'p str {
    let mut tags = page.split('<').filter(|tag| tag.contains(&format!("name=\"{name}\"")));
    tags.next().unwrap_or_else(|| panic!("there is no field {name}"))
}

#[tokio::test]
async fn an_environment_is_not_sent_without_what_it_is_reached_by() {
    let server = Server::start().await;
    let mut browser = server.logged_in("anna", &[Role::Admin]).await;
    for (platform, needed) in
        [("cloud_stack", vec!["name", "endpoint"]), ("open_vstorage", vec!["name", "endpoint", "client_id"])]
    {
        let page = browser.get(&format!("/environments/new?platform={platform}")).await.body;
        for name in needed {
            let tag = field(&page, &format!("form[{name}]"));
            assert!(tag.contains(" required"), "{platform}: {tag}");
        }
        let tag = field(&page, "form[certificate_sha256]");
        assert!(!tag.contains(" required"), "{platform}: {tag}");
    }
}
