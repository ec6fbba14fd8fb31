//! What somebody is called whom the centre has not appointed under a name, and who has not said what to be called.

use amanah_protocol::ids::AccountId;

const FLOWERS: &str = "Alamanda Anggrek Aster Azalea Bakung Begonia Cempaka Dahlia Delima Flamboyan Gardenia Ilalang Kamboja \
    Kecubung Kemuning Kenanga Krisan Lavender Lili Mawar Melati Melur Mimosa Palem Pinus Sakura Seroja Soka Tanjung Teratai \
    Tulip Wijaya";

const BIRDS: &str = "Angsa Bangau Belibis Camar Cendrawasih Cerek Elang Gelatik Jalak Kakatua Kedasih Kenari Kepodang \
    Kipasan Kolibri Kuntul Kutilang Layang Maleo Merak Merpati Murai Nuri Pelatuk Perkutut Pipit Prenjak Punai Rajawali \
    Srigunting Tekukur Walet";

/// A flower, a bird and a number from 0 to 99, the same on every device, such as *Melati Kutilang 7*.
///
/// It names somebody and proves nothing: many accounts have the same. Whom one talks to, the twelve words say
/// ([`crate::fingerprint::words`]).
pub fn nickname(account: &AccountId) -> String {
    let [flower, bird, number, ..] = account.as_bytes().map(usize::from);
    let one_of = |names: &'static str, byte: usize| names.split_ascii_whitespace().nth(byte % 32).unwrap_or_default();
    format!("{} {} {}", one_of(FLOWERS, flower), one_of(BIRDS, bird), number % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(start: [u8; 3]) -> String {
        let mut bytes = [9; 32];
        bytes[..3].copy_from_slice(&start);
        nickname(&AccountId::from_slice(&bytes).unwrap())
    }

    #[test]
    fn the_same_account_has_the_same_nickname_and_each_of_its_first_bytes_counts() {
        assert_eq!(account([20, 16, 107]), "Melati Kutilang 7");
        for other in [[21, 16, 107], [20, 17, 107], [20, 16, 108]] {
            assert_ne!(account(other), account([20, 16, 107]));
        }
    }

    #[test]
    fn every_byte_names_somebody() {
        for byte in 0..=u8::MAX {
            assert_eq!(account([byte; 3]).split(' ').filter(|part| !part.is_empty()).count(), 3, "{byte}");
        }
    }
}
