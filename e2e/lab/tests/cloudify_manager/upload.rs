//! Archives on their way (2.2, 6.4).

use lab::cloudify::{Estate, Release};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::{manager, manager_with, pair, send};

#[tokio::test]
async fn what_is_uploaded_comes_back_byte_by_byte() {
    let (manager, admin) = manager(Release::V4_2).await;
    let odd: Vec<u8> = (0..3_000_001_u32).map(|place| if place % 9000 < 5000 { 0 } else { place as u8 }).collect();
    let answer = admin.upload("s", odd.clone()).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.ok()["status"], "uploaded");
    assert!(admin.download("s").await == odd);
    assert_eq!(admin.upload("s", odd).await.error(), (409, "conflict_error"));
    manager.stop().await;
}

#[tokio::test]
async fn a_download_says_how_long_it_is_and_what_it_is_called() {
    let (manager, admin) = manager(Release::V4_2).await;
    admin.snapshot("s").await;
    let response = admin.request(Method::GET, "/snapshots/s/archive").send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/octet-stream");
    assert_eq!(response.headers()["content-disposition"], "attachment; filename=s.zip");
    assert_eq!(response.content_length(), manager.truth().snapshots[0].length);
    assert_eq!(response.bytes().await.unwrap().len() as u64, manager.truth().snapshots[0].length.unwrap());
    manager.stop().await;
}

#[tokio::test]
async fn a_chunked_upload_is_taken_whole() {
    let pair = pair(Release::V4_2, Release::V4_2).await;
    pair.old_admin.snapshot("s").await;
    let archive = pair.old_admin.download("s").await;
    let built = pair.new_admin.request(Method::PUT, "/snapshots/s/archive").build().unwrap();
    let login = built.headers()["authorization"].to_str().unwrap().to_owned();
    let mut line = TcpStream::connect(pair.new.address()).await.unwrap();
    let head = format!(
        "PUT /api/v3.1/snapshots/s/archive HTTP/1.1\r\nHost: x\r\nAuthorization: {login}\r\nTenant: default_tenant\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    );
    line.write_all(head.as_bytes()).await.unwrap();
    for piece in archive.chunks(10_007) {
        line.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await.unwrap();
        line.write_all(piece).await.unwrap();
        line.write_all(b"\r\n").await.unwrap();
    }
    line.write_all(b"0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    line.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert!(pair.new_admin.download("s").await == archive);
    pair.stop().await;
}

#[tokio::test]
async fn an_empty_upload_burns_its_id() {
    let (manager, admin) = manager(Release::V4_2).await;
    assert_eq!(admin.upload("s", Vec::new()).await.error(), (500, "internal_server_error"));
    assert_eq!(admin.upload("s", vec![1]).await.error(), (409, "conflict_error"));
    assert_eq!(manager.truth().snapshots[0].length, None);
    manager.stop().await;
}

#[tokio::test]
async fn what_is_no_zip_is_taken_and_fails_when_it_is_restored() {
    let pair = pair(Release::V4_2, Release::V4_2).await;
    pair.old_admin.snapshot("upgrade").await;
    let mut archive = pair.old_admin.download("upgrade").await;
    archive.truncate(archive.len() * 2 / 5);
    pair.new_admin.upload("upgrade", archive).await.ok();
    let (status, error) = pair.restore(&json!({ "recreate_deployments_envs": true })).await;
    assert_eq!((status.as_str(), error.as_str()), ("failed", "File is not a zip file"));
    assert!(pair.new.truth().deployments.is_empty());
    pair.stop().await;
}

#[tokio::test]
async fn a_large_snapshot_is_streamed_and_not_held() {
    let change = |config: &mut lab::cloudify::ManagerConfig| config.payload = 200 << 20;
    let (manager, admin) = manager_with(&Estate::new(), "manager", Release::V4_2, change).await;
    admin.snapshot("s").await;
    let mut response = admin.request(Method::GET, "/snapshots/s/archive").send().await.unwrap();
    let expected = response.content_length();
    let mut length = 0;
    while let Some(piece) = response.chunk().await.unwrap() {
        length += piece.len() as u64;
    }
    assert!(length > 200 << 20);
    assert_eq!(Some(length), expected);
    manager.stop().await;
}

#[tokio::test]
async fn nothing_is_fetched_from_elsewhere() {
    let (manager, admin) = manager(Release::V4_2).await;
    let path = "/snapshots/s/archive?snapshot_archive_url=http://127.0.0.1:1/s.zip";
    assert_eq!(send(admin.request(Method::PUT, path)).await.error(), (400, "bad_parameters_error"));
    assert!(manager.truth().snapshots.is_empty());
    manager.stop().await;
}
