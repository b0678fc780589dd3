// What the store reads back: the chunks of its maps, and the records in them.
#include <filesystem>

#include "base/result.h"
#include "store/chunk_map.h"
#include "store/events.h"
#include "store/ledger.h"
#include "store/person.h"
#include "store/seal.h"
#include "targets.h"

namespace pinrelay::fuzz {
namespace {

constexpr size_t kKeySize = 16;
constexpr store::MapNumber kMap = 1;
constexpr int64_t kBase = int64_t{kMap} << 48;
constexpr uint64_t kEnd = 1ULL << 48;

// A key that three bytes of the input tell apart.
Bytes key_of(uint8_t first, uint8_t middle, uint8_t last) {
  Bytes key(kKeySize, 0);
  key[0] = first, key[5] = middle, key[kKeySize - 1] = last;
  return key;
}

// A database with the table of chunks that the input describes. Nothing of it lasts.
class Chunks {
 public:
  Chunks() {
    std::string name = (std::filesystem::temp_directory_path() / "pinrelay-fuzz-XXXXXX").string();
    CHECK(mkdtemp(name.data()) != nullptr);
    folder_ = name;
    auto opened = store::Db::open({.path = folder_ + "/db", .cache_bytes = 1 << 20, .durable = false});
    CHECK(opened.ok());
    db_ = std::move(opened).value();
    db_->exec("CREATE TABLE chunk(id INTEGER PRIMARY KEY, data BLOB NOT NULL)");
    map_ = std::make_unique<store::ChunkMap>(*db_, "chunk", kKeySize);
    insert_ = std::make_unique<store::Statement>(*db_, "INSERT OR REPLACE INTO chunk(id, data) VALUES(?, ?)");
  }
  ~Chunks() {
    insert_.reset(), map_.reset(), db_.reset();
    std::filesystem::remove_all(folder_);
  }
  Chunks(const Chunks&) = delete;
  Chunks& operator=(const Chunks&) = delete;

  // An even first byte: the rest is one row's blob, without a seal of ours. An odd one: chunks, each with its
  // bounds and its entries, which need not be in order nor within the bounds.
  void read(std::string_view input) {
    ByteReader reader(as_bytes(input));
    const bool raw = reader.fixed<uint8_t>() % 2 == 0;
    if (!reader.ok()) return;
    const auto put = [&] { raw ? put_blob(input.substr(1)) : put_chunks(reader); };
    const bool sound = !goes_wrong(put, [&] { store::ChunkMap::check(*db_, "chunk", kKeySize); });
    const Bytes keys = some_keys();
    std::string last;
    const bool scanned = !goes_wrong(put, [&] {
      map_->scan(kMap, {}, {}, [&](ByteView key, ByteView) {
        const std::string_view text = as_text(key);
        CHECK(!sound || last.empty() || last < text);
        last = text;
        return true;
      });
    });
    CHECK(!sound || scanned);
    const bool found = !goes_wrong(put, [&] { map_->read(kMap, keys, [](size_t, ByteView) {}); });
    CHECK(!sound || found);
    const auto decide = [](store::Write write) {
      return [write](auto&&... given) {
        auto&& value = std::get<sizeof...(given) - 1>(std::forward_as_tuple(given...));
        if (write == store::Write::kPut) value.assign(40, 'v');
        return write;
      };
    };
    const bool changed = !goes_wrong(put, [&] {
      map_->update(kMap, keys, decide(store::Write::kPut));
      if (sound) store::ChunkMap::check(*db_, "chunk", kKeySize);
    });
    CHECK(!sound || changed);
    const bool merged = !goes_wrong(put, [&] {
      map_->merge(kMap, {}, {}, keys, SIZE_MAX, decide(store::Write::kErase));
      if (sound) store::ChunkMap::check(*db_, "chunk", kKeySize);
    });
    CHECK(!sound || merged);
  }

 private:
  // Whether `go` finds the map damaged; nothing else may be wrong with it.
  bool goes_wrong(const std::function<void()>& put, const std::function<void()>& go) {
    db_->begin();
    put();
    CHECK(!db_->failure());
    go();
    const bool wrong = db_->failure().has_value();
    CHECK(!wrong || db_->failure()->kind == ErrorKind::kCorrupt);
    db_->rollback();
    return wrong;
  }
  void put_blob(std::string_view blob) { insert_->run(kBase, as_bytes(blob)); }
  // A chunk: the first byte of its lower and its upper bound (0: the end), how many entries, then those:
  // three bytes of a key, the size of a value.
  void put_chunks(ByteReader reader) {
    while (!reader.done()) {
      const int64_t id = kBase + (int64_t{reader.fixed<uint8_t>()} << 40);
      const uint64_t upper = uint64_t{reader.fixed<uint8_t>()} << 40;
      Bytes blob;
      append_fixed(blob, upper == 0 ? kEnd : upper);
      for (unsigned count = reader.fixed<uint8_t>() % 64; count > 0 && !reader.done(); --count) {
        const auto first = reader.fixed<uint8_t>(), middle = reader.fixed<uint8_t>();
        append(blob, key_of(first, middle, reader.fixed<uint8_t>()));
        append_sized(blob, Bytes(reader.fixed<uint8_t>(), 'v'));
      }
      store::seal(blob, static_cast<uint64_t>(id));
      insert_->run(id, blob);
    }
  }
  static Bytes some_keys() {
    Bytes keys;
    for (unsigned first = 0; first < 256; first += 16)
      append(keys, key_of(static_cast<uint8_t>(first), 0, 1));
    return keys;
  }

  std::string folder_;
  std::unique_ptr<store::Db> db_;
  std::unique_ptr<store::ChunkMap> map_;
  std::unique_ptr<store::Statement> insert_;
};

// What has been read is written as it would be today, and read again, the same.
template <typename Record>
void check_record(ByteView bytes, bool (*read)(ByteView, Record&), void (*write)(const Record&, Bytes&)) {
  Record record{};
  if (!read(bytes, record)) return;
  Bytes once, twice;
  write(record, once);
  Record again{};
  CHECK(read(once, again));
  write(again, twice);
  CHECK(once == twice);
}

void check_changes(ByteView bytes) {
  store::ChangeReader reader(bytes);
  size_t at = 0;
  for (store::ChangeView view; reader.next(view);) {
    CHECK(reader.position() > at && reader.position() <= bytes.size());
    at = reader.position();
    view.for_each_field([](const store::FieldView& field) {
      store::for_each_item(field.type, field.value, [](const store::ItemView&) {});
    });
    view.for_each_group([](std::string_view) {});
  }
}

void run_record(std::string_view input) {
  if (input.empty()) return;
  const auto choice = static_cast<unsigned char>(input[0]);
  // An exact copy on the heap: a read past its end is seen.
  const Bytes bytes(input.begin() + 1, input.end());
  switch (choice % 5) {
    case 0:
      return check_record<store::Person>(bytes, store::read_person, store::write_person);
    case 1:
      return check_record<store::LedgerEntry>(bytes, store::read_ledger_entry, store::write_ledger_entry);
    case 2:
      return check_record<store::Owned>(bytes, store::read_owned, store::write_owned);
    case 3:
      return check_record<store::ClaimEntry>(bytes, store::read_claim, store::write_claim);
    default:
      return check_changes(bytes);
  }
}

std::string record(char choice, const std::function<void(Bytes&)>& write) {
  Bytes bytes;
  write(bytes);
  return choice + std::string(as_text(bytes));
}

std::vector<std::string> record_seeds() {
  const std::string value = "a@example.org";
  store::Person person;
  person.key = "u1";
  person.fields = {{1, 1'800'000'000'000, store::ValueType::kString, as_bytes(value)},
                   {7, 1'800'000'000'001, store::ValueType::kNull, {}}};
  person.memberships = {{3, 1'800'000'000'000, true}};
  person.row_ids = {{42, 20'000}};
  store::LedgerEntry entry;
  entry.presence = store::Presence::kMaybe, entry.marked = true, entry.request = 9;
  entry.mark_until = Millis{5'000};
  store::ClaimEntry claim;
  claim.day = 20'000, claim.owner = 5, claim.list = 2, claim.job = 1;
  return {record(0, [&](Bytes& out) { store::write_person(person, out); }),
          record(1, [&](Bytes& out) { store::write_ledger_entry(entry, out); }),
          record(2,
                 [&](Bytes& out) {
                   store::write_owned({0, {Hash{1}, Hash{2}}}, out);
                 }),
          record(3, [&](Bytes& out) { store::write_claim(claim, out); }), record(4, [&](Bytes& out) {
            store::ChangeWriter writer(out);
            writer.begin(store::ChangeType::kProfile, 1'800'000'000'000, "u1", "", "r1");
            writer.field("email", store::ValueType::kString, value);
            writer.null_field("old");
            writer.end();
          })};
}

}  // namespace

Target chunks_target() {
  return {.name = "chunks",
          .share = 4,
          .seeds = {std::string("\x01\0\0\x02\x01\0\x01\x05\x20\0\x01\xff", 12),
                    std::string("\x01\0\x80\x01\x10\0\x01\x05\x80\0\x01\x90\0\x01\x05", 15),
                    std::string("\0\0\0\0\0\0\x01\0\0zzzz", 13)},
          .words = {std::string("\0\0\x01", 3), std::string("\x10\0\x01\x05", 4), "\x80", "\xff", "\x3f"},
          .start = [] {
            return [chunks = std::make_shared<Chunks>()](std::string_view input) { chunks->read(input); };
          }};
}

Target records_target() {
  return {
      .name = "records",
      .share = 30,
      .seeds = record_seeds(),
      .words = {std::string(1, '\0'), "\x01", "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", "\xff\x7f", "u1"},
      .start = [] { return run_record; }};
}

}  // namespace pinrelay::fuzz
