//! The web client that the relay serves, as the log tells it (docs/protocol.md §8.9).

use amanah_protocol::hash::Hash;
use amanah_protocol::ids::CentreId;
use amanah_protocol::statement::WebBundle;

use crate::check::Check;
use crate::place::Place;

/// Why an entry about the web client must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum NotServed {
    /// It is of another centre.
    #[error("a web client of another centre")]
    OtherCentre,
    /// It is the one that was served before.
    #[error("the web client that was served before, again")]
    Same,
}

/// The manifest of the web client that was served last.
#[derive(Debug, Default)]
pub(crate) struct WebClient(Option<Hash>);

impl WebClient {
    pub(crate) fn take(&mut self, place: &mut Place<'_>, bundle: &WebBundle, centre: CentreId) {
        place.count(Check::WebClient);
        if bundle.centre != centre {
            return place.found(Check::WebClient, &NotServed::OtherCentre);
        }
        if self.0.replace(bundle.manifest) == Some(bundle.manifest) {
            place.found(Check::WebClient, &NotServed::Same);
        }
    }

    /// The SHA-256 of its manifest.
    pub(crate) fn newest(&self) -> Option<Hash> {
        self.0
    }
}
