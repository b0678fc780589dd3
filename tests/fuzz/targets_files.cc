// Files: rows in any encoding, as a preview, a sample and an import read them; and sealed backups.
#include <simdjson.h>
#include <sodium.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "base/result.h"
#include "credentials/sealed_files.h"
#include "sources/file_preview.h"
#include "targets.h"

namespace pinrelay::fuzz {
namespace {

const Time kArrival = from_millis(1'800'000'000'000);

// One for each family of encodings; "" is found out.
constexpr const char* kEncodings[] = {
    "",           "UTF-8",       "UTF-16LE",    "UTF-16BE",     "UTF-32LE",     "UTF-32BE",
    "ISO-8859-1", "ISO-8859-2",  "ISO-8859-15", "windows-1250", "windows-1251", "windows-1252",
    "Shift_JIS",  "windows-932", "EUC-JP",      "GBK",          "GB18030",      "Big5",
    "EUC-KR",     "KOI8-R",      "macintosh",   "IBM850",       "UTF-7",        "IBM037"};
constexpr char kDelimiters[] = {'\0', ',', ';', '\t'};

// A file in memory, by a path that can be opened again.
class MemoryFile {
 public:
  MemoryFile() : fd_(memfd_create("rows", MFD_CLOEXEC)), path_("/proc/self/fd/" + std::to_string(fd_)) {
    CHECK(fd_ >= 0);
  }
  ~MemoryFile() { close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  void fill(std::string_view content) const {
    CHECK(ftruncate(fd_, 0) == 0);
    CHECK(pwrite(fd_, content.data(), content.size(), 0) == static_cast<ssize_t>(content.size()));
  }
  const std::string& path() const { return path_; }

 private:
  const int fd_;
  const std::string path_;
};

// What an import takes from a file: the keys of its rows, "!" for a bad one.
struct Import {
  std::string keys;
  uint64_t rows = 0, accepted = 0;
  std::string refused;  // the code of the file's error
  bool operator==(const Import&) const = default;
};

void note_batch(const sources::RowBatch& batch, const Bytes& changes, Import& import) {
  CHECK(batch.errors.size() == batch.rows - batch.accepted);
  CHECK(batch.keys_of_bad.size() <= batch.errors.size());
  import.rows += batch.rows;
  import.accepted += batch.accepted;
  store::ChangeReader reader(changes);
  for (store::ChangeView view; reader.next(view);) {
    CHECK(!view.key.empty() && simdjson::validate_utf8(view.key.data(), view.key.size()));
    import.keys.append(view.key) += '\n';
  }
  CHECK(reader.ok());
}

// Each batch by a stream of its own, as after a crash.
Import import_file(sources::RowStreamOptions options, size_t bytes_max) {
  Import import;
  for (bool end = false; !end;) {
    const auto stream = sources::RowStream::open(options);
    Bytes changes;
    const auto batch = stream.ok() ? (*stream)->next(bytes_max, kArrival, changes) : stream.error();
    if (!batch.ok()) {
      import.refused = batch.error().code;
      break;
    }
    note_batch(*batch, changes, import);
    CHECK(batch->end || batch->offset > options.offset);
    options.offset = batch->offset, options.line = batch->line;
    end = batch->end;
  }
  return import;
}

void check_preview(const sources::FilePreview& preview) {
  for (const sources::ColumnPreview& column : preview.columns) {
    CHECK(column.samples.size() <= 2);
    for (const std::string& sample : column.samples) CHECK(simdjson::validate_utf8(sample));
  }
  for (const sources::RowError& mistake : preview.mistakes)
    CHECK(!mistake.code.empty() && simdjson::validate_utf8(mistake.message));
}

// The first byte names the encoding, the second the format and the delimiter.
void run_file(const MemoryFile& file, std::string_view input) {
  if (input.size() < 2) return;
  const auto choice = static_cast<unsigned char>(input[0]), form = static_cast<unsigned char>(input[1]);
  file.fill(input.substr(2));
  sources::FileWishes wishes{.path = file.path()};
  wishes.format = form % 5 == 0   ? std::nullopt
                  : form % 5 == 1 ? std::optional(sources::RowFormat::kNdjson)
                                  : std::optional(sources::RowFormat::kCsv);
  wishes.delimiter = kDelimiters[form / 8 % 4];
  wishes.encoding = kEncodings[choice % std::size(kEncodings)];
  const auto preview = sources::preview_file(wishes, kArrival);
  if (preview.ok()) check_preview(*preview);
  const auto shape = sources::decide_shape(wishes);
  if (!shape.ok()) return;
  const sources::RowStreamOptions options{.path = file.path(),
                                          .format = shape->format,
                                          .delimiter = shape->delimiter,
                                          .key_column = shape->key_column,
                                          .encoding = shape->encoding};
  const Import whole = import_file(options, SIZE_MAX);
  CHECK(import_file(options, 1 + input.size() / 2) == whole);
  uint64_t rows = 0, accepted = 0;
  const auto sampled = sources::read_sample(wishes, kArrival, [&](const sources::SampleRow& row) {
    ++rows;
    accepted += !row.error;
    return true;
  });
  // A sample of nothing is nothing.
  CHECK(sampled.ok() == whole.refused.empty() || whole.refused == "empty_file");
  CHECK(!whole.refused.empty() || (rows == whole.rows && accepted == whole.accepted));
}

using credentials::KeyPointer;

// As sealed_files.cc writes it, around content that needs not be what it would write.
std::string sealed(std::string_view content, size_t piece_bytes, const credentials::LockedKey& key) {
  std::string out = "PRBACKUP\x01\x01";
  out.append(reinterpret_cast<const char*>(key.id.data()), key.id.size()).append(16, '\0');
  std::string bound = out;
  crypto_secretstream_xchacha20poly1305_state state;
  unsigned char header[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
  crypto_secretstream_xchacha20poly1305_init_push(&state, header, key.bytes);
  out.append(reinterpret_cast<const char*>(header), sizeof header);
  do {
    const std::string_view piece = content.substr(0, piece_bytes);
    content.remove_prefix(piece.size());
    std::string one(piece.size() + crypto_secretstream_xchacha20poly1305_ABYTES, '\0');
    crypto_secretstream_xchacha20poly1305_push(
        &state, reinterpret_cast<unsigned char*>(one.data()), nullptr,
        reinterpret_cast<const unsigned char*>(piece.data()), piece.size(),
        reinterpret_cast<const unsigned char*>(bound.data()), bound.size(),
        content.empty() ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0);
    out += one;
    bound.clear();
  } while (!content.empty());
  return out;
}

class Backup {
 public:
  Backup() : key_(credentials::new_key()) {
    CHECK(sodium_init() >= 0);
    std::fill(std::begin(key_->bytes), std::end(key_->bytes), uint8_t{7});
    key_->name();
    std::string name = (std::filesystem::temp_directory_path() / "pinrelay-fuzz-XXXXXX").string();
    CHECK(mkdtemp(name.data()) != nullptr);
    folder_ = name;
  }
  ~Backup() { std::filesystem::remove_all(folder_); }
  Backup(const Backup&) = delete;
  Backup& operator=(const Backup&) = delete;

  // The first byte says whether the rest is the file, or content that has been sealed; then the second says
  // how much of its end is missing.
  void read(std::string_view input) const {
    if (input.size() < 2) return;
    const auto choice = static_cast<unsigned char>(input[0]), cut = static_cast<unsigned char>(input[1]);
    if (choice % 2 == 0) {
      file_.fill(input.substr(1));
    } else {
      const std::string whole = sealed(input.substr(2), 64 * 1024, *key_);
      file_.fill(std::string_view(whole).substr(0, whole.size() - std::min<size_t>(cut, whole.size())));
    }
    const auto head = credentials::read_sealed_head(file_.path());
    std::map<std::string, unsigned> placed;
    const auto opened = credentials::unseal_files(file_.path(), *key_, [&](const std::string& name) {
      ++placed[name];
      return name == "pinrelay.db" || name == "inbox.db" ? folder_ + "/" + name : "";
    });
    if (!head.ok()) CHECK(!opened.ok());
    if (!opened.ok()) CHECK(!opened.error().code.empty() && opened.error().kind != ErrorKind::kInternal);
    if (choice % 2 == 1 && cut > 0) CHECK(!opened.ok());
    for (const auto& [name, times] : placed) CHECK(!opened.ok() || times == 1 || !is_kept(name));
    for (const char* name : {"/pinrelay.db", "/inbox.db"}) ::unlink((folder_ + name).c_str());
  }

 private:
  static bool is_kept(const std::string& name) { return name == "pinrelay.db" || name == "inbox.db"; }

  KeyPointer key_;
  MemoryFile file_;
  std::string folder_;
};

}  // namespace

Target files_target() {
  return {.name = "files",
          .share = 1,
          .seeds = {"\x01\x02key,name\nu1,Ren\xc3\xa9\nu2,\"two\nlines\"\n",
                    std::string("\x02\x02k\0e\0y\0,\0a\0\n\0u\0"
                                "1\0,\0\xe9\0\n\0",
                                24),
                    "\x0b\x02key;name\nu1;Ren\xe9\n", "\x0c\x02key,name\nu1,\x83\x65\x83\x58\n",
                    "\x01\x01{\"type\":\"profile\",\"key\":\"u1\",\"fields\":{\"a\":\"\xc3\xa9\"}}\n",
                    std::string("\x00\x00email,city\na@example.org,M\xfcnchen\nb@example.org,K\xf6ln\n", 52)},
          .words = {"key",
                    "email",
                    ",",
                    ";",
                    "\t",
                    "\"",
                    "\n",
                    "\r\n",
                    "\r",
                    "u1",
                    "a@example.org",
                    "\xe9",
                    "\xff\xfe",
                    "\xfe\xff",
                    "\xef\xbb\xbf",
                    "\x81\x30\x81\x30",
                    "\x83\x65",
                    "PK\x03\x04",
                    "[",
                    "{\"type\":\"delete\",\"key\":\"u1\"}"},
          .start = [] {
            return
                [file = std::make_shared<MemoryFile>()](std::string_view input) { run_file(*file, input); };
          }};
}

Target backup_target() {
  const std::string name("\x0b\0pinrelay.db\x05\0\0\0\0\0\0\0hello", 26);
  const std::string inbox("\x08\0inbox.db\0\0\0\0\0\0\0\0", 18);
  return {
      .name = "backup",
      .share = 6,
      .seeds = {"\x01" + std::string(1, '\0') + name + inbox, std::string("\0PRBACKUP\x01\x01", 11),
                std::string("\x01\x05", 2) + name,
                "\x01" + std::string(1, '\0') + std::string("\x05\0other\x01\0\0\0\0\0\0\0x", 16) + inbox},
      .words = {name, inbox, std::string("\x0b\0pinrelay.db", 13), std::string(8, '\xff'),
                std::string(8, '\0'), "PRBACKUP", "afterwards"},
      .start = [] {
        return [backup = std::make_shared<Backup>()](std::string_view input) { backup->read(input); };
      }};
}

}  // namespace pinrelay::fuzz
