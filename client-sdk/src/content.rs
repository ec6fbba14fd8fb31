//! What is inside a letter (docs/protocol.md §6): the words, before they are padded and sealed.

use amanah_protocol::cbor::{Structure, begin, expect};
use amanah_protocol::centre::Role;
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{LetterId, Timestamp};
use amanah_protocol::letter::MAX_PADDED;
use amanah_protocol::{code, structure};
use minicbor::{Decode, Decoder, Encode, Encoder};
use zeroize::Zeroize;

use crate::session::SendError;

/// The longest text of a letter in bytes, so that it still fits after encoding and padding: 192 KiB.
pub const MAX_TEXT: usize = 196_608;

code! {
    /// What an envelope holds. Only readers learn it.
    pub enum ContentKind {
        /// A letter of an e-mail therapy.
        Letter = 1,
        /// Words by which a client can show later, without any key, to be the same person.
        CodeWords = 2,
        /// Where a client is, and whom to call there.
        Intake = 3,
        /// How far the counselling has come.
        Stage = 4,
    }
}

code! {
    /// The stages of counselling, after Prayitno's KOPASTA.
    pub enum Stage {
        /// Pengantaran: getting to know each other.
        Introduction = 1,
        /// Penjajagan: looking at what is there.
        Exploration = 2,
        /// Penafsiran: understanding it.
        Interpretation = 3,
        /// Pembinaan: finding ways and trying them.
        Guidance = 4,
        /// Penilaian: looking at what has changed.
        Evaluation = 5,
    }
}

/// The longest answer of an intake in bytes.
pub const MAX_ANSWER: usize = 2048;

structure! {
    /// Where a client is, and whom to call there when a life is in danger or the technology fails.
    pub part Intake => {
        /// Town or region, as the client says it.
        place: String,
        /// Whom to call near the client in a crisis.
        crisis: Option<String>,
        /// How to reach the client otherwise.
        otherwise: Option<String>,
        /// What the client wants to be called.
        called: Option<String>,
    }
}

impl Intake {
    /// An intake as a client has filled it in: what is blank was not answered.
    pub fn new(place: &str, crisis: &str, otherwise: &str, called: &str) -> Self {
        let answer = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Self {
            place: place.trim().to_owned(),
            crisis: answer(crisis),
            otherwise: answer(otherwise),
            called: answer(called),
        }
    }

    /// All that was answered.
    fn answers(&self) -> impl Iterator<Item = &String> {
        [&self.place].into_iter().chain(&self.crisis).chain(&self.otherwise).chain(&self.called)
    }
}

impl Drop for Intake {
    fn drop(&mut self) {
        self.place.zeroize();
        self.crisis.zeroize();
        self.otherwise.zeroize();
        self.called.zeroize();
    }
}

/// What an envelope says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// The words of a letter.
    Letter(String),
    /// Code words of a client.
    CodeWords(String),
    /// The intake of a client.
    Intake(Intake),
    /// The stage, as a counsellor sees it.
    Stage(Stage),
}

impl Body {
    /// What it is.
    pub const fn kind(&self) -> ContentKind {
        match self {
            Self::Letter(_) => ContentKind::Letter,
            Self::CodeWords(_) => ContentKind::CodeWords,
            Self::Intake(_) => ContentKind::Intake,
            Self::Stage(_) => ContentKind::Stage,
        }
    }

    /// Whether somebody who is this in a session can say it.
    pub(crate) fn is_for(&self, role: Role) -> bool {
        match self {
            Self::Letter(_) => true,
            Self::CodeWords(_) | Self::Intake(_) => role == Role::Client,
            Self::Stage(_) => role == Role::Counsellor,
        }
    }

    fn encode<W: minicbor::encode::Write>(&self, e: &mut Encoder<W>) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.encode(self.kind())?;
        match self {
            Self::Letter(words) | Self::CodeWords(words) => e.encode(words)?,
            Self::Intake(intake) => e.encode(intake)?,
            Self::Stage(stage) => e.encode(stage)?,
        };
        Ok(())
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, minicbor::decode::Error> {
        Ok(match d.decode()? {
            ContentKind::Letter => Self::Letter(d.decode()?),
            ContentKind::CodeWords => Self::CodeWords(d.decode()?),
            ContentKind::Intake => Self::Intake(d.decode()?),
            ContentKind::Stage => Self::Stage(d.decode()?),
        })
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        if let Self::Letter(words) | Self::CodeWords(words) = self {
            words.zeroize();
        }
    }
}

structure! {
    /// A file beside a letter. This version reads the entry and sends none.
    pub part Attachment => {
        /// SHA-256 of the sealed file.
        blob: Hash,
        /// Its key.
        key: Hash,
        /// Its length in bytes.
        size: u64,
        /// Its name.
        name: String,
        /// Its media type.
        media_type: String,
    }
}

/// The content of an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// What it says.
    pub body: Body,
    /// When it was written, by the writer's clock.
    pub written: Timestamp,
    /// The letter that it answers.
    pub reply_to: Option<LetterId>,
    /// Files beside it.
    pub attachments: Vec<Attachment>,
}

/// Fields after the version; the body takes two, its kind and itself.
const FIELDS: u64 = 5;

impl Structure for Content {
    const NAME: &'static str = "content";
    const MAX: usize = MAX_PADDED;
}

impl<C> Encode<C> for Content {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        begin(e, FIELDS)?;
        self.body.encode(e)?;
        e.encode(self.written)?.encode(self.reply_to)?.encode(&self.attachments)?;
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Content {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        expect(d, FIELDS)?;
        let body = Body::decode(d)?;
        Ok(Self { body, written: d.decode()?, reply_to: d.decode()?, attachments: d.decode()? })
    }
}

/// A letter that nobody has sealed yet. Sending it twice, even after a restart, stores it once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The id under which it will be stored.
    pub id: LetterId,
    /// What it says.
    pub body: Body,
    /// The letter that it answers.
    pub reply_to: Option<LetterId>,
}

impl Draft {
    pub(crate) fn content(&self, now: Timestamp) -> Content {
        Content { body: self.body.clone(), written: now, reply_to: self.reply_to, attachments: Vec::new() }
    }

    /// Whether an opened content is this draft.
    pub(crate) fn is(&self, content: &Content) -> bool {
        content.body == self.body && content.reply_to == self.reply_to
    }

    /// Whether it can be sent.
    ///
    /// # Errors
    /// [`SendError`].
    pub(crate) fn check(&self) -> Result<(), SendError> {
        match &self.body {
            Body::Letter(words) if words.trim().is_empty() => Err(SendError::Empty),
            Body::Letter(words) if words.len() > MAX_TEXT => Err(SendError::TooLong),
            Body::CodeWords(words) if !are_code_words(words) => Err(SendError::CodeWords),
            Body::Intake(intake) if intake.place.is_empty() => Err(SendError::NoPlace),
            Body::Intake(intake) if intake.answers().any(|answer| answer.len() > MAX_ANSWER) => Err(SendError::TooLong),
            _ => Ok(()),
        }
    }
}

/// Whether two people mean the same code words: case and spacing do not matter.
pub fn same_code_words(one: &str, other: &str) -> bool {
    let words = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    words(one) == words(other)
}

/// Whether these are enough words to show later who somebody is: two at least, with eight letters or digits together.
fn are_code_words(text: &str) -> bool {
    text.split_whitespace().count() >= 2 && text.chars().filter(|c| c.is_alphanumeric()).count() >= 8
}

/// Encodes a content for sealing.
pub(crate) fn compose(content: &Content) -> zeroize::Zeroizing<Vec<u8>> {
    zeroize::Zeroizing::new(content.to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(body: Body) -> Content {
        Content { body, written: Timestamp(7), reply_to: None, attachments: Vec::new() }
    }

    #[test]
    fn every_kind_of_content_has_its_bytes() {
        let is = |body, parts: &[&[u8]]| assert_eq!(content(body).to_bytes(), parts.concat());
        // after each body: written 7, no reply, no attachments
        let end = [7, 0xf6, 0x80].as_slice();
        // array of 6, version 1, kind, then the body
        is(Body::Letter("ya".to_owned()), &[&[0x86, 1, 1], b"\x62ya", end]);
        is(Body::CodeWords("ya".to_owned()), &[&[0x86, 1, 2], b"\x62ya", end]);
        // place, whom to call, not answered, what to be called
        let intake = Intake::new(" Solo ", "Ibu", " ", "Sari");
        is(Body::Intake(intake), &[&[0x86, 1, 3, 0x84], b"\x64Solo", b"\x63Ibu", b"\xf6\x64Sari", end]);
        is(Body::Stage(Stage::Guidance), &[&[0x86, 1, 4, 4], end]);
    }

    #[test]
    fn what_was_composed_reads_back_and_a_body_of_another_kind_does_not() {
        let intake = Intake::new("Solo", "", "0812", "");
        for body in [Body::Letter("ya".to_owned()), Body::Intake(intake), Body::Stage(Stage::Evaluation)] {
            let content = content(body);
            assert_eq!(Content::parse(&content.to_bytes()), Ok(content));
        }
        // a letter whose body is a stage, a stage that there is not, an intake of three answers
        for wrong in [
            [0x86, 1, 1, 4, 7, 0xf6, 0x80].as_slice(),
            &[0x86, 1, 4, 6, 7, 0xf6, 0x80],
            &[0x86, 1, 3, 0x83, 0x61, 0x61, 0xf6, 0xf6, 7, 0xf6, 0x80],
        ] {
            assert!(Content::parse(wrong).is_err(), "{wrong:x?}");
        }
    }

    #[test]
    fn a_client_names_no_stage_and_a_counsellor_no_place() {
        let (stage, intake) = (Body::Stage(Stage::Guidance), Body::Intake(Intake::new("Solo", "", "", "")));
        for role in Role::ALL {
            assert_eq!(stage.is_for(*role), *role == Role::Counsellor);
            assert_eq!(intake.is_for(*role), *role == Role::Client);
        }
    }

    #[test]
    fn an_intake_needs_a_place_and_no_answer_is_endless() {
        let check = |intake| {
            let id = LetterId::from_random_bytes([0; 16]);
            Draft { id, body: Body::Intake(intake), reply_to: None }.check()
        };
        assert_eq!(check(Intake::new("Solo", "", "", "")), Ok(()));
        assert_eq!(check(Intake::new("  ", "Ibu", "", "")), Err(SendError::NoPlace));
        let long = "a".repeat(MAX_ANSWER + 1);
        assert_eq!(check(Intake::new("Solo", "", "", &long)), Err(SendError::TooLong));
    }

    #[test]
    fn code_words_are_two_words_or_more_in_any_spelling_of_case_and_spaces() {
        assert!(are_code_words("pohon mangga") && are_code_words("ombak  pagi hari"));
        for weak in ["", "   ", "pohonmangga", "a b", "ya tidak"] {
            assert!(!are_code_words(weak), "{weak:?}");
        }
        assert!(same_code_words("Pohon  Mangga", "pohon mangga\n"));
        assert!(!same_code_words("pohon mangga", "pohon jambu") && !same_code_words("pohonmangga", "pohon mangga"));
    }
}
