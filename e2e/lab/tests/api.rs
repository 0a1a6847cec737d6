//! The API is as strict as the real one.

mod support;

use lab::{Aim, Cloud, Fault, ScriptGeneration, Version};
use support::{call, get, job, named, ok, signed, small, start, system_vm, until, until_true};

#[tokio::test]
async fn an_unsigned_call_gets_401_in_json_with_a_date() {
    let lab = small(Version::V4_20).await;
    let url = format!("{}?command=listZones&response=json", lab.api_url());
    let reply = reqwest::get(&url).await.unwrap();
    assert_eq!(reply.status(), 401);
    assert!(reply.headers().contains_key("date"));
    let text = reply.text().await.unwrap();
    assert_eq!(
        text,
        r#"{"listzonesresponse":{"uuidList":[],"errorcode":401,"errortext":"unable to verify user credentials and/or request signature"}}"#
    );
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_signed_post_is_answered_like_a_get() {
    let lab = small(Version::V4_20).await;
    let body = signed(&lab, "listZones", &[]);
    let reply = reqwest::Client::new()
        .post(lab.api_url())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(reply.status(), 200);
    assert!(reply.text().await.unwrap().contains("zone1"));
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn without_response_json_the_answer_is_xml() {
    let lab = small(Version::V4_20).await;
    let url = format!("{}?command=listZones", lab.api_url());
    let text = reqwest::get(&url).await.unwrap().text().await.unwrap();
    assert!(text.starts_with("<?xml"), "{text}");
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn commands_and_parameters_depend_on_the_release() {
    let old = small(Version::V4_15).await;
    let new = small(Version::V4_19).await;
    for command in ["readyForShutdown", "listManagementServers", "patchSystemVm"] {
        assert_eq!(call(&old, command, &[]).await.0, 401, "{command}");
        let (status, _) = call(&old, "listApis", &[("name", command)]).await;
        assert_eq!(status, 530, "{command}");
        let apis = ok(&new, "listApis", &[("name", command)]).await;
        assert_eq!(apis["api"][0]["name"], command);
    }
    // The old release does not know `forced`: it ignores it, and the disk stays (dossier 4.3).
    for (lab, rebuilt) in [(&old, false), (&new, true)] {
        let id = system_vm(lab, "v-2-VM").await["id"].as_str().unwrap().to_owned();
        let job = job(lab, "rebootSystemVm", &[("id", &id), ("forced", "true")]).await;
        assert_eq!(job["jobstatus"], 1);
        let truth = lab.truth().await;
        assert_eq!(truth.vms["v-2-VM"].rebuilt, rebuilt);
        assert_eq!(truth.violations.is_empty(), rebuilt, "{:?}", truth.violations);
    }
    old.stop().await.unwrap();
    new.stop().await.unwrap();
}

#[tokio::test]
async fn wrong_ids_missing_parameters_and_unknown_commands_are_refused_with_their_codes() {
    let lab = small(Version::V4_20).await;
    let (status, body) = call(&lab, "stopSystemVm", &[]).await;
    assert_eq!((status, &body["stopsystemvmresponse"]["cserrorcode"]), (431, &4350.into()));
    assert_eq!(call(&lab, "stopSystemVm", &[("id", "nobody")]).await.0, 431);
    let router = named(&lab, "listRouters", "router", "r-3-VM").await;
    let id = router["id"].as_str().unwrap();
    assert_eq!(call(&lab, "stopSystemVm", &[("id", id)]).await.0, 431);
    assert_eq!(call(&lab, "listFoo", &[]).await.0, 401);
    assert_eq!(call(&lab, "listRouters", &[("page", "1")]).await.0, 431);
    let large = [("page", "1"), ("pagesize", "501")];
    assert_eq!(call(&lab, "listRouters", &large).await.0, 431);
    let (_, empty) = call(&lab, "listRouters", &[("name", "none")]).await;
    assert_eq!(empty.to_string(), r#"{"listroutersresponse":{}}"#);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn routers_of_projects_need_projectid_and_those_of_others_need_listall() {
    let lab = start(Version::V4_20, ScriptGeneration::G2, Cloud::Large).await;
    let count = async |params: &[(&str, &str)]| ok(&lab, "listRouters", params).await["count"].clone();
    assert_eq!(count(&[("listall", "true"), ("projectid", "-1")]).await, 15);
    assert_eq!(count(&[("listall", "true")]).await, 14);
    assert_eq!(count(&[("projectid", "-1")]).await, 1);
    assert_eq!(count(&[]).await, 8);
    let servers = ok(&lab, "listManagementServers", &[]).await;
    assert_eq!(servers["count"], 2);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn the_order_of_job_fields_follows_the_release() {
    let expected = [
        (Version::V4_15, "accountid,userid,cmd,jobstatus,jobprocstatus"),
        (Version::V4_19, "accountid,account,domainid,domainpath,userid"),
        (Version::V4_22, "accountid,account,domainid,domainpath,userid"),
    ];
    for (version, order) in expected {
        let lab = small(version).await;
        let id = system_vm(&lab, "s-1-VM").await["id"].as_str().unwrap().to_owned();
        let jobid = ok(&lab, "stopSystemVm", &[("id", &id)]).await["jobid"].clone();
        let params = [("jobid", jobid.as_str().unwrap())];
        let url = format!("{}?{}", lab.api_url(), signed(&lab, "queryAsyncJobResult", &params));
        let text = reqwest::get(&url).await.unwrap().text().await.unwrap();
        let names: Vec<_> =
            text.split_once(":{").unwrap().1.split(',').map(|field| field.split('"').nth(1).unwrap()).take(5).collect();
        assert_eq!(names.join(","), order);
        let job: serde_json::Value = serde_json::from_str(&text).unwrap();
        let server = &job["queryasyncjobresultresponse"]["managementserverid"];
        assert_eq!(server.is_number(), version == Version::V4_19);
        lab.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_finished_job_carries_an_object_whose_own_status_still_says_running() {
    let lab = small(Version::V4_20).await;
    let id = system_vm(&lab, "s-1-VM").await["id"].as_str().unwrap().to_owned();
    let job = job(&lab, "stopSystemVm", &[("id", &id)]).await;
    assert_eq!(job["jobstatus"], 1);
    assert_eq!(job["jobresult"]["systemvm"]["jobstatus"], 0);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_wrong_clock_refuses_what_has_not_expired_and_shows_in_the_date() {
    let lab = small(Version::V4_20).await;
    lab.set_fault(Fault::ClockOffset { seconds: 86_400 }).await;
    let expires = "2099-01-01T00:00:00Z";
    let params = [("signatureversion", "3"), ("expires", expires)];
    assert_eq!(call(&lab, "listZones", &params).await.0, 200);
    let now = time::OffsetDateTime::now_utc();
    let soon = (now + time::Duration::minutes(10)).format(&time::format_description::well_known::Rfc3339).unwrap();
    let params = [("signatureversion", "3"), ("expires", soon.as_str())];
    assert_eq!(call(&lab, "listZones", &params).await.0, 401);
    let date = date(&lab).await;
    assert!(date > now + time::Duration::hours(23), "{date}");
    lab.clear_faults().await;
    assert_eq!(call(&lab, "listZones", &params).await.0, 200);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn refusals_throttling_and_lost_replies_can_be_ordered() {
    let lab = small(Version::V4_20).await;
    let id = system_vm(&lab, "s-1-VM").await["id"].as_str().unwrap().to_owned();
    lab.set_fault(Fault::Throttled { times: 1 }).await;
    assert_eq!(call(&lab, "listZones", &[]).await.0, 429);
    assert_eq!(call(&lab, "listZones", &[]).await.0, 200);
    let aim = Aim::command("stopSystemVm").times(1);
    lab.set_fault(Fault::SubmitRefused { aim: aim.clone(), code: 503 }).await;
    assert_eq!(call(&lab, "stopSystemVm", &[("id", &id)]).await.0, 503);
    lab.set_fault(Fault::ReplyLost { aim }).await;
    let url = format!("{}?{}", lab.api_url(), signed(&lab, "stopSystemVm", &[("id", &id)]));
    assert!(reqwest::get(&url).await.is_err());
    let truth = until_true(&lab, |truth| truth.vms["s-1-VM"].state == "Stopped").await;
    assert_eq!(truth.vms["s-1-VM"].stops.len(), 1);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn port_8096_opens_and_closes_with_a_service_restart_only() {
    let lab = small(Version::V4_20).await;
    let port = |address: String| format!("http://{address}:8096/?command=listZones&response=json");
    let urls = [port(lab.integration_address()), port(lab.other_address())];
    for (value, open) in [("8096", true), ("0", false)] {
        let params = [("name", "integration.api.port"), ("value", value)];
        ok(&lab, "updateConfiguration", &params).await;
        for url in &urls {
            assert_eq!(reqwest::get(url).await.is_ok(), !open, "before the restart");
        }
        lab.restart_service(0).await;
        until(async || (call_quietly(&lab).await == Some(200)).then_some(())).await;
        for url in &urls {
            assert_eq!(reqwest::get(url).await.is_ok(), open, "after the restart");
        }
        if open {
            let unknown = get(&urls[0].replace("listZones", "listFoo")).await;
            assert_eq!(unknown.0, 432);
            assert!(unknown.1["errorresponse"].is_object());
        }
    }
    let truth = lab.truth().await;
    assert_eq!(truth.service_restarts["mgmt1"], 2);
    assert_eq!(truth.port_8096_intervals.len(), 1);
    assert!(!truth.port_8096_open);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn enforced_timestamps_hold_from_the_next_restart_on_and_demand_post_for_changes() {
    let lab = small(Version::V4_22).await;
    let id = system_vm(&lab, "s-1-VM").await["id"].as_str().unwrap().to_owned();
    let setting = ("name", "enforce.post.requests.and.timestamps");
    ok(&lab, "updateConfiguration", &[setting, ("value", "true")]).await;
    assert_eq!(call(&lab, "listZones", &[]).await.0, 200, "not yet in force");
    lab.restart_service(0).await;
    let soon = (time::OffsetDateTime::now_utc() + time::Duration::minutes(10))
        .format(&time::format_description::well_known::Rfc3339)
        .unwrap();
    let dated = [("signatureversion", "3"), ("expires", soon.as_str())];
    let zones = format!("{}?{}", lab.api_url(), signed(&lab, "listZones", &dated));
    until(async || (reqwest::get(&zones).await.ok()?.status() == 200).then_some(())).await;
    assert_eq!(call(&lab, "listZones", &[]).await.0, 401);
    let [version, expires] = dated;
    let stop = signed(&lab, "stopSystemVm", &[version, expires, ("id", &id)]);
    assert_eq!(get(&format!("{}?{stop}", lab.api_url())).await.0, 405);
    let posted = reqwest::Client::new().post(lab.api_url()).body(stop).send().await.unwrap();
    assert_eq!(posted.status(), 200);
    lab.stop().await.unwrap();
}

async fn call_quietly(lab: &lab::Lab) -> Option<u16> {
    let url = format!("{}?{}", lab.api_url(), signed(lab, "listZones", &[]));
    Some(reqwest::get(&url).await.ok()?.status().as_u16())
}

/// What the server's clock shows.
async fn date(lab: &lab::Lab) -> time::OffsetDateTime {
    let reply = reqwest::get(lab.api_url()).await.expect("an answer");
    let text = reply.headers()["date"].to_str().expect("text");
    let format = time::format_description::well_known::Rfc2822;
    time::OffsetDateTime::parse(&text.replace("GMT", "+0000"), &format).expect("a date")
}
