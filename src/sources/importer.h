// Imports a file of rows page by page: a page's changes and the place in the file where the next one begins
// become durable together, so a killed import goes on where it was. In snapshot mode the file is the whole
// audience as of a moment: when all its rows are in, members who are not in the file exit, as of that moment
// (whoever entered later stays). The file is known by its content: one that another has taken the place of
// fails its import before anybody exits.
//
// A row that cannot be read is not an absence: a bad row whose key can be read keeps that person in, and as
// soon as one key cannot be read, exits are held until a person releases or discards them, or a later
// snapshot of the audience is complete.
#pragma once

#include <memory>

#include <deque>

#include "base/sorter.h"
#include "sources/change_sink.h"
#include "sources/file_shape.h"
#include "sources/fingerprint.h"
#include "sources/row_stream.h"
#include "store/store.h"

namespace pinrelay::sources {

struct ImportOptions {
  std::string path = {};
  RowFormat format = RowFormat::kNdjson;
  char delimiter = ',';
  std::string key_column = "key";
  std::string encoding = {};  // canonical; "": UTF-8
  std::string audience = {};  // everybody in the file enters it; "" = none
  bool snapshot = false;
  // Of rows that name no time, and of a snapshot; default: the start of the import.
  std::optional<Time> as_of = {};
  bool again = false;              // import a file that has been imported already
  int64_t unreadable_allowed = 0;  // so many rows whose key cannot be read hold no exits

  // The file, and how it is read.
  void take(const FileWishes& wishes, const FileShape& shape);
};

// What is kept of an import that begins at `now`; how its file is read; when its rows arrived and happened.
store::ImportRow row_of(const ImportOptions& options, Time now);
RowStreamOptions stream_options(const store::ImportRow& row);
inline RowTime time_of(const store::ImportRow& row) { return {row.started_at, row.as_of}; }

class Importer {
 public:
  // `page_bytes`: how much of the file becomes one transaction. A larger page is sorted together and so costs
  // less a row.
  Importer(store::Store& store, ChangeSink& sink, const Clock& clock, size_t page_bytes = 32 * 1024 * 1024)
      : store_(store), sink_(sink), clock_(clock), page_bytes_(page_bytes) {}
  // What rows meet from now on; null: no limits.
  void set_limits(InputLimits* limits) { limits_ = limits; }
  InputLimits* limits() const { return limits_; }

  // What is wrong with the options, whatever the file holds.
  Result<void> check(const ImportOptions& options) const;
  // Registers the import, or finds the unfinished one of the same file, which `print` tells, and returns its
  // number. kConflict when the same file was imported before, and no other one of that audience since. Within
  // a transaction.
  Result<int64_t> begin(const ImportOptions& options, const Fingerprint& print);
  // One page of work on the oldest import that has any; false when none has. Within a transaction; after a
  // failed commit call forget(). What is wrong with a file fails its import and nothing else; an error passes
  // by itself (a full disk) or is the store's.
  Result<bool> step();
  void forget() { current_ = {}; }
  // Lets a held snapshot's exits through, or drops them.
  Result<void> release(int64_t number);
  Result<void> discard(int64_t number);

  // How long the errors files of imports that have ended are kept.
  void keep_errors_for(Millis time) { errors_kept_ = time; }

  // What an import that begins now is as of.
  Time now() const { return clock_.now(); }

  // The file of an import's bad rows and dropped values: one JSON object a line, the first kListedMax of
  // them.
  static std::string errors_path(const store::Store& store, int64_t number);
  static constexpr int64_t kListedMax = 1'000;

 private:
  // What one reading of the file gave.
  struct Page {
    RowBatch batch;
    Bytes changes;
  };
  struct Current {
    int64_t number = 0;
    std::unique_ptr<RowStream> rows;
    std::unique_ptr<FingerprintReader> check;  // of the file of the rows; none: it is the one that was meant
    std::optional<Page> page;                  // that is being applied
    std::unique_ptr<Sorter> seen;              // ids in the file, when it comes to exits
    uint64_t people = 0;                       // different ones among them
    bool sorted = false;
    const uint8_t* next_seen = nullptr;
    std::deque<store::ProfileId> passed;  // those that were taken from `seen` for the present page of exits
    std::optional<store::ProfileId> scan_from;
  };
  Result<void> check_new(const store::ImportRow& row) const;
  int64_t go_on(store::ImportRow& known, const ImportOptions& options);
  Result<void> work(store::ImportRow& row);
  Result<bool> rows_ready(const store::ImportRow& row, bool from_start);
  Result<void> open_rows(const store::ImportRow& row, bool from_start);
  void close_rows() { current_.check.reset(), current_.rows.reset(); }
  Result<void> read_page(store::ImportRow& row);
  bool apply_page(store::ImportRow& row);
  bool in_file(const store::ProfileId& profile);
  Result<void> sort_page(store::ImportRow& row);
  Result<void> finish_sorting(store::ImportRow& row);
  bool has_to_be_held(store::ImportRow& row);
  bool is_too_small(store::ImportRow& row);
  void note_allowance(const store::ImportRow& row);
  void finish(store::ImportRow& row);
  Result<store::ImportRow> held(int64_t number);
  Result<void> exit_page(store::ImportRow& row);
  void count_dropped(store::ImportRow& row, const DropCounts& more) const;
  void expire_errors(store::ImportRow& row) const;
  void trim_errors(const store::ImportRow& row) const;
  Result<void> write_errors(store::ImportRow& row, const RowBatch& batch) const;

  store::Store& store_;
  ChangeSink& sink_;
  const Clock& clock_;
  const size_t page_bytes_;
  InputLimits* limits_ = nullptr;
  Millis errors_kept_{14 * 24 * 3'600'000LL};
  Current current_;
};

}  // namespace pinrelay::sources
