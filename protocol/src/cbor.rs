//! Deterministic CBOR (docs/protocol.md §2): arrays that begin with the structure's version, one spelling for each value.
//!
//! minicbor decodes long integers, indefinite arrays, surplus elements and trailing bytes, so every
//! [`Structure::parse`] encodes again what it decoded and compares it with what it was given.

use minicbor::{Decode, Decoder, Encode, Encoder};

use crate::hash::{Hash, tagged};

/// The version that stands first in every structure of this protocol.
pub const VERSION: u8 = 1;

/// Why bytes are not the structure they were offered as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// More bytes than the structure may have; nothing was decoded.
    #[error("longer than this structure may be")]
    TooLarge,
    /// Not CBOR of this structure: another type, version, number of fields or value.
    #[error("not a structure of this kind")]
    Malformed,
    /// Decodable, but not in the one spelling that deterministic CBOR allows.
    #[error("not in canonical form")]
    NotCanonical,
}

/// Something that travels: deterministic CBOR with a name of its own and a size limit.
pub trait Structure: Sized + Encode<()> + for<'b> Decode<'b, ()> {
    /// The name that separates hashes and signatures of this structure from all others.
    const NAME: &'static str;
    /// The greatest encoding in bytes; checked before anything is decoded.
    const MAX: usize;

    /// The one encoding of this structure.
    fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads a structure from outside.
    ///
    /// # Errors
    /// [`ParseError`]: too large, malformed, or not canonical.
    fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        if bytes.len() > Self::MAX {
            return Err(ParseError::TooLarge);
        }
        let value: Self = minicbor::decode(bytes).map_err(|_| ParseError::Malformed)?;
        if is_encoding_of(&value, bytes) { Ok(value) } else { Err(ParseError::NotCanonical) }
    }

    /// `H(NAME, encoding)`, the address of the structure.
    fn hash(&self) -> Hash {
        tagged(Self::NAME, &[&self.to_bytes()])
    }
}

/// Encodes any value of the protocol; writing to memory cannot fail.
pub fn encode<T: Encode<()> + ?Sized>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    let written = Encoder::new(&mut bytes).encode(value).is_ok();
    debug_assert!(written, "encoding to memory cannot fail");
    bytes
}

/// Whether these bytes are the one encoding of a value. Compares while it encodes, so that nothing is copied.
pub fn is_encoding_of<T: Encode<()> + ?Sized>(value: &T, bytes: &[u8]) -> bool {
    let mut encoder = Encoder::new(Expected(bytes));
    encoder.encode(value).is_ok() && encoder.writer().0.is_empty()
}

/// What is still to be written.
struct Expected<'a>(&'a [u8]);

/// Something else is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("another encoding")]
struct OtherEncoding;

impl minicbor::encode::Write for Expected<'_> {
    type Error = OtherEncoding;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), OtherEncoding> {
        self.0 = self.0.strip_prefix(bytes).ok_or(OtherEncoding)?;
        Ok(())
    }
}

/// Begins the array of a structure: its length and version.
///
/// # Errors
/// Those of the writer.
pub fn begin<W: minicbor::encode::Write>(
    e: &mut Encoder<W>,
    fields: u64,
) -> Result<(), minicbor::encode::Error<W::Error>> {
    e.array(fields + 1)?.u8(VERSION)?;
    Ok(())
}

/// Expects the array of a structure of `fields` fields and this version.
///
/// # Errors
/// Another length (or an indefinite one) or another version.
pub fn expect(d: &mut Decoder<'_>, fields: u64) -> Result<(), minicbor::decode::Error> {
    if d.array()? != Some(fields + 1) {
        return Err(minicbor::decode::Error::message("number of fields"));
    }
    if d.u8()? != VERSION {
        return Err(minicbor::decode::Error::message("version"));
    }
    Ok(())
}

/// Declares a structure: its fields in the order in which they are encoded after the version.
///
/// `part` declares a component that stands inside others, without name, version and size of its own.
#[macro_export]
macro_rules! structure {
    (
        $(#[$doc:meta])*
        pub struct $name:ident = $tag:literal, at most $max:expr => {
            $( $(#[$fdoc:meta])* $field:ident : $ty:ty ),* $(,)?
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name { $( $(#[$fdoc])* pub $field: $ty ),* }

        impl $crate::cbor::Structure for $name {
            const NAME: &'static str = $tag;
            const MAX: usize = $max;
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                ctx: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                $crate::cbor::begin(e, $crate::structure!(@count $($field)*))?;
                $( minicbor::Encode::encode(&self.$field, e, ctx)?; )*
                Ok(())
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
                $crate::cbor::expect(d, $crate::structure!(@count $($field)*))?;
                Ok(Self { $( $field: minicbor::Decode::decode(d, ctx)? ),* })
            }
        }
    };
    (
        $(#[$doc:meta])*
        pub part $name:ident => {
            $( $(#[$fdoc:meta])* $field:ident : $ty:ty ),* $(,)?
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name { $( $(#[$fdoc])* pub $field: $ty ),* }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                ctx: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.array($crate::structure!(@count $($field)*))?;
                $( minicbor::Encode::encode(&self.$field, e, ctx)?; )*
                Ok(())
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
                if d.array()? != Some($crate::structure!(@count $($field)*)) {
                    return Err(minicbor::decode::Error::message("number of fields"));
                }
                Ok(Self { $( $field: minicbor::Decode::decode(d, ctx)? ),* })
            }
        }
    };
    (@count) => { 0u64 };
    (@count $head:ident $($tail:ident)*) => { 1u64 + $crate::structure!(@count $($tail)*) };
}

/// Declares an enumeration that travels as a small integer; unknown numbers are refused.
#[macro_export]
macro_rules! code {
    (
        $(#[$doc:meta])*
        pub enum $name:ident { $( $(#[$vdoc:meta])* $variant:ident = $number:literal ),* $(,)? }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $( $(#[$vdoc])* $variant = $number ),* }

        impl $name {
            /// Every value, in the order of the numbers.
            pub const ALL: &'static [Self] = &[ $( Self::$variant ),* ];

            /// The number that travels.
            pub const fn number(self) -> u8 {
                self as u8
            }

            /// The value with this number, if there is one.
            pub const fn from_number(number: u8) -> Option<Self> {
                match number {
                    $( $number => Some(Self::$variant), )*
                    _ => None,
                }
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.u8(self.number())?;
                Ok(())
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                Self::from_number(d.u8()?).ok_or_else(|| minicbor::decode::Error::message("unknown number"))
            }
        }
    };
}

/// A byte string inside a structure.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ByteString(pub Vec<u8>);

impl<C> Encode<C> for ByteString {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?;
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for ByteString {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Ok(Self(d.bytes()?.to_vec()))
    }
}
