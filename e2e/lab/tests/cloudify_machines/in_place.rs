//! One manager after the other on one machine (1.5, 3.2), and the ends that hurt (S10, S12).

use lab::cloudify::{CloudifyAct, CloudifyLab, EstateViolation, Form, Place, Release};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{boot_id, call, fetched, get, restored, ssh_to, start, status, until, until_status, url};

fn with_certificates() -> Value {
    json!({ "recreate_deployments_envs": true, "force": false, "restore_certificates": true, "no_reboot": false })
}

/// Installs the agents of a deployment by REST, with the old manager's password.
async fn install_agents(lab: &CloudifyLab, tenant: &str, deployment: &str) {
    let api = url(lab, Place::New).await;
    let body = json!({ "deployment_id": deployment, "workflow_id": "install_new_agents", "parameters": null });
    let request = reqwest::Client::builder().no_proxy().build().unwrap().post(format!("{api}/executions"));
    let request = request.basic_auth("admin", Some("old-secret")).header("Tenant", tenant);
    let request = request.header("content-type", "application/json").body(body.to_string());
    assert_eq!(request.send().await.unwrap().status(), 201);
    until(async || {
        let hosts = lab.estate().hosts_of(tenant, deployment);
        hosts.iter().all(|host| host.agents.len() == 2).then_some(())
    })
    .await;
}

/// How a manager of this release is torn down, and on which machine that is typed.
fn teardown(release: Release) -> (Place, &'static str) {
    match release {
        Release::V4_0_1 => (
            Place::Old,
            "curl -so ~/cfy_teardown_4_0_0.sh https://raw.githubusercontent.com/cloudify-cosmo/cloudify-dev/master/\
             scripts/cfy_teardown_4_0_0.sh && sudo -n bash ~/cfy_teardown_4_0_0.sh -f",
        ),
        Release::V4_1 | Release::V4_2 => (Place::Cli, "cfy teardown -f --ignore-deployments"),
        _ => (Place::Old, "sudo -n cfy_manager remove -f && sudo -n yum remove -y cloudify-manager-install"),
    }
}

/// How one of this release is installed.
fn installation(release: Release) -> (Place, &'static str) {
    match release {
        Release::V4_2 => (Place::Cli, "cfy bootstrap simple-manager-blueprint.yaml -i inputs.yaml"),
        _ => (Place::Old, "sudo -n yum install -y cloudify-manager-install && sudo -n cfy_manager install"),
    }
}

async fn typed(lab: &CloudifyLab, (place, line): (Place, &str)) {
    let out = ssh_to(lab.host(place), line).await;
    assert_eq!(out.code, 0, "{line}: {out:?}");
}

#[tokio::test]
async fn a_manager_is_replaced_where_it_stands_by_the_commands_of_its_release() {
    for (old, new) in
        [(Release::V4_0_1, Release::V4_2), (Release::V4_2, Release::V4_6), (Release::V4_5, Release::V5_0_5)]
    {
        let lab = start(old, new, Form::SameHost).await;
        let host = lab.host(Place::Old);
        let archive = fetched(&lab).await;
        let certificates = lab.truth().await.managers["manager"].certificates.clone();
        typed(&lab, teardown(old)).await;
        until_status_of_nobody(&lab).await;
        assert_eq!(ssh_to(host, "systemctl list-units 'cloudify-*' --no-legend").await.stdout, "");
        assert_ne!(ssh_to(host, "sudo -n test -e /opt/manager/rest-security.conf").await.code, 0);

        typed(&lab, installation(new)).await;
        let (_, version) = get(&format!("{}/version", url(&lab, Place::New).await), "new-secret").await;
        assert_eq!(version["version"], new.number());
        let before = boot_id(host).await.unwrap();
        restored(&lab, archive, with_certificates()).await;
        // The machine boots by itself (S9).
        until(async || boot_id(host).await.filter(|id| *id != before)).await;
        until_status_by(&lab, if old >= Release::V4_2 { "old-secret" } else { "new-secret" }).await;
        let truth = lab.truth().await;
        assert_eq!(truth.managers["manager"].certificates, certificates);
        let shown = ssh_to(host, "sudo -n cat /etc/cloudify/ssl/cloudify_internal_cert.pem").await.stdout;
        assert_eq!(shown, certificates);
        assert_eq!((truth.lost, truth.violations), (Vec::new(), Vec::new()));
        lab.stop().await.unwrap();
    }
}

async fn until_status_of_nobody(lab: &CloudifyLab) {
    let address = &lab.host(Place::Old).address;
    until(async || (get(&format!("http://{address}/"), "").await.0 == 0).then_some(())).await;
}

async fn until_status_by(lab: &CloudifyLab, password: &str) {
    let path = format!("{}/user", url(lab, Place::New).await);
    until(async || (get(&path, password).await.0 == 200).then_some(())).await;
}

#[tokio::test]
async fn a_teardown_that_is_not_meant_or_not_allowed_changes_nothing() {
    let lab = start(Release::V4_2, Release::V4_6, Form::SameHost).await;
    let [host, cli] = [Place::Old, Place::Cli].map(|place| lab.host(place));
    let out = ssh_to(cli, "cfy teardown").await;
    assert!(out.code == 1 && out.stderr.contains("additional confirmation"), "{out:?}");
    let out = ssh_to(cli, "cfy teardown -f").await;
    assert!(out.code == 1 && out.stderr.contains("existing deployments"), "{out:?}");
    assert_eq!(ssh_to(host, "sudo -n cfy_manager remove -f").await.code, 127, "that came with 4.3");
    assert_eq!(ssh_to(host, "sudo -n cfy_manager install").await.code, 127);
    assert!(lab.act(CloudifyAct::Install).await.is_err(), "there is one already");
    assert_eq!(status(&lab, Place::Old).await, 200);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_manager_that_is_torn_down_before_its_snapshot_is_fetched_is_a_violation() {
    let lab = start(Release::V4_5, Release::V4_6, Form::SameHost).await;
    typed(&lab, (Place::Old, "sudo -n cfy_manager remove -f")).await;
    let expected = EstateViolation::TornDownWithoutSnapshot { manager: "manager".to_owned() };
    let truth = lab.truth().await;
    assert_eq!(truth.violations, [expected]);
    assert_eq!(truth.lost.len(), truth.hosts.len());
    // A person installs the next one: the brokers' address is there again.
    lab.act(CloudifyAct::Install).await.unwrap();
    until_status(&lab, Place::New, 200).await;
    assert!(lab.truth().await.lost.is_empty());
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn the_old_manager_may_be_switched_off_when_all_agents_are_the_new_ones_and_not_before() {
    for early in [true, false] {
        let lab = start(Release::V4_2, Release::V4_6, Form::NewHost).await;
        let archive = fetched(&lab).await;
        restored(&lab, archive, json!({ "recreate_deployments_envs": true, "force": false })).await;
        until_status_by(&lab, "old-secret").await;
        install_agents(&lab, "default_tenant", "web").await;
        install_agents(&lab, "default_tenant", "shop").await;
        if !early {
            install_agents(&lab, "team", "data").await;
        }
        ssh_to(lab.host(Place::Old), "sudo -n shutdown -h now").await;
        until(async || lab.truth().await.machines[0].is_down.then_some(())).await;
        until_status(&lab, Place::Old, 0).await;
        let truth = lab.truth().await;
        let data: Vec<String> = lab.estate().hosts_of("team", "data").into_iter().map(|host| host.instance).collect();
        if early {
            let violation = EstateViolation::SwitchedOffEarly { manager: "old".to_owned(), instances: data.clone() };
            assert_eq!(truth.violations, [violation]);
            assert_eq!(truth.lost, data);
        } else {
            assert_eq!((truth.lost, truth.violations), (Vec::new(), Vec::new()));
        }
        lab.stop().await.unwrap();
    }
}

#[tokio::test]
async fn rest_reads_the_file_that_somebody_put_there_and_old_users_can_log_in_again() {
    let lab = start(Release::V4_1, Release::V4_2, Form::NewHost).await;
    let [old, new] = [Place::Old, Place::New].map(|place| lab.host(place));
    let kept = ssh_to(old, "sudo -n cat /opt/manager/rest-security.conf").await.stdout;
    let archive = fetched(&lab).await;
    restored(&lab, archive, json!({ "recreate_deployments_envs": true, "force": false })).await;
    until(async || {
        let truth = lab.truth().await;
        let truth = &truth.managers["new"];
        (truth.users.contains("erika") && !truth.is_restoring).then_some(())
    })
    .await;
    assert!(!lab.truth().await.managers["new"].able_to_log_in.contains("erika"));
    let put = format!("printf '%s' '{kept}' | sudo -n tee /opt/manager/rest-security.conf >/dev/null");
    assert_eq!(ssh_to(new, &put).await.code, 0);
    assert_eq!(ssh_to(new, "sudo -n systemctl restart cloudify-restservice").await.code, 0);
    // And the admin, whose hash was made with the other salt, cannot any more (4.4).
    until(async || {
        let able = lab.truth().await.managers["new"].able_to_log_in.clone();
        (able.contains("erika") && !able.contains("admin")).then_some(())
    })
    .await;
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn riemann_that_is_stopped_heals_nothing() {
    let lab = start(Release::V4_2, Release::V4_6, Form::NewHost).await;
    ssh_to(lab.host(Place::Old), "sudo -n systemctl stop cloudify-riemann").await;
    let fault = lab::cloudify::ManagerFault::HealStarts { tenant: "default_tenant".into(), deployment: "web".into() };
    lab.set_fault(lab::cloudify::CloudifyFault::Manager { place: Place::Old, fault }).await.unwrap();
    let archive = fetched(&lab).await;
    restored(&lab, archive, json!({ "recreate_deployments_envs": true, "force": false })).await;
    until_status_by(&lab, "old-secret").await;
    install_agents(&lab, "default_tenant", "web").await;
    assert!(lab.truth().await.duplicated.is_empty());
    // It is started again, and notices at once that its hosts are silent.
    ssh_to(lab.host(Place::Old), "sudo -n systemctl start cloudify-riemann").await;
    until(async || (!lab.truth().await.duplicated.is_empty()).then_some(())).await;
    let truth = lab.truth().await;
    assert!(
        matches!(&truth.violations[..], [EstateViolation::MachineDuplicated { by, .. }] if by == "old"),
        "{truth:?}"
    );
    let path = format!("{}/executions?workflow_id=heal&_all_tenants=true", url(&lab, Place::Old).await);
    assert_eq!(call(Method::GET, &path, "old-secret", None).await.1["items"].as_array().unwrap().len(), 1);
    lab.stop().await.unwrap();
}
