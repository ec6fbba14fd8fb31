//! Every structure against its bytes, and everything that is nearly those bytes refused (docs/protocol.md §2.3).
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use amanah_protocol::account::{SuccessionGround, vault_hash};
use amanah_protocol::card::{Card, UnverifiedCard};
use amanah_protocol::cbor::{ParseError, Structure};
use amanah_protocol::centre::{Appointment, Role, Root, SignedRoot, UnverifiedRoot};
use amanah_protocol::consent::Purpose;
use amanah_protocol::erasure::Basis;
use amanah_protocol::escrow::{GroundCode, MAX_TRUSTEES, share_commitment};
use amanah_protocol::hash::{of_bytes, tagged};
use amanah_protocol::ids::Timestamp;
use amanah_protocol::letter::{MAX_PADDED, TAG_LENGTH, Transcript};
use amanah_protocol::log::Salt;
use amanah_protocol::manifest::{
    Capabilities, Deposit, Escrow, MAX_MEMBERS, Manifest, Member, Reason, RefusalCode, Trustee, WRAP_LENGTH,
};
use amanah_protocol::record::{Entry, EscrowUpload, Kind, LetterUpload, ManifestUpload, Page, RecordMark};
use amanah_protocol::release::{
    Approval, Justification, MAX_EPOCHS, MAX_JUSTIFICATION, Outcome, Request, reseal_context,
};
use amanah_protocol::signature::{SIGNATURE_OVERHEAD, Signed, Unverified};
use amanah_protocol::statement::Receipt;
use common::samples::{self, SESSION};
use common::spelling::{other_spellings, spell, with_lying_lengths, with_surplus, with_version, without_last};
use common::{Key, chained_wire, hash, wire};

/// The value has these bytes and this hash, and nothing like these bytes is read.
fn spelled<T: Structure + PartialEq + std::fmt::Debug>(value: &T, bytes: &str, hash: &str) {
    let bytes = spell(bytes);
    assert_eq!(hex::encode(value.to_bytes()), hex::encode(&bytes));
    assert_eq!(T::parse(&bytes).as_ref(), Ok(value));
    assert_eq!(value.hash().to_string(), hash);

    for end in 0..bytes.len() {
        assert_eq!(T::parse(&bytes[..end]), Err(ParseError::Malformed), "the first {end} bytes");
    }
    for surplus in [0x00, 0xf6, 0xff] {
        assert!(T::parse(&[&bytes[..], &[surplus]].concat()).is_err(), "{surplus:02x} after the end");
    }
    for (name, other) in other_spellings(&bytes) {
        assert!(T::parse(&other).is_err(), "{name}: {}", hex::encode(other));
    }
    for (name, other) in with_surplus(&bytes) {
        // one more number in a list of numbers is another value
        let refused = T::parse(&other).ok().is_none_or(|read| read != *value && read.to_bytes() == other);
        assert!(refused, "{name}: {}", hex::encode(other));
    }
    for (name, other) in with_lying_lengths(&bytes) {
        assert!(T::parse(&other).is_err(), "{name}");
    }
    assert_eq!(T::parse(&without_last(&bytes)), Err(ParseError::Malformed));
    for version in (0..=255).filter(|version| *version != 1) {
        assert_eq!(T::parse(&with_version(&bytes, version)), Err(ParseError::Malformed), "version {version}");
    }
    assert_eq!(T::parse(&vec![0x81; T::MAX]).unwrap_err(), ParseError::Malformed);
    assert_eq!(T::parse(&vec![0x81; T::MAX + 1]).unwrap_err(), ParseError::TooLarge);
}

#[test]
fn a_first_card() {
    let bytes = "
        87                    # version and six fields
        01                    # version
        f6                    # account: null, because this card's hash is the account
        01                    # number
        5820 11*32            # verifying key
        5904c0 22*1216        # X-Wing key
        f6                    # previous: null
        1b 0000019b76daa800   # created: 2026-01-01T00:00:00Z";
    spelled(&samples::first_card(), bytes, "3a6fdeae89b42979748c434801c74cc2b1fc3ce8ec81d5569c10ccfa98c99218");
}

#[test]
fn a_next_card() {
    let bytes = "
        87                    # version and six fields
        01                    # version
        5820 a1*32            # account
        02                    # number
        5820 11*32            # verifying key
        5904c0 22*1216        # X-Wing key
        5820 d1*32            # previous card
        1b 0000019b76daa800   # created";
    spelled(&samples::next_card(), bytes, "547fa2c886aab4acd5a57cd8737ffbb7bf78442504a1b94c759f9476f4e145f3");
}

#[test]
fn a_first_root() {
    let bytes = "
        84                    # version and three fields
        01                    # version
        01                    # number
        5820 11*32            # verifying key
        f6                    # previous: null";
    spelled(&samples::first_root(), bytes, "8e8eec0f7f4c2d4868f25d58f9b74d7744694873e629d270c0957595f2fab727");
}

#[test]
fn a_next_root() {
    let bytes = "
        84                    # version and three fields
        01                    # version
        02                    # number
        5820 11*32            # verifying key
        5820 b1*32            # previous root";
    spelled(&samples::next_root(), bytes, "3758ca284ad7f112594c4534ee61f78e33ef6f2d881508c2d95b1d66b2b2d36e");
}

#[test]
fn a_relay_certificate() {
    let bytes = "
        85                    # version and four fields
        01                    # version
        5820 c0*32            # centre
        5820 11*32            # the relay's verifying key
        1b 0000019b76daa800   # from: 2026-01-01T00:00:00Z
        1b 000001a2ce8bd400   # until: 2027-01-01T00:00:00Z";
    spelled(&samples::relay_certificate(), bytes, "fb68f32926d7cc9ef0cc27d3a332a50f9a257c8675ed284e9b359348658945cf");
}

#[test]
fn an_appointment() {
    let bytes = r#"
        88                                  # version and seven fields
        01                                  # version
        5820 c0*32                          # centre
        5820 a2*32                          # account
        02                                  # role: counsellor
        64 "Sari"                           # name
        85                                  # licence, five fields
            66 "SIPP-1"                     # number
            66 "HIMPSI"                     # board
            62 "ID"                         # jurisdiction
            75 "https://example.org/1"      # link
            1b 000001a2ce8bd400             # expires
        1b 0000019b76daa800                 # from
        1b 000001a2ce8bd400                 # until"#;
    spelled(&samples::appointment(), bytes, "2cc5d315383e4a786587bf499ad2e4c46e72bb0ebdaa00e0de2231d9669a69d8");
}

#[test]
fn an_appointment_without_licence() {
    let appointment = Appointment { licence: None, ..samples::appointment() };
    let bytes = r#"
        88                    # version and seven fields
        01                    # version
        5820 c0*32            # centre
        5820 a2*32            # account
        02                    # role: counsellor
        64 "Sari"             # name
        f6                    # licence: null
        1b 0000019b76daa800   # from
        1b 000001a2ce8bd400   # until"#;
    spelled(&appointment, bytes, "24e78f57c2a1d3a9b904a2497da39b0830e3d87ed9c5c081e0cc7a9983485061");
}

#[test]
fn a_dismissal() {
    let bytes = "
        84                    # version and three fields
        01                    # version
        5820 c0*32            # centre
        5820 e3*32            # appointment
        1b 0000019b76daa800   # from";
    spelled(&samples::dismissal(), bytes, "8734fa72fe568ab4c8a14ecc13c1327537dc9b92526100d24bccddd2958e7903");
}

#[test]
fn a_tombstone() {
    let bytes = "
        85                    # version and four fields
        01                    # version
        5820 c0*32            # centre
        50 72*16              # session
        02                    # basis: the time is over
        1b 0000019b76daa800   # time";
    spelled(&samples::tombstone(), bytes, "1c9c2448b806b06fa21a2c4840fc0cc4ccefce8cbaf43da261a0b3616070d2c9");
}

#[test]
fn a_consent_document() {
    let bytes = r#"
        88                    # version and seven fields
        01                    # version
        5820 c0*32            # centre
        01                    # number
        81                    # one wording
            87                # seven fields
            62 "id"           # locale
            64 "data"         # data
            63 "hak"          # rights
            63 "jam"          # hours
            66 "kontak"       # contacts
            67 "keluhan"      # complaint
            5820 e4*32        # SHA-256 of the full text
        82 01 03              # purposes: counselling, supervision
        82 190721 190e42      # kept for 1825 to 3650 days
        f6                    # escrow policy: null
        181e                  # 30 days of grace"#;
    spelled(&samples::document(), bytes, "45841e2e5c581683092b5bc01c683ecbd0ff992d6d3130f1de8497045823819c");
}

#[test]
fn a_grant() {
    let bytes = r#"
        8b                    # version and ten fields
        01                    # version
        5820 e5*32            # document
        5820 a1*32            # client
        50 71*16              # case
        82                    # two permissions
            82 01 5820 a2*32  # counselling by the counsellor
            82 07 f6          # escrow
        5820 e6*32            # escrow policy
        62 "id"               # locale
        1b 0000019b76daa800   # issued
        1b 000001a2ce8bd400   # expires
        5820 e1*32            # previous grant
        5820 a5*32            # guardian"#;
    spelled(&samples::grant(), bytes, "5105b105c7058e74548cd89ddd9188decce1e1bb968c6392d882f78460771522");
}

#[test]
fn a_guardianship() {
    let bytes = "
        87                    # version and six fields
        01                    # version
        5820 c0*32            # centre
        50 71*16              # case
        5820 a1*32            # the minor
        5820 a5*32            # the guardian
        5820 a2*32            # who checked
        1b 0000019b76daa800   # time";
    spelled(&samples::guardianship(), bytes, "699993f773266b72b6e8d4987c2833a3d9e07944d57e36bbed28c2effc0ddc13");
}

#[test]
fn a_revocation() {
    let bytes = "
        84                    # version and three fields
        01                    # version
        5820 e1*32            # grant
        81 01                 # purposes: counselling
        1b 0000019b76daa800   # issued";
    spelled(&samples::revocation(), bytes, "78c007e7f33c3c16eb0d7c804ef797c000b039512df570993f217f7f14eb061b");
}

#[test]
fn the_outline_of_a_first_epoch() {
    let bytes = "
        8b                    # version and ten fields
        01                    # version
        50 71*16              # case
        50 72*16              # session
        00                    # epoch
        f6                    # previous manifest: null
        f6                    # transcript: null
        82                    # two members
            85                # five fields
            5820 a1*32        # account
            5820 d1*32        # card
            01                # role: client
            03                # may write and manage
            5820 e1*32        # grant
            85                # five fields
            5820 a2*32        # account
            5820 d2*32        # card
            02                # role: counsellor
            01                # may write
            f6                # grant: null
        f6                    # escrow: null
        01                    # reason: opened
        5820 a1*32            # author
        1b 0000019b76daa800   # created";
    spelled(&samples::opening_outline(), bytes, "3c81095b3f6840dbeabe6e29078ff3126cf27f6e1cee9821fb6a942feb13701a");
}

#[test]
fn a_manifest() {
    let bytes = "
        85                        # version and four fields
        01                        # version
        8b                        # outline: version and ten fields
            01                    # version
            50 71*16              # case
            50 72*16              # session
            01                    # epoch
            5820 e2*32            # previous manifest
            82 02 5820 e7*32      # transcript: two letters and their head
            82                    # two members
                85 5820 a1*32 5820 d1*32 01 03 5820 e1*32
                85 5820 a2*32 5820 d2*32 02 01 f6
            83                    # escrow
                5820 e6*32        # policy
                01                # threshold
                81                # one trustee: number, account, card
                    83 01 5820 a3*32 5820 d3*32
            02                    # reason: members
            5820 a1*32            # author
            1b 0000019b76daa800   # created
        5820 e8*32                # commitment
        82                        # SHA-256 of two wraps
            5820 f1*32
            5820 f2*32
        81                        # one deposit: commitment to the share, SHA-256 of the seal
            82 5820 f3*32 5820 f4*32";
    spelled(&samples::manifest(), bytes, "96b44f026d4fb4c6f2fff716284e7866d86e2aea724b2945c529f57647fc6158");
}

#[test]
fn an_acceptance() {
    let bytes = "
        86                    # version and five fields
        01                    # version
        50 72*16              # session
        5820 e2*32            # manifest
        5820 a2*32            # account
        5820 d2*32            # card
        1b 0000019b76daa800   # time";
    spelled(&samples::acceptance(), bytes, "0388f08146dbf24447587f539b274778c68b1c08f0a5457a9420649be873acd1");
}

#[test]
fn a_refusal() {
    let bytes = "
        87                    # version and six fields
        01                    # version
        50 72*16              # session
        5820 e2*32            # manifest
        5820 a2*32            # account
        04                    # code: another member's wrap
        00                    # index
        1b 0000019b76daa800   # time";
    spelled(&samples::refusal(), bytes, "4ea718d69298aec5b30ec3f4c85849885519a8e03cb53b3c4185ea328dbfda55");
}

#[test]
fn a_history() {
    let outline = "
        89                    # version and eight fields
        01                    # version
        50 72*16              # session
        5820 e2*32            # manifest
        5820 a2*32            # to
        5820 d2*32            # card
        5820 e4*32            # grant
        82 5820 ea*32 5820 e9*32 # two epochs, oldest first
        5820 a1*32            # author
        1b 0000019b76daa800   # time";
    let context = "2a62062edd7023ec12f170c6e21c82dc630a4537a146849667a5d019a6b0d8a5";
    spelled(&samples::history_outline(), outline, context);
    let bytes = format!(
        "
        83                    # version and two fields
        01                    # version
        {outline}
        5820 ec*32            # SHA-256 of the bundle"
    );
    spelled(&samples::history(), &bytes, "705ebfa7576007c6e9bb30a5def68d7633a100c5b301ad27b4be87570b10660e");
}

#[test]
fn a_history_upload() {
    let bytes = "
        83                       # version and two fields
        01                       # version
        43 0b*3                  # the signed history
        5819 0c*25               # the bundle";
    spelled(&samples::history_upload(), bytes, "2d84bcb07b9fb5a86818141e54c039e3248a0d7f4e7dc6b5cdc2a62653cf20e7");
}

#[test]
fn a_letter_header() {
    let bytes = "
        8b                    # version and ten fields
        01                    # version
        50 72*16              # session
        01                    # epoch
        5820 e2*32            # manifest
        5820 a1*32            # sender
        5820 d1*32            # card
        50 73*16              # id
        01                    # sequence
        5820 e9*32            # the sender's letter before
        f6                    # seen: null
        5820 ea*32            # salt";
    spelled(&samples::letter_header(), bytes, "490a91aca01fe3e13037e6ec9475a51ef85e96b7c90761254d54c8685f1ad944");
}

#[test]
fn a_letter() {
    let bytes = "
        84                    # version and three fields
        01                    # version
        8b                    # header
            01 50 72*16 01 5820 e2*32 5820 a1*32 5820 d1*32 50 73*16 01 5820 e9*32 f6 5820 ea*32
        5820 eb*32            # commitment
        5820 ec*32            # SHA-256 of the ciphertext";
    spelled(&samples::letter(), bytes, "aa20c21ba0795ee1577f42b6b7849a708625eed383324ff6b059f493d450695d");
}

#[test]
fn a_head_statement() {
    let bytes = "
        86                    # version and five fields
        01                    # version
        50 72*16              # session
        5820 e2*32            # manifest
        19012c                # position: 300
        82 02 5820 e7*32      # transcript: two letters and their head
        1b 0000019b76daa800   # time";
    spelled(&samples::head_statement(), bytes, "4cb8bffd28b02a9c71d6c3939c053d4ed514cc9edaf520dce65c914595b4d038");
}

#[test]
fn an_absence() {
    let bytes = "
        87                    # version and six fields
        01                    # version
        5820 c0*32            # centre
        5820 a2*32            # account
        1b 0000019b76daa800   # from: 2026-01-01T00:00:00Z
        1b 000001a2ce8bd400   # until: 2027-01-01T00:00:00Z
        67 696e204a756c79     # note: in July
        1b 0000019b76daa800   # time";
    spelled(&samples::absence(), bytes, "a388570155d4a8e8be45a96fc9ce7b46d128e10c80f56a47e1bdf8fb407c1009");
}

#[test]
fn a_web_bundle() {
    let bytes = "
        84                    # version and three fields
        01                    # version
        5820 c0*32            # centre
        5820 b4*32            # SHA-256 of the manifest
        1b 0000019b76daa800   # time";
    spelled(&samples::web_bundle(), bytes, "36546b2b5e14f76d0a987e46b35f1f2b6b679a2266dbbec048d29f48cf6a0362");
}

#[test]
fn a_receipt() {
    let bytes = "
        85                    # version and four fields
        01                    # version
        5820 ed*32            # letter
        19012d                # position: 301
        50 5a*16              # salt
        1b 0000019b76daa800   # time";
    spelled(&samples::receipt(), bytes, "b030774412b76a84ff5992dae41746935a986cefb0612a96b3cd77cae0598b7d");
}

#[test]
fn an_attestation() {
    let bytes = "
        86                    # version and five fields
        01                    # version
        5820 c0*32            # centre
        5820 a2*32            # auditor
        5820 d2*32            # card
        5820 f1*32            # report
        1b 0000019b76daa800   # time";
    spelled(&samples::attestation(), bytes, "98cab9148ea88f862ec6db4b1f5cfd659bb215d87342ea6787b745e05cba8517");
}

#[test]
fn a_signed_report() {
    let bytes = "
        86                    # version and five fields
        01                    # version
        43 0a*3               # report
        42 0b*2               # attestation
        82 41 0c 40           # roots
        44 0d*4               # appointment
        81 42 0e*2            # cards";
    spelled(&samples::signed_report(), bytes, "5ade12cd8ec04640619e0fb5b1a0de138c77b87ce90220b2cb205c7e54c9671d");
}

#[test]
fn a_vault_head() {
    let bytes = "
        85                    # version and four fields
        01                    # version
        5820 a1*32            # account
        03                    # the vault's version
        5820 ee*32            # hash of the vault
        1b 0000019b76daa800   # time";
    spelled(&samples::vault_head(), bytes, "96982ff0e8f828d2f027fde4b91f377d5df6417c3d2cf945c17bd3d1a7913baa");
}

#[test]
fn a_recovery_request() {
    let bytes = r#"
        84                    # version and three fields
        01                    # version
        5820 c0*32            # centre
        66 "kunang"           # handle
        44 0c*4               # challenge"#;
    spelled(&samples::recovery_request(), bytes, "529776be510e453bc8853e698401c53b25f673ef4401fb47a6b9904301eb3f8f");
}

#[test]
fn a_succession() {
    let bytes = "
        87                    # version and six fields
        01                    # version
        5820 c0*32            # centre
        5820 a1*32            # the old account
        5820 a4*32            # the new account
        5820 a2*32            # who checked
        02                    # ground: keys stolen
        1b 0000019b76daa800   # time";
    spelled(&samples::succession(), bytes, "f00d3f955b214a22d01997d48c98811c6474f1c5898513512a3a687c1090d4e9");
}

#[test]
fn a_page() {
    let bytes = "
        85                        # version and four fields
        01                        # version
        81                        # one entry
            86                    # six fields
            07                    # position
            1b 0000019b76daa800   # time
            0e                    # kind: letter
            50 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a # salt
            43 0b*3               # signed wire form
            81 42 0d*2            # one part
        f5                        # there are more
        41 0e                     # head statement
        86                        # six fields of the tombstone's entry
            09                    # position
            1b 0000019b76daa800   # time
            181b                  # kind: tombstone
            50 5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b # salt
            43 0c*3               # signed wire form
            80                    # no parts";
    spelled(&samples::page(), bytes, "a3a76fe459b107d7878ae81dd14ea031d7ce4f143d85c48d3e9a8e68d5e4584c");
}

#[test]
fn the_last_page_of_the_centre() {
    let page = Page { entries: Vec::new(), more: false, head: None, erased: None };
    let bytes = "
        85                    # version and four fields
        01                    # version
        80                    # no entries
        f4                    # there are no more
        f6                    # head statement: null
        f6                    # tombstone: null";
    spelled(&page, bytes, "e3ab1b4d478c4bde5d3acfd9a335c5aef8f9ba6dbf91c35388b11e11b2c233d3");
}

#[test]
fn a_manifest_upload() {
    let bytes = "
        84                    # version and three fields
        01                    # version
        43 0b*3               # signed manifest
        82 42 0d*2 40         # two wraps, the second empty
        81 43 0e*3            # one sealed share";
    spelled(&samples::manifest_upload(), bytes, "f0856a2d0cee3aaa9ccfb6768efdf7d1d22d6b3d0fa7b68278576d2f52fcf445");
}

#[test]
fn a_letter_upload() {
    let bytes = "
        83                    # version and two fields
        01                    # version
        43 0b*3               # signed letter
        5819 0c*25            # ciphertext";
    spelled(&samples::letter_upload(), bytes, "4db63d2e9ee339ab006875d3435c3efbc758b1552f8575ac0c63163042f4120c");
}

#[test]
fn a_document_upload() {
    let bytes = "
        83                    # version and two fields
        01                    # version
        43 0b*3               # signed document
        81 42 61*2            # one full text";
    spelled(&samples::document_upload(), bytes, "9dc03612880ff44e65fc560a19c0f735d60e32ac3eaeb900de15b94407acff7d");
}

#[test]
fn an_escrow_policy() {
    let bytes = r#"
        86                            # version and five fields
        01                            # version
        5820 c0*32                    # centre
        01                            # number
        02                            # threshold
        82                            # two trustees: number, account, contact
            83 01 5820 a3*32 65 "+62" 20 "1"
            83 02 5820 a6*32 67 "Jalan" 20 "2"
        81                            # one ground
            86                        # six fields
            02                        # court order
            1a 05265c00               # delay: 24 hours
            1a 0036ee80               # clients are told after one hour
            82 04 05                  # requesters: registrar, director
            81 02                     # recipients: counsellor
            f5                        # a client may cancel"#;
    spelled(&samples::policy(), bytes, "0f7c550c560d7de99dc5a6f795c41461b153ec3a3b55e44ca27b3e3e02cd738d");
}

#[test]
fn a_policy_acceptance() {
    let bytes = "
        84                    # version and three fields
        01                    # version
        5820 e6*32            # policy
        5820 a3*32            # trustee
        1b 0000019b76daa800   # time";
    spelled(&samples::policy_acceptance(), bytes, "e6ac43b336462c49f353b35c78c524d3121f317ed45089b7d2ff417e7056365c");
}

#[test]
fn a_deposit_receipt() {
    let bytes = "
        87                    # version and six fields
        01                    # version
        50 72*16              # session
        5820 e2*32            # manifest
        01                    # the share's number
        5820 a3*32            # trustee
        5820 f3*32            # commitment to the share
        1b 0000019b76daa800   # time";
    spelled(&samples::deposit_receipt(), bytes, "bdb0e8da20a5dbfc83f0683fe0e74a353a53ccfc5d0094347c0841ef572ab7cc");
}

#[test]
fn a_release_request() {
    let outline = "
        8a                           # version and nine fields
        01                           # version
        50 72*16                     # session
        5820 e6*32                   # policy
        82 5820 ea*32 5820 e2*32     # two epochs, oldest first
        01                           # ground: imminent danger
        5820 a7*32                   # requester
        5820 a2*32                   # recipient
        5820 d2*32                   # the recipient's card
        1b 0000019b76daa800          # created
        1b 000001a2ce8bd400          # expires";
    spelled(&samples::request_outline(), outline, "a38e20f2d59ab13976e2cdda34f502ad0c3748832ecf6503a22dcf8237b492d1");
    let bytes = format!(
        "
        83                           # version and two fields
        01                           # version
        {outline}
        81                           # one justification: trustee, card, SHA-256 of what is sealed
            83 5820 a3*32 5820 d3*32 5820 f5*32"
    );
    spelled(&samples::request(), &bytes, "6f1d62c68a096306af2665b319809b20b33f944f8fa4e17b35ee9c06ecd46570");
}

#[test]
fn a_release_sighting() {
    let bytes = "
        84                    # version and three fields
        01                    # version
        5820 ef*32            # request
        5820 a3*32            # trustee
        1b 0000019b76daa800   # time";
    spelled(&samples::sighting(), bytes, "71a646c3cd2ef312c75b0e41463882bbf98b7bc7eb96fc5be5753206b674a51b");
}

#[test]
fn a_release_approval() {
    let bytes = "
        86                           # version and five fields
        01                           # version
        5820 ef*32                   # request
        5820 a3*32                   # trustee
        01                           # the number of its shares
        82 5820 f6*32 5820 f7*32     # SHA-256 of two shares, sealed again
        1b 0000019b76daa800          # time";
    spelled(&samples::approval(), bytes, "e6079a4426cb1c66e7faa879a23e464cd317f7af54e49f2d9288ab38079c2ad4");
}

#[test]
fn a_release_veto() {
    let bytes = "
        84                    # version and three fields
        01                    # version
        5820 ef*32            # request
        5820 a3*32            # trustee
        1b 0000019b76daa800   # time";
    spelled(&samples::veto(), bytes, "6d7d53a085a5e9097e32e16557925c3b811390a821e5392f160b93beb3663ead");
}

#[test]
fn a_release_cancellation() {
    let bytes = "
        84                    # version and three fields
        01                    # version
        5820 ef*32            # request
        5820 a1*32            # client
        1b 0000019b76daa800   # time";
    spelled(&samples::cancellation(), bytes, "b7239749749a468816f86f2cb4f1680ba7591fdc26dc0a4194ecfba759ed15a2");
}

#[test]
fn a_release_outcome() {
    let bytes = "
        86                    # version and five fields
        01                    # version
        5820 ef*32            # request
        5820 a2*32            # recipient
        82 01 03              # the shares 1 and 3 fitted
        81 02                 # share 2 did not
        1b 0000019b76daa800   # time";
    spelled(&samples::outcome(), bytes, "61fd66c0a856aae05b904d746a5b7890faaa31ba082342c3ca380a21b9c4a07b");
}

#[test]
fn a_release_notice() {
    let bytes = "
        85                    # version and four fields
        01                    # version
        50 72*16              # session
        5820 ef*32            # request
        82 02 5820 e7*32      # transcript: two letters or notices and their head
        1b 0000019b76daa800   # time";
    spelled(&samples::notice(), bytes, "b235075950bd70104d18da31f7cbdb1e50d02549add3fadc312b7c08c672abeb");
}

#[test]
fn an_escrow_upload() {
    let bytes = "
        84                    # version and three fields
        01                    # version
        16                    # kind: approval
        43 0b*3               # the signed structure
        81 42 0d*2            # one part";
    spelled(&samples::escrow_upload(), bytes, "c0f8fb034dfe6d0d6ede20edf91e957bad3a4aeef368508954ff744f0856075d");
}

/// The wire form is read back, and nothing like it is.
fn wired<T: std::fmt::Debug>(bytes: &[u8], parse: impl Fn(&[u8]) -> Result<T, ParseError>) {
    assert!(parse(bytes).is_ok());
    for end in 0..bytes.len() {
        assert_eq!(parse(&bytes[..end]).unwrap_err(), ParseError::Malformed, "the first {end} bytes");
    }
    assert!(parse(&[bytes, &[0x00]].concat()).is_err());
    for (name, other) in other_spellings(bytes).iter().chain(&with_surplus(bytes)) {
        assert!(parse(other).is_err(), "{name}: {}", hex::encode(other));
    }
    for (name, other) in with_lying_lengths(bytes) {
        assert!(parse(&other).is_err(), "{name}");
    }
    assert_eq!(parse(&without_last(bytes)).unwrap_err(), ParseError::Malformed);
}

#[test]
fn a_signed_structure() {
    let signed = Signed::sign(samples::receipt(), &Key::new(1));
    let bytes = spell(
        "
        82                                                                  # body and signature
        5841                                                                # body of 65 bytes
            85 01 5820 ed*32 19012d 50 5a*16 1b 0000019b76daa800
        5840                                                                # signature of 64 bytes
            6a279125110c02ba818da1bc89073f20ba0bc65d0d761bee0d0a385f4e06b4fb
            6e4095566bcdc279712bd9d2530bc6ba2617f882bb3b43d3deb62491a07b7409",
    );
    assert_eq!(hex::encode(signed.wire()), hex::encode(&bytes));
    assert_eq!(signed.hash(), samples::receipt().hash());
    assert_eq!(Unverified::<Receipt>::parse(&bytes).unwrap().claimed(), &samples::receipt());
    wired(&bytes, Unverified::<Receipt>::parse);
}

#[test]
fn a_signed_root_and_the_next_one() {
    let (key, next_key) = (Key::new(1), Key::new(2));
    let first = SignedRoot::sign_first(&key);
    let bytes = spell(
        "
        83                                                                  # body and two signatures
        5826                                                                # body of 38 bytes
            84 01 01
            5820 8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c
            f6
        5840                                                                # own signature
            04d7f786aaa21a57472c41ad6d8fd2d2337b53fd182d8cc4e6de511d2b2e97df
            62eff2353adf4daa10e1f9c7c0606cb50e6d6e65ceaa9969804592564923b007
        f6                                                                  # signature of the previous: null",
    );
    assert_eq!(hex::encode(first.wire()), hex::encode(&bytes));
    assert_eq!(first.centre().to_string(), "7a265df6787ab261b7a05a4e160720c816abaaf04c63291c6c7b87267a2762c7");
    wired(&bytes, UnverifiedRoot::parse);

    let next = first.sign_next(&key, &next_key);
    let bytes = spell(
        "
        83                                                                  # body and two signatures
        5847                                                                # body of 71 bytes
            84 01 02
            5820 8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394
            5820 7a265df6787ab261b7a05a4e160720c816abaaf04c63291c6c7b87267a2762c7
        5840                                                                # own signature
            1f0993e6f42cb9ff757612c3291a4c08ca7ace430b82cc067610573ea1e1c229
            591351de4ee2aaacd7f2c573d47dc4b25801ab3cdbdce9fd3ba22998920e130f
        5840                                                                # signature of the previous root's key
            9abb291560c2e0aac0eec5146a3cca82e6b6b3c566bfef8d1a8cec7069ed3a1c
            1f244e7e63f3fba4ffc357ac2f66ead1bf9c8d773ded073bf00d4fe4b32bd00f",
    );
    assert_eq!(hex::encode(next.wire()), hex::encode(&bytes));
    assert_eq!(next.hash().to_string(), "98a7a7a320aa4f198140fd2d998f813f292998511d57a837462a3f48f0ce165c");
    wired(&bytes, UnverifiedRoot::parse);
}

#[test]
fn the_wire_form_of_cards() {
    let key = Key::new(1);
    let (own, previous) = (key.sign_as("card", b""), key.sign_as("card-next", b""));
    wired(&chained_wire(&samples::first_card().to_bytes(), own, None), UnverifiedCard::parse);
    wired(&chained_wire(&samples::next_card().to_bytes(), own, Some(previous)), UnverifiedCard::parse);
}

#[test]
fn a_body_that_is_not_canonical_is_refused_inside_a_canonical_wire_form() {
    let key = Key::new(1);
    let bytes = samples::receipt().to_bytes();
    let body = [&[0x85, 0x18], &bytes[1..]].concat();
    let signed = wire(&body, key.sign_as("receipt", &body));
    assert_eq!(Unverified::<Receipt>::parse(&signed).unwrap_err(), ParseError::NotCanonical);
    let surplus = [&bytes[..], &[0x00]].concat();
    let signed = wire(&surplus, key.sign_as("receipt", &surplus));
    assert_eq!(Unverified::<Receipt>::parse(&signed).unwrap_err(), ParseError::NotCanonical);
}

#[test]
fn long_wire_forms_are_refused_before_they_are_decoded() {
    let longest = Receipt::MAX + SIGNATURE_OVERHEAD;
    assert_eq!(Unverified::<Receipt>::parse(&vec![0x82; longest]).unwrap_err(), ParseError::Malformed);
    assert_eq!(Unverified::<Receipt>::parse(&vec![0x82; longest + 1]).unwrap_err(), ParseError::TooLarge);
    assert_eq!(UnverifiedCard::parse(&vec![0x83; Card::MAX]).unwrap_err(), ParseError::Malformed);
    assert_eq!(UnverifiedCard::parse(&vec![0x83; Card::MAX + 1]).unwrap_err(), ParseError::TooLarge);
    assert_eq!(UnverifiedRoot::parse(&vec![0x83; 2 * Root::MAX]).unwrap_err(), ParseError::Malformed);
    assert_eq!(UnverifiedRoot::parse(&vec![0x83; 2 * Root::MAX + 1]).unwrap_err(), ParseError::TooLarge);
}

#[test]
fn names_and_limits_are_those_of_the_specification() {
    macro_rules! check {
        ( $( $type:path = $name:literal, $max:literal; )* ) => { $(
            assert_eq!((<$type>::NAME, <$type>::MAX), ($name, $max));
        )* };
    }
    check! {
        Card = "card", 2048;
        Root = "root", 256;
        amanah_protocol::centre::RelayCertificate = "relay-certificate", 512;
        Appointment = "appointment", 4096;
        amanah_protocol::centre::Dismissal = "dismissal", 256;
        amanah_protocol::consent::Document = "consent-document", 65_536;
        amanah_protocol::consent::Grant = "grant", 8192;
        amanah_protocol::consent::Revocation = "revocation", 512;
        amanah_protocol::manifest::Outline = "epoch-context", 32_768;
        Manifest = "manifest", 65_536;
        amanah_protocol::manifest::Acceptance = "acceptance", 256;
        amanah_protocol::manifest::Refusal = "refusal", 256;
        amanah_protocol::letter::LetterHeader = "letter-header", 512;
        amanah_protocol::letter::Letter = "letter", 768;
        amanah_protocol::history::HistoryOutline = "history-context", 4096;
        amanah_protocol::history::History = "history", 8192;
        amanah_protocol::record::HistoryUpload = "history-upload", 16_384;
        amanah_protocol::statement::HeadStatement = "head-statement", 256;
        Receipt = "receipt", 256;
        amanah_protocol::account::VaultHead = "vault-head", 256;
        amanah_protocol::account::RecoveryRequest = "recovery-request", 1024;
        amanah_protocol::account::Succession = "succession", 512;
        Page = "page", 16_777_216;
        ManifestUpload = "manifest-upload", 196_608;
        LetterUpload = "letter-upload", 264_192;
        amanah_protocol::record::DocumentUpload = "document-upload", 1_048_576;
        amanah_protocol::consent::Guardianship = "guardianship", 512;
        amanah_protocol::escrow::Policy = "escrow-policy", 16_384;
        amanah_protocol::escrow::PolicyAcceptance = "policy-acceptance", 256;
        amanah_protocol::escrow::DepositReceipt = "deposit-receipt", 256;
        amanah_protocol::release::RequestOutline = "release-context", 8192;
        Request = "release-request", 16_384;
        amanah_protocol::release::Sighting = "release-sighting", 256;
        Approval = "release-approval", 8192;
        amanah_protocol::release::Veto = "release-veto", 256;
        amanah_protocol::release::Cancellation = "release-cancellation", 256;
        amanah_protocol::release::Outcome = "release-outcome", 512;
        amanah_protocol::release::Notice = "release-notice", 512;
        amanah_protocol::erasure::Tombstone = "tombstone", 256;
        amanah_protocol::statement::WebBundle = "web-bundle", 256;
        amanah_protocol::absence::Absence = "absence", 4096;
        EscrowUpload = "escrow-upload", 524_288;
        amanah_protocol::attestation::Attestation = "audit-attestation", 256;
        amanah_protocol::attestation::SignedReport = "signed-report", 1_048_576;
    }
}

#[test]
fn codes_have_their_numbers_and_no_others() {
    macro_rules! check {
        ( $( $type:ident { $( $variant:ident = $number:literal ),* } )* ) => { $(
            let known = [ $( ($number, $type::$variant) ),* ];
            assert_eq!($type::ALL, known.map(|(_, value)| value));
            for number in 0..=u8::MAX {
                let expected = known.iter().find(|(known, _)| *known == number).map(|(_, value)| *value);
                assert_eq!($type::from_number(number), expected);
                let bytes = if number < 24 { vec![number] } else { vec![0x18, number] };
                assert_eq!(minicbor::decode::<$type>(&bytes).ok(), expected, "{number}");
                if let Some(value) = expected {
                    assert_eq!((value.number(), minicbor::to_vec(value).unwrap()), (number, bytes));
                }
            }
        )* };
    }
    check! {
        Role {
            Client = 1, Counsellor = 2, Supervisor = 3, Registrar = 4, Director = 5, Trustee = 6, Auditor = 7
        }
        Purpose {
            Counselling = 1, RecordKeeping = 2, Supervision = 3, History = 4, Research = 5, Recording = 6, Escrow = 7,
            EmailNotice = 8, Joint = 9, Consultation = 10
        }
        GroundCode { ImminentDanger = 1, CourtOrder = 2, AccountRecovery = 3, Drill = 4 }
        SuccessionGround { KeysLost = 1, KeysStolen = 2 }
        Reason { Opened = 1, Members = 2, Schedule = 3, Requested = 4, Release = 5 }
        Basis { ClientAsked = 1, TimeIsOver = 2, Law = 3 }
        RefusalCode { Manifest = 1, OwnWrap = 2, Commitment = 3, OtherWrap = 4, Deposit = 5 }
        Kind {
            Root = 1, RelayCertificate = 2, Appointment = 3, Dismissal = 4, Document = 5, Card = 6, VaultHead = 7,
            Succession = 8, Grant = 9, Revocation = 10, Manifest = 11, Acceptance = 12, Refusal = 13, Letter = 14,
            History = 15, Policy = 16, PolicyAcceptance = 17, Guardianship = 18, DepositReceipt = 19, Request = 20,
            Sighting = 21, Approval = 22, Veto = 23, Cancellation = 24, Outcome = 25, Notice = 26,
            Tombstone = 27, WebBundle = 28, Absence = 29
        }
    }
}

#[test]
fn capabilities_have_three_values() {
    for number in 0..24 {
        let expected = match number {
            0 => Some(Capabilities::READ),
            1 => Some(Capabilities::WRITE),
            3 => Some(Capabilities::MANAGE),
            _ => None,
        };
        assert_eq!(minicbor::decode::<Capabilities>(&[number]).ok(), expected, "{number}");
    }
}

#[test]
fn a_structure_with_an_unknown_code_is_refused() {
    let bytes = samples::revocation().to_bytes();
    let purpose = 1 + 1 + 34 + 1;
    assert_eq!(bytes[purpose], Purpose::Counselling.number());
    for unknown in [0, 11, 23] {
        let mut other = bytes.clone();
        other[purpose] = unknown;
        assert_eq!(
            amanah_protocol::consent::Revocation::parse(&other),
            Err(ParseError::Malformed),
            "purpose {unknown}"
        );
    }
}

#[test]
fn byte_strings_of_another_length_are_refused() {
    let bytes = samples::receipt().to_bytes();
    for (length, rest) in [(0x1f, &bytes[5..]), (0x21, &bytes[3..])] {
        let other = [&[0x84, 0x01, 0x58, length], rest].concat();
        assert_eq!(Receipt::parse(&other), Err(ParseError::Malformed), "{length}");
    }
}

#[test]
fn the_running_hash_of_a_session() {
    let start = Transcript::start(SESSION);
    assert_eq!(start.count, 0);
    assert_eq!(start.head.to_string(), "b56b95e1be7402d4ce631ba259d5b28e286cc495b6e02bf43ac0d8b348e4badd");
    let one = start.with(&hash(0xe1));
    assert_eq!(one.count, 1);
    assert_eq!(one.head.to_string(), "0360ceeb14a92beab3e8607c2d17b22e04651d089bb344987acbb3909fd3ac2c");
    assert_ne!(start.with(&hash(1)).with(&hash(2)), start.with(&hash(2)).with(&hash(1)), "order counts");
}

#[test]
fn the_running_hash_of_a_record() {
    let start = RecordMark::start(SESSION.0.as_bytes());
    assert_eq!(
        (start.count, start.head.to_string().as_str()),
        (0, "ceebb6cbbe20230f9945741f2299d786c6a0ddeb99d7badb3977973bc601ac20")
    );
    let body = amanah_protocol::cbor::ByteString(vec![1, 2, 3]);
    let entry =
        Entry { position: 7, time: Timestamp(1000), kind: Kind::Letter, salt: Salt([1; 16]), body, parts: Vec::new() };
    let one = start.with(&entry);
    assert_eq!(
        (one.count, one.head.to_string().as_str()),
        (1, "1b871ba5a5f08591689740515bf72f7df46b560235e62de513624cbe1f5e94d4")
    );
    let erased = Entry { parts: vec![amanah_protocol::cbor::ByteString(vec![9])], ..entry.clone() };
    assert_eq!(start.with(&erased), one, "what stands beside an entry may be erased");
    let others = [
        Entry { position: 8, ..entry.clone() },
        Entry { time: Timestamp(1001), ..entry.clone() },
        Entry { kind: Kind::Grant, ..entry.clone() },
        Entry { body: amanah_protocol::cbor::ByteString(vec![1, 2]), ..entry },
    ];
    assert!(others.iter().all(|other| start.with(other).head != one.head));
}

#[test]
fn the_address_of_a_vault() {
    let expected = "2694cf74ecadb0b81a69b2c93f8f0431cdf543734936992543dfc74d8f720d8f";
    assert_eq!(vault_hash(&[0x07; 4]).to_string(), expected);
    assert_eq!(tagged("vault", &[&[0x07; 1], &[], &[0x07; 3]]).to_string(), expected, "parts are joined");
}

#[test]
fn plain_hashes_are_those_of_fips_180() {
    let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(of_bytes(b"abc").to_string(), expected);
}

#[test]
fn the_greatest_of_everything_fits_into_its_limit() {
    let member = |number: u8| Member {
        account: amanah_protocol::ids::AccountId([number; 32]),
        card: hash(number),
        role: Role::Counsellor,
        capabilities: Capabilities::MANAGE,
        grant: Some(hash(0xff)),
    };
    let members: Vec<_> = (0..u8::try_from(MAX_MEMBERS).unwrap()).map(member).collect();
    let wraps = vec![hash(0xff); MAX_MEMBERS];
    let numbers = 1..=u8::try_from(MAX_TRUSTEES).unwrap();
    let trustee = |x| Trustee { x, account: amanah_protocol::ids::AccountId([x; 32]), card: hash(x) };
    let escrow = Some(Escrow { policy: hash(0xff), threshold: 15, trustees: numbers.map(trustee).collect() });
    let outline =
        amanah_protocol::manifest::Outline { members, epoch: u32::MAX, escrow, ..samples::manifest().outline };
    let deposits = vec![Deposit { share: hash(0xff), seal: hash(0xff) }; MAX_TRUSTEES];
    let manifest = Manifest { outline, wraps, deposits, ..samples::manifest() };
    let signed = Signed::sign(manifest, &Key::new(1));
    assert!(Unverified::<Manifest>::parse(signed.wire()).is_ok());

    let bytes = |length: usize| amanah_protocol::cbor::ByteString(vec![0xff; length]);
    let wraps = vec![bytes(WRAP_LENGTH); MAX_MEMBERS];
    let seals = vec![bytes(WRAP_LENGTH); MAX_TRUSTEES];
    let upload = ManifestUpload { manifest: bytes(signed.wire().len()), wraps, seals };
    assert_eq!(ManifestUpload::parse(&upload.to_bytes()), Ok(upload));

    let mut letter = samples::letter();
    (letter.header.epoch, letter.header.sequence) = (u32::MAX, u64::MAX);
    (letter.header.previous_own, letter.header.seen) = (Some(hash(0xff)), Some(hash(0xff)));
    let signed = Signed::sign(letter, &Key::new(1));
    assert!(Unverified::<amanah_protocol::letter::Letter>::parse(signed.wire()).is_ok());
    let upload = LetterUpload { letter: bytes(signed.wire().len()), ciphertext: bytes(MAX_PADDED + TAG_LENGTH) };
    assert_eq!(LetterUpload::parse(&upload.to_bytes()), Ok(upload));

    let card = Card { number: u32::MAX, created: amanah_protocol::ids::Timestamp(u64::MAX), ..samples::next_card() };
    let signature = Key::new(1).sign_as("card", b"");
    assert!(UnverifiedCard::parse(&chained_wire(&card.to_bytes(), signature, Some(signature))).is_ok());
}

#[test]
fn the_greatest_request_and_its_answers_fit_into_their_limits() {
    let upload = |kind, wire: &[u8], length, number| {
        let bytes = |length: usize| amanah_protocol::cbor::ByteString(vec![0xff; length]);
        let upload = EscrowUpload { kind, step: bytes(wire.len()), parts: vec![bytes(length); number] };
        assert_eq!(EscrowUpload::parse(&upload.to_bytes()), Ok(upload));
    };
    let mut request = samples::request();
    request.outline.epochs = vec![hash(0xff); MAX_EPOCHS];
    let justification = Justification { card: hash(0xff), ..request.justifications[0].clone() };
    request.justifications = vec![justification; MAX_TRUSTEES];
    let signed = Signed::sign(request, &Key::new(1));
    assert!(Unverified::<Request>::parse(signed.wire()).is_ok());
    upload(Kind::Request, signed.wire(), MAX_JUSTIFICATION + 1136, MAX_TRUSTEES);

    let approval = Approval { x: u8::MAX, reseals: vec![hash(0xff); MAX_EPOCHS], ..samples::approval() };
    let signed = Signed::sign(approval, &Key::new(1));
    assert!(Unverified::<Approval>::parse(signed.wire()).is_ok());
    upload(Kind::Approval, signed.wire(), WRAP_LENGTH, MAX_EPOCHS);

    let all: Vec<u8> = (1..=u8::try_from(MAX_TRUSTEES).unwrap()).collect();
    let outcome = Outcome { used: all.clone(), bad: all, ..samples::outcome() };
    assert_eq!(Outcome::parse(&outcome.to_bytes()), Ok(outcome));
}

#[test]
fn the_commitment_to_a_share_and_the_context_of_its_reseal() {
    let commitment = share_commitment(&hash(0xf1), 3, &[0x5a; 32]);
    assert_eq!(commitment, tagged("share", &[&[0xf1; 32], &[3], &[0x5a; 32]]));
    assert_eq!(commitment.to_string(), "7e3d272ecde430d36d07005c23211b035bb438a99d5cd5b63739e101a44218bf");
    let context = reseal_context(&samples::REQUEST, &samples::MANIFEST);
    assert_eq!(context, tagged("release-share", &[&[0xef; 32], &[0xe2; 32]]));
    assert_eq!(context.to_string(), "d5d4c5f4b7c78b6ece07633fd1c884ceeb9d0fefbf43e133b20b123a1466c44b");
}
