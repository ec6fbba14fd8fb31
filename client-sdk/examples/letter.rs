//! The shortest client: joins by an invitation link, consents, writes one letter and reads the thread.
//!
//! `cargo run -p amanah-client-sdk --example letter -- 'https://localhost:8443/join#…' relay-certificate.pem`
//!
//! `cargo xtask demo` leaves a relay running and prints such a link. Standard input gives three lines: a handle, a
//! passphrase, the letter.
#![expect(clippy::print_stdout, reason = "an example speaks to the person who runs it")]
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a program at the edge reads clock and randomness"
)]

use std::error::Error;
use std::io::{BufRead, stdin};
use std::time::{SystemTime, UNIX_EPOCH};

use amanah_client_sdk::account::{Account, Environment, Issued};
use amanah_client_sdk::http::HttpTransport;
use amanah_client_sdk::invitation::Invitation;
use amanah_client_sdk::protocol::centre::Role;
use amanah_client_sdk::protocol::ids::{Handle, Timestamp};
use amanah_client_sdk::transport::Clock;
use amanah_client_sdk::{Passphrase, fingerprint};
use getrandom::SysRng;
use rand_core::UnwrapErr;

struct Wall;

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(u64::try_from(since.as_millis()).unwrap_or_default())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let invitation: Invitation = arguments.next().ok_or("the invitation link is missing")?.parse()?;
    let certificate = std::fs::read(arguments.next().ok_or("the relay's certificate is missing")?)?;
    let mut lines = stdin().lock().lines();
    let mut line = move || lines.next().unwrap_or_else(|| Ok(String::new()));
    let handle: Handle = line()?.parse()?;
    let passphrase = Passphrase::new(line()?)?;
    let letter = line()?;

    // the hybrid key exchange, for every connection of this process
    let _first = rustls::crypto::CryptoProvider::install_default(amanah_tls::provider());
    let client = reqwest::Client::builder().tls_certs_only([reqwest::Certificate::from_pem(&certificate)?]).build()?;
    let mut environment =
        Environment { transport: HttpTransport::new(client, &invitation.relay), clock: Wall, rng: UnwrapErr(SysRng) };
    let issued = Issued::generate(&mut environment.rng, false);
    println!("Keep this recovery code: {}", *issued.recovery.to_text());
    let mut account = Account::register(environment, invitation.centre, &handle, &passphrase, &issued).await?;

    let counsellors = account.centre().staff(Role::Counsellor, Wall.now());
    let counsellor = counsellors.first().ok_or("nobody is appointed yet")?.body().clone();
    println!("Writing to {} ({})", counsellor.name, fingerprint::words(&counsellor.account));
    let granted = account.grant(counsellor.account, &account.terms("en")?).await?;
    let session = account.open_session(granted, counsellor.account).await?;
    let draft = account.draft(letter, None)?;
    account.send(session, &draft).await?;

    for letter in account.sync(session).await?.letters() {
        println!("{}", letter.words().unwrap_or("(cannot be opened)"));
    }
    account.sign_out().await?;
    Ok(())
}
