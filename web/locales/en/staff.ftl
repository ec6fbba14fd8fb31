# What the pages say to the people of a centre.

nav-requests = Requests
command = Command
command-copy = Copy the command
command-copied = Copied.
not-now = No, not now

requests-title = Requests to the trustees
requests-lead = For a few reasons that the client agreed to, trustees can open a part of somebody’s letters together. Fewer of them open nothing. Before you say yes, ask by another way whether it is true.
requests-checking = Checking shares and requests …
requests-none = There is no request that concerns you.
requests-elsewhere = To ask for something to be opened, and to read what was opened to you, there is no page. Both are done on the command line: `amanah escrow request --help` shows how.
shares-right = Your shares that are right and confirmed: { $count }.
shares-bad = Your shares that are not the ones that were promised: { $count }. Tell the centre by another way.

rules-offered = The centre asks you to be a trustee
rules-offered-means = Read the rules in peace. Once all trustees have taken them on, clients can choose them, and your keys then hold a share of theirs. A share alone opens nothing.
rules-accept = I take this on
rules-accepted = has taken it on
rules-not-accepted = has not taken it on yet
rules-threshold = Any { $needed } of these { $count } people can open letters together:
rules-told-at-once = The client is told at once.
rules-told-within = The client is told after { $time } at the latest.
rules-can-stop = The client can stop it.
rules-cannot-stop = The client cannot stop it, but each trustee can.
rules-people = Asked for by: { $requesters }. Opened to: { $recipients }.

request-by = Who asks
request-to = To whom it would be opened
request-clients = Whose letters
request-parts = Which part
request-parts-are = { $count ->
        [one] Part { $parts } of one correspondence
       *[other] Parts { $parts } of one correspondence
    }
request-reason = Why, in the words of whoever asks
request-reason-closed = These words are sealed, and do not open for you.
request-time = When
request-made = Asked for on { $time }.
request-seen-by-you = You have seen it since { $time }; your waiting time counts from then.
request-client = The client
request-told = The client was told of it.
request-told-later = The client is told by { $time } at the latest.
request-not-told = The client should know of it by now, and was not told. Do not approve it.
request-answers = What the trustees say
request-seen = Seen by { $names }.
request-seen-by-nobody = Nobody has seen it yet.
request-not-approved = Nobody has approved it yet; { $needed } are needed.
request-approved = Approved by { $names }: { $count } of { $needed } that are needed.
stands-waiting = It waits, and closes by itself on { $time }.
stands-released = Enough have approved. It can be opened until { $time }.
stands-over = Enough have approved. It could be opened until { $time }.
stands-vetoed = { $name } said no. It stays closed.
stands-cancelled = { $name } stopped it. It stays closed.
stands-expired = It closed by itself. Too few had approved.
request-open-to-you = It is open to you. You read it with this command on your computer:
request-sure = Are you sure?
approve = Approve …
approve-from = You can approve it from { $time } on. You can say no at any time.
approve-means = You hand your shares to { $name }, sealed to them and to nobody else. When enough trustees have, they can read these letters, and nobody can take that back. Have you compared the words, and asked by another way whether it is true?
approve-yes = Yes, hand over my shares
veto = Say no …
veto-means = Your no closes this request for good, whatever others have said. If it is still needed, somebody has to ask once more.
veto-yes = Yes, close it
