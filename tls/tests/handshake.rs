//! Handshakes in memory: which key exchange a client and a server agree on, and what a bad share does.
#![expect(clippy::unwrap_used, reason = "a handshake that cannot be set up has failed")]

use std::io::Cursor;
use std::sync::Arc;

use amanah_tls::{X25519MLKEM768, provider};
use rcgen::CertifiedKey;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{PrivatePkcs8KeyDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, Connection, Error, HandshakeKind, NamedGroup, RootCertStore, ServerConfig,
};
use rustls::{PeerMisbehaved, ProtocolVersion, ServerConnection, SupportedProtocolVersion};

type Pair = (ClientConnection, ServerConnection);

fn pair(client: CryptoProvider, server: CryptoProvider, version: &'static SupportedProtocolVersion) -> Pair {
    let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(["relay".to_owned()]).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(Arc::new(client))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
    let server = ServerConfig::builder_with_provider(Arc::new(server))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key.into())
        .unwrap();
    let client = ClientConnection::new(Arc::new(client), ServerName::try_from("relay").unwrap()).unwrap();
    (client, ServerConnection::new(Arc::new(server)).unwrap())
}

/// Carries everything that one side has to say to the other, changed on the way.
fn carry(from: &mut Connection, to: &mut Connection, change: &dyn Fn(&mut Vec<u8>)) -> Result<(), Error> {
    let mut bytes = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut bytes).unwrap();
    }
    change(&mut bytes);
    let mut bytes = Cursor::new(bytes);
    while usize::try_from(bytes.position()).unwrap() < bytes.get_ref().len() {
        to.read_tls(&mut bytes).unwrap();
        to.process_new_packets()?;
    }
    Ok(())
}

/// Shakes hands, and gives both sides, or the first error.
fn shake((client, server): Pair) -> Result<[Connection; 2], Error> {
    let (mut client, mut server) = (Connection::from(client), Connection::from(server));
    while client.is_handshaking() || server.is_handshaking() {
        carry(&mut client, &mut server, &|_| ())?;
        carry(&mut server, &mut client, &|_| ())?;
    }
    Ok([client, server])
}

fn ring_with(wanted: &[NamedGroup]) -> CryptoProvider {
    let mut ring = rustls::crypto::ring::default_provider();
    ring.kx_groups.retain(|group| wanted.contains(&group.name()));
    ring
}

fn agreed(pair: Pair) -> (NamedGroup, HandshakeKind) {
    let sides = shake(pair).unwrap();
    let [client, server] = sides.map(|side| {
        assert_eq!(side.protocol_version(), Some(ProtocolVersion::TLSv1_3));
        (side.negotiated_key_exchange_group().unwrap().name(), side.handshake_kind().unwrap())
    });
    assert_eq!(client, server);
    client
}

#[test]
fn two_that_know_it_agree_on_the_hybrid_group_at_once() {
    let agreed = agreed(pair(provider(), provider(), &rustls::version::TLS13));
    assert_eq!(agreed, (NamedGroup::X25519MLKEM768, HandshakeKind::Full), "without a second question");
}

#[test]
fn whoever_does_not_know_it_gets_plain_x25519() {
    let plain = || ring_with(&[NamedGroup::X25519]);
    let (group, _) = agreed(pair(plain(), provider(), &rustls::version::TLS13));
    assert_eq!(group, NamedGroup::X25519);
    let (group, _) = agreed(pair(provider(), plain(), &rustls::version::TLS13));
    assert_eq!(group, NamedGroup::X25519);
    let (group, _) = agreed(pair(ring_with(&[NamedGroup::secp256r1]), provider(), &rustls::version::TLS13));
    assert_eq!(group, NamedGroup::secp256r1);
}

#[test]
fn tls_1_2_is_refused() {
    let refused = shake(pair(provider(), provider(), &rustls::version::TLS12)).map(drop).unwrap_err();
    assert!(matches!(refused, Error::PeerIncompatible(_)), "{refused:?}");
}

#[test]
fn the_hybrid_group_is_never_used_below_tls_1_3() {
    assert!(!X25519MLKEM768.usable_for_version(ProtocolVersion::TLSv1_2));
    assert!(X25519MLKEM768.usable_for_version(ProtocolVersion::TLSv1_3));
    assert_eq!(provider().kx_groups.first().unwrap().name(), NamedGroup::X25519MLKEM768);
}

/// Lengths of draft-ietf-tls-ecdhe-mlkem: encapsulation key or ciphertext first, then the X25519 share.
const CLIENT_SHARE: usize = 1184 + 32;
const SERVER_SHARE: usize = 1088 + 32;

#[test]
fn both_sides_derive_the_same_64_bytes_and_others_each_time() {
    let exchange = || {
        let active = X25519MLKEM768.start().unwrap();
        assert_eq!(active.pub_key().len(), CLIENT_SHARE);
        let completed = X25519MLKEM768.start_and_complete(active.pub_key()).unwrap();
        assert_eq!(completed.pub_key.len(), SERVER_SHARE);
        let secret = active.complete(&completed.pub_key).unwrap();
        assert_eq!(secret.secret_bytes(), completed.secret.secret_bytes());
        secret.secret_bytes().to_vec()
    };
    let (one, two) = (exchange(), exchange());
    assert_eq!(one.len(), 64);
    // The ML-KEM half comes first; both halves are fresh.
    assert!(one[..32] != two[..32] && one[32..] != two[32..] && one[..32] != one[32..]);
}

#[test]
fn a_share_of_another_length_is_refused() {
    let misbehaved = Error::PeerMisbehaved(PeerMisbehaved::InvalidKeyShare);
    let active = || X25519MLKEM768.start().unwrap();
    let share = active().pub_key().to_vec();
    let answer = X25519MLKEM768.start_and_complete(&share).unwrap().pub_key;
    for length in [0, 1, 31, 32, 1184, CLIENT_SHARE - 1, CLIENT_SHARE + 1] {
        let wrong: Vec<u8> = share.iter().chain(&share).take(length).copied().collect();
        assert_eq!(X25519MLKEM768.start_and_complete(&wrong).map(drop).unwrap_err(), misbehaved, "{length}");
    }
    for length in [0, 1, 31, 32, 1088, SERVER_SHARE - 1, SERVER_SHARE + 1] {
        let wrong: Vec<u8> = answer.iter().chain(&answer).take(length).copied().collect();
        assert_eq!(active().complete(&wrong).map(drop).unwrap_err(), misbehaved, "{length}");
    }
}

#[test]
fn a_key_that_is_none_and_a_point_of_small_order_are_refused() {
    let share = X25519MLKEM768.start().unwrap().pub_key().to_vec();
    // FIPS 203 §7.2: a coefficient of q or more is no encapsulation key.
    let mut no_key = share.clone();
    no_key[..1152].fill(0xff);
    assert!(X25519MLKEM768.start_and_complete(&no_key).is_err());
    let mut zero = share.clone();
    zero[1184..].fill(0);
    assert!(X25519MLKEM768.start_and_complete(&zero).is_err());
    let active = X25519MLKEM768.start().unwrap();
    let mut answer = X25519MLKEM768.start_and_complete(active.pub_key()).unwrap().pub_key;
    answer[1088..].fill(0);
    assert!(active.complete(&answer).is_err());
}

#[test]
fn an_altered_ciphertext_gives_another_secret_and_no_handshake() {
    let active = X25519MLKEM768.start().unwrap();
    let completed = X25519MLKEM768.start_and_complete(active.pub_key()).unwrap();
    let mut answer = completed.pub_key;
    answer[0] ^= 1;
    let secret = active.complete(&answer).unwrap();
    let (ours, theirs) = (secret.secret_bytes(), completed.secret.secret_bytes());
    assert!(ours[..32] != theirs[..32] && ours[32..] == theirs[32..], "implicit rejection (FIPS 203 §6.3)");

    let (client, server) = pair(provider(), provider(), &rustls::version::TLS13);
    let (mut client, mut server) = (Connection::from(client), Connection::from(server));
    carry(&mut client, &mut server, &|_| ()).unwrap();
    let share = |bytes: &mut Vec<u8>| {
        // Group 0x11ec, then the length of the server's share.
        let at = bytes.windows(4).position(|window| window == [0x11, 0xec, 0x04, 0x60]).unwrap();
        bytes[at + 4] ^= 1;
    };
    assert_eq!(carry(&mut server, &mut client, &share), Err(Error::DecryptError));
}
