# Jawaban perintah.

error = masalah
help = saran

ask-passphrase = Kata sandi
ask-new-passphrase = Kata sandi baru, paling sedikit 10 huruf
ask-again = Sekali lagi, yang sama
ask-sheet = Lembar rahasia (S-…)
ask-recovery-code = Kode pemulihan (R-…)

you = Anda
somebody = Klien { $id }…

account-line = Akun: { $account }
handle-line = Nama samaran: { $handle }
fingerprint-line = Kata pengenal: { $words }
role-line = Tugas: { $role }
centre-line = Lembaga: { $centre }
case-line = Kasus: { $case }
session-line = Sesi: { $session }
grant-line = Persetujuan: { $grant }
letter-line = Surat: { $id }
issued-line = Ditandatangani: { $time }
with-line = Bersama: { $names }
newest-line = Surat terbaru: { $time }
count-line = { $letters } surat, { $unanswered } belum dijawab
appointment-line = Penunjukan: { $appointment }, sampai { $until }
licence-line = Izin praktik: { $number }, { $board }, { $jurisdiction }, sampai { $expires }; periksa di { $link }

role-client = klien
role-counsellor = konselor
role-supervisor = pembimbing konselor
role-registrar = petugas pendaftaran
role-director = pimpinan
role-trustee = pemegang amanah
role-auditor = pemeriksa

joined = Selamat datang. Akun Anda sudah siap.
signed-in = Komputer ini sekarang mengenal akun Anda. Kata sandi tetap ditanyakan setiap kali.
recovered = Anda sudah kembali. Kata sandi dan kode pemulihan yang lama tidak berlaku lagi.
your-account = Akun Anda
forgotten = Komputer ini sudah melupakan akun Anda. Akunnya sendiri masih ada.
passphrase-changed = Kata sandi Anda sudah diganti. Perangkat Anda yang lain sudah dikeluarkan.
recovery-code-renewed = Anda punya kode pemulihan baru. Yang lama tidak berlaku lagi.
secret-recovery-code = Kode pemulihan Anda, kalau suatu saat lupa kata sandi:
secret-sheet = Lembar rahasia Anda, yang diperlukan untuk masuk:
secret-paper = Tulis ini di kertas sekarang dan simpan di tempat yang aman. Ini hanya ditunjukkan sekali, dan tidak ada orang yang bisa memberikannya lagi.
ask-last-five = Untuk memastikan Anda sudah mencatatnya, ketik lima huruf terakhir kode pemulihan
last-five-right = Baik.
last-five-wrong = Belum cocok. Bandingkan kertas Anda dengan yang tertulis di atas.
secrets-written = Rahasia Anda ada di { $file }. Tulis di kertas, lalu hapus berkasnya.

centre-created = Kunci utama lembaga Anda sudah dibuat.
root-keep = Simpan berkas kunci utama di luar jaringan dan buat salinannya. Tanpa berkas itu, dan tanpa kata sandinya, tidak ada lagi yang bisa ditunjuk.
relay-certified = Server ini diakui sampai { $until }.
appointed = Sudah ditunjuk:
dismissed = Penunjukan ini sudah berakhir.
document-published = Lembar persetujuan nomor { $number } sudah diterbitkan.
no-document-yet = Belum ada lembar persetujuan.
succession-attested = Mulai sekarang orang diberi tahu bahwa akun baru ini melanjutkan akun yang lama.

document-heading = Lembar persetujuan nomor { $number }
document-data = Yang disimpan: { $text }
document-rights = Hak Anda: { $text }
document-contacts = Pertanyaan: { $text }
document-complaint = Pengaduan: { $text }
document-retention = Disimpan paling sedikit { $floor } hari, dihapus paling lambat setelah { $ceiling } hari.
document-purposes = Yang bisa Anda izinkan, masing-masing sendiri:

purpose-counselling = satu konselor pilihan Anda membaca dan menjawab surat Anda
purpose-record-keeping = lembaga menyimpan catatan selama waktu yang diminta undang-undang
purpose-supervision = satu pembimbing yang Anda sebut ikut membaca
purpose-history = satu orang yang Anda sebut boleh membaca yang ditulis sebelumnya
purpose-research = penelitian boleh memakai catatan ini, tanpa apa pun yang menunjukkan siapa Anda
purpose-recording = percakapan langsung direkam
purpose-escrow = orang-orang yang disebut dalam lembar ini bisa bersama-sama membuka catatan, hanya untuk alasan yang tertulis
purpose-email-notice = Anda menerima surel kalau ada yang baru, tanpa sepatah kata pun dari isinya

consent-signed = Anda sudah menandatangani lembar persetujuan nomor { $number }. Anda bisa menariknya kapan saja.
keys-renewed = Mulai sekarang sesi ini punya kunci baru.
transferred = Mulai sekarang orang lain yang menjawab di sini. Yang menjawab sebelumnya tidak membaca apa pun yang baru.
transferred-with-history = Mulai sekarang orang lain yang menjawab di sini, dan bisa membaca yang ditulis sebelumnya. Yang menjawab sebelumnya tidak membaca apa pun yang baru.
consent-allowed = Anda sudah mengizinkan ini. Anda bisa menariknya kapan saja.
consent-taken-back = Anda sudah menarik ini. Mulai sekarang ini tidak diizinkan lagi:
nothing-granted = Anda belum menandatangani persetujuan.
taken-back = sudah ditarik

no-counsellors-yet = Lembaga belum menunjuk konselor.
compared = kata pengenal sudah dicocokkan
not-compared = kata pengenal belum dicocokkan
verified = Kata-katanya benar. { $name } sekarang tercatat sudah dicocokkan.
keys-acknowledged = Sudah dicatat. Cocokkan kedua belas kata dengan orangnya secepatnya, ya.
account-acknowledged = Sudah dicatat. Akun barunya { $account }. Cocokkan kedua belas kata dengan orangnya secepatnya, ya.

no-sessions-yet = Belum ada sesi.
no-letters-yet = Belum ada surat.
letter-heading = —— { $name }, { $time } (surat { $id })
letter-closed = (Ini ditulis sebelum Anda menjadi pembaca di sini. Anda tidak punya kuncinya.)
letter-does-not-open = (Surat ini tidak bisa dibuka. Mintalah penulisnya mengirim lagi.)
letter-stored = Surat Anda sudah sampai, sebagai nomor { $position }, pada { $time }.
thread-stops = BERHENTI: mulai dari sini isi sesi ini tidak cocok.
export-notice = Rahasia. Ini catatan konseling. Tidak boleh diteruskan tanpa izin tertulis dari klien.
export-made = Dibuat pada { $time }.
exported = { $letters } surat ada di { $file }. Siapa pun yang memegang berkas itu bisa membacanya.
news-line = Ada yang baru di sesi { $session }
