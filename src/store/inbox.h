// Accepted input that has not been applied yet: a database of its own, so that making a row durable never
// waits for a large transaction of the engine. One committer writes everything that is waiting in one
// transaction (group commit); the engine reads pages in order and says how far it has got, which erases the
// raw rows.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "store/db.h"

namespace pinrelay::store {

struct InboxPage {
  int64_t last = 0;  // sequence number of the last row in the page; 0 when there is none
  Bytes changes;     // as written by ChangeWriter
  // The rows of the inbox in it: sequence number, and where in `changes` it ends. No request spans two.
  std::vector<std::pair<int64_t, size_t>> rows;
};

class Inbox {
 public:
  using Done = std::function<void(Result<void>)>;
  // More than that waiting in memory, or on disk for the engine: append fails with kUnavailable.
  static constexpr size_t kWaitingBytesMax = 64 * 1024 * 1024;
  static constexpr int64_t kBacklogBytesMax = 8LL * 1024 * 1024 * 1024;

  struct Options {
    bool durable = true;
    int64_t backlog_bytes_max = kBacklogBytesMax;
    int64_t pages_max = 0;  // as in DbOptions
  };
  static Result<std::unique_ptr<Inbox>> open(const std::string& path, const Options& options);
  ~Inbox() { stop(); }

  // Writers. With the committer running, `done` is called on its thread once the changes are on disk (or
  // could not be put there); without it, before append returns. Thread-safe.
  void append(Bytes changes, Done done);
  // Called with what is about to be committed, before that; an error refuses it. Before the first append.
  using BeforeCommit = std::function<Result<void>(const std::vector<ByteView>& changes)>;
  void before_commit(BeforeCommit look) { before_commit_ = std::move(look); }
  // Calls `look` while nothing is being committed: what was looked at before a commit is in the database.
  void between_commits(const std::function<void()>& look);
  // `on_data` is called after each commit of new rows, on the committer's thread.
  void start(std::function<void()> on_data);
  void stop();

  // The engine's side; one thread. Reads what follows `after`, until about `bytes_max`.
  Result<InboxPage> read(int64_t after, size_t bytes_max);
  // Everything up to and including `last` is applied and durable elsewhere: its raw rows go. The committer
  // does it; without one, it has happened when this returns. A failure is tried again with the next append.
  void erase_through(int64_t last);
  // Empties the write-ahead log, where erased rows may still stand; the committer does it soon.
  void checkpoint();
  // After opening: numbering continues after what was applied.
  Result<void> continue_after(int64_t last);
  int64_t backlog_bytes() const { return backlog_bytes_; }

 private:
  struct Waiting {
    Bytes changes;
    Done done;
  };
  Inbox() = default;
  void commit_loop(const std::stop_token& stop);
  // Takes what waits. Unlocks, writes it, erases what is applied, and tells the writers.
  void commit_waiting(std::unique_lock<std::mutex>& lock);
  Result<void> commit(const std::vector<Waiting>& batch);
  void empty_log();
  Result<void> count_backlog();

  std::unique_ptr<Db> writer_, reader_;
  std::unique_ptr<Statement> insert_, erase_, select_, size_;
  int64_t backlog_bytes_max_ = 0;
  std::atomic<int64_t> applied_{0};
  std::mutex writing_;  // guards writer_, its statements and erased_ where there is no committer
  int64_t erased_ = 0;
  std::atomic<int64_t> backlog_bytes_{0};
  std::function<void()> on_data_;
  BeforeCommit before_commit_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable_any wake_;
  std::vector<Waiting> waiting_;
  size_t waiting_bytes_ = 0;
  bool running_ = false;
  bool checkpoint_due_ = false;
  std::jthread committer_;
};

}  // namespace pinrelay::store
