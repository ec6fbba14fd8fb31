//! A model of consent: in whatever order people join, leave and change their mind, each opens exactly what the model
//! says, and exactly those epochs are escrowed for which every client of the epoch had agreed to it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story that cannot go on has failed")]

use std::collections::BTreeSet;

use amanah_client_sdk::RelayError;
use amanah_client_sdk::consent::{GrantedCase, Terms};
use amanah_client_sdk::escrow::EscrowFlowError;
use amanah_client_sdk::session::{SendError, SyncError};
use amanah_protocol::api::ProblemCode;
use amanah_protocol::centre::Role;
use amanah_protocol::consent::{Permission, Purpose};
use amanah_protocol::hash::Hash;
use amanah_protocol::ids::{AccountId, SessionId};
use amanah_protocol::policy::Denied;
use amanah_tests::escrow::{Offer, grounds};
use amanah_tests::in_process::{InProcess, Way};
use amanah_tests::people::{Centre, Device, also, escrow_by, open_session, read, send};
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::test_runner::{Config, TestRunner};
use tokio::sync::Mutex;

/// Two supervisors and a counsellor who is consulted: what each is allowed for, and as what they read.
const STAFF: [(&str, Purpose, Role); 3] = [
    ("pak-budi", Purpose::Supervision, Role::Supervisor),
    ("bu-sri", Purpose::Supervision, Role::Supervisor),
    ("pak-joko", Purpose::Consultation, Role::Counsellor),
];

/// One thing that happens. The number chooses somebody of [`STAFF`]; the spouse is the other client.
#[derive(Debug, Clone, Copy)]
enum Step {
    Write,
    Answer,
    SpouseWrites,
    NewEpoch,
    /// The client lets somebody read, with history or from now on; a spouse who is there agrees to it, or does not.
    Join {
        who: usize,
        history: bool,
        agreed: bool,
    },
    Leave(usize),
    /// The spouse consents jointly: to everybody who reads or to nobody, and to escrow or without a word of it.
    SpouseJoins {
        history: bool,
        agreed: bool,
        escrow: bool,
    },
    SpouseLeaves,
    Escrow(bool),
    SpouseEscrow(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (yes, who) = (any::<bool>(), 0..STAFF.len());
    let join = (who.clone(), yes, yes).prop_map(|(who, history, agreed)| Step::Join { who, history, agreed });
    let joins = (yes, yes, yes).prop_map(|(history, agreed, escrow)| Step::SpouseJoins { history, agreed, escrow });
    let step = prop_oneof![
        4 => Just(Step::Write),
        2 => Just(Step::Answer),
        2 => Just(Step::SpouseWrites),
        1 => Just(Step::NewEpoch),
        4 => join,
        2 => who.prop_map(Step::Leave),
        3 => joins,
        2 => Just(Step::SpouseLeaves),
        3 => yes.prop_map(Step::Escrow),
        2 => yes.prop_map(Step::SpouseEscrow),
    ];
    proptest::collection::vec(step, 1..16)
}

/// What the model knows of somebody who comes and goes.
#[derive(Default)]
struct Reader {
    /// The grant of the client that names them, until she takes it back.
    allowed: Option<Hash>,
    /// Whether a grant of the spouse names them; he takes none back but his own joining.
    agreed: bool,
    /// The same for history.
    history_agreed: bool,
    /// Whether they have a seat.
    reads: bool,
    /// The letters to which they have ever had keys.
    opens: BTreeSet<usize>,
}

/// What the model knows of a session.
#[derive(Default)]
struct Model {
    letters: usize,
    /// The letters that were written while the spouse was a client.
    beside_spouse: BTreeSet<usize>,
    staff: [Reader; 3],
    spouse: Reader,
    escrow: bool,
    spouse_escrow: bool,
    /// For each epoch whether the spouse is a client of it: of the current one also after having left.
    epochs: Vec<bool>,
    escrowed: BTreeSet<u32>,
}

impl Model {
    fn letter(&mut self) {
        for reader in self.staff.iter_mut().chain([&mut self.spouse]).filter(|reader| reader.reads) {
            reader.opens.insert(self.letters);
        }
        if self.spouse.reads {
            self.beside_spouse.insert(self.letters);
        }
        self.letters += 1;
    }

    /// What somebody of the staff gets of what was written before, if the client allows it; `None` if nothing may be
    /// handed over. `begun` says whether an epoch has begun since the model was last compared, or begins for this.
    fn handed_over(&self, reader: &Reader, begun: bool) -> Option<BTreeSet<usize>> {
        let earlier =
            if begun { &self.epochs[..] } else { self.epochs.split_last().map_or(&[][..], |(_, before)| before) };
        let any = earlier.is_empty() || earlier.iter().any(|beside| reader.history_agreed || !beside);
        let allowed = |letter: &usize| reader.history_agreed || !self.beside_spouse.contains(letter);
        any.then(|| (0..self.letters).filter(allowed).collect())
    }

    /// Whether an epoch that begins now is escrowed: every client who is in it agreed.
    fn escrow_is_due(&self) -> bool {
        self.escrow && (self.spouse_escrow || !self.spouse.reads)
    }

    /// Everything that began since the last step has this as its newest epoch.
    fn began(&mut self, newest: u32) {
        while self.epochs.len() <= newest as usize {
            if self.escrow_is_due() {
                self.escrowed.insert(u32::try_from(self.epochs.len()).unwrap());
            }
            self.epochs.push(self.spouse.reads);
        }
    }
}

/// The people, who are the same in every play; only the session is new.
struct World {
    offer: Offer<Way>,
    client: Device<Way>,
    spouse: Device<Way>,
    counsellor: Device<Way>,
    staff: Vec<Device<Way>>,
    _centre: Centre<InProcess>,
}

impl World {
    async fn begin() -> Self {
        let centre = Centre::in_process().await;
        let offer = centre.offer_escrow(2, 2, grounds()).await;
        let (counsellor, _) = centre.counsellor("bu-rini").await;
        let mut staff = Vec::new();
        for (name, _, role) in STAFF {
            let device = centre.client(name).await;
            centre.appoint(device.id(), role, name).await;
            staff.push(device);
        }
        let (client, spouse) = (centre.client("bunga-3").await, centre.client("bima-7").await);
        Self { offer, client, spouse, counsellor, staff, _centre: centre }
    }
}

/// One session from its beginning to its end.
struct Play<'w> {
    world: &'w mut World,
    session: SessionId,
    granted: GrantedCase,
    /// The grant by which the spouse is there.
    joined: Option<Hash>,
    model: Model,
}

impl Play<'_> {
    async fn step(&mut self, step: Step) {
        let (session, case) = (self.session, self.granted.case);
        let policy = |on: bool| on.then_some(self.world.offer.policy);
        let spouse_reads = self.model.spouse.reads;
        match step {
            Step::Write => self.write(|world| &mut world.client).await,
            Step::Answer => self.write(|world| &mut world.counsellor).await,
            Step::SpouseWrites if spouse_reads => self.write(|world| &mut world.spouse).await,
            Step::NewEpoch => self.world.counsellor.rotate(session).await.unwrap(),
            Step::Join { who, history, agreed } => self.join(who, history, agreed).await,
            Step::Leave(who) => self.leave(who).await,
            Step::SpouseJoins { history, agreed, escrow } if !spouse_reads => {
                self.spouse_joins(agreed, policy(escrow)).await;
                if history {
                    self.hand_over(self.world.spouse.id()).await.unwrap();
                    self.model.spouse.opens.extend(0..self.model.letters);
                }
            }
            Step::SpouseLeaves if spouse_reads => {
                self.world.spouse.revoke(case, self.joined.take().unwrap(), &[Purpose::Joint]).await.unwrap();
                self.model.spouse.reads = false;
            }
            Step::Escrow(on) => {
                let terms = policy(on).map(|policy| escrow_by(&self.world.client, policy));
                self.world.client.choose_escrow(case, terms.as_ref()).await.unwrap();
                self.model.escrow = on;
            }
            Step::SpouseEscrow(on) if spouse_reads => {
                let terms = policy(on).map(|policy| escrow_by(&self.world.spouse, policy));
                self.world.spouse.choose_escrow(case, terms.as_ref()).await.unwrap();
                self.model.spouse_escrow = on;
            }
            Step::SpouseWrites | Step::SpouseJoins { .. } | Step::SpouseLeaves | Step::SpouseEscrow(_) => {}
        }
    }

    async fn write(&mut self, who: fn(&mut World) -> &mut Device<Way>) {
        send(who(self.world), self.session, &self.model.letters.to_string()).await;
        self.model.letter();
    }

    async fn join(&mut self, who: usize, history: bool, agreed: bool) {
        let (_, purpose, role) = STAFF[who];
        let (account, case) = (self.world.staff[who].id(), self.granted.case);
        let (client, spouse, reader) = (&mut self.world.client, &mut self.world.spouse, &mut self.model.staff[who]);
        let permission = |purpose| Permission { purpose, named: Some(account) };
        let asks_both = self.model.spouse.reads;
        if asks_both && agreed {
            let further = spouse.grant_further(case, &also(spouse, permission(purpose))).await.unwrap();
            if history {
                spouse.grant_further(case, &also(spouse, permission(Purpose::History))).await.unwrap();
            }
            assert_eq!(further.case, case);
            reader.agreed = true;
            reader.history_agreed |= history;
        }
        if reader.allowed.is_none() {
            reader.allowed = Some(client.grant_further(case, &also(client, permission(purpose))).await.unwrap().grant);
        }
        // an epoch begins with whoever joins, and without whoever has left
        let mut begun = self.model.epochs.last() == Some(&true) && !asks_both;
        if !reader.reads {
            let added = client.add_reader(self.session, account, role, reader.allowed.unwrap()).await;
            let refused = asks_both && !reader.agreed;
            assert_eq!(added, if refused { Err(SendError::Denied(Denied::NotNamed)) } else { Ok(()) });
            reader.reads = !refused;
            begun |= reader.reads;
        }
        if history && reader.reads {
            let gets = self.model.handed_over(&self.model.staff[who], begun);
            let handed = self.hand_over(account).await;
            assert_eq!(handed, if gets.is_none() { Err(SendError::Denied(Denied::NotNamed)) } else { Ok(()) });
            self.model.staff[who].opens.extend(gets.unwrap_or_default());
        }
    }

    async fn hand_over(&mut self, to: AccountId) -> Result<(), SendError> {
        let client = &mut self.world.client;
        let permission = Permission { purpose: Purpose::History, named: Some(to) };
        let further = client.grant_further(self.granted.case, &also(client, permission)).await.unwrap();
        client.hand_over_history(self.session, to, further.grant).await
    }

    async fn leave(&mut self, who: usize) {
        let reader = &mut self.model.staff[who];
        if let Some(grant) = reader.allowed.take() {
            self.world.client.revoke(self.granted.case, grant, &[STAFF[who].1]).await.unwrap();
            reader.reads = false;
        }
    }

    async fn spouse_joins(&mut self, agreed: bool, escrow: Option<Hash>) {
        let World { client, spouse, staff, .. } = &mut *self.world;
        let (model, case) = (&mut self.model, self.granted.case);
        if model.spouse.allowed.is_none() {
            let joint = Permission { purpose: Purpose::Joint, named: Some(spouse.id()) };
            model.spouse.allowed = Some(client.grant_further(case, &also(client, joint)).await.unwrap().grant);
        }
        let mut terms = Terms { escrow, ..spouse.asked_jointly(case, "id").await.unwrap() };
        for ((device, (_, purpose, _)), reader) in staff.iter().zip(STAFF).zip(&mut model.staff) {
            if agreed && reader.reads {
                terms.further.push(Permission { purpose, named: Some(device.id()) });
                reader.agreed = true;
            }
        }
        let grant = spouse.consent_beside(case, &terms).await.unwrap().grant;
        client.sync(self.session).await.unwrap();
        client.add_reader(self.session, spouse.id(), Role::Client, grant).await.unwrap();
        self.joined = Some(grant);
        (model.spouse.reads, model.spouse_escrow) = (true, model.spouse_escrow || escrow.is_some());
        // whom one of two clients did not allow is left out
        model.staff.iter_mut().for_each(|reader| reader.reads &= reader.agreed);
    }

    /// Everybody opens what the model says, and the epoch that is current is escrowed if the model says so.
    async fn check(&mut self) {
        let Self { world, session, model, .. } = self;
        let thread = world.client.sync(*session).await.unwrap();
        assert_eq!(thread.fault(), None);
        let current = &thread.manifest().unwrap().body().outline;
        model.began(current.epoch);
        assert_eq!(current.escrow.is_some(), model.escrowed.contains(&current.epoch), "epoch {}", current.epoch);
        let devices = world.staff.iter_mut().chain([&mut world.spouse]);
        for (device, reader) in devices.zip(model.staff.iter().chain([&model.spouse])) {
            if !reader.reads {
                assert!(device.sync(*session).await.is_err(), "a stranger, or somebody who was left out");
                continue;
            }
            let thread = device.sync(*session).await.unwrap();
            assert_eq!(thread.fault(), None);
            let opened = thread.letters().iter().filter_map(|letter| letter.words()?.parse().ok());
            assert_eq!(opened.collect::<BTreeSet<usize>>(), reader.opens);
        }
    }

    /// A trustee finds a share of its own in exactly the epochs that the model says, and each of them right.
    async fn check_deposits(&mut self, trustee: usize) {
        let checked = self.world.offer.trustees[trustee].check_deposits(self.session).await;
        let found = match checked {
            // whoever holds nothing does not learn that there is a session
            Err(EscrowFlowError::Sync(SyncError::Relay(RelayError::Refused(ProblemCode::NotFound)))) => (0, Vec::new()),
            checked => checked.map(|checked| (checked.right, checked.bad)).unwrap(),
        };
        assert_eq!(found, (self.model.escrowed.len(), Vec::new()));
    }
}

/// Plays the steps, and compares with the model after each.
async fn play(world: &mut World, steps: Vec<Step>) {
    let (session, granted) = open_session(&mut world.client, world.counsellor.id()).await;
    let mut play = Play { world, session, granted, joined: None, model: Model::default() };
    play.check().await;
    for (number, step) in steps.into_iter().enumerate() {
        play.step(step).await;
        play.check().await;
        play.check_deposits(number % 2).await;
    }
    for trustee in [0, 1] {
        play.check_deposits(trustee).await;
    }
    let everything: Vec<_> = (0..play.model.letters).map(|number| number.to_string()).collect();
    assert_eq!(read(&mut world.client, session).await, everything);
    assert_eq!(read(&mut world.counsellor, session).await, everything);
}

#[test]
fn each_opens_exactly_what_consent_says_and_exactly_what_was_agreed_to_is_escrowed() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let world = Mutex::new(runtime.block_on(World::begin()));
    let config = Config { cases: 12, failure_persistence: None, ..Config::default() };
    let played = TestRunner::new(config).run(&steps(), |steps| {
        runtime.block_on(async { play(&mut *world.lock().await, steps).await });
        Ok(())
    });
    played.unwrap();
}
