# What commands answer.

error = error
help = help

ask-passphrase = Passphrase
ask-new-passphrase = New passphrase, at least 10 characters
ask-again = The same once more
ask-sheet = Sheet (S-…)
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
document-published = Consent document { $number } is published.
no-document-yet = There is no consent document yet.
succession-attested = From now on, people are told that the new account follows the old one.

document-heading = Consent document { $number }
document-data = What is kept: { $text }
document-rights = Your rights: { $text }
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

consent-signed = You have signed consent document { $number }. You can take it back at any time.
keys-renewed = From now on this session has new keys.
transferred = From now on somebody else answers here. Who answered before reads nothing new.
transferred-with-history = From now on somebody else answers here, and can read what was written before. Who answered before reads nothing new.
consent-allowed = You have allowed this. You can take it back at any time.
consent-taken-back = You have taken this back. From now on it is no longer allowed:
nothing-granted = You have not signed any consent yet.
taken-back = taken back

no-counsellors-yet = The centre has not appointed a counsellor yet.
compared = fingerprint compared
not-compared = fingerprint not compared yet
verified = The words are right. { $name } counts as compared from now on.
keys-acknowledged = Noted. Please compare the twelve words with this person soon.
account-acknowledged = Noted. The new account is { $account }. Please compare the twelve words with this person soon.

no-sessions-yet = There are no sessions yet.
no-letters-yet = There are no letters yet.
letter-heading = —— { $name }, { $time } (letter { $id })
letter-closed = (This was written before you became a reader here. You have no key to it.)
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
