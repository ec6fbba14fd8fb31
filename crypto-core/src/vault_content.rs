//! The encoding of a vault's content (docs/protocol.md §3): canonical CBOR, wiped on drop, padded to steps of 4 KiB.
//!
//! `[1, account, [[number, card, seed]…], recovery(16), sheet(16)|null, centre, mark of its record,
//! [size of the log, its root], quorum|null, [pin…], [template…], [mark…]] ‖ 0x80 ‖ 0x00 …`,
//! identities by number, pins by account, templates by name and marks by session in ascending order.

use std::collections::BTreeMap;

use amanah_protocol::cbor::{begin, expect};
use amanah_protocol::hash::Hash;
use amanah_protocol::log::{Quorum, TreeHead};
use minicbor::{Decode, Decoder, Encode, Encoder};
use zeroize::Zeroizing;

use crate::identity::{Identity, Keyring};
use crate::secret::Secret;
use crate::vault::{Pin, SessionMark, Template, Vault};

/// A padded vault is a whole number of these.
pub(crate) const STEP: usize = 4096;
/// What ends the content.
const END: u8 = 0x80;
/// More than the fixed part, an identity, a pin or a mark takes when encoded.
const ITEM: usize = 160;
/// Fields after the version.
const FIELDS: u64 = 11;

type Error = minicbor::decode::Error;
type WriteError = minicbor::encode::Error<std::convert::Infallible>;

/// Encodes and pads. The buffer is as large as it must be from the start, so that growing leaves no secret behind.
pub(crate) fn encode(vault: &Vault) -> Zeroizing<Vec<u8>> {
    let witnesses = vault.quorum.as_ref().map_or(0, |quorum| quorum.witnesses.len());
    let items = 2 + vault.keyring.iter().count() + witnesses + vault.pins.len() + vault.marks.len();
    let template = |template: &Template| template.name.len() + template.text.len() + ITEM;
    let templates: usize = vault.templates.values().map(template).sum();
    let mut bytes = Zeroizing::new(Vec::with_capacity((items * ITEM + templates).next_multiple_of(STEP)));
    let written = write(vault, &mut Encoder::new(&mut *bytes)).is_ok();
    debug_assert!(written, "encoding to memory cannot fail");
    bytes.push(END);
    let length = bytes.len().next_multiple_of(STEP);
    bytes.resize(length, 0);
    bytes
}

fn write(vault: &Vault, e: &mut Encoder<&mut Vec<u8>>) -> Result<(), WriteError> {
    begin(e, FIELDS)?;
    e.encode(vault.keyring.account())?;
    e.array(vault.keyring.iter().count() as u64)?;
    for identity in vault.keyring.iter() {
        e.array(3)?.u32(identity.number())?.encode(identity.card_hash())?.bytes(identity.seed().expose())?;
    }
    e.bytes(vault.recovery.expose())?;
    match &vault.sheet {
        Some(sheet) => e.bytes(sheet.expose())?,
        None => e.null()?,
    };
    e.encode(vault.centre)?.encode(&vault.centre_mark)?.encode((vault.log.size, vault.log.root))?;
    e.encode(&vault.quorum)?;
    write_all(vault.pins.values(), e)?;
    write_all(vault.templates.values(), e)?;
    write_all(vault.marks.values(), e)
}

fn write_all<'a, T: Encode<()> + 'a>(
    items: impl ExactSizeIterator<Item = &'a T>,
    e: &mut Encoder<&mut Vec<u8>>,
) -> Result<(), WriteError> {
    e.array(items.len() as u64)?;
    for item in items {
        e.encode(item)?;
    }
    Ok(())
}

/// Reads a padded content; `None` unless it is exactly what [`encode`] gives for it.
pub(crate) fn decode(padded: &[u8]) -> Option<Vault> {
    let end = padded.iter().rposition(|byte| *byte != 0)?;
    let mut decoder = Decoder::new(padded.get(..end)?);
    let vault = read(&mut decoder).ok()?;
    (encode(&vault).as_slice() == padded).then_some(vault)
}

fn read(d: &mut Decoder<'_>) -> Result<Vault, Error> {
    expect(d, FIELDS)?;
    let account = d.decode()?;
    let mut keyring = None::<Keyring>;
    for _ in 0..length(d)? {
        if d.array()? != Some(3) {
            return Err(Error::message("identity"));
        }
        let (number, card): (u32, Hash) = (d.u32()?, d.decode()?);
        let identity = Identity::restore(account, number, card, secret(d.bytes()?)?);
        let follows = match &mut keyring {
            Some(keyring) => keyring.add(identity),
            None => keyring.replace(Keyring::new(identity)).is_none(),
        };
        if !follows {
            return Err(Error::message("order of identities"));
        }
    }
    let keyring = keyring.ok_or(Error::message("no identity"))?;
    let recovery = secret(d.bytes()?)?;
    let sheet = d.decode::<Option<&minicbor::bytes::ByteSlice>>()?.map(|sheet| secret(sheet)).transpose()?;
    let (centre, centre_mark) = (d.decode()?, d.decode()?);
    let (size, root) = d.decode()?;
    let log = TreeHead { size, root };
    let quorum: Option<Quorum> = d.decode()?;
    let pins: BTreeMap<_, _> = read_all::<Pin>(d)?.into_iter().map(|pin| (pin.account, pin)).collect();
    let templates: BTreeMap<_, _> =
        read_all::<Template>(d)?.into_iter().map(|template| (template.name.clone(), template)).collect();
    let marks = read_all::<SessionMark>(d)?.into_iter().map(|mark| (mark.session, mark)).collect();
    let (stored_pins, stored_quorum, stored_templates) = (pins.clone(), quorum.clone(), templates.clone());
    Ok(Vault {
        keyring,
        recovery,
        sheet,
        centre,
        centre_mark,
        log,
        quorum,
        pins,
        templates,
        marks,
        stored_pins,
        stored_quorum,
        stored_templates,
    })
}

fn read_all<T: for<'b> Decode<'b, ()>>(d: &mut Decoder<'_>) -> Result<Vec<T>, Error> {
    (0..length(d)?).map(|_| d.decode()).collect()
}

fn length(d: &mut Decoder<'_>) -> Result<u64, Error> {
    d.array()?.ok_or(Error::message("indefinite array"))
}

fn secret<const N: usize>(bytes: &[u8]) -> Result<Secret<N>, Error> {
    Secret::from_slice(bytes).ok_or(Error::message("length"))
}
