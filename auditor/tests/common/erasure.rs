//! What an erasure takes away, and the tombstone that says so.

use std::collections::BTreeMap;

use amanah_protocol::cbor::{ByteString, Structure};
use amanah_protocol::erasure::{Basis, Tombstone};
use amanah_protocol::hash::Hash;
use amanah_protocol::history::History;
use amanah_protocol::ids::SessionId;
use amanah_protocol::letter::Letter;
use amanah_protocol::manifest::Manifest;
use amanah_protocol::record::{Entry, Kind};
use amanah_protocol::release::{Approval, Request};
use amanah_protocol::signature::Unverified;

use super::store::Store;

fn read<S: Structure + Clone>(entry: &Entry) -> S {
    Unverified::<S>::parse(&entry.body.0).unwrap().claimed().clone()
}

impl Store {
    pub(crate) fn tombstone_of(&self, session: SessionId) -> Tombstone {
        Tombstone { centre: self.root.centre(), session, basis: Basis::ClientAsked, time: self.now }
    }

    /// Deletes what is sealed in a session, and gives it with its places.
    pub(crate) fn delete_parts(&mut self, session: SessionId) -> Vec<(usize, Vec<ByteString>)> {
        let mut requests: BTreeMap<Hash, SessionId> = BTreeMap::new();
        let mut gone = Vec::new();
        for (index, entry) in self.entries.iter_mut().enumerate() {
            let of = match entry.kind {
                Kind::Manifest => Some(read::<Manifest>(entry).outline.session),
                Kind::Letter => Some(read::<Letter>(entry).header.session),
                Kind::History => Some(read::<History>(entry).outline.session),
                Kind::Request => {
                    let request: Request = read(entry);
                    requests.insert(request.hash(), request.outline.session);
                    Some(request.outline.session)
                }
                Kind::Approval => requests.get(&read::<Approval>(entry).request).copied(),
                _ => None,
            };
            if of == Some(session) {
                gone.push((index, std::mem::take(&mut entry.parts)));
            }
        }
        gone
    }

    /// Erases a session as the root has signed it.
    pub(crate) fn erase(&mut self, session: SessionId) -> Vec<(usize, Vec<ByteString>)> {
        let tombstone = self.tombstone_of(session);
        self.by_root(Kind::Tombstone, tombstone);
        self.delete_parts(session)
    }
}
