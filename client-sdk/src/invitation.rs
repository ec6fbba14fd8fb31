//! Invitation links (docs/protocol.md §3): the relay's address, and in the fragment, which no server sees, the pinned centre.

use std::fmt;
use std::str::FromStr;

use amanah_protocol::ids::CentreId;

/// Where the relay is, and which centre it must serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Base address of the relay, without a slash at the end.
    pub relay: String,
    /// The centre: the fingerprint of its root.
    pub centre: CentreId,
}

/// The text is not an invitation link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a complete invitation link")]
pub struct NotAnInvitation;

impl FromStr for Invitation {
    type Err = NotAnInvitation;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, fragment) = text.trim().split_once('#').ok_or(NotAnInvitation)?;
        let relay = address.strip_suffix("/join").ok_or(NotAnInvitation)?;
        let host = relay.strip_prefix("https://").ok_or(NotAnInvitation)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        if host.is_empty() || !host.chars().all(plain) {
            return Err(NotAnInvitation);
        }
        let centre = fragment.parse().map_err(|_| NotAnInvitation)?;
        Ok(Self { relay: relay.to_owned(), centre })
    }
}

impl fmt::Display for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/join#{}", self.relay, self.centre)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_read_back_as_it_was_written() {
        let invitation = Invitation { relay: "https://localhost:8443".to_owned(), centre: CentreId([7; 32]) };
        assert_eq!(invitation.to_string().parse(), Ok(invitation));
    }

    #[test]
    fn a_link_without_the_whole_fingerprint_is_refused() {
        let whole = Invitation { relay: "https://localhost:8443".to_owned(), centre: CentreId([7; 32]) }.to_string();
        for length in 0..whole.len() {
            assert_eq!(whole[..length].parse::<Invitation>(), Err(NotAnInvitation), "{length}");
        }
        for wrong in [whole.replace("https", "http"), whole.replace("/join", "/join/x"), whole.replace('0', "O")] {
            assert_eq!(wrong.parse::<Invitation>(), Err(NotAnInvitation), "{wrong}");
        }
    }
}
