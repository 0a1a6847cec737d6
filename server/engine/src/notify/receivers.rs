//! For tests: a webhook and a mail server that really listen, keep what they have taken, and can be in trouble.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A request that a webhook has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// With small letters.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// A mail as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailed {
    pub to: String,
    pub data: String,
}

impl Mailed {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> String {
        let begins = format!("{name}: ");
        self.data.lines().find_map(|line| line.strip_prefix(&begins)).unwrap_or_default().to_owned()
    }
}

/// How a receiver behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Takes,
    /// Says no, with this status or code.
    Refuses(u16),
    /// Takes the connection, and never says anything.
    Hangs,
    /// Takes the message, and goes away without an answer.
    Dies,
}

/// Listens on a port of its own, also after it was closed.
pub struct Receiver<T> {
    pub address: SocketAddr,
    mood: Arc<Mutex<Mood>>,
    taken: Arc<Mutex<Vec<T>>>,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// What comes in one conversation.
pub trait Message: Clone + Send + 'static {
    /// Takes it from a sender.
    fn converse(
        stream: TcpStream,
        mood: Arc<Mutex<Mood>>,
        taken: Arc<Mutex<Vec<Self>>>,
    ) -> impl Future<Output = std::io::Result<()>> + Send;
}

impl Message for Posted {
    async fn converse(stream: TcpStream, mood: Arc<Mutex<Mood>>, taken: Arc<Mutex<Vec<Self>>>) -> std::io::Result<()> {
        let now = *mood.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stream = BufReader::new(stream);
        if now == Mood::Hangs {
            std::future::pending::<()>().await;
        }
        let mut first = String::new();
        stream.read_line(&mut first).await?;
        assert!(first.starts_with("POST /services/T0KEN-OF-HOOK?key=k3y-of-hook "), "{first}");
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.insert(name.to_lowercase(), value.to_owned());
        }
        let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        let posted = Posted { headers, body: String::from_utf8_lossy(&body).into_owned() };
        let status = match now {
            Mood::Refuses(status) => status,
            Mood::Takes | Mood::Dies | Mood::Hangs => 200,
        };
        if now != Mood::Refuses(status) {
            taken.lock().unwrap_or_else(PoisonError::into_inner).push(posted);
        }
        if now == Mood::Dies {
            return Ok(());
        }
        // As proxies do: it says what it was asked for.
        let said = format!("nothing is known of {}", first.trim_end());
        let answer =
            format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{said}", said.len());
        stream.get_mut().write_all(answer.as_bytes()).await
    }
}

impl Message for Mailed {
    /// RFC 5321, as far as a client needs it.
    async fn converse(stream: TcpStream, mood: Arc<Mutex<Mood>>, taken: Arc<Mutex<Vec<Self>>>) -> std::io::Result<()> {
        let now = *mood.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stream = BufReader::new(stream);
        if now == Mood::Hangs {
            std::future::pending::<()>().await;
        }
        let mut to = String::new();
        let mut is_in = false;
        stream.get_mut().write_all(b"220 mail.test ESMTP\r\n").await?;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let command = line.trim_end();
            let answer = if command.starts_with("EHLO ") {
                "250-mail.test\r\n250-8BITMIME\r\n250 AUTH PLAIN".to_owned()
            } else if let Some(given) = command.strip_prefix("AUTH PLAIN ") {
                is_in = given == LOGIN;
                if is_in { "235 welcome".to_owned() } else { "535 who are you?".to_owned() }
            } else if command.starts_with("MAIL FROM:") {
                if is_in { "250 ok".to_owned() } else { "530 log in first".to_owned() }
            } else if let Some(recipient) = command.strip_prefix("RCPT TO:") {
                to = recipient.trim_matches(['<', '>']).to_owned();
                match now {
                    Mood::Refuses(code) => format!("{code} not now"),
                    Mood::Takes | Mood::Hangs | Mood::Dies => "250 ok".to_owned(),
                }
            } else if command == "DATA" {
                stream.get_mut().write_all(b"354 go on\r\n").await?;
                let data = read_data(&mut stream).await?;
                taken.lock().unwrap_or_else(PoisonError::into_inner).push(Mailed { to: to.clone(), data });
                if now == Mood::Dies {
                    return Ok(());
                }
                "250 taken as 4711".to_owned()
            } else if command == "QUIT" {
                stream.get_mut().write_all(b"221 bye\r\n").await?;
                return Ok(());
            } else {
                "502 what?".to_owned()
            };
            stream.get_mut().write_all(format!("{answer}\r\n").as_bytes()).await?;
        }
    }
}

impl<T: Message> Receiver<T> {
    pub async fn open() -> Self {
        let listening = listener(([127, 0, 0, 1], 0).into()).await;
        let receiver = Self {
            address: listening.local_addr().unwrap(),
            mood: Arc::new(Mutex::new(Mood::Takes)),
            taken: Arc::default(),
            task: Mutex::default(),
        };
        receiver.serve(listening);
        receiver
    }

    /// Listens again where it was.
    pub async fn reopen(&self) {
        self.serve(listener(self.address).await);
    }

    fn serve(&self, listening: TcpListener) {
        let (mood, taken) = (self.mood.clone(), self.taken.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listening.accept().await {
                let (mood, taken) = (mood.clone(), taken.clone());
                tokio::spawn(async move { drop(T::converse(stream, mood, taken).await) });
            }
        });
        *self.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
    }

    /// What it has taken, in order.
    pub fn taken(&self) -> Vec<T> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn be(&self, mood: Mood) {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    /// From now on connections are refused.
    pub async fn close(&self) {
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            task.abort();
            let _ = task.await;
        }
    }

    /// Waits until it has taken so many.
    pub async fn until(&self, count: usize) -> Vec<T> {
        let waiting = async {
            while self.taken().len() < count {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        let came = tokio::time::timeout(std::time::Duration::from_secs(60), waiting).await;
        assert!(came.is_ok(), "{} of {count} came", self.taken().len());
        self.taken()
    }
}

async fn listener(at: SocketAddr) -> TcpListener {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(at).unwrap();
    socket.listen(64).unwrap()
}

pub type Hook = Receiver<Posted>;

impl Hook {
    /// Its address, with a token in it.
    pub fn url(&self) -> String {
        format!("http://{}/services/T0KEN-OF-HOOK?key=k3y-of-hook", self.address)
    }
}

pub type MailBox = Receiver<Mailed>;

/// `\0ada\0mail-pass-MARK` in Base64: the only login it takes.
const LOGIN: &str = "AGFkYQBtYWlsLXBhc3MtTUFSSw==";

async fn read_data(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut data = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || line == ".\r\n" {
            return Ok(data);
        }
        // A dot at the beginning was doubled on the way.
        data.push_str(line.strip_prefix("..").map_or(line.as_str(), |_| &line[1..]));
    }
}
