//! Tests of what this crate keeps to itself: published vectors, own vectors, and a second implementation.

mod differential;
mod published;
mod refusals;
mod source;
mod wycheproof;

pub(crate) use source::Blocks;
