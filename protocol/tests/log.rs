//! Leaves, trees, tiles and the account map: against RFC 6962, two other implementations, and whoever alters them
//! (docs/protocol.md §8).
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use amanah_protocol::cbor::Structure;
use amanah_protocol::hash::{Hash, of_bytes};
use amanah_protocol::ids::AccountId;
use amanah_protocol::log::{
    BadProof, CheckedTiles, EMPTY_ROOT, Edge, ForkError, LogFull, MAX_SIZE, MapEntry, MapProof, NotATile, NotAscending,
    ReadError, Salt, Tile, TileError, TreeHead, check_consistency, check_inclusion, index_of, leaf_data, leaf_hash,
    map_proof, map_root, node_hash, root,
};
use amanah_protocol::record::Kind;
use common::hash;
use common::spelling::spell;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

type Tiles = BTreeMap<Tile, Vec<u8>>;
type Peer = MemoryBackedTree<Sha256, [u8; 32]>;

/// The data of the leaf at an index.
fn data(index: u64) -> Hash {
    of_bytes(&index.to_be_bytes())
}

/// The hashes of the first leaves.
fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(|index| leaf_hash(&data(index))).collect()
}

/// The tree with the first leaves, as ct-merkle builds it.
fn peer(size: u64) -> Peer {
    let mut tree = Peer::new();
    (0..size).for_each(|index| tree.push(data(index).0));
    tree
}

/// A log that grows, and all tiles it ever had.
#[derive(Default)]
struct Log {
    edge: Edge,
    tiles: Tiles,
}

impl Log {
    /// A log that got all its leaves at once.
    fn of(size: u64) -> Self {
        let mut log = Self::default();
        log.grow(&leaves(size));
        log
    }

    fn grow(&mut self, leaves: &[Hash]) {
        let growth = self.edge.with(leaves).unwrap();
        self.edge = growth.edge;
        self.tiles.extend(growth.tiles);
    }

    fn head(&self) -> TreeHead {
        self.edge.head()
    }

    /// What a reader gets who asks for these.
    fn fetch(&self, names: &BTreeSet<Tile>) -> Tiles {
        names.iter().map(|name| (*name, self.tiles[name].clone())).collect()
    }

    /// All tiles of the tree as it is now.
    fn all(&self) -> Tiles {
        let size = self.head().size;
        let now = |tile: &Tile| Tile::in_tree(size, tile.level(), tile.index()) == Some(*tile);
        self.tiles.iter().filter(|(tile, _)| now(tile)).map(|(tile, bytes)| (*tile, bytes.clone())).collect()
    }

    fn checked(&self) -> CheckedTiles {
        self.head().check(&self.all()).unwrap()
    }
}

fn hashes(bytes: &[u8]) -> Vec<Hash> {
    bytes.chunks_exact(32).map(|hash| Hash::from_slice(hash).unwrap()).collect()
}

fn hexes(hashes: &[&str]) -> Vec<Hash> {
    hashes.iter().map(|hash| hash.parse().unwrap()).collect()
}

/// Sizes about every corner: powers of two, full and partial tiles, several peaks in one tile, one level more.
const SIZES: &[u64] = &[0, 1, 2, 3, 7, 8, 255, 256, 257, 259, 263, 511, 512, 515, 700, 1024];

// leaves

#[test]
fn a_leaf() {
    let body = "
        83                    # three fields
        0e                    # kind: letter
        50 5a*16              # salt
        5820 d1*32            # hash of the structure";
    let tagged = [b"amanah/v1/hash/leaf\0", &spell(body)[..]].concat();
    let leaf = leaf_data(Kind::Letter, &Salt([0x5a; 16]), &hash(0xd1));
    assert_eq!(leaf, of_bytes(&tagged));
    assert_eq!(leaf.to_string(), "ccac0ed156571cd2014c2bcb2be8f68183bb491160c8e1e46d8441c8963ac4f4");
    assert_eq!(leaf_hash(&leaf).to_string(), "2955697d817fff616a7d6c13cefa40fdd1456eb156e2e05808383ab5bc1ec374");
    let notice = leaf_data(Kind::Notice, &Salt([0; 16]), &hash(0xd1));
    assert_eq!(notice.to_string(), "aae19596899e9a5ad39e3c48a872af1fd47ce59f2f794f0ae2d009e95773436a");
}

#[test]
fn a_leaf_binds_kind_salt_and_structure() {
    let leaf = leaf_data(Kind::Letter, &Salt([1; 16]), &hash(1));
    assert_ne!(leaf, leaf_data(Kind::History, &Salt([1; 16]), &hash(1)));
    assert_ne!(leaf, leaf_data(Kind::Letter, &Salt([2; 16]), &hash(1)));
    assert_ne!(leaf, leaf_data(Kind::Letter, &Salt([1; 16]), &hash(2)));
}

#[test]
fn a_node_is_no_leaf() {
    let (left, right) = (hash(1), hash(2));
    let node = node_hash(&left, &right);
    let as_leaf: [u8; 32] =
        Sha256::new().chain_update([0]).chain_update(left.0).chain_update(right.0).finalize().into();
    assert_ne!(node.0, as_leaf);
    // the root of two leaves, passed off as the only leaf of a tree with the root of four
    let four = leaves(4);
    let halves = [root(four[..2].to_vec()), root(four[2..].to_vec())];
    let head = TreeHead { size: 4, root: root(four) };
    assert_eq!(check_inclusion(&head, 0, &halves[0], &halves[1..]), Err(BadProof));
}

#[test]
fn the_first_position_is_the_index_zero() {
    assert_eq!(index_of(0), None);
    assert_eq!(index_of(1), Some(0));
    assert_eq!(index_of(u64::MAX), Some(u64::MAX - 1));
}

// RFC 6962

/// The leaves with which implementations of RFC 6962 are tested since the first one.
fn classic() -> Vec<Hash> {
    let data = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let leaf = |data| Hash(Sha256::new().chain_update([0]).chain_update(hex::decode(data).unwrap()).finalize().into());
    data.into_iter().map(leaf).collect()
}

const CLASSIC_ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn classic_log(size: usize) -> Log {
    let mut log = Log::default();
    log.grow(&classic()[..size]);
    log
}

fn classic_head(size: usize) -> TreeHead {
    TreeHead { size: size as u64, root: CLASSIC_ROOTS[size].parse().unwrap() }
}

#[test]
fn the_roots_of_the_classic_tree() {
    for (size, expected) in CLASSIC_ROOTS.into_iter().enumerate() {
        assert_eq!(root(classic()[..size].to_vec()).to_string(), expected);
        assert_eq!(classic_log(size).head(), classic_head(size));
    }
}

#[test]
fn the_audit_paths_of_the_classic_tree() {
    let paths: [(u64, usize, &[&str]); 4] = [
        (0, 1, &[]),
        (
            0,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            &[
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    ];
    for (index, size, path) in paths {
        let path = hexes(path);
        assert_eq!(classic_log(size).checked().inclusion_proof(index).unwrap(), path);
        let leaf = classic()[usize::try_from(index).unwrap()];
        assert_eq!(check_inclusion(&classic_head(size), index, &leaf, &path), Ok(()));
    }
}

#[test]
fn the_consistency_proofs_of_the_classic_tree() {
    let proofs: [(usize, usize, &[&str]); 4] = [
        (1, 1, &[]),
        (
            1,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            6,
            8,
            &[
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            5,
            &[
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ];
    for (older, newer, proof) in proofs {
        let proof = hexes(proof);
        assert_eq!(classic_log(newer).checked().consistency_proof(older as u64).unwrap(), proof);
        assert_eq!(check_consistency(&classic_head(older), &classic_head(newer), &proof), Ok(()));
    }
}

#[test]
fn a_proof_with_any_bit_flipped_or_for_anything_else_is_refused() {
    let log = Log::of(300);
    let (head, checked) = (log.head(), log.checked());
    for index in [0, 1, 127, 255, 256, 298, 299] {
        let leaf = leaf_hash(&data(index));
        let proof = checked.inclusion_proof(index).unwrap();
        assert_eq!(check_inclusion(&head, index, &leaf, &proof), Ok(()));
        for (place, bit) in (0..proof.len()).flat_map(|place| (0..256).map(move |bit| (place, bit))) {
            let mut altered = proof.clone();
            altered[place].0[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(check_inclusion(&head, index, &leaf, &altered), Err(BadProof), "hash {place}, bit {bit}");
        }
        for other in (0..310).filter(|other| *other != index).chain([u64::MAX]) {
            assert_eq!(check_inclusion(&head, other, &leaf, &proof), Err(BadProof), "index {other} for {index}");
        }
        assert_eq!(check_inclusion(&head, index, &leaf_hash(&data(300)), &proof), Err(BadProof));
        assert_eq!(check_inclusion(&head, index, &leaf, &proof[1..]), Err(BadProof));
        assert_eq!(check_inclusion(&head, index, &leaf, &[&proof[..], &proof[..1]].concat()), Err(BadProof));
        let other = TreeHead { root: hash(9), ..head };
        assert_eq!(check_inclusion(&other, index, &leaf, &proof), Err(BadProof));
        // a root does not bind the size; only a size with another way to the leaf is told from this one
        assert_eq!(check_inclusion(&TreeHead { size: 1 << 20, ..head }, index, &leaf, &proof), Err(BadProof));
        assert_eq!(check_inclusion(&TreeHead { size: index, ..head }, index, &leaf, &proof), Err(BadProof));
    }
}

#[test]
fn a_consistency_proof_with_any_bit_flipped_or_for_anything_else_is_refused() {
    let log = Log::of(300);
    let (head, checked) = (log.head(), log.checked());
    for size in [1, 2, 128, 255, 256, 257, 299] {
        let older = Log::of(size).head();
        let proof = checked.consistency_proof(size).unwrap();
        assert_eq!(check_consistency(&older, &head, &proof), Ok(()));
        for (place, bit) in (0..proof.len()).flat_map(|place| (0..256).map(move |bit| (place, bit))) {
            let mut altered = proof.clone();
            altered[place].0[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(check_consistency(&older, &head, &altered), Err(BadProof), "hash {place}, bit {bit}");
        }
        assert_eq!(check_consistency(&older, &head, &proof[1..]), Err(BadProof));
        assert_eq!(check_consistency(&older, &head, &[&proof[..], &proof[..1]].concat()), Err(BadProof));
        assert_eq!(check_consistency(&TreeHead { root: hash(9), ..older }, &head, &proof), Err(BadProof));
        assert_eq!(check_consistency(&older, &TreeHead { root: hash(9), ..head }, &proof), Err(BadProof));
        assert_eq!(check_consistency(&head, &older, &proof), Err(BadProof));
    }
    assert_eq!(check_consistency(&head, &head, &[]), Ok(()));
    assert_eq!(check_consistency(&head, &TreeHead { root: hash(9), ..head }, &[]), Err(BadProof));
    assert_eq!(check_consistency(&Edge::empty().head(), &head, &[]), Ok(()));
    assert_eq!(check_consistency(&Edge::empty().head(), &head, &[hash(1)]), Err(BadProof));
    assert_eq!(check_consistency(&TreeHead { size: 0, root: hash(9) }, &head, &[]), Err(BadProof));
}

#[test]
fn the_greatest_numbers_are_refused_and_overflow_nothing() {
    let head = TreeHead { size: u64::MAX, root: hash(1) };
    for index in [0, 1, u64::MAX - 1, u64::MAX] {
        assert_eq!(check_inclusion(&head, index, &hash(2), &vec![hash(3); 64]), Err(BadProof));
        let _ = head.tiles_for_inclusion_proof(index);
        let _ = head.tiles_for_leaves(&[index]);
        let _ = head.tiles_for_older(index);
        let _ = head.tiles_for_consistency_proof(index);
        let older = TreeHead { size: index, root: hash(1) };
        assert_eq!(check_consistency(&older, &head, &vec![hash(3); 64]), Err(BadProof));
    }
    assert!(matches!(head.check(&Tiles::new()), Err(TileError::Missing(_))));
}

// growing

#[test]
fn the_roots_of_this_log_are_these() {
    let roots = [
        (1, "aea833068048b82f42271c18e0076a5230cbc7d711c99de16a5917db14a3b044"),
        (255, "2f13ef79aaee0de307fd6d248c414d8e350af7a0e098edc4976512b409a812ed"),
        (256, "2a835365b03758760aaacb74bea6023b9a016cff8559d1661a239d434a5018b1"),
        (257, "2778f1b45729ca256ee7c7bd36405faa5f810d958b8c60a671a33812622f7638"),
        (300, "b7ef1d7d147679e0fbdce0c0b3d901a0373bd48a560271cdf51bf005c9dedf96"),
    ];
    for (size, root) in roots {
        assert_eq!(Log::of(size).head().root.to_string(), root, "size {size}");
    }
}

#[test]
fn a_log_of_three_levels_has_this_root_and_is_read() {
    let mut log = Log::of(65_536 + 300);
    let head = log.head();
    assert_eq!(head.root.to_string(), "2aa432c1b860b7472f5824a4a188cf38acbb50b17598bd2a3fbfbda3942abb55");
    let levels: BTreeSet<_> = log.all().keys().map(Tile::level).collect();
    assert_eq!(levels, BTreeSet::from([0, 1, 2]));

    let indices = [0, 255, 256, 65_535, 65_536, 65_835];
    let names = head.tiles_for_leaves(&indices).unwrap();
    let wanted = [
        "tile/0/000",
        "tile/0/001",
        "tile/0/255",
        "tile/0/256",
        "tile/0/257.p/44",
        "tile/1/000",
        "tile/1/001.p/1",
        "tile/2/000.p/1",
    ];
    assert_eq!(names.iter().map(Tile::path).collect::<Vec<_>>(), wanted);
    let read = head.check(&log.fetch(&names)).unwrap().leaves(&indices).unwrap();
    assert_eq!(read, indices.map(|index| leaf_hash(&data(index))));

    log.grow(&leaves(7));
    assert_eq!(log.head().size, 65_843);
    assert_eq!(log.checked().check_older(&head), Ok(()));
}

#[test]
fn growing_gives_only_what_is_new() {
    let edge = Log::of(70_000).edge;
    let growth = edge.with(&leaves(1)).unwrap();
    assert_eq!(growth.tiles.keys().map(Tile::path).collect::<Vec<_>>(), ["tile/0/273.p/113"]);
    assert_eq!(edge.with(&[]).unwrap().tiles, Tiles::new());
    assert_eq!(edge.with(&[]).unwrap().edge, edge);
    let growth = Log::of(255).edge.with(&leaves(1)).unwrap();
    assert_eq!(growth.tiles.keys().map(Tile::path).collect::<Vec<_>>(), ["tile/0/000", "tile/1/000.p/1"]);
}

#[test]
fn a_log_goes_on_from_its_partial_tiles() {
    for size in SIZES {
        let mut log = Log::of(*size);
        let partial: Tiles = log.fetch(&BTreeSet::from_iter(Tile::partial(*size)));
        assert_eq!(Edge::open(&log.head(), &partial), Ok(log.edge.clone()));
        for tile in partial.keys() {
            let mut altered = partial.clone();
            altered.get_mut(tile).unwrap()[7] ^= 1;
            assert_eq!(Edge::open(&log.head(), &altered), Err(TileError::Mismatch));
            altered.get_mut(tile).unwrap().pop();
            assert_eq!(Edge::open(&log.head(), &altered), Err(TileError::Length(*tile)));
            altered.remove(tile);
            assert_eq!(Edge::open(&log.head(), &altered), Err(TileError::Missing(*tile)));
        }
        log.edge = Edge::open(&log.head(), &partial).unwrap();
        log.grow(&(*size..*size + 600).map(|index| leaf_hash(&data(index))).collect::<Vec<_>>());
        assert_eq!(log.head(), Log::of(*size + 600).head());
    }
}

#[test]
fn a_log_that_is_full_grows_no_more() {
    // 2^40 leaves have one hash on the sixth level, and nothing of it is asked but the size
    let tile = Tile::in_tree(MAX_SIZE, 5, 0).unwrap();
    let head = TreeHead { size: MAX_SIZE, root: hash(1) };
    let edge = Edge::open(&head, &Tiles::from([(tile, vec![1; 32])])).unwrap();
    assert_eq!(edge.with(&leaves(1)), Err(LogFull));
    assert!(edge.with(&[]).is_ok());
}

// tiles

#[test]
fn tiles_have_these_names() {
    let names = [
        (1, 0, 0, "tile/0/000.p/1"),
        (256, 0, 0, "tile/0/000"),
        (256, 1, 0, "tile/1/000.p/1"),
        (70_000, 0, 272, "tile/0/272"),
        (70_000, 0, 273, "tile/0/273.p/112"),
        (70_000, 1, 1, "tile/1/001.p/17"),
        (70_000, 2, 0, "tile/2/000.p/1"),
        (MAX_SIZE, 0, 1_234_067, "tile/0/x001/x234/067"),
        (MAX_SIZE, 0, (1 << 32) - 1, "tile/0/x004/x294/x967/295"),
        (MAX_SIZE, 5, 0, "tile/5/000.p/1"),
    ];
    for (size, level, index, path) in names {
        let tile = Tile::in_tree(size, level, index).unwrap();
        assert_eq!(tile.path(), path);
        assert_eq!(Tile::from_path(path), Ok(tile));
        let peer = tlog_tiles::Tile::new(8, level, index, tile.width().into(), false);
        assert_eq!(peer.path().replacen("tile/8/", "tile/", 1), path);
    }
    assert_eq!(Tile::in_tree(0, 0, 0), None);
    assert_eq!(Tile::in_tree(256, 0, 1), None);
    assert_eq!(Tile::in_tree(255, 1, 0), None);
    assert_eq!(Tile::in_tree(u64::MAX, 8, 0), None);
    assert_eq!(Tile::in_tree(u64::MAX, 0, u64::MAX), None);
}

#[test]
fn other_spellings_of_a_tile_are_refused() {
    let refused = [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/001/",
        "/tile/0/000",
        "tile/00/000",
        "tile/+0/000",
        "tile/-1/000",
        "tile/6/000",
        "tile/5/000",
        "tile/5/000.p/2",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/+1",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000.p/65536",
        "tile/0/x000/000",
        "tile/0/x001",
        "tile/0/xx001/000",
        "tile/0/001/000",
        "tile/0/1000",
        "tile/0/x004/x294/x967/296",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/000.p/1.p/1",
        "tile/8/0/000",
        "tile/data/000",
        "tile/entries/000",
        "tile/0/000 ",
        "tile/0/0\u{660}0",
    ];
    for path in refused {
        assert_eq!(Tile::from_path(path), Err(NotATile), "{path}");
    }
}

#[test]
fn a_reader_gets_the_leaves_it_asks_for() {
    for size in SIZES.iter().filter(|size| **size > 0) {
        let log = Log::of(*size);
        let head = log.head();
        for index in [0, size / 3, size / 2, size - 1] {
            let names = head.tiles_for_leaves(&[index]).unwrap();
            let checked = head.check(&log.fetch(&names)).unwrap();
            assert_eq!(checked.leaf(index), Ok(leaf_hash(&data(index))), "leaf {index} of {size}");
            assert_eq!(checked.head(), head);
            let names = head.tiles_for_inclusion_proof(index).unwrap();
            let proof = head.check(&log.fetch(&names)).unwrap().inclusion_proof(index).unwrap();
            assert_eq!(check_inclusion(&head, index, &leaf_hash(&data(index)), &proof), Ok(()));
        }
        assert_eq!(head.tiles_for_leaves(&[0, *size]), Err(ReadError::NotInTree));
        assert_eq!(head.tiles_for_inclusion_proof(*size), Err(ReadError::NotInTree));
        assert_eq!(log.checked().leaf(*size), Err(ReadError::NotInTree));
        assert_eq!(log.checked().inclusion_proof(*size), Err(ReadError::NotInTree));
    }
    assert_eq!(Log::of(0).head().check(&Tiles::new()).unwrap().leaf(0), Err(ReadError::NotInTree));
    let wrong = TreeHead { size: 0, root: hash(1) };
    assert_eq!(wrong.check(&Tiles::new()), Err(TileError::Mismatch));
}

#[test]
fn what_was_not_fetched_is_not_read() {
    let log = Log::of(700);
    let head = log.head();
    let checked = head.check(&log.fetch(&head.tiles_for_leaves(&[699]).unwrap())).unwrap();
    assert_eq!(checked.leaf(0), Err(ReadError::Missing));
    assert_eq!(checked.leaves(&[699, 0]), Err(ReadError::Missing));
    assert_eq!(checked.root_at(3), Err(ReadError::Missing));
    assert_eq!(checked.root_at(512).unwrap(), Log::of(512).head().root);
    assert_eq!(checked.check_older(&Log::of(3).head()), Err(ForkError::Read(ReadError::Missing)));
}

/// In trees of 259, 263, 511, 515 and 700 leaves several peaks are in one partial tile. A reader that counts peaks where
/// it should count tiles takes the first full tile there without a check.
#[test]
fn every_hash_of_every_tile_is_checked() {
    for size in SIZES.iter().filter(|size| **size > 0) {
        let log = Log::of(*size);
        for (tile, bytes) in log.all() {
            for place in 0..usize::from(tile.width()) {
                let mut altered = log.all();
                altered.insert(tile, bytes.clone());
                altered.get_mut(&tile).unwrap()[32 * place + place % 32] ^= 1 << (place % 8);
                assert_eq!(log.head().check(&altered), Err(TileError::Mismatch), "{size}: {} at {place}", tile.path());
            }
        }
    }
}

#[test]
fn a_tile_with_any_bit_flipped_is_refused() {
    let log = Log::of(259);
    for (tile, bytes) in log.all() {
        for bit in 0..256 {
            let mut altered = log.all();
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            altered.insert(tile, bytes);
            assert_eq!(log.head().check(&altered), Err(TileError::Mismatch), "{} at bit {bit}", tile.path());
        }
    }
}

#[test]
fn a_tile_that_is_cut_longer_missing_or_of_another_width_is_refused() {
    let log = Log::of(700);
    for (tile, bytes) in log.all() {
        for length in [0, 1, 31, 32, bytes.len() - 32, bytes.len() - 1, bytes.len() + 1, bytes.len() + 32] {
            let mut altered = log.all();
            let mut bytes = bytes.clone();
            bytes.resize(length, 0);
            if length == tile.length() {
                continue;
            }
            altered.insert(tile, bytes);
            assert_eq!(log.head().check(&altered), Err(TileError::Length(tile)), "{} of {length}", tile.path());
        }
        let mut altered = log.all();
        altered.remove(&tile);
        if tile.is_full() {
            let checked = log.head().check(&altered).unwrap();
            assert_eq!(checked.leaf(tile.index() * 256), Err(ReadError::Missing));
        } else {
            assert_eq!(log.head().check(&altered), Err(TileError::Missing(tile)));
        }
        // a partial one in place of a full one, and of another width than the tree has
        let narrower = Tile::from_path(&format!("tile/{}/{:03}.p/1", tile.level(), tile.index())).unwrap();
        let narrow = (narrower != tile).then(|| bytes[..32].to_vec());
        if let Some((other, bytes)) = narrow.map(|bytes| (narrower, bytes)) {
            let mut altered = log.all();
            altered.insert(other, bytes.clone());
            assert_eq!(log.head().check(&altered), Err(TileError::Foreign(other)), "{} too", other.path());
            altered.remove(&tile);
            assert!(log.head().check(&altered).is_err(), "{} instead", other.path());
        }
    }
    // the tiles of the same log when it was smaller or greater, and its own under another size
    for size in [512, 699, 701] {
        assert!(log.head().check(&Log::of(size).all()).is_err());
        let resized = TreeHead { size, ..log.head() };
        assert!(resized.check(&log.all()).is_err());
        assert_eq!(resized.check(&Log::of(size).all()), Err(TileError::Mismatch));
    }
    let with_older: Tiles = Log::of(699).all().into_iter().chain(log.all()).collect();
    assert!(matches!(log.head().check(&with_older), Err(TileError::Foreign(_))));
}

#[test]
fn a_full_tile_without_what_is_above_it_is_refused() {
    let log = Log::of(65_536 + 300);
    let mut tiles = log.fetch(&log.head().tiles_for_leaves(&[0]).unwrap());
    let parent = Tile::from_path("tile/1/000").unwrap();
    tiles.remove(&parent);
    assert_eq!(log.head().check(&tiles), Err(TileError::Missing(parent)));
}

// older trees

#[test]
fn a_log_that_only_grew_continues_every_older_one() {
    for newer in SIZES {
        let log = Log::of(*newer);
        for older in SIZES.iter().filter(|older| *older <= newer) {
            let names = log.head().tiles_for_older(*older).unwrap();
            let checked = log.head().check(&log.fetch(&names)).unwrap();
            assert_eq!(checked.check_older(&Log::of(*older).head()), Ok(()), "{older} in {newer}");
            let names = log.head().tiles_for_consistency_proof(*older).unwrap();
            let proof = log.head().check(&log.fetch(&names)).unwrap().consistency_proof(*older).unwrap();
            assert_eq!(check_consistency(&Log::of(*older).head(), &log.head(), &proof), Ok(()), "{older} in {newer}");
        }
    }
}

#[test]
fn a_rewritten_log_is_a_fork() {
    let mut rewritten = leaves(700);
    rewritten[300] = hash(1);
    let mut log = Log::default();
    log.grow(&rewritten);
    for size in SIZES.iter().filter(|size| (1..=700).contains(*size)) {
        let expected = if *size > 300 { Err(ForkError::Forked) } else { Ok(()) };
        assert_eq!(log.checked().check_older(&Log::of(*size).head()), expected, "size {size}");
    }
    let rolled_back = Log::of(699);
    assert_eq!(rolled_back.head().tiles_for_older(700), Err(ReadError::NotInTree));
    assert_eq!(rolled_back.checked().check_older(&log.head()), Err(ForkError::Read(ReadError::NotInTree)));
    let emptied = TreeHead { size: 0, root: hash(1) };
    assert_eq!(log.checked().check_older(&emptied), Err(ForkError::Forked));
}

// second opinions

/// What tlog_tiles reads its hashes from.
struct Stored(Vec<tlog_tiles::Hash>);

impl tlog_tiles::HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|index| self.0[usize::try_from(*index).unwrap()]).collect())
    }
}

#[test]
fn tlog_tiles_makes_the_same_tiles_and_roots() {
    let mut stored = Stored(Vec::new());
    let mut log = Log::default();
    for (old, new) in SIZES.iter().zip(&SIZES[1..]) {
        for index in *old..*new {
            let hashes = tlog_tiles::stored_hashes(index, &data(index).0, &stored).unwrap();
            stored.0.extend(hashes);
        }
        let growth = log.edge.with(&leaves(*new)[usize::try_from(*old).unwrap()..]).unwrap();
        assert_eq!(growth.edge.head().root.0, tlog_tiles::tree_hash(*new, &stored).unwrap().0);
        let peers = tlog_tiles::Tile::new_tiles(8, *old, *new);
        let peers: BTreeMap<_, _> = peers.iter().map(|tile| (tile.path(), tile.read_data(&stored).unwrap())).collect();
        let path = |tile: &Tile| tile.path().replacen("tile/", "tile/8/", 1);
        let ours: BTreeMap<_, _> = growth.tiles.iter().map(|(tile, bytes)| (path(tile), bytes.clone())).collect();
        assert_eq!(ours, peers, "from {old} to {new}");
        log.edge = growth.edge;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// A log that grows in batches of any size has ct-merkle's root after each, and its tiles are those of one that grew
    /// at once.
    #[test]
    fn batches_of_any_size_give_the_same_tree(batches in proptest::collection::vec(0..400u64, 1..6)) {
        let (mut log, mut size) = (Log::default(), 0);
        let mut peer = Peer::new();
        for batch in batches {
            log.grow(&(size..size + batch).map(|index| leaf_hash(&data(index))).collect::<Vec<_>>());
            (size..size + batch).for_each(|index| peer.push(data(index).0));
            size += batch;
            prop_assert_eq!(log.head().size, size);
            prop_assert_eq!(log.head().root.0, <[u8; 32]>::from(*peer.root().as_bytes()));
        }
        prop_assert_eq!(log.all(), Log::of(size).all());
    }

    /// Each side accepts the proofs of the other, and they are the same bytes.
    #[test]
    fn proofs_are_those_of_ct_merkle(size in 1..900u64, index in any::<prop::sample::Index>(), older in any::<prop::sample::Index>()) {
        let (log, peer) = (Log::of(size), peer(size));
        let (head, checked) = (log.head(), log.checked());

        let index = index.index(usize::try_from(size).unwrap());
        let theirs = peer.prove_inclusion(index);
        let index = index as u64;
        let ours = checked.inclusion_proof(index).unwrap();
        prop_assert_eq!(hashes(theirs.as_bytes()), ours.clone());
        prop_assert_eq!(check_inclusion(&head, index, &leaf_hash(&data(index)), &hashes(theirs.as_bytes())), Ok(()));
        let bytes: Vec<u8> = ours.iter().flat_map(|hash| hash.0).collect();
        let ours = ct_merkle::InclusionProof::try_from_bytes(bytes).unwrap();
        prop_assert!(peer.root().verify_inclusion(&data(index).0, index, &ours).is_ok());

        let older = 1 + older.index(usize::try_from(size).unwrap()) as u64;
        let theirs = peer.prove_consistency(usize::try_from(size - older).unwrap());
        let ours = checked.consistency_proof(older).unwrap();
        prop_assert_eq!(hashes(theirs.as_bytes()), ours.clone());
        prop_assert_eq!(check_consistency(&Log::of(older).head(), &head, &ours), Ok(()));
    }

    /// Whatever tiles come, what is read from them is what is in the log.
    #[test]
    fn no_change_of_a_tile_is_read(
        size in 1..900u64, leaf in any::<prop::sample::Index>(), tile in any::<prop::sample::Index>(),
        byte in any::<prop::sample::Index>(), with in 1..=255u8,
    ) {
        let log = Log::of(size);
        let index = leaf.index(usize::try_from(size).unwrap()) as u64;
        let mut tiles = log.fetch(&log.head().tiles_for_leaves(&[index]).unwrap());
        let name = *tiles.keys().nth(tile.index(tiles.len())).unwrap();
        *byte.get_mut(tiles.get_mut(&name).unwrap()) ^= with;
        prop_assert_eq!(log.head().check(&tiles), Err(TileError::Mismatch));
    }

    /// Any path that is read is written as it was.
    #[test]
    fn paths_have_one_spelling(path in "tile/[0-9]{1,2}(/x?[0-9]{1,4}){1,3}(\\.p/[0-9]{1,3})?") {
        if let Ok(tile) = Tile::from_path(&path) {
            prop_assert_eq!(tile.path(), path);
        }
    }
}

// the account map

fn entry(account: u8, card: u8, vault_head: Option<u8>) -> MapEntry {
    MapEntry { account: AccountId([account; 32]), card: hash(card), vault_head: vault_head.map(hash) }
}

fn entries() -> [MapEntry; 3] {
    [entry(0xa1, 0xd1, Some(0xb1)), entry(0xa2, 0xd2, None), entry(0xa3, 0xd3, Some(0xb3))]
}

#[test]
fn an_account_map() {
    let roots = [
        EMPTY_ROOT.to_string(),
        "a3b95fadf431457dc2d995aaea7fa316cbb263d8b8c998ed128b09ab077df7e9".to_owned(),
        "dc6822bcca52aa9e3e3c12751997a5e2b6cbfc6811352884e0e89051666fc069".to_owned(),
        "18ed815ad5dcec1bd2e029d7ba8930939256c7c8486d0be6f1c8779fe93cb6bc".to_owned(),
    ];
    for (count, root) in roots.into_iter().enumerate() {
        assert_eq!(map_root(entries().into_iter().take(count)).unwrap().to_string(), root);
    }
    let second = [b"amanah/v1/hash/map-leaf\0", &[0xa2; 32][..], &[0xd2; 32], &[0; 32]].concat();
    let leaf: [u8; 32] = Sha256::new().chain_update([0]).chain_update(of_bytes(&second).0).finalize().into();
    assert_eq!(map_root([entries()[1]]), Ok(Hash(leaf)));
}

#[test]
fn a_map_proof() {
    let proof = map_proof(entries(), AccountId([0xa2; 32])).unwrap().unwrap();
    let bytes = "
        84                    # version and three fields
        01                    # version
        01                    # index
        03                    # size
        82                    # two hashes, the nearest first
        5820 a3b95fadf431457dc2d995aaea7fa316cbb263d8b8c998ed128b09ab077df7e9
        5820 b075c39e517e42f7f1437839f546bcb7bb316de4e175782a9198de12fbd517f4";
    assert_eq!(hex::encode(proof.to_bytes()), hex::encode(spell(bytes)));
    assert_eq!(MapProof::parse(&spell(bytes)).as_ref(), Ok(&proof));
    assert!(MapProof::parse(&[&spell(bytes)[..], &[0]].concat()).is_err());
    let longest = MapProof { index: u64::MAX, size: u64::MAX, path: vec![hash(1); 56] };
    assert!(longest.to_bytes().len() <= MapProof::MAX);
}

#[test]
fn an_entry_of_the_map_is_proven_and_no_other() {
    let map = map_root(entries()).unwrap();
    for right in entries() {
        let proof = map_proof(entries(), right.account).unwrap().unwrap();
        assert_eq!(proof.check(&map, &right), Ok(()));
        let others = [
            MapEntry { account: AccountId([9; 32]), ..right },
            MapEntry { card: hash(9), ..right },
            MapEntry { vault_head: Some(hash(9)), ..right },
            MapEntry { vault_head: right.vault_head.map_or(Some(hash(1)), |_| None), ..right },
        ];
        for other in others {
            assert_eq!(proof.check(&map, &other), Err(BadProof), "{other:?}");
        }
        for place in 0..proof.path.len() {
            for bit in 0..256 {
                let mut altered = proof.clone();
                altered.path[place].0[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(altered.check(&map, &right), Err(BadProof));
            }
        }
        assert_eq!(MapProof { index: 3, ..proof.clone() }.check(&map, &right), Err(BadProof));
        assert_eq!(MapProof { size: 9, ..proof.clone() }.check(&map, &right), Err(BadProof));
        let older = map_root(entries().into_iter().take(2)).unwrap();
        assert_eq!(proof.check(&older, &right), Err(BadProof));
    }
    assert_eq!(map_proof(entries(), AccountId([9; 32])), Ok(None));
    assert_eq!(map_proof([], AccountId([9; 32])), Ok(None));
}

#[test]
fn accounts_out_of_order_or_twice_make_no_map() {
    let [first, second, third] = entries();
    for wrong in [vec![second, first], vec![first, third, second], vec![first, first], vec![first, second, second]] {
        assert_eq!(map_root(wrong.clone()), Err(NotAscending));
        assert_eq!(map_proof(wrong, first.account), Err(NotAscending));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_account_of_any_map_is_proven(
        accounts in proptest::collection::btree_map(any::<[u8; 32]>(), (any::<[u8; 32]>(), any::<Option<[u8; 32]>>()), 1..40),
        which in any::<prop::sample::Index>(),
    ) {
        let entries: Vec<_> = accounts.into_iter().map(|(account, (card, head))| {
            MapEntry { account: AccountId(account), card: Hash(card), vault_head: head.map(Hash) }
        }).collect();
        let map = map_root(entries.clone()).unwrap();
        let entry = *which.get(&entries);
        let proof = map_proof(entries.clone(), entry.account).unwrap().unwrap();
        prop_assert_eq!(proof.check(&map, &entry), Ok(()));
        prop_assert!(proof.to_bytes().len() <= MapProof::MAX);
        let another = MapEntry { card: hash(7), ..entry };
        prop_assert_eq!(proof.check(&map, &another), Err(BadProof));
    }
}
