//! The open log (docs/protocol.md §8): the record's order as a Merkle tree whose head the relay signs and witnesses date.
//!
//! Hashes, proofs and tiles are those of RFC 6962 and C2SP tlog-tiles, checkpoints and cosignatures those of C2SP
//! tlog-checkpoint and tlog-cosignature, so that foreign tools can check them. Whoever reads fetches tiles by the names
//! that are given here; nothing here fetches.

mod checkpoint;
mod cosignature;
mod edge;
mod leaf;
mod map;
mod note;
mod quorum;
mod reading;
mod tile;
mod tree;

pub use checkpoint::{Checkpoint, CheckpointError, NotACheckpoint, SignedCheckpoint, UnverifiedCheckpoint};
pub use cosignature::{NotACosignature, NotAWitness, Witness};
pub use edge::{Edge, Growth, LogFull};
pub use leaf::{Salt, index_of, leaf_data};
pub use map::{MapAnswer, MapEntry, MapProof, NotAscending, map_proof, map_root};
pub use note::{MAX_NOTE, MAX_SIGNATURES, SignatureLine, SignatureType, key_id};
pub use quorum::{COSIGNATURE_AGE_MS, CosignedCheckpoints, MAX_WITNESSES, NotAQuorum, Quorum, TooFewWitnesses};
pub use reading::{CheckedTiles, ForkError, ReadError, TileError};
pub use tile::{NotATile, TILE_HASHES, Tile};
pub use tree::{
    BadProof, EMPTY_ROOT, MAX_SIZE, TreeHead, check_consistency, check_inclusion, leaf_hash, node_hash, root,
};
