//! The nouns both halves of Drydock use, and the rules over them.
//!
//! Everything here is data or a pure function of data: no clock, no network, no database. The crate is
//! compiled twice, natively and for the browser, so that the page applies the very fold that the engine applies.
//!
//! Where to look: what is observed ([`inventory`], [`cloudify`], [`cloudstack`], [`open_vstorage`]), what is intended
//! ([`plan`]), who agreed and what they said about it ([`request`], [`policy`], [`comment`]), what happened ([`event`],
//! [`run`], [`evidence`]) and what can be learned from it ([`course`], [`comparison`], [`estimate`], [`trend`],
//! [`search`], [`terminal`]), where one can go ([`landmarks`]), what follows ([`next`]) and what a person may do about it
//! ([`verb`]).

pub mod audit;
pub mod canonical;
pub mod cloudify;
pub mod cloudstack;
pub mod comment;
pub mod comparison;
pub mod connection;
pub mod course;
pub mod environment;
pub mod estimate;
pub mod event;
pub mod evidence;
pub mod export;
pub mod first_use;
pub mod gate;
pub mod grant;
pub mod html;
pub mod id;
pub mod import;
pub mod inventory;
pub mod landmarks;
pub mod next;
pub mod notification;
pub mod observed;
pub mod open_vstorage;
pub mod people;
pub mod picture;
pub mod plan;
pub mod policy;
pub mod precheck;
pub mod printed;
pub mod procedure;
pub mod record;
pub mod refusal;
pub mod rehearsal;
pub mod request;
pub mod run;
pub mod search;
pub mod secret;
pub mod session;
pub mod submission;
pub mod terminal;
pub mod time;
pub mod token;
pub mod trend;
pub mod verb;
pub mod view;
pub mod wait;
pub mod words;
