# Yang dikatakan halaman-halaman kepada orang-orang lembaga.

nav-requests = Permintaan
command = Perintah
command-copy = Salin perintahnya
command-copied = Tersalin.
not-now = Tidak, belum

requests-title = Permintaan kepada pemegang amanah
requests-lead = Untuk beberapa alasan yang disetujui klien, para pemegang amanah bisa membuka sebagian surat seseorang bersama-sama. Kurang dari jumlah itu, tidak ada yang terbuka. Sebelum mengiyakan, tanyakan lewat jalan lain apakah itu benar.
requests-checking = Memeriksa bagian kunci dan permintaan …
requests-none = Tidak ada permintaan yang menyangkut Anda.
requests-elsewhere = Untuk meminta sesuatu dibuka, dan untuk membaca yang dibukakan bagi Anda, tidak ada halaman. Keduanya dilakukan di baris perintah: `amanah escrow request --help` menunjukkan caranya.
shares-right = Bagian kunci Anda yang benar dan sudah dipastikan: { $count }.
shares-bad = Bagian kunci Anda yang bukan seperti dijanjikan: { $count }. Beri tahu lembaga lewat jalan lain.

rules-offered = Lembaga meminta Anda menjadi pemegang amanah
rules-offered-means = Bacalah aturannya dengan tenang. Setelah semua pemegang amanah menyanggupi, klien bisa memilihnya, dan kunci Anda lalu menyimpan satu bagian dari kunci mereka. Satu bagian saja tidak membuka apa pun.
rules-accept = Saya sanggup
rules-accepted = sudah menyanggupi
rules-not-accepted = belum menyanggupi
rules-threshold = { $needed } dari { $count } orang ini bisa membuka surat bersama-sama:
rules-told-at-once = Klien langsung diberi tahu.
rules-told-within = Klien diberi tahu paling lambat setelah { $time }.
rules-can-stop = Klien bisa menghentikannya.
rules-cannot-stop = Klien tidak bisa menghentikannya, tetapi setiap pemegang amanah bisa.
rules-people = Diminta oleh: { $requesters }. Dibukakan untuk: { $recipients }.

request-by = Siapa yang meminta
request-to = Untuk siapa ini dibuka
request-clients = Surat siapa
request-parts = Bagian yang mana
request-parts-are = { $count ->
       *[other] Bagian { $parts } dari satu surat-menyurat
    }
request-reason = Mengapa, menurut yang meminta
request-reason-closed = Kata-kata ini tersegel, dan tidak terbuka untuk Anda.
request-time = Kapan
request-made = Diminta pada { $time }.
request-seen-by-you = Anda melihatnya sejak { $time }; waktu tunggu Anda dihitung dari situ.
request-client = Klien
request-told = Klien sudah diberi tahu.
request-told-later = Klien diberi tahu paling lambat { $time }.
request-not-told = Klien seharusnya sudah tahu, tetapi belum diberi tahu. Jangan setujui.
request-answers = Kata para pemegang amanah
request-seen = Sudah dilihat { $names }.
request-seen-by-nobody = Belum ada yang melihatnya.
request-not-approved = Belum ada yang menyetujui; perlu { $needed } orang.
request-approved = Disetujui { $names }: { $count } dari { $needed } yang perlu.
stands-waiting = Masih menunggu, dan tertutup sendiri pada { $time }.
stands-released = Sudah cukup yang menyetujui. Bisa dibuka sampai { $time }.
stands-over = Sudah cukup yang menyetujui. Dulu bisa dibuka sampai { $time }.
stands-vetoed = { $name } menolak. Ini tetap tertutup.
stands-cancelled = { $name } menghentikannya. Ini tetap tertutup.
stands-expired = Sudah tertutup sendiri. Yang menyetujui terlalu sedikit.
request-open-to-you = Ini terbuka untuk Anda. Anda membacanya dengan perintah ini di komputer Anda:
request-sure = Anda yakin?
approve = Setujui …
approve-from = Anda bisa menyetujuinya mulai { $time }. Anda bisa menolak kapan saja.
approve-means = Anda menyerahkan bagian kunci Anda kepada { $name }, tersegel untuk orang itu saja. Kalau sudah cukup yang menyerahkan, surat-surat ini bisa dibacanya, dan itu tidak bisa ditarik kembali. Sudahkah Anda mencocokkan kata pengenalnya, dan bertanya lewat jalan lain apakah ini benar?
approve-yes = Ya, serahkan bagian kunci saya
veto = Tolak …
veto-means = Penolakan Anda menutup permintaan ini untuk seterusnya, apa pun kata yang lain. Kalau masih perlu, seseorang harus meminta sekali lagi.
veto-yes = Ya, tutup
