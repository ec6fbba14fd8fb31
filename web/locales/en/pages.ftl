# What the pages say.

skip = Go to the page
nav = Pages
nav-letters = Letters
nav-allowed = What I allow
nav-settings = Settings
nav-lock = Lock
exit = Leave now
exit-keys = Or press Esc twice.
exit-note = It does not erase this browser’s history.
no-connection = There is no connection just now. What you write stays here until there is.
loading = One moment …
working = One moment …
show = Show
hide = Hide
go-on = Go on
try-again = Try again
you = You
and = { $first } and { $last }
language = Language
licence = Licence { $number }, { $board }, { $jurisdiction }, until { $until }
licence-check = Check the licence at the board (opens another site)
nobody-yet = The centre has not named anybody yet.

role-client = Client
role-counsellor = Counsellor
role-supervisor = Supervisor
role-registrar = Registrar
role-director = Director
role-trustee = Trustee
role-auditor = Auditor

lock-soon = This page locks in a minute, because it has not been used for a while.
lock-draft = You are writing a letter. It stays in this tab, sealed: sign in here again and go on with it.
lock-unkept = You are writing a letter that is too long to be kept in this tab. Send it, or copy it to a safe place.
lock-left = { $seconds } seconds
lock-stay = Press any key or touch the page to stay.

ended-locked = This page is locked, so that nobody else can read here. Your letters are safe. Sign in to go on.
ended-draft = A letter that was being written waits in this tab, sealed. Only its writer can open it.
ended-unkept = The letter that you were writing was too long to be kept in this tab. It is gone from here.
ended-unfinished = This page locked itself before you were done, so nothing was changed. Please begin again.
ended-signed-out = You have signed out. Nothing of yours is left on this page. The history of the browser still shows that it was open.
ended-expired = You are signed out, because some time has passed, or because your passphrase was changed or your place was opened anew elsewhere. Please sign in again; nothing is lost.
ended-broken = Something here has stopped working, so the page has locked itself. Please sign in again. What had arrived is safe.

landing-title = Here is room for what weighs on you
landing-lead = You write in your own time, without giving your name. A counsellor reads it and answers you.
landing-begin = Begin
landing-back = I have been here before
landing-letters = To your letters
landing-how = How it works
landing-how-name = You choose a name of your own invention. No e-mail address, no telephone number.
landing-how-sealed = Your letters are sealed on this device. Only you and the people whom you allow can open them; those who run this place cannot.
landing-how-time = You write when it suits you. The answer takes a while: a person reads, thinks and writes back.
landing-how-stop = You may stop at any time, without giving a reason.
landing-who = Who answers
landing-limits = What confidential means, and where it ends
landing-limits-text = What you write stays between you and your counsellor. When a life is in danger, when a child is being harmed, or when a court orders it, the counsellor may have to speak with others, and tells you first if that is possible.
landing-limits-see = The exact words are in the centre’s own consent text. You read it before you write anything.
landing-centre = Questions and complaints
landing-document = The centre’s consent text: limits, your rights, everything else

document-data = What is kept
document-rights = Your rights
document-hours = When you get an answer
document-contacts = Questions
document-complaint = Complaints
document-retention = Kept for at least { $floor }, erased after { $ceiling } at the latest.
document-new = The centre has a new consent text. What you signed holds until { $time }.

sign-in-title = Good to see you again
sign-in = Sign in
signing-in = Opening. This takes a few seconds, so that nobody can guess your passphrase quickly.
sign-in-forgotten = I have forgotten my passphrase
sign-in-new = I have no account yet
sign-in-nothing-kept = This page keeps nothing of it on this device; say no if your browser offers to. Signing in is needed each time, also after loading the page again.
handle = The name you chose here
passphrase = Passphrase
passphrase-now = Passphrase that you have now
sheet = Sheet (S-…)
sheet-hint = The second secret that you got as somebody who works here.

join-title = A place of your own
invitation-why = To be sure that you reach the right centre, you need its invitation link. The centre gives it to you: on a poster, on a card or in a message.
invitation = Invitation link
invitation-hint = The whole link, with everything after the #.
invitation-none = You have no link? Ask the centre.
invitation-right = This is the centre that your invitation names. It was checked.
invitation-words = Its twelve words
invitation-words-why = If the centre shows its words somewhere, such as on a poster, you can compare them.
join-have-account = I have an account already
join-handle = A name for you here
handle-advice = Make one up, such as bunga-3. Not your real name, and not one that you use elsewhere. It has 3 to 32 characters: a to z, 0 to 9, dot, underscore or hyphen.
new-passphrase = New passphrase
passphrase-advice = Four or five words that have nothing to do with each other are strong, and easy to remember. At least 10 characters.
strength-short = Still too short.
strength-0 = Very easy to guess. Add some words.
strength-1 = Easy to guess. Add a word or two.
strength-2 = Fair. One more word makes it strong.
strength-3 = Strong.
strength-4 = Very strong.
passphrase-weak = This passphrase is too easy to guess. Add some words that have nothing to do with each other.
join-staff = I work at this centre
join-staff-yes = My account gets a second secret, the sheet, which I need each time I sign in.
join = Make my place
joining = Making your keys. This takes a few seconds.

once-title = Your recovery code
once-why = If you ever forget your passphrase, this code opens your place again.
once-only = It is shown only now. Nobody can give it to you later. If you lose both this code and your passphrase, your letters cannot be opened any more.
recovery-code = Recovery code
once-hidden = Hidden. Press “Show” to see it.
copy = Copy
copied = Copied. Other programs on this device can read what was copied.
print = Print
save = Save as a file
once-file = Keep this in a safe place.
    
    { $codes }
once-where = Write it on paper if you can. On a computer that others use, do not save it as a file.
once-type = The last five characters of the recovery code
once-type-hint = So that you know you have it. Only then it holds; until then nothing is changed.
once-wrong = That is not it yet. Please compare with what stands above.
once-back = Go back

recover-title = Coming back
recover-lead = With your recovery code you choose a new passphrase and get a new code. The old ones open nothing any more. Your letters stay.
recovery-code-hint = It begins with R-. Capital and small letters do not matter.
recover = Open my place
recovering = Opening. This takes a few seconds.
recover-lost = I have neither passphrase nor code
recover-lost-text = Then nobody can open this place any more, also not the people who run it. That is what keeps your letters yours. You can make a new place. If you agreed to escrow, tell the centre: trustees can then hand your letters to your new place.
recover-back = Back to signing in

begin-title = Beginning with a counsellor
begin-lead = Take your time. You can stop here and come back; nothing is signed until you press the button at the end.
begin-no-document = The centre has not published its consent text yet. Please come back later.
begin-nobody = No counsellor is here yet. Please come back later, or ask the centre:
begin-who = With whom would you like to write?
begin-read = Please take your time to read this
begin-allow = What you allow
begin-allow-why = Each is a choice of its own. You are helped all the same if you choose none of the others.
begin-needed = (needed, so that you can be answered)
begin-choose-counsellor = Please choose a counsellor first.
begin-sign = I agree
begin-take-back = You can take back what you allow at any time, in one step, under “What I allow”.
signing = Signing, and making the keys for your letters …

purpose-counselling = The counsellor whom you choose reads and answers your letters
purpose-record-keeping = The centre keeps the record for the time that the law asks
purpose-supervision = A supervisor, whom you name, reads along to advise your counsellor
purpose-history = Somebody, whom you name, may read what was written before
purpose-research = Research may use the record, without anything that shows who you are
purpose-recording = Live conversations may be recorded
purpose-escrow = Trustees can open the record together, for the reasons in their rules only
purpose-email-notice = You get an e-mail when something is new, without a word of what it says
purpose-joint = Another client, whom you name, reads and writes here too
purpose-consultation = One more counsellor, whom you name, reads along and advises yours
supervisor-none = Nobody

readers-title = Who will be able to read
readers = { $names } will have a key to these letters. Nobody else.
readers-escrow = Besides, the trustees together, for the reasons in their rules only.
readers-here = Who can read here: { $names }.

escrow-title = If everything is lost: your choice
escrow-yes = Yes, trustees may open it together
escrow-no = No, nobody may
escrow-choose = Please say yes or no to the trustees. Both are fine.
escrow-yes-means = If you say yes, any { $needed } of { $count } trustees can open your letters together, for the reasons in their rules only. Fewer of them open nothing, and neither do those who run this place.
escrow-no-means = If you say no, nobody can do that. If you lose both your passphrase and your recovery code, your letters are lost, to you too.
escrow-free = You may say no. It changes nothing about the help that you get, and you can change your mind later for what follows.
escrow-details = Who they are, and their reasons
escrow-people = These are the trustees, and how to reach them:
escrow-grounds = For these reasons and no others:
escrow-is-on = You have said yes to escrow: trustees can open this together, for the reasons that you have read.
escrow-is-off = You have said no to escrow. Change your mind?
escrow-turn-on = Say yes from now on
ground-imminent-danger = Somebody’s life or health is in danger
ground-court-order = A court orders it
ground-account-recovery = You have lost passphrase and recovery code, and have a new account
ground-drill = A practice, on an empty session
delay-none = They can open it right away.
delay-each = Each of them waits { $time } after having seen the request.
notice-at-once = You are told at once.
notice-within = You are told after { $time } at the latest.
can-stop = You can stop it.
cannot-stop = You cannot stop it, but each trustee can.
duration-years = { $count ->
        [one] { $count } year
       *[other] { $count } years
    }
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

letters-title = Letters
opening = Opening and checking …
letters-none = You have not begun with a counsellor yet.
letters-begin = Choose a counsellor
letters-another = Write to another counsellor, too
letters-count = { $count ->
        [0] No letter yet
        [one] { $count } letter
       *[other] { $count } letters
    }
letters-waiting = { $count ->
        [one] 1 letter waits for your answer
       *[other] { $count } letters wait for your answer
    }
inbox-first = First enquiries
inbox-first-none = Nobody new is waiting.
inbox-own = Your cases
inbox-own-none = There are none yet.
nobody-else = Nobody else is here

thread-title = These letters
thread-with = Letters with { $names }
thread-back = ‹ All letters
letters-new = { $count ->
        [one] A new letter has come.
       *[other] { $count } new letters have come.
    }
letter-begun = Letter begun
letters-unread = { $count ->
        [one] 1 new letter
       *[other] { $count } new letters
    }
letter-unread = New
over-for-client = You have ended this correspondence. Your letters stay readable.
over-begin = Begin again
over-for-counsellor = You can no longer read new letters here. The client has taken their consent back, or somebody else answers now.
release-stop = Stop it
release-stop-means = If you do not want it, you can stop it. The trustees then cannot open anything because of this.
write-unkept = This is too long to be kept in this tab while you write. Send it before you lock or leave the page.
letter-intake-own = You said where you are, and whom to call.
prompts-more = Some questions that may help
here-details = Who they are, and what is allowed
compared = You have compared words with each other.
not-compared = Not compared yet.
compare = Compare words with this person
compare-how = Ask for their twelve words by another way, on the telephone or when you meet, and type them here. Then you know that nobody stands between you.
compare-words = Their twelve words
compare-check = Compare
code-words-are = Code words: { $words }
allowed-by-you = What you allow here
allowed-by-client = What the client allows here
history-link = Who could read this, and when
letter-code-words = Code words were agreed on here.
letter-closed = You have no key to this: it was written before you could read here, or with keys that were refused.
letter-unreadable = This letter does not open. Please ask its writer to send it again.
prompts-title = Here is room for your concerns
prompts-lead = There is no right way to write this.
prompt-now = What brings you here just now?
prompt-since = Since when has it been so, and when is it a little lighter?
prompt-tried = What have you tried, and who knows of it?
prompt-wish = What do you wish would be different?
prompt-safe = Are you safe where you are? Is there something that your counsellor should know about it?
write-first = Your first letter
write-next = Write
write-hint = Your words stay in this tab, sealed, until you send them, even if the page locks. “Leave now” and signing out erase them.
send = Send
sending = Sending …
arrived = Your letter has arrived.
continues-title = This is how it continues
continues-read = Your counsellor reads your letter and answers in the time that the centre’s text names.
continues-look = No message is sent to your telephone. Come back here and sign in to see the answer.
continues-more = You can write more at any time. Remember your name here, your passphrase, and where your recovery code is.
continues-danger = If it becomes too much, do not wait for a letter: the numbers at the foot of the page answer day and night.
go-on-asked = I have asked, and it is true
go-on-new-keys = Begin with new keys
new-keys-of = It is { $name }, since { $time }.
go-on-about = It is { $name }.
export-heading = Your letters as a file
export-title = A copy for yourself
export-warning = The file is not sealed. Whoever gets hold of it can read it. Do not save it on a device that others use.
export = Save everything as a file
export-notice = Confidential. This is a counselling record. It may not be passed on without the client’s written consent.
export-made = Made on { $time }.
release-asked = The trustees are asked to open a part of this. Reason: { $ground }.
release-opened = The trustees have opened a part of this. Reason: { $ground }.

history-title = Who could read this
history-lead = This comes from signed lists, not from the word of those who run this place.
history-reads = { $name }: can read since { $from }.
history-could-read = { $name }: could read from { $from } until { $until }.
history-handed = { $time }: what was written before was handed to { $name }.
history-release = { $time }: the trustees were asked to open something to { $name }. Reason: { $ground }.
standing-waiting = It waits.
standing-released = Enough of them said yes.
standing-vetoed = A trustee said no. It stays closed.
standing-cancelled = It was stopped. It stays closed.
standing-expired = It closed by itself.
back-to-letters = Back to the letters

allowed-title = What you allow
allowed-lead = Taking something back is one step, and holds from that moment on. What was read before cannot be made unread.
allowed-none = You have not allowed anything yet.
allowed-on = Signed on { $time }
taken-back = taken back
take-back = Take back
take-back-named = Take back: { $purpose }
take-back-means = From now on this is no longer allowed. Take it back?
take-back-counselling = After this, the counsellor gets no new letter of yours, and this correspondence ends. Take it back?
take-back-yes = Yes, take it back
take-back-no = No, leave it
taking-back = Taking it back, and changing the keys …
taken-back-now = Taken back.

settings-title = Settings
settings-you = Your name here is { $handle }.
who-title = To check who is who
fingerprint-title = Your twelve words
fingerprint-why = With these somebody can make sure that it is really you. Read them out on the telephone, or let them be compared when you meet. They open nothing.
fingerprint-square = Your fingerprint as a QR code
passphrase-title = Passphrase
passphrase-change = Change the passphrase
passphrase-change-means = Your other devices are signed out. The recovery code stays the same.
passphrase-changed = Your passphrase is changed.
recovery-renew = Make a new recovery code
recovery-renew-means = The old one opens nothing any more.
leaving-title = Leaving
leaving-text = Signing out ends your sign-in and takes your keys and letters off this device. Without it the page locks after ten minutes in which nothing happens.
exit-help = “Leave now”, or Esc twice, goes to another site at once. It does not erase the history of this browser: it still shows that this address was open. A private window leaves less behind.
sign-out = Sign out
away-until = Away until { $time }
absence-title = When you are away
absence-announce = Say that you are away
absence-means = Everybody can read this, also without an account, and it stays in the open log: what you write here is not sealed. Clients see it before they choose you, and above their letters.
absence-until = Until the end of this day
absence-note = Who answers meanwhile, if you like
absence-note-hint = At most 500 characters. Nothing about clients.
absence-say = Show this to everybody
absence-end = I am back
end-title = Ending everything
end-means = You can take back all that you allow, everywhere, in one step. Your counsellors then get no new letter of yours. You can still read your letters and save a copy.
end-record = The centre keeps the sealed record for the time that the law asks, and its text names that time. What was read before cannot be made unread.
end-everything = End everything
end-sure = Your counsellors then get no new letters from you here. You can begin again at any time. Take everything back?
end-yes = Yes, end everything
end-no = No, leave it
ended-everything = { $count ->
        [0] There was nothing left to take back.
       *[other] Everything is taken back. Thank you for your trust. If it becomes too much, the numbers at the foot of the page are there, day and night.
    }

renew-title = A new consent text
renew-lead = The centre has changed its consent text. Please take your time to read it. If you agree, what you allow stays as it is; if not, it ends on the day that was named.
renew-link = Read the new text
renew-allowed = What you allow, as before
code-words = Code words
code-words-agree = Agree on code words
code-words-why = With two or more words that only you and your counsellor know, you can show later who you are, even when every key is lost. Whoever reads here knows them.
code-words-set = Agree on these
somebody = { $role } ({ $called })
thread-earlier = Show earlier letters ({ $count })

intake-title = Before you write
intake-why = If you are ever in danger, your counsellor can help only if they know where you are, and whom to call there. They may live in another town.
intake-who = Only those who can read your letters here see this. You need not give a name or a street, and you can change it at any time.
intake-called = What may your counsellor call you?
intake-called-hint = A name of your choice. You may leave it out.
intake-place = Where are you?
intake-place-hint = A town or a region is enough.
intake-crisis = Whom may your counsellor call near you, if your life is in danger?
intake-crisis-hint = Somebody whom you trust, a neighbour, a clinic: a name and a number. You may leave it empty.
intake-otherwise = How else could your counsellor reach you, if this page does not work?
intake-otherwise-hint = Only where nobody else would read it. You may leave it empty.
intake-save = Tell my counsellor
intake-later = I’d rather not say now
intake-link = Where you are, and whom to call near you
letter-intake = They said where they are, and whom to call: see above.
letter-stage = The stage was named. { $stage }
held-since = Since { $time }.
held-until = Until { $time }.
not-said = Not said
case-title = This case
case-place = Where they are
case-crisis = To call in a crisis
case-otherwise = To reach them otherwise
case-known = Who it is
case-compared = Words compared.
case-not-compared = Words not compared yet.
case-code-words = Code words agreed.
case-no-code-words = No code words yet.
case-consent = Consent
case-consent-since = In force since { $since }.
case-consent-until = In force since { $since }, until { $time }.
case-consent-waits = In force since { $since }. A new consent text waits for the client; without it, this ends on { $time }.
case-consent-over = The client no longer allows counselling here.
case-stage = Stage
case-stage-is = Stage: { $stage }
stage-none = Not named yet
stage-set = Set
stage-since = Since { $time }.
stage-introduction = Introduction: getting to know each other
stage-exploration = Exploration: looking at what is there
stage-interpretation = Interpretation: understanding it
stage-guidance = Guidance: finding ways and trying them
stage-evaluation = Evaluation: looking at what has changed
stage-for-you = Where the two of you are now, as your counsellor sees it. { $stage }
templates-title = Prepared replies
templates-why = Words that you need often. They are sealed, and on each device on which you sign in.
templates-none = You have prepared none yet.
templates-settings = Prepare replies in the settings
template-new = A new reply
template-name = Name
template-text = Text
template-keep = Save
template-change = Change
template-change-named = Change “{ $name }”
template-drop = Remove
template-drop-named = Remove “{ $name }”
template-drop-sure = Remove “{ $name }”?
template-drop-yes = Yes, remove it
template-drop-no = No, keep it
template-dropped = Removed.
template-insert = Put in a prepared reply
