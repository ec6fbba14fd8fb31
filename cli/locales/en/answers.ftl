# What commands answer.

error = error
help = help

ask-passphrase = Passphrase
ask-new-passphrase = New passphrase, at least 10 characters
ask-again = The same once more
ask-sheet = Sheet (S-…)
ask-code-words = Code words
ask-recovery-code = Recovery code (R-…)

you = You
somebody = Client { $id }…

account-line = Account: { $account }
handle-line = Handle: { $handle }
fingerprint-line = Fingerprint: { $words }
role-line = Role: { $role }
centre-line = Centre: { $centre }
case-line = Case: { $case }
session-line = Session: { $session }
grant-line = Grant: { $grant }
letter-line = Letter: { $id }
issued-line = Signed: { $time }
with-line = With: { $names }
nobody-else = Nobody else is here.
newest-line = Newest letter: { $time }
count-line = { $letters ->
        [one] { $letters } letter
       *[other] { $letters } letters
    }, { $unanswered } not answered yet
appointment-line = Appointment: { $appointment }, until { $until }
licence-line = Licence: { $number }, { $board }, { $jurisdiction }, until { $expires }; check it at { $link }

role-client = client
role-counsellor = counsellor
role-supervisor = supervisor
role-registrar = registrar
role-director = director
role-trustee = trustee
role-auditor = auditor

joined = Welcome. Your account is ready.
signed-in = This computer now knows your account. It asks for your passphrase each time.
recovered = You are back. The old passphrase and the old recovery code open nothing any more.
your-account = Your account
forgotten = This computer has forgotten your account. The account itself is still there.
passphrase-changed = Your passphrase is changed. Your other devices are signed out.
recovery-code-renewed = You have a new recovery code. The old one opens nothing any more.
secret-recovery-code = Your recovery code, if you ever forget your passphrase:
secret-sheet = Your sheet, which you need to sign in:
secret-paper = Write this on paper now and keep it in a safe place. It is shown only this once, and nobody can give it to you again.
ask-last-five = To be sure that you have it, type the last five characters of the recovery code
last-five-right = Good.
last-five-wrong = That is not it. Compare your paper with what stands above.
secrets-written = Your secrets are in { $file }. Write them on paper, then delete the file.

centre-created = The root of your centre is made.
root-keep = Keep the file of the root key offline and make a copy of it. Without it, and without its passphrase, nobody can be appointed any more.
relay-certified = The relay is certified until { $until }.
appointed = Appointed:
dismissed = The appointment has ended.
erase-session = This erases session { $session } for good.
erase-covers = The relay then no longer has its letters, the keys to them, and the trustees' shares of these keys. Nobody can bring them back.
erase-keeps = Who took part, and who signed what and when, stays in the record, so that it can be checked; and that it was erased, and why.
erase-leaves = Not gone is what people have copied or saved, and what stands in the relay's backups until they are overwritten.
session-gone = Session { $session } is erased.
erased-line = Erased on { $time }: { $why }. Nobody can read any more what was written here.
basis-client-asked = the client asked for it
basis-time-is-over = the time for keeping it is over
basis-law = a law or an order demands it
document-published = Consent document { $number } is published.
no-document-yet = There is no consent document yet.
intake-set = It is said. Whoever reads this session sees it, and nobody else.
intake-place = Place ({ $name }): { $text }
intake-crisis = To call in a crisis: { $text }
intake-otherwise = To be reached otherwise: { $text }
intake-called = To be called: { $text }
intake-not-said = { $name } has not said where they are.
stage-line = Stage: { $stage }
stage-introduction = introduction (getting to know each other)
stage-exploration = exploration (looking at what is there)
stage-interpretation = interpretation (understanding it)
stage-guidance = guidance (finding ways and trying them)
stage-evaluation = evaluation (looking at what has changed)
letter-is-intake = (Here it was said where they are, and whom to call there. It stands at the top.)
code-words-set = Your code words are set. Whoever reads this session knows them. Keep them in mind: with them you can show who you are, even when every key is lost.
no-code-words = no code words yet
succession-attested = From now on, people are told that the new account follows the old one.

document-heading = Consent document { $number }
document-data = What is kept: { $text }
document-rights = Your rights: { $text }
document-hours = When you get an answer: { $text }
document-contacts = Questions: { $text }
document-complaint = Complaints: { $text }
document-retention = Kept for at least { $floor } days, erased after { $ceiling } days at the latest.
document-purposes = What you can allow, each by itself:

purpose-counselling = one counsellor, whom you choose, reads and answers your letters
purpose-record-keeping = the centre keeps the record for the time that the law asks
purpose-supervision = one supervisor, whom you name, reads along
purpose-history = one person, whom you name, may read what was written before
purpose-research = research may use the record, without anything that shows who you are
purpose-recording = live conversations are recorded
purpose-escrow = people whom the document names can open the record together, for its reasons only
purpose-email-notice = you get an e-mail when something is new, without a word of what it says
purpose-joint = another client, whom you name, reads and writes in the same session: for couples and families
purpose-consultation = one more counsellor, whom you name, reads along and advises yours

before-signing = This is what you are about to allow, under consent document { $number }:
ask-yes = Type yes to go on, anything else to stop:
transfer-ends = After that { $names } reads nothing new here.
consent-signed = You have signed consent document { $number }. You can take it back at any time.
keys-renewed = From now on this session has new keys.
transferred = From now on somebody else answers here. Who answered before reads nothing new.
transferred-with-history = From now on somebody else answers here, and can read what was written before. Who answered before reads nothing new.
consent-allowed = You have allowed this. You can take it back at any time.
consent-taken-back = You have taken this back. From now on it is no longer allowed:
nothing-granted = You have not signed any consent yet.
taken-back = taken back
revoke-everything-means = You take back all that you allow, in every case. Your counsellors get no new letter of yours, and what is sealed from now on is closed to them. What was read before cannot be made unread. You can still read your letters.
revoked-everything = { $count ->
        [0] There was nothing left to take back.
        [one] You have taken back everything, in one case.
       *[other] You have taken back everything, in { $count } cases.
    }

no-counsellors-yet = The centre has not appointed a counsellor yet.
compared = fingerprint compared
not-compared = fingerprint not compared yet
verified = The words are right. { $name } counts as compared from now on.
keys-acknowledged = Noted: the keys that the log has at { $position }, since { $time }. Please compare the twelve words with this person soon.
account-acknowledged = Noted. The new account is { $account }. Please compare the twelve words with this person soon.

no-sessions-yet = There are no sessions yet.
no-letters-yet = There are no letters yet.
letter-heading = —— { $name }, { $time } (letter { $id })
letter-closed = (You have no key to this: it was written before you became a reader here, or with keys that this program refused.)
letter-is-code-words = (Code words were agreed on here. `amanah code-words show` shows them.)
letter-does-not-open = (This letter does not open. Please ask its writer to send it again.)
letter-stored = Your letter has arrived, as number { $position }, at { $time }.
thread-stops = STOP: this session does not fit together from here on.
export-notice = Confidential. This is a counselling record. It may not be passed on without the client's written consent.
export-made = Made on { $time }.
exported = { $letters ->
        [one] { $letters } letter is
       *[other] { $letters } letters are
    } in { $file }. The file can be read by whoever gets hold of it.
news-line = Something new in session { $session }

duration-days = { $count ->
        [one] { $count } day
       *[other] { $count } days
    }
duration-hours = { $count ->
        [one] { $count } hour
       *[other] { $count } hours
    }
duration-minutes = { $count ->
        [one] { $count } minute
       *[other] { $count } minutes
    }
duration-seconds = { $count ->
        [one] { $count } second
       *[other] { $count } seconds
    }

ground-imminent-danger = somebody's life or health is in danger
ground-court-order = a court orders it
ground-account-recovery = the client has lost passphrase and recovery code, and has a new account
ground-drill = a practice, on an empty session of one's own

policy-published = The rules of escrow { $number } are published.
policy-published-next = Now each trustee runs `amanah escrow accept-policy`. Then name this in the consent document.
policy-heading = Escrow, rules { $number }
policy-line = Rules: { $policy }
policy-threshold = Any { $needed } of these { $count } people can open it together:
policy-accepted = has accepted
policy-not-accepted = has not accepted yet
policy-taken-on = You have taken this on. Thank you. Look in with `amanah escrow check` now and then.
policy-grounds-line = For these reasons and no others:
contact-line = Reach them: { $contact }
delay-none = They can open it right away.
delay-each = Each of them waits { $time } after having seen the request.
notice-at-once = The client is told at once.
notice-at-once-you = You are told at once.
notice-within = The client is told after { $time } at the latest.
notice-within-you = You are told after { $time } at the latest.
ground-can-stop = The client can stop it.
ground-can-stop-you = You can stop it.
ground-cannot-stop = The client cannot stop it, but each trustee can.
ground-cannot-stop-you = You cannot stop it, but each trustee can.
ground-people = Asked for by: { $requesters }. Given to: { $recipients }.

escrow-offer = ESCROW — your choice
escrow-yes = If you say yes, any { $needed } of the { $count } people below can open your letters together, for the reasons below only. Fewer than { $needed } of them open nothing, and neither does whoever runs the relay.
escrow-no = If you say no, nobody can do that. If you lose both your passphrase and your recovery code, nobody can open your letters any more, you neither.
escrow-free = You may say no. It changes nothing about the help that you get. You can change your mind later, for everything that follows.
escrow-is-on = You have said yes to escrow: the trustees can open this together, for the reasons that you have read.
escrow-is-off = You have said no to escrow: nobody can open this if you lose both your passphrase and your recovery code.
escrow-on-from-now = This holds for everything that follows. What was written before stays as it was.
escrow-waits = It begins when every client here has said yes to the same.
escrow-off-from-now = This holds for everything that follows. What was held in escrow before stays held.

guardian-next = You are not quite there yet. This comes next:
guardian-next-signs = Your guardian reads the document and runs: amanah consent guardian --case { $case }
guardian-next-checked = A counsellor or the registrar checks who your guardian is, and runs: amanah registrar attest-guardian --case { $case } --minor { $minor } --guardian { $guardian }
guardian-next-open = Then you run: amanah consent open --case { $case } --counsellor { $counsellor }
guardian-signed = You have signed beside the minor, for this and nothing else:
guardian-signed-next = You read no letters. If the minor allows something more later, run this again. You can take it back at any time: amanah consent revoke --case { $case } --grant { $grant }
guardian-signs-again = Your guardian signs again too: amanah consent guardian --case { $case }
session-opened = Your session is open. You can write now.
guardian-attested = It is noted that this account is the guardian's.
joint-next-signs = Now { $name } reads the document and runs: amanah consent join --case { $case }
joint-next-admit = Then you run: amanah consent admit --session { $session } --account { $account }
joint-signed = You have signed beside the other client, for this:
joint-signed-next = Now the other client lets you in with `amanah consent admit`. Tell them your account: { $account }
joint-admitted = From now on { $name } reads and writes here too. What was written before stays closed to them.
document-waits = Consent document { $number } is new. What you signed before holds until { $time }. Read it with `amanah consent show`, then sign it with: amanah consent renew --session { $session }
document-overdue = Consent document { $number } waits for you. What you signed before has held until { $time }, and does not any more. Read it with `amanah consent show`, then sign it with: amanah consent renew --session { $session }
nothing-to-renew = You have signed the newest document everywhere. There is nothing to do.

request-line = Request: { $request }
request-ground = Reason that the rules name: { $ground }
request-asked = Asked for: { $time }
request-by = Asked for by:
request-for = Given to:
request-clients = Letters of: { $names }
request-epochs = Parts of the session: { $epochs }
request-reason = Why it is needed, in the words of whoever asks:
request-told = The clients were told of it.
request-told-later = The clients are told by { $time } at the latest.
request-not-told = The clients should know of it by now, and were not told. Do not approve it.
request-seen-by-you = You have seen it since: { $time }. Your waiting time counts from then.
request-seen = Seen by: { $names }
request-not-approved = Approved by nobody yet; { $needed } are needed.
request-approved = Approved by: { $names } ({ $count } of { $needed } needed)
standing-waiting = It waits. It closes by itself at { $time }.
standing-released = Enough have approved. It can be opened until { $time }.
standing-over = Enough have approved. It could be opened until { $time }.
standing-vetoed = { $name } said no. It stays closed.
standing-cancelled = { $name } stopped it. It stays closed.
standing-expired = It closed by itself. Too few had approved.
you-approve-from = You can approve it from { $time } on, with `amanah escrow approve`. Ask by another way first. You can say no at any time with `amanah escrow veto`.
you-approve-now = You can approve it now with `amanah escrow approve`, or say no with `amanah escrow veto`. Compare the words and ask by another way first.
you-can-cancel = If you do not want this, stop it with `amanah escrow cancel`.
you-can-open = Read it with `amanah escrow open`.
request-you-approved = You have approved it. Your shares are sealed to whoever is to get this, and to nobody else.
request-you-vetoed = You have said no. It is closed.
request-you-cancelled = You have stopped it. It stays closed.
request-sent = The trustees are asked. They see it when they run `amanah escrow check`.
no-requests = There are no requests.
no-requests-wait = No request waits.
no-shares-yet = You hold no shares yet.
no-shares-anywhere = Nobody holds shares yet.
shares-checked = Your shares here: { $right } right and confirmed, { $bad } not right
shares-complete = Rules { $number }, { $name }: { $receipts } of { $deposits } shares confirmed.
shares-missing = Rules { $number }, { $name }: { $receipts } of { $deposits } shares confirmed; the oldest waits since { $time }.
shares-used = Opened with the shares of: { $names }
shares-bad = These shares did not fit: { $names }. Tell the centre by another way.
letter-not-released = (This was not released to you. You have no key to it.)
told-waiting = The trustees are asked to open a part of this session. Reason: { $ground }. Look with: amanah escrow requests --session { $session }
told-released = The trustees have opened a part of this session to somebody. Reason: { $ground }. Look with: amanah access-history --session { $session }
drill-reason = This is a practice. The session is empty.
drill-begun = The practice has begun. Nothing real is opened.
drill-next-trustees = Now the trustees run `amanah escrow check`, and then: amanah escrow approve --session { $session } --request { $request }
drill-next-open = When enough have approved, you run: amanah escrow open --session { $session } --request { $request }

access-since = { $name }: { $role }, can read since { $from }
access-ended = { $name }: { $role }, could read from { $from } until { $until }
access-history = { $time }: what was written before (parts: { $count }) was handed on by { $by } to: { $name }
access-release = The trustees were asked to open something to: { $recipient }. Parts: { $epochs }. Reason: { $ground }
step-asked = { $name } asked for it.
step-told = The clients were told.
step-seen = { $name } saw it.
step-approved = { $name } approved it.
step-vetoed = { $name } said no.
step-cancelled = { $name } stopped it.
step-expired = It closed by itself.
step-opened = { $name } opened it.
step-not-opened = { $name } tried to open it, and too few shares fitted.

watch-audited = Audited: { $count } entries, and all checks passed.
watch-cosigned = Cosigned: log of { $size } entries, root { $root }
witnesses-needed = You rely on the log only if { $needed } of these { $of } witnesses have cosigned it in the last 24 hours.
witnesses-not-needed = You rely on the log without any witness.
no-witnesses = The centre has appointed no auditor who could be a witness.
witness-cosigned = has cosigned { $size } entries, at { $time }
witness-silent = has cosigned nothing yet, or not as this relay shows it
witness-demanded = counts for you

away-line = Away until { $date }
away-note = Note: { $note }
absence-announced = Everybody now sees that you are away:
absence-is-public = Everybody can read this, also without an account, and it stays in the log for good.
absence-ended = You are back: nobody sees any more that you are away.

report-saved = Signed and saved: { $file }
report-signed = Signed by { $name }, { $time }
report-auditor = Auditor { $account }
report-lacking = This program also checks, and the report does not say: { $checks }
report-not-shown = What the signature does not show:
report-not-1 = that the auditor was not dismissed since, and has no newer keys
report-not-2 = when it was signed: the time is the auditor's own
report-not-3 = that the auditor looked well: whoever has the same bundle gets the same report
